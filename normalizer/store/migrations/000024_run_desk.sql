-- What a person looks at before a run is posted, made small while the run is computed: at ten million accounts the lines
-- themselves are not added up again for a page.
create table run_total (
  run bigint not null,
  amount bigint not null,
  -- 10⁻⁴ kWh.
  volume bigint not null,
  chunk integer not null,
  accounts integer not null,
  lines integer not null,
  shard smallint not null,
  kind smallint not null,
  -- Lines of origin months before the period.
  correction boolean not null,
  district text not null,
  primary key (shard, run, chunk, district, kind, correction)
);

-- Accounts whose sum a person should look at, a number of them per reason; `outliers` of run_check has them all counted.
create table run_outlier (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  amount bigint not null,
  -- Of the month before; null where nothing was charged in it.
  before bigint,
  correction bigint not null,
  shard smallint not null,
  reason text not null check (reason in ('NEGATIVE', 'CORRECTION', 'GROWN', 'FALLEN', 'FIRST', 'GONE')),
  primary key (shard, run, account)
);

-- The comparison with the month before is done; the row comes with the outliers.
create table run_check (
  run bigint primary key,
  previous bigint[] not null,
  -- Accounts by reason.
  outliers jsonb not null,
  at timestamptz not null
);

-- Whether the hubs work on a run; without a row only who calls `hub bill` does.
create table run_control (
  run bigint primary key,
  wanted text not null check (wanted in ('WORK', 'PAUSE')),
  author text not null,
  at timestamptz not null
);

-- From the last minutes of it follows how long the rest takes.
alter table run_chunk add column done_at timestamptz;
