-- Accounts whose penalties the next month may change: with a debt older than the month that was closed, or with a
-- penalty. Origins of debts ascend.
create index checkpoint_owing on checkpoint (shard, site, account)
  where debt_origins[1] < period or cardinality(penalty_amounts) > 0;
-- Money that became known after a closing, whatever its day.
create index ledger_news on ledger_entry (shard, seq);
