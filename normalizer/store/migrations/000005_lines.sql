-- Results of runs. A run fills tables of its own (charge_line_N, run_entry_N), made by open_run, indexed and attached
-- by post_run, dropped by drop_run; the hub's role cannot create or drop, so these run with the owner's rights.
-- What is attached is not yet posted: readers ask run_event (functions and views below do).
--
-- Numbers instead of names keep a line small: kind = place in LINE_KINDS, zone = place in ZONES, rule = place in
-- charge_run.rules, which is an array of {"rule", "version"}. View charge_line_text spells them out.
create table charge_line (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  point bigint not null,
  volume bigint not null,
  price bigint,
  amount bigint not null,
  vat bigint,
  origin date not null,
  tariff_from date,
  shard smallint not null,
  ordinal smallint not null,
  kind smallint not null,
  rule smallint not null,
  zone smallint not null,
  range smallint not null,
  primary key (shard, site, account, ordinal, run)
) partition by list (run);

-- What a run owes the ledger: charges, corrections and penalties, one row per account, kind and origin month.
create table run_entry (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  amount bigint not null,
  value_day date not null,
  origin date,
  shard smallint not null,
  ordinal smallint not null,
  kind smallint not null,
  primary key (shard, site, account, ordinal, run)
) partition by list (run);

-- Money that no run makes: opening balances, payments, reversals, manual corrections.
create table ledger_entry (
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  value_day date not null,
  seq bigint not null,
  at bigint not null,
  organisation integer not null,
  kind smallint not null,
  period date not null,
  origin date,
  amount bigint not null,
  message bigint not null,
  primary key (shard, site, account, value_day, seq, at)
) partition by range (value_day);

-- Balance and open debts of an account at the end of a closed period: settlement starts from the last one.
create table checkpoint (
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  period date not null,
  balance bigint not null,
  debt_origins date[] not null,
  debt_amounts bigint[] not null,
  primary key (shard, site, account, period)
) partition by range (period);

-- Why an account or its common lines are not in a run.
create table run_problem (
  run bigint not null,
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  ordinal integer not null,
  code text not null,
  at text not null,
  object text,
  details jsonb,
  primary key (shard, run, site, account, ordinal)
);

-- Empty tables of a run; nothing where they stand already. The check lets ATTACH skip its scan.
create function open_run(run bigint) returns void
language plpgsql security definer set search_path from current as $$
declare
  parent text;
  hub text;
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  if exists (select from run_event e where e.run = open_run.run)
    or not exists (select from charge_run c where c.id = open_run.run) then
    raise exception 'not an open run: %', run;
  end if;
  foreach parent in array array['charge_line', 'run_entry'] loop
    continue when to_regclass(quote_ident(parent || '_' || run)) is not null;
    execute format('create table %I (like %I including defaults, check (run = %L::bigint))',
      parent || '_' || run, parent, run);
    if exists (select from pg_extension where extname = 'citus') then
      execute format('select create_distributed_table(%L, %L)', parent || '_' || run, 'shard');
    end if;
    for hub in select role from hub_access loop
      execute format('grant select, insert on %I to %I', parent || '_' || run, hub);
    end loop;
  end loop;
end $$;

-- Indexes and attaches the tables of a run whose chunks are all done, and of its children, whose lines first take
-- the place of their sites' lines in the parent. Repeatable: a killed approval is called again.
create function post_run(run bigint) returns void
language plpgsql security definer set search_path from current as $$
declare
  part bigint;
  parent text;
  parts bigint[];
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  parts := array(
    select c.id from charge_run c
    where (c.id = post_run.run or c.parent = post_run.run)
      and not exists (select from run_event e where e.run = c.id and e.event = 'DISCARDED')
    order by c.id);
  if not run = any (parts)
    or exists (select from run_chunk k where k.run = any (parts) and k.state <> 'done') then
    raise exception 'not a complete run: %', run;
  end if;
  foreach part in array parts loop
    foreach parent in array array['charge_line', 'run_entry'] loop
      perform replace_sites(parent, parts, part);
    end loop;
  end loop;
  foreach part in array parts loop
    foreach parent in array array['charge_line', 'run_entry'] loop
      continue when exists (
        select from pg_inherits where inhrelid = to_regclass(quote_ident(parent || '_' || part)));
      execute format('alter table %I add primary key (shard, site, account, ordinal, run)',
        parent || '_' || part);
      execute format('alter table %I attach partition %I for values in (%L)',
        parent, parent || '_' || part, part);
    end loop;
  end loop;
end $$;

-- Takes the sites of one child out of the runs before it that are not attached yet.
create function replace_sites(parent text, parts bigint[], child bigint) returns void
language plpgsql set search_path from current as $$
declare
  earlier bigint;
begin
  foreach earlier in array parts loop
    continue when earlier >= child or exists (
      select from pg_inherits where inhrelid = to_regclass(quote_ident(parent || '_' || earlier)));
    execute format(
      'delete from %I l using run_chunk k
       where k.run = %L and l.shard = k.shard and l.site between k.first_site and k.last_site',
      parent || '_' || earlier, child);
  end loop;
end $$;

-- Drops what a discarded run has filled. Its chunks and problems stay as the record of what was done.
create function drop_run(run bigint) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  if not exists (
    select from run_event e where e.run = drop_run.run and e.event = 'DISCARDED') then
    raise exception 'not a discarded run: %', run;
  end if;
  execute format('drop table if exists %I, %I', 'charge_line_' || run, 'run_entry_' || run);
end $$;

-- Posted lines for reports and for people at a SQL prompt, as one row per line with names instead of numbers.
create view charge_line_text as
select l.run, r.period, r.organisation, l.shard, l.site, l.account, l.ordinal,
  (array['METER', 'METER_DELTA', 'AVERAGE', 'NORM', 'KPOV', 'KDELAY', 'FIXED', 'OWN', 'SECTION', 'COMMON', 'ODN',
    'ABSENCE', 'TAMPER', 'MANUAL', 'ENERGY', 'CAPACITY', 'TRANSMISSION_POWER', 'FACT_OVER_PLAN', 'PLAN_OVER_FACT',
    'PLAN_SUM', 'DEVIATION_ABS'])[l.kind + 1] as kind,
  r.rules->l.rule->>'rule' as rule, (r.rules->l.rule->>'version')::integer as rule_version,
  l.point, (array['T0', 'T1', 'T3', 'T2'])[l.zone + 1] as zone, l.range, l.origin, l.tariff_from,
  l.volume, l.price, l.amount, l.vat
from charge_line l
join charge_run r on r.id = l.run
where exists (select from run_event e where e.run = l.run and e.event = 'APPROVED');

-- The whole ledger: posted entries of runs and the money that no run makes.
create view ledger as
select e.shard, e.site, e.account, e.value_day, r.period, e.origin, e.kind, e.amount, e.run,
  null::bigint as message, null::bigint as at
from run_entry e
join charge_run r on r.id = e.run
where exists (select from run_event v where v.run = e.run and v.event = 'APPROVED')
union all
select shard, site, account, value_day, period, origin, kind, amount, null, message, at
from ledger_entry;
