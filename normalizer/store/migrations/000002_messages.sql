-- The inbox. A message is stored whole before its sender is acknowledged; what became of it is seen in `state`.
-- Partitioned by month of arrival: a partition goes after the retention of its channels.
create table message (
  id bigint not null,
  received_on date not null,
  organisation integer not null,
  channel text not null,
  name text not null,
  received_at timestamptz not null,
  sha256 bytea not null,
  size_bytes bigint not null,
  envelope jsonb not null,
  state text not null default 'received'
    check (state in ('received', 'posting', 'posted', 'waiting', 'quarantined', 'rejected', 'duplicate')),
  outcome jsonb,
  primary key (id, received_on)
) partition by range (received_on);
create index message_state on message (state, id) where state in ('received', 'posting', 'quarantined');
create index message_channel on message (channel, id);

-- Bytes in parts of at most 1 MiB, so that no value has to be held whole. A part that shrinks by it is stored as a raw
-- deflate stream; `inflated_bytes` is then its size as it came.
create table capture_part (
  message bigint not null,
  received_on date not null,
  part integer not null,
  bytes bytea not null,
  inflated_bytes integer,
  primary key (message, received_on, part)
) partition by range (received_on);

-- Every refusal, doubt and delay of a message, with its place.
create table message_problem (
  message bigint not null,
  received_on date not null,
  ordinal integer not null,
  code text not null,
  at text not null,
  object text,
  details jsonb,
  primary key (message, received_on, ordinal)
) partition by range (received_on);
create index message_problem_code on message_problem (code, message);

-- A record whose point or account is not mapped yet; taken by itself from the stored bytes once `key` is mapped.
create table waiting_record (
  key text not null,
  kind text not null,
  organisation integer not null,
  message bigint not null,
  received_on date not null,
  at bigint not null,
  code text not null,
  taken boolean not null default false,
  primary key (key, kind, organisation, message, at)
);
create index waiting_open on waiting_record (kind, key) where not taken;
create index waiting_message on waiting_record (message) where not taken;

-- A message that touches several shards is a document in common plus one leg per shard. `legs` names the shards
-- before the first leg is written; a leg's done-mark commits with what the leg writes. `known_seq` is what of common
-- the message was routed by: resumed after a kill it is routed by the same and makes the same legs.
create table document (
  shard smallint not null check (shard = 256),
  message bigint not null,
  seq bigint not null,
  legs smallint[] not null,
  known_seq bigint not null,
  done boolean not null default false,
  primary key (shard, message)
);
create index document_open on document (message) where not done;
create table leg (
  shard smallint not null,
  message bigint not null,
  seq bigint not null,
  primary key (shard, message)
);
