import type { Day } from "../model/dates.ts";
import { addDays } from "../model/dates.ts";

/** A payment that a reversal may take back, as the store or the reversal's own message has it. */
export interface ReversalCandidate {
  /** Hash of the payment's identity: what the reversal takes for itself, once. */
  readonly key: string;
  readonly message: number;
  readonly at: number;
  readonly amount: number;
  readonly paidDay: Day;
  readonly isReversed: boolean;
}

/** R8: how far back an original without an explicit id is looked for. */
export const REVERSAL_DAYS_BACK = 30;

/**
 * R8: the one payment that a reversal without an explicit id takes back.
 *
 * @param candidates payments of the same account, in any order
 * @returns null when none or several fit: a person decides
 */
export function originalOf<Candidate extends ReversalCandidate>(
  reversal: { readonly amount: number; readonly paidDay: Day },
  candidates: readonly Candidate[],
): Candidate | null {
  const from = addDays(reversal.paidDay, -REVERSAL_DAYS_BACK);
  const fitting = candidates.filter(
    ({ amount, paidDay, isReversed }) =>
      !isReversed && amount === reversal.amount && from <= paidDay && paidDay <= reversal.paidDay,
  );
  const [only, ...others] = fitting;
  return only === undefined || others.length > 0 ? null : only;
}
