-- ОДН of a house by the zones of its ОДПУ, in the order T1, T3, T2: an array of {zone, odpu, individual, nonResidential,
-- raw, distributed} in 10⁻⁴ kWh, each summing to the column of the whole house; empty where the month has no zones.
alter table house_month add column zones jsonb not null default '[]';
