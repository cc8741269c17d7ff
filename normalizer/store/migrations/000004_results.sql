-- A billing run: what it covers, what it knew (pin: 257 counters, index = shard + 1) and which rule versions it used.
-- Its approval, discard or closing is a row in common: one row makes ten million lines valid.
create table charge_run (
  id bigint primary key,
  organisation integer not null,
  period date not null,
  kind text not null,
  parent bigint,
  pin bigint[] not null,
  rules jsonb not null,
  scope jsonb not null,
  created_at timestamptz not null,
  author text not null
);
create table run_event (
  shard smallint not null check (shard = 256),
  seq bigint not null,
  run bigint not null,
  event text not null check (event in ('APPROVED', 'DISCARDED')),
  author text not null,
  at timestamptz not null,
  primary key (shard, seq, run)
);
create table closing (
  shard smallint not null check (shard = 256),
  seq bigint not null,
  organisation integer not null,
  period date not null,
  pin bigint[] not null,
  author text not null,
  at timestamptz not null,
  primary key (shard, organisation, period)
);
-- Claimed with SKIP LOCKED by any worker; the done-mark commits with the chunk's rows.
create table run_chunk (
  run bigint not null,
  chunk integer not null,
  stage smallint not null,
  shard smallint not null,
  first_site bigint not null,
  last_site bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'done')),
  worker text,
  accounts integer,
  lines integer,
  primary key (run, chunk)
);
