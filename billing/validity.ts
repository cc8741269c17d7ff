import type { Day } from "../normalizer/model/dates.ts";
import type { Dated } from "../normalizer/model/facts.ts";

/** Dated value in force on the day, or undefined. */
export function datedAt<Value>(
  values: readonly Dated<Value>[],
  day: Day,
): Dated<Value> | undefined {
  return values.find((item) => item.from <= day && (item.to === null || day < item.to));
}

/** Value in force on the day, or undefined. */
export function valueAt<Value>(values: readonly Dated<Value>[], day: Day): Value | undefined {
  return datedAt(values, day)?.value;
}

/** The earliest of the ends, not later than `limit`; null = open. */
export function earliestEnd(limit: Day, ends: readonly (Day | null)[]): Day {
  let end = limit;
  for (const item of ends) if (item !== null && item < end) end = item;
  return end;
}
