import { Exact, roundTo } from "../exact.ts";
import { at, type HourGrid } from "./hours.ts";

/** Published hour of the region's maximum by working day of the month. */
export type PeakHours = ReadonlyMap<number, number>;

/**
 * Capacity bought on the retail market: mean over the working days of V(d, h*(d)), МВт, rounded
 * once after the mean.
 *
 * @param kwh      hours of the boundary, after transits and losses
 * @param workdays days of the month that count; none gives 0
 * @param decimals 3, or 6 where the contract says so
 * @see ПП РФ 442 п. 95
 */
export function purchaseCapacityMw(
  kwh: HourGrid,
  workdays: readonly number[],
  peaks: PeakHours,
  decimals: number,
): Exact {
  return meanMw(
    workdays.map((day) => at(kwh, day, peaks.get(day) ?? 0)),
    decimals,
  );
}

/**
 * Power for transmission of ЦК4 and ЦК6: mean over the working days of the maximum inside the
 * planned peak hours.
 *
 * @param window planned peak hours of the system operator, inclusive hour numbers
 * @see ПП РФ 861 п. 15(1)
 */
export function transmissionPowerMw(
  kwh: HourGrid,
  workdays: readonly number[],
  window: readonly number[],
  decimals: number,
): Exact {
  const maxima = workdays.map((day) => {
    const hours = window.map((hour) => at(kwh, day, hour));
    return hours.length === 0 ? new Exact(0) : Exact.max(...hours);
  });
  return meanMw(maxima, decimals);
}

function meanMw(values: readonly Exact[], decimals: number): Exact {
  if (values.length === 0) return new Exact(0);
  let sum: Exact = new Exact(0);
  for (const value of values) sum = sum.plus(value);
  return roundTo(sum.div(values.length).div(1000), decimals);
}
