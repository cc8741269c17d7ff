import {
  type Day,
  type DayRange,
  endDay,
  firstDay,
  type Month,
} from "../../normalizer/model/dates.ts";

/** Days [from, to), both known. */
export interface Days {
  readonly from: Day;
  readonly to: Day;
}

export function monthDays(month: Month): Days {
  return { from: firstDay(month), to: endDay(month) };
}

/** What two ranges share; null when they share no day. */
export function overlapOf(a: Days, b: DayRange): Days | null {
  const from = Math.max(a.from, b.from) as Day;
  const to = b.to === null ? a.to : (Math.min(a.to, b.to) as Day);
  return from < to ? { from, to } : null;
}

/** Days of `ranges` inside `days`, in order. */
export function within(days: Days, ranges: readonly DayRange[]): readonly Days[] {
  return ranges.flatMap((range) => overlapOf(days, range) ?? []);
}

/** Days of `days` in none of the `ranges`, which ascend and may overlap. */
export function without(days: Days, ranges: readonly DayRange[]): readonly Days[] {
  const rest: Days[] = [];
  let at = days.from;
  for (const range of ranges) {
    if (range.from > at) {
      const to = Math.min(range.from, days.to) as Day;
      if (to > at) rest.push({ from: at, to });
    }
    const end = range.to ?? days.to;
    if (end > at) at = end;
  }
  if (at < days.to) rest.push({ from: at, to: days.to });
  return rest;
}

export function countDays(spans: readonly Days[]): number {
  let days = 0;
  for (const span of spans) days += span.to - span.from;
  return days;
}

/** True when the ranges together hold every day. */
export function isCovered(days: Days, ranges: readonly DayRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  return without(days, sorted).length === 0;
}
