import { Exact } from "../exact.ts";
import { HOURS_PER_DAY, type HourGrid, hourGrid } from "./hours.ts";

/**
 * Hours from an integral volume. UNIFORM: W / T. PEAK_FIRST: each planned peak hour of a working
 * day gets Pмакс (or W / Nпик when that is more than W), the rest is spread over the other hours.
 *
 * @param maxPowerKw needed by PEAK_FIRST only
 * @see ПП РФ 442, прил. 3 п. 1 «б»
 */
export function restoreHours(
  mode: "UNIFORM" | "PEAK_FIRST",
  kwh: Exact,
  daysOfMonth: number,
  workdays: readonly number[],
  window: readonly number[],
  maxPowerKw: Exact,
): HourGrid {
  const hours = daysOfMonth * HOURS_PER_DAY;
  if (mode === "UNIFORM") {
    const each = kwh.div(hours);
    return hourGrid(daysOfMonth, () => each);
  }
  const peakHours = workdays.length * window.length;
  const full = maxPowerKw.times(peakHours);
  const isShort = full.gte(kwh);
  const inPeak = isShort ? kwh.div(peakHours) : maxPowerKw;
  const outside = isShort ? new Exact(0) : kwh.minus(full).div(hours - peakHours);
  return hourGrid(daysOfMonth, (day, hour) =>
    workdays.includes(day) && window.includes(hour) ? inPeak : outside,
  );
}
