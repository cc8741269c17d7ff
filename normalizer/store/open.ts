import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { startEmbedded } from "./embedded.ts";
import { migrate, requireCurrent } from "./migrate.ts";
import { StoreError } from "./store-error.ts";

export interface OpenOptions {
  /** Data folder of the product; the embedded server keeps its own under `pg/`. */
  readonly folder: string;
  /** Shown in pg_stat_activity: "energohub", "hub bill" … */
  readonly application: string;
  /** Connections of the hub's role. */
  readonly connectionsMax: number;
  /** Gets Russian sentences for the operator and the log. */
  readonly say: (text: string) => void;
}

export interface Store {
  /** Works as the hub's role: everything that the product does day by day. */
  readonly hub: Database;
  /** Works as the owner; null when only the hub's address is given. */
  readonly owner: Database | null;
  readonly runsOn: RunsOn;
  /** Hub's address, for workers in threads. Holds a password: never log it. */
  readonly hubUrl: string;
  close(): Promise<void>;
}

/** What the health page says of the store. */
export interface RunsOn {
  readonly kind: "embedded" | "server";
  /** Of PostgreSQL: "18.4". */
  readonly version: string;
  /** Of Citus where the extension is present. */
  readonly citus: string | null;
  /** Number of the last migration. */
  readonly schema: number;
  /** "встроенный PostgreSQL 18.4, данные в /srv/energohub/data/pg" */
  readonly text: string;
}

const DATABASE_NAME = "energohub";
const OWNER_CONNECTIONS_MAX = 4;
const MEBIBYTE = 1_048_576;

/**
 * Opens the store by the environment and brings it up to this version where the owner is known:
 *
 * - `DATABASE_OWNER_URL` and `DATABASE_URL`: owner migrates, hub works as the role of
 *   `DATABASE_URL`;
 * - `DATABASE_OWNER_URL` alone, or a `DATABASE_URL` whose role owns the schema: the hub's role is
 *   made and used;
 * - `DATABASE_URL` of a role without such rights: no migration, the store must be current;
 * - neither: the embedded server under `folder`.
 *
 * @throws StoreError with what to do
 */
export async function openStore(
  environment: Readonly<Record<string, string | undefined>>,
  options: OpenOptions,
): Promise<Store> {
  const ownerUrl = environment["DATABASE_OWNER_URL"];
  const hubUrl = environment["DATABASE_URL"];
  if (ownerUrl !== undefined) return withOwner(ownerUrl, hubUrl ?? null, null, options);
  if (hubUrl === undefined) return embedded(options);
  const probe = open(hubUrl, 1, options);
  try {
    if (await mayMigrate(probe)) return await withOwner(hubUrl, null, null, options);
  } finally {
    await probe.close();
  }
  return hubAlone(hubUrl, options);
}

async function embedded(options: OpenOptions): Promise<Store> {
  const server = await startEmbedded({
    folder: join(options.folder, "pg"),
    database: DATABASE_NAME,
    settings: serverSettings(),
    say: options.say,
  });
  try {
    const place = `встроенный PostgreSQL ${server.version}, данные в ${server.folder}`;
    const store = await withOwner(server.ownerUrl, null, place, options);
    return {
      ...store,
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

/** A share of the machine: the hub's own workers need the rest. */
export function serverSettings(): Record<string, string> {
  const bufferMebibytes = Math.floor(totalmem() / MEBIBYTE / 8);
  return {
    shared_buffers: `${Math.min(2048, Math.max(128, bufferMebibytes))}MB`,
    max_wal_size: "4GB",
    wal_compression: "on",
    max_worker_processes: String(Math.max(8, availableParallelism())),
  };
}

async function withOwner(
  ownerUrl: string,
  givenHubUrl: string | null,
  place: string | null,
  options: OpenOptions,
): Promise<Store> {
  const owner = open(ownerUrl, OWNER_CONNECTIONS_MAX, options);
  try {
    const hubRole = givenHubUrl === null ? null : decodeURIComponent(new URL(givenHubUrl).username);
    const migrated = await migrate(owner, hubRole);
    for (const name of migrated.applied) options.say(`Хранилище: применена миграция ${name}.`);
    const hubUrl = givenHubUrl ?? asRole(ownerUrl, migrated.hubRole, migrated.hubPassword ?? "");
    const hub = open(hubUrl, options.connectionsMax, options);
    return {
      hub,
      owner,
      hubUrl,
      runsOn: await describe(owner, migrated.version, place),
      async close() {
        await hub.close();
        await owner.close();
      },
    };
  } catch (error) {
    await owner.close();
    throw error;
  }
}

async function hubAlone(hubUrl: string, options: OpenOptions): Promise<Store> {
  const hub = open(hubUrl, options.connectionsMax, options);
  try {
    const version = await requireCurrent(hub);
    return {
      hub,
      owner: null,
      hubUrl,
      runsOn: await describe(hub, version, null),
      close: () => hub.close(),
    };
  } catch (error) {
    await hub.close();
    throw error;
  }
}

/** A role that may create in the schema, and owns the store's tables if they are there. */
async function mayMigrate(database: Database): Promise<boolean> {
  const rows = await database.query<{ may: boolean }>(
    `select has_schema_privilege(current_schema(), 'create') and coalesce((
       select pg_has_role(c.relowner, 'usage') from pg_class c
       where c.oid = to_regclass('schema_migration')), true) as may`,
  );
  return rows[0]?.may === true;
}

async function describe(database: Database, schema: number, place: string | null): Promise<RunsOn> {
  const [row] = await database.query<{ version: string; citus: string | null; name: string }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version,
       (select extversion from pg_extension where extname = 'citus') as citus,
       current_database() as name`,
  );
  if (row === undefined) throw new StoreError("сервер не назвал своей версии");
  const citus = row.citus === null ? "" : `, Citus ${row.citus}`;
  return {
    kind: place === null ? "server" : "embedded",
    version: row.version,
    citus: row.citus,
    schema,
    text: place ?? `PostgreSQL ${row.version}${citus}, база ${row.name}`,
  };
}

function open(url: string, connectionsMax: number, options: OpenOptions): Database {
  return connect({
    url,
    connectionsMax,
    application: options.application,
    onIdleError: (error) => options.say(`Соединение с PostgreSQL прервано: ${error.message}`),
  });
}

/** The same server and database, another role. */
export function asRole(url: string, role: string, password: string): string {
  const address = new URL(url);
  address.username = encodeURIComponent(role);
  address.password = encodeURIComponent(password);
  return address.href;
}
