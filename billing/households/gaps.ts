import { type Month, monthOf } from "../../normalizer/model/dates.ts";
import { type Days, within, without } from "./days.ts";

/** Why days have no measure. */
export type Cause = "NO_READING" | "FAULT" | "REFUSED";

export interface CausedDays extends Days {
  readonly cause: Cause;
  /** Periods in a row that the cause has lasted before this one; the period of the event is the first. */
  readonly periods: number;
}

/** Days of a month that no meter measured. */
export interface Gap extends Days {
  readonly month: Month;
  readonly point: number;
  /** The days themselves, ascending, inside `from` and `to`, each with its cause. */
  readonly spans: readonly CausedDays[];
  /** True for all served days of the month, false for the days between two meters. */
  readonly whole: boolean;
  readonly hasMeter: boolean;
  readonly everMetered: boolean;
}

/**
 * The spans cut where the cause changes: a fault of the meter before refused access before a
 * reading that was not sent (п. 59 «а», «в», «б»).
 *
 * @param missed periods in a row without a reading before the month
 */
export function causedDays(
  month: Month,
  spans: readonly Days[],
  faults: readonly Days[],
  refused: readonly Days[],
  missed: number,
): readonly CausedDays[] {
  const caused: CausedDays[] = [];
  const add = (days: readonly Days[], cause: Cause, periods: number): void => {
    for (const { from, to } of days) caused.push({ from, to, cause, periods });
  };
  for (const span of spans) {
    for (const fault of faults) add(within(span, [fault]), "FAULT", month - monthOf(fault.from));
    const working = without(span, faults);
    for (const refusal of refused)
      for (const rest of working)
        add(within(rest, [refusal]), "REFUSED", month - monthOf(refusal.from));
    for (const rest of working) add(without(rest, refused), "NO_READING", missed);
  }
  return caused.sort((a, b) => a.from - b.from);
}
