import t from "tap";
import type { Day } from "../model/dates.ts";
import type { ChannelId, OrganisationId, Shard } from "../model/ids.ts";
import { readIntervalDays } from "./intervals.ts";
import { storeMessages } from "./messages.ts";
import { ensurePartitions } from "./partitions.ts";
import type { TestDatabase } from "./testing.ts";
import { createTestDatabase } from "./testing.ts";
import { checkStore, verify } from "./verify.ts";

const options = { report: () => undefined, signal: new AbortController().signal };
const MEBIBYTE = 1_048_576;

async function* parts(...bytes: readonly Buffer[]) {
  yield* bytes;
}

/** Two messages and what came of them: facts in two versions, a reading, a patch with its day, a document with a leg. */
async function filled(t: { teardown(end: () => Promise<void>): unknown }): Promise<TestDatabase> {
  const database = await createTestDatabase(t);
  const { hub } = database;
  const incoming = {
    organisation: 1 as OrganisationId,
    channel: "c",
    name: "n",
    receivedAtMs: Date.parse("2025-04-02T00:00:00Z"),
    envelope: {},
  };
  const [message] = await storeMessages(hub, [
    { ...incoming, parts: parts(Buffer.alloc(MEBIBYTE, 1), Buffer.from("rest")) },
    { ...incoming, parts: parts(Buffer.from("short")) },
    { ...incoming, parts: parts() },
  ]);
  const id = message?.message ?? 0;
  await ensurePartitions(hub, "reading", ["2025-03-31"]);
  await ensurePartitions(hub, "interval_patch", ["2025-04-02"]);
  await hub.execute("update shard_counter set seq = 5 where shard in (3, 256)");
  await hub.execute(
    `insert into fact select 3, 1, 'account', 'x', d.from, d.seq, d.ended, d.to, 1, $1, 0, 'a', 'g', '{}'
     from (values (date '2025-01-01', 1, 2, null), (date '2025-01-01', 2, 0, date '2025-02-01'),
       (date '2025-02-01', 2, 0, null)) d ("from", seq, ended, "to")`,
    [id],
  );
  await hub.execute(
    "insert into reading values (3, 1, 1, '2025-03-31', 3, 0, 1, '{1}', 'AMI', $1, 0)",
    [id],
  );
  await hub.execute(
    `insert into interval_patch values
     (3, 8, '2025-04-01', 4, 0, '2025-04-02', 1, 's', 1, '20250402', '{5,null,7}', 'ANA', false, $1, 9)`,
    [id],
  );
  const query = {
    shard: 3 as Shard,
    channels: [8 as ChannelId],
    from: 0 as Day,
    to: 99_999 as Day,
  };
  await hub.transaction((transaction) => readIntervalDays(transaction, query));
  // Newer than the stored day: billing rebuilds it, so it is no failure.
  await hub.execute(
    `insert into interval_patch values
     (3, 8, '2025-04-01', 5, 0, '2025-04-02', 1, 's', 2, '20250403', '{6}', 'A', false, $1, 9)`,
    [id],
  );
  await hub.execute("insert into document values (256, $1, 5, '{3}', 4, true)", [id]);
  await hub.execute("insert into leg values (3, $1, 4)", [id]);
  await hub.execute("insert into unique_key values ('k', 'message-hash', 1, 256, 0, $1, $1)", [id]);
  return database;
}

t.test("a store that is right is found right", async (t) => {
  const { hub } = await filled(t);
  const { ok, checks } = await verify(hub, options);
  t.strictSame(
    checks.flatMap(({ failures }) => failures),
    [],
  );
  t.ok(ok);
  t.ok(
    checks.every(({ checked }) => checked > 0),
    "each check has looked at something",
  );
});

const damages = [
  ["messages", "update capture_part set bytes = bytes || 'x' where part = 1", /хранится 1048581/],
  ["messages", "update capture_part set bytes = 'shorT' where length(bytes) = 5", /байты изменены/],
  ["messages", "delete from capture_part where part = 0", /принято/],
  [
    "messages",
    `update message set state = 'duplicate', outcome = '{"duplicateOf": 1}' where size_bytes = 0`,
    /нет сообщения 1/,
  ],
  ["counters", "update shard_counter set seq = 4 where shard = 3", /в шарде 3 seq 5 больше/],
  ["counters", "delete from shard_counter where shard = 256", /нет счётчика/],
  ["versions", "update fact set end_seq = 1 where seq = 2 and valid_to is null", /закрыт раньше/],
  ["versions", "update fact set end_seq = 0", /две версии/],
  [
    "versions",
    "insert into reading select shard, site, meter, state_at, 4, 0, 1, values, source, message, 0 from reading",
    /два действующих/,
  ],
  ["references", "update reading set message = message + 7777", /reading: нет сообщения/],
  ["references", "delete from message where size_bytes = 5", /capture_part: нет сообщения/],
  ["documents", "update leg set shard = 4", /нет его частей в шардах 3/],
  ["documents", "delete from document", /часть без документа/],
  ["derived", "update interval_day set values[1] = 6", /канал 8, 2025-04-01/],
  [
    "derived",
    "update interval_patch set values = '{5,null,8}' where seq = 4",
    /канал 8, 2025-04-01/,
  ],
] as const;

t.test("each kind of damage is found by its check", async (t) => {
  const { hub, owner } = await filled(t);
  const undone = new Error("undone");
  for (const [name, damage, words] of damages) {
    const damaged = owner.transaction(async (transaction) => {
      t.ok((await transaction.execute(damage)) > 0, damage);
      const { ok, checks } = await checkStore(transaction, options);
      t.notOk(ok);
      t.match(checks.find((check) => check.name === name)?.failures.join("\n"), words, damage);
      throw undone;
    });
    await t.rejects(damaged, undone);
  }
  t.ok((await verify(hub, options)).ok);
});
