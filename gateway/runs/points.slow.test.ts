import t from "tap";
import { type Month, month } from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type { MessageId, RunId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import { runCli } from "../cli.ts";
import { closePeriod } from "./close.ts";
import { openRun } from "./create.ts";
import { accountBody, createSupplier, fact, SUPPLIER, writeReading } from "./testing.ts";
import { workOn } from "./work.ts";

const { organisation } = SUPPLIER;
const PLACE = { shard: 40 as Shard, site: 9_000 as SiteId };
const july = month("2021-07");
const august = month("2021-08");

// Point A moved 90 a month from April to June, B 30, 30 and 36: a mean of 32. One resident, 77 by
// norm; 5.93 ₽.
const OF_A: States = [
  ["2021-03-31", 100],
  ["2021-04-30", 190],
  ["2021-05-31", 280],
  ["2021-06-30", 370],
  ["2021-07-31", 450],
];
const OF_B: States = [
  ["2021-03-31", 10],
  ["2021-04-30", 40],
  ["2021-05-31", 70],
  ["2021-06-30", 106],
];
type States = readonly (readonly [string, number])[];

interface Case {
  readonly why: string;
  readonly ofB: States;
  readonly brokenFrom?: string;
  /** "A 2021-07 METER 80.0000 474.40": point, origin, kind, kWh, roubles. */
  readonly july: readonly string[];
  /** With 530 at A on 31 August and `augustOfB` at B. */
  readonly augustOfB?: number;
  readonly august: readonly string[];
}

const A_BY_METER = "A 2021-07 METER 80.0000 474.40";
const A_IN_AUGUST = "A 2021-08 METER 80.0000 474.40";
const CASES: readonly Case[] = [
  {
    why: "B broken from the first day: its mean, 32 × 5.93; then the second period of it",
    ofB: OF_B,
    brokenFrom: "2021-07-01",
    july: [A_BY_METER, "B 2021-07 AVERAGE 32.0000 189.76"],
    august: [A_IN_AUGUST, "B 2021-08 AVERAGE 32.0000 189.76"],
  },
  {
    why: "B read on the 10th, broken from the 11th: 32 × 21 / 31; July counts as 31.6774 metered",
    ofB: [...OF_B, ["2021-07-10", 116]],
    brokenFrom: "2021-07-11",
    july: [A_BY_METER, "B 2021-07 METER 10.0000 59.30", "B 2021-07 AVERAGE 21.6774 128.55"],
    // (30 + 30 + 36 + 31.6774) / 4 = 31.91935
    august: [A_IN_AUGUST, "B 2021-08 AVERAGE 31.9194 189.28"],
  },
  {
    why: "B not read in July, read in August: 62 over 62 days, July corrected at B alone",
    ofB: OF_B,
    july: [A_BY_METER, "B 2021-07 AVERAGE 32.0000 189.76"],
    augustOfB: 168,
    august: [
      A_IN_AUGUST,
      "B 2021-08 METER 31.0000 183.83",
      // 31 × 5.93 − 189.76
      "B 2021-07 METER -1.0000 -5.93",
    ],
  },
  {
    why: "B with one month behind it: the norm of the household",
    ofB: OF_B.slice(2),
    july: [A_BY_METER, "B 2021-07 NORM 77.0000 456.61"],
    august: [A_IN_AUGUST, "B 2021-08 NORM 77.0000 456.61"],
  },
];

const accountOf = (index: number) => 9_001 + index;
const meterOf = (index: number, point: "A" | "B") =>
  accountOf(index) * 10 + (point === "A" ? 1 : 2);

async function write(database: Database): Promise<MessageId> {
  const { readings } = await createSupplier(database);
  const { site, shard } = PLACE;
  const body = { address: "г. Энск", district: "Энский", zone: "Europe/Moscow" };
  const facts = [fact("site", site, site, { ...body, kind: "PRIVATE_HOUSE" }, readings)];
  for (const [index, { brokenFrom }] of CASES.entries()) {
    const account = accountOf(index);
    facts.push(
      fact("account", site, account, accountBody(account, "N77"), readings),
      fact("residents", site, account, { count: 1 }, readings),
    );
    for (const point of ["A", "B"] as const)
      facts.push(fact("meter", site, meterOf(index, point), meterBody(index, point), readings));
    if (brokenFrom === undefined) continue;
    const broken = { fault: "BROKEN" } as const;
    facts.push(fact("meter-fault", site, meterOf(index, "B"), broken, readings, brokenFrom));
  }
  await takeKeys(
    database,
    CASES.map((_case, index) => {
      const id = accountOf(index);
      return { kind: "account", key: String(id), organisation, ...PLACE, id, message: readings };
    }),
  );
  await inShard(database, shard, (inOne) => insertFacts(inOne, facts));
  for (const [index, { ofB }] of CASES.entries()) {
    for (const [on, state] of OF_A)
      await writeReading(database, PLACE, meterOf(index, "A"), on, [state], readings, 1);
    for (const [on, state] of ofB)
      await writeReading(database, PLACE, meterOf(index, "B"), on, [state], readings, 1);
  }
  return readings;
}

function meterBody(index: number, point: "A" | "B"): FactBodies["meter"] {
  const meter = meterOf(index, point);
  return {
    account: accountOf(index),
    point: meter,
    serial: String(meter),
    zones: ["T0"],
    digits: 5,
    decimals: 0,
    ratio: 1,
  };
}

async function bill(database: Database, period: Month): Promise<RunId> {
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax: 2 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  return run;
}

async function linesOf(database: Database, run: RunId, index: number): Promise<readonly string[]> {
  const rows = await database.query<{ text: string }>(
    `select concat_ws(' ', case point when $2 then 'A' else 'B' end, to_char(origin, 'YYYY-MM'),
       kind, round(volume / 10000.0, 4), round(amount / 100.0, 2)) as text
     from charge_line_text where run = $3 and account = $1 order by ordinal`,
    [accountOf(index), meterOf(index, "A"), run],
  );
  return rows.map(({ text }) => text);
}

async function explained(url: string, number: string, at: string): Promise<string> {
  const out: string[] = [];
  await runCli(["explain", number, "--month", at], {
    environment: { DATABASE_URL: url },
    out: (text) => out.push(text),
    note: (text) => out.push(text),
    signal: new AbortController().signal,
  });
  return out.join("\n");
}

t.test("points of one account from the store, month after month", async (t) => {
  const { hub, ownerUrl } = await createTestDatabase(t);
  const readings = await write(hub);
  const first = await bill(hub, july);
  for (const [index, { why, july: want }] of CASES.entries())
    t.same(await linesOf(hub, first, index), want, why);
  await closePeriod(hub, {
    organisation,
    period: july,
    author: "test",
    waitMs: 1000,
    onProgress: () => undefined,
  });
  for (const [index, { augustOfB }] of CASES.entries()) {
    const read = (point: "A" | "B", state: number) =>
      writeReading(hub, PLACE, meterOf(index, point), "2021-08-31", [state], readings, 1);
    await read("A", 530);
    if (augustOfB !== undefined) await read("B", augustOfB);
  }
  const second = await bill(hub, august);
  for (const [index, { why, august: want }] of CASES.entries())
    t.same(await linesOf(hub, second, index), want, why);
  for (const [index, { why }] of CASES.entries())
    for (const at of ["2021-07", "2021-08"]) {
      const out = await explained(ownerUrl, String(accountOf(index)), at);
      t.match(out, /сверка: повторный расчёт равен/, `${why}, ${at}`);
      t.equal(/Точка учёта \d+, прибор № \d*2: /.test(out), at === "2021-07" || index !== 2, why);
    }
});
