import t from "tap";
import type { Day, Month } from "../model/dates.ts";
import { day, endDay, month } from "../model/dates.ts";
import type { AccountId, MessageId, OrganisationId, RunId, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { Line } from "../model/lines.ts";
import { LINE_KINDS, ZONES } from "../model/lines.ts";
import { kopecks, price, volume } from "../model/units.ts";
import type { Database } from "./database.ts";
import { ensurePartitions } from "./partitions.ts";
import type { Checkpoint, KnownRun } from "./posted.ts";
import {
  addCheckpoints,
  addLedgerEntries,
  balanceOf,
  entriesOfAccount,
  knownRuns,
  lastCheckpoint,
  linesOfAccount,
  linesOfOpenRun,
  linesOfSites,
} from "./posted.ts";
import type { AccountResult, RunChunk } from "./results.ts";
import {
  addChunks,
  approve,
  ChunkRows,
  claimChunk,
  createRun,
  currentPin,
  discard,
  runState,
  writeChunk,
} from "./results.ts";
import { inShard } from "./shard-transaction.ts";
import { createCitusDatabase, createTestDatabase } from "./testing.ts";

const ORGANISATION = 1 as OrganisationId;
const SHARD = 7 as Shard;
const JULY = month("2025-07");
const RULES = [
  { rule: "household-meter", version: 1 },
  { rule: "household-norm", version: 3 },
];

function line(account: number, ordinal: number, change: Partial<Line> = {}): Line {
  return {
    account: account as AccountId,
    ordinal,
    kind: "METER",
    rule: "household-meter",
    ruleVersion: 1,
    point: 900 + account,
    zone: "T0",
    range: 1,
    origin: JULY,
    tariffFrom: day("2025-07-01"),
    volume: volume(1_650_000),
    price: price(573_000),
    amount: kopecks(94_545),
    vat: null,
    ...change,
  };
}

function result(site: number, account: number, lines: readonly Line[]): AccountResult {
  const amount = kopecks(lines.reduce((sum, { amount }) => sum + amount, 0));
  const valueDay = (endDay(JULY) - 1) as Day;
  return {
    site: site as SiteId,
    account: account as AccountId,
    lines,
    entries: lines.length === 0 ? [] : [{ kind: "CHARGE", valueDay, origin: JULY, amount }],
    problems:
      lines.length > 0
        ? []
        : [{ code: "NEGATIVE_DELTA", at: "счётчик\t1", object: "0015", values: { last: "\\N" } }],
  };
}

function place(site: number, account: number) {
  return { shard: SHARD, site: site as SiteId, account: account as AccountId };
}

async function newRun(database: Database, parent: RunId | null = null): Promise<RunId> {
  const pin = await currentPin(database);
  return createRun(database, {
    organisation: ORGANISATION,
    period: JULY,
    kind: parent === null ? "MAIN" : "REBILL",
    parent,
    pin,
    rules: RULES,
    scope: {},
    author: "Иванова",
  });
}

function chunk(run: RunId, number: number, firstSite: number, lastSite: number): RunChunk {
  return {
    run,
    chunk: number,
    stage: 1,
    shard: SHARD,
    firstSite: firstSite as SiteId,
    lastSite: lastSite as SiteId,
  };
}

function rowsOf(claimed: RunChunk, results: readonly AccountResult[]): ChunkRows {
  const rows = new ChunkRows(claimed, RULES);
  for (const result of results) rows.add(result);
  return rows;
}

async function work(database: Database, run: RunId, results: readonly AccountResult[]) {
  return database.transaction(async (transaction) => {
    const claimed = await claimChunk(transaction, run, 1);
    if (claimed === null) return null;
    const mine = results.filter(
      ({ site }) => site >= claimed.firstSite && site <= claimed.lastSite,
    );
    return writeChunk(transaction, rowsOf(claimed, mine), "test");
  });
}

const HOUSE = [
  result(10, 101, [
    line(101, 1),
    line(101, 2, {
      kind: "NORM",
      rule: "household-norm",
      ruleVersion: 3,
      point: 0,
      zone: "T2",
      origin: month("2025-06"),
      tariffFrom: null,
      price: null,
      amount: kopecks(-63),
      vat: kopecks(-10),
    }),
  ]),
  result(10, 102, []),
];
const NEIGHBOUR = [result(20, 201, [line(201, 1, { amount: kopecks(0), volume: volume(0) })])];

async function postedRun(database: Database): Promise<RunId> {
  const run = await newRun(database);
  await addChunks(database, [chunk(run, 1, 10, 10), chunk(run, 2, 20, 20)]);
  for (const _ of [1, 2]) await work(database, run, [...HOUSE, ...NEIGHBOUR]);
  await approve(database, run, "Петрова");
  return run;
}

t.test("a run from its chunks to posted lines", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  const run = await newRun(hub);
  await addChunks(hub, [chunk(run, 1, 10, 10), chunk(run, 2, 20, 20)]);
  await addChunks(hub, [chunk(run, 1, 0, 99)]);
  const pinBefore = await currentPin(hub);

  await t.rejects(
    hub.transaction(async (transaction) => {
      const claimed = await claimChunk(transaction, run, 1);
      if (claimed !== null) await writeChunk(transaction, rowsOf(claimed, HOUSE), "killed");
      throw new Error("killed");
    }),
    /killed/,
  );
  await t.rejects(approve(hub, run, "Петрова"), { message: /осталось частей 2/ });
  t.equal(await work(hub, run, [...HOUSE, ...NEIGHBOUR]), 2);
  t.equal(await work(hub, run, [...HOUSE, ...NEIGHBOUR]), 1);
  t.equal(await work(hub, run, HOUSE), null, "nothing left to claim");

  const open: KnownRun = { run, period: JULY, rules: RULES };
  const wanted = HOUSE[0]?.lines.map((stored) => ({ ...stored, run, period: JULY }));
  const where = { ...place(10, 101), account: null };
  t.strictSame(await linesOfOpenRun(hub, open, where), wanted);
  t.strictSame(await knownRuns(hub, ORGANISATION, null), [], "an open run is not known");

  await approve(hub, run, "Петрова");
  await approve(hub, run, "Петрова");
  t.equal(await runState(hub, run), "APPROVED");
  await t.rejects(discard(hub, run, "Петрова"), { message: /утверждён/ });
  t.strictSame(await knownRuns(hub, ORGANISATION, pinBefore), [], "later than the pin");
  const runs = await knownRuns(hub, ORGANISATION, await currentPin(hub));
  t.strictSame(runs, [open]);
  t.strictSame(await linesOfAccount(hub, place(10, 101), runs), wanted);
  const sites = { shard: SHARD, firstSite: 10 as SiteId, lastSite: 20 as SiteId };
  t.strictSame(await linesOfSites(hub, sites, [month("2025-06")], runs), wanted?.slice(1));
  t.strictSame(await owner.query("select code, at, object, details from run_problem"), [
    { code: "NEGATIVE_DELTA", at: "счётчик\t1", object: "0015", details: { last: "\\N" } },
  ]);
  await t.rejects(hub.execute(`update charge_line_${run} set amount = 0`), { code: "42501" });
  await t.rejects(hub.execute(`drop table charge_line_${run}`), { code: "42501" });
});

t.test("a child run takes the place of its sites' lines", async (t) => {
  const { hub } = await createTestDatabase(t);
  const run = await newRun(hub);
  await addChunks(hub, [chunk(run, 1, 10, 20)]);
  await work(hub, run, [...HOUSE, ...NEIGHBOUR]);
  const child = await newRun(hub, run);
  await addChunks(hub, [chunk(child, 1, 10, 10)]);
  const again = [result(10, 101, [line(101, 1, { amount: kopecks(7) })])];
  await work(hub, child, again);
  await approve(hub, run, "Петрова");
  const runs = await knownRuns(hub, ORGANISATION, null);
  t.strictSame(
    runs.map((known) => known.run),
    [run, child],
  );
  const lines = await linesOfAccount(hub, place(10, 101), runs);
  t.strictSame(
    lines.map(({ run, amount }) => [run, amount]),
    [[child, 7]],
  );
  t.equal(await balanceOf(hub, place(10, 101), runs, null), 7);
  t.equal((await linesOfAccount(hub, place(20, 201), runs)).length, 1, "the neighbour stays");
});

t.test("discard drops the tables, also after a kill in between", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  const run = await newRun(hub);
  await addChunks(hub, [chunk(run, 1, 10, 10)]);
  await work(hub, run, HOUSE);
  await t.rejects(hub.query("select drop_run($1)", [run]), /not a discarded run/);
  await owner.execute("select post_run($1)", [run]);
  const child = await newRun(hub, run);
  await discard(hub, run, "Петрова");
  await discard(hub, run, "Петрова");
  t.equal(await runState(hub, run), "DISCARDED");
  t.equal(await runState(hub, child), "DISCARDED", "a child goes with its parent");
  const left = await owner.query("select from pg_class where relname ~ any ($1)", [
    [`_${run}$`, `_${child}$`],
  ]);
  t.strictSame(left, []);
  await t.rejects(approve(hub, run, "Петрова"), { message: /отменён/ });
  await t.rejects(hub.query("select open_run($1)", [run]), /not an open run/);
});

t.test("ledger, checkpoints and what is known at a pin", async (t) => {
  const { hub } = await createTestDatabase(t);
  const run = await postedRun(hub);
  const runs = await knownRuns(hub, ORGANISATION, null);
  const pin = await currentPin(hub);
  await ensurePartitions(hub, "ledger_entry", ["2025-07-10"]);
  await ensurePartitions(hub, "checkpoint", ["2025-06-01", "2025-07-01"]);
  await inShard(hub, SHARD, (shardTransaction) =>
    addLedgerEntries(shardTransaction, ORGANISATION, [
      {
        account: 101 as AccountId,
        site: 10 as SiteId,
        kind: "PAYMENT",
        valueDay: day("2025-07-10"),
        period: JULY,
        origin: null,
        amount: kopecks(-50_000),
        source: { message: 5 as MessageId, at: 3 },
      },
    ]),
  );
  const entries = await entriesOfAccount(hub, place(10, 101), runs, null);
  t.strictSame(
    entries.map(({ kind, amount, source }) => [kind, amount, source?.at]),
    [
      ["PAYMENT", -50_000, 3],
      ["CHARGE", 94_482, undefined],
    ],
  );
  t.equal(await balanceOf(hub, place(10, 101), runs, null), 44_482);
  t.equal(await balanceOf(hub, place(10, 101), runs, pin), 94_482, "the payment came later");
  const [sums] = await hub.query<{ sum: string; run: string }>(
    "select sum(amount), max(run) as run from ledger where account = 101",
  );
  t.strictSame(sums, { sum: "44482", run: String(run) });

  const checkpoint = (period: Month, balance: number): Checkpoint => ({
    ...place(10, 101),
    period,
    balance: kopecks(balance),
    debts: balance > 0 ? [{ origin: period, amount: kopecks(balance) }] : [],
    penalties: balance > 100 ? [{ origin: period, amount: kopecks(7) }] : [],
    costs: balance > 100 ? [{ origin: period, amount: kopecks(9) }] : [],
  });
  const june = checkpoint(month("2025-06"), 500);
  const july = checkpoint(JULY, -20);
  await hub.transaction((transaction) => addCheckpoints(transaction, [june, july]));
  t.strictSame(await lastCheckpoint(hub, place(10, 101), month("2025-08")), july);
  t.strictSame(await lastCheckpoint(hub, place(10, 101), JULY), june);
  t.equal(await lastCheckpoint(hub, place(10, 101), month("2025-06")), null);
});

t.test("the view spells every kind and zone as the model does", async (t) => {
  const { hub } = await createTestDatabase(t);
  const run = await newRun(hub);
  await addChunks(hub, [chunk(run, 1, 10, 10)]);
  const lines = LINE_KINDS.map((kind, place) =>
    line(101, place + 1, { kind, zone: ZONES[place % ZONES.length] ?? "T0" }),
  );
  await work(hub, run, [result(10, 101, lines)]);
  t.strictSame(await hub.query("select from charge_line_text"), [], "not posted yet");
  await approve(hub, run, "Петрова");
  const rows = await hub.query<{ kind: string; zone: string; rule: string; version: number }>(
    `select kind, zone, rule, rule_version as version from charge_line_text
     where period = '2025-07-01' order by ordinal`,
  );
  t.strictSame(
    rows,
    lines.map(({ kind, zone }) => ({ kind, zone, rule: "household-meter", version: 1 })),
  );
  const [events] = await hub.query("select shard, run from run_event");
  t.strictSame(events, { shard: COMMON_SHARD, run: String(run) });
});

const CITUS_URL = process.env["CITUS_URL"];
const skip = CITUS_URL === undefined && "CITUS_URL is not set";

t.test("a run, its child, approval and discard on a cluster", { skip }, async (t) => {
  const { hub, owner } = await createCitusDatabase(t, CITUS_URL ?? "");
  const run = await newRun(hub);
  await addChunks(hub, [chunk(run, 1, 10, 10), chunk(run, 2, 20, 20)]);
  for (const _ of [1, 2]) await work(hub, run, [...HOUSE, ...NEIGHBOUR]);
  const child = await newRun(hub, run);
  await addChunks(hub, [chunk(child, 1, 10, 10)]);
  await work(hub, child, [result(10, 101, [line(101, 1, { amount: kopecks(7) })])]);
  await approve(hub, run, "Петрова");
  const runs = await knownRuns(hub, ORGANISATION, null);
  t.equal(await balanceOf(hub, place(10, 101), runs, null), 7);
  t.equal((await linesOfAccount(hub, place(20, 201), runs)).length, 1);
  const [sum] = await hub.query("select count(*), sum(amount) from charge_line_text");
  t.strictSame(sum, { count: "2", sum: "7" });
  const placed = await owner.query("select from citus_tables where table_name = $1::regclass", [
    `charge_line_${run}`,
  ]);
  t.equal(placed.length, 1, "the run's table is distributed");

  const other = await newRun(hub);
  await addChunks(hub, [chunk(other, 1, 10, 10)]);
  await work(hub, other, HOUSE);
  await discard(hub, other, "Петрова");
  t.equal(await runState(hub, other), "DISCARDED");
});
