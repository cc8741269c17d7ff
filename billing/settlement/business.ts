import type { Day } from "../../normalizer/model/dates.ts";
import { Exact } from "../exact.ts";

export interface BusinessDebtItem {
  readonly id: string;
  readonly due: Day;
  readonly sum: Exact;
}

/**
 * Shares of one payment among the debts of a contract: named ones first in the order of due dates,
 * then the oldest due first where the rest may go on; what is left is advance.
 *
 * @param purpose  ids that the payer named; empty for none
 * @param spill    the rest of a named payment goes to the other debts
 * @see ГК РФ ст. 319.1, 522
 */
export function allocateByDue(
  sum: Exact,
  debts: readonly BusinessDebtItem[],
  purpose: readonly string[],
  spill: boolean,
): {
  readonly shares: readonly { readonly id: string; readonly sum: Exact }[];
  readonly advance: Exact;
} {
  const byDue = [...debts].sort((a, b) => a.due - b.due);
  const named = byDue.filter((debt) => purpose.includes(debt.id));
  const others = byDue.filter((debt) => !purpose.includes(debt.id));
  const order = purpose.length > 0 && !spill ? named : [...named, ...others];
  const shares: { id: string; sum: Exact }[] = [];
  let rest = sum;
  for (const debt of order) {
    const part = Exact.min(rest, debt.sum);
    if (part.lte(0)) continue;
    rest = rest.minus(part);
    shares.push({ id: debt.id, sum: part });
  }
  return { shares, advance: rest };
}
