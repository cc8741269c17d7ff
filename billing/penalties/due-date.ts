import {
  addDays,
  addMonths,
  type Day,
  daysIn,
  firstDay,
  type Month,
  month,
} from "../../normalizer/model/dates.ts";
import { type WorkCalendar, workdayFrom } from "../tariffs/calendar.ts";

/** Day of the next month until which a month is paid, by the first billing period it holds for. */
export interface DueDayVersion {
  readonly from: Month;
  readonly dayOfMonth: number;
}

/** ЖК РФ ст. 155 ч. 1: the 10th; from 01.03.2026 (177-ФЗ of 24.06.2025) the 15th. */
export const HOUSEHOLD_DUE_DAYS: readonly DueDayVersion[] = [
  { from: month("2005-03"), dayOfMonth: 10 },
  { from: month("2026-03"), dayOfMonth: 15 },
];

/** Days of delay before 1/300 and before 1/130 of the rate start (ЖК РФ ст. 155 ч. 14). */
export const FREE_DAYS = 30;
export const LOW_DAYS = 90;

export interface DueDate {
  readonly nominalDay: number;
  /** Last day in time, moved to a working day. */
  readonly due: Day;
  readonly firstPenaltyDay: Day;
  readonly first130Day: Day;
}

/**
 * Due date of a billing period. `DUE_MONTH` takes the version by the month of payment instead of
 * the billing period.
 * @see ЖК РФ ст. 155 ч. 1, ГК РФ ст. 193
 */
export function dueDateOf(
  period: Month,
  switchBy: "BILLING_PERIOD" | "DUE_MONTH",
  calendar: WorkCalendar,
  versions: readonly DueDayVersion[] = HOUSEHOLD_DUE_DAYS,
): DueDate {
  const paidIn = addMonths(period, 1);
  const by = switchBy === "DUE_MONTH" ? paidIn : period;
  const nominalDay = versions.findLast((version) => version.from <= by)?.dayOfMonth ?? 10;
  const last = Math.min(nominalDay, daysIn(paidIn));
  const due = workdayFrom(addDays(firstDay(paidIn), last - 1), calendar);
  return {
    nominalDay,
    due,
    firstPenaltyDay: addDays(due, FREE_DAYS + 1),
    first130Day: addDays(due, LOW_DAYS + 1),
  };
}
