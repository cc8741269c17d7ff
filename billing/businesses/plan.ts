import { Exact } from "../exact.ts";
import { at, HOURS_PER_DAY, type HourGrid, hourGrid } from "./hours.ts";

/**
 * A plan for days of the month, both included; the day of the month it was notified on counts from
 * the month's start.
 */
export interface SubmittedPlan {
  readonly from: number;
  readonly to: number;
  readonly kwh: HourGrid;
  /**
   * Day of notice relative to day 1 of the month as 1 (0 = the day before); null = always in time.
   */
  readonly notifiedOn: number | null;
}

export type PlanDefault =
  | { readonly kind: "LAST"; readonly previousDay: readonly Exact[] | null }
  | { readonly kind: "ZERO" }
  | { readonly kind: "PER_HOUR"; readonly kwh: Exact };

export interface ResolvedPlan {
  readonly kwh: HourGrid;
  /** Days without a plan in time. */
  readonly defaultDays: number;
}

/** In non-price zones a plan is in time on the second day before its day or earlier. */
const NOTICE_DAYS = 2;

/**
 * Hourly plan of a month with the default where nothing was submitted in time: the last day before
 * that has a plan (across the edge of the month), zero, or a contract volume by hour.
 *
 * @param withNotice non-price zones: the notice must be in time
 * @see ПП РФ 1179 п. 8, 9; ПП РФ 442 п. 105
 */
export function resolvePlan(
  days: number,
  submitted: readonly SubmittedPlan[],
  byDefault: PlanDefault,
  withNotice: boolean,
): ResolvedPlan {
  const rows: (readonly Exact[])[] = [];
  let last = byDefault.kind === "LAST" ? byDefault.previousDay : null;
  let defaultDays = 0;
  const zero = hourGrid(1, () => new Exact(0))[0] ?? [];
  for (let day = 1; day <= days; day += 1) {
    const plan = submitted.findLast(
      (item) => item.from <= day && day <= item.to && (!withNotice || isInTime(item, day)),
    );
    if (plan !== undefined) {
      const row = hourGrid(1, (_d, hour) => at(plan.kwh, day, hour))[0] ?? zero;
      last = row;
      rows.push(row);
      continue;
    }
    defaultDays += 1;
    if (byDefault.kind === "PER_HOUR") rows.push(zero.map(() => byDefault.kwh));
    else rows.push(byDefault.kind === "LAST" ? (last ?? zero) : zero);
  }
  return { kwh: rows, defaultDays };
}

function isInTime(plan: SubmittedPlan, day: number): boolean {
  return plan.notifiedOn === null || plan.notifiedOn <= day - NOTICE_DAYS;
}

/**
 * Default plan of one hour in non-price zones from 670 kW: the allotted volume less population by
 * the hours of the month; not allotted, half of the contract volume by hours.
 */
export function contractPlanHour(
  contractKwh: Exact,
  populationKwh: Exact,
  isAllotted: boolean,
  days: number,
): Exact {
  const hours = days * HOURS_PER_DAY;
  return isAllotted ? contractKwh.minus(populationKwh).div(hours) : contractKwh.div(hours).div(2);
}
