import { ENTRY_KINDS } from "../model/facts.ts";
import type { AccountId, RunId, Shard, SiteId } from "../model/ids.ts";
import type { AccountName } from "./account-names.ts";
import { readAccountNames } from "./account-names.ts";
import type { Database, Queryable } from "./database.ts";
import { integer } from "./database.ts";
import { tableSuffix } from "./results.ts";
import type { Scope } from "./scope.ts";

/** Why a person should look at a sum; the first that fits is named. */
export const OUTLIER_REASONS = [
  "NEGATIVE",
  "CORRECTION",
  "GONE",
  "GROWN",
  "FALLEN",
  "FIRST",
] as const;
export type OutlierReason = (typeof OUTLIER_REASONS)[number];

/** From where on a sum is looked at; nothing of the law, so these are habits of the trade. */
export const OUTLIER_LIMITS = {
  /** Times the month before, or a part of it. */
  ratio: 3,
  /** Smaller differences are not worth a look, kopecks. */
  differenceKopecks: 1_000_00,
  /** A first charge from here on, kopecks. */
  firstKopecks: 10_000_00,
  /** Kept by name, of each reason. */
  rowsMax: 200,
} as const;

const CHARGE = ENTRY_KINDS.indexOf("CHARGE");
const CORRECTION = ENTRY_KINDS.indexOf("CORRECTION");

/**
 * Compares a complete run with the posted runs of the month before, once: a second call, here or in another process,
 * finds the check done. Penalties are left out: they follow the payments, not the consumption.
 *
 * @param previous posted runs of the month before; none = nothing is compared, and a first charge is no wonder
 */
export async function checkRun(
  database: Database,
  run: RunId,
  previous: readonly RunId[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query("select pg_advisory_xact_lock(hashtext('run_check'), hashtext($1))", [
      String(run),
    ]);
    const [done] = await transaction.query("select from run_check where run = $1", [run]);
    if (done !== undefined) return;
    const { ratio, differenceKopecks, firstKopecks, rowsMax } = OUTLIER_LIMITS;
    const rows = await transaction.query<{
      shard: number;
      site: string;
      account: string;
      amount: string;
      before: string | null;
      correction: string;
      reason: OutlierReason;
      counted: string;
    }>(
      `with now as (
         select shard, site, account,
           coalesce(sum(amount) filter (where kind = ${CHARGE}), 0) as charge,
           coalesce(sum(amount) filter (where kind = ${CORRECTION}), 0) as correction
         from run_entry_${tableSuffix(run)} where kind in (${CHARGE}, ${CORRECTION})
         group by 1, 2, 3
       ), before as (
         select shard, site, account, sum(amount) as amount
         from run_entry where run = any ($1::bigint[]) and kind = ${CHARGE}
         group by 1, 2, 3
       ), both_months as (
         select coalesce(n.shard, b.shard) as shard, coalesce(n.site, b.site) as site,
           coalesce(n.account, b.account) as account,
           coalesce(n.charge, 0) as charge, coalesce(n.correction, 0) as correction,
           b.amount as before, n.account is null as gone
         from now n full join before b using (shard, site, account)
       ), reasoned as (
         select shard, site, account, charge + correction as amount, before, correction,
           case
             when charge + correction < 0 then 'NEGATIVE'
             when abs(correction) >= $2 and abs(correction) > charge then 'CORRECTION'
             when gone and before >= $2 and not exists (
               select from run_problem p where p.run = $5 and p.shard = both_months.shard
                 and p.site = both_months.site and p.account = both_months.account) then 'GONE'
             when before > 0 and charge >= before * $3 and charge - before >= $2 then 'GROWN'
             when not gone and before >= charge * $3 and before - charge >= $2 then 'FALLEN'
             when before is null and $6 and charge >= $4 then 'FIRST'
           end as reason
         from both_months
       )
       select * from (
         select *, count(*) over (partition by reason) as counted,
           row_number() over (partition by reason
             order by abs(amount - coalesce(before, 0)) desc, shard, account) as place
         from reasoned where reason is not null) r
       where place <= $7 order by reason, place`,
      [previous, differenceKopecks, ratio, firstKopecks, run, previous.length > 0, rowsMax],
    );
    await transaction.execute(
      `insert into run_outlier (run, site, account, amount, before, correction, shard, reason)
       select $1, * from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
         $6::bigint[], $7::smallint[], $8::text[])`,
      [
        run,
        rows.map(({ site }) => site),
        rows.map(({ account }) => account),
        rows.map(({ amount }) => amount),
        rows.map(({ before }) => before),
        rows.map(({ correction }) => correction),
        rows.map(({ shard }) => shard),
        rows.map(({ reason }) => reason),
      ],
    );
    const counts = Object.fromEntries(
      rows.map(({ reason, counted }) => [reason, integer(counted)]),
    );
    await transaction.execute(
      "insert into run_check (run, previous, outliers, at) values ($1, $2, $3, now())",
      [run, previous, counts],
    );
  });
}

export interface RunCheck {
  readonly previous: readonly RunId[];
  /** Accounts of the whole organisation; a reason without one is absent. */
  readonly outliers: Readonly<Partial<Record<OutlierReason, number>>>;
}

/** Null while the run is not complete or not compared yet. */
export async function readRunCheck(queryable: Queryable, run: RunId): Promise<RunCheck | null> {
  const [row] = await queryable.query<{ previous: string[]; outliers: RunCheck["outliers"] }>(
    "select previous, outliers from run_check where run = $1",
    [run],
  );
  if (row === undefined) return null;
  const { previous, outliers } = row;
  return { previous: previous.map((id) => integer(id) as RunId), outliers };
}

export interface Outlier extends AccountName {
  readonly reason: OutlierReason;
  readonly amountKopecks: number;
  readonly beforeKopecks: number | null;
  readonly correctionKopecks: number;
}

/** Those kept by name, the largest difference of each reason first. */
export async function readOutliers(
  queryable: Queryable,
  scope: Scope,
  run: RunId,
): Promise<readonly Outlier[]> {
  const rows = await queryable.query<{
    shard: number;
    site: string;
    account: string;
    reason: OutlierReason;
    amount: string;
    before: string | null;
    correction: string;
  }>(
    `select shard, site, account, reason, amount, before, correction from run_outlier
     where run = $1
     order by reason, abs(amount - coalesce(before, 0)) desc, shard, account`,
    [run],
  );
  const places = rows.map(({ shard, site, account }) => ({
    shard: shard as Shard,
    site: integer(site) as SiteId,
    account: integer(account) as AccountId,
  }));
  const names = await readAccountNames(queryable, scope, places);
  return rows.flatMap(({ account, reason, amount, before, correction }) => {
    const name = names.get(integer(account) as AccountId);
    if (name === undefined) return [];
    return {
      ...name,
      reason,
      amountKopecks: integer(amount),
      beforeKopecks: before === null ? null : integer(before),
      correctionKopecks: integer(correction),
    };
  });
}
