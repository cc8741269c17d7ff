import type { Day, Month } from "../model/dates.ts";
import { day, firstDay, monthOf } from "../model/dates.ts";
import type { LedgerEntry } from "../model/facts.ts";
import { ENTRY_KINDS } from "../model/facts.ts";
import type {
  AccountId,
  MessageId,
  OrganisationId,
  RunId,
  Seq,
  Shard,
  SiteId,
} from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import { kopecks } from "../model/units.ts";
import type { CopyReader } from "./copy.ts";
import { copyQuery, readCopy } from "./copy-query.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { Pin } from "./documents.ts";
import type { Checkpoint, DebtOfMonth, KnownRun } from "./posted.ts";
import { monthText } from "./results.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** A closed period with what was known when it closed. */
export interface Closing {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly pin: Pin;
}

/** The newest closing up to a period; null when none is closed. */
export async function lastClosing(
  queryable: Queryable,
  organisation: OrganisationId,
  upTo: Month,
): Promise<Closing | null> {
  const [row] = await queryable.query<{ period: string; pin: string[] }>(
    `select period, pin from closing
     where shard = $1 and organisation = $2 and period <= $3
     order by period desc limit 1`,
    [COMMON_SHARD, organisation, monthText(upTo)],
  );
  if (row === undefined) return null;
  const pin = row.pin.map((seq) => integer(seq) as Seq);
  return { organisation, period: monthOf(day(row.period)), pin };
}

/** The one row that closes a period; from its seq on the period takes nothing any more. */
export async function addClosing(
  { transaction, shard, seq }: ShardTransaction,
  { organisation, period, pin }: Closing,
  author: string,
): Promise<void> {
  invariant(shard === COMMON_SHARD, `a closing in shard ${shard}`);
  await transaction.execute(
    `insert into closing (shard, seq, organisation, period, pin, author, at)
     values ($1, $2, $3, $4, $5, $6, now())`,
    [shard, seq, organisation, monthText(period), pin, author],
  );
}

/** Money of one account that is not in its checkpoint yet. */
export interface AccountMoney {
  readonly site: SiteId;
  readonly account: AccountId;
  readonly before: Checkpoint | null;
  /** In posting order. */
  readonly entries: readonly LedgerEntry[];
}

export interface ShardMoneyQuery {
  readonly shard: Shard;
  readonly closing: Closing;
  /** The closing before it; null for the first one. */
  readonly previous: Closing | null;
  /** Runs posted within the pin, up to the period that closes. */
  readonly runs: readonly KnownRun[];
  /** An entry that changes what the closings before made of the money: its account starts anew. */
  readonly isBackdated: (entry: LedgerEntry, previous: Closing) => boolean;
}

/**
 * Accounts of one shard that have no checkpoint of the period yet, with their last checkpoint and
 * the entries since, or their whole ledger where one of these is back-dated: an entry is in a
 * checkpoint when the closing knew it and it was posted in the period or before.
 */
export async function readShardMoney(
  transaction: Transaction,
  query: ShardMoneyQuery,
): Promise<readonly AccountMoney[]> {
  const accounts = await readAccounts(transaction, query);
  if (accounts.size === 0) return [];
  const { previous, isBackdated } = query;
  if (previous === null) {
    await addEntries(transaction, query, accounts);
    return [...accounts.values()];
  }
  const runs = query.runs.filter(({ period }) => period > previous.period);
  await addEntries(transaction, { ...query, runs }, accounts);
  const anew = new Map<AccountId, Money>();
  for (const [account, money] of accounts) {
    if (!money.entries.some((entry) => isBackdated(entry, previous))) continue;
    money.entries.length = 0;
    anew.set(account, money);
  }
  const since = new Map([...accounts].filter(([account]) => !anew.has(account)));
  await addCheckpoints(transaction, query, previous, since);
  if (anew.size > 0) await addEntries(transaction, { ...query, previous: null }, anew);
  return [...accounts.values()];
}

async function addEntries(
  transaction: Transaction,
  query: ShardMoneyQuery,
  accounts: ReadonlyMap<AccountId, Money>,
): Promise<void> {
  await addRunEntries(transaction, query, accounts);
  await addLedgerEntries(transaction, query, accounts);
}

interface Money extends AccountMoney {
  before: Checkpoint | null;
  readonly entries: LedgerEntry[];
}

async function readAccounts(
  transaction: Transaction,
  { shard, closing }: ShardMoneyQuery,
): Promise<Map<AccountId, Money>> {
  const seq = closing.pin[shard] ?? 0;
  const rows = await readCopy(
    transaction,
    copyQuery`select distinct f.site, f.subject::bigint as account
    from fact f
    where f.shard = ${shard} and f.kind in ('account', 'contract')
      and f.organisation = ${closing.organisation} and f.seq <= ${seq}
      and not exists (
        select from checkpoint c
        where c.shard = f.shard and c.site = f.site and c.account = f.subject::bigint
          and c.period = date '1970-01-01' + ${firstDay(closing.period)})
    order by site, account`,
  );
  const accounts = new Map<AccountId, Money>();
  while (rows.more()) {
    const site = rows.integer() as SiteId;
    const account = rows.integer() as AccountId;
    accounts.set(account, { site, account, before: null, entries: [] });
  }
  return accounts;
}

async function addRunEntries(
  transaction: Transaction,
  { shard, runs }: ShardMoneyQuery,
  accounts: ReadonlyMap<AccountId, Money>,
): Promise<void> {
  if (runs.length === 0) return;
  const periods = new Map<RunId, Month>(runs.map(({ run, period }) => [run, period]));
  const rows = await readCopy(
    transaction,
    copyQuery`select run, account, kind, value_day - date '1970-01-01',
      origin - date '1970-01-01', amount
    from run_entry
    where run in (${[...periods.keys()]}) and shard = ${shard}
    order by account, run, ordinal`,
  );
  while (rows.more()) {
    const run = rows.integer() as RunId;
    const account = rows.integer() as AccountId;
    const kind = entryKind(rows.integer());
    const valueDay = rows.integer() as Day;
    const origin = rows.integerOrNull();
    const amount = kopecks(rows.integer());
    const period = periods.get(run);
    invariant(period !== undefined, `entry of run ${run}`);
    accounts.get(account)?.entries.push({
      account,
      kind,
      valueDay,
      period,
      origin: origin === null ? null : monthOf(origin as Day),
      amount,
      source: null,
    });
  }
}

async function addLedgerEntries(
  transaction: Transaction,
  { shard, closing, previous }: ShardMoneyQuery,
  accounts: ReadonlyMap<AccountId, Money>,
): Promise<void> {
  const seenSeq = previous?.pin[shard] ?? 0;
  const seenPeriod = previous === null ? 0 : firstDay(previous.period);
  const rows = await readCopy(
    transaction,
    copyQuery`select account, kind, value_day - date '1970-01-01', period - date '1970-01-01',
      origin - date '1970-01-01', amount, message, at
    from ledger_entry
    where shard = ${shard} and organisation = ${closing.organisation}
      and seq <= ${closing.pin[shard] ?? 0}
      and period <= date '1970-01-01' + ${firstDay(closing.period)}
      and not (seq <= ${seenSeq} and period <= date '1970-01-01' + ${seenPeriod})
    order by account, seq, at`,
  );
  while (rows.more()) {
    const account = rows.integer() as AccountId;
    const kind = entryKind(rows.integer());
    const valueDay = rows.integer() as Day;
    const period = monthOf(rows.integer() as Day);
    const origin = rows.integerOrNull();
    const amount = kopecks(rows.integer());
    const source = { message: rows.integer() as MessageId, at: rows.integer() };
    accounts.get(account)?.entries.push({
      account,
      kind,
      valueDay,
      period,
      origin: origin === null ? null : monthOf(origin as Day),
      amount,
      source,
    });
  }
}

async function addCheckpoints(
  transaction: Transaction,
  { shard }: ShardMoneyQuery,
  previous: Closing,
  accounts: ReadonlyMap<AccountId, Money>,
): Promise<void> {
  const rows = await readCopy(
    transaction,
    copyQuery`select site, account, balance,
      array(select o - date '1970-01-01' from unnest(debt_origins) with ordinality w (o, n)
        order by n),
      debt_amounts,
      array(select o - date '1970-01-01' from unnest(penalty_origins) with ordinality w (o, n)
        order by n),
      penalty_amounts,
      array(select o - date '1970-01-01' from unnest(costs_origins) with ordinality w (o, n)
        order by n),
      costs_amounts
    from checkpoint
    where shard = ${shard} and period = date '1970-01-01' + ${firstDay(previous.period)}`,
  );
  while (rows.more()) {
    const site = rows.integer() as SiteId;
    const account = rows.integer() as AccountId;
    const balance = kopecks(rows.integer());
    const debts = debtsOfMonths(rows);
    const penalties = debtsOfMonths(rows);
    const costs = debtsOfMonths(rows);
    const money = accounts.get(account);
    if (money === undefined) continue;
    const open = { balance, debts, penalties, costs };
    money.before = { shard, site, account, period: previous.period, ...open };
  }
}

function debtsOfMonths(rows: CopyReader): readonly DebtOfMonth[] {
  const origins = rows.integers();
  const amounts = rows.integers();
  return origins.map((origin, place) => ({
    origin: monthOf(origin as Day),
    amount: kopecks(amounts[place] ?? 0),
  }));
}

function entryKind(number: number): LedgerEntry["kind"] {
  const kind = ENTRY_KINDS[number];
  invariant(kind !== undefined, `entry kind ${number}`);
  return kind;
}
