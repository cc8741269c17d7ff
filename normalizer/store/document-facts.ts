import type { Day, Month } from "../model/dates.ts";
import { day, endDay, firstDay, formatDay, monthOf } from "../model/dates.ts";
import type { FactBodies } from "../model/fact-bodies.ts";
import type { LedgerEntry } from "../model/facts.ts";
import { ENTRY_KINDS } from "../model/facts.ts";
import type { AccountId, MessageId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
import type { PostedLine } from "../model/lines.ts";
import { invariant } from "../model/result.ts";
import type { Kopecks, Volume } from "../model/units.ts";
import { kopecks } from "../model/units.ts";
import type { Closing } from "./closings.ts";
import { lastClosing } from "./closings.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { Checkpoint, KnownRun } from "./posted.ts";
import { debtsOfMonths, linesOfAccounts } from "./posted.ts";
import { monthText } from "./results.ts";

/** Where an account of a known shard stands. */
export interface AccountSite {
  readonly site: SiteId;
  readonly account: AccountId;
}

/** A household account with what its facts say on one day. */
export interface HouseholdAccount extends AccountSite {
  /** First day after the last version; null = open. */
  readonly to: Day | null;
  readonly body: FactBodies["account"];
  readonly siteBody: FactBodies["site"];
  /** Null = nobody was asked. */
  readonly residents: number | null;
}

/** What a payment document of one account and month is made of, as the store has it. */
export interface DocumentRows extends HouseholdAccount {
  readonly lines: readonly PostedLine[];
  readonly before: Checkpoint | null;
  /** Since the checkpoint, in posting order. */
  readonly entries: readonly LedgerEntry[];
  /** Of the month, less what was taken back. */
  readonly paid: Kopecks;
  readonly lastPaidOn: Day | null;
  readonly meters: readonly DocumentMeterRows[];
}

export interface DocumentMeterRows {
  readonly serial: string;
  readonly zones: FactBodies["meter"]["zones"];
  /** The last state up to the month's first day and the month's own, ascending. */
  readonly readings: readonly { readonly stateAt: Day; readonly values: readonly Volume[] }[];
}

export interface DocumentQuery {
  readonly organisation: OrganisationId;
  readonly shard: Shard;
  readonly month: Month;
  /** All posted runs that are known, in the order of posting. */
  readonly runs: readonly KnownRun[];
  /** Facts and money of the shard are known up to it. */
  readonly seq: Seq;
}

/** Household accounts that have lines in one of the runs, in the order of ids. */
export async function accountsOfRuns(
  queryable: Queryable,
  shard: Shard,
  runs: readonly KnownRun[],
): Promise<readonly AccountSite[]> {
  if (runs.length === 0) return [];
  const rows = await queryable.query<PlaceRow>(
    `select distinct l.site, l.account from charge_line l
     where l.run = any ($1::bigint[]) and l.shard = $2
       and exists (select from fact f where f.shard = l.shard and f.site = l.site
         and f.kind = 'account' and f.subject = l.account::text)
     order by l.account`,
    [runs.map(({ run }) => run), shard],
  );
  return rows.map(placeOf);
}

/**
 * Household accounts whose own facts, residents or site got a version after one seq and up to
 * another, in the order of ids.
 */
export async function changedAccounts(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  seqs: { readonly after: Seq; readonly upTo: Seq },
): Promise<readonly AccountSite[]> {
  const rows = await queryable.query<PlaceRow>(
    `select distinct a.site, a.subject::bigint as account
     from fact n join fact a on a.shard = n.shard and a.site = n.site and a.kind = 'account'
     where n.shard = $1 and n.seq > $3 and n.seq <= $4 and n.organisation = $2
       and (n.kind = 'site' or n.kind in ('account', 'residents') and n.subject = a.subject)
     order by account`,
    [shard, organisation, seqs.after, seqs.upTo],
  );
  return rows.map(placeOf);
}

interface PlaceRow {
  readonly site: string;
  readonly account: string;
}

function placeOf(row: PlaceRow): AccountSite {
  return { site: integer(row.site) as SiteId, account: integer(row.account) as AccountId };
}

/**
 * Facts of household accounts in force on a day, or the last ones before it, as known at the seq;
 * in the order of ids. An account that begins later, or has no site, is left out.
 */
export async function readHouseholdAccounts(
  queryable: Queryable,
  { shard, seq }: Pick<DocumentQuery, "shard" | "seq">,
  places: readonly AccountSite[],
  on: Day,
): Promise<readonly HouseholdAccount[]> {
  const rows = await queryable.query<
    PlaceRow & {
      readonly to: number | null;
      readonly body: FactBodies["account"];
      readonly site_body: FactBodies["site"];
      readonly residents: number | null;
    }
  >(
    `select w.site, w.account, a.valid_to - date '1970-01-01' as "to", a.body,
       s.body as site_body, (r.body->>'count')::integer as residents
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join lateral (
       select f.valid_to, f.body from fact f
       where f.shard = $1 and f.site = w.site and f.kind = 'account'
         and f.subject = w.account::text and f.valid_from <= $5
         and f.seq <= $4 and (f.end_seq = 0 or f.end_seq > $4)
       order by f.valid_from desc limit 1) a on true
     join lateral (
       select f.body from fact f
       where f.shard = $1 and f.site = w.site and f.kind = 'site' and f.valid_from <= $5
         and f.seq <= $4 and (f.end_seq = 0 or f.end_seq > $4)
       order by f.valid_from desc limit 1) s on true
     left join lateral (
       select f.body from fact f
       where f.shard = $1 and f.site = w.site and f.kind = 'residents'
         and f.subject = w.account::text and f.valid_from <= $5
         and (f.valid_to is null or f.valid_to > $5)
         and f.seq <= $4 and (f.end_seq = 0 or f.end_seq > $4)
       order by f.valid_from desc limit 1) r on true
     order by w.account`,
    [shard, ...arraysOf(places), seq, formatDay(on)],
  );
  return rows.map((row) => ({
    ...placeOf(row),
    to: row.to as Day | null,
    body: row.body,
    siteBody: row.site_body,
    residents: row.residents,
  }));
}

/**
 * Everything about the documents of one month for some accounts of one shard, set-wise; an account
 * without a line of the month is left out.
 */
export async function readDocumentRows(
  queryable: Queryable,
  query: DocumentQuery,
  accounts: readonly AccountSite[],
): Promise<readonly DocumentRows[]> {
  if (accounts.length === 0) return [];
  const { shard, month, runs } = query;
  const lastDay = (endDay(month) - 1) as Day;
  const known = await readHouseholdAccounts(queryable, query, accounts, lastDay);
  const ofMonth = runs.filter(({ period }) => period === month);
  const lines = byAccount(await linesOfAccounts(queryable, shard, known, ofMonth));
  const money = await readMoney(queryable, query, known);
  const paid = await readPaid(queryable, query, known);
  const meters = await readMeters(queryable, query, known);
  return known.flatMap((facts): DocumentRows[] => {
    const own = lines.get(facts.account);
    if (own === undefined) return [];
    return [
      {
        ...facts,
        lines: own,
        before: money.checkpoints.get(facts.account) ?? null,
        entries: money.entries.get(facts.account) ?? [],
        paid: paid.get(facts.account)?.sum ?? kopecks(0),
        lastPaidOn: paid.get(facts.account)?.last ?? null,
        meters: meters.get(facts.account) ?? [],
      },
    ];
  });
}

type PlaceArrays = readonly [sites: readonly number[], accounts: readonly number[]];

function arraysOf(places: readonly AccountSite[]): PlaceArrays {
  return [places.map(({ site }) => site), places.map(({ account }) => account)];
}

/**
 * The ledger from the last checkpoint before the month. An entry is in that checkpoint when its
 * closing knew it and it was posted in the closed period or before.
 */
async function readMoney(
  queryable: Queryable,
  query: DocumentQuery,
  places: readonly AccountSite[],
): Promise<{
  readonly checkpoints: ReadonlyMap<AccountId, Checkpoint>;
  readonly entries: ReadonlyMap<AccountId, readonly LedgerEntry[]>;
}> {
  const { organisation, shard, month, runs, seq } = query;
  const closing = await lastClosing(queryable, organisation, (month - 1) as Month);
  const checkpoints = await readCheckpoints(queryable, shard, closing, places);
  // A closing that was killed has not written all its checkpoints: an account without one starts anew.
  const anew = places.filter(({ account }) => !checkpoints.has(account));
  const since = places.filter(({ account }) => checkpoints.has(account));
  const upTo = runs.filter(({ period }) => period <= month);
  const entries = new Map<AccountId, LedgerEntry[]>();
  const add = async (some: readonly AccountSite[], from: Closing | null): Promise<void> => {
    if (some.length === 0) return;
    const known = from === null ? upTo : upTo.filter(({ period }) => period > from.period);
    for (const entry of await readEntries(queryable, { shard, seq, runs: known, from }, some)) {
      const own = entries.get(entry.account);
      if (own === undefined) entries.set(entry.account, [entry]);
      else own.push(entry);
    }
  };
  await add(anew, null);
  await add(since, closing);
  return { checkpoints, entries };
}

async function readCheckpoints(
  queryable: Queryable,
  shard: Shard,
  closing: Closing | null,
  places: readonly AccountSite[],
): Promise<ReadonlyMap<AccountId, Checkpoint>> {
  if (closing === null) return new Map();
  const rows = await queryable.query<{
    site: string;
    account: string;
    balance: string;
    debt_origins: readonly string[];
    debt_amounts: readonly string[];
    penalty_origins: readonly string[];
    penalty_amounts: readonly string[];
    costs_origins: readonly string[];
    costs_amounts: readonly string[];
  }>(
    `select c.site, c.account, c.balance, c.debt_origins, c.debt_amounts, c.penalty_origins,
       c.penalty_amounts, c.costs_origins, c.costs_amounts
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join checkpoint c on c.shard = $1 and c.site = w.site and c.account = w.account
     where c.period = $4`,
    [shard, ...arraysOf(places), monthText(closing.period)],
  );
  return new Map(
    rows.map((row) => {
      const account = integer(row.account) as AccountId;
      const debts = debtsOfMonths(row.debt_origins, row.debt_amounts);
      const penalties = debtsOfMonths(row.penalty_origins, row.penalty_amounts);
      const costs = debtsOfMonths(row.costs_origins, row.costs_amounts);
      const site = integer(row.site) as SiteId;
      const open = { balance: kopecks(integer(row.balance)), debts, penalties, costs };
      return [account, { shard, site, account, period: closing.period, ...open }];
    }),
  );
}

interface EntryQuery {
  readonly shard: Shard;
  readonly seq: Seq;
  readonly runs: readonly KnownRun[];
  readonly from: Closing | null;
}

async function readEntries(
  queryable: Queryable,
  { shard, seq, runs, from }: EntryQuery,
  places: readonly AccountSite[],
): Promise<readonly LedgerEntry[]> {
  const periods = new Map(runs.map(({ run, period }) => [String(run), period]));
  const rows = await queryable.query<{
    account: string;
    kind: number;
    value_day: string;
    period: string | null;
    origin: string | null;
    amount: string;
    run: string | null;
    message: string | null;
    at: string | null;
  }>(
    `select e.account, e.kind, e.value_day, null::date as period, e.origin, e.amount, e.run,
       null::bigint as message, null::bigint as at, e.run as posted, e.ordinal::bigint as place
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join run_entry e on e.shard = $1 and e.site = w.site and e.account = w.account
     where e.run = any ($4::bigint[])
     union all
     select e.account, e.kind, e.value_day, e.period, e.origin, e.amount, null, e.message, e.at,
       e.seq, e.at
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join ledger_entry e on e.shard = $1 and e.site = w.site and e.account = w.account
     where e.seq <= $5 and not (e.seq <= $6 and e.period <= $7::date)
     order by account, message nulls first, posted, place`,
    [
      shard,
      ...arraysOf(places),
      runs.map(({ run }) => run),
      seq,
      from?.pin[shard] ?? 0,
      from === null ? null : monthText(from.period),
    ],
  );
  return rows.map((row) => {
    const kind = ENTRY_KINDS[row.kind];
    const period = row.period === null ? periods.get(row.run ?? "") : monthOf(day(row.period));
    invariant(kind !== undefined && period !== undefined, `entry of account ${row.account}`);
    return {
      account: integer(row.account) as AccountId,
      kind,
      valueDay: day(row.value_day),
      period,
      origin: row.origin === null ? null : monthOf(day(row.origin)),
      amount: kopecks(integer(row.amount)),
      source:
        row.message === null || row.at === null
          ? null
          : { message: integer(row.message) as MessageId, at: integer(row.at) },
    };
  });
}

/** Money by the day on which the payer gave it. */
async function readPaid(
  queryable: Queryable,
  { shard, month, seq }: DocumentQuery,
  places: readonly AccountSite[],
): Promise<ReadonlyMap<AccountId, { readonly sum: Kopecks; readonly last: Day | null }>> {
  const rows = await queryable.query<{ account: string; sum: string; last: string | null }>(
    `select e.account, -coalesce(sum(e.amount) filter (where e.value_day >= $4), 0) as sum,
       max(e.value_day) filter (where e.kind = $7) as last
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join ledger_entry e on e.shard = $1 and e.site = w.site and e.account = w.account
     where e.value_day < $5 and e.seq <= $6 and e.kind in ($7, $8, $9)
     group by e.account`,
    [
      shard,
      ...arraysOf(places),
      formatDay(firstDay(month)),
      formatDay(endDay(month)),
      seq,
      ENTRY_KINDS.indexOf("PAYMENT"),
      ENTRY_KINDS.indexOf("REVERSAL"),
      ENTRY_KINDS.indexOf("REFUND"),
    ],
  );
  return new Map(
    rows.map((row) => [
      integer(row.account) as AccountId,
      { sum: kopecks(integer(row.sum)), last: row.last === null ? null : day(row.last) },
    ]),
  );
}

/** Meters installed within the month and their states, in the order of installation. */
async function readMeters(
  queryable: Queryable,
  { shard, month, seq }: DocumentQuery,
  places: readonly AccountSite[],
): Promise<ReadonlyMap<AccountId, readonly DocumentMeterRows[]>> {
  const rows = await queryable.query<{
    account: string;
    meter: string;
    serial: string;
    zones: FactBodies["meter"]["zones"];
    state_at: string | null;
    values: readonly string[] | null;
  }>(
    `select w.account, m.subject as meter, m.body->>'serial' as serial, m.body->'zones' as zones,
       r.state_at, r.values
     from unnest($2::bigint[], $3::bigint[]) w (site, account)
     join fact m on m.shard = $1 and m.site = w.site and m.kind = 'meter'
       and (m.body->>'account')::bigint = w.account
       and m.valid_from < $5 and (m.valid_to is null or m.valid_to > $4)
       and m.seq <= $6 and (m.end_seq = 0 or m.end_seq > $6)
     left join lateral (
       select s.state_at, s.values from reading s
       where s.shard = $1 and s.site = w.site and s.meter = m.subject::bigint
         and s.state_at > $4 and s.state_at <= $5
         and s.seq <= $6 and (s.end_seq = 0 or s.end_seq > $6)
       union all
       (select s.state_at, s.values from reading s
       where s.shard = $1 and s.site = w.site and s.meter = m.subject::bigint and s.state_at <= $4
         and s.seq <= $6 and (s.end_seq = 0 or s.end_seq > $6)
       order by s.state_at desc limit 1)) r on true
     order by w.account, m.valid_from, m.subject, r.state_at`,
    [shard, ...arraysOf(places), formatDay(firstDay(month)), formatDay(endDay(month)), seq],
  );
  const meters = new Map<AccountId, Map<string, DocumentMeterRows & { readings: Reading[] }>>();
  for (const row of rows) {
    const account = integer(row.account) as AccountId;
    const own =
      meters.get(account) ?? new Map<string, DocumentMeterRows & { readings: Reading[] }>();
    meters.set(account, own);
    const meter = own.get(row.meter) ?? { serial: row.serial, zones: row.zones, readings: [] };
    own.set(row.meter, meter);
    if (row.state_at === null || row.values === null) continue;
    const stateAt = day(row.state_at);
    // A meter whose facts were corrected within the month stands in two versions.
    if (meter.readings.some((reading) => reading.stateAt === stateAt)) continue;
    meter.readings.push({ stateAt, values: row.values.map((value) => integer(value) as Volume) });
  }
  return new Map([...meters].map(([account, own]) => [account, [...own.values()]]));
}

type Reading = DocumentMeterRows["readings"][number];

function byAccount(lines: readonly PostedLine[]): ReadonlyMap<AccountId, readonly PostedLine[]> {
  const groups = new Map<AccountId, PostedLine[]>();
  for (const line of lines) {
    const own = groups.get(line.account);
    if (own === undefined) groups.set(line.account, [line]);
    else own.push(line);
  }
  return groups;
}
