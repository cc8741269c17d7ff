-- Every movement of money that came in, once. Shard of the account it was recognised for, else common:
-- unrecognised money is the sum of common's rows less what persons have recognised of them.
create table payment (
  shard smallint not null,
  -- Day of the payment; `posted_on` is the bank's.
  paid_on date not null,
  message bigint not null,
  at bigint not null,
  seq bigint not null,
  organisation integer not null,
  -- Hash of the identity by R6 of money-and-documents.md; unique for ever as unique_key of kind "payment".
  key text not null,
  source text not null,
  -- IN and OUT are the bank's; OWN is a transfer between the organisation's accounts, counted once.
  direction text not null check (direction in ('IN', 'OUT', 'OWN')),
  our_account text,
  posted_on date not null,
  amount bigint not null check (amount > 0),
  -- Payment that this row takes back; a reversal that awaits a person has none, and its code.
  reversed_message bigint,
  reversed_at bigint,
  site bigint,
  account bigint,
  -- Month that the payer names.
  period date,
  other jsonb not null,
  document_number text not null,
  document_on date not null,
  purpose text not null,
  -- Why it was not recognised, or not posted.
  code text,
  primary key (shard, paid_on, message, at)
) partition by range (paid_on);
create index payment_common on payment (organisation, message, at) where shard = 256;
create index payment_common_sum on payment (organisation, amount, paid_on) where shard = 256;
create index payment_account on payment (shard, site, account, paid_on) where account is not null;

-- What a person has said of an unrecognised payment: in common, with its parts; the legs put them into the ledger.
create table recognition (
  shard smallint not null check (shard = 256),
  seq bigint not null,
  organisation integer not null,
  payment_message bigint not null,
  payment_at bigint not null,
  message bigint not null,
  at bigint not null,
  amount bigint not null check (amount > 0),
  account_shard smallint not null,
  site bigint not null,
  account bigint not null,
  author text not null,
  ground text not null,
  primary key (shard, payment_message, payment_at, message, at, account)
);
