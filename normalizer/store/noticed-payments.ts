import type { Month } from "../model/dates.ts";
import { day, monthOf } from "../model/dates.ts";
import type { AccountId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
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
}

interface NoticedRow {
  readonly notice: string;
  readonly site: string;
  readonly account: string;
  readonly amount: string;
  readonly period: string | null;
}

const COLUMNS = "p.other->>'notice' as notice, p.site, p.account, p.amount, p.period";
/** Not what was taken back until $2. */
const STANDS = `p.source = 'GIS_ZHKH' and p.direction = 'IN' and p.account is not null
  and p.other ? 'notice' and p.seq <= $2
  and not exists (select from payment b where b.shard = p.shard and b.site = p.site
    and b.account = p.account and b.seq <= $2
    and b.reversed_message = p.message and b.reversed_at = p.at)`;

/**
 * Payments of one shard's accounts that came by notices after one seq and up to another, in the
 * order of arrival. What was taken back by then is left out.
 */
export async function noticedPayments(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  seqs: { readonly after: Seq; readonly upTo: Seq },
): Promise<readonly NoticedPayment[]> {
  const rows = await queryable.query<NoticedRow>(
    `select ${COLUMNS} from payment p
     where p.shard = $1 and p.organisation = $3 and p.seq > $4 and ${STANDS}
     order by p.seq, p.message, p.at`,
    [shard, seqs.upTo, organisation, seqs.after],
  );
  return rows.map(noticedOf);
}

/** The same of some accounts, up to a seq. */
export async function noticedPaymentsOf(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  places: readonly AccountSite[],
  upTo: Seq,
): Promise<readonly NoticedPayment[]> {
  if (places.length === 0) return [];
  const rows = await queryable.query<NoticedRow>(
    `select ${COLUMNS} from unnest($4::bigint[], $5::bigint[]) w (site, account)
     join payment p on p.shard = $1 and p.site = w.site and p.account = w.account
     where p.organisation = $3 and ${STANDS}
     order by p.seq, p.message, p.at`,
    [
      shard,
      upTo,
      organisation,
      places.map(({ site }) => site),
      places.map(({ account }) => account),
    ],
  );
  return rows.map(noticedOf);
}

function noticedOf(row: NoticedRow): NoticedPayment {
  return {
    notice: row.notice,
    site: integer(row.site) as SiteId,
    account: integer(row.account) as AccountId,
    amount: kopecks(integer(row.amount)),
    period: row.period === null ? null : monthOf(day(row.period)),
  };
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
