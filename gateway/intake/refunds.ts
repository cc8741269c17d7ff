import type { AccountRoute } from "../../normalizer/intake/money.ts";
import { civilOf, formatDay } from "../../normalizer/model/dates.ts";
import type { Shard, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { RecordCounts } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type {
  RefundDecisionRecord,
  RefundOrderRecord,
  RefundRecord,
} from "../../normalizer/model/records.ts";
import { isAccountKeyValid, isInnValid } from "../../normalizer/model/requisites.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";
import type { Queryable, Transaction } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PaymentWrite, RecognitionWrite } from "../../normalizer/store/payments.ts";
import type { NewLedgerEntry } from "../../normalizer/store/posted.ts";
import type {
  RefundEventWrite,
  RefundId,
  RefundWrite,
  StoredRefund,
} from "../../normalizer/store/refunds.ts";
import {
  isAtBank,
  lockRefunds,
  nextOrderNumber,
  readAwaited,
  readExecutedBy,
  readRefunds,
  refundableKopecks,
  withdrawUnsent,
  writeRefunds,
} from "../../normalizer/store/refunds.ts";
import type { ShardTransaction } from "../../normalizer/store/shard-transaction.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import { readPayer } from "../payees.ts";
import { readRoutes } from "./money-plan.ts";
import type { MoneyLeg } from "./money-posting.ts";
import { postingPeriods } from "./money-posting.ts";

/** What persons say of refunds in one message, with the accounts that they name. */
export interface RefundPlan {
  readonly records: readonly RefundRecord[];
  /** By number; one that nobody has is absent. */
  readonly routes: ReadonlyMap<string, AccountRoute>;
}

export interface PostedRefunds {
  readonly orders: readonly RefundWrite[];
  readonly events: readonly RefundEventWrite[];
  /** Rows of the bank that are refunds of ours: whose they are. */
  readonly recognitions: readonly RecognitionWrite[];
  readonly legs: ReadonlyMap<Shard, MoneyLeg>;
  readonly counts: RecordCounts;
  readonly problems: readonly Problem[];
}

interface RefundRequest {
  readonly message: InboxMessage;
  readonly refunds: RefundPlan;
  readonly isResumed: boolean;
}

export async function planRefunds(
  queryable: Queryable,
  { organisation }: InboxMessage,
  records: readonly RefundRecord[],
): Promise<RefundPlan> {
  const numbers = records.flatMap((record) =>
    record.kind === "refund-order" ? [record.accountNumber] : [],
  );
  const routes = await readRoutes(queryable, organisation, "account", new Set(numbers));
  return { records, routes };
}

/**
 * Why the message cannot be taken: more than the advance, no such refund, decided already, the same person twice. Call
 * it under the lock of common: nobody else can take the advance or decide until the commit.
 */
export async function refundProblems(
  transaction: Transaction,
  { message, refunds }: RefundRequest,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const record of refunds.records) {
    problems.push(
      ...(record.kind === "refund-order"
        ? await orderProblems(transaction, message, record, refunds.routes)
        : await decisionProblems(transaction, message, record)),
    );
  }
  return problems;
}

async function orderProblems(
  transaction: Transaction,
  { organisation }: InboxMessage,
  { at, accountNumber, amount }: RefundOrderRecord,
  routes: RefundPlan["routes"],
): Promise<readonly Problem[]> {
  const route = routes.get(accountNumber);
  if (route === undefined) {
    const values = { account: accountNumber };
    return [{ code: "UNKNOWN_ACCOUNT", at: String(at), object: accountNumber, values }];
  }
  const allowed = await refundableKopecks(transaction, organisation, route, null);
  return amount <= allowed ? [] : [aboveAdvance(at, accountNumber, amount, allowed)];
}

function aboveAdvance(at: number, accountNumber: string, amount: number, allowed: number): Problem {
  const values = { given: roubles(amount), allowed: roubles(Math.max(0, allowed)) };
  return { code: "REFUND_ABOVE_ADVANCE", at: String(at), object: accountNumber, values };
}

async function decisionProblems(
  transaction: Transaction,
  { organisation }: InboxMessage,
  record: RefundDecisionRecord,
): Promise<readonly Problem[]> {
  const name = String(record.refund);
  const problem = (code: ProblemCode, values: Problem["values"] = {}): readonly Problem[] => [
    { code, at: String(record.at), object: name, values: { refund: name, ...values } },
  ];
  const [refund] = await readRefunds(transaction, organisation, [record.refund as RefundId]);
  if (refund === undefined) return problem("REFUND_UNKNOWN");
  if (refund.state === "executed") return problem("REFUND_NOT_OPEN", { state: "исполнен" });
  if (refund.state === "withdrawn") return problem("REFUND_NOT_OPEN", { state: "отозван" });
  if (record.decision === "WITHDRAWN") {
    await lockRefunds(transaction);
    const atBank = await isAtBank(transaction, refund.refund);
    if (record.refusedByBank) return atBank === "yes" ? [] : problem("REFUND_NOT_SENT");
    return atBank === "no" ? [] : problem("REFUND_SENT");
  }
  if (refund.state !== "ordered") return problem("REFUND_NOT_OPEN", { state: "утверждён" });
  if (record.author === refund.author) return problem("REFUND_SAME_PERSON");
  const payer = await readPayer(transaction, organisation, record.day);
  if (payer === null) {
    return problem("MISSING_REQUIRED", { name: "основной расчётный счёт организации" });
  }
  // They are fixed by the approval: the bank would refuse the order, and nothing could mend it.
  if (!isInnValid(payer.inn)) return problem("INN_INVALID", { given: payer.inn });
  for (const given of [payer.bankAccount, payer.correspondentAccount]) {
    if (!isAccountKeyValid(given, payer.bic)) return problem("ACCOUNT_KEY_INVALID", { given });
  }
  const allowed = await refundableKopecks(transaction, organisation, refund, refund.refund);
  return refund.amount <= allowed
    ? []
    : [aboveAdvance(record.at, refund.accountNumber, refund.amount, allowed)];
}

/**
 * What the message writes about refunds: what persons say, and what rows of a statement tell of orders that were sent.
 *
 * @param common movements of the message that no account has; those of them that are refunds are recognised here
 */
export async function postRefunds(
  transaction: Transaction,
  { message, refunds, isResumed }: RefundRequest,
  common: readonly PaymentWrite[],
): Promise<PostedRefunds> {
  const executed = isResumed
    ? await executedBefore(transaction, message, common)
    : await executedBy(transaction, message, common);
  const orders: RefundWrite[] = [];
  const events: RefundEventWrite[] = executed.map(eventOf);
  if (!isResumed) {
    for (const record of refunds.records) {
      if (record.kind === "refund-order") orders.push(orderOf(message, record, refunds.routes));
      else events.push(await decisionOf(transaction, message, record));
    }
  }
  const { records } = refunds;
  return {
    orders,
    events,
    recognitions: executed.map(recognitionOf),
    legs: await legsOf(transaction, message, executed),
    counts: { ...NO_RECORDS, accepted: records.length },
    problems: records.flatMap(({ problems }) => problems),
  };
}

function orderOf(
  { message, organisation, receivedAtMs }: InboxMessage,
  { accountNumber, amount, payee, purpose, author, ground }: RefundOrderRecord,
  routes: RefundPlan["routes"],
): RefundWrite {
  const route = routes.get(accountNumber);
  invariant(route !== undefined, `account ${accountNumber} has gone`);
  const ordered = { accountNumber, amount, payee, purpose, author, ground };
  return { ...route, ...ordered, refund: message, organisation, orderedAtMs: receivedAtMs };
}

async function decisionOf(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  record: RefundDecisionRecord,
): Promise<RefundEventWrite> {
  const { at, decision: event, day, author, ground } = record;
  const refund = record.refund as RefundId;
  const write = { refund, organisation, event, source: { message, at }, author, ground };
  if (event === "WITHDRAWN") return { ...write, order: null };
  const payer = await readPayer(transaction, organisation, day);
  invariant(payer !== null, "the main bank account has gone");
  const { year } = civilOf(day);
  const number = await nextOrderNumber(transaction, organisation, year);
  const key: UniqueKey = {
    kind: "payment-order",
    key: `${year}/${number}`,
    organisation,
    shard: COMMON_SHARD,
    site: 0 as SiteId,
    id: refund,
    message,
  };
  const [owner] = await takeKeys(transaction, [key]);
  invariant(owner?.id === refund, `payment order ${key.key} is of refund ${owner?.id}`);
  return { ...write, order: { number, day, payer } };
}

/** Writes what `postRefunds` has decided; what is over and was not sent never will be. */
export async function writePostedRefunds(
  common: ShardTransaction,
  posted: PostedRefunds,
): Promise<void> {
  await writeRefunds(common, posted.orders, posted.events);
  const over = posted.events.filter(({ event }) => event !== "APPROVED");
  if (over.length === 0) return;
  await lockRefunds(common.transaction);
  await withdrawUnsent(
    common.transaction,
    over.map(({ refund }) => refund),
  );
}

/** A row of the bank that is the execution of a refund. */
interface Execution {
  readonly refund: StoredRefund;
  readonly payment: PaymentWrite;
}

/** Each row is one refund at most, each refund one row: number, date, sum and both accounts agree. */
async function executedBy(
  transaction: Transaction,
  { organisation }: InboxMessage,
  common: readonly PaymentWrite[],
): Promise<readonly Execution[]> {
  const numbered = common.flatMap((payment) => {
    const number = orderNumber(payment);
    return number === null ? [] : [{ number, payment }];
  });
  const numbers = [...new Set(numbered.map(({ number }) => number))];
  const awaited = new Set(await readAwaited(transaction, organisation, numbers));
  const executed: Execution[] = [];
  for (const { number, payment } of numbered) {
    for (const refund of awaited) {
      if (!isOrder(refund, number, payment)) continue;
      awaited.delete(refund);
      executed.push({ refund, payment });
      break;
    }
  }
  return executed;
}

const ORDER_NUMBER = /^0*(\d{1,6})$/;

/** @returns null for what can be no order of ours */
function orderNumber({ direction, reversed, code, record }: PaymentWrite): number | null {
  if (direction !== "OUT" || reversed !== null || code !== null) return null;
  const [, digits] = ORDER_NUMBER.exec(record.documentNumber) ?? [];
  return digits === undefined ? null : Number(digits);
}

function isOrder(
  { order, amount, payee }: StoredRefund,
  number: number,
  { record }: PaymentWrite,
): boolean {
  return (
    order?.number === number &&
    order.day === record.documentDay &&
    order.payer.bankAccount === record.ourAccount &&
    payee.account === record.other.account &&
    amount === record.amount
  );
}

/** What was found when the document was opened. */
async function executedBefore(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  common: readonly PaymentWrite[],
): Promise<readonly Execution[]> {
  if (!common.some((payment) => orderNumber(payment) !== null)) return [];
  const refunds = await readExecutedBy(transaction, organisation, message);
  return refunds.map((refund) => {
    const payment = common.find(({ record }) => record.at === refund.executed?.at);
    invariant(payment !== undefined, `refund ${refund.refund} was executed by no row`);
    return { refund, payment };
  });
}

/** Who the store names for what the hub itself finds out. */
const HUB = "hub";

function groundOf({ refund, order }: StoredRefund): string {
  invariant(order !== null, `refund ${refund} without an order`);
  return `возврат ${refund}, поручение № ${order.number} от ${formatDay(order.day)}`;
}

function eventOf({ refund, payment }: Execution): RefundEventWrite {
  const { organisation } = payment;
  return {
    ...{ refund: refund.refund, organisation, event: "EXECUTED", order: null, author: HUB },
    source: { message: payment.message, at: payment.record.at },
    ground: groundOf(refund),
  };
}

function recognitionOf({ refund, payment }: Execution): RecognitionWrite {
  const { organisation, message, record } = payment;
  const { shard, site, account, amount } = refund;
  const source = { message, at: record.at };
  return {
    ...{ payment: source, ...source, organisation, amount, shard, site, account },
    ...{ author: HUB, ground: groundOf(refund) },
  };
}

async function legsOf(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  executed: readonly Execution[],
): Promise<ReadonlyMap<Shard, MoneyLeg>> {
  const legs = new Map<Shard, { payments: []; entries: NewLedgerEntry[] }>();
  if (executed.length === 0) return legs;
  const periodOf = await postingPeriods(transaction, organisation);
  for (const { refund, payment } of executed) {
    const { shard, site, account, amount } = refund;
    const { at, paidDay } = payment.record;
    const entry: NewLedgerEntry = {
      ...{ site, account, kind: "REFUND", valueDay: paidDay, period: periodOf(paidDay) },
      ...{ origin: null, amount: amount as Kopecks, source: { message, at } },
    };
    const leg = legs.get(shard);
    if (leg === undefined) legs.set(shard, { payments: [], entries: [entry] });
    else leg.entries.push(entry);
  }
  return legs;
}

function roubles(kopecks: number): string {
  return formatFixed(kopecks, MONEY_SCALE).replace(".", ",");
}
