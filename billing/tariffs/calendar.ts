import { addDays, type Day } from "../../normalizer/model/dates.ts";
import type { WorkCalendar } from "../../normalizer/model/penalty-law.ts";

/** 0 = Monday … 6 = Sunday. */
export function weekdayOf(day: Day): number {
  return (((day + 3) % 7) + 7) % 7;
}

export function isWorkday(day: Day, calendar: WorkCalendar): boolean {
  if (calendar.movedWorkdays.includes(day)) return true;
  return weekdayOf(day) < 5 && !calendar.holidays.includes(day);
}

/** The day itself, or the next working day (ГК РФ ст. 193). */
export function workdayFrom(day: Day, calendar: WorkCalendar): Day {
  let at = day;
  while (!isWorkday(at, calendar)) at = addDays(at, 1);
  return at;
}
