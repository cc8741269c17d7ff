import { type Day, endDay, firstDay, type Month, monthOf } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  MeterFacts,
  MeterReading,
  PointFacts,
} from "../../normalizer/model/facts.ts";

/** Energy that one meter counted between two accepted states. */
export interface MeasuredSpan {
  readonly point: number;
  readonly meter: MeterFacts;
  readonly start: MeterReading;
  readonly end: MeterReading;
}

/**
 * Days of one point that belong to one billing month, half-open: from the previous accepted state
 * to its own.
 */
export interface MonthSpan {
  readonly month: Month;
  readonly from: Day;
  readonly to: Day;
}

/**
 * The month a reading is accepted for: that of the law's day of the reading, the last day it
 * describes.
 */
export function monthOfReading(reading: MeterReading): Month {
  return monthOf((reading.stateAt - 1) as Day);
}

/** True when every point that has a meter in the month has an accepted reading for it. */
export function isRead(points: readonly PointFacts[], servedTo: Day | null, month: Month): boolean {
  let counted = 0;
  for (const point of points) {
    if (!hasMeter(point, month)) continue;
    counted += 1;
    if (lastReadingOf(point, month, servedTo) === null) return false;
  }
  return counted > 0;
}

/** True when a meter of the point is in service on some day of the month. */
export function hasMeter(point: PointFacts, month: Month): boolean {
  const from = firstDay(month);
  const to = endDay(month);
  return point.meters.some(
    ({ installed }) => installed.from < to && (installed.to === null || installed.to > from),
  );
}

/**
 * Last reading accepted for the month; the states of installation and removal are acts, not
 * readings of a month.
 */
export function lastReadingOf(
  point: PointFacts,
  month: Month,
  servedTo: Day | null,
): MeterReading | null {
  let last: MeterReading | null = null;
  for (const meter of point.meters) {
    for (const reading of meter.readings) {
      if (monthOfReading(reading) !== month) continue;
      if (servedTo !== null && reading.stateAt > servedTo && hasFinal(meter, servedTo)) continue;
      if (isAct(meter, reading)) continue;
      last = reading;
    }
  }
  return last;
}

function isAct(meter: MeterFacts, reading: MeterReading): boolean {
  return reading.stateAt === meter.installed.from || reading.stateAt === meter.installed.to;
}

/** A final state on the day the service ended makes later states of the meter irrelevant. */
function hasFinal(meter: MeterFacts, servedTo: Day): boolean {
  return meter.readings.some((reading) => reading.stateAt === servedTo);
}

/**
 * Spans between the states that bound billing months: installation, removal, a state on one of the
 * days `edges`, the last reading of each month that `counts`, in the order of time. Other readings
 * of a month are not used.
 */
export function measuredSpans(
  point: PointFacts,
  servedTo: Day | null,
  lastMonth: Month,
  counts: (month: Month) => boolean,
  edges: readonly Day[] = [],
): MeasuredSpan[] {
  const spans: MeasuredSpan[] = [];
  for (const meter of point.meters) {
    let start: MeterReading | null = null;
    const states = statesOf(meter, servedTo, lastMonth);
    for (const [index, reading] of states.entries()) {
      if (
        !edges.includes(reading.stateAt) &&
        !isBoundary(point, meter, reading, states[index + 1], servedTo, counts)
      )
        continue;
      if (start !== null) spans.push({ point: point.point, meter, start, end: reading });
      start = reading;
    }
  }
  return spans;
}

function statesOf(
  meter: MeterFacts,
  servedTo: Day | null,
  lastMonth: Month,
): readonly MeterReading[] {
  const end = endDay(lastMonth);
  const cut = servedTo !== null && hasFinal(meter, servedTo) ? servedTo : null;
  const known = meter.readings;
  const newest = known[known.length - 1];
  if (cut === null && (newest === undefined || newest.stateAt <= end)) return known;
  return known.filter(
    (reading) => reading.stateAt <= end && (cut === null || reading.stateAt <= cut),
  );
}

function isBoundary(
  point: PointFacts,
  meter: MeterFacts,
  reading: MeterReading,
  next: MeterReading | undefined,
  servedTo: Day | null,
  counts: (month: Month) => boolean,
): boolean {
  if (isAct(meter, reading) || reading.stateAt === servedTo) return true;
  const month = monthOfReading(reading);
  if (!counts(month)) return false;
  if (next === undefined || monthOfReading(next) !== month) return true;
  // Removed later in the month: the days from the reading on belong to the next month.
  return isAct(meter, next) && lastReadingOf(point, month, servedTo) === reading;
}

/**
 * Where a month's days of a point start and end. A month with a reading ends with it; a month
 * billed without one ends with the calendar; a month never billed has no edge of its own.
 */
export function monthSpan(
  account: AccountFacts,
  point: PointFacts,
  month: Month,
  read: (month: Month) => boolean,
  billed: (month: Month) => boolean,
): MonthSpan {
  return {
    month,
    from: edgeBefore(account, point, month, read, billed),
    to: edgeOf(account, point, month, read),
  };
}

function edgeOf(
  account: AccountFacts,
  point: PointFacts,
  month: Month,
  read: (month: Month) => boolean,
): Day {
  if (!read(month)) return endDay(month);
  return lastReadingOf(point, month, account.served.to)?.stateAt ?? endDay(month);
}

function edgeBefore(
  account: AccountFacts,
  point: PointFacts,
  month: Month,
  read: (month: Month) => boolean,
  billed: (month: Month) => boolean,
): Day {
  let earliest: Day | null = null;
  for (const meter of point.meters) {
    const first = meter.readings[0];
    if (first !== undefined && (earliest === null || first.stateAt < earliest))
      earliest = first.stateAt;
  }
  const floor = earliest === null ? firstDay(month) : earliest;
  for (let before = (month - 1) as Month; endDay(before) > floor; before = (before - 1) as Month) {
    const edge = read(before) ? lastReadingOf(point, before, account.served.to) : null;
    if (edge !== null) return edge.stateAt;
    if (billed(before)) return endDay(before);
  }
  return Math.min(floor, firstDay(month)) as Day;
}
