import type { Day } from "../model/dates.ts";
import { day, formatDay } from "../model/dates.ts";
import type { AccountId, MessageId, OrganisationId, Origin, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { DeliveryState, Payee } from "../model/outbound.ts";
import type { RefundPayee } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { readLegs } from "./documents.ts";
import type { AccountKey } from "./posted.ts";
import { balanceOf, knownRuns } from "./posted.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** Message of the desk that ordered a refund: its name for people, and for ever. */
export type RefundId = MessageId;

export type RefundEvent = "APPROVED" | "WITHDRAWN" | "EXECUTED";

/** A refund as it was ordered. */
export interface RefundWrite extends AccountKey {
  readonly refund: RefundId;
  readonly organisation: OrganisationId;
  readonly accountNumber: string;
  /** Kopecks above zero. */
  readonly amount: number;
  readonly payee: RefundPayee;
  readonly purpose: string;
  readonly author: string;
  readonly ground: string;
  readonly orderedAtMs: number;
}

/** What an approval makes of a refund: a payment order of ours. */
export interface PaymentOrder {
  /** From 1 in each year of the organisation. */
  readonly number: number;
  readonly day: Day;
  /** The organisation as it was when the refund was approved. */
  readonly payer: Payee;
}

export interface RefundEventWrite {
  readonly refund: RefundId;
  readonly organisation: OrganisationId;
  readonly event: RefundEvent;
  /** Of the desk; EXECUTED: row of the bank's statement. */
  readonly source: Origin;
  /** Of an approval, and of nothing else. */
  readonly order: PaymentOrder | null;
  readonly author: string;
  readonly ground: string;
}

/** Delivery that brings a refund to the bank. */
export function refundObject(refund: RefundId): string {
  return `refund/${refund}`;
}

/** Adds what was ordered and what became of it, in common. */
export async function writeRefunds(
  { transaction, shard, seq }: ShardTransaction,
  refunds: readonly RefundWrite[],
  events: readonly RefundEventWrite[],
): Promise<void> {
  invariant(shard === COMMON_SHARD, `a refund in shard ${shard}`);
  for (const refund of refunds) {
    await transaction.execute(
      `insert into refund (shard, message, seq, organisation, account_shard, site, account,
         account_number, amount, payee, purpose, author, ground, ordered_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
         to_timestamp($14::double precision / 1000))`,
      [
        shard,
        refund.refund,
        seq,
        refund.organisation,
        refund.shard,
        refund.site,
        refund.account,
        refund.accountNumber,
        refund.amount,
        JSON.stringify(refund.payee),
        refund.purpose,
        refund.author,
        refund.ground,
        refund.orderedAtMs,
      ],
    );
  }
  for (const { refund, organisation, event, source, order, author, ground } of events) {
    await transaction.execute(
      `insert into refund_event (shard, refund, event, seq, organisation, message, at, number, day,
         payer, author, ground)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        ...[shard, refund, event, seq, organisation, source.message, source.at],
        order?.number ?? null,
        order === null ? null : formatDay(order.day),
        order === null ? null : JSON.stringify(order.payer),
        author,
        ground,
      ],
    );
  }
}

/** How far a refund has come: sent = its order stands at the bank, and no statement has told of it yet. */
export type RefundState = "ordered" | "approved" | "sent" | "executed" | "withdrawn";

export interface StoredRefund extends RefundWrite {
  readonly state: RefundState;
  /** Null = not approved. */
  readonly order: PaymentOrder | null;
  readonly approvedBy: string | null;
  readonly withdrawnBy: string | null;
  readonly withdrawnFor: string | null;
  /** Row of the statement that told of it. */
  readonly executed: Origin | null;
  /** Null = no destination has taken it up. */
  readonly delivery: RefundDelivery | null;
}

export interface RefundDelivery {
  readonly destination: string;
  readonly state: DeliveryState;
  readonly code: string | null;
  readonly text: string | null;
}

interface RefundRow {
  readonly message: string;
  readonly organisation: number;
  readonly account_shard: number;
  readonly site: string;
  readonly account: string;
  readonly account_number: string;
  readonly amount: string;
  readonly payee: RefundPayee;
  readonly purpose: string;
  readonly author: string;
  readonly ground: string;
  readonly ordered_at_ms: string;
  readonly number: number | null;
  readonly day: string | null;
  readonly payer: Payee | null;
  readonly approved_by: string | null;
  readonly withdrawn_by: string | null;
  readonly withdrawn_for: string | null;
  readonly executed_message: string | null;
  readonly executed_at: string | null;
  readonly destination: string | null;
  readonly delivery_state: DeliveryState | null;
  readonly code: string | null;
  readonly text: string | null;
  readonly stands: boolean;
}

/** One delivery at most: a destination takes up what no other one has. */
const SELECT = `select r.message, r.organisation, r.account_shard, r.site, r.account, r.account_number,
    r.amount, r.payee, r.purpose, r.author, r.ground,
    (extract(epoch from r.ordered_at) * 1000)::bigint as ordered_at_ms,
    a.number, a.day, a.payer, a.author as approved_by,
    w.author as withdrawn_by, w.ground as withdrawn_for,
    e.message as executed_message, e.at as executed_at,
    d.destination, d.state as delivery_state, d.code, d.text,
    d.confirmed_hash is not null as stands
  from refund r
  left join refund_event a on a.shard = r.shard and a.refund = r.message and a.event = 'APPROVED'
  left join refund_event w on w.shard = r.shard and w.refund = r.message and w.event = 'WITHDRAWN'
  left join refund_event e on e.shard = r.shard and e.refund = r.message and e.event = 'EXECUTED'
  left join delivery d on d.shard = r.shard and d.object = 'refund/' || r.message
  where r.shard = ${COMMON_SHARD} and r.organisation = $1`;

const OPEN = "w.refund is null and e.refund is null";

function refundOf(row: RefundRow): StoredRefund {
  return {
    refund: integer(row.message) as RefundId,
    organisation: row.organisation as OrganisationId,
    shard: row.account_shard as Shard,
    site: integer(row.site) as SiteId,
    account: integer(row.account) as AccountId,
    accountNumber: row.account_number,
    amount: integer(row.amount),
    payee: row.payee,
    purpose: row.purpose,
    author: row.author,
    ground: row.ground,
    orderedAtMs: integer(row.ordered_at_ms),
    state: stateOf(row),
    order: orderOf(row),
    approvedBy: row.approved_by,
    withdrawnBy: row.withdrawn_by,
    withdrawnFor: row.withdrawn_for,
    executed:
      row.executed_message === null || row.executed_at === null
        ? null
        : { message: integer(row.executed_message) as MessageId, at: integer(row.executed_at) },
    delivery: deliveryOf(row),
  };
}

function stateOf(row: RefundRow): RefundState {
  if (row.executed_message !== null) return "executed";
  if (row.withdrawn_by !== null) return "withdrawn";
  if (row.approved_by === null) return "ordered";
  return row.stands ? "sent" : "approved";
}

function orderOf({ number, day: date, payer }: RefundRow): PaymentOrder | null {
  if (number === null || date === null || payer === null) return null;
  return { number, day: day(date), payer };
}

function deliveryOf({ destination, delivery_state, code, text }: RefundRow): RefundDelivery | null {
  if (destination === null || delivery_state === null) return null;
  return { destination, state: delivery_state, code, text };
}

export interface RefundQuery {
  readonly organisation: OrganisationId;
  /** Null = of all accounts. */
  readonly account: AccountId | null;
  /** Only what waits for a person or for the bank. */
  readonly open: boolean;
  readonly limit: number;
}

/** Refunds, the latest first. */
export async function listRefunds(
  queryable: Queryable,
  { organisation, account, open, limit }: RefundQuery,
): Promise<readonly StoredRefund[]> {
  const rows = await queryable.query<RefundRow>(
    `${SELECT} and ($2::bigint is null or r.account = $2) and (not $3 or ${OPEN})
     order by r.message desc limit $4`,
    [organisation, account, open, limit],
  );
  return rows.map(refundOf);
}

/** These refunds of the organisation; one that it does not have is absent. */
export async function readRefunds(
  queryable: Queryable,
  organisation: OrganisationId,
  refunds: readonly RefundId[],
): Promise<readonly StoredRefund[]> {
  if (refunds.length === 0) return [];
  const rows = await queryable.query<RefundRow>(
    `${SELECT} and r.message = any($2::bigint[]) order by r.message`,
    [organisation, refunds],
  );
  return rows.map(refundOf);
}

/** Approved refunds with one of these order numbers that no statement has told of. */
export async function readAwaited(
  queryable: Queryable,
  organisation: OrganisationId,
  numbers: readonly number[],
): Promise<readonly StoredRefund[]> {
  if (numbers.length === 0) return [];
  const rows = await queryable.query<RefundRow>(
    `${SELECT} and a.number = any($2::integer[]) and ${OPEN} order by r.message`,
    [organisation, numbers],
  );
  return rows.map(refundOf);
}

/** Refunds that a message of the bank has told of, by the place of the row. */
export async function readExecutedBy(
  queryable: Queryable,
  organisation: OrganisationId,
  message: MessageId,
): Promise<readonly StoredRefund[]> {
  const rows = await queryable.query<RefundRow>(`${SELECT} and e.message = $2 order by e.at`, [
    organisation,
    message,
  ]);
  return rows.map(refundOf);
}

/**
 * Kopecks of the account's advance that no refund has taken: a refund takes its sum from its order until its entry
 * stands in the ledger. Call it under the lock of common. Below zero = there is a debt, or the refunds are too many.
 *
 * @param but a refund that is not counted
 */
export async function refundableKopecks(
  transaction: Transaction,
  organisation: OrganisationId,
  whose: AccountKey,
  but: RefundId | null,
): Promise<number> {
  const rows = await transaction.query<{ amount: string; executed: string | null }>(
    `select r.amount, e.message as executed from refund r
     left join refund_event e on e.shard = r.shard and e.refund = r.message
       and e.event = 'EXECUTED'
     where r.shard = ${COMMON_SHARD} and r.organisation = $1 and r.account = $2
       and r.message is distinct from $3
       and not exists (select from refund_event w where w.shard = r.shard
         and w.refund = r.message and w.event = 'WITHDRAWN')`,
    [organisation, whose.account, but],
  );
  const executed = rows.flatMap((row) =>
    row.executed === null ? [] : [integer(row.executed) as MessageId],
  );
  const posted = await readLegs(transaction, whose.shard, executed);
  const taken = rows.reduce(
    (sum, row) =>
      row.executed !== null && posted.has(integer(row.executed) as MessageId)
        ? sum
        : sum + integer(row.amount),
    0,
  );
  // Read later than the legs: an entry that comes in between is taken twice, never not at all.
  const runs = await knownRuns(transaction, organisation, null);
  return -(await balanceOf(transaction, whose, runs, null)) - taken;
}

/** First number of the year that no payment order of the organisation has. Call it under the lock of common. */
export async function nextOrderNumber(
  transaction: Transaction,
  organisation: OrganisationId,
  year: number,
): Promise<number> {
  const [row] = await transaction.query<{ number: number }>(
    `select coalesce(max(number), 0) + 1 as number from refund_event
     where shard = ${COMMON_SHARD} and organisation = $1 and event = 'APPROVED'
       and day >= $2::date and day < $3::date`,
    [organisation, `${year}-01-01`, `${year + 1}-01-01`],
  );
  invariant(row !== undefined, "no number");
  return row.number;
}

/** Any number that no other advisory lock of one key has. */
const REFUND_LOCK = 7_381_905_541;

/**
 * Keeps refunds from being taken up by a destination, or withdrawn, until the transaction ends: neither sees the other
 * half done.
 */
export async function lockRefunds(transaction: Transaction): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock($1)", [REFUND_LOCK]);
}

/**
 * Whether the bank may have the refund's order. Locks its delivery: what may not, cannot be sent until the transaction
 * ends. Call it after `lockRefunds`.
 *
 * @returns "no" = it surely has not · "under way" = nobody knows yet · "yes" = it was put out, or a person has to find out
 */
export async function isAtBank(
  transaction: Transaction,
  refund: RefundId,
): Promise<"no" | "under way" | "yes"> {
  const rows = await transaction.query<{ under_way: boolean; stands: boolean }>(
    `select state in ('sending', 'sent', 'unknown') as under_way,
       confirmed_hash is not null
         or state in ('refused', 'withdrawn') and code is not distinct from 'OUTCOME_UNKNOWN' as stands
     from delivery where shard = ${COMMON_SHARD} and object = $1 for update`,
    [refundObject(refund)],
  );
  if (rows.some((row) => row.under_way)) return "under way";
  return rows.some((row) => row.stands) ? "yes" : "no";
}

/** Takes the deliveries of these refunds back that have not been sent: they never will be. */
export async function withdrawUnsent(
  transaction: Transaction,
  refunds: readonly RefundId[],
): Promise<void> {
  if (refunds.length === 0) return;
  await transaction.execute(
    `update delivery set state = 'withdrawn', changed_at = now()
     where shard = ${COMMON_SHARD} and object = any($1) and confirmed_hash is null
       and state in ('waiting', 'held', 'refused')`,
    [refunds.map(refundObject)],
  );
}

/**
 * Refunds approved after one seq of common and up to another that a destination has to bring to the bank: not those
 * that are over, nor those that another destination has taken up. Call it after `lockRefunds`.
 */
export async function refundsToSend(
  transaction: Transaction,
  organisation: OrganisationId,
  news: { readonly destination: string; readonly after: number; readonly upTo: number },
): Promise<readonly StoredRefund[]> {
  const rows = await transaction.query<RefundRow>(
    `${SELECT} and a.seq > $2 and a.seq <= $3 and ${OPEN}
       and (d.destination is null or d.destination = $4)
     order by a.number`,
    [organisation, news.after, news.upTo, news.destination],
  );
  return rows.map(refundOf);
}
