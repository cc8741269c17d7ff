import type { Day } from "../../model/dates.ts";
import { addMonths, day, monthOf } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { Dated, LedgerEntry } from "../../model/facts.ts";
import { ENTRY_KINDS } from "../../model/facts.ts";
import type { AccountId, AccountNumber, MessageId, RunId, SiteId } from "../../model/ids.ts";
import type { PenaltyHold } from "../../model/penalty-law.ts";
import { invariant } from "../../model/result.ts";
import { kopecks } from "../../model/units.ts";
import type { Transaction } from "../database.ts";
import { integer } from "../database.ts";
import { monthText } from "../results.ts";
import { isSiteInScope } from "../run-scope.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";

/** Posted money of one household account on which a penalty may have accrued or been taken back. */
export interface AccountLedger {
  readonly site: SiteId;
  readonly account: AccountId;
  readonly number: AccountNumber;
  readonly district: string;
  /** All its life, in posting order, without what the month itself charges. */
  readonly entries: readonly LedgerEntry[];
  readonly holds: readonly Dated<PenaltyHold>[];
}

/**
 * Household accounts of the range whose penalties the month can change: with a debt of a month that
 * fell due long enough ago, with an unpaid penalty, with money that became known late, or named by
 * the caller. For all others penalties stay what they were, and nothing is read.
 *
 * @param corrected accounts whose earlier months this run corrects
 */
export async function readLedgers(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  corrected: readonly AccountId[],
): Promise<readonly AccountLedger[]> {
  const accounts = await readCandidates(transaction, context, range, corrected);
  if (accounts.length === 0) return [];
  const entries = await readEntries(transaction, context, range, accounts);
  const holds = await readHolds(transaction, context, range, accounts);
  return accounts.map((row) => ({
    ...row,
    entries: entries.get(row.account) ?? [],
    holds: holds.get(row.account) ?? [],
  }));
}

type Candidate = Pick<AccountLedger, "site" | "account" | "number" | "district">;

async function readCandidates(
  transaction: Transaction,
  { organisation, period, pin, closing, scope }: AssemblyContext,
  { shard, firstSite, lastSite }: SiteRange,
  corrected: readonly AccountId[],
): Promise<readonly Candidate[]> {
  const known = pinOf(pin, shard);
  const rows = await transaction.query<{
    site: string;
    account: string;
    number: string;
    district: string;
    kind: FactBodies["site"]["kind"];
  }>(
    `with owed as (
       select site, account from checkpoint
       where shard = $1 and site between $2 and $3 and period = $5
         and (cardinality(penalty_amounts) > 0 or exists (
           select from unnest(debt_origins) o where o <= $6))
       union
       select site, account from ledger_entry
       where shard = $1 and site between $2 and $3 and organisation = $8
         and seq > $7 and seq <= $4
         and case when $5::date is null then origin <= $6 else value_day < $9 end
     )
     select distinct on (f.site, f.subject::bigint) f.site, f.subject as account,
       f.body->>'number' as number, s.body->>'district' as district, s.body->>'kind' as kind
     from fact f
     join fact s on s.shard = f.shard and s.site = f.site and s.kind = 'site'
       and s.organisation = $8 and s.seq <= $4 and (s.end_seq = 0 or s.end_seq > $4)
     where f.shard = $1 and f.site between $2 and $3 and f.kind = 'account' and f.organisation = $8
       and f.seq <= $4 and (f.end_seq = 0 or f.end_seq > $4)
       and (f.subject::bigint = any ($10::bigint[])
         or (f.site, f.subject::bigint) in (select site, account from owed))
     order by f.site, f.subject::bigint, f.valid_from desc, s.valid_from desc`,
    [
      shard,
      firstSite,
      lastSite,
      known,
      closing === null ? null : monthText(closing.period),
      monthText(addMonths(period, -2)),
      closing === null ? 0 : pinOf(closing.pin, shard),
      organisation,
      monthText(period),
      corrected,
    ],
  );
  return rows.flatMap(({ site: siteText, account, number, district, kind }) => {
    const site = integer(siteText) as SiteId;
    if (!isSiteInScope(scope, { site, kind, district })) return [];
    return {
      site,
      account: integer(account) as AccountId,
      number: number as AccountNumber,
      district,
    };
  });
}

async function readEntries(
  transaction: Transaction,
  { organisation, pin, posted }: AssemblyContext,
  { shard }: SiteRange,
  accounts: readonly Candidate[],
): Promise<ReadonlyMap<AccountId, readonly LedgerEntry[]>> {
  const periods = new Map(posted.map(({ run, period }) => [run, period]));
  const rows = await transaction.query<{
    account: string;
    run: string | null;
    kind: number;
    value_day: string;
    period: string | null;
    origin: string | null;
    amount: string;
    message: string | null;
    at: string | null;
  }>(
    `with whose as (select * from unnest($2::bigint[], $3::bigint[]) w (site, account))
     select e.account, e.run, e.kind, e.value_day, null::date as period, e.origin, e.amount,
       null::bigint as message, null::bigint as at, e.run as place, e.ordinal::bigint as rank
     from whose w
     join run_entry e on e.shard = $1 and e.site = w.site and e.account = w.account
     where e.run = any ($4::bigint[])
     union all
     select l.account, null, l.kind, l.value_day, l.period, l.origin, l.amount, l.message, l.at,
       l.seq, l.at
     from whose w
     join ledger_entry l on l.shard = $1 and l.site = w.site and l.account = w.account
     where l.organisation = $6 and l.seq <= $5
     order by run nulls first, place, rank`,
    [
      shard,
      accounts.map(({ site }) => site),
      accounts.map(({ account }) => account),
      [...periods.keys()],
      pinOf(pin, shard),
      organisation,
    ],
  );
  const entries = new Map<AccountId, LedgerEntry[]>();
  for (const row of rows) {
    const account = integer(row.account) as AccountId;
    const kind = ENTRY_KINDS[row.kind];
    const period =
      row.run === null ? monthOf(day(row.period ?? "")) : periods.get(integer(row.run) as RunId);
    invariant(kind !== undefined && period !== undefined, `entry of account ${account}`);
    const own = entries.get(account) ?? [];
    entries.set(account, own);
    own.push({
      account,
      kind,
      valueDay: day(row.value_day),
      period,
      origin: row.origin === null ? null : monthOf(day(row.origin)),
      amount: kopecks(integer(row.amount)),
      source:
        row.message === null
          ? null
          : { message: integer(row.message) as MessageId, at: integer(row.at ?? "0") },
    });
  }
  return entries;
}

async function readHolds(
  transaction: Transaction,
  { organisation, pin }: AssemblyContext,
  { shard, firstSite, lastSite }: SiteRange,
  accounts: readonly Candidate[],
): Promise<ReadonlyMap<AccountId, readonly Dated<PenaltyHold>[]>> {
  const rows = await transaction.query<{
    account: string;
    from: number;
    to: number | null;
    reason: PenaltyHold;
    message: string;
    at: string;
  }>(
    `select split_part(subject, '/', 1) as account, valid_from - date '1970-01-01' as "from",
       valid_to - date '1970-01-01' as "to", body->>'reason' as reason, message, at
     from fact
     where shard = $1 and site between $2 and $3 and kind = 'penalty-hold' and organisation = $4
       and seq <= $5 and (end_seq = 0 or end_seq > $5)
       and split_part(subject, '/', 1)::bigint = any ($6::bigint[])
     order by valid_from, subject`,
    [
      shard,
      firstSite,
      lastSite,
      organisation,
      pinOf(pin, shard),
      accounts.map(({ account }) => account),
    ],
  );
  const holds = new Map<AccountId, Dated<PenaltyHold>[]>();
  for (const { account, from, to, reason, message, at } of rows) {
    const id = integer(account) as AccountId;
    const own = holds.get(id) ?? [];
    holds.set(id, own);
    own.push({
      from: from as Day,
      to: to as Day | null,
      value: reason,
      origin: { message: integer(message) as MessageId, at: integer(at) },
    });
  }
  return holds;
}
