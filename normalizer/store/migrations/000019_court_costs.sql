-- A checkpoint keeps open court costs apart too: money goes to them before charges, and nothing accrues on them.
alter table checkpoint
  add column costs_origins date[] not null default '{}',
  add column costs_amounts bigint[] not null default '{}';
