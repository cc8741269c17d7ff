-- The order of everything: one counter per shard, taken under its row lock, so that seq is the commit order of the
-- shard. 0–255 hold sites and contracts, 256 («common») what belongs to none.
create table shard_counter (
  shard smallint primary key,
  seq bigint not null default 0
);
insert into shard_counter (shard) select generate_series(0, 256);

-- Internal ids (sites, accounts, meters, channels, messages, runs) come from one sequence: an id names one thing.
create sequence object_id minvalue 1000;

-- Keys that law or a counterpart defines and that must be unique for ever: account numbers, meter serials, document
-- numbers, operation ids, hashes of posted messages. They are also the way to the shard, hence no shard in the key.
create table unique_key (
  key text not null,
  kind text not null,
  organisation integer not null,
  shard smallint not null,
  site bigint not null,
  id bigint not null,
  message bigint not null,
  primary key (key, kind, organisation)
);

-- Reference facts of every kind (account, meter, residents, channel-map, tariff, norm, switch …): valid time as
-- half-open dates, record time as seq. A row is inserted once; a correction is a new version, and the only column of
-- the old one that changes is end_seq. As known at S: seq <= S and (end_seq = 0 or end_seq > S).
create table fact (
  shard smallint not null,
  site bigint not null,
  kind text not null,
  subject text not null,
  valid_from date not null,
  seq bigint not null,
  end_seq bigint not null default 0,
  valid_to date,
  organisation integer not null,
  message bigint not null,
  at bigint not null,
  author text not null,
  ground text not null,
  body jsonb not null,
  primary key (shard, site, kind, subject, valid_from, seq),
  check (valid_to is null or valid_to > valid_from)
);
create index fact_news on fact (shard, seq);
