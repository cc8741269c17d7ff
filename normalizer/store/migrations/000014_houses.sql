-- Result of the common part of one МКД and month, beside the lines of its run: what the next month carries on and what
-- the ведомость of the house shows. Like a line it is posted when its run is. Volumes are in 10⁻⁴ kWh.
create table house_month (
  run bigint not null,
  site bigint not null,
  shard smallint not null,
  method text not null check (method in ('METER', 'AVERAGE', 'NORM', 'HELD')),
  -- Volume of the ОДПУ; null without one.
  odpu bigint,
  individual bigint not null,
  non_residential bigint not null,
  raw bigint not null,
  carry_in bigint not null check (carry_in >= 0),
  carry_used bigint not null,
  carry_out bigint not null check (carry_out >= 0),
  cap bigint not null,
  distributed bigint not null,
  over_norm bigint not null,
  -- Sum of the ОДН lines of the whole house; 0 in a managed one.
  shares bigint not null,
  residue bigint not null,
  -- Null where the house has no communal flat.
  communal_residue bigint,
  -- Null unless the house is managed.
  manager bigint,
  -- Numbers of the premises that hold the common lines.
  held_by text[] not null,
  primary key (shard, site, run)
);

-- The contract that pays for a premises of a МКД has a site and shard of its own: this finds them.
create index fact_contract on fact (subject) where kind = 'contract';
