import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { paymentDocumentOf } from "../../gateway/documents.ts";
import { explainMonth } from "../../gateway/explain.ts";
import { openRun } from "../../gateway/runs/create.ts";
import { workInThreads } from "../../gateway/runs/threads.ts";
import { workOn } from "../../gateway/runs/work.ts";
import { addDays, firstDay } from "../../normalizer/model/dates.ts";
import type {
  AccountId,
  AccountNumber,
  MessageId,
  MeterId,
  RunId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import { volume } from "../../normalizer/model/units.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import { integer } from "../../normalizer/store/database.ts";
import { writeReadings } from "../../normalizer/store/readings.ts";
import { approve, discard, tableSuffix } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import type { Benchmark } from "./benchmark.ts";
import type { PopulationStore } from "./population-store.ts";
import {
  forgetRun,
  givenWorkers,
  ORGANISATION,
  openPopulationStore,
  PERIOD,
} from "./population-store.ts";

const READ_ON = addDays(firstDay(PERIOD), 27);
const ADDED_KWH = 150;
const KWH = 10_000;

/**
 * What one account waits for at the size of a whole population: the re-bill after a late reading, from the reading's
 * transaction to the stored lines of its account, and the bill with the explanation of each line.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      accounts: { type: "string", default: "300000" },
      seed: { type: "string", default: "1" },
      workers: { type: "string" },
      times: { type: "string", default: "200" },
      url: { type: "string" },
    },
  });
  const workers = givenWorkers(values.workers);
  const store = await openPopulationStore({
    seed: Number(values.seed),
    accounts: Number(values.accounts),
    workers,
    url: values.url ?? process.env["DATABASE_OWNER_URL"],
    anew: false,
    note,
  });
  try {
    const times = Number(values.times);
    const late = await lateReadings(store, times);
    note(`re-bill after a late reading: ${JSON.stringify(late)}`);
    const bills = await explainedBills(store, times, workers);
    note(`bill with explanation: ${JSON.stringify(bills)}`);
    return {
      accounts: Number(values.accounts),
      times,
      lateReading: late,
      ...bills,
      loadAverage: loadavg(),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    await store.close();
  }
};

interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function percentiles(tookMs: readonly number[]): Percentiles {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN) * 10) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

interface SilentMeter {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
  readonly number: AccountNumber;
  readonly meter: MeterId;
  readonly values: readonly number[];
  readonly message: MessageId;
}

/** Own meters without a state of the month, spread over the population. */
async function silentMeters(
  { owner }: PopulationStore,
  times: number,
): Promise<readonly SilentMeter[]> {
  const rows = await owner.query<{
    shard: number;
    site: string;
    account: string;
    number: string;
    meter: string;
    values: string[];
    message: string;
  }>(
    `select m.shard, m.site, m.body->>'account' as account, a.body->>'number' as number,
       m.subject as meter, l.values, m.message
     from (select * from fact where kind = 'meter' and end_seq = 0 and body->>'account' <> '0'
       and not exists (select from reading r where r.shard = fact.shard and r.site = fact.site
         and r.meter = fact.subject::bigint and r.state_at > $1)
       order by md5(subject) limit $2) m
     join fact a on a.shard = m.shard and a.site = m.site and a.kind = 'account'
       and a.subject = m.body->>'account' and a.end_seq = 0
     cross join lateral (select values from reading r where r.shard = m.shard and r.site = m.site
       and r.meter = m.subject::bigint order by state_at desc limit 1) l`,
    ["2026-03-01", times],
  );
  return rows.map((row) => ({
    shard: row.shard as Shard,
    site: integer(row.site) as SiteId,
    account: integer(row.account) as AccountId,
    number: row.number as AccountNumber,
    meter: integer(row.meter) as MeterId,
    values: row.values.map(integer),
    message: integer(row.message) as MessageId,
  }));
}

async function lateReadings(store: PopulationStore, times: number): Promise<Percentiles> {
  const { hub, owner } = store;
  const tookMs: number[] = [];
  for (const meter of await silentMeters(store, times)) {
    const startedAtMs = performance.now();
    await writeLate(store, meter);
    const { site, account, number } = meter;
    const { run } = await openRun(hub, {
      organisation: ORGANISATION,
      period: PERIOD,
      author: "bench",
      accountsMax: 1,
      scope: { kind: "ACCOUNT", number, site, account },
    });
    const signal = new AbortController().signal;
    await workOn(hub, run, { workers: 1, onProgress: () => undefined, signal });
    tookMs.push(performance.now() - startedAtMs);
    await requireLine(store, run, number);
    await discard(hub, run, "bench");
    await forgetRun(owner, run);
    await undoLate(store, meter);
  }
  return percentiles(tookMs);
}

async function writeLate({ hub }: PopulationStore, meter: SilentMeter): Promise<void> {
  const { shard, site, message, values } = meter;
  await inShard(hub, shard, (transaction) =>
    writeReadings(transaction, { organisation: ORGANISATION, message }, [
      {
        fact: {
          ...{ shard, site, meter: meter.meter, stateAt: addDays(READ_ON, 1), at: 1 },
          values: values.map((value) => volume(value + ADDED_KWH * KWH)),
          source: "PORTAL",
        },
        replaces: false,
      },
    ]),
  );
}

/** A fact is never taken back in the product: what was derived from this one has to be derived again. */
async function undoLate({ owner }: PopulationStore, { shard, site, meter }: SilentMeter) {
  await owner.execute(
    "delete from reading where shard = $1 and site = $2 and meter = $3 and state_at > $4",
    [shard, site, meter, "2026-03-01"],
  );
  await owner.execute("update household_site set through_seq = 0 where shard = $1 and site = $2", [
    shard,
    site,
  ]);
}

/** @throws when the account has no line: a bench of refusals measures nothing */
async function requireLine({ owner }: PopulationStore, run: RunId, number: string): Promise<void> {
  const lines = await owner.query(`select from charge_line_${tableSuffix(run)} limit 1`);
  const problems = await owner.query("select from run_problem where run = $1 limit 1", [run]);
  if (lines.length + problems.length === 0) throw new Error(`account ${number} was not billed`);
}

async function explainedBills(
  store: PopulationStore,
  times: number,
  workers: number,
): Promise<Readonly<Record<"explanation" | "document" | "billWithExplanation", Percentiles>>> {
  const { hub, hubUrl, owner } = store;
  const { run } = await openRun(hub, {
    organisation: ORGANISATION,
    period: PERIOD,
    author: "bench",
    accountsMax: 2_000,
  });
  await workInThreads(hub, run, {
    workers,
    hubUrl,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  await approve(hub, run, "bench");
  const accounts = await owner.query<{ number: string }>(
    `select key as number from unique_key where kind = 'account'
       and exists (select from charge_line l where l.run = $2 and l.shard = unique_key.shard
         and l.site = unique_key.site and l.account = unique_key.id and l.ordinal = 1)
     order by md5(key) limit $1`,
    [times, run],
  );
  const explainedMs: number[] = [];
  const documentMs: number[] = [];
  const wholeMs: number[] = [];
  for (const { number } of accounts) {
    const startedAtMs = performance.now();
    const place = await placeOf(hub, { organisation: ORGANISATION, districts: null }, number);
    if (!place.ok) throw new Error(`account ${number}: ${place.problem}`);
    const { lines, notStored } = await explainMonth(hub, place.value, PERIOD);
    const explainedAtMs = performance.now();
    await paymentDocumentOf(hub, place.value, PERIOD);
    const endedAtMs = performance.now();
    explainedMs.push(explainedAtMs - startedAtMs);
    documentMs.push(endedAtMs - explainedAtMs);
    wholeMs.push(endedAtMs - startedAtMs);
    if (notStored.length > 0 || lines.some(({ equal }) => !equal)) {
      throw new Error(`account ${number}: the explanation is not the stored line`);
    }
  }
  await forgetRun(owner, run);
  return {
    explanation: percentiles(explainedMs),
    document: percentiles(documentMs),
    billWithExplanation: percentiles(wholeMs),
  };
}
