import t from "tap";
import type { Day } from "../model/dates.ts";
import { day } from "../model/dates.ts";
import type { MessageId, MeterId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { ReadingWrite } from "../model/intake-facts.ts";
import type { ReadingSource } from "../model/records.ts";
import { volume } from "../model/units.ts";
import type { FactWrite } from "./facts.ts";
import { FactOverlapError, insertFacts, readFacts, replaceFacts } from "./facts.ts";
import { ensurePartitions } from "./partitions.ts";
import { readReadings, writeReadings } from "./readings.ts";
import { inShard } from "./shard-transaction.ts";
import { createTestDatabase } from "./testing.ts";
import { findKeys, takeKeys } from "./unique-keys.ts";

const organisation = 1 as OrganisationId;
const shard = 7 as Shard;
const site = 2000 as SiteId;

function residents(from: string, to: string | null, count: number, message = 1): FactWrite {
  return {
    kind: "residents",
    site,
    subject: "3000",
    organisation,
    from: day(from),
    to: to === null ? null : day(to),
    body: { count },
    message: message as MessageId,
    at: 0,
    author: "test",
    ground: "test",
  };
}

t.test("two organisations name their categories alike", async (t) => {
  const { hub } = await createTestDatabase(t);
  const priced = (of: number, price: string): FactWrite => ({
    ...residents("2025-01-01", null, 0),
    kind: "tariff",
    site: 0 as SiteId,
    subject: "URBAN_GAS",
    organisation: of as OrganisationId,
    body: { prices: { T0: [price] }, act: "приказ" },
  });
  for (const fact of [priced(1, "5.73"), priced(2, "6.15"), priced(1, "5.93")]) {
    await inShard(hub, COMMON_SHARD, (transaction) => replaceFacts(transaction, [fact]));
  }
  const facts = await readFacts(hub, { shard: COMMON_SHARD, kind: "tariff", knownAt: null });
  t.same(
    facts.map(({ organisation: of, body }) => [of, body.prices.T0]).sort(),
    [
      [1, ["5.93"]],
      [2, ["6.15"]],
    ],
    "a new version ends its own organisation's only",
  );
});

t.test("versions of facts", async (t) => {
  const { hub } = await createTestDatabase(t);
  const known = async (knownAt: Seq | null) => {
    const facts = await readFacts(hub, { shard, kind: "residents", knownAt });
    return facts.map((fact) => [fact.from, fact.to, fact.body.count, fact.message]);
  };
  const first = await inShard(hub, shard, async (transaction) => {
    await insertFacts(transaction, [residents("2024-01-01", null, 2)]);
    return transaction.seq;
  });
  await t.rejects(
    inShard(hub, shard, (transaction) =>
      insertFacts(transaction, [residents("2025-01-01", "2025-02-01", 3)]),
    ),
    FactOverlapError,
  );
  const second = await inShard(hub, shard, async (transaction) => {
    await replaceFacts(transaction, [
      residents("2025-01-01", "2025-02-01", 3, 2),
      residents("2025-03-01", "2025-04-01", 4, 2),
    ]);
    return transaction.seq;
  });
  t.same(
    await known(null),
    [
      [day("2024-01-01"), day("2025-01-01"), 2, 1],
      [day("2025-01-01"), day("2025-02-01"), 3, 2],
      [day("2025-02-01"), day("2025-03-01"), 2, 1],
      [day("2025-03-01"), day("2025-04-01"), 4, 2],
      [day("2025-04-01"), null, 2, 1],
    ],
    "what remains of the old version keeps its origin",
  );
  t.same(await known(first), [[day("2024-01-01"), null, 2, 1]], "as known before the change");
  t.equal((await known(second)).length, 5);
  t.same(await known((first - 1) as Seq), []);
  await inShard(hub, shard, (transaction) =>
    replaceFacts(transaction, [residents("2024-06-01", null, 1, 3)]),
  );
  t.same(await known(null), [
    [day("2024-01-01"), day("2024-06-01"), 2, 1],
    [day("2024-06-01"), null, 1, 3],
  ]);
  await t.rejects(
    inShard(hub, shard, (transaction) =>
      insertFacts(transaction, [
        residents("2020-01-01", "2020-03-01", 1),
        residents("2020-02-01", "2020-04-01", 1),
      ]),
    ),
    /given twice/,
  );
  const [other] = await readFacts(hub, { shard: 8 as Shard, kind: "residents", knownAt: null });
  t.equal(other, undefined, "shards are apart");
});

t.test("a key belongs to whom it came first, for ever", async (t) => {
  const { hub } = await createTestDatabase(t);
  const key = (name: string, id: number) => ({
    kind: "account" as const,
    key: name,
    organisation,
    shard,
    site,
    id,
    message: 1 as MessageId,
  });
  const take = (names: readonly string[], id: number) =>
    inShard(hub, COMMON_SHARD, ({ transaction }) =>
      takeKeys(
        transaction,
        names.map((name) => key(name, id)),
      ),
    );
  const owners = (keys: readonly { key: string; id: number }[]) =>
    Object.fromEntries(keys.map((found) => [found.key, found.id]));
  t.same(owners(await take(["b", "a"], 1)), { a: 1, b: 1 });
  t.same(owners(await take(["c", "b"], 2)), { b: 1, c: 2 });
  t.same(owners(await take(["c", "b"], 2)), { b: 1, c: 2 }, "repeated");
  const found = await findKeys(hub, [key("a", 0), key("z", 0)]);
  t.same(owners(found), { a: 1 });
  const odd = ["", "NULL", "{x,y}", 'a"b', "a\\b", 'a\\"', " 1 ", "1\n2", "Д-17/5"];
  await take(odd, 3);
  const stored = await findKeys(
    hub,
    odd.map((name) => key(name, 0)),
  );
  t.same(owners(stored), Object.fromEntries(odd.map((name) => [name, 3])));
});

t.test("readings", async (t) => {
  const { hub } = await createTestDatabase(t);
  const meter = 4000 as MeterId;
  await ensurePartitions(hub, "reading", ["2025-04-01"]);
  const write = (value: number, source: ReadingSource, replaces: boolean): ReadingWrite => ({
    fact: {
      shard,
      site,
      meter,
      stateAt: day("2025-04-01"),
      values: [volume(value)],
      source,
      at: 1,
    },
    replaces,
  });
  const put = (message: number, writes: readonly ReadingWrite[]) =>
    inShard(hub, shard, async (transaction) => {
      await writeReadings(transaction, { organisation, message: message as MessageId }, writes);
      return transaction.seq;
    });
  const values = async (knownAt: Seq | null) =>
    (await readReadings(hub, { shard, meters: [{ site, meter }], knownAt, from: null })).map(
      (reading) => [
        reading.stateAt as Day,
        reading.values[0],
        reading.source,
        reading.origin.message,
      ],
    );
  const first = await put(1, [write(12_500_000, "PORTAL", false)]);
  t.same(await values(null), [[day("2025-04-01"), 12_500_000, "PORTAL", 1]]);
  await put(2, [write(12_510_000, "CONTROLLER", true)]);
  t.same(await values(null), [[day("2025-04-01"), 12_510_000, "CONTROLLER", 2]]);
  t.same(await values(first), [[day("2025-04-01"), 12_500_000, "PORTAL", 1]]);
  await t.rejects(
    put(3, [
      { ...write(1, "AMI", true), fact: { ...write(1, "AMI", true).fact, meter: 1 as MeterId } },
    ]),
    /0 of 1 ended/,
    "nothing to replace is a defect",
  );
});
