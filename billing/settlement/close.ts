import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import { accountPenalty } from "../penalties/account.ts";
import type { PenaltyDebt, PenaltyLine, PenaltyTerms } from "../penalties/penalty.ts";
import { DEFAULT_POLICY } from "./allocation.ts";
import {
  type Allocation,
  deriveSettlement,
  type PaymentFact,
  type Posting,
  type ReversalFact,
  type Settlement,
} from "./derive.ts";

/** Principal charged for a month, posted on its last day. */
export interface MonthCharge {
  readonly period: Month;
  readonly amount: Kopecks;
}

/** Net of one document for one origin month, posted in an open period. */
export interface CorrectionNet {
  readonly posted: Month;
  readonly origin: Month;
  readonly amount: Kopecks;
}

export interface AccountMoney {
  readonly charges: readonly MonthCharge[];
  readonly corrections: readonly CorrectionNet[];
  /** Court costs, on their own days. */
  readonly costs: readonly Posting[];
  /** Payments, write-offs and reversals in the order received. */
  readonly money: readonly (PaymentFact | ReversalFact)[];
  /** Penalties posted by earlier closes, signed. */
  readonly penalties: readonly MonthCharge[];
}

export interface ClosedMonth {
  readonly settlement: Settlement;
  /** Penalty from zero to the last day of the month. */
  readonly accrued: Kopecks;
  /** Accrued less what was posted before: the posting of this close. */
  readonly posted: Kopecks;
  /** What `accrued` is made of, by debt, payment and time. */
  readonly lines: readonly PenaltyLine[];
}

/**
 * Close of one month: the settlement derived anew from all facts known, by value day, and the
 * penalty to the month's last day. A correction that raises joins the debt of the month it is
 * posted in; one that lowers changes the debt of its origin as if charged so from the start, and
 * what was paid above it becomes free on its payment day.
 *
 * @param dueOf due day of a month's debt
 * @see ЖК РФ ст. 155 ч. 14; ГК РФ ст. 319, 319.1
 */
export function closeMonth(
  period: Month,
  account: AccountMoney,
  terms: PenaltyTerms,
  dueOf: (period: Month) => Day,
): ClosedMonth {
  const upTo = lastDay(period);
  const principal = principalByMonth(account);
  const postings = [
    ...principal.map(({ period: month, amount }) => posting(month, "PRINCIPAL", amount)),
    ...account.penalties.map(({ period: month, amount }) => posting(month, "PENALTY", amount)),
    ...account.costs,
  ];
  const before = settleUpTo(upTo, [...postings, ...account.money]);
  const debts: PenaltyDebt[] = principal
    .filter(({ amount }) => amount > 0)
    .map(({ period: month, amount }) => ({ period: month, amount, due: dueOf(month) }));
  const lines = accountPenalty(debts, before.allocations, upTo, terms);
  let accrued = 0;
  for (const line of lines) accrued += line.amount;
  let earlier = 0;
  for (const penalty of account.penalties) earlier += penalty.amount;
  const posted = kopecks(accrued - earlier);
  const settlement =
    posted === 0
      ? before
      : settleUpTo(upTo, [...postings, posting(period, "PENALTY", posted), ...account.money]);
  return { settlement, accrued: kopecks(accrued), posted, lines };
}

function settleUpTo(upTo: Day, facts: readonly (Posting | PaymentFact | ReversalFact)[]) {
  return deriveSettlement({ debts: [], advance: kopecks(0) }, facts, upTo, DEFAULT_POLICY);
}

/** Charges with their corrections, in the order of months. */
function principalByMonth(account: AccountMoney): readonly MonthCharge[] {
  const amounts = new Map<Month, number>();
  const add = (period: Month, amount: number): void => {
    amounts.set(period, (amounts.get(period) ?? 0) + amount);
  };
  for (const { period, amount } of account.charges) add(period, amount);
  for (const { posted, origin, amount } of account.corrections)
    add(amount > 0 ? posted : origin, amount);
  return [...amounts]
    .sort(([a], [b]) => a - b)
    .map(([period, amount]) => ({ period, amount: kopecks(amount) }));
}

function posting(period: Month, type: Posting["type"], amount: Kopecks): Posting {
  const kind = "POSTING";
  return { kind, day: lastDay(period), period, type, service: "EE", amount, expires: null };
}

function lastDay(period: Month): Day {
  return (endDay(period) - 1) as Day;
}

/**
 * What a close allocated otherwise than the close before it: new allocations, and with a minus
 * those that facts known later took away; one row per source, day, month and type.
 */
export function changedAllocations(
  before: readonly Allocation[],
  now: readonly Allocation[],
): readonly Allocation[] {
  const rows = new Map<string, { row: Allocation; amount: number }>();
  const add = (row: Allocation, sign: number): void => {
    const key = `${row.source}/${row.day}/${row.period}/${row.type}/${row.service}`;
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { row, amount: sign * row.amount });
    else known.amount += sign * row.amount;
  };
  for (const row of now) add(row, 1);
  for (const row of before) add(row, -1);
  return [...rows.values()]
    .filter(({ amount }) => amount !== 0)
    .map(({ row, amount }) => ({ ...row, amount: kopecks(amount) }));
}
