import {
  addMonths,
  civilOf,
  type Day,
  daysIn,
  firstDay,
  type Month,
  monthOf,
} from "../normalizer/model/dates.ts";
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

/** The same day number in another month, or its last day. */
export function sameDayIn(day: Day, month: Month): Day {
  return (firstDay(month) + Math.min(civilOf(day).day, daysIn(month)) - 1) as Day;
}

/** "n months before D": the same day number n months back, or the last day of that month. */
export function monthsBefore(day: Day, months: number): Day {
  return sameDayIn(day, addMonths(monthOf(day), -months));
}
