import {
  addDays,
  addMonths,
  type Day,
  daysIn,
  firstDay,
  type Month,
} from "../../normalizer/model/dates.ts";
import type { DueDayVersion, WorkCalendar } from "../../normalizer/model/penalty-law.ts";
import { workdayFrom } from "../tariffs/calendar.ts";

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
  versions: readonly DueDayVersion[],
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
