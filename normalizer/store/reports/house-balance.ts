import type { Month } from "../../model/dates.ts";
import type { HouseMonth } from "../../model/house-facts.ts";
import type { Shard } from "../../model/ids.ts";
import { volume } from "../../model/units.ts";
import type { Queryable } from "../database.ts";
import { integer } from "../database.ts";
import { monthText } from "../results.ts";
import type { Scope } from "../scope.ts";

export interface HouseBalance extends HouseMonth {
  readonly district: string;
  readonly address: string;
}

/** Common consumption of the МКД of one shard as the posted runs of a month have it, by address. */
export async function houseBalancesOf(
  queryable: Queryable,
  scope: Scope,
  shard: Shard,
  period: Month,
): Promise<readonly HouseBalance[]> {
  const rows = await queryable.query<HouseRow>(
    `select s.district, s.address, h.method, h.odpu, h.individual, h.non_residential, h.raw,
       h.carry_in, h.carry_used, h.carry_out, h.cap, h.distributed, h.over_norm, h.shares,
       h.residue, h.communal_residue, h.manager, h.held_by
     from house_month h
     join charge_run r on r.id = h.run and r.organisation = $2 and r.period = $4
     join (
       select distinct on (site) site, body->>'district' as district, body->>'address' as address
       from fact
       where shard = $1 and kind = 'site' and organisation = $2 and end_seq = 0
       order by site, valid_from desc
     ) s on s.site = h.site and ($3::text[] is null or s.district = any ($3))
     where h.shard = $1
       and exists (select from run_event e where e.run = h.run and e.event = 'APPROVED')
     order by s.district, s.address, h.run`,
    [shard, scope.organisation, scope.districts, monthText(period)],
  );
  return rows.map((row) => ({
    district: row.district,
    address: row.address,
    method: row.method,
    odpu: orNull(row.odpu),
    individual: volumeOf(row.individual),
    nonResidential: volumeOf(row.non_residential),
    raw: volumeOf(row.raw),
    carryIn: volumeOf(row.carry_in),
    carryUsed: volumeOf(row.carry_used),
    carryOut: volumeOf(row.carry_out),
    cap: volumeOf(row.cap),
    distributed: volumeOf(row.distributed),
    overNorm: volumeOf(row.over_norm),
    shares: volumeOf(row.shares),
    residue: volumeOf(row.residue),
    communalResidue: orNull(row.communal_residue),
    manager: orNull(row.manager),
    heldBy: row.held_by,
  }));
}

interface HouseRow
  extends Readonly<
    Record<
      | "district"
      | "address"
      | "individual"
      | "non_residential"
      | "raw"
      | "carry_in"
      | "carry_used"
      | "carry_out"
      | "cap"
      | "distributed"
      | "over_norm"
      | "shares"
      | "residue",
      string
    >
  > {
  readonly method: HouseMonth["method"];
  readonly odpu: string | null;
  readonly communal_residue: string | null;
  readonly manager: string | null;
  readonly held_by: readonly string[];
}

function volumeOf(text: string) {
  return volume(integer(text));
}

function orNull(text: string | null) {
  return text === null ? null : volumeOf(text);
}
