import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { acceptCaptures } from "../../gateway/intake/accept.ts";
import { day } from "../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { integer } from "../../normalizer/store/database.ts";
import type { FactWrite } from "../../normalizer/store/facts.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore } from "../../normalizer/store/open.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import type { Benchmark } from "./benchmark.ts";
import type { CpuSeconds } from "./cpu.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import type { Fleet, GeneratedFile } from "./day-files.ts";
import { AREA_INN, CHANNELS, channelId, generateFiles, pointCode, senderInn } from "./day-files.ts";
import type { WorkerRequest } from "./ingest-80020-worker.ts";

const organisation = 1 as OrganisationId;
const SHARDS = 256;
const SENDERS_AT_ONCE = 2;
const MUST_VALUES_PER_SECOND = 300_000;

/**
 * Values per second from a file on the wire to durable intervals: accept, parse, normalise, versions compared, patches
 * committed over 256 shards, corrections included. Beside it a bare COPY of the very same patches into an empty copy
 * of their table, in the same run on the same server.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      senders: { type: "string", default: "4" },
      points: { type: "string", default: "2000" },
      days: { type: "string", default: "6" },
      workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
      legs: { type: "string", default: "3" },
      group: { type: "string", default: "8" },
    },
  });
  const fleet: Fleet = {
    senders: Number(values.senders),
    pointsPerSender: Number(values.points),
    days: Number(values.days),
    firstDay: day("2025-03-01"),
    correctedPercent: 10,
  };
  const folder = mkdtempSync(join(tmpdir(), "energohub-bench-"));
  // The embedded server of a root user works as another user, who has to reach its data.
  chmodSync(folder, 0o711);
  const store = await openStore(process.env, {
    folder,
    application: "bench ingest-80020",
    connectionsMax: 8,
    say: note,
  });
  try {
    await mapFleet(store.hub, fleet);
    const files = [...generateFiles(fleet)];
    const total = files.reduce((sum, file) => sum + file.values, 0);
    note(
      `${files.length} files, ${megabytes(files)} MB, ${total} values of ` +
        `${fleet.senders * fleet.pointsPerSender * CHANNELS.length} channels`,
    );
    const { seconds, cpu } = await ingest(store, files, {
      workers: Number(values.workers),
      legsAtOnce: Number(values.legs),
      messagesMax: Number(values.group),
    });
    const perSecond = Math.round(total / seconds);
    note(`ingest: ${seconds.toFixed(2)} s, ${perSecond} values/s (must ${MUST_VALUES_PER_SECOND})`);
    note(`processor: hub ${cpu.hub} s, server ${cpu.server ?? "?"} s`);
    const stored = await checkStored(store.hub, files.length);
    const copy = await bareCopy(store, note);
    return {
      values: total,
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes.length, 0),
      seconds,
      valuesPerSecond: perSecond,
      mustValuesPerSecond: MUST_VALUES_PER_SECOND,
      cpuSeconds: cpu,
      // What the same work would take with the cores to itself; the clock counts the others' work too.
      valuesPerSecondByCpu:
        cpu.server === null
          ? null
          : Math.round((total / (cpu.hub + cpu.server)) * availableParallelism()),
      ...stored,
      baseline: copy,
      ratioToBareCopy: Number((seconds / copy.seconds).toFixed(2)),
      workers: Number(values.workers),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

function megabytes(files: readonly GeneratedFile[]): string {
  return (files.reduce((sum, file) => sum + file.bytes.length, 0) / 1e6).toFixed(0);
}

async function mapFleet(database: Database, fleet: Fleet): Promise<void> {
  const fact = {
    site: 0 as SiteId,
    organisation,
    from: day("2020-01-01"),
    to: null,
    message: 1 as MessageId,
    at: 0,
    author: "bench",
    ground: "bench",
  };
  for (let sender = 0; sender < fleet.senders; sender += 1) {
    const facts: FactWrite[] = [
      {
        ...fact,
        kind: "partner",
        subject: senderInn(sender),
        body: { name: "Сеть", zone: "Europe/Moscow" },
      },
    ];
    for (let point = 0; point < fleet.pointsPerSender; point += 1) {
      for (const [index, code] of CHANNELS.entries()) {
        const channel = channelId(fleet, sender, point, index);
        facts.push({
          ...fact,
          kind: "channel-map",
          subject: `${senderInn(sender)}/${AREA_INN}/${pointCode(sender, point)}/${code}`,
          body: {
            shard: point % SHARDS,
            site: 100_000 + sender * fleet.pointsPerSender + point,
            channel,
            point: 500_000 + sender * fleet.pointsPerSender + point,
            role: code === "01" ? "CONSUMPTION" : "REACTIVE",
          },
        });
      }
    }
    await inShard(database, COMMON_SHARD, (transaction) => insertFacts(transaction, facts));
  }
}

type IngestOptions = Omit<WorkerRequest, "url" | "stop"> & { readonly workers: number };

/** Time from the first capture to the end of the last message. */
async function ingest(
  store: Store,
  files: readonly GeneratedFile[],
  { workers, ...options }: IngestOptions,
): Promise<{ readonly seconds: number; readonly cpu: CpuSeconds }> {
  const stop = new SharedArrayBuffer(4);
  const request: WorkerRequest = { url: store.hubUrl, stop, ...options };
  const threads = Array.from(
    { length: workers },
    () =>
      new Worker(new URL("./ingest-80020-worker.js", import.meta.url), {
        workerData: request,
        // Patches live as long as a group of messages: a small nursery would copy them over and over.
        resourceLimits: { maxYoungGenerationSizeMb: 96 },
      }),
  );
  const exits = threads.map(
    (thread) =>
      new Promise<void>((resolve, reject) => {
        thread.once("error", reject);
        thread.once("exit", () => resolve());
      }),
  );
  const cpuBefore = await readCpu(store.hub);
  const startedAtMs = performance.now();
  await Promise.race([sendAll(store.hub, files), ...exits]);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpu = cpuBetween(cpuBefore, await readCpu(store.hub));
  Atomics.store(new Int32Array(stop), 0, 1);
  await Promise.all(exits);
  return { seconds, cpu };
}

/** Accepts the files as two senders would upload them, and waits for the end of all. */
async function sendAll(database: Database, files: readonly GeneratedFile[]): Promise<void> {
  await Promise.all(
    Array.from({ length: SENDERS_AT_ONCE }, (_, sender) =>
      sendSome(
        database,
        files.filter((_, index) => index % SENDERS_AT_ONCE === sender),
      ),
    ),
  );
  for (;;) {
    const open = await database.query(
      "select from message where state in ('received', 'posting') limit 1",
    );
    if (open.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function sendSome(database: Database, files: readonly GeneratedFile[]): Promise<void> {
  for (const file of files) {
    await acceptCaptures(database, { id: "bench", organisation }, [
      {
        name: file.name,
        receivedAtMs: Date.now(),
        parts: partsOf(file.bytes),
        envelope: {},
      },
    ]);
  }
}

async function* partsOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 1_048_576) {
    yield bytes.subarray(from, from + 1_048_576);
  }
}

/** Every file posted; a benchmark of refused files would be fast. */
async function checkStored(database: Database, files: number): Promise<Stored> {
  const [row] = await database.query<Record<"posted" | "patches" | "transactions", string>>(
    `select (select count(*) from message where state = 'posted') as posted,
       (select count(*) from interval_patch) as patches,
       (select sum(seq) from shard_counter where shard < 256) as transactions`,
  );
  if (integer(row?.posted ?? "0") !== files) throw new Error(`${row?.posted} of ${files} posted`);
  return {
    patches: integer(row?.patches ?? "0"),
    shardTransactions: integer(row?.transactions ?? "0"),
  };
}

interface Stored {
  readonly patches: number;
  /** Transactions of the 256 shards. */
  readonly shardTransactions: number;
}

/** The same rows by COPY, in one stream per shard order, into an empty table with the same key. */
async function bareCopy(
  { owner }: Store,
  note: (line: string) => void,
): Promise<{ readonly seconds: number; readonly valuesPerSecond: number; readonly rows: number }> {
  if (owner === null) throw new Error("the baseline makes a table: give DATABASE_OWNER_URL");
  const chunks: Buffer[] = [];
  await owner.transaction(async (transaction) => {
    const rows = transaction.copyOut(
      "copy (select * from interval_patch order by shard, seq, channel, day) to stdout",
    );
    for await (const chunk of rows) chunks.push(chunk as Buffer);
  });
  await owner.execute("create table bare_patch (like interval_patch including all)");
  const startedAtMs = performance.now();
  const rows = await owner.transaction((transaction) =>
    transaction.copyIn("copy bare_patch from stdin", asyncChunks(chunks)),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  const [sum] = await owner.query<{ values: string }>(
    "select sum(cardinality(values)) as values from bare_patch",
  );
  await owner.execute("drop table bare_patch");
  const valuesPerSecond = Math.round(integer(sum?.values ?? "0") / seconds);
  note(
    `bare COPY of the same ${rows} patches: ${seconds.toFixed(2)} s, ${valuesPerSecond} values/s`,
  );
  return { seconds, valuesPerSecond, rows };
}

async function* asyncChunks(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
