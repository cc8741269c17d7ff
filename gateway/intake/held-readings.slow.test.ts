import t from "tap";
import { Create } from "typebox/value";
import { TabularProfileSchema } from "../../adapters/tabular/config.ts";
import { adapter } from "../../adapters/tabular/index.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type { MessageId, Origin, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { ReadingDecision, ReadingSource } from "../../normalizer/model/records.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { HeldList } from "../../normalizer/store/held-readings.ts";
import { listHeldReadings } from "../../normalizer/store/held-readings.ts";
import { readMessages } from "../../normalizer/store/messages.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { runCli } from "../cli.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, EXIT_USAGE } from "../command.ts";
import { closePeriod } from "../runs/close.ts";
import { openRun } from "../runs/create.ts";
import {
  ACCOUNTS,
  correct,
  createSupplier,
  fact,
  HOUSE_METER,
  ONE_ZONE_METER,
  SERVERS,
  SUPPLIER,
  writeReading,
} from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";
import { acceptCaptures } from "./accept.ts";
import type { IntakeChannel } from "./channels.ts";
import { deskChannel } from "./channels.ts";
import { storeContext } from "./check-context.ts";
import { checkFile } from "./check-file.ts";
import { enterFacts } from "./desk.ts";
import { ingest } from "./ingest.ts";
import type { IntakeBoundary } from "./process.ts";
import { processMessages } from "./process.ts";
import { decideHeld } from "./reading-desk.ts";
import { SenderBook } from "./routes.ts";

const { organisation, mkd, house } = SUPPLIER;
const SCOPE = { organisation, districts: null };
const DAY_MS = 86_400_000;
const RECEIVED_AT_MS = day("2021-08-28") * DAY_MS;
const LATER_MS = day("2021-10-02") * DAY_MS;

const profileOf = (source: ReadingSource) => ({ ...Create(TabularProfileSchema), source });
const sheetOf = (rows: readonly string[]) => ["account;meter;date;T0", ...rows].join("\n");

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

let files = 0;
async function send(
  database: Database,
  rows: readonly string[],
  source: ReadingSource = "PORTAL",
  receivedAtMs = RECEIVED_AT_MS,
) {
  files += 1;
  const [taken] = await ingest(database, {
    channel: {
      id: `csv-${source}`,
      organisation,
      parse: adapter.parse as never,
      profile: profileOf(source),
    },
    adapter,
    settings: {},
    upload: { name: `${files}.csv`, bytes: whole(sheetOf(rows)), envelope: {} },
    receivedAtMs,
    signal: new AbortController().signal,
  });
  if (taken === undefined || !("records" in (taken.outcome ?? {}))) throw new Error("not taken");
  const { records } = taken.outcome as { readonly records: Readonly<Record<string, number>> };
  return { message: taken.message.message, records };
}

const listed = async (database: Database, list: HeldList) =>
  (await listHeldReadings(database, SCOPE, list, null, 50)).map((reading) => [
    `${reading.accountNumber} ${reading.typed[0]?.text}`,
    reading.code,
  ]);

const decide = (database: Database, reading: Origin, decision: ReadingDecision, ground: string) =>
  decideHeld(database, {
    organisation,
    reading,
    decision,
    ...{ author: "petrova", ground, receivedAtMs: LATER_MS },
  });

async function bill(database: Database, period: Month): Promise<void> {
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax: 9 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  const onProgress = () => undefined;
  await closePeriod(database, { organisation, period, author: "test", waitMs: 1000, onProgress });
}

/** Σ of posted lines of an account by the month that they are about. */
async function posted(database: Database, account: number, period: string) {
  const rows = await database.query<{ origin: string; amount: string; volume: string }>(
    `select to_char(origin, 'YYYY-MM') as origin, sum(amount) as amount, sum(volume) as volume
     from charge_line_text where account = $1 and to_char(period, 'YYYY-MM') = $2
     group by 1 order by 1`,
    [account, period],
  );
  return rows.map(({ origin, amount, volume }) => [origin, Number(amount), Number(volume)]);
}

/**
 * Usual of account 5001: 700 kWh in the 122 days from 22 March to 22 July, so 177.87 in the 31 days
 * to 22 August; of the house 6001: 813 kWh in the 122 days from 31 March, so 166.60 in 25 days.
 */
async function withHistory(database: Database): Promise<void> {
  const { readings } = await createSupplier(database);
  const key = { kind: "meter" as const, organisation, ...mkd, message: 0 as MessageId };
  await takeKeys(database, [{ ...key, key: "1", id: ONE_ZONE_METER }]);
  await writeReading(database, mkd, ONE_ZONE_METER, "2021-03-22", [3800], readings, 1);
  await writeReading(database, house, HOUSE_METER, "2021-03-31", [3710], readings, 2);
}

const IN_TIME = `${ACCOUNTS.oneZone};1;22.08.2021;5100`;
const FORGOTTEN = `${ACCOUNTS.house};4;25.08.2021;5123`;

for (const { server, create, skip } of SERVERS) {
  t.test(`from the file to the bill, on ${server}`, { skip }, async (t) => {
    const { hub } = await create(t);
    await withHistory(hub);
    await bill(hub, month("2021-07"));
    const { message, records } = await send(hub, [IN_TIME, FORGOTTEN]);
    t.match(records, { held: 2, accepted: 0, rejected: 0 });
    const [newest, oldest] = await listHeldReadings(hub, SCOPE, "held", null, 50);
    t.match(newest, { accountNumber: "6001", volume: 6_000_000, expected: 1_665_975 });
    t.match(oldest, {
      details: { ratio: "3,37" },
      previous: { readOn: day("2021-07-22"), values: [45_000_000] },
    });
    t.same((await send(hub, [IN_TIME, "5001;1;21.08.2021;100000"])).records["rejected"], 1);
    t.same(
      await listed(hub, "held"),
      [
        ["6001 5123", "DEVIATION_HIGH"],
        ["5001 5100", "DEVIATION_HIGH"],
      ],
      "the same again does not wait twice",
    );
    t.same(await listed(hub, "refused"), [["5001 100000", "FORMAT"]]);

    const first = { message, at: 2 } as Origin;
    const late = { message, at: 3 } as Origin;
    const nobody = await decide(hub, { message: 999_999 as MessageId, at: 1 }, "CONFIRMED", "…");
    t.same([nobody.isTaken, nobody.problems[0]?.code], [false, "UNKNOWN_DOCUMENT"]);
    const done = await decide(hub, first, "CONFIRMED", "позвонили, ремонт");
    t.same([done.isTaken, done.problems], [true, []]);
    const again = await decide(hub, first, "REFUSED", "передумали");
    t.same([again.isTaken, again.problems[0]?.code], [false, "UNEXPECTED_EVENT"]);
    const [row] = await hub.query(
      "select message::int, at::int, values from reading where shard = $1 and state_at = '2021-08-23'",
      [mkd.shard],
    );
    t.same(row, { message, at: 2, values: ["51000000"] }, "the origin is the consumer's row");

    await bill(hub, month("2021-08"));
    t.same(await posted(hub, ACCOUNTS.oneZone, "2021-08"), [["2021-08", 355_800, 6_000_000]]);
    // Nobody has said whether 5123 is right: no estimate in its place, the account waits with the reason.
    t.same(await posted(hub, ACCOUNTS.house, "2021-08"), []);
    t.same(
      await hub.query("select code, object from run_problem where account = $1", [ACCOUNTS.house]),
      [{ code: "DEVIATION_HIGH", object: "6001" }],
    );

    const lately = await decide(hub, late, "CONFIRMED", "контролёр проверил");
    t.same([lately.isTaken, lately.problems.map(({ code }) => code)], [true, ["LATE_FACT"]]);
    await bill(hub, month("2021-09"));
    const september = await posted(hub, ACCOUNTS.house, "2021-09");
    t.same(september[0], ["2021-08", 355_800, 6_000_000], "600 × 5.93, in whole");
    t.same(await listed(hub, "held"), []);
    const signal = new AbortController().signal;
    const { checks } = await verify(hub, { report: () => undefined, signal });
    t.same(
      checks.flatMap(({ failures }) => failures),
      [],
    );
  });
}

t.test("what fits no more is not taken, and what a person refuses is kept", async (t) => {
  const { hub } = await createTestDatabase(t);
  await withHistory(hub);
  const { message } = await send(hub, [IN_TIME, FORGOTTEN]);
  const first = { message, at: 2 } as Origin;
  await send(hub, ["5001;1;24.08.2021;4600"], "CONTROLLER");
  const falls = await decide(hub, first, "CONFIRMED", "верно");
  t.same([falls.isTaken, falls.problems[0]?.code], [false, "NEGATIVE_DELTA"], "4600 came after");
  t.same((await listed(hub, "held")).length, 2, "it goes on waiting");
  const refused = await decide(hub, first, "REFUSED", "опечатка");
  t.same([refused.isTaken, refused.problems], [true, []]);
  const [kept] = await listHeldReadings(hub, SCOPE, "refused", null, 1);
  t.match(kept, { decision: { kind: "REFUSED", author: "petrova", ground: "опечатка" } });

  const house25 = { message, at: 3 } as Origin;
  await send(hub, ["6001;4;25.08.2021;4700"], "CHECK");
  const lower = await decide(hub, house25, "CONFIRMED", "верно");
  t.same([lower.isTaken, lower.problems[0]?.code], [false, "LOWER_PRIORITY"]);
  await send(hub, ["6001;4;25.08.2021;4650"]);
  const [rival] = await listHeldReadings(hub, SCOPE, "refused", null, 1);
  t.match(rival, { code: "LOWER_PRIORITY", priority: 4, details: { source: "CHECK" } });
});

t.test("two readings of one source: the person's choice stands", async (t) => {
  const { hub } = await createTestDatabase(t);
  await withHistory(hub);
  await send(hub, ["5001;1;22.08.2021;4600"]);
  const { message, records } = await send(hub, ["5001;1;22.08.2021;4601"], "ROBOT");
  t.match(records, { held: 1 });
  t.same(await listed(hub, "held"), [["5001 4601", "CONFLICT"]]);
  const chosen = await decide(hub, { message, at: 2 } as Origin, "CONFIRMED", "на фото 4601");
  t.same([chosen.isTaken, chosen.problems], [true, []]);
  const [row] = await hub.query(
    `select values, source from reading
     where shard = $1 and state_at = '2021-08-23' and end_seq = 0`,
    [mkd.shard],
  );
  t.same(row, { values: ["46010000"], source: "ROBOT" });
});

t.test("a check of the file says the same, and without a store tests what it can", async (t) => {
  const { hub } = await createTestDatabase(t);
  await withHistory(hub);
  const check = (context: ReturnType<typeof storeContext> | null) =>
    checkFile({
      adapter,
      profile: profileOf("PORTAL"),
      ...{ file: "a.csv", sha256: "", bytes: whole(sheetOf([IN_TIME, FORGOTTEN])), context },
      receivedAtMs: RECEIVED_AT_MS,
    });
  const known = await check(storeContext(hub, organisation));
  t.same(
    known.problems.map(({ code, at }) => `${code}:${at}`),
    ["DEVIATION_HIGH:2", "DEVIATION_HIGH:3"],
  );
  t.same((await check(null)).problems, []);
  t.same((await check(null)).records, { accepted: 0, warned: 0, waiting: 2, rejected: 0 });
});

t.test("hub readings", async (t) => {
  const { hub, ownerUrl } = await createTestDatabase(t);
  await withHistory(hub);
  const { message } = await send(hub, [IN_TIME, FORGOTTEN]);
  const said: string[] = [];
  const call = (...args: readonly string[]) =>
    runCli(["readings", ...args], {
      environment: { DATABASE_OWNER_URL: ownerUrl, USER: "petrova" },
      out: (text) => said.push(text),
      note: () => undefined,
      signal: new AbortController().signal,
    });
  t.equal(await call("held", "--json"), EXIT_OK);
  t.match(JSON.parse(said.at(-1) ?? ""), [
    { place: `${message}:3`, accountNumber: "6001", readOn: "2021-08-25", code: "DEVIATION_HIGH" },
    { place: `${message}:2`, volume: 6_000_000, text: /намного выше обычного: в 3,37 раза/ },
  ]);
  t.equal(await call("held", "--after", `${message}:3`), EXIT_OK);
  t.match(said.at(-1), /л\/с 5001, прибор 1 {2}4500 → 5100, 600 кВт·ч {2}личный кабинет/);
  t.equal(await call("confirm", `${message}:2`), EXIT_USAGE, "without a ground");
  t.equal(await call("confirm", "5001", "--ground", "верно"), EXIT_USAGE);
  t.equal(await call("confirm", `${message}:2`, "--ground", "верно"), EXIT_OK);
  t.equal(said.at(-1), `Показание ${message}:2 подтверждено`);
  t.equal(await call("refuse", `${message}:2`, "--ground", "нет"), EXIT_NOT_ACCEPTED);
  t.match(said.at(-1), /«отказ» не подходит к состоянию документа «уже подтверждено»/);
  t.equal(await call("refuse", `${message}:3`, "--ground", "опечатка", "--json"), EXIT_OK);
  t.match(JSON.parse(said.at(-1) ?? ""), { accepted: true, problems: [] });
  t.equal(await call("rejected"), EXIT_OK);
  t.match(said.at(-1), /л\/с 6001, .*DEVIATION_HIGH.*petrova: опечатка/);
  t.equal(await call("--help"), EXIT_OK);
});

/** Four flats of 50.5 m² that are all of the house; its ОДПУ is of no account. */
async function withHouseMeter(database: Database): Promise<void> {
  const { readings } = await createSupplier(database);
  const norm = { perUnit: "2.5", act: "Норматив СОИ" };
  const law = fact("odn-norm", 0 as SiteId, "MKD", norm, readings);
  await correct(database, COMMON_SHARD, [law]);
  const since = { action: "ADD", from: "2021-01-01", to: null } as const;
  const ofSite = { ...since, whose: { site: mkd.site } };
  const areas = { totalAreaM2: "202", commonAreaM2: "412.5" };
  const display = { zones: "T0", digits: "6", decimals: "0", ratio: "20" };
  const flats = [ACCOUNTS.oneZone, ACCOUNTS.replaced, ACCOUNTS.byNorm, ACCOUNTS.parked].flatMap(
    (account, place) => {
      const premises = String(place + 1);
      return [
        {
          ...{ ...ofSite, kind: "premises", name: premises },
          values: { use: "RESIDENTIAL", areaM2: "50.5" },
        },
        {
          ...{ ...since, kind: "occupancy", whose: { account: String(account) }, name: "" },
          values: { premises, part: "WHOLE" },
        },
      ];
    },
  );
  const { problems } = await enterFacts(database, {
    organisation,
    facts: [
      ...flats,
      {
        ...{ ...ofSite, kind: "house", name: "" },
        values: { management: "DIRECT", ...areas, odnNorm: "MKD", category: "URBAN_GAS" },
      },
      {
        ...{ ...since, kind: "meter", whose: { site: mkd.site, meter: "ОДПУ-1" }, name: "" },
        values: { common: "HOUSE", ...display },
      },
      {
        ...{ ...since, kind: "fixed-volume", whose: { account: String(ACCOUNTS.parked) } },
        ...{ name: "", values: { volume: "100" } },
      },
    ],
    ...{ author: "petrova", ground: "акт ввода", receivedAtMs: RECEIVED_AT_MS },
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}

const HOUSE_STATES = [
  ["28.02", 0],
  ["31.03", 40],
  ["30.04", 75],
  ["31.05", 110],
  ["30.06", 145],
  ["31.07", 178],
] as const;

t.test(
  "readings of a house's meter, which has no account, from the file to the bill",
  async (t) => {
    const { hub } = await createTestDatabase(t);
    await withHouseMeter(hub);
    const known = HOUSE_STATES.map(([date, state]) => `;ОДПУ-1;${date}.2021;${state}`);
    const taken = await send(hub, known, "CONTROLLER");
    t.match(taken.records, { accepted: 6, waiting: 0, held: 0 });
    const named = await send(hub, [`${ACCOUNTS.oneZone};ОДПУ-1;01.08.2021;180`], "CONTROLLER");
    t.match(named.records, { waiting: 1 }, "it is not the meter of that account");
    const doubtful = [";ОДПУ-1;24.08.2021;1000", ";ОДПУ-1;25.08.2021;1001"];
    const { message, records } = await send(hub, doubtful, "CONTROLLER");
    t.match(records, { held: 2 });
    const held = await listHeldReadings(hub, SCOPE, "held", null, 50);
    t.match(held[1], { ...mkd, serial: "ОДПУ-1", accountNumber: null, code: "DEVIATION_HIGH" });
    const right = await decide(hub, { message, at: 2 } as Origin, "CONFIRMED", "фото табло");
    t.same([right.isTaken, right.problems], [true, []]);
    const wrong = await decide(hub, { message, at: 3 } as Origin, "REFUSED", "опечатка");
    t.same([wrong.isTaken, wrong.problems], [true, []]);
    const again = await decide(hub, { message, at: 3 } as Origin, "CONFIRMED", "передумали");
    t.match(again.problems, [{ code: "UNEXPECTED_EVENT", object: "прибор ОДПУ-1" }]);
    t.same(await listed(hub, "held"), []);
    const [last] = await hub.query(
      "select values from reading where state_at = '2021-08-25' and end_seq = 0",
    );
    t.same(last, { values: ["10000000"] });

    await bill(hub, month("2021-07"));
    // 33 × 20 = 660 kWh less 190 + 184 + 2 × 77 + 100 of the flats is 32: 8 kWh × 5.93 each.
    const [odpu] = await hub.query<{ odpu: string; individual: string; distributed: string }>(
      "select odpu, individual, distributed from house_month",
    );
    t.same(odpu, { odpu: "6600000", individual: "6280000", distributed: "320000" });
    const lines = await hub.query(
      "select volume::int, amount::int from charge_line_text where kind = 'ODN' order by account",
    );
    t.same(
      lines,
      Array.from({ length: 4 }, () => ({ volume: 80_000, amount: 4_744 })),
    );
  },
);

/** Takes a text to its end; the work stops once at a boundary and is begun again. */
async function take(
  database: Database,
  channel: IntakeChannel,
  text: string,
  stopAt: IntakeBoundary | null,
): Promise<MessageId> {
  const [receipt] = await acceptCaptures(database, channel, [
    { name: "a", receivedAtMs: RECEIVED_AT_MS, parts: whole(text), envelope: {} },
  ]);
  let isStopped = false;
  const intake = {
    ...{ database, channels: new Map([[channel.id, channel]]), senders: new SenderBook(database) },
    ...{ legsAtOnce: 1, run: inShard },
    boundary: (name: IntakeBoundary) => {
      if (name !== stopAt || isStopped) return;
      isStopped = true;
      throw new Error("stopped here");
    },
  };
  for (;;) {
    const messages = await readMessages(database, [receipt?.message as MessageId]);
    if (messages.every(({ state }) => state === "posted")) break;
    try {
      await processMessages(intake, messages);
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "stopped here") throw error;
    }
  }
  return receipt?.message as MessageId;
}

t.test("stopped at any boundary and begun again: the same store", async (t) => {
  const contents = async (stopAt: IntakeBoundary | null) => {
    const { hub } = await createTestDatabase(t);
    await withHistory(hub);
    const channel = {
      ...{ id: "csv", organisation, parse: adapter.parse as never, profile: profileOf("PORTAL") },
    };
    const message = await take(hub, channel, sheetOf([IN_TIME, FORGOTTEN]), stopAt);
    for (const [at, decision] of [
      [2, "CONFIRMED"],
      [3, "REFUSED"],
      [3, "CONFIRMED"],
    ] as const) {
      const said = {
        ...{ kind: "reading-decision", reading: { message, at }, decision },
        ...{ author: "petrova", ground: "звонок", enteredAt: "2021-08-28T09:00:00Z" },
      };
      await take(hub, deskChannel(organisation), JSON.stringify(said), stopAt);
    }
    const readings = await hub.query(
      "select meter, state_at, values, source, at from reading where end_seq = 0 order by 1, 2",
    );
    const held = await hub.query(
      "select at, code, status, decision, author, ground from held_reading order by at",
    );
    const messages = await hub.query(
      `select m.outcome, array(select p.code from message_problem p where p.message = m.id) codes
       from message m where m.channel <> 'test' and m.name = 'a' order by m.id`,
    );
    return { readings, held, messages };
  };
  const undisturbed = await contents(null);
  t.match(undisturbed.held, [{ decision: "CONFIRMED" }, { decision: "REFUSED" }]);
  t.match(undisturbed.messages.at(-1), { codes: ["UNEXPECTED_EVENT"] });
  for (const stopAt of ["documents opened", "leg written", "legs written"] as const) {
    t.same(await contents(stopAt), undisturbed, stopAt);
  }
});
