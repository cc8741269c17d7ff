import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { openRun } from "../../gateway/runs/create.ts";
import { workInThreads } from "../../gateway/runs/threads.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import { approve } from "../../normalizer/store/results.ts";
import type { Benchmark } from "./benchmark.ts";
import { copyFloor, insertBaseline } from "./mass-run-baselines.ts";
import type { PopulationStore } from "./population-store.ts";
import {
  forgetRun,
  givenWorkers,
  ORGANISATION,
  openPopulationStore,
  PERIOD,
  previousRun,
} from "./population-store.ts";
import { compareWithOracle } from "./run-oracle.ts";
import { cpuOf, timed, timeOf } from "./timed.ts";

const RSS_EVERY_MS = 50;
const MEBIBYTE = 1_048_576;

/**
 * The month's run of a population from the plan of its chunks to the approval, and in the same run on the same server
 * two baselines: as many lines and entries by INSERT … SELECT, and the rows that the run reads and writes copied with
 * nothing computed.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      accounts: { type: "string", default: "300000" },
      seed: { type: "string", default: "1" },
      workers: { type: "string" },
      chunk: { type: "string", default: "2000" },
      url: { type: "string" },
      anew: { type: "boolean", default: false },
      /** Lines beside those of SQL over the same facts: as long as a good part of the run. */
      compare: { type: "boolean", default: false },
    },
  });
  const workers = givenWorkers(values.workers);
  const store = await openPopulationStore({
    seed: Number(values.seed),
    accounts: Number(values.accounts),
    workers,
    url: values.url ?? process.env["DATABASE_OWNER_URL"],
    anew: values.anew,
    note,
  });
  try {
    const measured = await measureRun(store, workers, Number(values.chunk), note);
    const { run, ...figures } = measured;
    const sums = await readSums(store, run);
    const oracle = values.compare ? await requireOracle(store, run, note) : null;
    const insert = await insertBaseline(store, run, workers, note);
    const floor = await copyFloor(store, run, workers, note);
    await forgetRun(store.owner, run);
    const of = (a: number, b: number) => Math.round((a / b) * 100) / 100;
    const ratios = {
      toInsertKeyInPlace: of(figures.total.seconds, insert.keyInPlace.seconds),
      toInsertKeyAfter: of(figures.total.seconds, insert.keyAfter.seconds),
      toCopyFloor: of(figures.total.seconds, floor.total.seconds),
      cpuToInsertKeyInPlace: of(cpuOf(figures.total), cpuOf(insert.keyInPlace)),
      cpuToCopyFloor: of(cpuOf(figures.total), cpuOf(floor.total)),
    };
    note(`ratios: ${JSON.stringify(ratios)}`);
    const accounts = Number(values.accounts);
    return {
      accounts,
      workers,
      chunkAccounts: Number(values.chunk),
      made: store.made,
      /** Rows that a run derives of each site and keeps: as the month before left them, or fresh. */
      sitesKept: store.made === null ? "by an earlier run of the month" : "by the month before",
      ...figures,
      accountsPerSecond: Math.round(accounts / figures.total.seconds),
      ...sums,
      comparedWithSql: oracle,
      baselines: { insert, copyFloor: floor },
      ratios,
      loadAverage: loadavg(),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    await store.close();
  }
};

async function measureRun(
  store: PopulationStore,
  workers: number,
  accountsMax: number,
  note: (line: string) => void,
) {
  const { hub, hubUrl } = store;
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, RSS_EVERY_MS);
  const total = await timed(store.owner, async () => {
    const plan = await timed(store.owner, () =>
      openRun(hub, { organisation: ORGANISATION, period: PERIOD, author: "bench", accountsMax }),
    );
    const { run } = plan.value;
    const chunks = await timed(store.owner, () =>
      workInThreads(hub, run, {
        workers,
        hubUrl,
        onProgress: ({ chunksDone, chunks }) => note(`chunks ${chunksDone} of ${chunks}`),
        signal: new AbortController().signal,
      }),
    );
    // Approval makes the keys first; made before it they are found made.
    const keys = await timed(store.owner, () => hub.execute("select post_run($1)", [run]));
    const approval = await timed(store.owner, () => approve(hub, run, "bench"));
    return {
      run,
      parts: {
        plan: timeOf(plan),
        chunks: timeOf(chunks),
        keys: timeOf(keys),
        approve: timeOf(approval),
      },
    };
  });
  clearInterval(watch);
  const { run, parts } = total.value;
  note(
    `run: ${total.seconds} s; ${Object.entries(parts)
      .map(([name, { seconds }]) => `${name} ${seconds}`)
      .join(", ")}; processor ${JSON.stringify(total.cpuSeconds)}`,
  );
  return {
    run,
    total: timeOf(total),
    parts,
    memory: {
      peakMebibytes: Math.round(peak / MEBIBYTE),
      perWorkerMebibytes: Math.round((peak - before) / MEBIBYTE / workers),
    },
  };
}

/** Lines that SQL makes of the same facts, by kind. @throws when one differs */
async function requireOracle(store: PopulationStore, run: RunId, note: (line: string) => void) {
  const { owner } = store;
  const query = { run, previous: await previousRun(owner), period: PERIOD };
  const { compared, differing, differences } = await owner.transaction(async (transaction) => {
    // The planner knows nothing of the sizes of what the query makes first, and would look up row by row.
    await transaction.execute("set local enable_nestloop = off");
    await transaction.execute("set local work_mem = '256MB'");
    return compareWithOracle(transaction, query);
  });
  note(`compared with SQL: ${JSON.stringify(compared)}, ${differing} differ`);
  if (differing > 0) throw new Error(`${differing} lines differ: ${JSON.stringify(differences)}`);
  return compared;
}

/** What the run came to, and whether its own sums agree. @throws when they do not */
async function readSums({ hub }: PopulationStore, run: RunId) {
  const [sums] = await hub.query<
    Record<"lines" | "entries" | "charged" | "entered" | "penalties", string>
  >(
    `select (select count(*) from charge_line where run = $1) as lines,
       (select sum(amount) from charge_line where run = $1) as charged,
       (select count(*) from run_entry where run = $1) as entries,
       (select sum(amount) from run_entry where run = $1 and origin is not null) as entered,
       (select count(*) from run_entry where run = $1 and origin is null) as penalties`,
    [run],
  );
  if (sums === undefined || sums.charged !== sums.entered) {
    throw new Error(`lines come to ${sums?.charged} kopecks, entries to ${sums?.entered}`);
  }
  const problems = await hub.query<{ code: string; accounts: string }>(
    `select code, count(distinct account) as accounts from run_problem where run = $1
     group by code order by code`,
    [run],
  );
  return {
    lines: Number(sums.lines),
    entries: Number(sums.entries),
    penalties: Number(sums.penalties),
    chargedKopecks: Number(sums.charged),
    problems: Object.fromEntries(problems.map(({ code, accounts }) => [code, Number(accounts)])),
  };
}
