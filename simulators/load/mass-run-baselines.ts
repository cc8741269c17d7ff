import { Worker } from "node:worker_threads";
import type { RunId } from "../../normalizer/model/ids.ts";
import { connect } from "../../normalizer/store/database.ts";
import { tableSuffix } from "../../normalizer/store/results.ts";
import type { CopyTask } from "./mass-run-copy.ts";
import type { PopulationStore } from "./population-store.ts";
import { previousRun } from "./population-store.ts";
import type { Timed } from "./timed.ts";
import { timed, timeOf } from "./timed.ts";

const SHARDS = 256;
const KEY = "primary key (shard, site, account, ordinal, run)";

/**
 * As many lines and entries as the run has, with its keys, by INSERT … SELECT of price × volume in parallel sessions
 * that have the shards among them: with the keys in place, and with keys made after.
 */
export async function insertBaseline(
  store: PopulationStore,
  run: RunId,
  sessions: number,
  note: (line: string) => void,
): Promise<{ readonly keyInPlace: Timed; readonly keyAfter: Timed }> {
  const { owner, ownerUrl } = store;
  const suffix = tableSuffix(run);
  await owner.execute(
    `create table bench_line_source as select * from charge_line_${suffix} order by shard, site`,
  );
  await owner.execute(
    `create table bench_entry_source as
     select *, amount as volume, 10000000::bigint as price from run_entry_${suffix}
     order by shard, site`,
  );
  await owner.execute("vacuum analyze bench_line_source");
  await owner.execute("vacuum analyze bench_entry_source");
  const database = connect({
    url: ownerUrl,
    connectionsMax: sessions,
    application: "bench baseline",
    onIdleError: (error) => {
      throw error;
    },
  });
  const insert = (session: number) =>
    database.transaction(async (transaction) => {
      const [from, to] = shardsOf(session, sessions);
      await transaction.execute(
        `insert into bench_line
         select run, site, account, point, volume, price,
           coalesce(round(volume * price::numeric / 10000000), amount), vat,
           origin, tariff_from, shard, ordinal, kind, rule, zone, range
         from bench_line_source where shard >= ${from} and shard < ${to}`,
      );
      await transaction.execute(
        `insert into bench_entry
         select run, site, account, round(volume * price::numeric / 10000000), value_day, origin,
           shard, ordinal, kind
         from bench_entry_source where shard >= ${from} and shard < ${to}`,
      );
    });
  const fill = () => Promise.all(Array.from({ length: sessions }, (_, place) => insert(place)));
  const keys = () =>
    Promise.all([
      database.execute(`alter table bench_line add ${KEY}`),
      database.execute(`alter table bench_entry add ${KEY}`),
    ]);
  try {
    await emptyTables(store, suffix);
    await keys();
    const keyInPlace = await timed(owner, fill);
    await emptyTables(store, suffix);
    const keyAfter = await timed(owner, async () => {
      await fill();
      await keys();
    });
    note(`INSERT … SELECT: ${keyInPlace.seconds} s, keys made after: ${keyAfter.seconds} s`);
    return { keyInPlace: timeOf(keyInPlace), keyAfter: timeOf(keyAfter) };
  } finally {
    await database.close();
    await owner.execute(
      "drop table if exists bench_line, bench_entry, bench_line_source, bench_entry_source",
    );
  }
}

async function emptyTables({ owner }: PopulationStore, suffix: string): Promise<void> {
  await owner.execute("drop table if exists bench_line, bench_entry");
  await owner.execute(`create table bench_line (like charge_line_${suffix} including defaults)`);
  await owner.execute(`create table bench_entry (like run_entry_${suffix} including defaults)`);
}

function shardsOf(session: number, sessions: number): readonly [number, number] {
  return [
    Math.floor((session * SHARDS) / sessions),
    Math.floor(((session + 1) * SHARDS) / sessions),
  ];
}

/**
 * The rows that the run reads copied out, and the rows that it writes copied in with their keys made after, by threads
 * that compute nothing. What the copying in needs is copied out before it; that time is measured alone and taken off.
 */
export async function copyFloor(
  store: PopulationStore,
  run: RunId,
  threads: number,
  note: (line: string) => void,
): Promise<{ readonly total: Timed; readonly read: Timed; readonly write: Timed }> {
  const { owner } = store;
  const suffix = tableSuffix(run);
  const before = tableSuffix(await previousRun(owner));
  const inputs = [
    "select * from fact where shard = $shard",
    `select * from reading where shard = $shard and state_at >= '2026-02-02' and state_at <= '2026-04-01'`,
    `select * from charge_line_${before} where shard = $shard`,
    "select * from checkpoint where shard = $shard and period = '2026-02-01'",
    "select * from ledger_entry where shard = $shard and value_day >= '2026-03-01'",
  ];
  const outputs = [
    [`select * from charge_line_${suffix} where shard = $shard`, "bench_line"],
    [`select * from run_entry_${suffix} where shard = $shard`, "bench_entry"],
  ] as const;
  await emptyTables(store, suffix);
  try {
    const read = await timed(owner, () =>
      copies(
        store,
        threads,
        inputs.map((out) => ({ out, into: null })),
      ),
    );
    const fetched = await timed(owner, () =>
      copies(
        store,
        threads,
        outputs.map(([out]) => ({ out, into: null })),
      ),
    );
    const moved = await timed(owner, () =>
      copies(
        store,
        threads,
        outputs.map(([out, into]) => ({ out, into })),
      ),
    );
    const keys = await timed(owner, () =>
      Promise.all([
        owner.execute(`alter table bench_line add ${KEY}`),
        owner.execute(`alter table bench_entry add ${KEY}`),
      ]),
    );
    const write = sum([moved, keys], fetched);
    const total = sum([read, write], null);
    note(`COPY floor: ${total.seconds} s (read ${read.seconds}, write ${write.seconds})`);
    return { total, read: timeOf(read), write };
  } finally {
    await owner.execute("drop table if exists bench_line, bench_entry");
  }
}

function sum(parts: readonly Timed[], without: Timed | null): Timed {
  const of = (value: (part: Timed) => number) =>
    Math.round(
      (parts.reduce((all, part) => all + value(part), 0) -
        (without === null ? 0 : value(without))) *
        1000,
    ) / 1000;
  return {
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: {
      hub: of(({ cpuSeconds }) => cpuSeconds.hub),
      server: of(({ cpuSeconds }) => cpuSeconds.server ?? 0),
    },
  };
}

async function copies(
  { ownerUrl }: PopulationStore,
  threads: number,
  statements: CopyTask["statements"],
): Promise<void> {
  const next = new SharedArrayBuffer(4);
  await Promise.all(
    Array.from({ length: threads }, () => copyThread({ url: ownerUrl, statements, next })),
  );
}

function copyThread(task: CopyTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./mass-run-copy.js", import.meta.url), { workerData: task });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}
