import { type Day, type DayRange, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  MeterFacts,
  MeterReading,
  PointFacts,
} from "../../normalizer/model/facts.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { type Days, without } from "./days.ts";
import { hasMeter } from "./timeline.ts";

/** Readings that the consumer sends, by whatever way. */
const OF_CONSUMER: readonly ReadingSource[] = ["PORTAL", "GIS_ZHKH", "ROBOT", "PAYMENT"];

/**
 * Points with what may be counted by: a meter is out of service on the days of a fault, what it
 * shows inside them counts for nothing, and no movement crosses them (п. 59 «а», 81(12)); a reading
 * that the consumer sends between the act on refused access and the check is not used (п. 60(1)).
 * The same points where there is neither.
 *
 * @param end first day that nobody asks about
 */
export function pointsInService(facts: AccountFacts, end: Day): readonly PointFacts[] {
  const { accessRefused } = facts.circumstances;
  const hasFaults = facts.points.some((point) => point.meters.some(isFaulty));
  if (!hasFaults && accessRefused.length === 0) return facts.points;
  return facts.points.map(({ point, meters }) => ({
    point,
    meters: meters
      .map((meter) => ({
        ...meter,
        readings: meter.readings.filter((reading) => !isRefused(reading, accessRefused)),
      }))
      .flatMap((meter) => (isFaulty(meter) ? inService(meter, end) : [meter])),
  }));
}

function isFaulty(meter: MeterFacts): boolean {
  return meter.faults.length > 0;
}

/**
 * Points that the month is taken from: those with a meter in it, and when none has one those that
 * had one last, whose days are estimated. A point whose meter went for good is none of them.
 */
export function countedPoints(points: readonly PointFacts[], month: Month): readonly PointFacts[] {
  const metered = points.filter((point) => hasMeter(point, month));
  if (metered.length > 0) return metered;
  const from = firstDay(month);
  const ends = points.map(({ meters }) =>
    Math.max(...meters.map(({ installed: { to } }) => (to === null || to > from ? 0 : to))),
  );
  const last = Math.max(...ends);
  return points.filter((_point, index) => ends[index] === last);
}

/** Faults of the point's meters as ranges without a day in common, ascending; neighbours joined. */
export function faultsOf({ meters }: PointFacts, end: Day): readonly Days[] {
  const faults = meters
    .flatMap(({ installed, faults }) =>
      faults.map(({ from, to }) => ({
        from: Math.max(from, installed.from) as Day,
        to: Math.min(to ?? end, installed.to ?? end) as Day,
      })),
    )
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const joined: Days[] = [];
  for (const fault of faults) {
    const last = joined.at(-1);
    if (last === undefined || fault.from > last.to) joined.push(fault);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, fault.to) as Day };
  }
  return joined;
}

/** The meter as one of its own for each stretch between faults. */
function inService(meter: MeterFacts, end: Day): MeterFacts[] {
  const { from, to } = meter.installed;
  const ranges = without({ from, to: to ?? end }, faultsOf({ point: 0, meters: [meter] }, end));
  return ranges.map((range) => {
    const installed: DayRange = {
      from: range.from,
      to: to === null && range.to === end ? null : range.to,
    };
    const readings = meter.readings.filter(
      ({ stateAt }) => stateAt >= range.from && (installed.to === null || stateAt <= installed.to),
    );
    return { ...meter, installed, readings };
  });
}

function isRefused({ source, stateAt }: MeterReading, refused: readonly DayRange[]): boolean {
  return (
    OF_CONSUMER.includes(source) &&
    refused.some(({ from, to }) => stateAt > from && (to === null || stateAt <= to))
  );
}
