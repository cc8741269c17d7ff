import { HISTORY_MONTHS } from "../../normalizer/intake/usual-consumption.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import { addMonths, firstDay, monthOf } from "../../normalizer/model/dates.ts";
import type { Seq, Shard } from "../../normalizer/model/ids.ts";
import type { ReadingContext } from "../../normalizer/model/intake-facts.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import { readWaitingReadings } from "../../normalizer/store/held-readings.ts";
import { readLastBefore, readReadings } from "../../normalizer/store/readings.ts";
import type { NamedMeter } from "../../normalizer/store/routes.ts";
import { readMeterRoutes } from "../../normalizer/store/routes.ts";

interface MeterQuery {
  readonly shard: Shard;
  readonly meters: readonly NamedMeter[];
  /** Days of the readings that are to be judged; their history is read, and what came after. */
  readonly days: readonly Day[];
  /** Seq of the shard. */
  readonly knownAt: Seq;
}

/** What one shard knows of some meters: versions, readings that stand, readings that wait. */
export async function readMeters(
  queryable: Queryable,
  { shard, meters, days, knownAt }: MeterQuery,
): Promise<Pick<ReadingContext, "meters" | "stored" | "held">> {
  const routes = await readMeterRoutes(queryable, shard, meters, knownAt);
  const held = await readWaitingReadings(queryable, shard, meters, knownAt);
  if (days.length === 0) return { meters: routes, stored: [], held };
  const first = Math.min(...days) as Day;
  const from = firstDay(addMonths(monthOf(first), -HISTORY_MONTHS));
  const recent = await readReadings(queryable, { shard, meters, knownAt, from });
  const heard = new Set(recent.filter(({ stateAt }) => stateAt <= first).map(({ meter }) => meter));
  const silent = meters.filter(({ meter }) => !heard.has(meter));
  const older = await readLastBefore(queryable, { shard, meters: silent, knownAt }, from);
  return { meters: routes, stored: [...older, ...recent], held };
}
