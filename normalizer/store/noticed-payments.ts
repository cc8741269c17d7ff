import type { Month } from "../model/dates.ts";
import { day, monthOf } from "../model/dates.ts";
import type { AccountId, MessageId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { Kopecks } from "../model/units.ts";
import { kopecks } from "../model/units.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { AccountSite } from "./document-facts.ts";
import type { KnownRun } from "./posted.ts";

/** A payment of an account that ГИС ЖКХ has told of. */
export interface NoticedPayment extends AccountSite {
  /** GUID of the notice. */
  readonly notice: string;
  readonly amount: Kopecks;
  /** Month that the payer names. */
  readonly period: Month | null;
  /** Message by which a person gave this part of it to the account; null = all of it is the account's. */
  readonly part: MessageId | null;
}

interface NoticedRow {
  readonly notice: string;
  readonly site: string;
  readonly account: string;
  readonly amount: string;
  readonly period: string | null;
  readonly part: string | null;
}

/** Of which payments of a shard: all that are new since a seq, or those of some accounts. */
export type NoticedQuery =
  | { readonly after: Seq; readonly upTo: Seq }
  | { readonly places: readonly AccountSite[]; readonly upTo: Seq };

/**
 * Payments of one shard's accounts that came by notices, as they stand at a seq of the shard: recognised at once, by
 * a person, or told of by the bank as well. What was taken back by then is left out.
 */
export async function noticedPayments(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  query: NoticedQuery,
): Promise<readonly NoticedPayment[]> {
  if ("places" in query && query.places.length === 0) return [];
  const own = await ownNotices(queryable, organisation, shard, query);
  const inCommon = await noticesInCommon(queryable, organisation, shard, query);
  return [...own, ...inCommon].map((row) => ({
    notice: row.notice,
    site: integer(row.site) as SiteId,
    account: integer(row.account) as AccountId,
    amount: kopecks(integer(row.amount)),
    period: row.period === null ? null : monthOf(day(row.period)),
    part: row.part === null ? null : (integer(row.part) as MessageId),
  }));
}

/** Rows of the shard itself. */
function ownNotices(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  query: NoticedQuery,
): Promise<NoticedRow[]> {
  const [from, values] =
    "places" in query
      ? [
          `unnest($4::bigint[], $5::bigint[]) w (site, account) join payment p
             on p.shard = $1 and p.site = w.site and p.account = w.account`,
          [query.places.map(({ site }) => site), query.places.map(({ account }) => account)],
        ]
      : [
          "(select $4::bigint as after) w join payment p on p.shard = $1 and p.seq > w.after",
          [query.after],
        ];
  return queryable.query<NoticedRow>(
    `select p.other->>'notice' as notice, p.site, p.account, p.amount, p.period, null as part
     from ${from}
     where p.organisation = $3 and p.source = 'GIS_ZHKH' and p.direction = 'IN'
       and p.account is not null and p.other ? 'notice' and p.seq <= $2
       and not exists (select from payment b where b.shard = p.shard and b.site = p.site
         and b.account = p.account and b.seq <= $2
         and b.reversed_message = p.message and b.reversed_at = p.at)
     order by p.seq, p.message, p.at`,
    [shard, query.upTo, organisation, ...values],
  );
}

/**
 * Notices that stand in common: a person has said whose they are, or the bank told of the payment before. News are
 * found by the messages whose legs are new in the shard.
 */
async function noticesInCommon(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  query: NoticedQuery,
): Promise<NoticedRow[]> {
  const messages = "places" in query ? [] : await newLegs(queryable, shard, query);
  if (!("places" in query) && messages.length === 0) return [];
  const accounts = "places" in query ? query.places.map(({ account }) => account) : [];
  const isNews = (alias: string) => `(${alias}.message = any($3::bigint[])
    or ${alias}.account = any($4::bigint[]))`;
  const notice = `n.shard = ${COMMON_SHARD} and n.organisation = $1 and n.source = 'GIS_ZHKH'
    and n.direction = 'IN' and n.other ? 'notice'`;
  return queryable.query<NoticedRow>(
    // The notice itself was recognised, or the line of the bank that it is the second sight of.
    `select n.other->>'notice' as notice, r.site, r.account, r.amount, n.period, r.message as part
     from recognition r
     join payment n on ${notice} and n.message = r.payment_message and n.at = r.payment_at
     where r.shard = ${COMMON_SHARD} and r.organisation = $1 and r.account_shard = $2
       and ${isNews("r")} and not ${isTakenBack("n.message", "n.at", "n.organisation")}
     union
     select n.other->>'notice', r.site, r.account, r.amount, n.period, r.message
     from recognition r
     join payment_pair s on s.shard = ${COMMON_SHARD} and s.kind = 'SAME'
       and s.first_message = r.payment_message and s.first_at = r.payment_at
     join payment n on ${notice} and n.message = s.second_message and n.at = s.second_at
     where r.shard = ${COMMON_SHARD} and r.organisation = $1 and r.account_shard = $2
       and (${isNews("r")} or s.message = any($3::bigint[]))
       and not ${isTakenBack("r.payment_message", "r.payment_at", "r.organisation")}
     union
     select n.other->>'notice', s.site, s.account, n.amount, n.period, null
     from payment_pair s
     join payment n on ${notice} and n.message = s.second_message and n.at = s.second_at
     where s.shard = ${COMMON_SHARD} and s.organisation = $1 and s.account_shard = $2
       and s.kind = 'SAME' and ${isNews("s")}
       and not exists (select from recognition r where r.shard = ${COMMON_SHARD}
         and r.payment_message = s.first_message and r.payment_at = s.first_at)
     order by 1, 3, 6`,
    [organisation, shard, messages, accounts],
  );
}

/** A payment of common whose reversal stands there. */
function isTakenBack(message: string, at: string, organisation: string): string {
  return `exists (select from payment b where b.shard = ${COMMON_SHARD}
    and b.organisation = ${organisation} and b.reversed_message = ${message}
    and b.reversed_at = ${at})`;
}

async function newLegs(
  queryable: Queryable,
  shard: Shard,
  { after, upTo }: { readonly after: Seq; readonly upTo: Seq },
): Promise<readonly MessageId[]> {
  const rows = await queryable.query<{ message: string }>(
    "select message from leg where shard = $1 and seq > $2 and seq <= $3 order by message",
    [shard, after, upTo],
  );
  return rows.map(({ message }) => integer(message) as MessageId);
}

/** Months for which posted runs have lines of the accounts, ascending. */
export async function billedMonths(
  queryable: Queryable,
  shard: Shard,
  places: readonly AccountSite[],
  runs: readonly KnownRun[],
): Promise<ReadonlyMap<AccountId, readonly Month[]>> {
  const periods = new Map(runs.map(({ run, period }) => [String(run), period]));
  const rows = await queryable.query<{ account: string; run: string }>(
    `select distinct l.account, l.run
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join charge_line l on l.shard = $1 and l.site = w.site and l.account = w.account
     where l.run = any ($4::bigint[])`,
    [
      shard,
      places.map(({ site }) => site),
      places.map(({ account }) => account),
      runs.map(({ run }) => run),
    ],
  );
  const months = new Map<AccountId, Month[]>();
  for (const row of rows) {
    const account = integer(row.account) as AccountId;
    const period = periods.get(row.run);
    const own = months.get(account) ?? [];
    if (period !== undefined && !own.includes(period)) own.push(period);
    months.set(account, own);
  }
  for (const own of months.values()) own.sort((a, b) => a - b);
  return months;
}
