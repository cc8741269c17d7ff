import type { SiteFacts } from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { billHouse } from "../buildings/site-month.ts";
import type { BilledSite, BillingProblem } from "../outcome.ts";
import { hasRule, type Rules } from "../rules.ts";
import { billAccount } from "./account.ts";

/**
 * Lines of every account of one site for `facts.period`: by meter, by average, by norm, in the
 * order of precedence of the rules; then difference lines of earlier months that late facts or a
 * reading after estimated months change. An account without a price or a norm is held and its
 * neighbours go on. A МКД whose premises are known is billed by them, with its common part.
 *
 * @param rules resolved from the versions that the run stores (`rulesOf`)
 * @param trace receives the steps of the explanation in the order of the arithmetic; absent on a
 *   mass run
 * @throws InvariantError when the assembler left out posted lines of a month that a reading spreads
 *   over
 * @see ПП РФ 354 п. 42, 59–61
 */
export function billSite(facts: SiteFacts, rules: Rules, trace?: Trace): BilledSite {
  // A run from before the rules of buildings bills every account by itself, as it did.
  if (facts.premises.length > 0 && facts.siteKind === "MKD" && hasRule(rules, "buildings.odn"))
    return billHouse(facts, rules, trace);
  const lines: Line[] = [];
  const problems: BillingProblem[] = [];
  for (const account of facts.accounts) {
    const bill = billAccount(account, facts, rules, trace);
    if (!bill.ok) {
      problems.push({ account: account.account, held: true, problem: bill.problem });
      continue;
    }
    for (const line of bill.lines) lines.push(line);
    for (const problem of bill.problems)
      problems.push({ account: account.account, held: false, problem });
  }
  return { lines, problems, house: null };
}
