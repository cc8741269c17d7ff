import { addDays, type Day, type Month } from "../../normalizer/model/dates.ts";
import type {
  KeyRate,
  PenaltyPause,
  PenaltyStep,
  RateCap,
} from "../../normalizer/model/penalty-law.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Kopecks, kopecks, multiplyDivideRound } from "../../normalizer/model/units.ts";

export interface PenaltyTerms {
  readonly steps: readonly PenaltyStep[];
  readonly keyRates: readonly KeyRate[];
  readonly caps: readonly RateCap[];
  readonly pauses: readonly PenaltyPause[];
  /**
   * PAYMENT_DATE: the rate of the day of payment for all the delay of the paid part; DAILY: the
   * rate of each day.
   */
  readonly rateMoment: "PAYMENT_DATE" | "DAILY";
  /** True: days of a pause do not count as days of delay. */
  readonly pauseStopsCount: boolean;
}

export interface PenaltyDebt {
  readonly period: Month;
  readonly amount: Kopecks;
  readonly due: Day;
}

/** A payment of a debt, in the order received. */
export interface DebtPayment {
  readonly day: Day;
  readonly amount: Kopecks;
}

export interface PenaltyLine {
  readonly period: Month;
  readonly base: Kopecks;
  /** Both days included. */
  readonly from: Day;
  readonly to: Day;
  readonly days: number;
  readonly divisor: number;
  readonly rateE2: number;
  readonly amount: Kopecks;
}

/**
 * Penalty (пени) of one debt up to a day: lines of constant base, rate and divisor over continuous
 * days, each round2(base × rate / divisor × days). Payments dated later than the day are not seen;
 * what exceeds the debt bears nothing. Sorted by payment, the unpaid part last, then by time.
 *
 * @see ЖК РФ ст. 155 ч. 14; ПП РФ 474 of 26.03.2022 (the limit of the rate)
 */
export function penaltyLines(
  debt: PenaltyDebt,
  payments: readonly DebtPayment[],
  upTo: Day,
  terms: PenaltyTerms,
): readonly PenaltyLine[] {
  const seen = payments.filter((payment) => payment.day <= upTo);
  seen.sort((a, b) => a.day - b.day);
  return terms.rateMoment === "DAILY"
    ? dailyLines(debt, seen, upTo, terms)
    : linesByPayment(debt, seen, upTo, terms);
}

function linesByPayment(
  debt: PenaltyDebt,
  payments: readonly DebtPayment[],
  upTo: Day,
  terms: PenaltyTerms,
): PenaltyLine[] {
  const lines: PenaltyLine[] = [];
  let left: number = debt.amount;
  for (const payment of payments) {
    const part = Math.min(left, payment.amount);
    if (part <= 0) continue;
    left -= part;
    const rate = () => rateOn(payment.day, terms);
    addLines(lines, debt, kopecks(part), debt.due, payment.day, terms, rate);
  }
  if (left > 0)
    addLines(lines, debt, kopecks(left), debt.due, upTo, terms, () => rateOn(upTo, terms));
  return lines;
}

function dailyLines(
  debt: PenaltyDebt,
  payments: readonly DebtPayment[],
  upTo: Day,
  terms: PenaltyTerms,
): PenaltyLine[] {
  const lines: PenaltyLine[] = [];
  let left: number = debt.amount;
  let after = debt.due;
  for (const payment of payments) {
    // The base of a day is what stood open at its start: the payment counts from the next day.
    if (payment.day > after && left > 0) {
      addLines(lines, debt, kopecks(left), after, payment.day, terms, (day) => rateOn(day, terms));
      after = payment.day;
    }
    left = Math.max(0, left - payment.amount);
  }
  if (left > 0 && upTo > after)
    addLines(lines, debt, kopecks(left), after, upTo, terms, (day) => rateOn(day, terms));
  return lines;
}

/**
 * Lines of one base for the days after `after` up to `to`, cut where the divisor, the rate or a
 * pause changes.
 */
function addLines(
  into: PenaltyLine[],
  debt: PenaltyDebt,
  base: Kopecks,
  after: Day,
  to: Day,
  terms: PenaltyTerms,
  rateOf: (day: Day) => number,
): void {
  const runs: { from: Day; to: Day; divisor: number; rateE2: number }[] = [];
  for (let day = addDays(after, 1); day <= to; day = addDays(day, 1)) {
    const divisor = isPaused(day, debt, terms) ? null : divisorOn(day, debt, terms);
    if (divisor === null) continue;
    const rateE2 = rateOf(day);
    const run = runs.at(-1);
    if (run?.to === day - 1 && run.divisor === divisor && run.rateE2 === rateE2) run.to = day;
    else runs.push({ from: day, to: day, divisor, rateE2 });
  }
  for (const run of runs)
    into.push(lineOf(debt.period, base, run.from, run.to, run.divisor, run.rateE2));
}

function lineOf(
  period: Month,
  base: Kopecks,
  from: Day,
  to: Day,
  divisor: number,
  rateE2: number,
): PenaltyLine {
  const days = to - from + 1;
  const amount = kopecks(multiplyDivideRound(base, rateE2 * days, 10_000 * divisor));
  return { period, base, from, to, days, divisor, rateE2, amount };
}

function isPaused(day: Day, debt: PenaltyDebt, terms: PenaltyTerms): boolean {
  return terms.pauses.some(
    (pause) =>
      pause.from <= day &&
      day <= pause.to &&
      (pause.onlyDueBefore === null || debt.due < pause.onlyDueBefore),
  );
}

function divisorOn(day: Day, debt: PenaltyDebt, terms: PenaltyTerms): number | null {
  let number = day - debt.due;
  if (terms.pauseStopsCount)
    for (let at = addDays(debt.due, 1); at <= day; at = addDays(at, 1))
      if (isPaused(at, debt, terms)) number -= 1;
  return terms.steps.findLast((step) => step.fromDay <= number)?.divisor ?? null;
}

/** Rate that holds on a day after the limit, 10⁻² percent. */
export function rateOn(day: Day, terms: Pick<PenaltyTerms, "keyRates" | "caps">): number {
  const key = terms.keyRates.findLast((rate) => rate.from <= day);
  invariant(key !== undefined, "no key rate on the day");
  const cap = terms.caps.find((row) => row.from <= day && day <= row.to);
  if (cap === undefined) return key.rateE2;
  return cap.mode === "FIXED" ? cap.rateE2 : Math.min(key.rateE2, cap.rateE2);
}
