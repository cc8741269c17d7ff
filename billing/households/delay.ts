import {
  addMonths,
  type Day,
  type DayRange,
  endDay,
  firstDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { divideRoundBig, type Kopecks, kopecks, type Price } from "../../normalizer/model/units.ts";
import { sameDayIn } from "../validity.ts";
import { countDays, type Days, overlapOf, without } from "./days.ts";

/** An unrounded volume as a fraction of 10⁻⁴ kWh. */
export interface ExactVolume {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Days of a month that the supplier was late on. */
export interface LateDays {
  readonly days: number;
  readonly daysOfMonth: number;
}

const WHOLE_MONTH: LateDays = { days: 1, daysOfMonth: 1 };

/** Last day of the term: the same day number, or the last day of that month (ГК РФ ст. 192). */
export function delayTermEnd(arose: Day, months: number): Day {
  return sameDayIn(arose, addMonths(monthOf(arose), months));
}

/**
 * Days of a month after the term of some delay and before the supplier did its duty.
 *
 * @param delays from the day the duty arose to the day it was done, with the months of its term
 */
export function lateDaysOf(
  month: Month,
  delays: readonly (DayRange & { readonly months: number })[],
): LateDays {
  const whole: Days = { from: firstDay(month), to: endDay(month) };
  const late = delays
    .flatMap(({ from, to, months }) => {
      const after = (delayTermEnd(from, months) + 1) as Day;
      return overlapOf(whole, { from: after, to }) ?? [];
    })
    .sort((a, b) => a.from - b.from);
  const daysOfMonth = whole.to - whole.from;
  return { days: daysOfMonth - countDays(without(whole, late)), daysOfMonth };
}

/**
 * Снижение платы while the supplier is late with a meter: payable = round2(V × T × k) of the
 * unrounded V, and the line is what it differs by from the line of the consumption. For a part of
 * the month 1 − (1 − k) × days / days of month stands in the place of k.
 *
 * @param coefficient 10⁻², < 100: 0.95 = 95
 * @returns kopecks; zero or negative for a volume that is not negative
 * @see ПП РФ 354, снижение платы на 5 % при нарушении срока установки прибора (с 01.01.2026)
 */
export function delayReduction(
  exact: ExactVolume,
  price: Price,
  coefficient: number,
  charged: Kopecks,
  { days, daysOfMonth }: LateDays = WHOLE_MONTH,
): Kopecks {
  invariant(coefficient < 100, "a reduction coefficient is below 1");
  const share = BigInt(100 * daysOfMonth - (100 - coefficient) * days);
  const payable = divideRoundBig(
    exact.numerator * BigInt(price) * share,
    exact.denominator * 1_000_000_000n * BigInt(daysOfMonth),
  );
  return kopecks(Number(payable) - charged);
}
