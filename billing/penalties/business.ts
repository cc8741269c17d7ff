import { addDays, type Day } from "../../normalizer/model/dates.ts";
import type { PenaltyStep } from "../../normalizer/model/penalty-law.ts";
import { Exact, roundTo } from "../exact.ts";

export type BusinessPayer = "general" | "uo" | "tsj";

/** 35-ФЗ ст. 37 п. 2: general and state customers; managers and heat suppliers; ТСЖ, ЖК, ЖСК. */
export const BUSINESS_STEPS: Readonly<Record<BusinessPayer, readonly PenaltyStep[]>> = {
  general: [{ fromDay: 1, divisor: 130 }],
  uo: [
    { fromDay: 1, divisor: 300 },
    { fromDay: 61, divisor: 170 },
    { fromDay: 91, divisor: 130 },
  ],
  tsj: [
    { fromDay: 1, divisor: null },
    { fromDay: 31, divisor: 300 },
    { fromDay: 91, divisor: 130 },
  ],
};

export interface BusinessDebt {
  readonly due: Day;
  readonly sum: Exact;
}

/** Money on a debt; the rate of its day, percent. */
export interface BusinessPayment {
  readonly day: Day;
  readonly sum: Exact;
  readonly rate: Exact;
}

export interface BusinessPenaltyTerms {
  readonly steps: readonly PenaltyStep[];
  readonly upTo: Day;
  /** Rate of the unpaid part, percent. */
  readonly rate: Exact;
  /** Limit of the rate; null = none. */
  readonly rateCap: Exact | null;
  /** Both days included: taken out of the count of a segment, which keeps its own days. */
  readonly moratoria: readonly (readonly [Day, Day])[];
}

export interface BusinessPenaltyRow {
  readonly part: Exact;
  readonly from: Day;
  readonly to: Day;
  readonly days: number;
  readonly divisor: number;
  /** After the limit. */
  readonly rate: Exact;
  readonly sum: Exact;
}

/**
 * Penalty of a business debt: by paid portion, the unpaid last, then by step of the ladder. Every
 * portion counts from the due date to its own payment day inclusive at the rate of that day. Steps
 * of 0 days are not listed.
 *
 * @see 35-ФЗ ст. 37 п. 2
 */
export function businessPenalty(
  debt: BusinessDebt,
  payments: readonly BusinessPayment[],
  terms: BusinessPenaltyTerms,
): readonly BusinessPenaltyRow[] {
  const rows: BusinessPenaltyRow[] = [];
  let left = debt.sum;
  const seen = payments.filter((payment) => payment.day <= terms.upTo);
  seen.sort((a, b) => a.day - b.day);
  for (const payment of seen) {
    const part = Exact.min(left, payment.sum);
    if (part.lte(0)) continue;
    left = left.minus(part);
    addRows(rows, debt, part, payment.day, payment.rate, terms);
  }
  if (left.gt(0)) addRows(rows, debt, left, terms.upTo, terms.rate, terms);
  return rows;
}

function addRows(
  into: BusinessPenaltyRow[],
  debt: BusinessDebt,
  part: Exact,
  to: Day,
  keyRate: Exact,
  terms: BusinessPenaltyTerms,
): void {
  const rate = terms.rateCap === null ? keyRate : Exact.min(keyRate, terms.rateCap);
  for (const [index, step] of terms.steps.entries()) {
    if (step.divisor === null) continue;
    const next = terms.steps[index + 1];
    const from = addDays(debt.due, step.fromDay);
    const last = next === undefined ? to : (Math.min(to, debt.due + next.fromDay - 1) as Day);
    const days = last - from + 1 - pausedDays(from, last, terms.moratoria);
    if (days <= 0) continue;
    const sum = roundTo(part.times(days).times(rate).div(100).div(step.divisor), 2);
    into.push({ part, from, to: last, days, divisor: step.divisor, rate, sum });
  }
}

function pausedDays(from: Day, to: Day, moratoria: BusinessPenaltyTerms["moratoria"]): number {
  let days = 0;
  for (const [start, end] of moratoria)
    days += Math.max(0, Math.min(to, end) - Math.max(from, start) + 1);
  return days;
}

export interface ContractPenalty {
  /** Rows by debt in their order. */
  readonly rows: readonly { readonly debt: number; readonly row: BusinessPenaltyRow }[];
  readonly unpaid: Exact;
  /** Money above all debts. */
  readonly credit: Exact;
}

/**
 * Penalty of several debts: payments close the oldest due first; rows by debt, then by day of
 * payment, the unpaid part last, then by step of the ladder.
 */
export function contractPenalty(
  debts: readonly BusinessDebt[],
  payments: readonly BusinessPayment[],
  terms: BusinessPenaltyTerms,
): ContractPenalty {
  const order = debts.map((_, index) => index).sort((a, b) => dueOf(debts, a) - dueOf(debts, b));
  const left = debts.map((debt) => debt.sum);
  const own: BusinessPayment[][] = debts.map(() => []);
  let credit: Exact = new Exact(0);
  const seen = payments.filter((payment) => payment.day <= terms.upTo);
  for (const payment of seen.sort((a, b) => a.day - b.day)) {
    let rest = payment.sum;
    for (const index of order) {
      const part = Exact.min(rest, left[index] ?? 0);
      if (part.lte(0)) continue;
      left[index] = (left[index] ?? part).minus(part);
      rest = rest.minus(part);
      own[index]?.push({ ...payment, sum: part });
    }
    credit = credit.plus(rest);
  }
  const rows = debts.flatMap((debt, index) =>
    businessPenalty(debt, own[index] ?? [], terms).map((row) => ({ debt: index, row })),
  );
  let unpaid: Exact = new Exact(0);
  for (const sum of left) unpaid = unpaid.plus(sum);
  return { rows, unpaid, credit };
}

function dueOf(debts: readonly BusinessDebt[], index: number): number {
  return debts[index]?.due ?? 0;
}
