import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Create } from "typebox/value";
import { TabularProfileSchema } from "../../adapters/tabular/config.ts";
import { adapter } from "../../adapters/tabular/index.ts";
import type { IntakeChannel } from "../../gateway/intake/channels.ts";
import { ingest } from "../../gateway/intake/ingest.ts";
import { endDay, month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore } from "../../normalizer/store/open.ts";
import { encodeReadingSheet } from "../head-end/reading-sheet.ts";
import { loadSupplier } from "../supplier/load.ts";
import { monthReadings } from "../supplier/month-readings.ts";
import type { Benchmark } from "./benchmark.ts";
import { cpuBetween, readCpu } from "./cpu.ts";

const organisation = 1 as OrganisationId;
const period = month("2026-01");
const DAY_MS = 86_400_000;
/** Of a hundred households about eighty-five send a reading. */
const HOUSEHOLDS_PER_READING = 1.3;

/**
 * One file of household readings from the inbox to its end: routing, seven months of history per
 * meter, reading control, all in place before the first reading is stored. Beside it a bare COPY
 * of the readings that it made.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: { rows: { type: "string", default: "10000" } },
  });
  const rows = Number(values.rows);
  const folder = mkdtempSync(join(tmpdir(), "energohub-bench-"));
  // The embedded server of a root user works as another user, who has to reach its data.
  chmodSync(folder, 0o711);
  const store = await openStore(process.env, {
    folder,
    application: "bench readings",
    connectionsMax: 10,
    say: note,
  });
  try {
    const { owner } = store;
    if (owner === null) throw new Error("the supplier is loaded by COPY: give DATABASE_OWNER_URL");
    const households = Math.ceil(rows * HOUSEHOLDS_PER_READING);
    const wanted = { seed: 1, households, businesses: 0, period, organisation };
    const { plan } = await loadSupplier(owner, wanted);
    await owner.execute("analyze");
    const sheet = encodeReadingSheet([...monthReadings(plan)].slice(0, rows));
    const cpuBefore = await readCpu(store.hub);
    const startedAtMs = performance.now();
    const [ingested] = await ingest(store.hub, {
      channel,
      adapter,
      settings: {},
      upload: { name: "readings.csv", bytes: whole(sheet), envelope: {} },
      receivedAtMs: endDay(period) * DAY_MS,
      signal: new AbortController().signal,
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    const cpuSeconds = cpuBetween(cpuBefore, await readCpu(store.hub));
    const perSecond = Math.round(rows / seconds);
    note(`taken: ${rows} readings in ${seconds.toFixed(2)} s, ${perSecond} a second`);
    return {
      rows,
      seconds,
      rowsPerSecond: perSecond,
      cpuSeconds,
      outcome: ingested?.outcome ?? null,
      baseline: await bareCopy(store, note),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const channel: IntakeChannel = {
  id: "bench",
  organisation,
  parse: adapter.parse as IntakeChannel["parse"],
  profile: Create(TabularProfileSchema),
};

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The readings that the file made by COPY into an empty table with the same keys. */
async function bareCopy(
  { owner }: Store,
  note: (line: string) => void,
): Promise<{ readonly seconds: number; readonly rows: number }> {
  if (owner === null) throw new Error("the baseline makes a table: give DATABASE_OWNER_URL");
  const chunks: Buffer[] = [];
  await owner.transaction(async (transaction) => {
    const text = "copy (select * from reading where at > 0 and seq > 1) to stdout";
    for await (const chunk of transaction.copyOut(text)) chunks.push(chunk as Buffer);
  });
  await owner.execute("create table bare_reading (like reading including all)");
  const startedAtMs = performance.now();
  const rows = await owner.transaction((transaction) =>
    transaction.copyIn("copy bare_reading from stdin", chunks),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  await owner.execute("drop table bare_reading");
  note(`bare COPY of the same ${rows} readings: ${seconds.toFixed(2)} s`);
  return { seconds, rows };
}
