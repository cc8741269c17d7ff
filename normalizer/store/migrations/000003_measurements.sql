-- Register states. `state_at` is the first day not yet measured: the law's «показание на D» has state_at = D + 1.
-- `values` are the display's digits in 10⁻⁴, one per zone of the meter, in the order of the meter's zones.
create table reading (
  shard smallint not null,
  site bigint not null,
  meter bigint not null,
  state_at date not null,
  seq bigint not null,
  end_seq bigint not null default 0,
  organisation integer not null,
  values bigint[] not null,
  source text not null,
  message bigint not null,
  at bigint not null,
  primary key (shard, site, meter, state_at, seq)
) partition by range (state_at);

-- Interval values as they came: append-only, one row per channel, UTC day and message; a null value is a gap that
-- the message states. `version` orders the versions of one source (80020: message number, then timestamp). A row
-- without values repeats the version that was valid when it came: no news for billing, yet known to be the latest.
create table interval_patch (
  shard smallint not null,
  channel bigint not null,
  day date not null,
  seq bigint not null,
  first_slot smallint not null check (first_slot between 0 and 47),
  received_on date not null,
  organisation integer not null,
  source text not null,
  version bigint not null,
  version_timestamp text not null,
  values bigint[] not null,
  qualities text not null,
  held boolean not null default false,
  message bigint not null,
  at bigint not null,
  primary key (shard, channel, day, seq, first_slot, received_on)
) partition by range (received_on);

-- What billing reads: per slot the valid patch. Derived, rebuilt when a newer patch exists (through_seq is older).
create table interval_day (
  shard smallint not null,
  channel bigint not null,
  day date not null,
  through_seq bigint not null,
  values bigint[] not null,
  qualities text not null,
  origin_of smallint[] not null,
  origin_message bigint[] not null,
  origin_at bigint[] not null,
  primary key (shard, channel, day)
);
