/** One thread of the COPY floor: takes shard after shard and moves its rows, as bytes. */
import { workerData } from "node:worker_threads";
import { connect } from "../../normalizer/store/database.ts";

export interface CopyTask {
  readonly url: string;
  /** Queries with `$shard` in the place of the shard, and the table that their rows go to. */
  readonly statements: readonly { readonly out: string; readonly into: string | null }[];
  /** The next shard that nobody has taken. */
  readonly next: SharedArrayBuffer;
}

const SHARDS = 256;
const { url, statements, next } = workerData as CopyTask;
const taken = new Int32Array(next);
const database = connect({
  url,
  connectionsMax: 1,
  application: "bench copy floor",
  onIdleError: (error) => {
    throw error;
  },
});
try {
  for (let shard = Atomics.add(taken, 0, 1); shard < SHARDS; shard = Atomics.add(taken, 0, 1)) {
    await database.transaction(async (transaction) => {
      for (const { out, into } of statements) {
        const query = out.replace("$shard", String(shard));
        const bytes = await transaction.copyBytes(`copy (${query}) to stdout (format binary)`);
        if (into !== null)
          await transaction.copyIn(`copy ${into} from stdin (format binary)`, [bytes]);
      }
    });
  }
} finally {
  await database.close();
}
