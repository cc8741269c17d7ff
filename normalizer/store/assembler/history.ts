import type { Day, Month } from "../../model/dates.ts";
import { addMonths, endDay, firstDay, monthOf } from "../../model/dates.ts";
import type { MeteredMonth, MeterFacts, PointFacts } from "../../model/facts.ts";
import type { LineKind, PostedLine, Zone } from "../../model/lines.ts";
import { multiplyDivideRound, type Volume, volume } from "../../model/units.ts";
import { readingMonth } from "./timeline.ts";

export interface History {
  /** Oldest first. */
  readonly months: readonly MeteredMonth[];
  /** Months in a row without an accepted reading before the period. */
  readonly missedPeriods: number;
}

/**
 * Kinds whose volumes are the consumption of a month; a difference line has the kind of the line it
 * corrects.
 */
const METHODS: Readonly<Partial<Record<LineKind, MeteredMonth["method"]>>> = {
  METER: "METER",
  METER_DELTA: "METER",
  AVERAGE: "AVERAGE",
  NORM: "NORM",
};

/**
 * What the months before the period were billed by. Months that this store has billed come from
 * what it posted; earlier ones, which another system billed, from the register states that were
 * brought along.
 *
 * @param billed what was posted, see `monthsOfLines`; of one month the last one counts
 * @param firstMonth oldest month that may be looked at
 * @param firstBilled first month that the store has billed
 */
export function historyOf(
  points: readonly PointFacts[],
  billed: readonly MeteredMonth[],
  firstMonth: Month,
  period: Month,
  firstBilled: Month = firstOf(billed, period),
): History {
  const months = new Map<Month, MeteredMonth>();
  for (const month of billed) months.set(month.month, month);
  for (const month of monthsOfReadings(points, firstBilled)) {
    if (!months.has(month.month)) months.set(month.month, month);
  }
  const sorted = [...months.values()]
    .filter(({ month }) => month >= firstMonth && month < period)
    .sort((a, b) => a.month - b.month);
  return { months: sorted, missedPeriods: missedBefore(period, months, firstKnown(points)) };
}

/**
 * The points of an account, each with its own past where there are several: what the lines of it
 * say, and its own states before the store billed the account.
 */
export function withPasts(
  points: readonly PointFacts[],
  posted: readonly PostedLine[],
  firstMonth: Month,
  period: Month,
): readonly PointFacts[] {
  if (points.length < 2) return points;
  const firstBilled = firstOf(monthsOfLines(posted), period);
  return points.map((point) => {
    const billed = monthsOfLines(posted.filter((line) => line.point === point.point));
    const own = historyOf([point], billed, firstMonth, period, firstBilled);
    return { ...point, past: { history: own.months, missedPeriods: own.missedPeriods } };
  });
}

function firstOf(billed: readonly MeteredMonth[], period: Month): Month {
  return Math.min(...billed.map(({ month }) => month), period) as Month;
}

/** What posted lines add up to, by origin month. */
export function monthsOfLines(posted: readonly PostedLine[]): readonly MeteredMonth[] {
  const months = new Map<Month, { method: MeteredMonth["method"]; volumes: Map<Zone, number> }>();
  for (const line of posted) {
    const method = METHODS[line.kind];
    if (method === undefined) continue;
    const month = months.get(line.origin) ?? { method, volumes: new Map<Zone, number>() };
    months.set(line.origin, month);
    // A month with a metered line was read: in whole, or up to the meter's removal.
    if (method === "METER") month.method = method;
    month.volumes.set(line.zone, (month.volumes.get(line.zone) ?? 0) + line.volume);
  }
  return [...months].map(([month, { method, volumes }]) => ({
    month,
    method,
    volumes: withoutZeros(volumes),
  }));
}

/**
 * A zone that a correction took away entirely leaves no trace in the mean; a month of zero
 * consumption stays.
 */
function withoutZeros(volumes: ReadonlyMap<Zone, number>): MeteredMonth["volumes"] {
  const kept = [...volumes].filter(([, value]) => value !== 0);
  const shown = kept.length > 0 ? kept : [...volumes].slice(0, 1);
  return Object.fromEntries(shown.map(([zone, value]) => [zone, volume(value)]));
}

/**
 * Movement between two states belongs to the months after that of the first, by days where these
 * are several.
 */
function monthsOfReadings(points: readonly PointFacts[], before: Month): readonly MeteredMonth[] {
  const months = new Map<Month, Map<Zone, number>>();
  for (const point of points) {
    for (const meter of point.meters) {
      for (let index = 1; index < meter.readings.length; index += 1) {
        addMovement(months, meter, index, before);
      }
    }
  }
  return [...months].map(([month, volumes]) => ({
    month,
    method: "METER" as const,
    volumes: Object.fromEntries([...volumes].map(([zone, value]) => [zone, volume(value)])),
  }));
}

function addMovement(
  months: Map<Month, Map<Zone, number>>,
  meter: MeterFacts,
  index: number,
  before: Month,
): void {
  const start = meter.readings[index - 1];
  const end = meter.readings[index];
  if (start === undefined || end === undefined) return;
  const last = readingMonth(end.stateAt);
  if (last >= before) return;
  const first = Math.min(last, readingMonth(start.stateAt) + 1) as Month;
  for (const [place, zone] of meter.zones.entries()) {
    const from = start.values[place];
    const to = end.values[place];
    if (from === undefined || to === undefined) continue;
    const turn = to < from ? 10 ** meter.digits * 10_000 : 0;
    const parts = byDays(volume((to - from + turn) * meter.ratio), first, last);
    for (const [offset, part] of parts.entries()) {
      const month = addMonths(first, offset);
      const volumes = months.get(month) ?? new Map<Zone, number>();
      months.set(month, volumes);
      volumes.set(zone, (volumes.get(zone) ?? 0) + part);
    }
  }
}

/**
 * Splits by days of the months, the last one taking the rest, so that the parts sum to the whole.
 */
function byDays(whole: Volume, first: Month, last: Month): readonly number[] {
  const days = endDay(last) - firstDay(first);
  const parts: number[] = [];
  let rest: number = whole;
  for (let month = first; month < last; month = addMonths(month, 1)) {
    const part = multiplyDivideRound(whole, endDay(month) - firstDay(month), days);
    parts.push(part);
    rest -= part;
  }
  return [...parts, rest];
}

function firstKnown(points: readonly PointFacts[]): Day | null {
  let first: Day | null = null;
  for (const point of points) {
    for (const { readings } of point.meters) {
      const [reading] = readings;
      if (reading !== undefined && (first === null || reading.stateAt < first)) {
        first = reading.stateAt;
      }
    }
  }
  return first;
}

/**
 * Counts back to the last month that was read; before the first state of a meter nothing can be
 * missed.
 */
function missedBefore(
  period: Month,
  months: ReadonlyMap<Month, MeteredMonth>,
  first: Day | null,
): number {
  let missed = 0;
  for (let month = addMonths(period, -1); ; month = addMonths(month, -1)) {
    const known = months.get(month);
    if (known?.method === "METER") return missed;
    const beyond = first === null || month <= monthOf(first);
    if (known === undefined && beyond) return missed;
    missed += 1;
  }
}
