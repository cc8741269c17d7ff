/** One session of a load in a thread of its own: blocks are made and copied a few at a time. */
import { workerData } from "node:worker_threads";
import { connect } from "../../../normalizer/store/database.ts";
import type { LoadTask } from "./load.ts";
import { BlockRows, COLUMNS } from "./rows.ts";

/** Rows of so many blocks are in memory at once. */
const BLOCKS_AT_ONCE = 10;

const { url, context, phase, from, to } = workerData as LoadTask;
const database = connect({
  url,
  connectionsMax: 1,
  application: "population",
  onIdleError: (error) => {
    throw error;
  },
});
try {
  for (let first = from; first < to; first += BLOCKS_AT_ONCE) {
    const rows = new BlockRows(context, phase);
    for (let block = first; block < Math.min(to, first + BLOCKS_AT_ONCE); block += 1)
      rows.add(block);
    await database.transaction(async (transaction) => {
      await transaction.execute("set local synchronous_commit = off");
      for (const [name, { table, rows: copied }] of rows.tables) {
        await transaction.copyIn(`copy ${name} (${COLUMNS[table]}) from stdin`, copied.chunks());
      }
    });
  }
} finally {
  await database.close();
}
