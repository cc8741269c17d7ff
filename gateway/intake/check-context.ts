import type { MeterId, OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type {
  MeterRoute,
  ReadingContext,
  StoredReading,
} from "../../normalizer/model/intake-facts.ts";
import type { ReadingRecord } from "../../normalizer/model/records.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import { readReadings } from "../../normalizer/store/readings.ts";
import type { NamedMeter } from "../../normalizer/store/routes.ts";
import { readCounter, readMeterRoutes, readSenderRoutes } from "../../normalizer/store/routes.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import type { CheckContext } from "./check-file.ts";

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
  const meters = new Map<string, readonly MeterRoute[]>();
  const stored: StoredReading[] = [];
  for (const [shard, ofShard] of named) {
    const knownAt = await readCounter(queryable, shard);
    const routes = await readMeterRoutes(queryable, shard, ofShard, knownAt);
    for (const [serial, route] of routes) meters.set(serial, route);
    const ids = ofShard.map(({ meter }) => meter);
    stored.push(...(await readReadings(queryable, { shard, meters: ids, knownAt })));
  }
  return { meters, accounts, stored };
}
