-- The outbox: one row per destination and object, the state that the counterpart is to have.
create table delivery (
  shard smallint not null,
  destination text not null,
  object text not null,
  kind text not null,
  organisation integer not null,
  account bigint,
  -- Keys of the objects that must be confirmed before.
  needs text[] not null,
  content_hash bytea not null,
  content jsonb,
  state text not null check (state in
    ('waiting', 'sending', 'sent', 'confirmed', 'refused', 'unknown', 'held', 'withdrawn')),
  -- Content that the counterpart accepted last; the same again makes no delivery.
  confirmed_hash bytea,
  foreign_ids jsonb not null default '{}',
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  exchange bigint,
  code text,
  foreign_code text,
  text text,
  changed_at timestamptz not null default now(),
  primary key (shard, destination, object)
);
create index delivery_work on delivery (destination, state, next_at) where state in ('waiting', 'unknown');
create index delivery_account on delivery (shard, account);
create index delivery_refused on delivery (destination, code) where state = 'refused';

-- How far a destination's projector has seen a shard: runs by common's seq, facts and money by the shard's own.
create table delivery_cursor (
  shard smallint not null,
  destination text not null,
  run_seq bigint not null,
  seq bigint not null,
  primary key (shard, destination)
);

-- One message to a counterpart and what became of it.
create table exchange (
  id bigint primary key,
  destination text not null,
  operation text not null,
  kind text not null,
  message_id text not null,
  foreign_message text,
  state text not null check (state in ('prepared', 'sent', 'accepted', 'done', 'unknown', 'failed')),
  request bytea not null,
  answer bytea,
  polls integer not null default 0,
  next_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  ended_at timestamptz,
  code text,
  text text
);
create index exchange_open on exchange (destination, next_at) where state in ('prepared', 'sent', 'accepted', 'unknown');

create table exchange_object (
  exchange bigint not null,
  shard smallint not null,
  object text not null,
  content_hash bytea not null,
  outcome text check (outcome in ('accepted', 'refused')),
  code text,
  foreign_code text,
  text text,
  primary key (exchange, object)
);

-- A destination that a counterpart or a person has stopped, and why.
create table destination_state (
  destination text primary key,
  stopped boolean not null,
  code text,
  text text,
  until timestamptz,
  author text not null,
  at timestamptz not null
);
