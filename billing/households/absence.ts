import {
  addMonths,
  type Day,
  daysIn,
  endDay,
  firstDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";
import { sameDayIn } from "../validity.ts";

/** More than this many full days in a row give a recalculation (п. 86). */
export const ABSENCE_FREE_DAYS = 5;
/** One application gives a recalculation of at most so many months; a longer absence needs another. */
export const ABSENCE_MONTHS_MAX = 6;

export interface Absence {
  /** Day of departure and day of arrival: neither is a full day (п. 91). */
  readonly left: Day;
  readonly returned: Day;
  readonly norm: Volume;
  readonly persons: number;
  readonly hasMeter: boolean;
  /** A meter could be installed: no act of technical impossibility. */
  readonly isMeterFeasible: boolean;
}

export type AbsenceRefusal = "METER_OR_FEASIBLE" | "LE_5_FULL_DAYS";

export interface AbsenceMonth {
  readonly month: Month;
  readonly days: number;
  /** −round4(N × persons × days / days of month). */
  readonly volume: Volume;
}

export interface AbsenceResult {
  readonly fullDays: number;
  /** Null when the absence is recalculated. */
  readonly refusal: AbsenceRefusal | null;
  readonly months: readonly AbsenceMonth[];
}

/**
 * Recalculation for temporary absence, month by month; only where no meter counts and none could be
 * installed. Not for ОДН and not for the part of a raising coefficient.
 *
 * @see ПП РФ 354 п. 86–97
 */
export function absenceVolumes(absence: Absence): AbsenceResult {
  const from = absence.left + 1;
  const to = absenceEnd(absence);
  const fullDays = Math.max(0, absence.returned - from);
  const refusal = refusalOf(absence, fullDays);
  const months: AbsenceMonth[] = [];
  if (refusal !== null) return { fullDays, refusal, months };
  let month = monthOf(from as Day);
  while (firstDay(month) < to) {
    const days = Math.min(to, endDay(month)) - Math.max(from, firstDay(month));
    const norms = [{ norm: absence.norm, days }];
    months.push({ month, days, volume: absenceVolume(norms, absence.persons, daysIn(month)) });
    month = (month + 1) as Month;
  }
  return { fullDays, refusal, months };
}

/**
 * Day after the last full day of one application: the day of arrival, or the end of six months from
 * the day of departure, which is a day of the same number or the last of its month (ГК РФ ст. 191, 192).
 */
export function absenceEnd({ left, returned }: Pick<Absence, "left" | "returned">): Day {
  const last = sameDayIn(left, addMonths(monthOf(left), ABSENCE_MONTHS_MAX));
  return Math.min(returned, last + 1) as Day;
}

/** Version 1 of the rule: however long, to the day of arrival. */
export function absenceEndUncut({ returned }: Pick<Absence, "left" | "returned">): Day {
  return returned;
}

/** −round4(Σ N × days × persons / days of month) of the days charged by each edition of the norm. */
export function absenceVolume(
  norms: readonly { readonly norm: Volume; readonly days: number }[],
  persons: number,
  daysOfMonth: number,
): Volume {
  let normDays = 0;
  for (const { norm, days } of norms) normDays += norm * days;
  return volume(-multiplyDivideRound(normDays, persons, daysOfMonth));
}

/** Why an absence gives no recalculation; null when it does. */
export function refusalOf(
  absence: Pick<Absence, "hasMeter" | "isMeterFeasible">,
  fullDays: number,
): AbsenceRefusal | null {
  if (absence.hasMeter || absence.isMeterFeasible) return "METER_OR_FEASIBLE";
  return fullDays <= ABSENCE_FREE_DAYS ? "LE_5_FULL_DAYS" : null;
}
