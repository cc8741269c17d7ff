import type { Month } from "../../model/dates.ts";
import type { HouseMonth } from "../../model/house-facts.ts";
import type { Shard } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import type { Queryable } from "../database.ts";
import { HOUSE_MONTH_COLUMNS, type HouseMonthRow, houseMonthOf } from "../house-months.ts";
import { monthText } from "../results.ts";
import type { Scope } from "../scope.ts";

export interface HouseBalance extends HouseMonth {
  readonly district: string;
  readonly address: string;
}

/**
 * Common consumption of the МКД of one shard as the newest posted run of the month has it, by
 * address.
 */
export async function houseBalancesOf(
  queryable: Queryable,
  scope: Scope,
  shard: Shard,
  period: Month,
): Promise<readonly HouseBalance[]> {
  const rows = await queryable.query<HouseMonthRow & Pick<HouseBalance, "district" | "address">>(
    `with posted as (
       select distinct on (h.site) ${HOUSE_MONTH_COLUMNS.replace(/\w+/g, "h.$&")}
       from house_month h
       join charge_run r on r.id = h.run and r.organisation = $2 and r.period = $4
       join run_event e on e.shard = $5 and e.run = h.run and e.event = 'APPROVED'
       where h.shard = $1
       order by h.site, e.seq desc, h.run desc
     )
     select s.district, s.address, ${HOUSE_MONTH_COLUMNS.replace(/\w+/g, "h.$&")}
     from posted h
     join (
       select distinct on (site) site, body->>'district' as district, body->>'address' as address
       from fact
       where shard = $1 and kind = 'site' and organisation = $2 and end_seq = 0
       order by site, valid_from desc
     ) s on s.site = h.site and ($3::text[] is null or s.district = any ($3))
     order by s.district, s.address`,
    [shard, scope.organisation, scope.districts, monthText(period), COMMON_SHARD],
  );
  return rows.map((row) => ({
    district: row.district,
    address: row.address,
    ...houseMonthOf(row),
  }));
}
