import type { Month } from "../../model/dates.ts";
import { day, monthOf } from "../../model/dates.ts";
import type { Shard } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import { LINE_KINDS, type LineKind } from "../../model/lines.ts";
import type { Kopecks, Volume } from "../../model/units.ts";
import { kopecks, volume } from "../../model/units.ts";
import type { Queryable } from "../database.ts";
import { integer } from "../database.ts";
import { monthText } from "../results.ts";
import type { Scope } from "../scope.ts";
import { ACCOUNTS, type ReportAccount } from "./accounts.ts";

/** What the runs of a month posted of the benefits of one account for one month of energy. */
export interface AccountBenefit extends ReportAccount {
  /** Month that the energy belongs to; earlier than the posted one on a recalculation. */
  readonly origin: Month;
  /** Kinds of benefit in force in it, by name. */
  readonly benefits: readonly string[];
  /** Energy of the lines that the benefit was counted from; of a recalculation the difference. */
  readonly energy: Volume;
  /** What the budget pays; below zero where a recalculation takes back more than it gives. */
  readonly discount: Kopecks;
}

const kind = (name: LineKind) => LINE_KINDS.indexOf(name);

/** The regular lines that a benefit is counted from; its own lines have no energy. */
const COUNTED_FROM: readonly LineKind[] = ["METER", "METER_DELTA", "AVERAGE", "NORM", "FIXED"];

/**
 * Accounts of one shard with benefit lines in the posted runs of a month, by address, number and month of
 * the energy. A benefit that is in force no more is named as it was before its correction.
 */
export async function benefitsOf(
  queryable: Queryable,
  scope: Scope,
  shard: Shard,
  period: Month,
): Promise<readonly AccountBenefit[]> {
  const rows = await queryable.query<
    ReportAccount & {
      readonly origin: string;
      readonly benefits: readonly string[];
      readonly energy: string;
      readonly discount: string;
    }
  >(
    `with whose as (${ACCOUNTS}), given as (
       select l.site, l.account, l.origin,
         coalesce(sum(l.volume) filter (where l.kind = any ($6::smallint[])), 0) as energy,
         -sum(l.amount) filter (where l.kind = $7) as discount
       from charge_line l
       join charge_run r on r.id = l.run and r.organisation = $2 and r.period = $4
       join run_event e on e.shard = $5 and e.run = l.run and e.event = 'APPROVED'
       where l.shard = $1
       group by l.site, l.account, l.origin
       having count(*) filter (where l.kind = $7) > 0
     ), named as (
       select g.account, g.origin,
         array_agg(distinct split_part(f.subject, '/', 2) order by split_part(f.subject, '/', 2))
           filter (where f.end_seq = 0) as standing,
         array_agg(distinct split_part(f.subject, '/', 2) order by split_part(f.subject, '/', 2))
           as ever
       from given g
       join fact f on f.shard = $1 and f.site = g.site and f.kind = 'benefit'
         and f.organisation = $2 and split_part(f.subject, '/', 1) = g.account::text
         and f.valid_from < g.origin + interval '1 month'
         and (f.valid_to is null or f.valid_to > g.origin)
       group by g.account, g.origin
     )
     select w.kind, w.number, w.holder, w.premises, w.district, w.address, g.origin,
       coalesce(n.standing, n.ever, '{}') as benefits, g.energy, g.discount
     from given g
     join whose w on w.account = g.account
     left join named n on n.account = g.account and n.origin = g.origin
     order by w.district, w.address, w.number, g.origin`,
    [
      ...[shard, scope.organisation, scope.districts, monthText(period), COMMON_SHARD],
      ...[COUNTED_FROM.map(kind), kind("BENEFIT")],
    ],
  );
  return rows.map(({ origin, energy, discount, ...row }) => ({
    ...row,
    origin: monthOf(day(origin)),
    energy: volume(integer(energy)),
    discount: kopecks(integer(discount)),
  }));
}
