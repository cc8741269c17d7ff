import type { PaymentSight } from "../intake/money-pairs.ts";
import { PAIR_DAYS_APART } from "../intake/money-pairs.ts";
import { addDays, day, formatDay } from "../model/dates.ts";
import type { AccountId, MessageId, OrganisationId, Origin, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { MoneySource } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

export interface MarkPlace {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
}

/** By what a payment is known to the other source. */
export interface PaymentMark extends PaymentSight {
  readonly organisation: OrganisationId;
  readonly source: MoneySource;
  readonly key: string;
  readonly place: MarkPlace | null;
}

/** Adds marks, in common. Partitions of their `paidDay` must exist. */
export async function writeMarks(
  { transaction, shard, seq }: ShardTransaction,
  marks: readonly PaymentMark[],
): Promise<void> {
  invariant(shard === COMMON_SHARD, `marks of payments in shard ${shard} at ${seq}`);
  if (marks.length === 0) return;
  const rows = new CopyWriter();
  for (const mark of marks) {
    const orderIds = mark.orderIds.length === 0 ? [""] : mark.orderIds;
    for (const orderId of orderIds) {
      rows.integer(shard).text(formatDay(mark.paidDay)).integer(mark.message).integer(mark.at);
      rows.text(orderId).integer(mark.organisation).text(mark.source).text(mark.key);
      rows.integer(mark.amount).text(mark.documentNumber).text(formatDay(mark.documentDay));
      rows.text(formatDay(mark.postedDay)).integer(mark.place?.shard ?? null);
      rows
        .integer(mark.place?.site ?? null)
        .integer(mark.place?.account ?? null)
        .endRow();
    }
  }
  await transaction.copyIn(
    `copy payment_mark (shard, paid_on, message, at, order_id, organisation, source, key, amount,
       document_number, document_on, posted_on, account_shard, site, account) from stdin`,
    rows.chunks(),
  );
}

interface MarkRow {
  readonly message: string;
  readonly at: string;
  readonly order_ids: string[];
  readonly source: MoneySource;
  readonly key: string;
  readonly amount: string;
  readonly document_number: string;
  readonly document_on: string;
  readonly paid_on: string;
  readonly posted_on: string;
  readonly account_shard: number | null;
  readonly site: string | null;
  readonly account: string | null;
}

const MARK = `m.message, m.at, m.source, m.key, m.amount, m.document_number, m.document_on,
  m.paid_on, m.posted_on, m.account_shard, m.site, m.account`;
const ONE_ROW = `array_remove(array_agg(distinct m.order_id), '') as order_ids`;

/**
 * Payments of the other source that may be the same as some of these: by УИП, or by account and sum. Those that have
 * their other sight already are left out.
 */
export async function findCandidates(
  queryable: Queryable,
  organisation: OrganisationId,
  source: MoneySource,
  seconds: readonly PaymentMark[],
): Promise<readonly PaymentMark[]> {
  const other: MoneySource = source === "BANK" ? "GIS_ZHKH" : "BANK";
  const named = seconds.filter(({ account }) => account !== null);
  const orders = [...new Set(seconds.flatMap(({ orderIds }) => orderIds))];
  const days = seconds.map(({ paidDay }) => paidDay).sort((a, b) => a - b);
  const [from] = days;
  const to = days.at(-1);
  if (from === undefined || to === undefined) return [];
  const window = [addDays(from, -PAIR_DAYS_APART), addDays(to, PAIR_DAYS_APART)].map(formatDay);
  // The source is written out: each has an index of its own, and the bank's lines ask one that is short.
  const rows = await queryable.query<MarkRow>(
    `with found as (
       select m.message, m.at from unnest($4::bigint[], $5::bigint[]) w (account, amount)
       join payment_mark m on m.shard = ${COMMON_SHARD} and m.organisation = $1
         and m.source = '${other}' and m.account is not null
         and m.account = w.account and m.amount = w.amount and m.paid_on between $2 and $3
       union
       select m.message, m.at from payment_mark m
       where m.shard = ${COMMON_SHARD} and m.organisation = $1 and m.source = '${other}'
         and m.order_id <> '' and m.order_id = any($6::text[]) and m.paid_on between $2 and $3)
     select ${MARK}, ${ONE_ROW} from found f
     join payment_mark m on m.shard = ${COMMON_SHARD} and m.organisation = $1
       and m.message = f.message and m.at = f.at and m.paid_on between $2 and $3
     where not exists (select from payment_pair s where s.shard = ${COMMON_SHARD}
         and s.kind = 'SAME' and s.first_message = m.message and s.first_at = m.at)
       and not exists (select from payment_pair s where s.shard = ${COMMON_SHARD}
         and s.kind = 'SAME' and s.second_message = m.message and s.second_at = m.at)
     group by ${MARK}`,
    [
      organisation,
      ...window,
      named.map(({ account }) => account),
      named.map(({ amount }) => amount),
      orders,
    ],
  );
  return rows.map((row) => markOf(organisation, row));
}

/** Marks of payments by their places; what has none is absent. */
export async function readMarks(
  queryable: Queryable,
  organisation: OrganisationId,
  places: readonly Origin[],
): Promise<readonly PaymentMark[]> {
  if (places.length === 0) return [];
  const rows = await queryable.query<MarkRow>(
    `select ${MARK}, ${ONE_ROW} from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join payment_mark m on m.shard = ${COMMON_SHARD} and m.organisation = $1
       and m.message = w.message and m.at = w.at
     group by ${MARK}`,
    [organisation, places.map(({ message }) => message), places.map(({ at }) => at)],
  );
  return rows.map((row) => markOf(organisation, row));
}

function markOf(organisation: OrganisationId, row: MarkRow): PaymentMark {
  const { account_shard: shard, site, account } = row;
  const place =
    shard === null || site === null || account === null
      ? null
      : {
          shard: shard as Shard,
          site: integer(site) as SiteId,
          account: integer(account) as AccountId,
        };
  return {
    organisation,
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    source: row.source,
    key: row.key,
    amount: integer(row.amount),
    account: place?.account ?? null,
    place,
    orderIds: row.order_ids,
    documentNumber: row.document_number,
    documentDay: day(row.document_on),
    paidDay: day(row.paid_on),
    postedDay: day(row.posted_on),
  };
}

/** Two sights of one payment. */
export interface PaymentPair {
  readonly organisation: OrganisationId;
  readonly second: Origin;
  readonly first: Origin;
  /** Who says so. */
  readonly said: Origin;
  readonly kind: "SAME" | "DOUBT";
  readonly place: MarkPlace | null;
  /** Null = by the rules, not by a person. */
  readonly author: string | null;
  readonly ground: string | null;
}

export async function writePairs(
  { transaction, shard, seq }: ShardTransaction,
  pairs: readonly PaymentPair[],
): Promise<void> {
  invariant(shard === COMMON_SHARD, `a pair of payments in shard ${shard}`);
  if (pairs.length === 0) return;
  const rows = new CopyWriter();
  for (const { organisation, second, first, said, kind, place, author, ground } of pairs) {
    rows.integer(shard).integer(seq).integer(organisation).integer(second.message);
    rows.integer(second.at).integer(said.message).integer(said.at).text(kind);
    rows
      .integer(first.message)
      .integer(first.at)
      .integer(place?.shard ?? null);
    rows.integer(place?.site ?? null).integer(place?.account ?? null);
    rows.text(author).text(ground).endRow();
  }
  await transaction.copyIn(
    `copy payment_pair (shard, seq, organisation, second_message, second_at, message, at, kind,
       first_message, first_at, account_shard, site, account, author, ground) from stdin`,
    rows.chunks(),
  );
}

interface PairRow {
  readonly organisation: number;
  readonly second_message: string;
  readonly second_at: string;
  readonly message: string;
  readonly at: string;
  readonly kind: PaymentPair["kind"];
  readonly first_message: string;
  readonly first_at: string;
  readonly account_shard: number | null;
  readonly site: string | null;
  readonly account: string | null;
  readonly author: string | null;
  readonly ground: string | null;
}

/** Pairs that a message has said. */
export async function readPairsSaid(
  queryable: Queryable,
  message: MessageId,
): Promise<readonly PaymentPair[]> {
  const rows = await queryable.query<PairRow>(
    `select * from payment_pair where shard = ${COMMON_SHARD} and message = $1
     order by second_message, second_at`,
    [message],
  );
  return rows.map(pairOf);
}

/** Pairs that one of these payments stands in, on whichever side. */
export async function readPairsOf(
  queryable: Queryable,
  organisation: OrganisationId,
  payments: readonly Origin[],
): Promise<readonly PaymentPair[]> {
  if (payments.length === 0) return [];
  const rows = await queryable.query<PairRow>(
    `select p.* from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join payment_pair p on p.shard = ${COMMON_SHARD} and p.organisation = $1
       and p.first_message = w.message and p.first_at = w.at
     union
     select p.* from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join payment_pair p on p.shard = ${COMMON_SHARD} and p.organisation = $1
       and p.second_message = w.message and p.second_at = w.at`,
    [organisation, payments.map(({ message }) => message), payments.map(({ at }) => at)],
  );
  return rows.map(pairOf);
}

function pairOf(row: PairRow): PaymentPair {
  const { account_shard: shard, site, account } = row;
  return {
    organisation: row.organisation as OrganisationId,
    second: placeOf(row.second_message, row.second_at),
    first: placeOf(row.first_message, row.first_at),
    said: placeOf(row.message, row.at),
    kind: row.kind,
    place:
      shard === null || site === null || account === null
        ? null
        : {
            shard: shard as Shard,
            site: integer(site) as SiteId,
            account: integer(account) as AccountId,
          },
    author: row.author,
    ground: row.ground,
  };
}

function placeOf(message: string, at: string): Origin {
  return { message: integer(message) as MessageId, at: integer(at) };
}
