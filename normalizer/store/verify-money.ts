import { ENTRY_KINDS } from "../model/facts.ts";
import { integer } from "./database.ts";
import { readTables } from "./tables.ts";
import type { Check } from "./verify-check.ts";

/** Entries that a run makes out of its lines; a penalty has none. */
const KINDS_OF_LINES = (["CHARGE", "CORRECTION"] as const).map((kind) => ENTRY_KINDS.indexOf(kind));

/**
 * What an account owes by a run is the sum of its rounded lines, for posted runs and for open ones
 * alike.
 */
export const checkRuns: Check = async (transaction, findings) => {
  const tables = await readTables(transaction);
  const runs = new Set(tables.flatMap(({ run }) => (run === null ? [] : [run.id])));
  for (const run of runs) {
    const different = await transaction.query<Record<"account" | "lines" | "entries", string>>(
      `select account, sum(line) as lines, sum(entry) as entries from (
         select shard, site, account, amount as line, 0 as entry from charge_line_${run}
         union all
         select shard, site, account, 0, amount from run_entry_${run} where kind = any($1)
       ) sides
       group by shard, site, account having sum(line) <> sum(entry) order by account`,
      [KINDS_OF_LINES],
    );
    for (const { account, lines, entries } of different) {
      findings.fail(
        `расчёт ${run}, счёт ${account}: строки на ${lines} коп., проводки на ${entries}`,
      );
    }
    const [count] = await transaction.query<{ rows: string }>(
      `select count(*) as rows from charge_line_${run}`,
    );
    findings.saw(integer(count?.rows ?? "0"));
  }
};

/**
 * From one closed period of an account to the next its balance changes by the entries posted
 * between them; before the first one there is the whole ledger.
 */
export const checkCheckpoints: Check = async (transaction, findings) => {
  const shards = await transaction.query<{ shard: number; rows: string }>(
    "select shard, count(*) as rows from checkpoint group by shard order by shard",
  );
  for (const { shard, rows } of shards) {
    const different = await transaction.query<Record<string, string>>(
      `with steps as (
         select account, period, lag(period) over w as previous,
           balance - coalesce(lag(balance) over w, 0) as change
         from checkpoint where shard = $1 window w as (partition by account order by period)
       ), posted as (
         select account, period, sum(amount) as amount from ledger where shard = $1
         group by account, period
       )
       select s.account, s.period, s.change, coalesce(sum(p.amount), 0) as posted
       from steps s
       left join posted p on p.account = s.account and p.period <= s.period
         and (s.previous is null or p.period > s.previous)
       group by s.account, s.period, s.change
       having s.change <> coalesce(sum(p.amount), 0) order by s.account, s.period`,
      [shard],
    );
    for (const { account, period, change, posted } of different) {
      findings.fail(
        `счёт ${account}, закрытие ${period}: сальдо изменилось на ${change} коп.,` +
          ` проводки на ${posted}`,
      );
    }
    findings.saw(integer(rows));
  }
};

/** The negative balance of a house goes on from month to month: what one carries out, the next carries in. */
export const checkHouses: Check = async (transaction, findings) => {
  const months = `select h.shard, h.site, r.period, h.carry_in, h.carry_out,
      row_number() over (partition by h.shard, h.site, r.period order by e.seq desc) as newest
    from house_month h
    join charge_run r on r.id = h.run
    join run_event e on e.run = h.run and e.event = 'APPROVED'`;
  const different = await transaction.query<Record<"site" | "period" | "given" | "left", string>>(
    `select site, period, carry_in as given, coalesce(previous, 0) as left from (
       select site, period, carry_in,
         lag(carry_out) over (partition by shard, site order by period) as previous
       from (${months}) m where newest = 1
     ) chained
     where carry_in <> coalesce(previous, 0) order by site, period`,
  );
  for (const { site, period, given, left } of different) {
    findings.fail(
      `дом ${site}, ${period}: принят отрицательный ОДН ${given}, а осталось ${left} (10⁻⁴ кВт·ч)`,
    );
  }
  const unequal = await transaction.query<Record<"run" | "site", string>>(
    `select h.run, h.site
     from house_month h
     cross join lateral jsonb_to_recordset(h.zones)
       as z (odpu bigint, individual bigint, "nonResidential" bigint, raw bigint, distributed bigint)
     group by h.shard, h.site, h.run
     having sum(z.odpu) <> h.odpu or sum(z.individual) <> h.individual
       or sum(z."nonResidential") <> h.non_residential
       or sum(z.raw) <> h.raw or sum(z.distributed) <> greatest(h.distributed, 0)
     order by h.run, h.site`,
  );
  for (const { run, site } of unequal)
    findings.fail(`расчёт ${run}, дом ${site}: ОДН по зонам не сходится с ОДН дома`);
  const split = await transaction.query<Record<"site" | "run" | "left" | "months", string>>(
    `select site, run, carry_out as left, months
     from (select site, run, carry_out,
         (select coalesce(sum(v), 0) from unnest(carry_volumes) v) as months
       from house_month) m
     where carry_out <> months order by site, run`,
  );
  for (const { site, run, left, months } of split) {
    findings.fail(
      `дом ${site}, расчёт ${run}: осталось отрицательного ОДН ${left}, а по месяцам ${months}` +
        " (10⁻⁴ кВт·ч)",
    );
  }
  const [count] = await transaction.query<{ rows: string; orphans: string }>(
    `select count(*) as rows, count(*) filter (where r.id is null) as orphans
     from house_month h left join charge_run r on r.id = h.run`,
  );
  const orphans = integer(count?.orphans ?? "0");
  if (orphans > 0) findings.fail(`итоги домов без своего расчёта: ${orphans}`);
  findings.saw(integer(count?.rows ?? "0"));
};
