import type { Day, Month } from "./dates.ts";
import type { Dated } from "./facts.ts";

/** From day `fromDay` of delay the rate is divided by `divisor`; null = nothing accrues. */
export interface PenaltyStep {
  readonly fromDay: number;
  readonly divisor: number | null;
}

/** Key rate of the Bank of Russia from a day on, 10⁻² percent: 9.5 % = 950. */
export interface KeyRate {
  readonly from: Day;
  readonly rateE2: number;
}

/** Limit of the rate, both days included: CAP = the lower of both, FIXED = the limit itself. */
export interface RateCap {
  readonly from: Day;
  readonly to: Day;
  readonly rateE2: number;
  readonly mode: "CAP" | "FIXED";
}

/**
 * Days without penalty, both included; only for debts due before `onlyDueBefore` where it is set.
 */
export interface PenaltyPause {
  readonly from: Day;
  readonly to: Day;
  readonly onlyDueBefore: Day | null;
}

/** Day of the next month until which a month is paid, by the first billing period it holds for. */
export interface DueDayVersion {
  readonly from: Month;
  readonly dayOfMonth: number;
}

/** Days of the production calendar that differ from the week: holidays, and working days moved to a weekend. */
export interface WorkCalendar {
  readonly holidays: readonly Day[];
  readonly movedWorkdays: readonly Day[];
}

/** Dated law of due days and penalties of households; each list ascends by its first day. */
export interface PenaltyLaw {
  /** ЖК РФ ст. 155 ч. 14. */
  readonly steps: readonly Dated<readonly PenaltyStep[]>[];
  readonly keyRates: readonly KeyRate[];
  readonly caps: readonly RateCap[];
  /** Моратории. */
  readonly pauses: readonly PenaltyPause[];
  /** ЖК РФ ст. 155 ч. 1. */
  readonly dueDays: readonly DueDayVersion[];
  /** Each version covers its year. */
  readonly calendar: readonly Dated<WorkCalendar>[];
}

/**
 * Why an account's penalties stand still: рассрочка, a debt in dispute, or bankruptcy, which holds only what fell
 * due before it.
 */
export type PenaltyHold = "INSTALMENT" | "DISPUTE" | "BANKRUPTCY";
