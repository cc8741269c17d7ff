import type { Day, Month } from "../../normalizer/model/dates.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import {
  type AllocationPolicy,
  allocate,
  type DebtType,
  type OpenDebt,
  type Purpose,
} from "./allocation.ts";

/**
 * A posted debt: a month's charge, a penalty, costs. An amount below zero is the consumer's credit.
 */
export interface Posting {
  readonly kind: "POSTING";
  readonly day: Day;
  readonly period: Month;
  readonly type: DebtType;
  readonly service: string;
  readonly amount: Kopecks;
  readonly expires: Day | null;
}

export interface PaymentFact {
  readonly kind: "PAYMENT";
  readonly day: Day;
  readonly id: string;
  readonly amount: Kopecks;
  readonly purpose: Purpose | null;
}

export interface ReversalFact {
  readonly kind: "REVERSAL";
  readonly day: Day;
  readonly id: string;
  /** Id of the payment it takes back. */
  readonly of: string;
}

export type SettlementFact = Posting | PaymentFact | ReversalFact;

export interface Allocation {
  /** Payment or reversal that moved the money; null for an advance applied at a posting. */
  readonly source: string | null;
  /** Payment whose money it is; null for a credit of the consumer. */
  readonly payment: string | null;
  readonly day: Day;
  readonly period: Month;
  readonly type: DebtType;
  readonly service: string;
  /** Negative where a reversal re-opens the debt. */
  readonly amount: Kopecks;
}

export interface Settlement {
  /** In the order of making. */
  readonly allocations: readonly Allocation[];
  /** Open debts in the order of posting. */
  readonly debts: readonly OpenDebt[];
  readonly advance: Kopecks;
  /** Σ debts − advance: positive = the consumer owes. */
  readonly balance: Kopecks;
}

interface AdvanceLot {
  readonly payment: string | null;
  left: number;
  /** Postings of later days only; null = at once. */
  readonly after: Day | null;
}

/**
 * Settlement derived anew from all facts up to a day: by value day, on one day postings first, then
 * payments and reversals in the order received. What no debt takes is advance and pays the next
 * postings on their day, oldest charge first. A reversal re-opens on its day what its payment
 * closed; other payments keep their allocations.
 *
 * @param start open debts and advance before the first fact, empty for an account's whole life
 * @param upTo  facts dated later are not seen
 * @see ГК РФ ст. 319, 319.1, 522
 */
export function deriveSettlement(
  start: { readonly debts: readonly OpenDebt[]; readonly advance: Kopecks },
  facts: readonly SettlementFact[],
  upTo: Day,
  policy: AllocationPolicy,
): Settlement {
  const debts: OpenDebt[] = start.debts.map((debt) => ({ ...debt }));
  const lots: AdvanceLot[] =
    start.advance > 0 ? [{ payment: null, left: start.advance, after: null }] : [];
  const allocations: Allocation[] = [];
  const seen = facts.filter((fact) => fact.day <= upTo);
  seen.sort((a, b) => a.day - b.day || orderOf(a) - orderOf(b));
  for (const [index, fact] of seen.entries()) {
    if (fact.kind === "POSTING") {
      post(fact, debts, lots);
      const next = seen[index + 1];
      const more = next?.kind === "POSTING" && next.day === fact.day;
      if (!more) applyAdvance(fact.day, debts, lots, allocations, policy);
    } else if (fact.kind === "PAYMENT") pay(fact, debts, lots, allocations, policy);
    else reverse(fact, debts, lots, allocations);
  }
  let advance = 0;
  for (const lot of lots) advance += lot.left;
  let owed = 0;
  for (const debt of debts) owed += debt.left;
  return {
    allocations,
    debts: debts.filter((debt) => debt.left > 0),
    advance: kopecks(advance),
    balance: kopecks(owed - advance),
  };
}

function orderOf(fact: SettlementFact): number {
  return fact.kind === "POSTING" ? 0 : 1;
}

function post(fact: Posting, debts: OpenDebt[], lots: AdvanceLot[]): void {
  if (fact.amount < 0) {
    credit(fact, debts, lots);
    return;
  }
  const { period, type, service, amount, expires } = fact;
  debts.push({ period, type, service, left: amount, expires });
}

/**
 * A negative penalty lowers unpaid penalties, the oldest first; what was paid already waits for the
 * next posting. Costs taken back lower unpaid costs; what was paid of them is free at once.
 */
function credit(fact: Posting, debts: readonly OpenDebt[], lots: AdvanceLot[]): void {
  let rest = -fact.amount;
  if (fact.type !== "PRINCIPAL") {
    for (const debt of debts) {
      if (debt.type !== fact.type) continue;
      const part = Math.min(debt.left, rest);
      debt.left -= part;
      rest -= part;
    }
  }
  const after = fact.type === "PENALTY" ? fact.day : null;
  if (rest > 0) lots.push({ payment: null, left: rest, after });
}

function applyAdvance(
  on: Day,
  debts: readonly OpenDebt[],
  lots: AdvanceLot[],
  into: Allocation[],
  policy: AllocationPolicy,
): void {
  for (const lot of lots) {
    if (lot.left === 0 || (lot.after !== null && on <= lot.after)) continue;
    const { shares, advance } = allocate(kopecks(lot.left), on, null, debts, policy);
    lot.left = advance;
    for (const { debt, amount } of shares)
      into.push({ source: null, payment: lot.payment, day: on, ...placeOf(debt), amount });
  }
}

function pay(
  fact: PaymentFact,
  debts: readonly OpenDebt[],
  lots: AdvanceLot[],
  into: Allocation[],
  policy: AllocationPolicy,
): void {
  const { id, day } = fact;
  const { shares, advance } = allocate(fact.amount, day, fact.purpose, debts, policy);
  for (const { debt, amount } of shares)
    into.push({ source: id, payment: id, day, ...placeOf(debt), amount });
  if (advance > 0) lots.push({ payment: id, left: advance, after: null });
}

function reverse(
  fact: ReversalFact,
  debts: readonly OpenDebt[],
  lots: AdvanceLot[],
  into: Allocation[],
): void {
  for (const made of into.filter((item) => item.payment === fact.of && item.amount > 0)) {
    const { period, type, service } = made;
    const debt = debts.find(
      (item) => item.period === period && item.type === type && item.service === service,
    );
    invariant(debt !== undefined, "what was allocated is of a debt");
    debt.left += made.amount;
    const place = { period, type, service };
    const amount = kopecks(-made.amount);
    into.push({ source: fact.id, payment: fact.of, day: fact.day, ...place, amount });
  }
  for (const lot of lots) if (lot.payment === fact.of) lot.left = 0;
}

function placeOf({ period, type, service }: OpenDebt) {
  return { period, type, service };
}
