import type { Day, Month } from "../../model/dates.ts";
import { addMonths, firstDay, monthOf } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { Dated, LedgerEntry } from "../../model/facts.ts";
import { ENTRY_KINDS } from "../../model/facts.ts";
import type { AccountId, AccountNumber, MessageId, RunId, SiteId } from "../../model/ids.ts";
import type { PenaltyHold } from "../../model/penalty-law.ts";
import { invariant } from "../../model/result.ts";
import { kopecks } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import type { CopyQuery } from "../copy-query.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import { integer } from "../database.ts";
import { isSiteInScope } from "../run-scope.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import { inRange } from "./household-query.ts";

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

export type AccountPlace = Pick<AccountLedger, "site" | "account">;

/**
 * Household accounts of the range whose penalties the month can change by itself: with a debt of a
 * month that fell due long enough ago, with an unpaid penalty, with money that became known late or
 * was taken back. For all others penalties stay what they were, unless their earlier months are
 * corrected.
 */
export function readOwedLedgers(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): Promise<readonly AccountLedger[]> {
  return readLedgers(transaction, context, range, owedQuery(context, range));
}

/** The same of accounts that the caller names. */
export async function readLedgersOf(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  places: readonly AccountPlace[],
): Promise<readonly AccountLedger[]> {
  if (places.length === 0) return [];
  const named = copyQuery`select site, account
    from unnest(array[${places.map(({ site }) => site)}]::bigint[],
      array[${places.map(({ account }) => account)}]::bigint[]) w (site, account)`;
  return readLedgers(transaction, context, range, named);
}

async function readLedgers(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  whose: CopyQuery,
): Promise<readonly AccountLedger[]> {
  const accounts = await readCandidates(transaction, context, range, whose);
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
  context: AssemblyContext,
  range: SiteRange,
  whose: CopyQuery,
): Promise<readonly Candidate[]> {
  const { organisation, pin, scope } = context;
  const { shard } = range;
  const known = pinOf(pin, shard);
  const rows = await readCopy(
    transaction,
    copyQuery`select owed.site, owed.account, a.number, s.district, s.kind
    from (${whose}) owed
    cross join lateral (
      select body->>'number' as number from fact
      where shard = ${shard} and site = owed.site and kind = 'account'
        and subject = owed.account::text and organisation = ${organisation}
        and seq <= ${known} and (end_seq = 0 or end_seq > ${known})
      order by valid_from desc limit 1
    ) a
    cross join lateral (
      select body->>'district' as district, body->>'kind' as kind from fact
      where shard = ${shard} and site = owed.site and kind = 'site'
        and subject = owed.site::text and organisation = ${organisation}
        and seq <= ${known} and (end_seq = 0 or end_seq > ${known})
      order by valid_from desc limit 1
    ) s`,
  );
  const candidates: Candidate[] = [];
  while (rows.more()) {
    const site = rows.integer() as SiteId;
    const account = rows.integer() as AccountId;
    const number = rows.text() as AccountNumber;
    const district = rows.word();
    const kind = rows.word() as FactBodies["site"]["kind"];
    if (!isSiteInScope(scope, { site, kind, district })) continue;
    candidates.push({ site, account, number, district });
  }
  return candidates.sort((a, b) => a.site - b.site || a.account - b.account);
}

/** Sites and accounts with a debt that fell due long enough ago, with a penalty, or with late or reversed money. */
function owedQuery({ organisation, period, pin, closing }: AssemblyContext, range: SiteRange) {
  const known = pinOf(pin, range.shard);
  const ours = copyQuery`${inRange(range)} and organisation = ${organisation} and seq <= ${known}`;
  const fellDue = copyQuery`date '1970-01-01' + ${firstDay(addMonths(period, -2))}`;
  if (closing === null) {
    return copyQuery`select distinct site, account from ledger_entry where ${ours} and origin <= ${fellDue}`;
  }
  // By the words of the index where the month before is the one that was closed.
  const isLast = closing.period === addMonths(period, -1);
  const isOld = isLast
    ? copyQuery`debt_origins[1] < period`
    : copyQuery`debt_origins[1] <= ${fellDue}`;
  return copyQuery`select site, account from checkpoint
      where ${inRange(range)} and period = date '1970-01-01' + ${firstDay(closing.period)}
        and (${isOld} or cardinality(penalty_amounts) > 0)
      union
      select site, account from ledger_entry
      where ${ours} and seq > ${pinOf(closing.pin, range.shard)}
        and (value_day < date '1970-01-01' + ${firstDay(period)}
          or kind = ${ENTRY_KINDS.indexOf("REVERSAL")} or kind in (${WRITE_OFFS}) and amount > 0)`;
}

/** What takes one of these back opens a debt of months ago again. */
const WRITE_OFFS = (["WRITE_OFF", "PENALTY_WRITE_OFF", "COURT_COSTS_WRITE_OFF"] as const).map(
  (kind) => ENTRY_KINDS.indexOf(kind),
);

/** An entry with its place in the order of posting. */
interface PlacedEntry {
  readonly entry: LedgerEntry;
  /** 0 for what no run made, which comes first. */
  readonly run: number;
  readonly place: number;
  readonly rank: number;
}

async function readEntries(
  transaction: Transaction,
  { organisation, pin, posted }: AssemblyContext,
  { shard }: SiteRange,
  accounts: readonly Candidate[],
): Promise<ReadonlyMap<AccountId, readonly LedgerEntry[]>> {
  const periods = new Map(posted.map(({ run, period }) => [run, period]));
  const whose = copyQuery`unnest(array[${accounts.map(({ site }) => site)}]::bigint[],
    array[${accounts.map(({ account }) => account)}]::bigint[]) w (site, account)`;
  const ofRuns =
    periods.size === 0
      ? copyQuery``
      : copyQuery`select e.account, e.run, e.kind, e.value_day - date '1970-01-01', null,
        e.origin - date '1970-01-01', e.amount, null::bigint, e.ordinal::bigint, e.run
      from ${whose}
      join run_entry e on e.shard = ${shard} and e.site = w.site and e.account = w.account
      where e.run in (${[...periods.keys()]})
      union all`;
  const rows = await readCopy(
    transaction,
    copyQuery`${ofRuns}
    select l.account, 0, l.kind, l.value_day - date '1970-01-01', l.period - date '1970-01-01',
      l.origin - date '1970-01-01', l.amount, l.message, l.at, l.seq
    from ${whose}
    join ledger_entry l on l.shard = ${shard} and l.site = w.site and l.account = w.account
    where l.organisation = ${organisation} and l.seq <= ${pinOf(pin, shard)}`,
  );
  const placed = new Map<AccountId, PlacedEntry[]>();
  while (rows.more()) {
    const account = rows.integer() as AccountId;
    const own = placed.get(account);
    const entry = placedEntry(rows, account, periods);
    if (own === undefined) placed.set(account, [entry]);
    else own.push(entry);
  }
  return new Map(
    [...placed].map(([account, own]) => [
      account,
      own.sort(inPostingOrder).map(({ entry }) => entry),
    ]),
  );
}

function placedEntry(
  rows: CopyReader,
  account: AccountId,
  periods: ReadonlyMap<RunId, Month>,
): PlacedEntry {
  const run = rows.integer();
  const kind = ENTRY_KINDS[rows.integer()];
  const valueDay = rows.integer() as Day;
  const day = rows.integerOrNull() as Day | null;
  const origin = rows.integerOrNull() as Day | null;
  const amount = kopecks(rows.integer());
  const message = rows.integerOrNull() as MessageId | null;
  const at = rows.integer();
  const place = rows.integer();
  const period = day === null ? periods.get(run as RunId) : monthOf(day);
  invariant(kind !== undefined && period !== undefined, `entry of account ${account}`);
  const entry: LedgerEntry = {
    account,
    kind,
    valueDay,
    period,
    origin: origin === null ? null : monthOf(origin),
    amount,
    source: message === null ? null : { message, at },
  };
  return { entry, run, place, rank: at };
}

function inPostingOrder(a: PlacedEntry, b: PlacedEntry): number {
  return a.run - b.run || a.place - b.place || a.rank - b.rank;
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
