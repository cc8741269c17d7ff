-- What the other files rest on. Name and password of the role that the hub works as when only the owner's address is
-- given: made by `migrate`, readable by the owner alone.
create table hub_access (
  role text primary key,
  password text,
  -- Hash of the rights granted last: GRANT writes the catalogue, so it runs only when something has changed.
  rights text
);

-- Partitions by month for a table partitioned by range of one date column. The new table is made beside and attached:
-- ATTACH, unlike CREATE … PARTITION OF, does not stop those who write to the parent. Runs with the owner's rights, so
-- that the hub's role may ask for a month far in the past; the catalogue decides which tables it may name.
create function ensure_partitions(parent text, days date[]) returns integer
language plpgsql security definer set search_path from current as $$
declare
  first date;
  partition text;
  made integer := 0;
begin
  if not exists (
    select from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where c.oid = to_regclass(quote_ident(parent)) and p.partstrat = 'r' and p.partnatts = 1
      and a.atttypid = 'date'::regtype
  ) then
    raise exception 'not a table partitioned by month: %', parent;
  end if;
  for first in select distinct date_trunc('month', day)::date from unnest(days) day order by 1 loop
    partition := parent || to_char(first, '_YYYY_MM');
    continue when to_regclass(quote_ident(partition)) is not null;
    -- One maker at a time; the second one finds the table made, by a query because the look above is cached.
    perform pg_advisory_xact_lock(hashtext('ensure_partitions'), hashtext(parent));
    continue when exists (
      select from pg_class where relname = partition and relnamespace = current_schema()::regnamespace);
    execute format('create table %I (like %I including defaults including constraints)', partition, parent);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)',
      parent, partition, first, (first + interval '1 month')::date);
    made := made + 1;
  end loop;
  return made;
end $$;

-- Every table partitioned by month, from the previous month on.
create function ensure_partitions_ahead(months_ahead integer) returns integer
language plpgsql security definer set search_path from current as $$
declare
  parent text;
  made integer := 0;
begin
  for parent in
    select c.relname from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where c.relnamespace = current_schema()::regnamespace and p.partstrat = 'r' and p.partnatts = 1
      and a.atttypid = 'date'::regtype
    order by 1
  loop
    made := made + ensure_partitions(parent, (
      select array_agg((date_trunc('month', current_date) + n * interval '1 month')::date)
      from generate_series(-1, months_ahead) n));
  end loop;
  return made;
end $$;
