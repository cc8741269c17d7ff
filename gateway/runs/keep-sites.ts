import type { Month } from "../../normalizer/model/dates.ts";
import { addMonths } from "../../normalizer/model/dates.ts";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import {
  keptThrough,
  markWholeShard,
  readKeptSites,
  sitesAfter,
} from "../../normalizer/store/assembler/kept-sites.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { currentPin } from "../../normalizer/store/results.ts";
import { readNewestPeriods } from "../../normalizer/store/runs.ts";

export interface KeepOptions {
  readonly organisation: OrganisationId;
  /** Month that will be billed next. */
  readonly period: Month;
  /** Shards at once. */
  readonly workers: number;
  readonly signal: AbortSignal;
}

/** Sites of one transaction: buildings of many flats among them. */
const SITES_AT_ONCE = 200;

/**
 * Brings the derived row of every household site up to what is known now, so that a run need not:
 * sites that nothing has happened to cost a look. Killed or stopped anywhere it is called again.
 */
export async function keepHouseholdSites(
  database: Database,
  { organisation, period, workers, signal }: KeepOptions,
): Promise<void> {
  const pin = await currentPin(database);
  const kept = await keptThrough(database, organisation);
  const waiting: Shard[] = [];
  for (let shard = 0 as Shard; shard < COMMON_SHARD; shard = (shard + 1) as Shard) {
    if (kept.get(shard) !== pin[shard]) waiting.push(shard);
  }
  const loops = Array.from({ length: workers }, async () => {
    for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) {
      const asOf = { organisation, known: pin[shard] ?? 0, period };
      for (let first = 1; ; ) {
        if (signal.aborted) return;
        const place = { shard, first, limit: SITES_AT_ONCE };
        const range = await sitesAfter(database, organisation, place);
        if (range === null) break;
        await database.transaction((transaction) => readKeptSites(transaction, range, asOf));
        first = range.lastSite + 1;
      }
      await markWholeShard(database, organisation, shard, asOf.known);
    }
  });
  await Promise.all(loops);
}

/** The same for every organisation that has billed. */
export async function keepAllHouseholdSites(
  database: Database,
  workers: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { organisation, period } of await readNewestPeriods(database)) {
    const next = addMonths(period, 1);
    await keepHouseholdSites(database, { organisation, period: next, workers, signal });
  }
}
