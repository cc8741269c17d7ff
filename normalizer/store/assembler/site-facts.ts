import type { Day, DayRange, Month } from "../../model/dates.ts";
import { addMonths, endDay, firstDay } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type {
  AccountFacts,
  Dated,
  MeterFacts,
  MeterReading,
  PointFacts,
  SiteFacts,
} from "../../model/facts.ts";
import type { AccountId, AccountNumber, MeterId, SiteId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import type { FactRow, ReadingRow } from "./fact-rows.ts";
import {
  accountOf,
  readFactRows,
  readLastBefore,
  readReadingRows,
  readSubjects,
} from "./fact-rows.ts";
import { historyOf } from "./history.ts";
import type { PostedState } from "./late.ts";
import { monthsOfFacts, monthsOfLaw, monthsOfReadings, postedState } from "./late.ts";
import { switchesOf } from "./law.ts";
import { readPostedLines } from "./posted-lines.ts";
import { overlapsMonth } from "./timeline.ts";

/** Months before the period that a run looks at: for the mean, for missed periods and for late facts. */
export const LOOK_BACK_MONTHS = 13;

/** Rows of one account, before they take the shape of the rules. */
interface AccountRows {
  readonly account: AccountId;
  readonly site: SiteId;
  readonly facts: FactRow<"account">[];
  readonly residents: FactRow<"residents">[];
  readonly meters: Map<MeterId, MeterRows>;
}

interface MeterRows {
  readonly facts: FactRow<"meter">[];
  readonly readings: ReadingRow[];
}

/**
 * The one assembler of households: facts of every site of the range for the period of the context, as known at its
 * pin. A bill, a mass run, a child run and an explanation all read through it.
 *
 * Accounts that a posted run has billed for the period are left out: after posting only difference lines of a later
 * period correct them.
 *
 * @returns sites by id, their accounts by id; a site without an account to bill is absent
 */
export async function assembleSites(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): Promise<readonly SiteFacts[]> {
  const seq = pinOf(context.pin, range.shard);
  const facts = await readFactRows(transaction, range, context.organisation, "households", seq);
  const accounts = accountsOf(facts);
  await addReadings(transaction, context, range, accounts);
  const posted = await readPostedLines(transaction, context, range, firstMonthOf(context));
  const states = new Map<AccountId, PostedState>();
  for (const account of accounts.keys()) {
    states.set(account, postedState(posted.get(account) ?? [], context.posted, context.period));
  }
  const late = await lateMonths(transaction, context, range, accounts, states);
  return sitesOf(context, range, facts, accounts, states, late);
}

function firstMonthOf(context: AssemblyContext): Month {
  return addMonths(context.period, -LOOK_BACK_MONTHS);
}

function accountsOf(facts: readonly FactRow[]): Map<AccountId, AccountRows> {
  const accounts = new Map<AccountId, AccountRows>();
  for (const fact of facts) {
    if (fact.kind === "site") continue;
    const account = accountOf(fact);
    let rows = accounts.get(account);
    if (rows === undefined) {
      rows = { account, site: fact.site, facts: [], residents: [], meters: new Map() };
      accounts.set(account, rows);
    }
    if (fact.kind === "account") rows.facts.push(fact as FactRow<"account">);
    else if (fact.kind === "residents") rows.residents.push(fact as FactRow<"residents">);
    else addMeter(rows, fact as FactRow<"meter">);
  }
  // A meter without its account waits for it: nothing can be billed.
  for (const [account, rows] of accounts) if (rows.facts.length === 0) accounts.delete(account);
  return accounts;
}

function addMeter(rows: AccountRows, fact: FactRow<"meter">): void {
  const meter = Number(fact.subject) as MeterId;
  const known = rows.meters.get(meter);
  if (known === undefined) rows.meters.set(meter, { facts: [fact], readings: [] });
  else known.facts.push(fact);
}

async function addReadings(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: ReadonlyMap<AccountId, AccountRows>,
): Promise<void> {
  const meters = new Map<MeterId, MeterRows>();
  for (const rows of accounts.values()) {
    for (const [meter, meterRows] of rows.meters) meters.set(meter, meterRows);
  }
  const seq = pinOf(context.pin, range.shard);
  const from = firstDay(firstMonthOf(context));
  const to = endDay(context.period);
  for (const row of await readReadingRows(transaction, range, from, to, seq)) {
    meters.get(row.meter)?.readings.push(row);
  }
  const silent = [...meters]
    .filter(([, { facts, readings }]) => readings.length === 0 && facts.some((f) => f.from < from))
    .map(([meter]) => meter);
  for (const row of await readLastBefore(transaction, range, silent, from, seq)) {
    meters.get(row.meter)?.readings.push(row);
  }
  for (const { readings } of meters.values()) readings.sort((a, b) => a.stateAt - b.stateAt);
}

/** Closed months to compute again, by account. Costs nothing where nothing is new. */
async function lateMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: ReadonlyMap<AccountId, AccountRows>,
  states: ReadonlyMap<AccountId, PostedState>,
): Promise<ReadonlyMap<AccountId, readonly Month[]>> {
  const late = new Map<AccountId, readonly Month[]>();
  if (context.posted.length === 0) return late;
  const first = firstMonthOf(context);
  const periods = context.posted.map(({ period }) => period);
  for (const rows of accounts.values()) {
    const state = states.get(rows.account);
    const months = new Set<Month>();
    for (const period of periods) {
      // Parked when its month was billed: it is billed now, as a difference from nothing.
      const missing = state?.billed.has(period) !== true && period < context.period;
      if (missing && rows.facts.some((fact) => overlapsMonth(fact, period))) months.add(period);
    }
    if (state !== undefined && state.lastRun !== null) {
      const seen = pinOf(state.lastRun.pin, range.shard);
      for (const month of await changedMonths(transaction, context, range, rows, seen)) {
        if (state.billed.has(month)) months.add(month);
      }
      const changes = context.lawChanges.get(state.lastRun.run) ?? [];
      for (const month of monthsOfLaw(changes, rows.facts)) {
        if (state.billed.has(month)) months.add(month);
      }
    }
    const sorted = [...months].filter((month) => month >= first).sort((a, b) => a - b);
    if (sorted.length > 0) late.set(rows.account, sorted);
  }
  return late;
}

async function changedMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: AccountRows,
  seenSeq: number,
): Promise<readonly Month[]> {
  const months: Month[] = [];
  const current: FactRow[] = [...rows.facts, ...rows.residents];
  for (const { facts, readings } of rows.meters.values()) {
    current.push(...facts);
    months.push(...monthsOfReadings(readings, seenSeq, context.period));
  }
  const fresh = current.filter(({ seq }) => seq > seenSeq);
  if (fresh.length === 0) return months;
  const before = await readSubjects(transaction, range, fresh, seenSeq);
  const after = current.filter((fact) =>
    fresh.some(({ kind, subject }) => kind === fact.kind && subject === fact.subject),
  );
  return [...months, ...monthsOfFacts(before, after, context.period)];
}

function sitesOf(
  context: AssemblyContext,
  range: SiteRange,
  facts: readonly FactRow[],
  accounts: ReadonlyMap<AccountId, AccountRows>,
  states: ReadonlyMap<AccountId, PostedState>,
  late: ReadonlyMap<AccountId, readonly Month[]>,
): readonly SiteFacts[] {
  const bodies = new Map<SiteId, FactBodies["site"]>();
  for (const fact of facts) {
    const inForce = fact.from < endDay(context.period);
    if (fact.kind === "site" && inForce) bodies.set(fact.site, fact.body as FactBodies["site"]);
  }
  const bySite = new Map<SiteId, AccountFacts[]>();
  const sorted = [...accounts.values()].sort((a, b) => a.account - b.account);
  for (const rows of sorted) {
    const state = states.get(rows.account) ?? { lines: [], lastRun: null, billed: new Set() };
    const months = late.get(rows.account) ?? [];
    if (!isToBill(context.period, rows, state, months)) continue;
    const inSite = bySite.get(rows.site);
    const account = accountFacts(context, rows, state, months);
    if (inSite === undefined) bySite.set(rows.site, [account]);
    else inSite.push(account);
  }
  const sites: SiteFacts[] = [];
  for (const [site, inSite] of [...bySite].sort(([a], [b]) => a - b)) {
    const body = bodies.get(site);
    if (body === undefined || body.kind === "BUSINESS") continue;
    sites.push({
      site,
      shard: range.shard,
      siteKind: body.kind,
      address: body.address,
      period: context.period,
      accounts: inSite,
      law: context.law.households,
      switches: switchesOf(context.law.switches, { district: body.district, site }, context.period),
    });
  }
  return sites;
}

function isToBill(
  period: Month,
  rows: AccountRows,
  state: PostedState,
  late: readonly Month[],
): boolean {
  if (state.lines.some((line) => line.period === period)) return false;
  return late.length > 0 || rows.facts.some((fact) => overlapsMonth(fact, period));
}

function accountFacts(
  context: AssemblyContext,
  rows: AccountRows,
  state: PostedState,
  late: readonly Month[],
): AccountFacts {
  const points = pointsOf(rows.meters);
  const { period } = context;
  const history = historyOf(points, state.lines, firstMonthOf(context), period);
  return {
    account: rows.account,
    number: (rows.facts.at(-1)?.body.number ?? "") as AccountNumber,
    served: servedOf(rows.facts),
    category: rows.facts.map((fact) => dated(fact, fact.body.category)),
    norm: rows.facts.flatMap((fact) =>
      fact.body.norm === null ? [] : [dated(fact, fact.body.norm)],
    ),
    residents: rows.residents.map((fact) => dated(fact, fact.body.count)),
    points,
    history: history.months,
    missedPeriods: history.missedPeriods,
    posted: postedThatMayChange(state.lines, late, period),
    late,
  };
}

function dated<Value>(fact: FactRow, value: Value): Dated<Value> {
  return { from: fact.from, to: fact.to, value, origin: fact.origin };
}

function servedOf(facts: readonly DayRange[]): DayRange {
  let from = Number.POSITIVE_INFINITY;
  let to: Day | null = 0 as Day;
  for (const fact of facts) {
    from = Math.min(from, fact.from);
    to = fact.to === null || to === null ? null : (Math.max(to, fact.to) as Day);
  }
  return { from: from as Day, to };
}

function pointsOf(meters: ReadonlyMap<MeterId, MeterRows>): readonly PointFacts[] {
  const points = new Map<number, MeterFacts[]>();
  for (const [meter, { facts, readings }] of meters) {
    const newest = facts.at(-1);
    if (newest === undefined) continue;
    const inPoint = points.get(newest.body.point) ?? [];
    points.set(newest.body.point, inPoint);
    inPoint.push({
      meter,
      serial: newest.body.serial,
      installed: servedOf(facts),
      zones: newest.body.zones,
      digits: newest.body.digits,
      ratio: newest.body.ratio,
      readings: readings.map(readingOf),
      origin: newest.origin,
    });
  }
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([point, inPoint]) => ({
      point,
      meters: inPoint.sort((a, b) => a.installed.from - b.installed.from),
    }));
}

function readingOf({ stateAt, values, source, origin }: ReadingRow): MeterReading {
  return { stateAt, values, source, origin };
}

/** Lines of late months, and of the estimated months directly before one of them or before the period. */
function postedThatMayChange(
  lines: readonly PostedLine[],
  late: readonly Month[],
  period: Month,
): readonly PostedLine[] {
  if (lines.length === 0) return lines;
  const read = new Set<Month>();
  const billed = new Set<Month>();
  for (const { kind, origin } of lines) {
    billed.add(origin);
    if (kind === "METER" || kind === "METER_DELTA") read.add(origin);
  }
  const months = new Set<Month>(late);
  for (const edge of [...late, period]) {
    let month = addMonths(edge, -1);
    for (; billed.has(month) && !read.has(month); month = addMonths(month, -1)) months.add(month);
  }
  return lines.filter(({ origin }) => months.has(origin));
}
