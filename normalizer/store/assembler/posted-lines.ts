import type { Day, Month } from "../../model/dates.ts";
import { firstDay, monthOf } from "../../model/dates.ts";
import type { AccountId, SiteId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import { LINE_KINDS, ZONES } from "../../model/lines.ts";
import { invariant } from "../../model/result.ts";
import { kopecks, price, volume } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, PostedRun, SiteRange } from "./context.ts";

/**
 * Newest of the given runs that has lines of an account, by account; an account without any is
 * absent.
 */
export async function readLastRuns(
  transaction: Transaction,
  runs: readonly PostedRun[],
  { shard, firstSite, lastSite }: SiteRange,
): Promise<ReadonlyMap<AccountId, PostedRun>> {
  const last = new Map<AccountId, PostedRun>();
  if (runs.length === 0) return last;
  const order = new Map(runs.map((run, place) => [run.run as number, place]));
  const rows = await readCopy(
    transaction,
    // Every account of a run has a line with ordinal 1.
    copyQuery`select account, run from charge_line
    where run in (${[...order.keys()]}) and shard = ${shard}
      and site between ${firstSite} and ${lastSite} and ordinal = 1`,
  );
  while (rows.more()) {
    const account = rows.integer() as AccountId;
    const place = order.get(rows.integer()) ?? 0;
    const run = runs[place];
    const known = last.get(account);
    if (run === undefined || (known !== undefined && runs.indexOf(known) > place)) continue;
    last.set(account, run);
  }
  return last;
}

/** Lines of some accounts in the posted runs of the context, for origin months from `from` on. */
export async function readLinesOf(
  transaction: Transaction,
  context: Pick<AssemblyContext, "posted">,
  { shard }: SiteRange,
  accounts: readonly { readonly site: SiteId; readonly account: AccountId }[],
  from: Month,
): Promise<ReadonlyMap<AccountId, readonly PostedLine[]>> {
  if (context.posted.length === 0 || accounts.length === 0) return new Map();
  const runs = new Map(context.posted.map((run) => [run.run as number, run]));
  const rows = await readCopy(
    transaction,
    copyQuery`select l.run, l.account, l.ordinal, l.kind, l.rule, l.point, l.zone, l.range,
      l.origin - date '1970-01-01', l.tariff_from - date '1970-01-01', l.volume, l.price,
      l.amount, l.vat
    from unnest(array[${accounts.map(({ site }) => site)}]::bigint[],
      array[${accounts.map(({ account }) => account)}]::bigint[]) w (site, account)
    join charge_line l on l.shard = ${shard} and l.site = w.site and l.account = w.account
    where l.run in (${[...runs.keys()]})
      and l.origin >= date '1970-01-01' + ${firstDay(from)}
    order by l.account, l.run, l.ordinal`,
  );
  return takeLines(rows, runs);
}

/**
 * Lines of the posted runs of the context for origin months from `from` on, by account, in the
 * order of runs and ordinals.
 */
export async function readPostedLines(
  transaction: Transaction,
  context: Pick<AssemblyContext, "posted">,
  { shard, firstSite, lastSite }: SiteRange,
  from: Month,
): Promise<ReadonlyMap<AccountId, readonly PostedLine[]>> {
  if (context.posted.length === 0) return new Map();
  const runs = new Map(context.posted.map((run) => [run.run as number, run]));
  const rows = await readCopy(
    transaction,
    copyQuery`select run, account, ordinal, kind, rule, point, zone, range,
      origin - date '1970-01-01', tariff_from - date '1970-01-01', volume, price, amount, vat
    from charge_line
    where run in (${[...runs.keys()]}) and shard = ${shard}
      and site between ${firstSite} and ${lastSite}
      and origin >= date '1970-01-01' + ${firstDay(from)}
    order by account, run, ordinal`,
  );
  return takeLines(rows, runs);
}

function takeLines(
  rows: CopyReader,
  runs: ReadonlyMap<number, PostedRun>,
): ReadonlyMap<AccountId, readonly PostedLine[]> {
  const lines = new Map<AccountId, PostedLine[]>();
  while (rows.more()) {
    const run = runs.get(rows.integer());
    invariant(run !== undefined, "a line of a run that was not asked for");
    const line = lineOf(rows, run);
    const same = lines.get(line.account);
    if (same === undefined) lines.set(line.account, [line]);
    else same.push(line);
  }
  return lines;
}

function lineOf(rows: CopyReader, run: PostedRun): PostedLine {
  const account = rows.integer() as AccountId;
  const ordinal = rows.integer();
  const kind = LINE_KINDS[rows.integer()];
  const rule = run.rules[rows.integer()];
  const point = rows.integer();
  const zone = ZONES[rows.integer()];
  invariant(kind !== undefined && rule !== undefined && zone !== undefined, "a line's numbers");
  const range = rows.integer();
  const origin = monthOf(rows.integer() as Day);
  const tariffFrom = rows.integerOrNull() as Day | null;
  const volumeValue = volume(rows.integer());
  const priceValue = rows.integerOrNull();
  const amount = kopecks(rows.integer());
  const vat = rows.integerOrNull();
  return {
    run: run.run,
    period: run.period,
    account,
    ordinal,
    kind,
    rule: rule.rule,
    ruleVersion: rule.version,
    point,
    zone,
    range,
    origin,
    tariffFrom,
    volume: volumeValue,
    price: priceValue === null ? null : price(priceValue),
    amount,
    vat: vat === null ? null : kopecks(vat),
  };
}
