-- Everything the migrations make, written by schema-dump.ts from the catalogue: the same text
-- on PostgreSQL 15 and 18. Read it to see the store as a whole; never run it. schema.test.ts
-- compares it with a freshly migrated database. After adding a migration write it anew:
--   npx tsc -p . && UPDATE_SCHEMA=1 node build/normalizer/store/schema.test.js
-- Partitions are left out (their names depend on the month); "hub" stands for the role of the hub.

create table audit_entry (
  id bigint default nextval('object_id'::regclass) not null,
  at timestamp with time zone default now() not null,
  organisation integer not null,
  login text not null,
  action text not null,
  object text not null,
  old_value jsonb,
  new_value jsonb,
  address text not null,
  constraint audit_entry_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_entry_object ON audit_entry USING btree (organisation, object, id);

create table capture_part (
  message bigint not null,
  received_on date not null,
  part integer not null,
  bytes bytea not null,
  inflated_bytes integer,
  constraint capture_part_pkey PRIMARY KEY (message, received_on, part)
) partition by RANGE (received_on);

create table charge_line (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  point bigint not null,
  volume bigint not null,
  price bigint,
  amount bigint not null,
  vat bigint,
  origin date not null,
  tariff_from date,
  shard smallint not null,
  ordinal smallint not null,
  kind smallint not null,
  rule smallint not null,
  zone smallint not null,
  range smallint not null,
  constraint charge_line_pkey PRIMARY KEY (shard, site, account, ordinal, run)
) partition by LIST (run);

create table charge_run (
  id bigint not null,
  organisation integer not null,
  period date not null,
  kind text not null,
  parent bigint,
  pin bigint[] not null,
  rules jsonb not null,
  scope jsonb not null,
  created_at timestamp with time zone not null,
  author text not null,
  constraint charge_run_pkey PRIMARY KEY (id)
);

create table checkpoint (
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  period date not null,
  balance bigint not null,
  debt_origins date[] not null,
  debt_amounts bigint[] not null,
  penalty_origins date[] default '{}'::date[] not null,
  penalty_amounts bigint[] default '{}'::bigint[] not null,
  costs_origins date[] default '{}'::date[] not null,
  costs_amounts bigint[] default '{}'::bigint[] not null,
  constraint checkpoint_pkey PRIMARY KEY (shard, site, account, period)
) partition by RANGE (period);
CREATE INDEX checkpoint_owing ON ONLY checkpoint USING btree (shard, site, account) WHERE ((debt_origins[1] < period) OR (cardinality(penalty_amounts) > 0));

create table closing (
  shard smallint not null,
  seq bigint not null,
  organisation integer not null,
  period date not null,
  pin bigint[] not null,
  author text not null,
  at timestamp with time zone not null,
  constraint closing_pkey PRIMARY KEY (shard, organisation, period),
  constraint closing_shard_check CHECK ((shard = 256))
);

create table delivery (
  shard smallint not null,
  destination text not null,
  object text not null,
  kind text not null,
  organisation integer not null,
  account bigint,
  needs text[] not null,
  content_hash bytea not null,
  content jsonb not null,
  state text not null,
  sent_content jsonb,
  confirmed_hash bytea,
  foreign_ids jsonb default '{}'::jsonb not null,
  attempts integer default 0 not null,
  limited_failures integer default 0 not null,
  next_at timestamp with time zone not null,
  exchange bigint,
  batch text,
  code text,
  foreign_code text,
  text text,
  changed_at timestamp with time zone not null,
  constraint delivery_pkey PRIMARY KEY (shard, destination, object),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'confirmed'::text, 'refused'::text, 'unknown'::text, 'held'::text, 'withdrawn'::text])))
);
CREATE INDEX delivery_account ON delivery USING btree (shard, account);
CREATE INDEX delivery_list ON delivery USING btree (destination, state, object);
CREATE INDEX delivery_refused ON delivery USING btree (destination, code) WHERE (code IS NOT NULL);
CREATE INDEX delivery_work ON delivery USING btree (destination, kind, batch, next_at, object) WHERE (state = 'waiting'::text);

create table delivery_cursor (
  shard smallint not null,
  destination text not null,
  run_seq bigint not null,
  seq bigint not null,
  constraint delivery_cursor_pkey PRIMARY KEY (shard, destination)
);

create table destination_state (
  destination text not null,
  organisation integer not null,
  stopped boolean not null,
  code text,
  text text,
  until timestamp with time zone,
  author text not null,
  at timestamp with time zone not null,
  constraint destination_state_pkey PRIMARY KEY (destination)
);

create table document (
  shard smallint not null,
  message bigint not null,
  seq bigint not null,
  legs smallint[] not null,
  known_seq bigint not null,
  done boolean default false not null,
  constraint document_pkey PRIMARY KEY (shard, message),
  constraint document_shard_check CHECK ((shard = 256))
);
CREATE INDEX document_open ON document USING btree (message) WHERE (NOT done);

create table exchange (
  id bigint not null,
  organisation integer not null,
  destination text not null,
  operation text not null,
  kind text not null,
  message_id text not null,
  foreign_message text,
  state text not null,
  request bytea not null,
  answer bytea,
  polls integer default 0 not null,
  next_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  ended_at timestamp with time zone,
  code text,
  text text,
  constraint exchange_pkey PRIMARY KEY (id),
  constraint exchange_state_check CHECK ((state = ANY (ARRAY['prepared'::text, 'sent'::text, 'accepted'::text, 'done'::text, 'unknown'::text, 'failed'::text])))
);
CREATE INDEX exchange_open ON exchange USING btree (destination, next_at) WHERE (state = ANY (ARRAY['prepared'::text, 'sent'::text, 'accepted'::text, 'unknown'::text]));

create table exchange_object (
  exchange bigint not null,
  shard smallint not null,
  object text not null,
  content_hash bytea not null,
  outcome text,
  code text,
  foreign_code text,
  text text,
  constraint exchange_object_pkey PRIMARY KEY (exchange, object),
  constraint exchange_object_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text, 'returned'::text])))
);
CREATE INDEX exchange_object_attempts ON exchange_object USING btree (object, exchange);

create table fact (
  shard smallint not null,
  site bigint not null,
  kind text not null,
  subject text not null,
  valid_from date not null,
  seq bigint not null,
  end_seq bigint default 0 not null,
  valid_to date,
  organisation integer not null,
  message bigint not null,
  at bigint not null,
  author text not null,
  ground text not null,
  body jsonb not null,
  constraint fact_pkey PRIMARY KEY (shard, site, kind, subject, valid_from, seq),
  constraint fact_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from)))
);
CREATE INDEX fact_contract ON fact USING btree (subject) WHERE (kind = 'contract'::text);
CREATE INDEX fact_ended ON fact USING btree (shard, end_seq) WHERE (end_seq <> 0);
CREATE INDEX fact_news ON fact USING btree (shard, seq);

create table held_reading (
  shard smallint not null,
  message bigint not null,
  at bigint not null,
  seq bigint not null,
  organisation integer not null,
  site bigint not null,
  meter bigint not null,
  serial text not null,
  account_number text,
  read_on date not null,
  typed jsonb not null,
  values bigint[],
  source text not null,
  priority smallint not null,
  status text not null,
  code text not null,
  details jsonb not null,
  previous_on date,
  previous_values bigint[],
  volume bigint,
  expected bigint,
  decision text,
  decided_seq bigint default 0 not null,
  author text,
  ground text,
  decided_message bigint,
  constraint held_reading_pkey PRIMARY KEY (shard, message, at),
  constraint held_reading_check CHECK (((decision IS NULL) = (decided_seq = 0))),
  constraint held_reading_decision_check CHECK ((decision = ANY (ARRAY['CONFIRMED'::text, 'REFUSED'::text]))),
  constraint held_reading_status_check CHECK ((status = ANY (ARRAY['HELD'::text, 'REJECTED'::text])))
);
CREATE INDEX held_reading_meter ON held_reading USING btree (shard, site, meter) WHERE (status = 'HELD'::text);
CREATE INDEX held_reading_open ON held_reading USING btree (organisation, message, at) WHERE ((status = 'HELD'::text) AND (decision IS NULL));
CREATE INDEX held_reading_refused ON held_reading USING btree (organisation, message, at) WHERE ((status = 'REJECTED'::text) OR (decision = 'REFUSED'::text));

create table house_month (
  run bigint not null,
  site bigint not null,
  shard smallint not null,
  method text not null,
  odpu bigint,
  individual bigint not null,
  non_residential bigint not null,
  raw bigint not null,
  carry_in bigint not null,
  carry_used bigint not null,
  carry_out bigint not null,
  cap bigint not null,
  distributed bigint not null,
  over_norm bigint not null,
  shares bigint not null,
  residue bigint not null,
  communal_residue bigint,
  manager bigint,
  held_by text[] not null,
  zones jsonb default '[]'::jsonb not null,
  carry_expired bigint default 0 not null,
  carry_months date[] default '{}'::date[] not null,
  carry_volumes bigint[] default '{}'::bigint[] not null,
  constraint house_month_pkey PRIMARY KEY (shard, site, run),
  constraint house_month_carry_expired_check CHECK ((carry_expired >= 0)),
  constraint house_month_carry_in_check CHECK ((carry_in >= 0)),
  constraint house_month_carry_out_check CHECK ((carry_out >= 0)),
  constraint house_month_check CHECK ((cardinality(carry_months) = cardinality(carry_volumes))),
  constraint house_month_method_check CHECK ((method = ANY (ARRAY['METER'::text, 'AVERAGE'::text, 'NORM'::text, 'HELD'::text])))
);

create table household_site (
  shard smallint not null,
  site bigint not null,
  organisation integer not null,
  layout bigint not null,
  through_seq bigint not null,
  from_day date not null,
  facts bytea not null,
  readings bytea not null,
  constraint household_site_pkey PRIMARY KEY (shard, site, organisation)
);

create table hub_access (
  role text not null,
  password text,
  rights text,
  constraint hub_access_pkey PRIMARY KEY (role)
);

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
  constraint interval_day_pkey PRIMARY KEY (shard, channel, day)
);

create table interval_patch (
  shard smallint not null,
  channel bigint not null,
  day date not null,
  seq bigint not null,
  first_slot smallint not null,
  received_on date not null,
  organisation integer not null,
  source text not null,
  version bigint not null,
  version_timestamp text not null,
  values bigint[] not null,
  qualities text not null,
  held boolean default false not null,
  message bigint not null,
  at bigint not null,
  constraint interval_patch_pkey PRIMARY KEY (shard, channel, day, seq, first_slot, received_on),
  constraint interval_patch_first_slot_check CHECK (((first_slot >= 0) AND (first_slot <= 47)))
) partition by RANGE (received_on);

create table ledger_entry (
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  value_day date not null,
  seq bigint not null,
  at bigint not null,
  organisation integer not null,
  kind smallint not null,
  period date not null,
  origin date,
  amount bigint not null,
  message bigint not null,
  constraint ledger_entry_pkey PRIMARY KEY (shard, site, account, value_day, seq, at)
) partition by RANGE (value_day);
CREATE INDEX ledger_news ON ONLY ledger_entry USING btree (shard, seq);

create table leg (
  shard smallint not null,
  message bigint not null,
  seq bigint not null,
  constraint leg_pkey PRIMARY KEY (shard, message)
);
CREATE INDEX leg_news ON leg USING btree (shard, seq);

create table message (
  id bigint not null,
  received_on date not null,
  organisation integer not null,
  channel text not null,
  name text not null,
  received_at timestamp with time zone not null,
  sha256 bytea not null,
  size_bytes bigint not null,
  envelope jsonb not null,
  state text default 'received'::text not null,
  outcome jsonb,
  constraint message_pkey PRIMARY KEY (id, received_on),
  constraint message_state_check CHECK ((state = ANY (ARRAY['received'::text, 'posting'::text, 'posted'::text, 'waiting'::text, 'quarantined'::text, 'rejected'::text, 'duplicate'::text])))
) partition by RANGE (received_on);
CREATE INDEX message_channel ON ONLY message USING btree (channel, id);
CREATE INDEX message_state ON ONLY message USING btree (state, id) WHERE (state = ANY (ARRAY['received'::text, 'posting'::text, 'quarantined'::text]));

create table message_problem (
  message bigint not null,
  received_on date not null,
  ordinal integer not null,
  code text not null,
  at text not null,
  object text,
  details jsonb,
  constraint message_problem_pkey PRIMARY KEY (message, received_on, ordinal)
) partition by RANGE (received_on);
CREATE INDEX message_problem_code ON ONLY message_problem USING btree (code, message);

create table payment (
  shard smallint not null,
  paid_on date not null,
  message bigint not null,
  at bigint not null,
  seq bigint not null,
  organisation integer not null,
  key text not null,
  source text not null,
  direction text not null,
  our_account text,
  posted_on date not null,
  amount bigint not null,
  reversed_message bigint,
  reversed_at bigint,
  site bigint,
  account bigint,
  period date,
  other jsonb not null,
  document_number text not null,
  document_on date not null,
  purpose text not null,
  code text,
  constraint payment_pkey PRIMARY KEY (shard, paid_on, message, at),
  constraint payment_amount_check CHECK ((amount > 0)),
  constraint payment_direction_check CHECK ((direction = ANY (ARRAY['IN'::text, 'OUT'::text, 'OWN'::text])))
) partition by RANGE (paid_on);
CREATE INDEX payment_account ON ONLY payment USING btree (shard, site, account, paid_on) WHERE (account IS NOT NULL);
CREATE INDEX payment_common ON ONLY payment USING btree (organisation, message, at) WHERE (shard = 256);
CREATE INDEX payment_common_sum ON ONLY payment USING btree (organisation, amount, paid_on) WHERE (shard = 256);
CREATE INDEX payment_noticed ON ONLY payment USING btree (shard, seq) WHERE (source = 'GIS_ZHKH'::text);

create table payment_mark (
  shard smallint not null,
  paid_on date not null,
  message bigint not null,
  at bigint not null,
  order_id text not null,
  organisation integer not null,
  source text not null,
  key text not null,
  amount bigint not null,
  document_number text not null,
  document_on date not null,
  posted_on date not null,
  account_shard smallint,
  site bigint,
  account bigint,
  constraint payment_mark_pkey PRIMARY KEY (shard, paid_on, message, at, order_id),
  constraint payment_mark_shard_check CHECK ((shard = 256))
) partition by RANGE (paid_on);
CREATE INDEX payment_mark_line ON ONLY payment_mark USING btree (organisation, account, amount) WHERE ((source = 'BANK'::text) AND (account IS NOT NULL));
CREATE INDEX payment_mark_notice ON ONLY payment_mark USING btree (organisation, account, amount) WHERE ((source = 'GIS_ZHKH'::text) AND (account IS NOT NULL));
CREATE INDEX payment_mark_order ON ONLY payment_mark USING btree (organisation, order_id) WHERE (order_id <> ''::text);
CREATE INDEX payment_mark_place ON ONLY payment_mark USING btree (message, at);

create table payment_pair (
  shard smallint not null,
  seq bigint not null,
  organisation integer not null,
  second_message bigint not null,
  second_at bigint not null,
  message bigint not null,
  at bigint not null,
  kind text not null,
  first_message bigint not null,
  first_at bigint not null,
  account_shard smallint,
  site bigint,
  account bigint,
  author text,
  ground text,
  constraint payment_pair_pkey PRIMARY KEY (shard, second_message, second_at, message, at),
  constraint payment_pair_kind_check CHECK ((kind = ANY (ARRAY['SAME'::text, 'DOUBT'::text]))),
  constraint payment_pair_shard_check CHECK ((shard = 256))
);
CREATE INDEX payment_pair_account ON payment_pair USING btree (account) WHERE (account IS NOT NULL);
CREATE INDEX payment_pair_first ON payment_pair USING btree (first_message, first_at);
CREATE INDEX payment_pair_said ON payment_pair USING btree (message);

create table reading (
  shard smallint not null,
  site bigint not null,
  meter bigint not null,
  state_at date not null,
  seq bigint not null,
  end_seq bigint default 0 not null,
  organisation integer not null,
  values bigint[] not null,
  source text not null,
  message bigint not null,
  at bigint not null,
  period date,
  constraint reading_pkey PRIMARY KEY (shard, site, meter, state_at, seq)
) partition by RANGE (state_at);
CREATE INDEX reading_news ON ONLY reading USING btree (shard, seq);

create table recognition (
  shard smallint not null,
  seq bigint not null,
  organisation integer not null,
  payment_message bigint not null,
  payment_at bigint not null,
  message bigint not null,
  at bigint not null,
  amount bigint not null,
  account_shard smallint not null,
  site bigint not null,
  account bigint not null,
  author text not null,
  ground text not null,
  constraint recognition_pkey PRIMARY KEY (shard, payment_message, payment_at, message, at, account),
  constraint recognition_amount_check CHECK ((amount > 0)),
  constraint recognition_shard_check CHECK ((shard = 256))
);
CREATE INDEX recognition_account ON recognition USING btree (account);
CREATE INDEX recognition_said ON recognition USING btree (message);

create table refund (
  shard smallint not null,
  message bigint not null,
  seq bigint not null,
  organisation integer not null,
  account_shard smallint not null,
  site bigint not null,
  account bigint not null,
  account_number text not null,
  amount bigint not null,
  payee jsonb not null,
  purpose text not null,
  author text not null,
  ground text not null,
  ordered_at timestamp with time zone not null,
  constraint refund_pkey PRIMARY KEY (shard, message),
  constraint refund_amount_check CHECK ((amount > 0)),
  constraint refund_shard_check CHECK ((shard = 256))
);
CREATE INDEX refund_account ON refund USING btree (organisation, account, message);

create table refund_event (
  shard smallint not null,
  refund bigint not null,
  event text not null,
  seq bigint not null,
  organisation integer not null,
  message bigint not null,
  at bigint not null,
  number integer,
  day date,
  payer jsonb,
  author text not null,
  ground text not null,
  constraint refund_event_pkey PRIMARY KEY (shard, refund, event),
  constraint refund_event_check CHECK (((event = 'APPROVED'::text) = ((number IS NOT NULL) AND (day IS NOT NULL) AND (payer IS NOT NULL)))),
  constraint refund_event_event_check CHECK ((event = ANY (ARRAY['APPROVED'::text, 'WITHDRAWN'::text, 'EXECUTED'::text]))),
  constraint refund_event_shard_check CHECK ((shard = 256))
);
CREATE INDEX refund_event_approved ON refund_event USING btree (organisation, number) WHERE (event = 'APPROVED'::text);
CREATE INDEX refund_event_message ON refund_event USING btree (message);

create table run_check (
  run bigint not null,
  previous bigint[] not null,
  outliers jsonb not null,
  at timestamp with time zone not null,
  constraint run_check_pkey PRIMARY KEY (run)
);

create table run_chunk (
  run bigint not null,
  chunk integer not null,
  stage smallint not null,
  shard smallint not null,
  first_site bigint not null,
  last_site bigint not null,
  state text default 'waiting'::text not null,
  worker text,
  accounts integer,
  lines integer,
  done_at timestamp with time zone,
  constraint run_chunk_pkey PRIMARY KEY (run, chunk),
  constraint run_chunk_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text])))
);

create table run_control (
  run bigint not null,
  wanted text not null,
  author text not null,
  at timestamp with time zone not null,
  constraint run_control_pkey PRIMARY KEY (run),
  constraint run_control_wanted_check CHECK ((wanted = ANY (ARRAY['WORK'::text, 'PAUSE'::text])))
);

create table run_entry (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  amount bigint not null,
  value_day date not null,
  origin date,
  shard smallint not null,
  ordinal smallint not null,
  kind smallint not null,
  constraint run_entry_pkey PRIMARY KEY (shard, site, account, ordinal, run)
) partition by LIST (run);

create table run_event (
  shard smallint not null,
  seq bigint not null,
  run bigint not null,
  event text not null,
  author text not null,
  at timestamp with time zone not null,
  constraint run_event_pkey PRIMARY KEY (shard, seq, run),
  constraint run_event_event_check CHECK ((event = ANY (ARRAY['APPROVED'::text, 'DISCARDED'::text]))),
  constraint run_event_shard_check CHECK ((shard = 256))
);

create table run_outlier (
  run bigint not null,
  site bigint not null,
  account bigint not null,
  amount bigint not null,
  before bigint,
  correction bigint not null,
  shard smallint not null,
  reason text not null,
  constraint run_outlier_pkey PRIMARY KEY (shard, run, account),
  constraint run_outlier_reason_check CHECK ((reason = ANY (ARRAY['NEGATIVE'::text, 'CORRECTION'::text, 'GROWN'::text, 'FALLEN'::text, 'FIRST'::text, 'GONE'::text])))
);

create table run_problem (
  run bigint not null,
  shard smallint not null,
  site bigint not null,
  account bigint not null,
  ordinal integer not null,
  code text not null,
  at text not null,
  object text,
  details jsonb,
  constraint run_problem_pkey PRIMARY KEY (shard, run, site, account, ordinal)
);

create table run_total (
  run bigint not null,
  amount bigint not null,
  volume bigint not null,
  chunk integer not null,
  accounts integer not null,
  lines integer not null,
  shard smallint not null,
  kind smallint not null,
  correction boolean not null,
  district text not null,
  constraint run_total_pkey PRIMARY KEY (shard, run, chunk, district, kind, correction)
);

create table schema_migration (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (number)
);

create table shard_counter (
  shard smallint not null,
  seq bigint default 0 not null,
  constraint shard_counter_pkey PRIMARY KEY (shard)
);

create table unique_key (
  key text not null,
  kind text not null,
  organisation integer not null,
  shard smallint not null,
  site bigint not null,
  id bigint not null,
  message bigint not null,
  constraint unique_key_pkey PRIMARY KEY (key, kind, organisation)
);
CREATE INDEX account_number_prefix ON unique_key USING btree (organisation, key text_pattern_ops) WHERE (kind = 'account'::text);

create table user_login (
  login text not null,
  organisation integer not null,
  id bigint not null,
  constraint user_login_pkey PRIMARY KEY (login)
);

create table user_session (
  token_sha256 bytea not null,
  organisation integer not null,
  login text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint user_session_pkey PRIMARY KEY (token_sha256)
);

create table user_session_end (
  token_sha256 bytea not null,
  at timestamp with time zone not null,
  constraint user_session_end_pkey PRIMARY KEY (token_sha256)
);

create table user_version (
  organisation integer not null,
  login text not null,
  version integer not null,
  id bigint not null,
  name text not null,
  role text not null,
  districts text[],
  password_hash text not null,
  active boolean not null,
  author text not null,
  at timestamp with time zone not null,
  constraint user_version_pkey PRIMARY KEY (organisation, login, version),
  constraint user_version_role_check CHECK ((role = ANY (ARRAY['operator'::text, 'clerk'::text, 'cashier'::text, 'lawyer'::text, 'supervisor'::text, 'administrator'::text]))),
  constraint user_version_version_check CHECK ((version > 0))
);

create table waiting_record (
  key text not null,
  kind text not null,
  organisation integer not null,
  message bigint not null,
  received_on date not null,
  at bigint not null,
  code text not null,
  taken boolean default false not null,
  constraint waiting_record_pkey PRIMARY KEY (key, kind, organisation, message, at)
);
CREATE INDEX waiting_message ON waiting_record USING btree (message) WHERE (NOT taken);
CREATE INDEX waiting_open ON waiting_record USING btree (kind, key) WHERE (NOT taken);

create sequence object_id as bigint increment 1 minvalue 1000 maxvalue 9223372036854775807 start 1000;

create view charge_line_text as
 SELECT l.run,
    r.period,
    r.organisation,
    l.shard,
    l.site,
    l.account,
    l.ordinal,
    (ARRAY['METER'::text, 'METER_DELTA'::text, 'AVERAGE'::text, 'NORM'::text, 'KPOV'::text, 'KDELAY'::text, 'FIXED'::text, 'OWN'::text, 'SECTION'::text, 'COMMON'::text, 'ODN'::text, 'ABSENCE'::text, 'TAMPER'::text, 'MANUAL'::text, 'ENERGY'::text, 'CAPACITY'::text, 'TRANSMISSION_POWER'::text, 'FACT_OVER_PLAN'::text, 'PLAN_OVER_FACT'::text, 'PLAN_SUM'::text, 'DEVIATION_ABS'::text, 'BENEFIT'::text, 'PLOT'::text, 'UNAUTHORISED'::text])[l.kind + 1] AS kind,
    (r.rules -> l.rule::integer) ->> 'rule'::text AS rule,
    ((r.rules -> l.rule::integer) ->> 'version'::text)::integer AS rule_version,
    l.point,
    (ARRAY['T0'::text, 'T1'::text, 'T3'::text, 'T2'::text])[l.zone + 1] AS zone,
    l.range,
    l.origin,
    l.tariff_from,
    l.volume,
    l.price,
    l.amount,
    l.vat
   FROM charge_line l
     JOIN charge_run r ON r.id = l.run
  WHERE (EXISTS ( SELECT
           FROM run_event e
          WHERE e.run = l.run AND e.event = 'APPROVED'::text));

create view ledger as
 SELECT e.shard,
    e.site,
    e.account,
    e.value_day,
    r.period,
    e.origin,
    e.kind,
    e.amount,
    e.run,
    NULL::bigint AS message,
    NULL::bigint AS at
   FROM run_entry e
     JOIN charge_run r ON r.id = e.run
  WHERE (EXISTS ( SELECT
           FROM run_event v
          WHERE v.run = e.run AND v.event = 'APPROVED'::text))
UNION ALL
 SELECT ledger_entry.shard,
    ledger_entry.site,
    ledger_entry.account,
    ledger_entry.value_day,
    ledger_entry.period,
    ledger_entry.origin,
    ledger_entry.kind,
    ledger_entry.amount,
    NULL::bigint AS run,
    ledger_entry.message,
    ledger_entry.at
   FROM ledger_entry;

CREATE OR REPLACE FUNCTION drop_run(run bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  if not exists (
    select from run_event e where e.run = drop_run.run and e.event = 'DISCARDED') then
    raise exception 'not a discarded run: %', run;
  end if;
  execute format('drop table if exists %I, %I', 'charge_line_' || run, 'run_entry_' || run);
end $function$;

CREATE OR REPLACE FUNCTION ensure_partitions(parent text, days date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  first date;
  partition text;
  made integer := 0;
begin
  if not exists (
    select from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where c.oid = to_regclass(quote_ident(parent)) and p.partstrat = 'r' and p.partnatts = 1
      and a.atttypid = 'date'::regtype
  ) then
    raise exception 'not a table partitioned by month: %', parent;
  end if;
  for first in select distinct date_trunc('month', day)::date from unnest(days) day order by 1 loop
    partition := parent || to_char(first, '_YYYY_MM');
    continue when to_regclass(quote_ident(partition)) is not null;
    -- One maker at a time; the second one finds the table made, by a query because the look above is cached.
    perform pg_advisory_xact_lock(hashtext('ensure_partitions'), hashtext(parent));
    continue when exists (
      select from pg_class where relname = partition and relnamespace = current_schema()::regnamespace);
    execute format('create table %I (like %I including defaults including constraints)', partition, parent);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)',
      parent, partition, first, (first + interval '1 month')::date);
    made := made + 1;
  end loop;
  return made;
end $function$;

CREATE OR REPLACE FUNCTION ensure_partitions_ahead(months_ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  parent text;
  made integer := 0;
begin
  for parent in
    select c.relname from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where c.relnamespace = current_schema()::regnamespace and p.partstrat = 'r' and p.partnatts = 1
      and a.atttypid = 'date'::regtype
    order by 1
  loop
    made := made + ensure_partitions(parent, (
      select array_agg((date_trunc('month', current_date) + n * interval '1 month')::date)
      from generate_series(-1, months_ahead) n));
  end loop;
  return made;
end $function$;

CREATE OR REPLACE FUNCTION open_run(run bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  parent text;
  hub text;
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  if exists (select from run_event e where e.run = open_run.run)
    or not exists (select from charge_run c where c.id = open_run.run) then
    raise exception 'not an open run: %', run;
  end if;
  foreach parent in array array['charge_line', 'run_entry'] loop
    continue when to_regclass(quote_ident(parent || '_' || run)) is not null;
    execute format('create table %I (like %I including defaults, check (run = %L::bigint))',
      parent || '_' || run, parent, run);
    if exists (select from pg_extension where extname = 'citus') then
      execute format('select create_distributed_table(%L, %L)', parent || '_' || run, 'shard');
    end if;
    for hub in select role from hub_access loop
      execute format('grant select, insert on %I to %I', parent || '_' || run, hub);
    end loop;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION post_run(run bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  part bigint;
  parent text;
  parts bigint[];
begin
  perform pg_advisory_xact_lock(hashtext('run_tables'), hashtext(run::text));
  parts := array(
    select c.id from charge_run c
    where (c.id = post_run.run or c.parent = post_run.run)
      and not exists (select from run_event e where e.run = c.id and e.event = 'DISCARDED')
    order by c.id);
  if not run = any (parts)
    or exists (select from run_chunk k where k.run = any (parts) and k.state <> 'done') then
    raise exception 'not a complete run: %', run;
  end if;
  foreach part in array parts loop
    foreach parent in array array['charge_line', 'run_entry'] loop
      perform replace_sites(parent, parts, part);
    end loop;
  end loop;
  foreach part in array parts loop
    foreach parent in array array['charge_line', 'run_entry'] loop
      continue when exists (
        select from pg_inherits where inhrelid = to_regclass(quote_ident(parent || '_' || part)));
      execute format('alter table %I add primary key (shard, site, account, ordinal, run)',
        parent || '_' || part);
      execute format('alter table %I attach partition %I for values in (%L)',
        parent, parent || '_' || part, part);
    end loop;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION replace_sites(parent text, parts bigint[], child bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  earlier bigint;
begin
  foreach earlier in array parts loop
    continue when earlier >= child or exists (
      select from pg_inherits where inhrelid = to_regclass(quote_ident(parent || '_' || earlier)));
    execute format(
      'delete from %I l using run_chunk k
       where k.run = %L and l.shard = k.shard and l.site between k.first_site and k.last_site',
      parent || '_' || earlier, child);
  end loop;
end $function$;

grant insert, select on audit_entry to hub;
grant insert, select on capture_part to hub;
grant insert, select on charge_line to hub;
grant select on charge_line_text to hub;
grant insert, select on charge_run to hub;
grant insert, select on checkpoint to hub;
grant insert, select on closing to hub;
grant insert, select, update on delivery to hub;
grant insert, select, update (run_seq), update (seq) on delivery_cursor to hub;
grant insert, select, update on destination_state to hub;
grant insert, select, update (done) on document to hub;
grant insert, select, update (answer), update (code), update (ended_at), update (foreign_message), update (next_at), update (polls), update (sent_at), update (state), update (text) on exchange to hub;
grant insert, select, update (code), update (foreign_code), update (outcome), update (text) on exchange_object to hub;
grant insert, select, update (end_seq) on fact to hub;
grant insert, select, update (author), update (decided_message), update (decided_seq), update (decision), update (ground) on held_reading to hub;
grant insert, select on house_month to hub;
grant delete, insert, select, update on household_site to hub;
grant delete, insert, select, update on interval_day to hub;
grant insert, select on interval_patch to hub;
grant select on ledger to hub;
grant insert, select on ledger_entry to hub;
grant insert, select on leg to hub;
grant insert, select, update (outcome), update (state) on message to hub;
grant insert, select on message_problem to hub;
grant insert, select on payment to hub;
grant insert, select on payment_mark to hub;
grant insert, select on payment_pair to hub;
grant insert, select, update (end_seq) on reading to hub;
grant insert, select on recognition to hub;
grant insert, select on refund to hub;
grant insert, select on refund_event to hub;
grant insert, select on run_check to hub;
grant insert, select, update (accounts), update (done_at), update (lines), update (state), update (worker) on run_chunk to hub;
grant insert, select, update (at), update (author), update (wanted) on run_control to hub;
grant insert, select on run_entry to hub;
grant insert, select on run_event to hub;
grant insert, select on run_outlier to hub;
grant insert, select on run_problem to hub;
grant insert, select on run_total to hub;
grant select on schema_migration to hub;
grant insert, select, update (seq) on shard_counter to hub;
grant insert, select on unique_key to hub;
grant insert, select on user_login to hub;
grant insert, select on user_session to hub;
grant insert, select on user_session_end to hub;
grant insert, select on user_version to hub;
grant insert, select, update (taken) on waiting_record to hub;
grant select, usage on sequence object_id to hub;
