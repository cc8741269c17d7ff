import { createHash } from "node:crypto";
import type { Day, Month } from "../model/dates.ts";
import { day, formatDay, monthOf } from "../model/dates.ts";
import type { AccountId, MessageId, OrganisationId, Origin, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { ProblemCode } from "../model/problems.ts";
import type { MoneyRecord, MoneySource } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import type { AccountPlace } from "./account-place.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import { monthText } from "./results.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** A movement of money as it is written, into the shard of its account or into common. */
export interface PaymentWrite {
  readonly organisation: OrganisationId;
  readonly message: MessageId;
  readonly record: MoneyRecord;
  /** `paymentKey` of its identity. */
  readonly key: string;
  readonly direction: PaymentDirection;
  readonly account: { readonly site: SiteId; readonly account: AccountId } | null;
  /** Payment that it takes back. */
  readonly reversed: Origin | null;
  readonly code: ProblemCode | null;
}

export type PaymentDirection = "IN" | "OUT" | "OWN";

/** What the identity of a movement is known by for ever: a purpose is long, and a key has an index. */
export function paymentKey(identity: string): string {
  return createHash("sha256").update(identity).digest("base64url");
}

/** Adds movements to one shard under its seq. Partitions of their `paidDay` must exist. */
export async function writePayments(
  { transaction, shard, seq }: ShardTransaction,
  writes: readonly PaymentWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  const rows = new CopyWriter();
  for (const { record, ...write } of writes) {
    rows.integer(shard).text(formatDay(record.paidDay)).integer(write.message).integer(record.at);
    rows.integer(seq).integer(write.organisation).text(write.key).text(record.source);
    rows.text(write.direction).text(record.ourAccount).text(formatDay(record.postedDay));
    rows.integer(record.amount);
    rows.integer(write.reversed?.message ?? null).integer(write.reversed?.at ?? null);
    rows.integer(write.account?.site ?? null).integer(write.account?.account ?? null);
    rows.text(record.period === null ? null : monthText(record.period));
    rows.text(JSON.stringify(record.other)).text(record.documentNumber);
    rows.text(formatDay(record.documentDay)).text(record.purpose).text(write.code).endRow();
  }
  await transaction.copyIn(
    `copy payment (shard, paid_on, message, at, seq, organisation, key, source, direction,
       our_account, posted_on, amount, reversed_message, reversed_at, site, account, period, other,
       document_number, document_on, purpose, code) from stdin`,
    rows.chunks(),
  );
}

/** A stored movement, as lists show it. */
export interface StoredPayment {
  readonly message: MessageId;
  readonly at: number;
  readonly source: MoneySource;
  readonly direction: PaymentDirection;
  readonly ourAccount: string | null;
  readonly paidDay: Day;
  readonly postedDay: Day;
  readonly amount: number;
  readonly period: Month | null;
  readonly other: MoneyRecord["other"];
  readonly documentNumber: string;
  readonly documentDay: Day;
  readonly purpose: string;
  /** Why it was not recognised, or not posted. */
  readonly code: ProblemCode | null;
  /** Payment that this movement takes back. */
  readonly reversed: Origin | null;
}

interface PaymentRow {
  readonly message: string;
  readonly at: string;
  readonly source: MoneySource;
  readonly direction: PaymentDirection;
  readonly our_account: string | null;
  readonly paid_on: string;
  readonly posted_on: string;
  readonly amount: string;
  readonly period: string | null;
  readonly other: MoneyRecord["other"];
  readonly document_number: string;
  readonly document_on: string;
  readonly purpose: string;
  readonly code: ProblemCode | null;
  readonly reversed_message: string | null;
  readonly reversed_at: string | null;
}

const COLUMNS = `p.message, p.at, p.source, p.direction, p.our_account, p.paid_on, p.posted_on,
  p.amount, p.period, p.other, p.document_number, p.document_on, p.purpose, p.code,
  p.reversed_message, p.reversed_at`;

function paymentOf(row: PaymentRow): StoredPayment {
  return {
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    source: row.source,
    direction: row.direction,
    ourAccount: row.our_account,
    paidDay: day(row.paid_on),
    postedDay: day(row.posted_on),
    amount: integer(row.amount),
    period: row.period === null ? null : monthOf(day(row.period)),
    other: row.other,
    documentNumber: row.document_number,
    documentDay: day(row.document_on),
    purpose: row.purpose,
    code: row.code,
    reversed: originOf(row.reversed_message, row.reversed_at),
  };
}

/** Money whose consumer is not known, or not of all of it. */
export interface UnrecognisedPayment extends StoredPayment {
  /** Kopecks that no person has recognised yet; above zero. */
  readonly left: number;
  /** Payment of another source that it may be; it is kept back until a person has said. */
  readonly similar: Origin | null;
}

/**
 * Recognised parts, a reversal, and another sight of the payment that counts leave nothing to recognise; the lateral
 * looks are by keys that begin so.
 */
const LEFT = `case when exists (select from payment_pair s where s.shard = ${COMMON_SHARD}
    and s.kind = 'SAME' and s.second_message = p.message and s.second_at = p.at) then 0
  else p.amount - coalesce((select sum(r.amount) from recognition r
    where r.shard = ${COMMON_SHARD} and r.payment_message = p.message and r.payment_at = p.at), 0)
  end`;
const IS_REVERSED = `exists (select from payment b where b.shard = ${COMMON_SHARD}
    and b.organisation = p.organisation and b.amount = p.amount
    and b.reversed_message = p.message and b.reversed_at = p.at)`;

export interface UnrecognisedQuery {
  readonly organisation: OrganisationId;
  /** IN waits for its consumer; OUT may be a refund to one. */
  readonly direction: "IN" | "OUT";
  /** The last one of the page before; null = from the beginning. */
  readonly after: Origin | null;
  readonly limit: number;
}

/** Unrecognised money of an organisation in the order it was read, with what is left of each payment. */
export async function readUnrecognised(
  queryable: Queryable,
  { organisation, direction, after, limit }: UnrecognisedQuery,
): Promise<readonly UnrecognisedPayment[]> {
  const rows = await queryable.query<
    PaymentRow & {
      readonly rest: string;
      readonly similar_message: string | null;
      readonly similar_at: string | null;
    }
  >(
    `select ${COLUMNS}, ${LEFT} as rest, d.first_message as similar_message,
       d.first_at as similar_at
     from payment p
     left join payment_pair d on d.shard = p.shard and d.kind = 'DOUBT'
       and d.second_message = p.message and d.second_at = p.at
     where p.shard = ${COMMON_SHARD} and p.organisation = $1 and p.direction = $2
       and p.reversed_message is null
       and (p.message, p.at) > ($3, $4) and ${LEFT} > 0 and not ${IS_REVERSED}
     order by p.message, p.at limit $5`,
    [organisation, direction, after?.message ?? 0, after?.at ?? 0, limit],
  );
  return rows.map((row) => ({
    ...paymentOf(row),
    left: integer(row.rest),
    similar: originOf(row.similar_message, row.similar_at),
  }));
}

function originOf(message: string | null, at: string | null): Origin | null {
  if (message === null || at === null) return null;
  return { message: integer(message) as MessageId, at: integer(at) };
}

/** Σ of what `readUnrecognised` lists for IN, kopecks. */
export async function sumUnrecognised(
  queryable: Queryable,
  organisation: OrganisationId,
): Promise<{ readonly count: number; readonly left: number }> {
  const [row] = await queryable.query<{ count: string; rest: string }>(
    `select count(*) as count, coalesce(sum(rest), 0) as rest from (
       select ${LEFT} as rest from payment p
       where p.shard = ${COMMON_SHARD} and p.organisation = $1 and p.direction = 'IN'
         and not ${IS_REVERSED}
     ) open where rest > 0`,
    [organisation],
  );
  return { count: integer(row?.count ?? "0"), left: integer(row?.rest ?? "0") };
}

/** A payment of common that a recognition is about; read it under the lock of common. */
export interface RecognisablePayment extends StoredPayment {
  readonly left: number;
  readonly isReversed: boolean;
}

/** Unrecognised money of the organisation at these places; what is not there is absent. */
export async function readRecognisable(
  queryable: Queryable,
  organisation: OrganisationId,
  places: readonly Origin[],
): Promise<readonly RecognisablePayment[]> {
  if (places.length === 0) return [];
  const rows = await queryable.query<
    PaymentRow & { readonly rest: string; readonly is_reversed: boolean }
  >(
    `select ${COLUMNS}, ${LEFT} as rest, ${IS_REVERSED} as is_reversed
     from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join payment p on p.shard = ${COMMON_SHARD} and p.organisation = $1
       and p.message = w.message and p.at = w.at
     where p.direction in ('IN', 'OUT') and p.reversed_message is null`,
    [organisation, places.map(({ message }) => message), places.map(({ at }) => at)],
  );
  return rows.map((row) => ({
    ...paymentOf(row),
    left: integer(row.rest),
    isReversed: row.is_reversed,
  }));
}

/** A payment that an account had, or its part of one that a person has recognised. */
export interface AccountPayment extends StoredPayment {
  /** Kopecks of it that are this account's. */
  readonly part: number;
  /** Who recognised it; null = the payment names the account. */
  readonly recognisedBy: string | null;
}

/** What came in for an account, and what was taken back, by day. */
export async function paymentsOfAccount(
  queryable: Queryable,
  place: AccountPlace,
): Promise<readonly AccountPayment[]> {
  const own = await queryable.query<PaymentRow>(
    `select ${COLUMNS} from payment p
     where p.shard = $1 and p.site = $2 and p.account = $3 and p.organisation = $4`,
    [place.shard, place.site, place.account, place.organisation],
  );
  const recognised = await queryable.query<
    PaymentRow & { readonly part: string; readonly author: string }
  >(
    `select ${COLUMNS}, r.amount as part, r.author from recognition r
     join payment p on p.shard = r.shard and p.organisation = r.organisation
       and p.message = r.payment_message and p.at = r.payment_at
     where r.shard = ${COMMON_SHARD} and r.organisation = $1 and r.account = $2`,
    [place.organisation, place.account],
  );
  return [
    ...own.map((row) => ({ ...paymentOf(row), part: integer(row.amount), recognisedBy: null })),
    ...recognised.map((row) => ({
      ...paymentOf(row),
      part: integer(row.part),
      recognisedBy: row.author,
    })),
  ].sort((a, b) => a.paidDay - b.paidDay || a.message - b.message || a.at - b.at);
}

/** Part of a payment that a person gave to an account. */
export interface StoredRecognition {
  readonly payment: Origin;
  readonly message: MessageId;
  readonly at: number;
  readonly amount: number;
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
}

/** Parts of these payments that are recognised already, whoever has done it. */
export async function readRecognitions(
  queryable: Queryable,
  organisation: OrganisationId,
  payments: readonly Origin[],
): Promise<readonly StoredRecognition[]> {
  if (payments.length === 0) return [];
  const rows = await queryable.query<{
    payment_message: string;
    payment_at: string;
    message: string;
    at: string;
    amount: string;
    account_shard: number;
    site: string;
    account: string;
  }>(
    `select r.payment_message, r.payment_at, r.message, r.at, r.amount, r.account_shard, r.site,
       r.account
     from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join recognition r on r.shard = ${COMMON_SHARD} and r.organisation = $1
       and r.payment_message = w.message and r.payment_at = w.at
     order by r.payment_message, r.payment_at, r.message, r.at, r.account`,
    [organisation, payments.map(({ message }) => message), payments.map(({ at }) => at)],
  );
  return rows.map((row) => ({
    payment: { message: integer(row.payment_message) as MessageId, at: integer(row.payment_at) },
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    amount: integer(row.amount),
    shard: row.account_shard as Shard,
    site: integer(row.site) as SiteId,
    account: integer(row.account) as AccountId,
  }));
}

export interface RecognitionWrite extends StoredRecognition {
  readonly organisation: OrganisationId;
  readonly author: string;
  readonly ground: string;
}

/** Adds what persons have said, in common. One row per payment, message, place and account. */
export async function writeRecognitions(
  { transaction, shard, seq }: ShardTransaction,
  writes: readonly RecognitionWrite[],
): Promise<void> {
  invariant(shard === COMMON_SHARD, `a recognition in shard ${shard}`);
  if (writes.length === 0) return;
  const rows = new CopyWriter();
  for (const write of writes) {
    rows.integer(shard).integer(seq).integer(write.organisation);
    rows.integer(write.payment.message).integer(write.payment.at);
    rows.integer(write.message).integer(write.at).integer(write.amount);
    rows.integer(write.shard).integer(write.site).integer(write.account);
    rows.text(write.author).text(write.ground).endRow();
  }
  await transaction.copyIn(
    `copy recognition (shard, seq, organisation, payment_message, payment_at, message, at, amount,
       account_shard, site, account, author, ground) from stdin`,
    rows.chunks(),
  );
}

/** What a reversal without an explicit id says of its original. */
export interface OriginalQuery {
  readonly amount: number;
  readonly paidDay: Day;
  /** Consumer's account that the reversal names; null = the original is looked for by the two bank accounts. */
  readonly account: {
    readonly shard: Shard;
    readonly site: SiteId;
    readonly account: AccountId;
  } | null;
  readonly ourAccount: string | null;
  readonly otherAccount: string;
}

/** A payment that may be the original of a reversal, and where its row is. */
export interface FoundOriginal {
  /** Place of the query in the list asked. */
  readonly place: number;
  readonly key: string;
  readonly message: MessageId;
  readonly at: number;
  readonly amount: number;
  readonly paidDay: Day;
  readonly shard: Shard;
  readonly site: SiteId | null;
  readonly account: AccountId | null;
}

/**
 * Payments of the account (recognised at once, or by a person), or unrecognised ones between the same two bank
 * accounts, of the same sum and not later than the reversal.
 */
export async function findOriginals(
  queryable: Queryable,
  organisation: OrganisationId,
  queries: readonly OriginalQuery[],
  daysBack: number,
): Promise<readonly FoundOriginal[]> {
  const indexed = queries.map((query, place) => ({ ...query, place }));
  const named = indexed.flatMap(({ account, ...query }) =>
    account === null ? [] : [{ ...query, ...account }],
  );
  const unnamed = indexed.filter(({ account }) => account === null);
  const found: FoundOriginal[] = [];
  if (named.length > 0) {
    const values = [
      organisation,
      daysBack,
      named.map(({ place }) => place),
      named.map(({ amount }) => amount),
      named.map(({ paidDay }) => formatDay(paidDay)),
      named.map(({ site }) => site),
      named.map(({ account }) => account),
    ];
    const wanted = `unnest($3::int[], $4::bigint[], $5::date[], $6::bigint[], $7::bigint[]`;
    const own = await queryable.query<OriginalRow>(
      `select w.place, ${ORIGINAL_COLUMNS}
       from ${wanted}, $8::smallint[]) w (place, amount, paid_on, site, account, shard)
       join payment p on p.shard = w.shard and p.site = w.site and p.account = w.account
         and p.organisation = $1 and p.direction = 'IN' and p.amount = w.amount
         and p.paid_on between w.paid_on - $2::int and w.paid_on`,
      [...values, named.map(({ shard }) => shard)],
    );
    const byPersons = await queryable.query<OriginalRow>(
      `select distinct w.place, ${ORIGINAL_COLUMNS}
       from ${wanted}) w (place, amount, paid_on, site, account)
       join recognition r on r.shard = ${COMMON_SHARD} and r.organisation = $1
         and r.site = w.site and r.account = w.account
       join payment p on p.shard = r.shard and p.organisation = $1
         and p.message = r.payment_message and p.at = r.payment_at
         and p.direction = 'IN' and p.amount = w.amount
         and p.paid_on between w.paid_on - $2::int and w.paid_on`,
      values,
    );
    found.push(...own.map(originalOf), ...byPersons.map(originalOf));
  }
  if (unnamed.length > 0) {
    const rows = await queryable.query<OriginalRow>(
      `select w.place, ${ORIGINAL_COLUMNS}
       from unnest($3::int[], $4::bigint[], $5::date[], $6::text[], $7::text[])
         w (place, amount, paid_on, ours, other)
       join payment p on p.shard = ${COMMON_SHARD} and p.organisation = $1 and p.direction = 'IN'
         and p.amount = w.amount and p.paid_on between w.paid_on - $2::int and w.paid_on
         and p.our_account is not distinct from w.ours and p.other ->> 'account' = w.other
       where w.other <> ''`,
      [
        organisation,
        daysBack,
        unnamed.map(({ place }) => place),
        unnamed.map(({ amount }) => amount),
        unnamed.map(({ paidDay }) => formatDay(paidDay)),
        unnamed.map(({ ourAccount }) => ourAccount),
        unnamed.map(({ otherAccount }) => otherAccount),
      ],
    );
    found.push(...rows.map(originalOf));
  }
  return found;
}

/** Payments by key, each in the shard that its unique key tells, or in common: what may be another's is kept back. */
export async function readByKeys(
  queryable: Queryable,
  organisation: OrganisationId,
  keys: readonly { readonly shard: Shard; readonly message: MessageId; readonly key: string }[],
): Promise<readonly FoundOriginal[]> {
  if (keys.length === 0) return [];
  const rows = await queryable.query<OriginalRow>(
    `select 0 as place, ${ORIGINAL_COLUMNS}
     from unnest($2::smallint[], $3::bigint[], $4::text[]) w (shard, message, key)
     join payment p on p.shard in (w.shard, ${COMMON_SHARD}) and p.message = w.message and p.key = w.key
       and p.organisation = $1`,
    [
      organisation,
      keys.map(({ shard }) => shard),
      keys.map(({ message }) => message),
      keys.map(({ key }) => key),
    ],
  );
  return rows.map(originalOf);
}

const ORIGINAL_COLUMNS = "p.key, p.message, p.at, p.amount, p.paid_on, p.shard, p.site, p.account";

interface OriginalRow {
  readonly place: number;
  readonly key: string;
  readonly message: string;
  readonly at: string;
  readonly amount: string;
  readonly paid_on: string;
  readonly shard: number;
  readonly site: string | null;
  readonly account: string | null;
}

function originalOf(row: OriginalRow): FoundOriginal {
  return {
    place: row.place,
    key: row.key,
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    amount: integer(row.amount),
    paidDay: day(row.paid_on),
    shard: row.shard as Shard,
    site: row.site === null ? null : (integer(row.site) as SiteId),
    account: row.account === null ? null : (integer(row.account) as AccountId),
  };
}
