import type { Day, DayRange, Month } from "../../model/dates.ts";
import type { MeterFacts, MeterReading, PointFacts } from "../../model/facts.ts";
import { faultsOf } from "./circumstances.ts";
import type { MeterRows, ReadingRow } from "./household-rows.ts";
import { overlapsMonth, readingMonth } from "./timeline.ts";

/** Metering points by id, the meters of each in the order of installation. */
export function pointsOf(meters: Iterable<MeterRows>): readonly PointFacts[] {
  const placed: { readonly point: number; readonly facts: MeterFacts }[] = [];
  for (const { meter, versions, readings, faults, waiting } of meters) {
    const newest = versions.at(-1);
    if (newest === undefined) continue;
    const facts: MeterFacts = {
      meter,
      serial: newest.serial,
      installed: servedOf(versions),
      zones: newest.zones,
      digits: newest.digits,
      ratio: newest.ratio,
      faults: faultsOf(faults),
      ...(waiting === null ? {} : { waiting }),
      readings: readings.map(readingOf),
      origin: newest.origin,
    };
    placed.push({ point: newest.point, facts });
  }
  const [first, second] = placed;
  if (first === undefined) return [];
  if (second === undefined) return [{ point: first.point, meters: [first.facts] }];
  const points = new Map<number, MeterFacts[]>();
  for (const { point, facts } of placed) {
    const inPoint = points.get(point);
    if (inPoint === undefined) points.set(point, [facts]);
    else inPoint.push(facts);
  }
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([point, inPoint]) => ({
      point,
      meters: inPoint.sort((a, b) => a.installed.from - b.installed.from),
    }));
}

/** From the first day of the first version to the last day of the last one. */
export function servedOf(versions: readonly DayRange[]): DayRange {
  let from = Number.POSITIVE_INFINITY;
  let to: Day | null = 0 as Day;
  for (const version of versions) {
    from = Math.min(from, version.from);
    to = version.to === null || to === null ? null : (Math.max(to, version.to) as Day);
  }
  return { from: from as Day, to };
}

function readingOf({ stateAt, values, source, origin }: ReadingRow): MeterReading {
  return { stateAt, values, source, origin };
}

/**
 * True when every point with a meter in the month has a reading of it; states of acts are no
 * readings of a month.
 */
export function isReadIn(points: readonly PointFacts[], month: Month): boolean {
  return points.every(({ meters }) => {
    const inService = meters.filter(({ installed }) => overlapsMonth(installed, month));
    return (
      inService.length === 0 ||
      inService.some(({ installed, readings }) =>
        readings.some(
          ({ stateAt }) =>
            readingMonth(stateAt) === month &&
            stateAt !== installed.from &&
            stateAt !== installed.to,
        ),
      )
    );
  });
}

export function hasMeterIn(points: readonly PointFacts[], month: Month): boolean {
  return points.some(({ meters }) =>
    meters.some(({ installed }) => overlapsMonth(installed, month)),
  );
}
