-- The outbox: one row per destination and object, the state that the counterpart is to have.
create table delivery (
  shard smallint not null,
  destination text not null,
  object text not null,
  -- With "-withdrawal" behind it while an accepted object is being taken back; the content stays.
  kind text not null,
  organisation integer not null,
  account bigint,
  -- Keys of the objects that must stand before; rows of the same shard and destination.
  needs text[] not null,
  content_hash bytea not null,
  content jsonb not null,
  -- sending = in a message that is prepared or on its way; sent = the counterpart has taken the message.
  state text not null check (state in
    ('waiting', 'sending', 'sent', 'confirmed', 'refused', 'unknown', 'held', 'withdrawn')),
  -- Content that the message under way carries, where a newer one waits behind it.
  sent_content jsonb,
  -- Content that the counterpart accepted last; the same again makes no delivery. Null = nothing of it stands there.
  confirmed_hash bytea,
  foreign_ids jsonb not null default '{}',
  -- Messages that have carried the present content.
  attempts integer not null default 0,
  -- Those of them that failed with a code that may be repeated only a few times.
  limited_failures integer not null default 0,
  next_at timestamptz not null,
  -- Message under way, or the last one.
  exchange bigint,
  -- Rows of one half of a refused message: they go in a message of their own.
  batch text,
  code text,
  foreign_code text,
  text text,
  changed_at timestamptz not null,
  primary key (shard, destination, object)
);
create index delivery_work on delivery (destination, kind, batch, next_at, object)
  where state = 'waiting';
create index delivery_account on delivery (shard, account);
create index delivery_list on delivery (destination, state, object);
create index delivery_refused on delivery (destination, code) where code is not null;

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
  organisation integer not null,
  destination text not null,
  operation text not null,
  kind text not null,
  message_id text not null,
  foreign_message text,
  -- prepared = surely not sent; sent = perhaps sent; accepted = the counterpart works on it; the others are ends, save
  -- unknown, which a read-back ends.
  state text not null check (state in ('prepared', 'sent', 'accepted', 'done', 'unknown', 'failed')),
  request bytea not null,
  -- What came back last.
  answer bytea,
  polls integer not null default 0,
  next_at timestamptz not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  ended_at timestamptz,
  code text,
  text text
);
create index exchange_open on exchange (destination, next_at)
  where state in ('prepared', 'sent', 'accepted', 'unknown');

create table exchange_object (
  exchange bigint not null,
  shard smallint not null,
  object text not null,
  content_hash bytea not null,
  outcome text check (outcome in ('accepted', 'refused', 'returned')),
  code text,
  foreign_code text,
  text text,
  primary key (exchange, object)
);
create index exchange_object_attempts on exchange_object (object, exchange);

-- A destination that does not send now, and why: stopped until a person releases it, or resting until an instant.
create table destination_state (
  destination text primary key,
  organisation integer not null,
  stopped boolean not null,
  code text,
  text text,
  until timestamptz,
  author text not null,
  at timestamptz not null
);
