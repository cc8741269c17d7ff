import { addDays, type Day } from "../../normalizer/model/dates.ts";
import {
  type Kopecks,
  kopecks,
  multiplyDivideRound,
  type Price,
  type Volume,
} from "../../normalizer/model/units.ts";

/** Days to pay after the delivery of the notice, and from restriction to suspension (п. 119). */
export const NOTICE_DAYS = 20;
export const SUSPENSION_DAYS = 10;
/** Days to restore after payment in full (п. 120). */
export const RESTORE_DAYS = 2;

export interface RestrictionCase {
  readonly debt: Kopecks;
  readonly norm: Volume;
  readonly persons: number;
  /** Tariff of the day of restriction. */
  readonly price: Price;
  readonly delivered: Day | null;
  readonly paidInFull: Day | null;
  readonly hasAgreement: boolean;
  /** Partial restriction is technically possible. */
  readonly isLimitable: boolean;
}

export interface RestrictionDates {
  readonly threshold: Kopecks;
  readonly isEligible: boolean;
  readonly payUntil: Day | null;
  readonly restrictFrom: Day | null;
  readonly suspendFrom: Day | null;
  readonly restoreBy: Day | null;
}

/**
 * Restriction for debt: allowed when the debt is more than two monthly payments by norm, round2(2 ×
 * N × n × T), whatever the meter, and no agreement on instalments is in force. Earliest dates after
 * the delivered notice.
 *
 * @see ПП РФ 354 п. 117–121
 */
export function restrictionDates(given: RestrictionCase): RestrictionDates {
  const twoMonths = 2 * given.norm * given.persons;
  const threshold = kopecks(multiplyDivideRound(twoMonths, given.price, 10_000_000));
  const isEligible = given.debt > threshold && !given.hasAgreement;
  const none = { payUntil: null, restrictFrom: null, suspendFrom: null, restoreBy: null };
  if (!isEligible || given.delivered === null) return { threshold, isEligible, ...none };
  const payUntil = addDays(given.delivered, NOTICE_DAYS);
  const paid = given.paidInFull;
  if (paid !== null && paid <= payUntil) return { threshold, isEligible, ...none, payUntil };
  const restrictFrom = addDays(payUntil, 1);
  return {
    threshold,
    isEligible,
    payUntil,
    restrictFrom,
    suspendFrom: given.isLimitable ? addDays(restrictFrom, SUSPENSION_DAYS) : restrictFrom,
    restoreBy: paid === null ? null : addDays(paid, RESTORE_DAYS),
  };
}
