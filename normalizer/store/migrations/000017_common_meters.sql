-- A meter of a house, a flat or a section is of no account; its reading may wait for a person like any other.
alter table held_reading alter column account_number drop not null;
