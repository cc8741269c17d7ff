import type { Day } from "../../normalizer/model/dates.ts";
import { between } from "../random.ts";

/** Share of the load by hour of a working day, percent: two shifts with a noon dip. */
const WORKING_HOURS = [
  22, 20, 20, 20, 22, 26, 40, 70, 110, 130, 136, 132, 116, 128, 134, 130, 122, 104, 84, 66, 50, 40,
  30, 25,
];
const WEEKEND_PERCENT = 35;

/**
 * Whole kWh of one half-hour of a point. The fraction is not carried on: the file's own integers are the truth, as they
 * are for a receiver.
 *
 * @param slot 0–47 of the local day
 */
export function halfHourKwh(
  seed: number,
  pointKey: number,
  loadKwh: number,
  day: Day,
  slot: number,
): number {
  const hour = WORKING_HOURS[slot >> 1] ?? 0;
  // 1970-01-01 was a Thursday: days 2 and 3 of the count are a weekend.
  const weekend = day % 7 === 2 || day % 7 === 3;
  const jitter = between(88, 112, seed, pointKey, day, slot);
  const percent = weekend ? WEEKEND_PERCENT : 100;
  return Math.round((loadKwh * hour * percent * jitter) / 1_000_000);
}
