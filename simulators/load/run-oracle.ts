import type { Month } from "../../normalizer/model/dates.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { LineKind } from "../../normalizer/model/lines.ts";
import { LINE_KINDS, ZONES } from "../../normalizer/model/lines.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import { integer } from "../../normalizer/store/database.ts";
import { monthText, tableSuffix } from "../../normalizer/store/results.ts";

export interface OracleQuery {
  /** The run to look at, posted or not, and the posted one of the month before it. */
  readonly run: RunId;
  readonly previous: RunId;
  readonly period: Month;
}

/** A line that the facts say otherwise, or one that only one side has; sums of energy in 10⁻⁴ kWh and kopecks. */
export interface LineDifference {
  readonly account: string;
  readonly kind: string;
  readonly zone: string;
  readonly expected: string | null;
  readonly stored: string | null;
}

export interface OracleResult {
  /** Lines by kind that the facts make, and that were compared. */
  readonly compared: Readonly<Record<string, number>>;
  /** The first ones of all. */
  readonly differences: readonly LineDifference[];
  readonly differing: number;
}

const DIFFERENCES_SHOWN = 20;
const numbersOf = (names: readonly string[], all: readonly string[]) =>
  names.map((name) => all.indexOf(name)).join(", ");
/** Lines that stand beside the consumption of an account and are no part of it. */
const BESIDE = numbersOf(["ODN", "BENEFIT", "MANUAL"], LINE_KINDS);
const CONSUMPTION = numbersOf(
  ["METER", "METER_DELTA", "AVERAGE", "NORM", "FIXED", "OWN", "SECTION", "COMMON"],
  LINE_KINDS,
);
const [METER, NORM, ODN] = ["METER", "NORM", "ODN"].map((kind) =>
  LINE_KINDS.indexOf(kind as LineKind),
);

/**
 * The rules that SQL can express, once more and from the stored facts alone: one meter with two states a month apart
 * and one price per zone, the norm of an account without a meter, the ОДН of a house with a read meter. $1 is the
 * month, $2 the run before. Accounts that anything else bends are left out.
 */
const EXPECTED = `
  bent as materialized (
    select distinct split_part(subject, '/', 1)::bigint as account from fact
    where end_seq = 0 and kind in ('fixed-volume', 'stop', 'meter-delay', 'access-refused',
      'plot-use', 'absence', 'breach')
  ), ranged as materialized (
    select split_part(split_part(subject, ':', 2), '/', 1) as district from fact
    where shard = 256 and site = 0 and kind = 'switch' and end_seq = 0
      and subject like '%/tariff.scheme'
  ), place as materialized (
    select a.shard, a.site, a.subject::bigint as account, a.body->>'category' as category,
      a.body->>'norm' as norm, (r.body->>'count')::bigint as persons, o.body->>'part' as part,
      (o.body->>'premises')::bigint as premises,
      b.account is null and g.district is null
        and (o.body->>'part' = 'WHOLE' or s.body->>'kind' = 'PRIVATE_HOUSE') as plain
    from fact a
    join fact s on s.shard = a.shard and s.site = a.site and s.kind = 'site' and s.end_seq = 0
    join fact r on r.shard = a.shard and r.site = a.site and r.kind = 'residents'
      and r.subject = a.subject and r.end_seq = 0
    left join fact o on o.shard = a.shard and o.site = a.site and o.kind = 'occupancy'
      and o.subject = a.subject and o.end_seq = 0
    left join bent b on b.account = a.subject::bigint
    left join ranged g on g.district = s.body->>'district'
    where a.kind = 'account' and a.end_seq = 0
  ), price as materialized (
    select t.subject as category, z.zone, round((t.body->'prices'->z.zone->>0)::numeric * 100000)
      as price
    from fact t, unnest(array['T0', 'T1', 'T3', 'T2']) z (zone)
    where t.shard = 256 and t.kind = 'tariff' and t.end_seq = 0
      and t.valid_from <= $1::date - interval '1 month' and t.valid_to is null
  ), states as materialized (
    select shard, site, meter, min(values) filter (where state_at <= $1) as before,
      min(values) filter (where state_at > $1) as now,
      count(*) filter (where state_at <= $1) as befores,
      count(*) filter (where state_at > $1) as nows
    from reading
    where end_seq = 0 and state_at > $1::date - interval '1 month'
      and state_at <= $1::date + interval '1 month'
    group by shard, site, meter
  ), meter as materialized (
    select m.shard, m.site, (m.body->>'account')::bigint as account, m.body->'common'->>'of' as of,
      m.body->'zones' as zones, (m.body->>'ratio')::numeric as ratio,
      (m.body->>'digits')::int as digits, s.before, s.now,
      m.valid_to is null and s.befores = 1 and s.nows = 1 as steady
    from fact m left join states s on s.shard = m.shard and s.site = m.site
      and s.meter = m.subject::bigint
    where m.kind = 'meter' and m.end_seq = 0
  ), used as materialized (
    select m.shard, m.site, m.account, m.of, z.zone, m.ratio * (m.now[z.place] - m.before[z.place]
      + case when m.now[z.place] < m.before[z.place] then round(power(10::numeric, m.digits)) * 10000
        else 0 end) as volume
    from meter m, jsonb_array_elements_text(m.zones) with ordinality z (zone, place)
    where m.steady
  ), meters as materialized (
    select account, count(*) as count from meter where account <> 0 group by account
  ), metered as materialized (
    select p.shard, p.site, p.account, p.category from place p
    join meters n on n.account = p.account and n.count = 1
    join (select distinct account from used) u on u.account = p.account
    where p.plain
  ), unpriced as materialized (
    select distinct m.account from metered m join used u on u.account = m.account
    left join price q on q.category = m.category and q.zone = u.zone
    where q.price is null
  ), by_norm as materialized (
    select p.* from place p left join meters n on n.account = p.account
    where p.plain and n.account is null
  ), house as materialized (
    select h.shard, h.site, h.body->>'management' as management, u.volume as odpu,
      round((h.body->>'totalAreaM2')::numeric * 10000) as total,
      round(round((n.body->>'perUnit')::numeric * 10000)
        * round((h.body->>'commonAreaM2')::numeric * 10000) / 10000) as cap,
      coalesce((select c.carry_out from house_month c
        where c.shard = h.shard and c.site = h.site and c.run = $2), 0) as carry
    from fact h join used u on u.shard = h.shard and u.site = h.site and u.of = 'HOUSE'
    join fact n on n.shard = 256 and n.kind = 'odn-norm' and n.subject = h.body->>'odnNorm'
    where h.kind = 'house' and h.end_seq = 0 and h.body->>'management' <> 'MANAGED'
      and (h.shard, h.site) not in (select shard, site from place where part = 'ROOM')
  ), consumed as materialized (
    select shard, site, sum(volume) as volume from stored where kind in (${CONSUMPTION})
    group by shard, site
  ), common as materialized (
    select h.*, greatest(0, least(h.cap, h.odpu - h.carry - coalesce(c.volume, 0))) as distributed
    from house h left join consumed c on c.shard = h.shard and c.site = h.site
  ), expected as (
    select m.shard, m.site, m.account, ${METER} as kind, u.zone, u.volume, p.price
    from metered m join used u on u.account = m.account
    join price p on p.category = m.category and p.zone = u.zone
    left join unpriced x on x.account = m.account
    where x.account is null
    union all
    select b.shard, b.site, b.account, ${NORM}, 'T0', b.persons * round((n.body->'perPerson'->>
      least(b.persons, jsonb_array_length(n.body->'perPerson'))::int - 1)::numeric * 10000), p.price
    from by_norm b
    join fact n on n.shard = 256 and n.kind = 'norm' and n.end_seq = 0 and n.subject = b.norm
    join price p on p.category = b.category and p.zone = 'T0'
    union all
    select c.shard, c.site, p.account, ${ODN}, 'T0',
      round(c.distributed * round((a.body->>'areaM2')::numeric * 10000) / c.total), t.price
    from common c
    join place p on p.shard = c.shard and p.site = c.site and p.part = 'WHOLE'
    join fact a on a.shard = p.shard and a.site = p.site and a.kind = 'premises' and a.end_seq = 0
      and a.subject = p.premises::text
    join price t on t.category = p.category and t.zone = 'T0'
    where not exists (select from held e where e.shard = c.shard and e.site = c.site)
  )`;

/** Every line of the covered accounts beside the one that the facts make. */
const COMPARED = `
  compared as (
    select coalesce(e.account, s.account) as account, coalesce(e.kind, s.kind) as kind,
      coalesce(e.zone, s.zone) as zone,
      e.volume || ' × ' || e.price || ' = ' || round(e.volume * e.price / 10000000) as expected,
      s.volume || ' × ' || s.price || ' = ' || s.amount as stored
    from expected e
    full join (
      select l.account, l.kind, (array['${ZONES.join("','")}'])[l.zone + 1] as zone, l.volume,
        l.price, l.amount
      from (
        select t.* from stored t
        join (select account from metered union all select account from by_norm) c
          on c.account = t.account
        where t.kind not in (${BESIDE})
        union all
        select t.* from stored t
        join common c on c.shard = t.shard and c.site = t.site
        join place p on p.account = t.account and p.part = 'WHOLE'
        where t.kind = ${ODN}
      ) l
    ) s on s.account = e.account and s.kind = e.kind and s.zone = e.zone
  )`;

/**
 * Compares the lines of a run with what SQL makes of the stored facts.
 *
 * @throws when nothing was compared: an oracle that is silent has said nothing
 */
export async function compareWithOracle(
  queryable: Queryable,
  { run, previous, period }: OracleQuery,
): Promise<OracleResult> {
  const suffix = tableSuffix(run);
  const rows = await queryable.query<{
    kind: number;
    lines: string;
    differing: string;
    first: readonly (string | null)[][];
  }>(
    `with stored as materialized (select * from charge_line_${suffix}),
     held as materialized (select distinct shard, site from run_problem
       where run = ${suffix} and code in ('NO_NORM', 'NO_PRICE')),
     ${EXPECTED}, ${COMPARED}
     select kind, count(*) as lines, count(*) filter (where expected is distinct from stored)
         as differing,
       coalesce((array_agg(array[account::text, zone, expected, stored])
         filter (where expected is distinct from stored))[1:${DIFFERENCES_SHOWN}], '{}') as first
     from compared group by kind order by kind`,
    [monthText(period), previous],
  );
  if (rows.length === 0) throw new Error("the oracle has compared nothing");
  const nameOf = (kind: number) => LINE_KINDS[kind] ?? String(kind);
  return {
    compared: Object.fromEntries(rows.map(({ kind, lines }) => [nameOf(kind), integer(lines)])),
    differences: rows.flatMap(({ kind, first }) =>
      first.map(([account, zone, expected, stored]) => ({
        account: account ?? "",
        kind: nameOf(kind),
        zone: zone ?? "",
        expected: expected ?? null,
        stored: stored ?? null,
      })),
    ),
    differing: rows.reduce((sum, { differing }) => sum + integer(differing), 0),
  };
}
