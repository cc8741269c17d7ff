import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { DEFAULT_PROFILE } from "../../adapters/pyramida/config.ts";
import { parse } from "../../adapters/pyramida/parse.ts";
import { day } from "../../normalizer/model/dates.ts";
import type {
  ChannelId,
  MessageId,
  OrganisationId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { readIntervalDays } from "../../normalizer/store/intervals.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { acceptCaptures } from "./accept.ts";
import type { IntakeChannel } from "./channels.ts";
import { runNormaliser } from "./normaliser.ts";
import type { Intake, IntakeBoundary } from "./process.ts";
import { SenderBook } from "./routes.ts";

const organisation = 1 as OrganisationId;
const SENDER = "7801001231";
const AREA = "4705004562";
const RECEIVED_AT_MS = Date.UTC(2025, 3, 2);
const FILE_DAY = "20250331";

const pyramida: IntakeChannel = {
  id: "head-end",
  organisation,
  parse: parse as IntakeChannel["parse"],
  profile: DEFAULT_PROFILE,
};

/** A day of one value per half-hour, in whole kWh, for each point's channel 01. */
function message(number: number, values: Readonly<Record<string, number>>, fileDay = FILE_DAY) {
  const time = (minutes: number) =>
    `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}${String(minutes % 60).padStart(2, "0")}`;
  const points = Object.entries(values).map(([code, value]) => {
    const periods = Array.from(
      { length: 48 },
      (_, index) =>
        `<period start="${time(index * 30)}" end="${time(index * 30 + 30)}"><value>${value}</value></period>`,
    );
    return `<measuringpoint code="${code}" name="${code}"><measuringchannel code="01" desc="A+">${periods.join("")}</measuringchannel></measuringpoint>`;
  });
  const body = `<?xml version="1.0" encoding="utf-8"?>
<message class="80020" version="2" number="${number}">
<datetime><timestamp>20250401010000</timestamp><daylightsavingtime>0</daylightsavingtime><day>${fileDay}</day></datetime>
<sender><inn>${SENDER}</inn><name>Сеть</name></sender>
<area timezone="1"><inn>${AREA}</inn><name>Потребитель</name>${points.join("")}</area>
</message>`;
  return { name: `80020_${SENDER}_${fileDay}_${number}.xml`, body };
}

function capture({ name, body }: { readonly name: string; readonly body: string }) {
  return {
    name,
    receivedAtMs: RECEIVED_AT_MS,
    parts: (async function* () {
      yield Buffer.from(body);
    })(),
    envelope: {},
  };
}

const send = (database: Database, ...files: readonly { name: string; body: string }[]) =>
  acceptCaptures(database, pyramida, files.map(capture));

/** Points p0, p1 … in shards 0, 1 …, channels 9000, 9001 …; the last one is not mapped. */
async function mapPoints(database: Database, from: number, to: number, partner: boolean) {
  await inShard(database, COMMON_SHARD, async (transaction) => {
    const fact = {
      site: 0 as SiteId,
      organisation,
      from: day("2020-01-01"),
      to: null,
      message: 1 as MessageId,
      at: 0,
      author: "test",
      ground: "test",
    };
    const routes = Array.from({ length: to - from }, (_, index) => from + index);
    await insertFacts(transaction, [
      ...routes.map((point) => ({
        ...fact,
        kind: "channel-map" as const,
        subject: `${SENDER}/${AREA}/p${point}/01`,
        body: {
          shard: point,
          site: 5000 + point,
          channel: 9000 + point,
          point,
          role: "CONSUMPTION" as const,
        },
      })),
      ...(partner
        ? [
            {
              ...fact,
              kind: "partner" as const,
              subject: SENDER,
              body: { name: "Сеть", zone: "Europe/Moscow" },
            },
          ]
        : []),
    ]);
  });
}

function intakeOf(
  database: Database,
  boundary: (name: IntakeBoundary) => void = () => undefined,
  channel: IntakeChannel = pyramida,
): Intake {
  return {
    database,
    channels: new Map([[channel.id, channel]]),
    senders: new SenderBook(database),
    legsAtOnce: 2,
    run: inShard,
    boundary,
  };
}

/** Lets normalisers work until the inbox is empty and what can be taken has been. */
async function settle(database: Database, intakes: readonly Intake[], expected?: unknown[]) {
  const failures = expected ?? [];
  const stop = new AbortController();
  const running = intakes.map((intake) =>
    runNormaliser(intake, {
      signal: stop.signal,
      messagesMax: 4,
      bytesMax: 1 << 24,
      pollMs: 20,
      onFailure: (error) => failures.push(error),
    }),
  );
  const busy = async () => {
    const rows = await database.query(
      "select from message where state in ('received', 'posting') limit 1",
    );
    return rows.length > 0 && failures.length === 0;
  };
  do await sleep(60);
  while (await busy());
  stop.abort();
  await Promise.all(running);
  if (expected === undefined && failures.length > 0) throw failures[0];
}

async function states(database: Database) {
  const rows = await database.query<{
    name: string;
    state: string;
    outcome: { records?: Record<string, number>; unchanged?: number } | null;
    codes: string[];
  }>(
    `select name, state, outcome, array(
       select p.code from message_problem p where p.message = m.id order by p.ordinal
     ) as codes from message m order by id`,
  );
  return rows.map((row) => ({
    state: row.state,
    accepted: row.outcome?.records?.["accepted"] ?? 0,
    waiting: row.outcome?.records?.["waiting"] ?? 0,
    unchanged: row.outcome?.unchanged ?? 0,
    codes: row.codes,
  }));
}

/** Half-hours of the Moscow day 2025-03-31 of one point, and how many slots of its UTC days have a value. */
async function halfHours(database: Database, point: number) {
  const days = await readIntervalDays(
    database,
    {
      shard: point as Shard,
      channels: [(9000 + point) as ChannelId],
      from: day("2025-03-30"),
      to: day("2025-04-01"),
    },
    null,
  );
  const slots = days.flatMap((of) =>
    of.values.map((value, slot) => [of.day, slot, value] as const),
  );
  return slots.filter(([, , value]) => value !== null);
}

const ended = (state: string, rest: object) => ({
  state,
  accepted: 0,
  waiting: 0,
  unchanged: 0,
  codes: [],
  ...rest,
});

t.test("from files to half-hours", async (t) => {
  const { hub } = await createTestDatabase(t);
  await mapPoints(hub, 0, 3, true);
  const first = message(10, { p0: 5, p1: 7, p2: 9 });
  await send(hub, first);
  await settle(hub, [intakeOf(hub)]);
  t.same(await states(hub), [ended("posted", { accepted: 3 })]);
  const stored = await halfHours(hub, 1);
  t.equal(stored.length, 48);
  // Moscow is UTC+3 in 2025: local midnight is slot 42 of the UTC day before.
  t.same(stored[0], [day("2025-03-30"), 42, 7_000_000]);
  t.same(stored.at(-1), [day("2025-03-31"), 41, 7_000_000]);

  const [again] = await send(hub, first);
  t.equal(again?.duplicate, true, "the same bytes: the sender is told");
  await send(hub, message(12, { p0: 5, p1: 8 }), message(11, { p0: 6, p1: 6 }));
  await send(hub, message(12, { p0: 1, p1: 1 }));
  await settle(hub, [intakeOf(hub)]);
  t.same((await states(hub)).slice(1), [
    ended("duplicate", {}),
    ended("posted", { accepted: 2, unchanged: 1, codes: ["DUPLICATE"] }),
    ended("posted", { accepted: 2, unchanged: 2, codes: ["SUPERSEDED"] }),
    ended("rejected", { codes: ["MESSAGE_NUMBER_CONFLICT"] }),
  ]);
  const values = async (point: number) => [
    ...new Set((await halfHours(hub, point)).map(([, , v]) => v)),
  ];
  t.same(await values(0), [5_000_000], "restated by 12, so the late 11 does not count");
  t.same(await values(1), [8_000_000], "corrected by 12");
  t.same(await values(2), [9_000_000], "a channel that a correction leaves out stays");
});

t.test("what ends a file whole stores nothing of it", async (t) => {
  const { hub } = await createTestDatabase(t);
  await mapPoints(hub, 0, 1, false);
  const file = message(1, { p0: 5 });
  await send(hub, file, { name: file.name, body: file.body.slice(0, -30) });
  await settle(hub, [intakeOf(hub)]);
  t.same(await states(hub), [
    ended("quarantined", { codes: ["UNKNOWN_PARTNER"] }),
    // Both are listed; a file that cannot be read at all is sent anew, whoever its sender is.
    ended("rejected", { codes: ["UNKNOWN_PARTNER", "XML_MALFORMED"] }),
  ]);
  await mapPoints(hub, 1, 1, true);
  await send(hub, { name: file.name, body: file.body.slice(0, -30) }, file);
  await settle(hub, [intakeOf(hub)]);
  t.match((await states(hub)).slice(2), [
    { state: "rejected", codes: ["XML_MALFORMED"] },
    { state: "posted", accepted: 1 },
  ]);
  const broken = {
    ...pyramida,
    // biome-ignore lint/correctness/useYield: a parser that fails on every message
    parse: async function* () {
      throw new TypeError("undefined is not a function");
    },
  };
  await send(hub, message(2, { p0: 1 }));
  await settle(hub, [intakeOf(hub, undefined, broken)]);
  t.match((await states(hub)).at(-1), { state: "quarantined", codes: ["PARSER_DEFECT"] });
  t.equal((await halfHours(hub, 0)).length, 48, "only the whole file was stored");
});

t.test("a record that waits is taken by itself", async (t) => {
  const { hub } = await createTestDatabase(t);
  await mapPoints(hub, 0, 1, true);
  await send(hub, message(1, { p0: 5, p1: 6 }));
  const intake = intakeOf(hub);
  await settle(hub, [intake]);
  t.same(await states(hub), [
    ended("waiting", { accepted: 1, waiting: 1, codes: ["UNKNOWN_POINT"] }),
  ]);
  t.equal((await halfHours(hub, 1)).length, 0);
  await mapPoints(hub, 1, 2, false);
  await settle(hub, [intake]);
  t.same(await states(hub), [ended("posted", { accepted: 2, codes: ["UNKNOWN_POINT"] })]);
  t.equal((await halfHours(hub, 1)).length, 48);
});

/** All that the store holds of what was said, without ids of messages and seqs. */
async function contents(database: Database) {
  const patches = await database.query(
    `select channel, day, first_slot, version, values, qualities from interval_patch
     order by channel, day, first_slot, version`,
  );
  const open = await database.query("select from document where not done");
  return { patches, open: open.length, states: await states(database) };
}

t.test("several normalisers at once: the same half-hours in whatever order", async (t) => {
  const { hub } = await createTestDatabase(t);
  await mapPoints(hub, 0, 3, true);
  const files = [5, 3, 1, 4, 2, 6, 8, 7].map((number) =>
    message(number, { p0: number, p1: number % 2, p2: 9 }),
  );
  for (const file of files) await send(hub, file);
  await settle(hub, [intakeOf(hub), intakeOf(hub), intakeOf(hub)]);
  t.ok((await states(hub)).every((of) => of.state === "posted" && of.accepted === 3));
  for (const [point, value] of [
    [0, 8_000_000],
    [1, 0],
    [2, 9_000_000],
  ] as const) {
    const stored = await halfHours(hub, point);
    t.same([stored.length, ...new Set(stored.map(([, , of]) => of))], [48, value]);
  }
});

t.test("stopped at any boundary and started again", async (t) => {
  const shards = 4;
  const files = [
    message(1, { p0: 1, p1: 2, p2: 3, p3: 4 }),
    message(2, { p0: 1, p1: 20, p9: 5 }),
    message(3, { p2: 30, p3: 4 }),
  ];
  const undisturbed = await createTestDatabase(t);
  await mapPoints(undisturbed.hub, 0, shards, true);
  await send(undisturbed.hub, ...files);
  await settle(undisturbed.hub, [intakeOf(undisturbed.hub)]);
  const want = await contents(undisturbed.hub);
  t.match(
    want.states.map((of) => of.state),
    ["posted", "waiting", "posted"],
  );

  for (const stopAt of [1, 2, 3, 4, 5, 6]) {
    const { hub } = await createTestDatabase(t);
    await mapPoints(hub, 0, shards, true);
    await send(hub, ...files);
    let reached = 0;
    const failures: unknown[] = [];
    const stopping = intakeOf(hub, () => {
      reached += 1;
      if (reached >= stopAt) throw new Error("stopped here");
    });
    await settle(hub, [stopping], failures);
    t.ok(failures.length > 0, `stopped at ${stopAt}`);
    await settle(hub, [intakeOf(hub)]);
    t.same(await contents(hub), want, `the same store after a stop at ${stopAt}`);
  }
});
