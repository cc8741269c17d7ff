-- What became known after a run, whatever its day: a month that is closed is looked at again only where this finds
-- something.
create index reading_news on reading (shard, seq);
