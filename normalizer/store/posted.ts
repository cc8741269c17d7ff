import type { Month } from "../model/dates.ts";
import { day, monthOf } from "../model/dates.ts";
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
import type { PostedLine } from "../model/lines.ts";
import { LINE_KINDS, ZONES } from "../model/lines.ts";
import { invariant } from "../model/result.ts";
import type { Kopecks, Price, Volume } from "../model/units.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { RuleVersion } from "./results.ts";
import { dayText, monthText, tableSuffix } from "./results.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** Where an account stands; `AccountPlace` is one. */
export interface AccountKey {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
}

/** A run whose lines are known at some pin. */
export interface KnownRun {
  readonly run: RunId;
  readonly period: Month;
  readonly rules: readonly RuleVersion[];
}

/** Balance and open debts of one account at the end of a closed period. */
export interface Checkpoint extends AccountKey {
  readonly period: Month;
  /** Positive = the consumer owes. */
  readonly balance: Kopecks;
  /** Charges by origin month, ascending; amounts > 0. */
  readonly debts: readonly DebtOfMonth[];
  /** Penalties by the month they were posted in, ascending; amounts > 0. */
  readonly penalties: readonly DebtOfMonth[];
  /** Court costs by the month of their day, ascending; amounts > 0. */
  readonly costs: readonly DebtOfMonth[];
}

export interface DebtOfMonth {
  readonly origin: Month;
  readonly amount: Kopecks;
}

/** Money that no run makes: opening balances, payments, reversals, manual corrections. */
export interface NewLedgerEntry extends LedgerEntry {
  readonly site: SiteId;
}

/**
 * Runs posted within the pin, in the order of posting.
 *
 * @param pin 257 counters, or null for everything posted until now
 */
export async function knownRuns(
  queryable: Queryable,
  organisation: OrganisationId,
  pin: readonly number[] | null,
): Promise<readonly KnownRun[]> {
  const rows = await queryable.query<{ id: string; period: string; rules: RuleVersion[] }>(
    `select r.id, r.period, r.rules from run_event e join charge_run r on r.id = e.run
     where e.shard = $1 and e.event = 'APPROVED' and r.organisation = $2
       and ($3::bigint is null or e.seq <= $3)
     order by e.seq, r.id`,
    [COMMON_SHARD, organisation, pin === null ? null : (pin[COMMON_SHARD] ?? null)],
  );
  return rows.map(knownRunOf);
}

/** Runs posted after one seq of common and up to another, in the order of posting. */
export async function knownRunsBetween(
  queryable: Queryable,
  organisation: OrganisationId,
  after: Seq,
  upTo: Seq,
): Promise<readonly KnownRun[]> {
  const rows = await queryable.query<{ id: string; period: string; rules: RuleVersion[] }>(
    `select r.id, r.period, r.rules from run_event e join charge_run r on r.id = e.run
     where e.shard = $1 and e.event = 'APPROVED' and r.organisation = $2
       and e.seq > $3 and e.seq <= $4
     order by e.seq, r.id`,
    [COMMON_SHARD, organisation, after, upTo],
  );
  return rows.map(knownRunOf);
}

function knownRunOf({
  id,
  period,
  rules,
}: {
  readonly id: string;
  readonly period: string;
  readonly rules: RuleVersion[];
}): KnownRun {
  return { run: integer(id) as RunId, period: monthOf(day(period)), rules };
}

/** Lines of one account in the given runs, by run and ordinal. */
export async function linesOfAccount(
  queryable: Queryable,
  whose: AccountKey,
  runs: readonly KnownRun[],
): Promise<readonly PostedLine[]> {
  const rows = await queryable.query<LineRow>(
    `select ${LINE_FIELDS} from charge_line
     where run = any ($4::bigint[]) and shard = $1 and site = $2 and account = $3
     order by run, ordinal`,
    [whose.shard, whose.site, whose.account, runs.map(({ run }) => run)],
  );
  return decodeLines(rows, runs);
}

/** Lines of some accounts of one shard in the given runs, by account, in the order of the runs and ordinals. */
export async function linesOfAccounts(
  queryable: Queryable,
  shard: Shard,
  accounts: readonly Pick<AccountKey, "site" | "account">[],
  runs: readonly KnownRun[],
): Promise<readonly PostedLine[]> {
  if (accounts.length === 0 || runs.length === 0) return [];
  const rows = await queryable.query<LineRow>(
    `select ${LINE_FIELDS.replace(/\w+/g, "l.$&")}
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join charge_line l on l.shard = $1 and l.site = w.site and l.account = w.account
     join unnest($4::bigint[]) with ordinality r (run, place) on r.run = l.run
     where l.run = any ($4::bigint[])
     order by l.account, r.place, l.ordinal`,
    [
      shard,
      accounts.map(({ site }) => site),
      accounts.map(({ account }) => account),
      runs.map(({ run }) => run),
    ],
  );
  return decodeLines(rows, runs);
}

/**
 * Lines of the sites of a chunk for given origin months in the given runs: what difference lines subtract. By
 * account, run and ordinal.
 */
export async function linesOfSites(
  queryable: Queryable,
  where: { readonly shard: Shard; readonly firstSite: SiteId; readonly lastSite: SiteId },
  origins: readonly Month[],
  runs: readonly KnownRun[],
): Promise<readonly PostedLine[]> {
  const rows = await queryable.query<LineRow>(
    `select ${LINE_FIELDS} from charge_line
     where run = any ($5::bigint[]) and shard = $1 and site between $2 and $3
       and origin = any ($4::date[])
     order by site, account, run, ordinal`,
    [
      where.shard,
      where.firstSite,
      where.lastSite,
      origins.map(monthText),
      runs.map(({ run }) => run),
    ],
  );
  return decodeLines(rows, runs);
}

/** Lines of a posted run in a range of sites, by account, in the order of sites and accounts. */
export async function linesOfRun(
  queryable: Queryable,
  run: KnownRun,
  where: { readonly shard: Shard; readonly firstSite: SiteId; readonly lastSite: SiteId },
): Promise<
  readonly (Pick<AccountKey, "site" | "account"> & { readonly lines: readonly PostedLine[] })[]
> {
  const rows = await queryable.query<LineRow & { readonly site: string }>(
    `select site, ${LINE_FIELDS} from charge_line
     where run = $1 and shard = $2 and site between $3 and $4
     order by site, account, ordinal`,
    [run.run, where.shard, where.firstSite, where.lastSite],
  );
  const byAccount = new Map<string, (typeof rows)[number][]>();
  for (const row of rows) {
    const own = byAccount.get(row.account);
    if (own === undefined) byAccount.set(row.account, [row]);
    else own.push(row);
  }
  return [...byAccount].map(([account, own]) => ({
    site: integer(own[0]?.site ?? "") as SiteId,
    account: integer(account) as AccountId,
    lines: decodeLines(own, [run]),
  }));
}

/** Penalties that a posted run charged in a range of sites, by account and origin month. */
export async function penaltiesOfRun(
  queryable: Queryable,
  run: RunId,
  where: { readonly shard: Shard; readonly firstSite: SiteId; readonly lastSite: SiteId },
): Promise<readonly (Pick<AccountKey, "site" | "account"> & RunPenalty)[]> {
  const rows = await queryable.query<{
    site: string;
    account: string;
    origin: string | null;
    amount: string;
  }>(
    `select site, account, origin, amount from run_entry
     where run = $1 and shard = $2 and site between $3 and $4 and kind = $5
     order by site, account, ordinal`,
    [run, where.shard, where.firstSite, where.lastSite, ENTRY_KINDS.indexOf("PENALTY")],
  );
  return rows.map(({ site, account, origin, amount }) => ({
    site: integer(site) as SiteId,
    account: integer(account) as AccountId,
    origin: origin === null ? null : monthOf(day(origin)),
    amount: integer(amount) as Kopecks,
  }));
}

/** A penalty that a run charged. */
export interface RunPenalty {
  readonly origin: Month | null;
  readonly amount: Kopecks;
}

/** Lines of one account in a run that is not posted yet, or of all accounts of the site. */
export async function linesOfOpenRun(
  queryable: Queryable,
  run: KnownRun,
  where: { readonly shard: Shard; readonly site: SiteId; readonly account: AccountId | null },
): Promise<readonly PostedLine[]> {
  const rows = await queryable.query<LineRow>(
    `select ${LINE_FIELDS} from charge_line_${tableSuffix(run.run)}
     where shard = $1 and site = $2 and ($3::bigint is null or account = $3)
     order by account, ordinal`,
    [where.shard, where.site, where.account],
  );
  return decodeLines(rows, [run]);
}

interface LineRow {
  readonly run: string;
  readonly account: string;
  readonly ordinal: number;
  readonly kind: number;
  readonly rule: number;
  readonly point: string;
  readonly zone: number;
  readonly range: number;
  readonly origin: string;
  readonly tariff_from: string | null;
  readonly volume: string;
  readonly price: string | null;
  readonly amount: string;
  readonly vat: string | null;
}
const LINE_FIELDS = `run, account, ordinal, kind, rule, point, zone, range, origin, tariff_from,
  volume, price, amount, vat`;

function decodeLines(rows: readonly LineRow[], runs: readonly KnownRun[]): PostedLine[] {
  const byId = new Map(runs.map((run) => [String(run.run), run]));
  return rows.map((row) => {
    const run = byId.get(row.run);
    const rule = run?.rules[row.rule];
    const kind = LINE_KINDS[row.kind];
    const zone = ZONES[row.zone];
    invariant(run && rule && kind && zone, `line ${row.run}/${row.account}/${row.ordinal}`);
    return {
      run: run.run,
      period: run.period,
      account: integer(row.account) as AccountId,
      ordinal: row.ordinal,
      kind,
      rule: rule.rule,
      ruleVersion: rule.version,
      point: integer(row.point),
      zone,
      range: row.range,
      origin: monthOf(day(row.origin)),
      tariffFrom: row.tariff_from === null ? null : day(row.tariff_from),
      volume: integer(row.volume) as Volume,
      price: row.price === null ? null : (integer(row.price) as Price),
      amount: integer(row.amount) as Kopecks,
      vat: row.vat === null ? null : (integer(row.vat) as Kopecks),
    };
  });
}

/**
 * The ledger of one account: what runs posted and what no run makes, in the order of value day, then of posting.
 *
 * @param pin 257 counters, or null for everything until now
 */
export async function entriesOfAccount(
  queryable: Queryable,
  whose: AccountKey,
  runs: readonly KnownRun[],
  pin: readonly number[] | null,
): Promise<readonly LedgerEntry[]> {
  const rows = await queryable.query<EntryRow>(
    `select kind, value_day, period, origin, amount, message, at from (
       select e.kind, e.value_day, r.period, e.origin, e.amount, null::bigint as message,
         null::bigint as at, e.run as posted, e.ordinal::bigint as place
       from run_entry e join charge_run r on r.id = e.run
       where e.run = any ($4::bigint[]) and e.shard = $1 and e.site = $2 and e.account = $3
       union all
       select kind, value_day, period, origin, amount, message, at, seq, at
       from ledger_entry
       where shard = $1 and site = $2 and account = $3 and ($5::bigint is null or seq <= $5)
     ) entries order by value_day, message nulls last, posted, place`,
    [
      whose.shard,
      whose.site,
      whose.account,
      runs.map(({ run }) => run),
      pin === null ? null : (pin[whose.shard] ?? null),
    ],
  );
  return rows.map((row) => decodeEntry(whose.account, row));
}

interface EntryRow {
  readonly kind: number;
  readonly value_day: string;
  readonly period: string;
  readonly origin: string | null;
  readonly amount: string;
  readonly message: string | null;
  readonly at: string | null;
}

function decodeEntry(account: AccountId, row: EntryRow): LedgerEntry {
  const kind = ENTRY_KINDS[row.kind];
  invariant(kind !== undefined, `entry kind ${row.kind} of account ${account}`);
  return {
    account,
    kind,
    valueDay: day(row.value_day),
    period: monthOf(day(row.period)),
    origin: row.origin === null ? null : monthOf(day(row.origin)),
    amount: integer(row.amount) as Kopecks,
    source:
      row.message === null || row.at === null
        ? null
        : { message: integer(row.message) as MessageId, at: integer(row.at) },
  };
}

/**
 * Adds entries that no run makes to one shard, under its seq. Partitions of their value days must exist
 * (`ensurePartitions(database, "ledger_entry", days)`). `source.at` tells entries of one message apart.
 */
export async function addLedgerEntries(
  { transaction, shard, seq }: ShardTransaction,
  organisation: OrganisationId,
  entries: readonly NewLedgerEntry[],
): Promise<void> {
  const rows = new CopyWriter();
  for (const entry of entries) {
    invariant(entry.source !== null, `an entry of account ${entry.account} without its message`);
    rows.integer(shard).integer(entry.site).integer(entry.account).text(dayText(entry.valueDay));
    rows.integer(seq).integer(entry.source.at).integer(organisation);
    rows.integer(ENTRY_KINDS.indexOf(entry.kind)).text(monthText(entry.period));
    rows.text(entry.origin === null ? null : monthText(entry.origin));
    rows.integer(entry.amount).integer(entry.source.message).endRow();
  }
  if (rows.rows === 0) return;
  await transaction.copyIn(
    `copy ledger_entry (shard, site, account, value_day, seq, at, organisation, kind, period,
       origin, amount, message) from stdin`,
    rows.chunks(),
  );
}

/** The last checkpoint of an account before the period; null when no period was closed yet. */
export async function lastCheckpoint(
  queryable: Queryable,
  whose: AccountKey,
  before: Month,
): Promise<Checkpoint | null> {
  const [row] = await queryable.query<{
    period: string;
    balance: string;
    debt_origins: readonly string[];
    debt_amounts: readonly string[];
    penalty_origins: readonly string[];
    penalty_amounts: readonly string[];
    costs_origins: readonly string[];
    costs_amounts: readonly string[];
  }>(
    `select period, balance, debt_origins, debt_amounts, penalty_origins, penalty_amounts,
       costs_origins, costs_amounts
     from checkpoint
     where shard = $1 and site = $2 and account = $3 and period < $4
     order by period desc limit 1`,
    [whose.shard, whose.site, whose.account, monthText(before)],
  );
  if (row === undefined) return null;
  return {
    shard: whose.shard,
    site: whose.site,
    account: whose.account,
    period: monthOf(day(row.period)),
    balance: integer(row.balance) as Kopecks,
    debts: debtsOfMonths(row.debt_origins, row.debt_amounts),
    penalties: debtsOfMonths(row.penalty_origins, row.penalty_amounts),
    costs: debtsOfMonths(row.costs_origins, row.costs_amounts),
  };
}

/** Open debts from the two arrays of a checkpoint. */
export function debtsOfMonths(
  origins: readonly string[],
  amounts: readonly string[],
): readonly DebtOfMonth[] {
  return origins.map((origin, place) => ({
    origin: monthOf(day(origin)),
    amount: integer(amounts[place] ?? "") as Kopecks,
  }));
}

/** Stores checkpoints of one closing. The partition of the period must exist. */
export async function addCheckpoints(
  transaction: Transaction,
  checkpoints: Iterable<Checkpoint>,
): Promise<void> {
  const rows = new CopyWriter();
  for (const { shard, site, account, period, balance, ...open } of checkpoints) {
    rows.integer(shard).integer(site).integer(account).text(monthText(period)).integer(balance);
    for (const debts of [open.debts, open.penalties, open.costs]) {
      rows.plainTexts(debts.map(({ origin }) => monthText(origin)));
      rows.integers(debts.map(({ amount }) => amount));
    }
    rows.endRow();
  }
  if (rows.rows === 0) return;
  await transaction.copyIn(
    `copy checkpoint (shard, site, account, period, balance, debt_origins, debt_amounts,
       penalty_origins, penalty_amounts, costs_origins, costs_amounts) from stdin`,
    rows.chunks(),
  );
}

/** What the account owes by the entries known at the pin; no allocation, the sum alone. */
export async function balanceOf(
  queryable: Queryable,
  whose: AccountKey,
  runs: readonly KnownRun[],
  pin: readonly number[] | null,
): Promise<Kopecks> {
  const entries = await entriesOfAccount(queryable, whose, runs, pin);
  return entries.reduce((sum, entry) => sum + entry.amount, 0) as Kopecks;
}
