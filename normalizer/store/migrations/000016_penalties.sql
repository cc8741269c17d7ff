-- A checkpoint keeps open penalties apart from charges: money goes to charges first, and nothing accrues on a penalty.
alter table checkpoint
  add column penalty_origins date[] not null default '{}',
  add column penalty_amounts bigint[] not null default '{}';
