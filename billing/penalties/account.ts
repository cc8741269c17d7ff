import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { Allocation } from "../settlement/derive.ts";
import { type PenaltyDebt, type PenaltyLine, type PenaltyTerms, penaltyLines } from "./penalty.ts";

/**
 * Penalty of an account up to a day: of each principal debt, by what its settlement allocated to
 * it. A reversed payment never was. Lines by debt in the order given, then by payment, then by
 * time.
 */
export function accountPenalty(
  debts: readonly PenaltyDebt[],
  allocations: readonly Allocation[],
  upTo: Day,
  terms: PenaltyTerms,
): readonly PenaltyLine[] {
  const reversed = new Set(
    allocations.filter((item) => item.amount < 0).map((item) => item.payment),
  );
  const paid = allocations.filter(
    (item) => item.amount > 0 && (item.payment === null || !reversed.has(item.payment)),
  );
  return debts.flatMap((debt) => penaltyLines(debt, paymentsOf(paid, debt.period), upTo, terms));
}

function paymentsOf(allocations: readonly Allocation[], period: Month) {
  return allocations.filter((item) => item.type === "PRINCIPAL" && item.period === period);
}
