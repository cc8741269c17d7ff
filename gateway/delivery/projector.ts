import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import {
  DELIVERY_CHANNEL,
  lockCursor,
  moveCursor,
  shardsWithNews,
  storeDesired,
} from "../../normalizer/store/deliveries.ts";
import { knownRunsBetween } from "../../normalizer/store/posted.ts";
import type { DeliveryBoundary } from "./destination.ts";
import type { Clock } from "./pace.ts";
import type { Projection } from "./projection.ts";

export interface Projector {
  readonly database: Database;
  readonly clock: Clock;
  readonly destination: string;
  readonly organisation: OrganisationId;
  readonly projection: Projection;
  readonly boundary?: (name: DeliveryBoundary) => void;
}

/**
 * Derives what a destination is to have from what was posted since it looked last, shard by shard. Rows and cursor of
 * a shard are one transaction: killed anywhere and called again, or called by several processes at once, the rows come
 * out the same.
 *
 * @returns number of rows that wait because of it, and failures by shard; a shard that fails does not hold up others
 */
export async function projectNews(
  projector: Projector,
): Promise<{ readonly waiting: number; readonly failures: readonly unknown[] }> {
  const { database, destination, organisation } = projector;
  const failures: unknown[] = [];
  let waiting = 0;
  for (const shard of await shardsWithNews(database, destination, organisation)) {
    try {
      waiting += await projectShard(projector, shard);
    } catch (error) {
      failures.push(error);
      continue;
    }
    projector.boundary?.("projected shard");
  }
  return { waiting, failures };
}

async function projectShard(projector: Projector, shard: Shard): Promise<number> {
  const { database, clock, destination, organisation, projection } = projector;
  const where = { destination, organisation, shard };
  return database.transaction(async (transaction) => {
    const { after, upTo } = await lockCursor(transaction, where);
    const runs =
      upTo.runSeq > after.runSeq
        ? await knownRunsBetween(transaction, organisation, after.runSeq, upTo.runSeq)
        : [];
    if (runs.length === 0 && upTo.seq === after.seq) return 0;
    const states = await projection({
      transaction,
      destination,
      organisation,
      shard,
      runs,
      after: after.seq,
      upTo: upTo.seq,
    });
    const waiting = await storeDesired(transaction, where, states, clock.nowMs());
    await moveCursor(transaction, where, upTo);
    if (waiting > 0) {
      await transaction.execute("select pg_notify($1, $2)", [DELIVERY_CHANNEL, destination]);
    }
    return waiting;
  });
}
