-- What billing reads of one site: the rows of its facts in force and of its register states from `from_day` on, as they
-- were known at `through_seq`, in the text form of COPY. Derived: a row is stale once something of the site has a
-- greater seq; whoever finds it stale reads the facts and keeps them anew. `layout` names the queries that made it.
-- Site 0 says of its shard that every site known at `through_seq` has a row.
create table household_site (
  shard smallint not null,
  site bigint not null,
  organisation integer not null,
  layout bigint not null,
  through_seq bigint not null,
  from_day date not null,
  facts bytea not null,
  readings bytea not null,
  primary key (shard, site, organisation)
) with (toast_tuple_target = 256);

-- What ended after a counter, with another version in its place or without one.
create index fact_ended on fact (shard, end_seq) where end_seq <> 0;
