-- What persons have ordered to send back of an account's advance, and what became of each order: in common, added to
-- and never changed. A refund leaves as the delivery "refund/MESSAGE".
create table refund (
  shard smallint not null check (shard = 256),
  -- Of the desk, by which it was ordered; its name for people.
  message bigint not null,
  seq bigint not null,
  organisation integer not null,
  account_shard smallint not null,
  site bigint not null,
  account bigint not null,
  account_number text not null,
  amount bigint not null check (amount > 0),
  payee jsonb not null,
  purpose text not null,
  author text not null,
  ground text not null,
  ordered_at timestamptz not null,
  primary key (shard, message)
);
create index refund_account on refund (organisation, account, message);

create table refund_event (
  shard smallint not null check (shard = 256),
  refund bigint not null,
  event text not null check (event in ('APPROVED', 'WITHDRAWN', 'EXECUTED')),
  seq bigint not null,
  organisation integer not null,
  -- Of the desk; EXECUTED: row of the bank's statement.
  message bigint not null,
  at bigint not null,
  -- APPROVED: number, date and payer's requisites of the payment order; the number is unique in its year as unique_key
  -- of kind "payment-order".
  number integer,
  day date,
  payer jsonb,
  author text not null,
  ground text not null,
  primary key (shard, refund, event),
  check ((event = 'APPROVED') = (number is not null and day is not null and payer is not null))
);
create index refund_event_approved on refund_event (organisation, number) where event = 'APPROVED';
create index refund_event_message on refund_event (message);
