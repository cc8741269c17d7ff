import type { Day, Month } from "../../model/dates.ts";
import { firstDay, monthOf } from "../../model/dates.ts";
import type { AccountId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import { LINE_KINDS, ZONES } from "../../model/lines.ts";
import { invariant } from "../../model/result.ts";
import { kopecks, price, volume } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, PostedRun, SiteRange } from "./context.ts";

/**
 * Lines of the posted runs of the context for origin months from `from` on, by account, in the order of runs and
 * ordinals.
 */
export async function readPostedLines(
  transaction: Transaction,
  context: Pick<AssemblyContext, "posted">,
  { shard, firstSite, lastSite }: SiteRange,
  from: Month,
): Promise<ReadonlyMap<AccountId, readonly PostedLine[]>> {
  const lines = new Map<AccountId, PostedLine[]>();
  if (context.posted.length === 0) return lines;
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
