import { addMonths, type Day, monthOf } from "../../normalizer/model/dates.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import { sameDayIn } from "../validity.ts";

export interface Instalment {
  readonly number: number;
  readonly due: Day;
  readonly amount: Kopecks;
}

/**
 * Schedule of an instalment plan: equal parts rounded down to a kopeck, the first takes the
 * residue; due on the same day of each month or its last day.
 *
 * @param months >= 1
 */
export function instalmentSchedule(sum: Kopecks, months: number, firstDue: Day): Instalment[] {
  const part = Math.floor(sum / months);
  return Array.from({ length: months }, (_, index) => ({
    number: index + 1,
    due: sameDayIn(firstDue, addMonths(monthOf(firstDue), index)),
    amount: kopecks(index === 0 ? sum - part * (months - 1) : part),
  }));
}
