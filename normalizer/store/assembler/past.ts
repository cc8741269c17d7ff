import type { Day, Month } from "../../model/dates.ts";
import { addMonths, endDay, firstDay } from "../../model/dates.ts";
import type { AccountId, MeterId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import { invariant } from "../../model/result.ts";
import type { Transaction } from "../database.ts";
import { versionsChanged } from "./changes.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import type { AccountRows, MeterRows } from "./household-rows.ts";
import type { PostedState } from "./late.ts";
import { monthsOfLaw, monthsOfReadings, postedState } from "./late.ts";
import { readLinesOf } from "./posted-lines.ts";
import { addLastBefore, addReadingsOf } from "./reading-rows.ts";
import { overlapsMonth, readingMonth } from "./timeline.ts";

/**
 * Months before the period that a run looks at: for the mean, for missed periods and for late
 * facts.
 */
export const LOOK_BACK_MONTHS = 13;
/** Исковая давность (ГК 196), where the organisation has not set `recalc.maxMonths`. */
const RECALCULATION_MONTHS = "36";

/**
 * Closed months before the period that a late fact may reach: the organisation's `recalc.maxMonths` of
 * the period's last day.
 *
 * @throws InvariantError when it is no whole number from 1 to 999
 */
export function recalculationMonths({
  law,
  period,
}: {
  readonly law: Pick<AssemblyContext["law"], "switches">;
  readonly period: Month;
}): number {
  const last = (endDay(period) - 1) as Day;
  const set = law.switches.find(
    ({ scope, name, from, to }) =>
      scope === "organisation" &&
      name === "recalc.maxMonths" &&
      from <= last &&
      (to === null || last < to),
  );
  const text = set?.value ?? RECALCULATION_MONTHS;
  invariant(/^[1-9]\d{0,2}$/.test(text), `switch recalc.maxMonths: ${text}`);
  return Number(text);
}

/** What is known of one account beyond its rows. */
export interface AccountPast {
  readonly posted: PostedState;
  readonly late: readonly Month[];
  /** First month that was looked at; null where the months before were not needed and so not read. */
  readonly lookedBackTo: Month | null;
  /** False where a posted run has billed the account for the period. */
  readonly isToBill: boolean;
}

/** First day on which a state may stand that was accepted for the month before the period. */
export function nearDay(period: Month): Day {
  return (firstDay(addMonths(period, -1)) + 1) as Day;
}

/**
 * The past of some accounts: the last 13 months; where a late fact reaches further back, as far as a recalculation may
 * go and as its mean needs. One query of each kind for all of them.
 */
export async function lookBack(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: readonly AccountRows[],
  lateMeters: ReadonlyMap<MeterId, Day>,
): Promise<ReadonlyMap<AccountId, AccountPast>> {
  const pasts = new Map<AccountId, AccountPast>();
  if (accounts.length === 0) return pasts;
  const near = addMonths(context.period, -LOOK_BACK_MONTHS);
  const found = await pastsFrom(transaction, context, range, accounts, near);
  const far = accounts.filter((rows) => {
    const past = found.get(rows.account);
    return past !== undefined && reachesBefore(near, context, rows, past, lateMeters);
  });
  const limit = addMonths(context.period, -recalculationMonths(context));
  const from = addMonths(limit, -LOOK_BACK_MONTHS);
  const further = await pastsFrom(transaction, context, range, far, from);
  for (const rows of accounts) {
    const own = further.get(rows.account) ?? found.get(rows.account);
    if (own === undefined) continue;
    const first = further.has(rows.account) ? limit : near;
    const late = own.isToBill ? lateMonths(context, range, rows, own, first) : [];
    const lookedBackTo = further.has(rows.account) ? from : near;
    pasts.set(rows.account, { posted: own.posted, late, lookedBackTo, isToBill: own.isToBill });
  }
  return pasts;
}

interface Found {
  readonly posted: PostedState;
  readonly isToBill: boolean;
  /** Months on which facts say something else than the last run knew, billed or not. */
  readonly changed: readonly Month[];
}

async function pastsFrom(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: readonly AccountRows[],
  from: Month,
): Promise<ReadonlyMap<AccountId, Found>> {
  if (accounts.length === 0) return new Map();
  const meters = accounts.flatMap((rows) => metersOf(rows));
  await addOlderReadings(transaction, context, range, meters, from);
  const lines = await readLinesOf(transaction, context, range, accounts, from);
  const states = new Map(
    accounts.map((rows) => [rows.account, stateOf(context, lines.get(rows.account) ?? [])]),
  );
  const changed = await versionsChanged(
    transaction,
    context,
    range,
    accounts.flatMap((rows) => {
      const lastRun = states.get(rows.account)?.posted.lastRun ?? null;
      return lastRun === null ? [] : [{ rows, seen: pinOf(lastRun.pin, range.shard) }];
    }),
  );
  return new Map(
    [...states].map(([account, state]) => [
      account,
      { ...state, changed: changed.get(account) ?? [] },
    ]),
  );
}

function stateOf({ posted, period }: AssemblyContext, own: readonly PostedLine[]) {
  const before = own.filter((line) => line.period !== period);
  const isToBill = before.length === own.length;
  return { posted: postedState(before, posted, period), isToBill };
}

/** Its own meters and those that it shares. */
function metersOf({ meters, premises }: AccountRows): readonly MeterRows[] {
  if (premises.length === 0) return [...meters.values()];
  return [...meters.values(), ...premises.flatMap((one) => one.meters.map(({ rows }) => rows))];
}

function reachesBefore(
  near: Month,
  { posted }: AssemblyContext,
  rows: AccountRows,
  past: Found,
  lateMeters: ReadonlyMap<MeterId, Day>,
): boolean {
  if (past.changed.some((month) => month < near)) return true;
  for (const { meter } of metersOf(rows)) {
    const day = lateMeters.get(meter);
    if (day !== undefined && readingMonth(day) < near) return true;
  }
  // Nothing billed in all these months: parked for longer than that.
  return (
    past.posted.lines.length === 0 &&
    posted.some((run) => run.period < near) &&
    rows.versions.some(({ from }) => from < firstDay(near))
  );
}

/** Readings from `from` up to the month before the period, and the last state before for a silent meter. */
export async function addOlderReadings(
  transaction: Transaction,
  { period, pin }: AssemblyContext,
  range: SiteRange,
  meters: readonly MeterRows[],
  from: Month,
): Promise<void> {
  const seq = pinOf(pin, range.shard);
  const older = { from: firstDay(from), to: (nearDay(period) - 1) as Day };
  await addReadingsOf(transaction, range, meters, older, seq);
  const silent = meters.filter(
    ({ readings, versions }) =>
      readings.length === 0 && versions.some((version) => version.from < older.from),
  );
  await addLastBefore(transaction, range, silent, older.from, seq);
}

/** Closed months to compute again, ascending. */
function lateMonths(
  context: AssemblyContext,
  range: SiteRange,
  rows: AccountRows,
  { posted, changed }: Found,
  first: Month,
): readonly Month[] {
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
    const touched = [
      ...changed,
      ...changed.map((month) => addMonths(month, 1)).filter((month) => isMeasured(posted, month)),
      ...metersOf(rows).flatMap(({ readings }) => monthsOfReadings(readings, seen, context.period)),
      ...monthsOfLaw(changes, rows.versions, rows.circumstances),
    ];
    for (const month of touched) if (posted.billed.has(month)) months.add(month);
  }
  return [...months].filter((month) => month >= first).sort((a, b) => a - b);
}

/** Measured days begin with the last reading of the month before: what changed after it bears on them. */
function isMeasured({ lines }: PostedState, month: Month): boolean {
  return lines.some(({ origin, kind }) => origin === month && kind === "METER");
}
