import type { Day, DayRange, Month } from "../../model/dates.ts";
import { endDay, firstDay, monthOf } from "../../model/dates.ts";

/** A version as a timeline compares it: what stands in `text` from day to day. */
export interface Span extends DayRange {
  readonly text: string;
}

const FOREVER = Number.MAX_SAFE_INTEGER;

/**
 * Days on which two states of one subject say something else: what a correction changed, however
 * the versions are cut. Spans of one state do not overlap.
 */
export function changedDays(before: readonly Span[], after: readonly Span[]): readonly DayRange[] {
  const edges = new Set<number>();
  for (const { from, to } of [...before, ...after]) edges.add(from).add(to ?? FOREVER);
  const cuts = [...edges].sort((a, b) => a - b);
  const changed: DayRange[] = [];
  for (const [index, from] of cuts.entries()) {
    const to = cuts[index + 1];
    if (to === undefined || textOn(before, from) === textOn(after, from)) continue;
    changed.push({ from: from as Day, to: to === FOREVER ? null : (to as Day) });
  }
  return changed;
}

function textOn(spans: readonly Span[], day: number): string | null {
  return spans.find(({ from, to }) => from <= day && (to === null || day < to))?.text ?? null;
}

export function overlapsMonth(range: DayRange, month: Month): boolean {
  return range.from < endDay(month) && (range.to === null || range.to > firstDay(month));
}

export function lastDayOf(range: DayRange): Day | null {
  return range.to === null ? null : ((range.to - 1) as Day);
}

/** Month of the law's day of a reading, whose state is at the end of that day. */
export function readingMonth(stateAt: Day): Month {
  return monthOf((stateAt - 1) as Day);
}
