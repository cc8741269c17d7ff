-- A bank and ГИС ЖКХ may both tell of one payment: whichever is seen second adds nothing.

-- By what a payment of one source is known in the other. Written when its document is opened, in common: the payment
-- itself may still be under way in a leg.
create table payment_mark (
  shard smallint not null check (shard = 256),
  paid_on date not null,
  message bigint not null,
  at bigint not null,
  -- УИП: the notice's own, or one that stands in the purpose of the bank's line; empty = the line has none.
  order_id text not null,
  organisation integer not null,
  source text not null,
  -- Key of the payment: a payment that was taken back is nobody's second sight.
  key text not null,
  amount bigint not null,
  document_number text not null,
  document_on date not null,
  posted_on date not null,
  -- Whose it is by its own names, also where it is kept back.
  account_shard smallint,
  site bigint,
  account bigint,
  primary key (shard, paid_on, message, at, order_id)
) partition by range (paid_on);
create index payment_mark_notice on payment_mark (organisation, account, amount)
  where source = 'GIS_ZHKH' and account is not null;
create index payment_mark_line on payment_mark (organisation, account, amount)
  where source = 'BANK' and account is not null;
create index payment_mark_order on payment_mark (organisation, order_id) where order_id <> '';
create index payment_mark_place on payment_mark (message, at);

-- Two sights of one payment: SAME = the second one adds nothing; DOUBT = it is kept back, and a person decides.
create table payment_pair (
  shard smallint not null check (shard = 256),
  seq bigint not null,
  organisation integer not null,
  second_message bigint not null,
  second_at bigint not null,
  -- Who says so: the message of the second payment, or one of the desk.
  message bigint not null,
  at bigint not null,
  kind text not null check (kind in ('SAME', 'DOUBT')),
  first_message bigint not null,
  first_at bigint not null,
  -- Whose the payment is by either of the two; null = nobody knows.
  account_shard smallint,
  site bigint,
  account bigint,
  author text,
  ground text,
  primary key (shard, second_message, second_at, message, at)
);
create index payment_pair_first on payment_pair (first_message, first_at);
create index payment_pair_said on payment_pair (message);
create index payment_pair_account on payment_pair (account) where account is not null;

-- What is new for a shard in common: by the messages whose legs are new in it.
create index leg_news on leg (shard, seq);
create index recognition_said on recognition (message);
create index recognition_account on recognition (account);
