import type { Day } from "../model/dates.ts";
import type { AccountId, MessageId } from "../model/ids.ts";
import type { ProblemCode } from "../model/problems.ts";
import type { MoneyRecord } from "../model/records.ts";

/** A payment as the other source may have told of it too. */
export interface PaymentSight {
  readonly message: MessageId;
  readonly at: number;
  readonly amount: number;
  /** Whose it is by what it names; null = it names nobody who is known. */
  readonly account: AccountId | null;
  /** УИП: the notice's own, or those in the purpose of the bank's line. In capitals. */
  readonly orderIds: readonly string[];
  readonly documentNumber: string;
  readonly documentDay: Day;
  readonly paidDay: Day;
  readonly postedDay: Day;
}

export interface PairVerdict<First extends PaymentSight> {
  readonly first: First;
  /** Null = one payment. Else why it only may be one. */
  readonly doubt: ProblemCode | null;
}

/** How far apart the days of the two sights of one payment are looked for. */
export const PAIR_DAYS_APART = 31;
/** УИП has 32 characters (gis-zhkh.md 9.7, OrderID). */
const ORDER_ID = /(?<![\p{L}\p{N}])[\p{L}\p{N}]{32}(?![\p{L}\p{N}])/gu;

export function orderIdsOf({ source, operationId, purpose }: MoneyRecord): readonly string[] {
  if (source === "GIS_ZHKH") return operationId === null ? [] : [operationId.toUpperCase()];
  const found = purpose.normalize("NFC").match(ORDER_ID) ?? [];
  return [...new Set(found.map((id) => id.toUpperCase()))];
}

/**
 * Which payments of a message are second sights of payments that the other source told of before. Surest first: the
 * order's unique number; then account, sum, number and day of the order (R10); what has only account, sum and day in
 * common is doubtful, and is never merged nor counted without a person. A payment has one other sight.
 *
 * @param source     of the seconds
 * @param candidates of the other source, neither paired nor taken back, in any order
 */
export function pairsOf<First extends PaymentSight, Second extends PaymentSight>(
  source: MoneyRecord["source"],
  seconds: readonly Second[],
  candidates: readonly First[],
): ReadonlyMap<Second, PairVerdict<First>> {
  const pairs = new Map<Second, PairVerdict<First>>();
  if (candidates.length === 0) return pairs;
  const near = nearest(candidates);
  const taken = new Set<First>();
  const doubtful: ProblemCode = source === "BANK" ? "MONEY_ONLY" : "REGISTRY_ONLY";
  const steps: readonly Step[] = [
    {
      fits: (a, b) => sharesOrder(a, b) && isEqualMoney(a, b),
      doubt: null,
      ifSeveral: "OP_ID_CONFLICT",
    },
    { fits: sharesOrder, doubt: "OP_ID_CONFLICT", ifSeveral: "OP_ID_CONFLICT" },
    { fits: isSameDocument, doubt: null, ifSeveral: doubtful },
    { fits: isSameDay, doubt: doubtful, ifSeveral: doubtful },
  ];
  for (const { fits, doubt, ifSeveral } of steps) {
    for (const second of seconds) {
      if (pairs.has(second)) continue;
      const [first, ...others] = near(second).filter(
        (candidate) => !taken.has(candidate) && fits(second, candidate),
      );
      if (first === undefined) continue;
      const code = others.length === 0 ? doubt : ifSeveral;
      pairs.set(second, { first, doubt: code });
      if (code === null) taken.add(first);
    }
  }
  return pairs;
}

/** Candidates that share an order or an account with a payment, in the order of arrival. */
function nearest<First extends PaymentSight>(
  candidates: readonly First[],
): (second: PaymentSight) => readonly First[] {
  const byName = new Map<string, First[]>();
  for (const candidate of [...candidates].sort(byArrival)) {
    for (const name of namesOf(candidate)) {
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [candidate]);
      else same.push(candidate);
    }
  }
  return (second) => {
    const found = new Set(namesOf(second).flatMap((name) => byName.get(name) ?? []));
    return [...found].sort(byArrival);
  };
}

function namesOf({ orderIds, account, amount }: PaymentSight): readonly string[] {
  const orders = orderIds.map((id) => `order ${id}`);
  return account === null ? orders : [...orders, `account ${account} ${amount}`];
}

function byArrival(a: PaymentSight, b: PaymentSight): number {
  return a.message - b.message || a.at - b.at;
}

interface Step {
  readonly fits: (second: PaymentSight, first: PaymentSight) => boolean;
  readonly doubt: ProblemCode | null;
  readonly ifSeveral: ProblemCode;
}

function sharesOrder(a: PaymentSight, b: PaymentSight): boolean {
  return a.orderIds.some((id) => b.orderIds.includes(id));
}

/** Where both are known to be somebody's, it is the same account. */
function isEqualMoney(a: PaymentSight, b: PaymentSight): boolean {
  const contradict = a.account !== null && b.account !== null && a.account !== b.account;
  return a.amount === b.amount && !contradict;
}

function isOfOneAccount(a: PaymentSight, b: PaymentSight): boolean {
  return a.account !== null && a.account === b.account && a.amount === b.amount;
}

function isSameDocument(a: PaymentSight, b: PaymentSight): boolean {
  return (
    isOfOneAccount(a, b) &&
    a.documentNumber !== "" &&
    a.documentNumber === b.documentNumber &&
    a.documentDay === b.documentDay
  );
}

/** From the day of the order to the day of posting: an order of Friday is posted on Monday. */
function isSameDay(a: PaymentSight, b: PaymentSight): boolean {
  const from = (one: PaymentSight) => Math.min(one.documentDay, one.paidDay, one.postedDay);
  const to = (one: PaymentSight) => Math.max(one.documentDay, one.paidDay, one.postedDay);
  return isOfOneAccount(a, b) && from(a) <= to(b) && from(b) <= to(a);
}
