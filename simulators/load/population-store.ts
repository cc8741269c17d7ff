import { createHash } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { closePeriod } from "../../gateway/runs/close.ts";
import { openRun } from "../../gateway/runs/create.ts";
import { keepHouseholdSites } from "../../gateway/runs/keep-sites.ts";
import { workInThreads } from "../../gateway/runs/threads.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import { addMonths, month } from "../../normalizer/model/dates.ts";
import type { OrganisationId, RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { connect, integer } from "../../normalizer/store/database.ts";
import { startEmbedded } from "../../normalizer/store/embedded.ts";
import { readMigrations } from "../../normalizer/store/migrate.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore, serverSettings } from "../../normalizer/store/open.ts";
import { approve, monthText, tableSuffix } from "../../normalizer/store/results.ts";
import { readRuns } from "../../normalizer/store/runs.ts";
import { loadPhase, openPopulation } from "../supplier/population/load.ts";
import type { RowsContext } from "../supplier/population/rows.ts";
import { BlockRows } from "../supplier/population/rows.ts";

/** Month that the benchmarks bill; the one before is billed, approved and closed by the product itself. */
export const PERIOD: Month = month("2026-03");
export const ORGANISATION = 1 as OrganisationId;
const PREVIOUS_CHUNK = 2_000;

export interface PopulationRequest {
  readonly seed: number;
  readonly accounts: number;
  /** Sessions of the load and threads of the month before. */
  readonly workers: number;
  /** Owner of a server that may make databases; the embedded one in the temporary folder when absent. */
  readonly url: string | undefined;
  /** Makes the database anew: what an earlier run has derived and kept is gone with the old one. */
  readonly anew: boolean;
  readonly note: (line: string) => void;
}

export interface PopulationStore extends Store {
  readonly owner: Database;
  readonly ownerUrl: string;
  readonly database: string;
  /** Seconds of each step of making it; null when a database of that seed and size was there. */
  readonly made: Readonly<Record<string, number>> | null;
}

/** The store of a population, made when it is not there yet, without any run of the month to be billed. */
export async function openPopulationStore(request: PopulationRequest): Promise<PopulationStore> {
  const { note } = request;
  const server = await startServer(request);
  try {
    const name = databaseName(request);
    const ownerUrl = inDatabase(server.url, name);
    const isReady = await makeDatabase(server.url, name, request.anew);
    const store = await openStore(
      { DATABASE_OWNER_URL: ownerUrl },
      { folder: "", application: "bench mass-run", connectionsMax: 10, say: note },
    );
    const { owner } = store;
    if (owner === null) throw new Error("a store opened by its owner has no owner");
    const whole = { ...store, owner, ownerUrl, database: name };
    const made = isReady ? null : await fillPopulation(whole, request);
    if (made === null) await forgetRuns(whole.owner);
    else await onServer(server.url, `comment on database ${name} is 'ready'`);
    return {
      ...whole,
      made,
      async close() {
        await store.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startServer({ url, note }: PopulationRequest) {
  if (url !== undefined) return { url, stop: async () => undefined };
  const folder = join(tmpdir(), "energohub-bench-population");
  mkdirSync(folder, { recursive: true });
  // The embedded server of a root user works as another user, who has to reach its data.
  chmodSync(folder, 0o711);
  const server = await startEmbedded({
    folder: join(folder, "pg"),
    database: "population",
    settings: serverSettings(),
    say: note,
  });
  return { url: server.ownerUrl, stop: () => server.stop() };
}

/** Names the seed, the size, and what made it: another generator or schema makes another database. */
function databaseName({ seed, accounts }: PopulationRequest): string {
  const hash = createHash("sha256");
  for (const { sha256 } of readMigrations()) hash.update(sha256);
  const plan = { seed, accounts, period: PERIOD, organisation: ORGANISATION, firstId: 1 };
  const seqs = Array.from({ length: 256 }, () => 1);
  const context: RowsContext = {
    plan,
    messages: { BEFORE: 1, MONTH: 2 },
    seqs: { BEFORE: seqs, MONTH: seqs },
  };
  for (const phase of ["BEFORE", "MONTH"] as const) {
    const block = new BlockRows(context, phase);
    block.add(0);
    for (const { rows } of block.tables.values()) {
      for (const chunk of rows.chunks()) hash.update(chunk);
    }
  }
  return `population_${seed}_${accounts}_${hash.digest("hex").slice(0, 8)}`;
}

/** @returns true when the database was there, filled to its end */
async function makeDatabase(url: string, name: string, anew: boolean): Promise<boolean> {
  const server = open(url);
  try {
    const [found] = await server.query<{ mark: string | null }>(
      "select shobj_description(oid, 'pg_database') as mark from pg_database where datname = $1",
      [name],
    );
    if (found?.mark === "ready" && !anew) return true;
    if (found !== undefined) await server.execute(`drop database ${name} with (force)`);
    await server.execute(`create database ${name}`);
    return false;
  } finally {
    await server.close();
  }
}

async function onServer(url: string, text: string): Promise<void> {
  const server = open(url);
  try {
    await server.execute(text);
  } finally {
    await server.close();
  }
}

type EmptyStore = Pick<PopulationStore, "owner" | "ownerUrl" | "hub" | "hubUrl">;

/**
 * Fills a fresh store: facts and readings, then the month before by the product itself, then what became known since.
 *
 * @returns seconds of each step
 */
export async function fillPopulation(
  store: EmptyStore,
  { seed, accounts, workers, note }: Omit<PopulationRequest, "url" | "anew">,
): Promise<Readonly<Record<string, number>>> {
  const { owner, ownerUrl } = store;
  const seconds: Record<string, number> = {};
  const step = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    const startedAtMs = performance.now();
    const value = await work();
    const taken = (performance.now() - startedAtMs) / 1000;
    seconds[name] = Math.round(taken * 100) / 100;
    note(`population, ${name}: ${taken.toFixed(1)} s`);
    return value;
  };
  const options = { ownerUrl, sessions: workers };
  const context = await openPopulation(owner, {
    ...{ seed, accounts, period: PERIOD, organisation: ORGANISATION },
  });
  await step("facts and readings before", () => loadPhase(owner, context, "BEFORE", options));
  await step("analyze", () => owner.execute("vacuum analyze"));
  await step("month before: run", () => billPrevious(store, workers));
  await step("month before: close", () =>
    closePeriod(store.hub, {
      organisation: ORGANISATION,
      period: addMonths(PERIOD, -1),
      author: "bench",
      waitMs: 0,
      onProgress: () => undefined,
    }),
  );
  await step("readings and payments of the month", () =>
    loadPhase(owner, context, "MONTH", options),
  );
  await step("derived rows of the sites", () =>
    keepHouseholdSites(store.hub, {
      organisation: ORGANISATION,
      period: PERIOD,
      workers,
      signal: new AbortController().signal,
    }),
  );
  await step("vacuum", () => owner.execute("vacuum analyze"));
  await owner.execute("checkpoint");
  return seconds;
}

async function billPrevious({ hub, hubUrl }: EmptyStore, workers: number): Promise<void> {
  const { run } = await openRun(hub, {
    organisation: ORGANISATION,
    period: addMonths(PERIOD, -1),
    author: "bench",
    accountsMax: PREVIOUS_CHUNK,
  });
  await workInThreads(hub, run, {
    workers,
    hubUrl,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  await approve(hub, run, "bench");
}

/** Takes the runs of the benchmarks out of a store that is made for them alone. */
async function forgetRuns(owner: Database): Promise<void> {
  const closed = await readRuns(owner, ORGANISATION, PERIOD);
  for (const { run } of closed) await forgetRun(owner, run);
}

/** Its tables, and its rows in every table that names runs. */
export async function forgetRun(owner: Database, run: RunId): Promise<void> {
  const suffix = tableSuffix(run);
  await owner.execute(`drop table if exists charge_line_${suffix}, run_entry_${suffix}`);
  const tables = await owner.query<{ name: string }>(
    `select c.relname as name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'run' and not a.attisdropped
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
       and not c.relispartition and c.relname !~ '^(charge_line|run_entry)_'`,
  );
  for (const { name } of tables) await owner.execute(`delete from ${name} where run = $1`, [run]);
  await owner.execute("delete from charge_run where id = $1", [run]);
}

export async function previousRun(owner: Database): Promise<RunId> {
  const [row] = await owner.query<{ run: string }>(
    `select r.id as run from charge_run r join run_event e on e.run = r.id
     where r.period = $1 and e.event = 'APPROVED'`,
    [monthText(addMonths(PERIOD, -1))],
  );
  return integer(row?.run ?? "") as RunId;
}

function open(url: string): Database {
  return connect({
    url,
    connectionsMax: 1,
    application: "bench population",
    onIdleError: (error) => {
      throw error;
    },
  });
}

function inDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

export function givenWorkers(text: string | undefined): number {
  return text === undefined ? availableParallelism() : Number(text);
}
