-- Who may see and do what. Every table here only grows: a change of a user is a new version, the
-- end of a session is a row, so that the hub's role needs no update and the history is its own
-- audit.
create table user_version (
  organisation integer not null,
  login text not null,
  version integer not null check (version > 0),
  id bigint not null,
  name text not null,
  role text not null
    check (role in ('operator', 'clerk', 'cashier', 'lawyer', 'supervisor', 'administrator')),
  -- Districts whose sites the user sees; null = the whole organisation.
  districts text[],
  password_hash text not null,
  active boolean not null,
  author text not null,
  at timestamptz not null,
  primary key (organisation, login, version)
);
-- A person signs in by login alone, so a login belongs to one organisation for ever.
create table user_login (
  login text primary key,
  organisation integer not null,
  id bigint not null
);

-- Only the SHA-256 of the cookie is kept: who reads the table cannot sign in with it.
create table user_session (
  token_sha256 bytea primary key,
  organisation integer not null,
  login text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create table user_session_end (
  token_sha256 bytea primary key,
  at timestamptz not null
);

-- Who did what to which object, with the value before and after; also each reveal of masked
-- personal data.
create table audit_entry (
  id bigint primary key default nextval('object_id'),
  at timestamptz not null default now(),
  organisation integer not null,
  login text not null,
  action text not null,
  object text not null,
  old_value jsonb,
  new_value jsonb,
  address text not null
);
create index audit_entry_object on audit_entry (organisation, object, id);

-- Search by the first digits of a number whatever the collation of the server.
create index account_number_prefix on unique_key (organisation, key text_pattern_ops)
  where kind = 'account';
