import { createHash } from "node:crypto";
import t from "tap";
import type { MessageId, OrganisationId, Seq, Shard } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import {
  closeDocuments,
  inClosing,
  markLegs,
  OpenDocumentsError,
  openDocuments,
  readDocuments,
  readLegs,
  readOpenDocuments,
} from "./documents.ts";
import {
  claimMessages,
  endMessages,
  hashKey,
  readBytes,
  requeueMessage,
  storeMessages,
} from "./messages.ts";
import { inShard } from "./shard-transaction.ts";
import { createTestDatabase } from "./testing.ts";
import { takeKeys } from "./unique-keys.ts";
import {
  addWaiting,
  markTaken,
  readKnownNames,
  readWaitingKeys,
  readWaitingRecords,
} from "./waiting.ts";

const organisation = 1 as OrganisationId;

function incoming(name: string, parts: readonly Uint8Array[]) {
  return {
    organisation,
    channel: "head-end",
    name,
    receivedAtMs: Date.now(),
    parts: (async function* () {
      yield* parts;
    })(),
    envelope: { folder: "in" },
  };
}

t.test("inbox", async (t) => {
  const { hub } = await createTestDatabase(t);
  const big = [new Uint8Array(1_048_576).fill(1), new Uint8Array(1_048_576).fill(2)];
  const [first, second] = await storeMessages(hub, [
    incoming("big.xml", [...big, new Uint8Array([0, 255, 13])]),
    incoming("empty.xml", []),
  ]);
  if (first === undefined || second === undefined) throw new Error("two were given");
  const whole = Buffer.concat([...big, Buffer.from([0, 255, 13])]);
  t.equal(first.sha256, createHash("sha256").update(whole).digest("hex"));
  const limits = { messagesMax: 10, bytesMax: 64 * 1_048_576, except: new Set<MessageId>() };
  await hub.transaction(async (claim) => {
    const claimed = await claimMessages(claim, limits);
    t.same(
      claimed.map((message) => [message.name, message.sizeBytes]),
      [
        ["big.xml", 2_097_155],
        ["empty.xml", 0],
      ],
    );
    await hub.transaction(async (other) => {
      t.same(await claimMessages(other, limits), [], "claimed by one at a time");
    });
    const [message] = claimed;
    if (message === undefined) throw new Error("nothing claimed");
    const read: Uint8Array[] = [];
    for await (const part of readBytes(hub, message)) read.push(part);
    t.ok(Buffer.concat(read).equals(whole), "the bytes as they came");
  });
  await hub.transaction(async (claim) => {
    t.equal((await claimMessages(claim, { ...limits, messagesMax: 1 })).length, 1, "free again");
    await hub.transaction(async (other) => {
      const [message] = await claimMessages(other, { ...limits, messagesMax: 1 });
      t.equal(message?.name, "empty.xml", "the next one, past the claimed");
    });
  });
  await t.rejects(storeMessages(hub, [incoming("part.xml", [new Uint8Array(1_048_577)])]));

  const [message] = await hub.transaction((claim) => claimMessages(claim, limits));
  if (message === undefined) throw new Error("nothing claimed");
  const problem = { code: "XML_MALFORMED", at: "17", object: "big.xml" } as const;
  const end = { ...message, outcome: null, problems: [problem, problem] };
  await hub.transaction((transaction) =>
    endMessages(transaction, [{ ...end, state: "quarantined" }]),
  );
  await hub.transaction((transaction) => endMessages(transaction, [{ ...end, state: "posted" }]));
  const state = async () =>
    (await hub.query("select state from message where id = $1", [message.message]))[0];
  const problems = () =>
    hub.query("select ordinal, code, at, object from message_problem order by ordinal");
  t.same(await state(), { state: "quarantined" }, "an end is not changed by a repeated call");
  t.equal((await problems()).length, 2);
  t.equal(await requeueMessage(hub, message.message), true);
  await hub.transaction((transaction) => endMessages(transaction, [{ ...end, state: "posted" }]));
  t.same(
    (await problems()).map((row) => (row as { ordinal: number }).ordinal),
    [0, 1, 2, 3],
    "what it was refused for stays",
  );

  await inShard(hub, COMMON_SHARD, ({ transaction, shard }) =>
    takeKeys(transaction, [
      {
        kind: "message-hash",
        key: hashKey("head-end", first.sha256),
        organisation,
        shard,
        site: 0 as never,
        id: first.message,
        message: first.message,
      },
    ]),
  );
  const [again] = await storeMessages(hub, [
    incoming("again.xml", [
      whole.subarray(0, 1_048_576),
      whole.subarray(1_048_576, 2_097_152),
      whole.subarray(2_097_152),
    ]),
  ]);
  t.equal(again?.duplicate, true, "the same bytes in the same channel");
  const [parts] = await hub.query(
    "select count(*)::int as parts from capture_part where message = $1",
    [again?.message ?? 0],
  );
  t.same(parts, { parts: 0 }, "a visible row, no second copy");
});

t.test("documents, legs and a closing", async (t) => {
  const { hub } = await createTestDatabase(t);
  const message = 1 as MessageId;
  const legs = [3, 9] as Shard[];
  const open = () =>
    inShard(hub, COMMON_SHARD, (common) =>
      openDocuments(common, [{ message, legs, knownSeq: 4 as Seq }]),
    );
  await open();
  await open();
  t.same(await readDocuments(hub, [message]), [{ message, legs, knownSeq: 4 }]);
  await inShard(hub, 3 as Shard, (leg) => markLegs(leg, [message]));
  t.same([...(await readLegs(hub, 3 as Shard, [message]))], [[1, 1]]);
  t.same([...(await readLegs(hub, 9 as Shard, [message]))], []);
  t.same(await readOpenDocuments(hub), [message]);
  await t.rejects(
    inClosing(hub, 30, async () => t.fail("closed over an open document")),
    OpenDocumentsError,
  );
  const closing = inClosing(hub, 60_000, async (_, pin) => pin);
  await inShard(hub, 9 as Shard, (leg) => markLegs(leg, [message]));
  await hub.transaction((transaction) => closeDocuments(transaction, [message]));
  const pin = await closing;
  t.equal(pin.length, 257);
  t.same([pin[3], pin[9], pin[4]], [1, 1, 0], "both legs are within the pin");
});

t.test("waiting records", async (t) => {
  const { hub } = await createTestDatabase(t);
  const receivedOn = 20_000 as never;
  const keys = ["a", "b", "c"];
  const message = 1 as MessageId;
  const entries = keys.map((key, at) => ({
    kind: "meter" as const,
    key,
    code: "UNKNOWN_METER" as const,
    at,
  }));
  const write = { organisation, message, receivedOn, entries };
  await hub.transaction((transaction) => addWaiting(transaction, [write, write]));
  const names = await readWaitingKeys(hub, { kind: "", key: "" }, 2);
  t.same(names, [
    { kind: "meter", key: "a" },
    { kind: "meter", key: "b" },
  ]);
  t.same(await readWaitingKeys(hub, { kind: "meter", key: "b" }, 2), [{ kind: "meter", key: "c" }]);
  t.equal((await readKnownNames(hub, names)).size, 0);
  await inShard(hub, 5 as Shard, ({ transaction, shard }) =>
    takeKeys(transaction, [
      { kind: "meter", key: "b", organisation, shard, site: 1 as never, id: 77, message },
    ]),
  );
  t.same([...(await readKnownNames(hub, names))], [["meter/b", 77]]);
  const records = await readWaitingRecords(hub, [{ kind: "meter", key: "b" }], 10);
  t.same(
    records.map((record) => record.at),
    [1],
  );
  await hub.transaction((transaction) => markTaken(transaction, records));
  t.same(await readWaitingKeys(hub, { kind: "", key: "" }, 10), [
    { kind: "meter", key: "a" },
    { kind: "meter", key: "c" },
  ]);
});
