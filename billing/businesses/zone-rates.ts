import { Exact, roundTo } from "../exact.ts";
import { type BusinessLine, pricedLine } from "./document.ts";
import { gridSum, type HourGrid, hourGrid } from "./hours.ts";

/** Zones of ЦК2 in the order of the bill. */
export const DAY_ZONES = ["night", "semipeak", "peak", "day"] as const;
export type DayZone = (typeof DAY_ZONES)[number];

export interface ZoneComponents {
  readonly wholesale: Readonly<Partial<Record<DayZone, Exact>>>;
  readonly transmission: Exact;
  readonly markup: Exact;
  readonly other: Exact;
}

/**
 * Energy lines of the second price category: P_z = C_z + T1 + СН + ИУ with 2 decimals, МВт·ч
 * rounded per zone.
 * @see ПП РФ 1179 п. 5
 */
export function zoneRateLines(
  kwh: Readonly<Partial<Record<DayZone, Exact>>>,
  components: ZoneComponents,
  ratePercent: Exact,
): BusinessLine[] {
  return DAY_ZONES.flatMap((zone) => {
    const energy = kwh[zone];
    const wholesale = components.wholesale[zone];
    if (energy === undefined || wholesale === undefined) return [];
    const { transmission, markup, other } = components;
    const price = roundTo(wholesale.plus(transmission).plus(markup).plus(other), 2);
    return [pricedLine(`energy.${zone}`, energy.div(1000), "MWh", price, ratePercent)];
  });
}

/**
 * Hours summed by zone; Moscow time, weekends as other days. Semi-peak is the rest; with two zones
 * day is.
 *
 * @param peak null for two zones
 */
export function zonesOfHours(
  kwh: HourGrid,
  night: ReadonlySet<number>,
  peak: ReadonlySet<number> | null,
): Partial<Record<DayZone, Exact>> {
  const zero = new Exact(0);
  const sumIf = (matches: (hour: number) => boolean): Exact =>
    gridSum(
      hourGrid(kwh.length, (day, hour) =>
        matches(hour) ? (kwh[day - 1]?.[hour - 1] ?? zero) : zero,
      ),
    );
  const rest = (hour: number) => !night.has(hour) && !(peak?.has(hour) ?? false);
  if (peak === null) return { night: sumIf((hour) => night.has(hour)), day: sumIf(rest) };
  return {
    night: sumIf((hour) => night.has(hour)),
    semipeak: sumIf(rest),
    peak: sumIf((hour) => peak.has(hour) && !night.has(hour)),
  };
}
