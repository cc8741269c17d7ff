import { addDays, addMonths, type Day, firstDay, monthOf } from "../../normalizer/model/dates.ts";
import type { WorkCalendar } from "../../normalizer/model/penalty-law.ts";
import { isWorkday } from "../tariffs/calendar.ts";

/** Working days between the notice of another price category and the period it is for. */
export const NOTICE_WORKDAYS = 10;

/**
 * First day of another price category: day 1 of the month after a notice with ten working days
 * between; a later notice works a month later; a meter admitted inside a month moves it to day 1 of
 * the next.
 *
 * @see ПП РФ 442 п. 97
 */
export function categoryFrom(notice: Day, meterAdmitted: Day | null, calendar: WorkCalendar): Day {
  let from = firstDay(addMonths(monthOf(notice), 1));
  if (workdaysBetween(notice, from, calendar) < NOTICE_WORKDAYS)
    from = firstDay(addMonths(monthOf(from), 1));
  if (meterAdmitted !== null && meterAdmitted > from)
    from = firstDay(addMonths(monthOf(meterAdmitted), 1));
  return from;
}

function workdaysBetween(after: Day, before: Day, calendar: WorkCalendar): number {
  let count = 0;
  for (let day = addDays(after, 1); day < before; day = addDays(day, 1))
    if (isWorkday(day, calendar)) count += 1;
  return count;
}
