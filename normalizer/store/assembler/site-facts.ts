import { NO_CIRCUMSTANCES } from "../../model/circumstances.ts";
import type { Day, DayRange, Month } from "../../model/dates.ts";
import { addMonths } from "../../model/dates.ts";
import type {
  AccountFacts,
  Dated,
  MeterFacts,
  MeterReading,
  PointFacts,
  SiteFacts,
} from "../../model/facts.ts";
import type { AccountNumber, MeterId, Origin, SiteId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { historyOf } from "./history.ts";
import type { AccountRows, MeterRows, ReadingRow } from "./household-rows.ts";
import type { AccountPast, Households } from "./households.ts";
import { LOOK_BACK_MONTHS, readHouseholdsOf } from "./households.ts";
import { switchesOf } from "./law.ts";
import { overlapsMonth, readingMonth } from "./timeline.ts";

/**
 * The one assembler of households: facts of every site of the range for the period of the context,
 * as known at its pin. A bill, a mass run, a child run and an explanation all read through it.
 *
 * Accounts that a posted run has billed for the period are left out: after posting only difference
 * lines of a later period correct them.
 *
 * @returns sites by id, their accounts by id; a site without an account to bill is absent
 */
export async function assembleSites(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): Promise<readonly SiteFacts[]> {
  const households = await readHouseholdsOf(transaction, context, range);
  const bySite = accountsBySite(context, households);
  const sites: SiteFacts[] = [];
  for (const [site, accounts] of [...bySite].sort(([a], [b]) => a - b)) {
    const body = households.sites.get(site);
    if (body === undefined || body.kind === "BUSINESS") continue;
    sites.push({
      site,
      shard: range.shard,
      siteKind: body.kind,
      address: body.address,
      period: context.period,
      accounts,
      premises: [],
      house: null,
      law: context.law.households,
      switches: switchesOf(context.law.switches, { district: body.district, site }, context.period),
    });
  }
  return sites;
}

function accountsBySite(
  context: AssemblyContext,
  { accounts, pasts }: Households,
): ReadonlyMap<SiteId, readonly AccountFacts[]> {
  const bySite = new Map<SiteId, AccountFacts[]>();
  const sorted = [...accounts.values()].sort((a, b) => a.account - b.account);
  for (const rows of sorted) {
    const past = pasts.get(rows.account);
    if (past === undefined || !isToBill(context.period, rows, past)) continue;
    const account = accountFacts(context, rows, past);
    const inSite = bySite.get(rows.site);
    if (inSite === undefined) bySite.set(rows.site, [account]);
    else inSite.push(account);
  }
  return bySite;
}

function isToBill(period: Month, { versions }: AccountRows, { late }: AccountPast): boolean {
  return late.length > 0 || versions.some((version) => overlapsMonth(version, period));
}

function accountFacts(
  context: AssemblyContext,
  { account, versions, residents, meters }: AccountRows,
  { posted, late, looksBack }: AccountPast,
): AccountFacts {
  const points = pointsOf(meters);
  const { period } = context;
  const history = looksBack
    ? historyOf(points, posted.lines, addMonths(period, -LOOK_BACK_MONTHS), period)
    : { months: [], missedPeriods: 0 };
  return {
    account,
    number: (versions.at(-1)?.number ?? "") as AccountNumber,
    served: servedOf(versions),
    category: versions.map((version) => dated(version, version.category)),
    norm: versions.flatMap((version) =>
      version.norm === null ? [] : [dated(version, version.norm)],
    ),
    residents: residents.map((version) => dated(version, version.count)),
    circumstances: NO_CIRCUMSTANCES,
    points,
    history: history.months,
    missedPeriods: history.missedPeriods,
    posted: postedThatMayChange(posted.lines, points, late, period),
    late,
  };
}

function dated<Value>(
  { from, to, origin }: DayRange & { readonly origin: Origin },
  value: Value,
): Dated<Value> {
  return { from, to, value, origin };
}

function servedOf(versions: readonly DayRange[]): DayRange {
  let from = Number.POSITIVE_INFINITY;
  let to: Day | null = 0 as Day;
  for (const version of versions) {
    from = Math.min(from, version.from);
    to = version.to === null || to === null ? null : (Math.max(to, version.to) as Day);
  }
  return { from: from as Day, to };
}

function pointsOf(meters: ReadonlyMap<MeterId, MeterRows>): readonly PointFacts[] {
  const points = new Map<number, MeterFacts[]>();
  for (const { meter, versions, readings } of meters.values()) {
    const newest = versions.at(-1);
    if (newest === undefined) continue;
    const facts: MeterFacts = {
      meter,
      serial: newest.serial,
      installed: servedOf(versions),
      zones: newest.zones,
      digits: newest.digits,
      ratio: newest.ratio,
      faults: [],
      readings: readings.map(readingOf),
      origin: newest.origin,
    };
    const inPoint = points.get(newest.point);
    if (inPoint === undefined) points.set(newest.point, [facts]);
    else inPoint.push(facts);
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

/**
 * Lines of late months, and of the months without a reading directly before one of them or before
 * the period.
 */
function postedThatMayChange(
  lines: readonly PostedLine[],
  points: readonly PointFacts[],
  late: readonly Month[],
  period: Month,
): readonly PostedLine[] {
  if (lines.length === 0) return lines;
  const billed = new Set(lines.map(({ origin }) => origin));
  const months = new Set<Month>(late);
  for (const edge of [...late, period]) {
    let month = addMonths(edge, -1);
    for (; billed.has(month) && !isRead(points, month); month = addMonths(month, -1)) {
      months.add(month);
    }
  }
  return lines.filter(({ origin }) => months.has(origin));
}

/**
 * True when every point with a meter in the month has a reading of it; states of acts are no
 * readings of a month.
 */
function isRead(points: readonly PointFacts[], month: Month): boolean {
  return points.every(({ meters }) => {
    const inService = meters.filter(({ installed }) => overlapsMonth(installed, month));
    return (
      inService.length === 0 ||
      inService.some(({ installed, readings }) =>
        readings.some(
          ({ stateAt }) =>
            readingMonth(stateAt) === month &&
            stateAt !== installed.from &&
            stateAt !== installed.to,
        ),
      )
    );
  });
}
