import type { Month } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Turnover } from "./turnover.ts";

/**
 * What each kind of entry did to the balance of one account in the posting period: earlier entries
 * are its opening. Reversals lower what was paid; what is owed again lowers what was written off.
 */
export function turnoverOf(entries: readonly LedgerEntry[], period: Month): Turnover {
  let opening = 0;
  let charged = 0;
  let recalculated = 0;
  let penalty = 0;
  let costs = 0;
  let paid = 0;
  let writtenOff = 0;
  for (const { kind, period: posted, amount } of entries) {
    if (posted > period) continue;
    if (posted < period || kind === "OPENING") opening += amount;
    else if (kind === "CHARGE") charged += amount;
    else if (kind === "CORRECTION") recalculated += amount;
    else if (kind === "PENALTY") penalty += amount;
    else if (kind === "COURT_COSTS") costs += amount;
    else if (kind === "PAYMENT" || kind === "REVERSAL" || kind === "REFUND") paid -= amount;
    else writtenOff -= amount;
  }
  return {
    opening: kopecks(opening),
    charged: kopecks(charged),
    recalculated: kopecks(recalculated),
    penalty: kopecks(penalty),
    costs: kopecks(costs),
    paid: kopecks(paid),
    writtenOff: kopecks(writtenOff),
  };
}
