import type { Day, Month } from "../../model/dates.ts";
import { addMonths, endDay, firstDay } from "../../model/dates.ts";
import type { AccountId, SiteId } from "../../model/ids.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, PostedRun, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import { readSubjects } from "./fact-rows.ts";
import type { AccountRows, HouseholdRows, MeterRows } from "./household-rows.ts";
import {
  addLastBefore,
  addReadings,
  addReadingsOf,
  readHouseholds,
  readLateMeters,
} from "./household-rows.ts";
import type { PostedState } from "./late.ts";
import {
  monthsOfFacts,
  monthsOfLaw,
  monthsOfReadings,
  NOTHING_POSTED,
  postedState,
} from "./late.ts";
import { readLastRuns, readLinesOf } from "./posted-lines.ts";
import { overlapsMonth, readingMonth } from "./timeline.ts";

/**
 * Months before the period that a run looks at: for the mean, for missed periods and for late
 * facts.
 */
export const LOOK_BACK_MONTHS = 13;

/** What is known of one account beyond its rows. */
export interface AccountPast {
  readonly posted: PostedState;
  readonly late: readonly Month[];
  /** False where the months before were not needed and so not read. */
  readonly looksBack: boolean;
}

export interface Households extends HouseholdRows {
  /** Accounts that a posted run has billed for the period have none. */
  readonly pasts: ReadonlyMap<AccountId, AccountPast>;
}

/**
 * Rows of the households of a range. Most accounts were read last month and this month by one meter
 * and nothing of them is late: for these the two states are all that is read. Only the others look
 * back, for the mean, for a reading after estimated months, and for closed months that late facts
 * touch.
 */
export async function readHouseholdsOf(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): Promise<Households> {
  const { period, organisation } = context;
  const seq = pinOf(context.pin, range.shard);
  const rows = await readHouseholds(transaction, range, organisation, seq, endDay(period));
  const near = { from: nearDay(period), to: endDay(period) };
  await addReadings(transaction, range, rows.meters, near, seq);
  const newest = context.posted.at(-1)?.period ?? null;
  const lastRuns = await readLastRuns(
    transaction,
    context.posted.filter((run) => run.period === newest),
    range,
  );
  const lateMeters = await readLate(transaction, context, range, [...lastRuns.values()]);
  const pasts = new Map<AccountId, AccountPast>();
  const backward: AccountRows[] = [];
  for (const account of rows.accounts.values()) {
    const lastRun = lastRuns.get(account.account) ?? null;
    if (lastRun?.period === period) continue;
    const isLate = [...account.meters.keys()].some((meter) => lateMeters.has(meter));
    if (isLate || !isSettled(context, range, account, lastRun)) backward.push(account);
    else pasts.set(account.account, { posted: NOTHING_POSTED, late: [], looksBack: false });
  }
  await lookBack(transaction, context, range, backward, pasts);
  return { ...rows, pasts };
}

/** First day on which a state may stand that was accepted for the month before the period. */
function nearDay(period: Month): Day {
  return (firstDay(addMonths(period, -1)) + 1) as Day;
}

async function readLate(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  lastRuns: readonly PostedRun[],
) {
  if (lastRuns.length === 0) return new Set();
  const seen = Math.min(...lastRuns.map(({ pin }) => pinOf(pin, range.shard)));
  const days = { from: lookBackDay(context.period), before: nearDay(context.period) };
  const known = pinOf(context.pin, range.shard);
  return readLateMeters(transaction, range, days, { seen, known });
}

function lookBackDay(period: Month): Day {
  return firstDay(addMonths(period, -LOOK_BACK_MONTHS));
}

/**
 * One meter all the time, read last month and this month, and nothing that the last run has not
 * seen of it.
 */
function isSettled(
  context: AssemblyContext,
  range: SiteRange,
  account: AccountRows,
  lastRun: PostedRun | null,
): boolean {
  if (context.posted.length > 0 && lastRun === null) return false;
  const [meter, another] = account.meters.values();
  if (meter === undefined || another !== undefined || !isAllTheTime(context, meter)) return false;
  const [version] = account.versions;
  if (version === undefined || account.versions.length > 1) return false;
  if (!coversNear(context, version)) return false;
  const [first] = meter.readings;
  const last = meter.readings.at(-1);
  if (first === undefined || last === undefined) return false;
  if (readingMonth(first.stateAt) !== context.period - 1) return false;
  if (readingMonth(last.stateAt) !== context.period) return false;
  return lastRun === null || isSeen(context, range, account, meter, lastRun);
}

function isAllTheTime(context: AssemblyContext, { versions }: MeterRows): boolean {
  const [version] = versions;
  return version !== undefined && versions.length === 1 && coversNear(context, version);
}

function coversNear(
  { period }: AssemblyContext,
  { from, to }: { readonly from: Day; readonly to: Day | null },
): boolean {
  return from <= firstDay(addMonths(period, -1)) && (to === null || to >= endDay(period));
}

function isSeen(
  context: AssemblyContext,
  range: SiteRange,
  { versions, residents }: AccountRows,
  meter: MeterRows,
  lastRun: PostedRun,
): boolean {
  const seen = pinOf(lastRun.pin, range.shard);
  if ([...versions, ...residents, ...meter.versions].some(({ seq }) => seq > seen)) return false;
  for (const { seq, stateAt } of meter.readings) {
    if (seq > seen && readingMonth(stateAt) < context.period) return false;
  }
  const changes = context.lawChanges.get(lastRun.run);
  return changes === undefined || monthsOfLaw(changes, versions).length === 0;
}

async function lookBack(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: readonly AccountRows[],
  pasts: Map<AccountId, AccountPast>,
): Promise<void> {
  const meters = accounts.flatMap(({ site, meters: of }) =>
    [...of.values()].map((rows) => ({ site, rows })),
  );
  await addOlderReadings(transaction, context, range, meters);
  const first = addMonths(context.period, -LOOK_BACK_MONTHS);
  const lines = await readLinesOf(transaction, context, range, accounts, first);
  for (const rows of accounts) {
    const own = lines.get(rows.account) ?? [];
    if (own.some((line) => line.period === context.period)) continue;
    const posted = postedState(own, context.posted, context.period);
    const late = await lateMonths(transaction, context, range, rows, posted);
    pasts.set(rows.account, { posted, late, looksBack: true });
  }
}

async function addOlderReadings(
  transaction: Transaction,
  { period, pin }: AssemblyContext,
  range: SiteRange,
  meters: readonly { readonly site: SiteId; readonly rows: MeterRows }[],
): Promise<void> {
  const seq = pinOf(pin, range.shard);
  const from = lookBackDay(period);
  const older = { from, to: (nearDay(period) - 1) as Day };
  await addReadingsOf(transaction, range, meters, older, seq);
  const silent = meters.filter(
    ({ rows: { readings, versions } }) =>
      readings.length === 0 && versions.some((version) => version.from < from),
  );
  await addLastBefore(transaction, range, silent, from, seq);
}

/** Closed months to compute again, ascending. */
async function lateMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: AccountRows,
  posted: PostedState,
): Promise<readonly Month[]> {
  if (context.posted.length === 0) return [];
  const months = new Set<Month>();
  for (const { period } of context.posted) {
    // Parked when its month was billed: it is billed now, as a difference from nothing.
    if (period >= context.period || posted.billed.has(period)) continue;
    if (rows.versions.some((version) => overlapsMonth(version, period))) months.add(period);
  }
  if (posted.lastRun !== null) {
    const seen = pinOf(posted.lastRun.pin, range.shard);
    const changes = context.lawChanges.get(posted.lastRun.run) ?? [];
    const changed = [
      ...(await changedMonths(transaction, context, range, rows, seen)),
      ...monthsOfLaw(changes, rows.versions),
    ];
    for (const month of changed) if (posted.billed.has(month)) months.add(month);
  }
  const first = addMonths(context.period, -LOOK_BACK_MONTHS);
  return [...months].filter((month) => month >= first).sort((a, b) => a - b);
}

async function changedMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: AccountRows,
  seen: number,
): Promise<readonly Month[]> {
  const months: Month[] = [];
  const fresh: { readonly kind: string; readonly subject: string }[] = [];
  const isNew = ({ seq }: { readonly seq: number }) => seq > seen;
  const subject = String(rows.account);
  if (rows.versions.some(isNew)) fresh.push({ kind: "account", subject });
  if (rows.residents.some(isNew)) fresh.push({ kind: "residents", subject });
  for (const { meter, versions, readings } of rows.meters.values()) {
    if (versions.some(isNew)) fresh.push({ kind: "meter", subject: String(meter) });
    months.push(...monthsOfReadings(readings, seen, context.period));
  }
  if (fresh.length === 0) return months;
  const known = pinOf(context.pin, range.shard);
  const before = await readSubjects(transaction, range, fresh, seen);
  const after = await readSubjects(transaction, range, fresh, known);
  return [...months, ...monthsOfFacts(before, after, context.period)];
}
