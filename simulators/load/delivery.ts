import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { openDestinations } from "../../gateway/delivery/destinations.ts";
import { startDeliveries } from "../../gateway/delivery/engine.ts";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DesiredRow } from "../../normalizer/store/deliveries.ts";
import { storeDesired } from "../../normalizer/store/deliveries.ts";
import { openStore } from "../../normalizer/store/open.ts";
import type { Benchmark } from "./benchmark.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import type { CounterpartReport, CounterpartRequest } from "./delivery-counterpart.ts";
import { accountRow, documentRow } from "./delivery-objects.ts";

const DESTINATION = "bench";
const ORGANISATION_GUID = "a1f0c2d3-4b5e-4f60-8a71-9b82c3d4e5f6";
const organisation = 1 as OrganisationId;
const SHARDS = 256;
const LOOK_MS = 100;
const UNDER_WAY = ["waiting", "sending", "sent"];

/**
 * Payment documents from rows of the outbox to their identifiers of ГИС ЖКХ in the store: encoded, sent, polled,
 * confirmed. The rows are stored before the clock starts, and their accounts go first, timed apart. Beside it stands the time that the counterpart itself took, and
 * whether it holds each document once. The official ladder of polls waits 10 s at least; here it is shortened, as its
 * waits say nothing about the hub.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      documents: { type: "string", default: "10000" },
      concurrency: { type: "string", default: "4" },
      polls: { type: "string", default: "1" },
    },
  });
  const count = Number(values.documents);
  const folder = mkdtempSync(join(tmpdir(), "energohub-bench-"));
  // The embedded server of a root user works as another user, who has to reach its data.
  chmodSync(folder, 0o711);
  const counterpart = await startCounterpart({
    organisation: ORGANISATION_GUID,
    pollsBeforeResult: Number(values.polls),
  });
  const store = await openStore(process.env, {
    folder,
    application: "bench delivery",
    connectionsMax: 12,
    say: note,
  });
  const failures: unknown[] = [];
  const destinations = await openBench(counterpart.origin, Number(values.concurrency));
  const timed = async (name: string, row: (ordinal: number) => DesiredRow) => {
    const storedAtMs = performance.now();
    await storeRows(store.hub, count, row);
    const storedSeconds = secondsSince(storedAtMs);
    const before = await counterpart.report();
    const cpuBefore = await readCpu(store.hub);
    const startedAtMs = performance.now();
    const engine = await startDeliveries({
      database: store.hub,
      destinations,
      clock: { nowMs: Date.now },
      random: () => randomInt(2 ** 32) / 2 ** 32,
      newMessageId: () => randomUUID(),
      onFailure: (error) => failures.push(error),
      pollMs: 1_000,
    });
    try {
      await waitUntilConfirmed(store.hub, row(0).kind, failures);
    } finally {
      await engine.stop();
    }
    const wallSeconds = secondsSince(startedAtMs);
    const cpuSeconds = cpuBetween(cpuBefore, await readCpu(store.hub));
    const after = await counterpart.report();
    const simulatorSeconds = (after.ownMs - before.ownMs) / 1000;
    note(
      `${count} ${name}: ${wallSeconds.toFixed(2)} s, of which the counterpart took ` +
        `${simulatorSeconds.toFixed(2)} s; rows were stored in ${storedSeconds.toFixed(2)} s before`,
    );
    return { wallSeconds, simulatorSeconds, storedSeconds, cpuSeconds, after };
  };
  try {
    const accounts = await timed("accounts", accountRow);
    const { after, ...documents } = await timed("payment documents", documentRow);
    if (after.documents !== count || after.duplicates + after.duplicateGuids > 0) {
      throw new Error(`not each document once: ${JSON.stringify(after)}`);
    }
    return {
      documents: count,
      ...documents,
      documentsPerSecond: Math.round(count / documents.wallSeconds),
      accountsWallSeconds: accounts.wallSeconds,
      accountsSimulatorSeconds: accounts.simulatorSeconds,
      requests: after.requests,
      bytesSent: after.bytesIn,
      duplicates: after.duplicates,
      failures: failures.length,
      concurrency: Number(values.concurrency),
      pollsBeforeResult: Number(values.polls),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    for (const { open } of destinations) await open.close();
    await store.close();
    await counterpart.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

function secondsSince(startedAtMs: number): number {
  return (performance.now() - startedAtMs) / 1000;
}

async function startCounterpart(request: CounterpartRequest) {
  const thread = new Worker(new URL("./delivery-counterpart.js", import.meta.url), {
    workerData: request,
  });
  const [origin] = (await once(thread, "message")) as [string];
  return {
    origin,
    async report(): Promise<CounterpartReport> {
      const answer = once(thread, "message") as Promise<[CounterpartReport]>;
      thread.postMessage("report");
      return (await answer)[0];
    },
    stop: () => thread.terminate(),
  };
}

async function openBench(origin: string, concurrency: number) {
  const problems: string[] = [];
  const channel = {
    id: DESTINATION,
    kind: "gis-zhkh",
    organisation,
    settings: {
      address: origin,
      organisation: ORGANISATION_GUID,
      signature: { kind: "none" },
      pollDelaysMs: [20, 50, 100],
      services: [
        { zone: "T1", code: "1.2", guid: "a5f9e34c-2a57-4b01-8beb-2269612a735d", name: "День" },
        { zone: "T2", code: "1.3", guid: "f1ad74a7-65b7-4ffa-a680-fc94cbdcfb79", name: "Ночь" },
      ],
    },
    delivery: { concurrency },
  };
  const destinations = await openDestinations([channel], process.env, problems);
  if (problems.length > 0 || destinations.length === 0) {
    throw new Error(`no destination: ${problems.join("; ")}`);
  }
  // What the hub itself would project is not what is measured.
  return destinations.map((destination) => ({ ...destination, projection: null }));
}

async function storeRows(
  database: Database,
  count: number,
  row: (ordinal: number) => DesiredRow,
): Promise<void> {
  const where = { destination: DESTINATION, organisation };
  for (let shard = 0; shard < Math.min(SHARDS, count); shard += 1) {
    const rows: DesiredRow[] = [];
    for (let ordinal = shard; ordinal < count; ordinal += SHARDS) rows.push(row(ordinal));
    await database.transaction((transaction) =>
      storeDesired(transaction, { ...where, shard: shard as Shard }, rows, Date.now()),
    );
  }
}

/** @throws Error with a row that somebody would have to mend */
async function waitUntilConfirmed(
  database: Database,
  kind: string,
  failures: readonly unknown[],
): Promise<void> {
  for (;;) {
    if (failures.length > 0) throw failures[0];
    const [under, stuck] = await Promise.all([
      firstOf(database, kind, UNDER_WAY),
      firstOf(database, kind, ["unknown", "refused", "held", "withdrawn"]),
    ]);
    if (stuck !== null) throw new Error(`${stuck.object}: ${stuck.state} ${stuck.code}`);
    if (under === null) return;
    await wait(LOOK_MS);
  }
}

interface Open {
  readonly object: string;
  readonly state: string;
  readonly code: string | null;
}

async function firstOf(
  database: Database,
  kind: string,
  states: readonly string[],
): Promise<Open | null> {
  const [row] = await database.query<Open>(
    `select object, state, code from delivery
     where destination = $1 and kind = $2 and state = any ($3) limit 1`,
    [DESTINATION, kind, states],
  );
  return row ?? null;
}
