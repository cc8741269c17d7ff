import t from "tap";
import type { MessageId, OrganisationId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DesiredRow } from "../../normalizer/store/deliveries.ts";
import { storeDesired } from "../../normalizer/store/deliveries.ts";
import { moveDeliveries } from "../../normalizer/store/delivery-moves.ts";
import { readRest } from "../../normalizer/store/exchanges.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { findKeys, takeKeys } from "../../normalizer/store/unique-keys.ts";
import type { Destination } from "./destination.ts";
import { Sender } from "./sender.ts";
import type { Fault } from "./testing.ts";
import { Counterpart, openTestTarget, TestClock, testDestination } from "./testing.ts";

const START_MS = Date.UTC(2026, 1, 1);
const organisation = 1 as OrganisationId;

interface Row {
  readonly object: string;
  readonly state: string;
  readonly code: string | null;
  readonly foreign_ids: unknown;
  readonly attempts: number;
}

const rowsOf = (database: Database, destination: string) =>
  database.query<Row>(
    `select object, state, code, foreign_ids, attempts from delivery where destination = $1
     order by object`,
    [destination],
  );
const states = async (database: Database, destination: string) =>
  Object.fromEntries(
    (await rowsOf(database, destination)).map(({ object, state, code }) => [
      object,
      code === null ? state : `${state} ${code}`,
    ]),
  );

let messages = 0;
const senderOf = (database: Database, destination: Destination, clock: TestClock) =>
  new Sender({
    database,
    destination,
    clock,
    random: () => 0.5,
    newMessageId: () => `message-${messages++}`,
    signal: new AbortController().signal,
    onFailure: (error) => t.fail(String(error)),
  });

const account = (id: number, content: object = { id }): DesiredRow => ({
  object: `account/${id}`,
  kind: "account",
  account: null,
  needs: [],
  content,
});
const document = (id: number, content: object = { id }): DesiredRow => ({
  object: `payment-document/${id}`,
  kind: "payment-document",
  account: null,
  needs: [`account/${id}`],
  content,
});

t.test("delivery to a counterpart on loopback", async (t) => {
  const { hub } = await createTestDatabase(t);
  const start = async (
    id: string,
    faults: readonly Fault[],
    limits: Parameters<typeof testDestination>[2] = {},
    polls = 1,
  ) => {
    const counterpart = new Counterpart(
      (ordinal) => faults[ordinal] ?? "none",
      () => polls,
    );
    const origin = await counterpart.listen();
    t.teardown(() => counterpart.close());
    const destination = testDestination(id, openTestTarget(origin), limits);
    const clock = new TestClock(START_MS);
    const desire = (...rows: readonly DesiredRow[]) =>
      storeDesired(hub, { destination: id, organisation, shard: 3 as Shard }, rows, clock.nowMs());
    const sender = senderOf(hub, destination, clock);
    const settle = async (untilMs = Number.POSITIVE_INFINITY) => {
      for (;;) {
        const next = await sender.drain();
        if (next === null || next > untilMs) return next;
        clock.moveTo(next);
      }
    };
    return { counterpart, destination, clock, desire, settle };
  };

  t.test("an accepted account is found by what the counterpart calls it", async (t) => {
    const numbered = [31, 32, 33].map((id) => account(id, { id, number: `5000${id}` }));
    const owner = (id: number): UniqueKey => ({
      kind: "account",
      key: `5000${id}`,
      organisation,
      shard: 3 as Shard,
      site: 7 as SiteId,
      id,
      message: 1 as MessageId,
    });
    await takeKeys(hub, [owner(31), owner(32)]);
    const names = [31, 32, 33].map((id) => ({
      kind: "gis-account" as const,
      key: `ID-ACCOUNT/${id}`,
      organisation,
    }));
    for (const [id, faults, ids] of [
      ["unnamed", [], []],
      ["named", [], [31]],
      ["named after a read-back", ["lost after effect"], [31, 32]],
    ] as const) {
      const { counterpart, destination, desire, settle } = await start(id, faults);
      const { objects } = destination.target;
      if (id !== "unnamed") {
        Object.assign(objects, { account: { batchMax: 4, namesAccounts: ["absent", "id"] } });
      }
      await desire(...(id === "named" ? numbered.slice(0, 1) : numbered));
      await settle();
      t.equal(counterpart.findCount, faults.length, id);
      const found = await findKeys(hub, names);
      t.strictSame(
        [...found].sort((a, b) => a.id - b.id),
        ids.map((of) => ({ ...owner(of), kind: "gis-account", key: `ID-ACCOUNT/${of}` })),
        id,
      );
    }
  });

  t.test("parents go first, ids reach the child, equal content sends nothing", async (t) => {
    const { counterpart, desire, settle } = await start("order", []);
    t.equal(await desire(document(1), document(2), account(2), account(1)), 4);
    await settle();
    t.strictSame(await states(hub, "order"), {
      "account/1": "confirmed",
      "account/2": "confirmed",
      "payment-document/1": "confirmed",
      "payment-document/2": "confirmed",
    });
    t.strictSame(
      counterpart.applied.map(({ kind }) => kind),
      ["account", "account", "payment-document", "payment-document"],
    );
    t.equal(counterpart.messages.length, 2, "one message for each kind");
    t.equal(await desire(document(1), account(1)), 0);
    await settle();
    t.equal(counterpart.messages.length, 2);
    t.equal(await desire(account(1, { id: 1, name: "new" })), 1);
    t.equal(await desire(account(1)), 0, "what stands there is wanted again before it was sent");
    await settle();
    t.equal(counterpart.messages.length, 2);
  });

  t.test("a refused object is named, its neighbours stand, mended content goes", async (t) => {
    const { counterpart, desire, settle } = await start("refused", []);
    await desire(account(1), account(2, { refuse: true }), account(3), document(2));
    await settle();
    const refused = {
      "account/1": "confirmed",
      "account/2": "refused OBJECT_REFUSED",
      "account/3": "confirmed",
      "payment-document/2": "waiting",
    };
    t.strictSame(await states(hub, "refused"), refused);
    t.equal(counterpart.messages.length, 1, "refused is not repeated");
    await desire(account(2, { mended: true }));
    await settle();
    t.strictSame(await states(hub, "refused"), {
      ...refused,
      "account/2": "confirmed",
      "payment-document/2": "confirmed",
    });
  });

  t.test("a batch refused whole is halved until the culprit stands alone", async (t) => {
    for (const [id, content, code] of [
      ["poison", { poison: true }, "FORMAT_REFUSED"],
      ["unsayable", { of: "unsayable" }, "SCHEMA_INVALID"],
    ] as const) {
      const { desire, settle } = await start(id, []);
      await desire(account(1), account(2), account(3, content), account(4));
      await settle();
      t.strictSame(await states(hub, id), {
        "account/1": "confirmed",
        "account/2": "confirmed",
        "account/3": `refused ${code}`,
        "account/4": "confirmed",
      });
    }
  });

  t.test(
    "a lost answer is read back: once applied, whichever side of the effect it was",
    async (t) => {
      for (const [id, fault, sent] of [
        ["before", "lost before effect", 2],
        ["after", "lost after effect", 1],
      ] as const) {
        const { counterpart, clock, desire, settle } = await start(id, [fault]);
        await desire(account(1));
        await settle(START_MS + 1);
        t.strictSame(await states(hub, id), { "account/1": "unknown OUTCOME_UNKNOWN" });
        await settle();
        t.strictSame(await states(hub, id), { "account/1": "confirmed" });
        t.equal(counterpart.messages.length, sent);
        t.equal(counterpart.applied.length, 1);
        t.ok(clock.nowMs() >= START_MS + 60_000, "not read back at once");
      }
    },
  );

  t.test("an edge that cannot be asked parks what is unknown", async (t) => {
    const { counterpart, destination, clock, desire } = await start("blind", ["lost after effect"]);
    const { findDelivered: _, ...open } = destination.open;
    await desire(account(1));
    const sender = senderOf(hub, { ...destination, open }, clock);
    for (let next = await sender.drain(); next !== null; next = await sender.drain()) {
      clock.moveTo(next);
    }
    t.strictSame(await states(hub, "blind"), { "account/1": "refused OUTCOME_UNKNOWN" });
    t.equal(counterpart.messages.length, 1);
  });

  t.test("what is repeated: without end, three times, never", async (t) => {
    const cases: readonly (readonly [string, readonly Fault[], number, string])[] = [
      ["busy", ["busy", "busy", "busy", "busy", "busy", "busy"], 7, "confirmed"],
      ["works", ["maintenance"], 2, "confirmed"],
      ["three", ["internal error", "internal error", "internal error"], 4, "confirmed"],
      [
        "four",
        ["internal error", "internal error", "internal error", "internal error"],
        4,
        "refused COUNTERPART_ERROR",
      ],
      ["denied", ["access denied"], 1, "waiting ACCESS_DENIED"],
    ];
    for (const [id, faults, sent, state] of cases) {
      const { counterpart, desire, settle } = await start(id, faults);
      await desire(account(1));
      await settle();
      t.strictSame(await states(hub, id), { "account/1": state }, id);
      t.equal(counterpart.messages.length, sent, id);
    }
    t.match(await readRest(hub, "denied"), { stopped: true, code: "ACCESS_DENIED" });
  });

  t.test("maintenance rests the whole destination, failures open the breaker", async (t) => {
    const { counterpart, desire, settle } = await start("rest", ["maintenance"], {
      concurrency: 1,
    });
    await desire(account(1));
    t.equal(await settle(START_MS), START_MS + 900_000);
    await desire(account(2));
    t.equal(await settle(START_MS), START_MS + 900_000, "the other one waits too");
    t.equal(counterpart.messages.length, 1);
    await settle();
    t.equal(counterpart.applied.length, 2);

    const broken = await start("breaker", Array(4).fill("busy"), {
      concurrency: 1,
      retryMsMax: 1,
    });
    await broken.desire(account(1));
    await broken.settle(START_MS + 29_000);
    t.equal(broken.counterpart.messages.length, 3, "three failures, then it rests 30 s");
    const next = await broken.settle(START_MS + 60_000);
    t.equal(broken.counterpart.messages.length, 4, "one trial");
    t.ok(Number(next) >= START_MS + 90_000, "its failure doubles the rest");
    await broken.settle();
    t.strictSame(await states(hub, "breaker"), { "account/1": "confirmed" });
  });

  t.test("newer content waits behind what is under way", async (t) => {
    const { counterpart, desire, settle } = await start("behind", []);
    await desire(account(1, { v: 1 }));
    await settle(START_MS + 1);
    t.strictSame(await states(hub, "behind"), { "account/1": "sent" });
    t.equal(await desire(account(1, { v: 2 })), 0);
    t.equal(await desire(account(1, { v: 3 })), 0);
    await settle();
    t.strictSame(await states(hub, "behind"), { "account/1": "confirmed" });
    t.strictSame(
      counterpart.messages.map(({ items }) => items.map(({ content }) => content)),
      [[{ v: 1 }], [{ v: 3 }]],
    );
  });

  t.test("a look that a step overtakes leaves its message alone, whoever looks", async (t) => {
    for (const whose of ["own", "another's"]) {
      const { counterpart, destination, clock, desire } = await start(`overtaken ${whose}`, []);
      await desire(account(1));
      const step: (() => Promise<void>)[] = [];
      const slow: Database = {
        ...hub,
        async query<Row>(text: string, values?: Parameters<Database["query"]>[1]) {
          const rows = await hub.query<Row>(text, values);
          // The message is read as prepared; before the look goes on it is sent and accepted.
          if (text.includes("from exchange\n")) await step.pop()?.();
          return rows;
        },
      };
      const sender = senderOf(slow, destination, clock);
      const looking = whose === "own" ? sender : senderOf(slow, destination, clock);
      const send = await sender.next();
      if (send === null) throw new Error("nothing was due");
      step.push(send);
      const job = await looking.next();
      t.equal(job === null, whose === "own");
      await job?.();
      const [row] = await rowsOf(hub, destination.id);
      t.match(row, { state: "sent", attempts: 1, code: null }, whose);
      t.equal(counterpart.messages.length, 1);
    }
  });

  t.test("withdrawn: what was not sent at once, what stands by a message of its own", async (t) => {
    const { counterpart, desire, settle } = await start("withdraw", []);
    const scope = { organisation, districts: null };
    const withdraw = (...objects: readonly string[]) =>
      moveDeliveries(hub, scope, "withdraw", "withdraw", { objects }, ["payment-document"]);
    await desire(account(1), account(2, { refuse: true }), document(1), document(2));
    await settle();
    const all = ["account/1", "account/2", "payment-document/1", "payment-document/2"];
    t.equal(await withdraw(...all), 3, "an accepted account cannot be taken back");
    await settle();
    t.strictSame(await states(hub, "withdraw"), {
      "account/1": "confirmed",
      "account/2": "withdrawn OBJECT_REFUSED",
      "payment-document/1": "withdrawn",
      "payment-document/2": "withdrawn",
    });
    t.strictSame([...counterpart.objects.keys()], ["account/1"]);
    t.equal(await desire(document(1)), 0, "the same content does not bring it back");
    t.equal(await desire(document(1, { mended: true })), 1);
    await settle();
    t.strictSame([...counterpart.objects.keys()], ["account/1", "payment-document/1"]);
  });

  t.test("rate and window", async (t) => {
    const slow = await start("rate", [], { messagesPerMinute: 2 }, 0);
    await slow.desire(...Array.from({ length: 20 }, (_, id) => account(id)));
    await slow.settle(START_MS + 1);
    t.equal(slow.counterpart.messages.length, 2, "five messages of four wait for two a minute");
    await slow.settle();
    t.equal(slow.counterpart.messages.length, 5);

    // 2026-02-01 03:00 in Moscow; the window opens at 22:00 there = 19:00 UTC.
    const night = { fromDay: 1, toDay: 4, fromHour: 22, toHour: 2 };
    const closed = await start("window", [], { windows: [night] });
    await closed.desire(account(1));
    t.equal(await closed.settle(START_MS), START_MS + 19 * 3_600_000);
    t.match(await readRest(hub, "window"), { stopped: false, code: "WINDOW_CLOSED" });
    await closed.settle();
    t.strictSame(await states(hub, "window"), { "account/1": "confirmed" });
  });
});
