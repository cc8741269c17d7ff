import type { Day } from "../model/dates.ts";
import { addDays, monthOf } from "../model/dates.ts";
import type { MeterRoute, StoredReading } from "../model/intake-facts.ts";
import type { Volume } from "../model/units.ts";
import { multiplyDivideRound, volume } from "../model/units.ts";

/** «6–12 metered months»: all that there are of the last twelve, when they are three or more. */
const MONTHS_MAX = 12;
const MONTHS_MIN = 3;

/** How far back a reading's control looks, months before the reading. */
export const HISTORY_MONTHS = MONTHS_MAX + 1;

/**
 * Usual consumption of a day by register, 10⁻⁴ kWh rounded once: what the meter moved between the
 * first and the last of its readings, in the months up to the last one.
 *
 * @param before readings of the meter that come before the judged one, ascending
 * @returns null when they measure fewer than three months
 * @see billing-individuals.md 17
 */
export function usualDaily(
  before: readonly StoredReading[],
  { digits, ratio, zones }: Pick<MeterRoute, "digits" | "ratio" | "zones">,
): readonly Volume[] | null {
  const last = before.at(-1);
  if (last === undefined) return null;
  const lastMonth = monthOfState(last.stateAt);
  const known = before.filter(
    ({ stateAt, values }) =>
      monthOfState(stateAt) >= lastMonth - MONTHS_MAX && values.length === zones.length,
  );
  const [first] = known;
  if (first === undefined || lastMonth - monthOfState(first.stateAt) < MONTHS_MIN) return null;
  const scale = 10 ** digits * 10_000;
  const moved = zones.map(() => 0);
  for (const [index, { values }] of known.entries()) {
    const previous = known[index - 1]?.values ?? values;
    for (const [zone, value] of values.entries()) {
      const delta = value - (previous[zone] ?? 0);
      moved[zone] = (moved[zone] ?? 0) + (delta < 0 ? delta + scale : delta);
    }
  }
  const days = last.stateAt - first.stateAt;
  return moved.map((energy) => volume(multiplyDivideRound(energy, ratio, days)));
}

/** Law's day since which the registers stand at `values`; null = the last reading had others. */
export function unmovedSince(
  before: readonly StoredReading[],
  values: readonly Volume[],
): Day | null {
  let since: Day | null = null;
  for (const reading of [...before].reverse()) {
    if (!sameValues(reading.values, values)) break;
    since = addDays(reading.stateAt, -1);
  }
  return since;
}

export function sameValues(a: readonly Volume[], b: readonly Volume[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function monthOfState(stateAt: Day): number {
  return monthOf(addDays(stateAt, -1));
}
