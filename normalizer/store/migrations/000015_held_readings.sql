-- The month that a reading is accepted for where that is not the month of its day: one that came after the days of
-- acceptance is of the next month. Null = the month of the law's day.
alter table reading add column period date;

-- Readings that their control did not let in: HELD ones wait for a person, REJECTED ones are refused by the rules and
-- kept with the reason and the priority of their source. Billing never reads this table. A row is inserted once; what
-- a person decides is added once.
create table held_reading (
  shard smallint not null,
  message bigint not null,
  at bigint not null,
  seq bigint not null,
  organisation integer not null,
  site bigint not null,
  meter bigint not null,
  serial text not null,
  account_number text not null,
  -- The law's day.
  read_on date not null,
  -- [{zone, text}] as on the display, whatever it was.
  typed jsonb not null,
  -- 10⁻⁴, in the order of the meter's zones; null where they do not fit its display or zones.
  values bigint[],
  source text not null,
  priority smallint not null,
  status text not null check (status in ('HELD', 'REJECTED')),
  code text not null,
  details jsonb not null,
  previous_on date,
  previous_values bigint[],
  -- Energy since the previous reading and what is usual for these days, 10⁻⁴ kWh.
  volume bigint,
  expected bigint,
  decision text check (decision in ('CONFIRMED', 'REFUSED')),
  decided_seq bigint not null default 0,
  author text,
  ground text,
  decided_message bigint,
  check ((decision is null) = (decided_seq = 0)),
  primary key (shard, message, at)
);
create index held_reading_open on held_reading (organisation, message, at) where status = 'HELD' and decision is null;
create index held_reading_refused on held_reading (organisation, message, at) where status = 'REJECTED' or decision = 'REFUSED';
create index held_reading_meter on held_reading (shard, site, meter) where status = 'HELD';
