import type { Seq, Shard } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Database, Transaction } from "./database.ts";
import { integer } from "./database.ts";

/** A transaction that writes facts of one shard, all under one seq. */
export interface ShardTransaction {
  readonly transaction: Transaction;
  readonly shard: Shard;
  readonly seq: Seq;
}

/** Runs `work` under the lock of one shard; tests of the order put broken ones in its place. */
export type RunInShard = <Value>(
  database: Database,
  shard: Shard,
  work: (shardTransaction: ShardTransaction) => Promise<Value>,
) => Promise<Value>;

/**
 * One transaction that writes one shard. The first statement locks the shard's counter and takes the next seq, and the
 * lock lasts until the commit: seq is therefore the commit order of the shard, and whoever reads the counter as n sees
 * every fact up to n. A transaction never locks a second counter, so two of them cannot wait for each other.
 * `work` takes its unique keys first (`takeKeys`), reads what it decides by in later statements, then writes.
 */
export const inShard: RunInShard = (database, shard, work) =>
  database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ seq: string }>(
      "update shard_counter set seq = seq + 1 where shard = $1 returning seq",
      [shard],
    );
    invariant(row !== undefined, `shard ${shard} has no counter`);
    return work({ transaction, shard, seq: integer(row.seq) as Seq });
  });
