import type { Day } from "../../model/dates.ts";
import { addMonths, endDay, firstDay } from "../../model/dates.ts";
import type { FactKind } from "../../model/fact-bodies.ts";
import type { AccountId, MeterId, SiteId } from "../../model/ids.ts";
import { CopyReader } from "../copy.ts";
import type { Transaction } from "../database.ts";
import { isSiteInScope } from "../run-scope.ts";
import type { AssemblyContext, PostedRun, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import { readEnded, readHouseholds } from "./household-query.ts";
import { HouseholdReader } from "./household-reader.ts";
import type {
  AccountRows,
  HouseholdRows,
  KeptReadings,
  KnownSpan,
  MeterRows,
  PremisesRows,
} from "./household-rows.ts";
import type { KeptSite } from "./kept-sites.ts";
import { bySite, readKeptSites } from "./kept-sites.ts";
import { monthsOfLaw, NOTHING_POSTED } from "./late.ts";
import type { AccountPast } from "./past.ts";
import {
  addOlderReadings,
  LOOK_BACK_MONTHS,
  lookBack,
  nearDay,
  recalculationMonths,
} from "./past.ts";
import { readLastRuns } from "./posted-lines.ts";
import type { StateDays } from "./reading-rows.ts";
import { addReadings, readLateMeters, takeReadings } from "./reading-rows.ts";
import { readingMonth } from "./timeline.ts";
import { addWaiting } from "./waiting-rows.ts";

export interface Households extends HouseholdRows {
  /** Accounts that a posted run has billed for the period have one only in a house, for their neighbours' sake. */
  readonly pasts: ReadonlyMap<AccountId, AccountPast>;
}

/**
 * Rows of the households of a range, some sites at a time, so that what is made of them is gone
 * before the next ones are read. Most accounts were read last month and this month by one meter
 * and nothing of them is late: for these the two states are all that is read. Only the others look
 * back, for the mean, for a reading after estimated months, and for closed months that late facts
 * touch.
 */
export async function* readHouseholdBatches(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): AsyncGenerator<Households> {
  const { period, organisation } = context;
  const recent = context.posted.filter((run) => run.period >= addMonths(period, -1));
  const span = knownSpan(context, range, recent);
  const near = { from: nearDay(period), to: endDay(period) };
  const lastRuns = await readLastRuns(transaction, recent, range);
  const lateMeters = await readLate(transaction, context, range, span, lastRuns.size > 0);
  const seen = { lastRuns, lateMeters };
  if (context.derivedRows === "STORED") {
    const asOf = { organisation, known: span.known, period };
    const sites = await readKeptSites(transaction, range, asOf);
    const ended = bySite(await readEnded(transaction, range, organisation, span));
    for (const batch of batchesOf(sites)) {
      const rows = takeHouseholds(batch, ended, near);
      yield await withPasts(transaction, context, range, rows, seen);
    }
    return;
  }
  const rows = await readHouseholds(transaction, range, organisation, span, endDay(period));
  await addReadings(transaction, range, rows.meters, near, span.known);
  yield await withPasts(transaction, context, range, rows, seen);
}

/** What the runs before have seen of the range, and what came after them. */
interface SeenBefore {
  readonly lastRuns: ReadonlyMap<AccountId, PostedRun>;
  readonly lateMeters: ReadonlyMap<MeterId, Day>;
}

async function withPasts(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: HouseholdRows,
  { lastRuns, lateMeters }: SeenBefore,
): Promise<Households> {
  const { period, pin } = context;
  await addWaiting(transaction, range, rows.meters, pinOf(pin, range.shard), period);
  const back = addMonths(period, -LOOK_BACK_MONTHS);
  await addOlderReadings(transaction, context, range, commonMeters(rows), back);
  const pasts = new Map<AccountId, AccountPast>();
  const backward: AccountRows[] = [];
  for (const account of rows.accounts.values()) {
    const site = rows.sites.get(account.site);
    if (site === undefined) continue;
    if (!isSiteInScope(context.scope, { site: account.site, ...site })) continue;
    const lastRun = lastRuns.get(account.account) ?? null;
    if (lastRun?.period === period && !rows.houses.has(account.site)) continue;
    if (isSettled(context, range, account, lastRun, lateMeters)) {
      pasts.set(account.account, SETTLED);
    } else backward.push(account);
  }
  for (const [account, past] of await lookBack(transaction, context, range, backward, lateMeters)) {
    const rowsOf = rows.accounts.get(account);
    if (past.isToBill || (rowsOf !== undefined && rows.houses.has(rowsOf.site))) {
      pasts.set(account, past);
    }
  }
  return { ...rows, pasts };
}

/** Facts of about 600 accounts. */
const BATCH_BYTES = 1 << 18;

function* batchesOf(sites: readonly KeptSite[]): Generator<readonly KeptSite[]> {
  let batch: KeptSite[] = [];
  let bytes = 0;
  for (const site of sites) {
    batch.push(site);
    bytes += site.facts.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The same rows out of what was kept, and of what has ended since the last runs. */
function takeHouseholds(
  sites: readonly KeptSite[],
  ended: ReadonlyMap<SiteId, Buffer>,
  near: StateDays,
): HouseholdRows {
  const reader = new HouseholdReader(near.to);
  for (const { site, facts } of sites) {
    reader.take(new CopyReader(facts));
    const endedHere = ended.get(site);
    if (endedHere !== undefined) reader.take(new CopyReader(endedHere));
  }
  const rows = reader.finish();
  const kept = new Map<SiteId, KeptReadings>();
  for (const { site, from, readings } of sites) kept.set(site, { from, bytes: readings });
  for (const meter of rows.meters.values()) meter.kept = kept.get(meter.site) ?? null;
  for (const { readings } of sites) takeReadings(new CopyReader(readings), rows.meters, near);
  return rows;
}

const SETTLED: AccountPast = {
  posted: NOTHING_POSTED,
  late: [],
  lookedBackTo: null,
  isToBill: true,
};

/** From what the newest runs have seen to what is known now. */
function knownSpan(
  { pin }: AssemblyContext,
  { shard }: SiteRange,
  recent: readonly PostedRun[],
): KnownSpan {
  const known = pinOf(pin, shard);
  return { known, seen: Math.min(known, ...recent.map((run) => pinOf(run.pin, shard))) };
}

function commonMeters({ houses }: HouseholdRows): readonly MeterRows[] {
  return [...houses.values()].flatMap(({ meters, premises }) => [
    ...meters,
    ...[...premises.values()].flatMap((one) => one.meters.map(({ rows }) => rows)),
  ]);
}

async function readLate(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  span: KnownSpan,
  isBilledBefore: boolean,
): Promise<ReadonlyMap<MeterId, Day>> {
  if (!isBilledBefore) return new Map();
  const { period } = context;
  const from = firstDay(addMonths(period, -recalculationMonths(context)));
  return readLateMeters(transaction, range, { from, before: nearDay(period) }, span);
}

/** Circumstances that say nothing of the months before the period. */
const OF_THE_PERIOD: readonly FactKind[] = ["owners", "benefit", "plot-use", "meter-impossible"];

/**
 * One meter all the time, read last month and this month, and nothing that the last run has not
 * seen of it.
 */
function isSettled(
  context: AssemblyContext,
  range: SiteRange,
  account: AccountRows,
  lastRun: PostedRun | null,
  lateMeters: ReadonlyMap<MeterId, Day>,
): boolean {
  if (context.posted.length > 0 && lastRun === null) return false;
  if (lastRun?.period === context.period) return false;
  const [meter, another] = account.meters.values();
  if (meter === undefined || another !== undefined || !isAllTheTime(context, meter)) return false;
  if (lateMeters.has(meter.meter) || meter.faults.length > 0 || account.ended.length > 0) {
    return false;
  }
  if (account.circumstances.some(({ kind }) => !OF_THE_PERIOD.includes(kind))) return false;
  if (account.premises.some((premises) => !isOfOne(premises))) return false;
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

/** A premises whose one payer pays for the whole of it, by a meter of its own. */
function isOfOne({ meters, payers }: PremisesRows): boolean {
  return meters.length === 0 && payers.every(({ body }) => body.part === "WHOLE");
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
  { versions, residents, circumstances }: AccountRows,
  meter: MeterRows,
  lastRun: PostedRun,
): boolean {
  const seen = pinOf(lastRun.pin, range.shard);
  const isNew = ({ seq }: { readonly seq: number }) => seq > seen;
  if (versions.some(isNew) || residents.some(isNew) || meter.versions.some(isNew)) return false;
  if (circumstances.some(isNew)) return false;
  for (const { seq, stateAt } of meter.readings) {
    if (seq > seen && readingMonth(stateAt) < context.period) return false;
  }
  const changes = context.lawChanges.get(lastRun.run);
  return changes === undefined || monthsOfLaw(changes, versions, circumstances).length === 0;
}
