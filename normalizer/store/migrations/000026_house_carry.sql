-- The negative ОДН that goes on, by the months that it arose in, oldest first, and what of it was too old to go on. Of a
-- balance that was posted before, the months are not known: it counts as that of the month it was carried out of, so that
-- nothing expires too early.
alter table house_month
  add column carry_expired bigint not null default 0 check (carry_expired >= 0),
  add column carry_months date[] not null default '{}',
  add column carry_volumes bigint[] not null default '{}',
  add check (cardinality(carry_months) = cardinality(carry_volumes));

update house_month h set carry_months = array[r.period], carry_volumes = array[h.carry_out]
from charge_run r where r.id = h.run and h.carry_out > 0;
