import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import { storeDesired } from "../../normalizer/store/deliveries.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { startDeliveries } from "./engine.ts";
import { Counterpart, openTestTarget, testDestination } from "./testing.ts";

const OBJECTS = 40;
const WAIT_MS_MAX = 60_000;
const organisation = 1 as OrganisationId;

const account = (id: number) => ({
  object: `account/${id}`,
  kind: "account",
  account: null,
  needs: [],
  content: { id },
});

t.test(
  "two hubs on one store: nothing goes twice, and one takes over from the other",
  async (t) => {
    const { hub } = await createTestDatabase(t);
    const counterpart = new Counterpart(
      (ordinal) => (ordinal === 2 ? "lost after effect" : "none"),
      () => 1,
    );
    const origin = await counterpart.listen();
    t.teardown(() => counterpart.close());
    const failures: unknown[] = [];
    const start = () =>
      startDeliveries({
        database: hub,
        destinations: [
          {
            ...testDestination("two", openTestTarget(origin), {
              pollDelaysMs: [20],
              readBackMs: 200,
            }),
            projection: async ({ shard }) =>
              shard === 5 ? Array.from({ length: OBJECTS }, (_, id) => account(id)) : [],
          },
        ],
        clock: { nowMs: () => Date.now() },
        random: () => 0.5,
        newMessageId: () => randomUUID(),
        onFailure: (error) => failures.push(error),
        pollMs: 500,
      });
    const confirmed = async (count: number) => {
      for (const giveUpAtMs = Date.now() + WAIT_MS_MAX; Date.now() < giveUpAtMs; await sleep(50)) {
        const rows = await hub.query("select from delivery where state = 'confirmed'");
        if (rows.length === count) return true;
      }
      return false;
    };
    const first = await start();
    const second = await start();
    await inShard(hub, 5 as Shard, async () => undefined);
    t.ok(await confirmed(OBJECTS));
    t.equal(counterpart.applied.length, OBJECTS);
    t.equal(counterpart.messages.length, OBJECTS / 4);
    await first.stop();
    const where = { destination: "two", organisation, shard: 6 as Shard };
    await storeDesired(hub, where, [account(99)], Date.now());
    t.ok(await confirmed(OBJECTS + 1), "the other hub sends on");
    await second.stop();
    t.strictSame(failures, []);
  },
);
