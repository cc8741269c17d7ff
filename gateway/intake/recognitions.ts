import type { AccountRoute } from "../../normalizer/intake/money.ts";
import type { AccountId, MessageId, Origin, Shard } from "../../normalizer/model/ids.ts";
import type { RecordCounts } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { RecognitionRecord } from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { formatFixed } from "../../normalizer/model/units.ts";
import type { Queryable, Transaction } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PaymentPair } from "../../normalizer/store/payment-pairs.ts";
import type { RecognisablePayment, RecognitionWrite } from "../../normalizer/store/payments.ts";
import { readRecognisable, readRecognitions } from "../../normalizer/store/payments.ts";
import type { NewLedgerEntry } from "../../normalizer/store/posted.ts";
import { readRoutes } from "./money-plan.ts";
import type { MoneyLeg } from "./money-posting.ts";
import { postingPeriods } from "./money-posting.ts";
import { isSame, joinSights, sameProblems } from "./same-payments.ts";

/** What persons say of unrecognised money in one message, with the accounts that they name. */
export interface RecognitionPlan {
  readonly records: readonly RecognitionRecord[];
  /** By number; one that nobody has is absent. */
  readonly routes: ReadonlyMap<string, AccountRoute>;
}

export interface PostedRecognitions {
  readonly common: readonly RecognitionWrite[];
  /** Payments that are other sights of payments. */
  readonly pairs: readonly PaymentPair[];
  readonly legs: ReadonlyMap<Shard, MoneyLeg>;
  readonly counts: RecordCounts;
  readonly problems: readonly Problem[];
}

interface RecognitionRequest {
  readonly message: InboxMessage;
  readonly recognitions: RecognitionPlan;
  readonly isResumed: boolean;
}

export async function planRecognitions(
  queryable: Queryable,
  { organisation }: InboxMessage,
  records: readonly RecognitionRecord[],
): Promise<RecognitionPlan> {
  const numbers = new Set(
    records.flatMap(({ parts }) => parts.map(({ accountNumber }) => accountNumber)),
  );
  return { records, routes: await readRoutes(queryable, organisation, "account", numbers) };
}

/**
 * Why the message cannot be taken: no such unrecognised payment of the organisation, no such account, more than is
 * left. Call it under the lock of common: nobody else can take what is left until the commit.
 */
export async function recognitionProblems(
  transaction: Transaction,
  { message, recognitions }: RecognitionRequest,
): Promise<readonly Problem[]> {
  const { records, routes } = recognitions;
  if (records.length === 0) return [];
  const payments = await readPayments(transaction, message, records);
  const left = new Map([...payments].map(([name, payment]) => [name, payment.left]));
  const problems: Problem[] = [];
  for (const record of records) {
    const { at, payment, parts } = record;
    const name = placeName(payment);
    const stored = payments.get(name);
    if (isSame(record)) {
      problems.push(...(await sameProblems(transaction, message.organisation, record, stored)));
      continue;
    }
    if (stored === undefined || stored.isReversed) {
      problems.push({
        code: "UNKNOWN_DOCUMENT",
        at: String(at),
        object: name,
        values: { document: name },
      });
      continue;
    }
    for (const { accountNumber } of parts) {
      if (routes.has(accountNumber)) continue;
      const values = { account: accountNumber };
      problems.push({ code: "UNKNOWN_ACCOUNT", at: String(at), object: accountNumber, values });
    }
    const given = parts.reduce((sum, { amount }) => sum + amount, 0);
    const allowed = left.get(name) ?? 0;
    if (given > allowed) {
      const values = { given: roubles(given), allowed: roubles(allowed) };
      problems.push({ code: "AMOUNT_TOO_LARGE", at: String(at), object: name, values });
    }
    left.set(name, allowed - given);
  }
  return problems;
}

/**
 * Rows and ledger entries of the recognised parts. The entries name the bank's line as their source, so that an
 * explanation leads to its bytes; who recognised it stands in `recognition`. Money that had come in lowers the debt;
 * money that had left, a refund or a reversal that nobody could match, raises it.
 */
export async function postRecognitions(
  transaction: Transaction,
  { message, recognitions, isResumed }: RecognitionRequest,
): Promise<PostedRecognitions> {
  const { records, routes } = recognitions;
  const legs = new Map<Shard, { payments: []; entries: NewLedgerEntry[] }>();
  if (records.length === 0)
    return { common: [], pairs: [], legs, counts: NO_RECORDS, problems: [] };
  const { organisation } = message;
  const payments = await readPayments(transaction, message, records);
  const common: RecognitionWrite[] = [];
  for (const record of records) {
    const { at, author, ground } = record;
    for (const [route, amount] of amountsOf(record, routes)) {
      const payment = record.payment as Origin;
      const part = { payment, message: message.message, at, amount, ...route };
      common.push({ ...part, organisation, author, ground });
    }
  }
  if (isResumed) await checkStored(transaction, message, common);
  const periodOf = await postingPeriods(transaction, organisation);
  for (const { payment, shard, site, account, amount } of common) {
    const stored = payments.get(placeName(payment));
    invariant(stored !== undefined, `payment ${placeName(payment)} has gone`);
    const isIn = stored.direction === "IN";
    const entry: NewLedgerEntry = {
      site,
      account,
      kind: isIn ? "PAYMENT" : "REVERSAL",
      valueDay: stored.paidDay,
      period: periodOf(stored.paidDay),
      origin: isIn ? stored.period : null,
      amount: (isIn ? -amount : amount) as Kopecks,
      source: { message: stored.message, at: stored.at },
    };
    const leg = legs.get(shard);
    if (leg === undefined) legs.set(shard, { payments: [], entries: [entry] });
    else addEntry(leg.entries, entry);
  }
  const joined = await joinSights(transaction, message, records.filter(isSame), isResumed);
  for (const shard of joined.shards) {
    if (!legs.has(shard)) legs.set(shard, { payments: [], entries: [] });
  }
  const problems = records.flatMap((record) => record.problems);
  const counts = { ...NO_RECORDS, accepted: records.length };
  return { common, pairs: joined.pairs, legs, counts, problems };
}

/** Two records of a message may give parts of one payment to one account: the ledger has one entry of a place. */
function addEntry(entries: NewLedgerEntry[], entry: NewLedgerEntry): void {
  const index = entries.findIndex(
    ({ account, source }) =>
      account === entry.account &&
      source?.message === entry.source?.message &&
      source?.at === entry.source?.at,
  );
  const known = entries[index];
  if (known === undefined) entries.push(entry);
  else entries[index] = { ...known, amount: (known.amount + entry.amount) as Kopecks };
}

/** Parts of one account are one part. */
function amountsOf(
  { parts }: RecognitionRecord,
  routes: ReadonlyMap<string, AccountRoute>,
): ReadonlyMap<AccountRoute, number> {
  const amounts = new Map<AccountId, { readonly route: AccountRoute; amount: number }>();
  for (const { accountNumber, amount } of parts) {
    const route = routes.get(accountNumber);
    invariant(route !== undefined, `account ${accountNumber} has gone`);
    const known = amounts.get(route.account);
    if (known === undefined) amounts.set(route.account, { route, amount });
    else known.amount += amount;
  }
  return new Map([...amounts.values()].map(({ route, amount }) => [route, amount]));
}

/** A document that stands has its rows: they were written by the transaction that opened it. */
async function checkStored(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  writes: readonly RecognitionWrite[],
): Promise<void> {
  const places = [...new Map(writes.map(({ payment }) => [placeName(payment), payment])).values()];
  const stored = await readRecognitions(transaction, organisation, places);
  const own = stored.filter((one) => one.message === message);
  invariant(own.length === writes.length, `${own.length} of ${writes.length} recognised parts`);
}

async function readPayments(
  transaction: Transaction,
  { organisation }: InboxMessage,
  records: readonly RecognitionRecord[],
): Promise<ReadonlyMap<string, RecognisablePayment>> {
  const places = new Map(records.map(({ payment }) => [placeName(payment), payment as Origin]));
  const payments = await readRecognisable(transaction, organisation, [...places.values()]);
  return new Map(payments.map((payment) => [placeName(payment), payment]));
}

function placeName({ message, at }: { readonly message: number; readonly at: number }): string {
  return `${message as MessageId}:${at}`;
}

const KOPECK_SCALE = 2;

function roubles(kopecks: number): string {
  return formatFixed(kopecks, KOPECK_SCALE);
}
