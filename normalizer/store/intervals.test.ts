import fc from "fast-check";
import t from "tap";
import type { Day } from "../model/dates.ts";
import { day } from "../model/dates.ts";
import type { IntervalDay } from "../model/facts.ts";
import type { ChannelId, MessageId, OrganisationId, Seq, Shard } from "../model/ids.ts";
import type { IntervalPatchFact } from "../model/intake-facts.ts";
import { patchKey } from "../model/intake-facts.ts";
import type { MicroKwh } from "../model/units.ts";
import { microKwh } from "../model/units.ts";
import type { PatchVersion } from "./interval-day.ts";
import { deriveIntervalDay } from "./interval-day.ts";
import {
  deriveIntervalDays,
  readIntervalDays,
  readValidPatches,
  restatement,
  writePatches,
} from "./intervals.ts";
import { receivedDay } from "./messages.ts";
import { inShard } from "./shard-transaction.ts";
import { createTestDatabase } from "./testing.ts";

const organisation = 1 as OrganisationId;
const shard = 7 as Shard;
const channel = 5000 as ChannelId;
const utcDay = day("2025-03-31");

function patch(firstSlot: number, values: readonly (number | null)[], version: number) {
  return {
    shard,
    channel,
    day: utcDay,
    firstSlot,
    values: values.map((value) => (value === null ? null : microKwh(value))),
    qualities: values.map((value) => (value === null ? "N" : "A")).join(""),
    source: "80020",
    version,
    versionTimestamp: "20250401010000",
    held: false,
    at: 100,
  } satisfies IntervalPatchFact;
}

t.test("what a day is, per slot by a second method", async (t) => {
  const version = fc.record({
    firstSlot: fc.integer({ min: 0, max: 47 }),
    values: fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 48 }),
    version: fc.integer({ min: 1, max: 4 }),
    versionTimestamp: fc.constantFrom("20250401", "20250402"),
  });
  const property = fc.property(fc.array(version, { maxLength: 8 }), (drawn) => {
    const patches: PatchVersion[] = drawn.map((given, index) => ({
      channel,
      day: utcDay,
      firstSlot: given.firstSlot,
      values: given.values.slice(0, 48 - given.firstSlot) as (MicroKwh | null)[],
      qualities: "A".repeat(Math.min(given.values.length, 48 - given.firstSlot)),
      version: given.version,
      versionTimestamp: given.versionTimestamp,
      seq: (index + 1) as Seq,
      origin: { message: (index + 1) as MessageId, at: 0 },
    }));
    const derived = deriveIntervalDay(channel, utcDay, patches);
    for (let slot = 0; slot < 48; slot += 1) {
      // The oracle looks at one slot at a time and takes the maximum, as the rule is worded.
      const winner = patches
        .filter((p) => p.firstSlot <= slot && slot < p.firstSlot + p.values.length)
        .reduce<PatchVersion | null>((best, p) => {
          const rank = (q: PatchVersion) => `${q.version}/${q.versionTimestamp}/${q.seq}`;
          return best === null || rank(p) > rank(best) ? p : best;
        }, null);
      const value = winner === null ? null : (winner.values[slot - winner.firstSlot] ?? null);
      if (derived.values[slot] !== value) return false;
      const origin = derived.origins[derived.originOf[slot] ?? -1];
      if (value === null ? origin !== undefined : origin?.message !== winner?.origin.message) {
        return false;
      }
    }
    return derived.origins.every((_, index) => derived.originOf.includes(index));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});

t.test("patches to days", async (t) => {
  const { hub } = await createTestDatabase(t);
  const receivedOn = receivedDay(Date.now());
  const put = (message: number, patches: readonly IntervalPatchFact[]) =>
    inShard(hub, shard, async (transaction) => {
      const origin = { organisation, message: message as MessageId, receivedOn };
      await writePatches(transaction, [{ origin, patches }]);
      return transaction.seq;
    });
  const query = { shard, channels: [channel], from: utcDay, to: (utcDay + 1) as Day };
  const present = async () => (await readIntervalDays(hub, query, null))[0] as IntervalDay;

  t.same(await readIntervalDays(hub, query, null), [], "a day without patches is absent");
  const first = await put(1, [patch(0, [10, null, 30], 5), patch(42, [1, 2, 3, 4, 5, 6], 6)]);
  const before = await present();
  t.same(before.values.slice(0, 4), [10, null, 30, null]);
  t.same(before.values.slice(41), [null, 1, 2, 3, 4, 5, 6]);
  t.equal(before.qualities.slice(0, 4), "ANAN");
  t.same(await present(), before, "the stored row is the derived one");

  await put(2, [patch(0, [null, 20, 31], 7)]);
  const corrected = await present();
  t.same(
    corrected.values.slice(0, 4),
    [null, 20, 31, null],
    "a correction's gap is a gap: the unit is the whole channel-day",
  );
  t.same(
    corrected.origins[corrected.originOf[1] ?? -1],
    { message: 2, at: 100 },
    "a value names its message",
  );
  await put(3, [patch(0, [7, 7, 7], 6)]);
  t.same((await present()).values, corrected.values, "a lower number that comes later");
  await put(4, [{ ...patch(0, [9, 9, 9], 9), held: true }]);
  t.same((await present()).values, corrected.values, "what is held is never read");
  t.same((await deriveIntervalDays(hub, query, first))[0], before, "as known at a pin");
  t.same((await readIntervalDays(hub, query, first))[0], before, "the same beside a newer row");
  t.same((await present()).values, corrected.values, "which stays the newer one");

  const place = { channel, day: utcDay, firstSlot: 0 };
  const latest = (beforeSeq: number) =>
    readValidPatches(hub, shard, [place, { ...place, firstSlot: 3 }], beforeSeq as Seq);
  const stored = (await latest(1000)).get(patchKey(place));
  t.match(stored, { values: [null, 20, 31], qualities: "NAA", version: 7 });
  t.equal((await latest(1000)).size, 1, "a place without a patch is absent");
  t.equal(
    (await latest(first + 1)).get(patchKey(place))?.version,
    5,
    "as a leg of that time saw it",
  );
  t.equal((await latest(first)).size, 0);

  await put(5, [restatement(patch(0, [null, 20, 31], 20))]);
  await put(6, [patch(0, [8, 8, 8], 15)]);
  t.same(
    (await present()).values,
    corrected.values,
    "version 15 comes after 20 has said that 7 still holds",
  );
  const day21 = await present();
  t.equal(day21.origins[day21.originOf[1] ?? -1]?.message, 2, "the origin is who stated it first");
  t.match((await latest(1000)).get(patchKey(place)), { values: [null, 20, 31], version: 20 });
  await put(7, [patch(0, [1, 2, 3], 21)]);
  t.same((await present()).values.slice(0, 3), [1, 2, 3]);
});
