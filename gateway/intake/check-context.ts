import type { MeterId, OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { ReadingContext } from "../../normalizer/model/intake-facts.ts";
import type { ReadingRecord } from "../../normalizer/model/records.ts";
import { readSwitches } from "../../normalizer/store/assembler/law.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { NamedMeter } from "../../normalizer/store/routes.ts";
import { readCounter, readSenderRoutes } from "../../normalizer/store/routes.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import type { CheckContext } from "./check-file.ts";
import { readMeters } from "./reading-context.ts";

/** What the store knows now: reads only, takes no lock. */
export function storeContext(queryable: Queryable, organisation: OrganisationId): CheckContext {
  return {
    intervals: async (senderInn) => {
      const knownAt = await readCounter(queryable, COMMON_SHARD);
      return readSenderRoutes(queryable, organisation, senderInn, knownAt);
    },
    readings: (records) => readingContext(queryable, organisation, records),
  };
}

async function readingContext(
  queryable: Queryable,
  organisation: OrganisationId,
  records: readonly ReadingRecord[],
): Promise<ReadingContext> {
  const serials = new Set(records.map(({ meterSerial }) => meterSerial));
  const numbers = new Set(records.flatMap(({ accountNumber }) => accountNumber ?? []));
  const owners = await findKeys(queryable, [
    ...[...serials].map((key) => ({ kind: "meter" as const, key, organisation })),
    ...[...numbers].map((key) => ({ kind: "account" as const, key, organisation })),
  ]);
  const accounts = new Set<string>();
  const named = new Map<Shard, NamedMeter[]>();
  for (const { kind, key, shard, site, id } of owners) {
    if (kind === "account") accounts.add(key);
    else {
      const meter = { serial: key, site, meter: id as MeterId };
      named.set(shard, [...(named.get(shard) ?? []), meter]);
    }
  }
  const days = records.flatMap(({ readOn }) => readOn ?? []);
  const known: Pick<ReadingContext, "meters" | "stored" | "held">[] = [];
  for (const [shard, meters] of named) {
    const knownAt = await readCounter(queryable, shard);
    known.push(await readMeters(queryable, { shard, meters, days, knownAt }));
  }
  const switches = await readSwitches(queryable, organisation, null);
  return {
    meters: new Map(known.flatMap(({ meters }) => [...meters])),
    stored: known.flatMap(({ stored }) => stored),
    held: known.flatMap(({ held }) => held),
    accounts,
    switches,
  };
}
