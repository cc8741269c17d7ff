import { type Day, endDay, formatDay, type Month } from "../../normalizer/model/dates.ts";
import type { Dated, LedgerEntry, Switches } from "../../normalizer/model/facts.ts";
import type { AccountId, AccountNumber } from "../../normalizer/model/ids.ts";
import type { PenaltyHold, PenaltyLaw, PenaltyPause } from "../../normalizer/model/penalty-law.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Result } from "../../normalizer/model/result.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { documentDates } from "../documents/document-dates.ts";
import { type Rules, ruleOf } from "../rules.ts";
import type { AccountMoney, ClosedMonth, CorrectionNet, MonthCharge } from "../settlement/close.ts";
import type { PaymentFact, Posting, ReversalFact } from "../settlement/derive.ts";
import { moneyFacts } from "../settlement/settle.ts";
import { switchOneOf } from "../switches.ts";
import { valueAt } from "../validity.ts";
import type { PenaltyTerms } from "./penalty.ts";

/** Money of one household account up to a month, and what its penalties depend on. */
export interface PenaltyFacts {
  readonly account: AccountId;
  readonly number: AccountNumber;
  readonly period: Month;
  /** Since the account came to the store, in posting order, with what the month itself charges. */
  readonly entries: readonly LedgerEntry[];
  readonly holds: readonly Dated<PenaltyHold>[];
  readonly law: PenaltyLaw;
  readonly switches: Switches;
}

/**
 * Penalties (пени) of one account accrued to the last day of the month, computed from zero, and
 * what of them no earlier month has posted: negative where money or a correction became known late.
 * Refused with NO_LAW_DATA where the calendar or the key rate does not reach back to a debt.
 *
 * @see ЖК РФ ст. 155 ч. 14; ПП РФ 474 of 26.03.2022
 */
export function penaltyOfMonth(facts: PenaltyFacts, rules: Rules): Result<ClosedMonth, Problem> {
  const money = moneyOf(facts.entries);
  const due = dueDays(facts, money);
  if (!due.ok) return due;
  const terms = termsOf(facts);
  const first = Math.min(...due.value.values());
  const problem = uncovered(facts, terms, first);
  if (problem !== null) return { ok: false, problem };
  const rule = ruleOf(rules, "penalties.households");
  const dueOf = (month: Month) => due.value.get(month) ?? endDay(facts.period);
  return { ok: true, value: rule.close(facts.period, money, terms, dueOf) };
}

function moneyOf(entries: readonly LedgerEntry[]): AccountMoney {
  const charges: MonthCharge[] = [];
  const penalties: MonthCharge[] = [];
  const corrections = new Map<string, { posted: Month; origin: Month; amount: number }>();
  const costs: Posting[] = [];
  const money: (PaymentFact | ReversalFact)[] = [];
  for (const { kind, origin, period, amount } of entries) {
    if (kind === "OPENING" || kind === "CHARGE") charges.push({ period: origin ?? period, amount });
    else if (kind === "PENALTY") penalties.push({ period, amount });
    else if (kind === "CORRECTION") {
      // The net of one document for one origin decides whether it raises or lowers.
      const of = { posted: period, origin: origin ?? period };
      const key = `${of.posted}/${of.origin}`;
      const known = corrections.get(key);
      if (known === undefined) corrections.set(key, { ...of, amount });
      else known.amount += amount;
    }
  }
  for (const fact of moneyFacts(entries)) {
    if (fact.kind !== "POSTING") money.push(fact);
    else if (fact.type === "COURT_COSTS") costs.push(fact);
    else charges.push({ period: fact.period, amount: fact.amount });
  }
  const nets = [...corrections.values()].map(
    (net): CorrectionNet => ({ ...net, amount: kopecks(net.amount) }),
  );
  return { charges, corrections: nets, costs, money, penalties };
}

/** Due day of every month that has a debt. */
function dueDays(
  { number, period, switches, law }: PenaltyFacts,
  { charges, corrections }: AccountMoney,
): Result<ReadonlyMap<Month, Day>, Problem> {
  const months = new Set<Month>();
  for (const charge of charges) months.add(charge.period);
  for (const { posted, origin } of corrections) months.add(posted).add(origin);
  const days = new Map<Month, Day>();
  for (const month of months) {
    // What the month itself charges falls due after it: nothing accrues, and its calendar may come.
    if (month >= period) continue;
    const dates = documentDates(month, switches, law);
    if (!dates.ok) return { ok: false, problem: { ...dates.problem, object: number } };
    days.set(month, dates.value.dueOn);
  }
  return { ok: true, value: days };
}

function termsOf({ period, holds, law, switches }: PenaltyFacts): PenaltyTerms {
  const last = (endDay(period) - 1) as Day;
  const agreementPauses = switchOneOf(switches, "penalty.pauseOnAgreement", ["true", "false"]);
  return {
    steps: valueAt(law.steps, last) ?? [],
    keyRates: law.keyRates,
    caps: law.caps,
    pauses: [
      ...law.pauses,
      ...holds
        .filter(({ value }) => value !== "INSTALMENT" || agreementPauses === "true")
        .map((hold) => pauseOf(hold, last)),
    ],
    rateMoment: switchOneOf(switches, "penalty.rateMoment", ["PAYMENT_DATE", "DAILY"]),
    pauseStopsCount:
      switchOneOf(switches, "penalty.moratorium.freezeDayCount", ["false", "true"]) === "true",
  };
}

function pauseOf({ value, from, to }: Dated<PenaltyHold>, last: Day): PenaltyPause {
  const until = to === null ? Math.max(last, from) : to - 1;
  return { from, to: until as Day, onlyDueBefore: value === "BANKRUPTCY" ? from : null };
}

/** The steps and the key rate must reach back to the first day on which something can accrue. */
function uncovered(
  { period, number }: PenaltyFacts,
  { steps, keyRates }: PenaltyTerms,
  firstDue: number,
): Problem | null {
  const problem = (name: string, on: Day): Problem => ({
    code: "NO_LAW_DATA",
    at: formatDay(on),
    object: number,
    values: { name, date: formatDay(on) },
  });
  const last = (endDay(period) - 1) as Day;
  if (steps.length === 0) return problem("доли ставки для пеней", last);
  const accrues = steps.find(({ divisor }) => divisor !== null);
  const from = firstDue + (accrues?.fromDay ?? 1);
  if (from > last) return null;
  const [first] = keyRates;
  return first === undefined || first.from > from ? problem("ключевая ставка", from as Day) : null;
}
