import { day, type Month, monthOf } from "../model/dates.ts";
import type { HouseMonth, HouseZone } from "../model/house-facts.ts";
import type { RunId, Shard, SiteId } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Volume } from "../model/units.ts";
import { volume } from "../model/units.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { monthText, type RunChunk } from "./results.ts";

/** What a run says of the common part of one house. */
export interface HouseResult {
  readonly site: SiteId;
  readonly month: HouseMonth;
}

/** Columns of `HouseMonthRow`. */
export const HOUSE_MONTH_COLUMNS = `run, site, shard, method, odpu, individual, non_residential, raw, carry_in,
  carry_used, carry_expired, carry_out, carry_months, carry_volumes, cap, distributed, over_norm,
  shares, residue, communal_residue, manager, held_by, zones`;

/** House results of one claimed chunk; call it in the transaction that marks the chunk as done. */
export async function writeHouseMonths(
  transaction: Transaction,
  { run, shard }: Pick<RunChunk, "run" | "shard">,
  results: readonly HouseResult[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = new CopyWriter();
  for (const { site, month } of results) {
    rows.integer(run).integer(site).integer(shard).text(month.method).integer(month.odpu);
    rows.integer(month.individual).integer(month.nonResidential).integer(month.raw);
    rows.integer(month.carryIn).integer(month.carryUsed).integer(month.carryExpired);
    rows
      .integer(month.carryOut)
      .text(textArray(month.carried.map((part) => monthText(part.month))));
    rows.text(textArray(month.carried.map((part) => String(part.volume))));
    rows.integer(month.cap).integer(month.distributed).integer(month.overNorm);
    rows.integer(month.shares).integer(month.residue).integer(month.communalResidue);
    rows.integer(month.manager).text(textArray(month.heldBy));
    rows.text(JSON.stringify(month.zones)).endRow();
  }
  await transaction.copyIn(`copy house_month (${HOUSE_MONTH_COLUMNS}) from stdin`, rows.chunks());
}

/** Numbers of premises may hold any character. */
function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

export interface HouseMonthRow {
  readonly run: string;
  readonly site: string;
  readonly method: HouseMonth["method"];
  readonly odpu: string | null;
  readonly individual: string;
  readonly non_residential: string;
  readonly raw: string;
  readonly carry_in: string;
  readonly carry_used: string;
  readonly carry_expired: string;
  readonly carry_out: string;
  readonly carry_months: readonly string[];
  readonly carry_volumes: readonly string[];
  readonly cap: string;
  readonly distributed: string;
  readonly over_norm: string;
  readonly shares: string;
  readonly residue: string;
  readonly communal_residue: string | null;
  readonly manager: string | null;
  readonly held_by: string[];
  readonly zones: HouseMonth["zones"];
}

/** A posted house result with the month of its run. */
export interface PostedHouseMonth {
  readonly run: RunId;
  readonly period: Month;
  readonly result: HouseMonth;
}

/**
 * Results of some houses in posted runs, by site.
 *
 * @param posted in the order of posting, in which the results of a site come too
 */
export async function readHouseMonths(
  queryable: Queryable,
  posted: readonly { readonly run: RunId; readonly period: Month }[],
  shard: Shard,
  sites: readonly SiteId[],
): Promise<ReadonlyMap<SiteId, readonly PostedHouseMonth[]>> {
  const bySite = new Map<SiteId, PostedHouseMonth[]>();
  if (posted.length === 0 || sites.length === 0) return bySite;
  const rows = await queryable.query<HouseMonthRow>(
    `select ${HOUSE_MONTH_COLUMNS} from house_month
     where shard = $1 and site = any($2::bigint[]) and run = any($3::bigint[])`,
    [shard, sites, posted.map(({ run }) => run)],
  );
  const order = new Map(posted.map(({ run, period }, place) => [run, { place, period }]));
  const placeOf = (run: RunId) => order.get(run)?.place ?? 0;
  for (const row of rows) {
    const run = integer(row.run) as RunId;
    const known = order.get(run);
    invariant(known !== undefined, `a house of run ${run}, which was not asked for`);
    const site = integer(row.site) as SiteId;
    const month = { run, period: known.period, result: houseMonthOf(row) };
    const same = bySite.get(site);
    if (same === undefined) bySite.set(site, [month]);
    else same.push(month);
  }
  for (const months of bySite.values()) months.sort((a, b) => placeOf(a.run) - placeOf(b.run));
  return bySite;
}

/** Results of one run, posted or not, by site. */
export async function readHousesOfRun(
  queryable: Queryable,
  run: RunId,
): Promise<readonly HouseResult[]> {
  const rows = await queryable.query<HouseMonthRow>(
    `select ${HOUSE_MONTH_COLUMNS} from house_month where run = $1 order by shard, site`,
    [run],
  );
  return rows.map((row) => ({ site: integer(row.site) as SiteId, month: houseMonthOf(row) }));
}

export function houseMonthOf(row: HouseMonthRow): HouseMonth {
  return {
    method: row.method,
    odpu: volumeOrNull(row.odpu),
    individual: volumeOf(row.individual),
    nonResidential: volumeOf(row.non_residential),
    raw: volumeOf(row.raw),
    carryIn: volumeOf(row.carry_in),
    carryUsed: volumeOf(row.carry_used),
    carryExpired: volumeOf(row.carry_expired),
    carryOut: volumeOf(row.carry_out),
    carried: row.carry_months.map((first, index) => ({
      month: monthOf(day(first)),
      volume: volumeOf(row.carry_volumes[index] ?? ""),
    })),
    cap: volumeOf(row.cap),
    distributed: volumeOf(row.distributed),
    overNorm: volumeOf(row.over_norm),
    shares: volumeOf(row.shares),
    residue: volumeOf(row.residue),
    communalResidue: volumeOrNull(row.communal_residue),
    manager: volumeOrNull(row.manager),
    heldBy: row.held_by,
    zones: row.zones.map(
      (zone): HouseZone => ({
        zone: zone.zone,
        odpu: volume(zone.odpu),
        individual: volume(zone.individual),
        nonResidential: volume(zone.nonResidential),
        raw: volume(zone.raw),
        distributed: volume(zone.distributed),
      }),
    ),
  };
}

function volumeOf(text: string): Volume {
  return volume(integer(text));
}

function volumeOrNull(text: string | null): Volume | null {
  return text === null ? null : volumeOf(text);
}
