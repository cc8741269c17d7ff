import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { connect, integer } from "./database.ts";
import { startEmbedded } from "./embedded.ts";
import { HUB_RIGHTS } from "./grants.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { asRole } from "./open.ts";

/** The part of a test that this file needs, so that it does not depend on the test runner. */
export interface Teardown {
  teardown(end: () => Promise<void>): unknown;
}

export interface TestDatabase {
  readonly hub: Database;
  readonly owner: Database;
  readonly hubUrl: string;
  readonly ownerUrl: string;
}

export interface TestServer {
  /** Maintenance database of a role that may create databases and roles. */
  readonly url: string;
  stop(): Promise<void>;
  /** What can be done of `stop` while the process exits. */
  abandon(): void;
}

const CONNECTIONS_MAX = 8;
/** Any number that no other program uses as an advisory lock. */
const TEMPLATE_LOCK = 7_381_905_534;

/**
 * An embedded server in a temporary folder, for one run of the tests; it need not outlive a crash
 * of the machine.
 */
export async function startTestServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "energohub-test-"));
  const server = await startEmbedded({
    folder,
    database: "tests",
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      autovacuum: "off",
      shared_buffers: "256MB",
      max_connections: "300",
    },
    say: () => undefined,
  });
  return {
    url: server.ownerUrl,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    abandon() {
      server.abandon();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/**
 * A database of its own for one test, with every migration, on TEST_DATABASE_URL or on a server of
 * this process; dropped when the test ends.
 */
export async function createTestDatabase(t: Teardown): Promise<TestDatabase> {
  const url = process.env["TEST_DATABASE_URL"] ?? (await ownServer());
  const server = open(url, 1);
  const name = `energohub_test_${process.pid}_${randomBytes(4).toString("hex")}`;
  try {
    await server.execute(`create database ${name} template ${await template(server, url)}`);
  } finally {
    await server.close();
  }
  return connected(t, inDatabase(url, name), async () => {
    const dropping = open(url, 1);
    await dropping.execute(`drop database ${name} with (force)`);
    await dropping.close();
  });
}

/**
 * The same on the cluster of CITUS_URL: the database is made on every node, the tables are
 * distributed. Slower by far: few shards and only for what a cluster can break.
 */
export async function createCitusDatabase(t: Teardown, citusUrl: string): Promise<TestDatabase> {
  const name = `energohub_test_${process.pid}_${randomBytes(4).toString("hex")}`;
  const coordinator = open(citusUrl, 1);
  const nodes = await coordinator.query<{ host: string; port: number; worker: boolean }>(
    `select nodename as host, nodeport as port, groupid <> 0 as worker from pg_dist_node
     order by groupid`,
  );
  await coordinator.close();
  const urls = nodes.map(({ host, port }) => {
    const address = new URL(citusUrl);
    address.host = `${host}:${port}`;
    return address.href;
  });
  for (const url of urls) await onServer(url, `create database ${name}`);
  for (const url of urls) await onServer(inDatabase(url, name), "create extension citus");
  const ownerUrl = inDatabase(citusUrl, name);
  const setting = open(ownerUrl, 1);
  for (const { host, port, worker } of nodes) {
    const call = worker ? "citus_add_node" : "citus_set_coordinator_host";
    await setting.query(`select ${call}($1, $2)`, [host, port]);
  }
  await setting.execute(`alter database ${name} set citus.shard_count = 4`);
  await setting.close();
  const owner = open(ownerUrl, CONNECTIONS_MAX);
  await migrate(owner, null);
  await owner.close();
  return connected(t, ownerUrl, async () => {
    for (const url of urls) await onServer(url, `drop database ${name} with (force)`);
  });
}

async function onServer(url: string, text: string): Promise<void> {
  const database = open(url, 1);
  try {
    await database.execute(text);
  } finally {
    await database.close();
  }
}

async function connected(
  t: Teardown,
  ownerUrl: string,
  drop: () => Promise<void>,
): Promise<TestDatabase> {
  const owner = open(ownerUrl, CONNECTIONS_MAX);
  const [access] = await owner.query<{ role: string; password: string }>(
    "select role, password from hub_access",
  );
  const hubUrl = asRole(ownerUrl, access?.role ?? "", access?.password ?? "");
  const hub = open(hubUrl, CONNECTIONS_MAX);
  t.teardown(async () => {
    await hub.close();
    await owner.close();
    await drop();
  });
  return { hub, owner, hubUrl, ownerUrl };
}

/**
 * Makes the migrated database that the others are copies of, once per text of migrations, rights
 * and month.
 */
async function template(server: Database, url: string): Promise<string> {
  const hash = createHash("sha256");
  for (const { sha256 } of readMigrations()) hash.update(sha256);
  hash.update(JSON.stringify(HUB_RIGHTS));
  hash.update(new Date().toISOString().slice(0, 7));
  const name = `energohub_template_${hash.digest("hex").slice(0, 12)}`;
  if (await exists(server, name)) return name;
  await server.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  try {
    if (await exists(server, name)) return name;
    const draft = `${name}_draft`;
    await server.execute(`drop database if exists ${draft} with (force)`);
    await server.execute(`create database ${draft}`);
    const owner = open(inDatabase(url, draft), CONNECTIONS_MAX);
    try {
      await migrate(owner, null);
    } finally {
      await owner.close();
    }
    // A database cannot be copied while anybody is connected, and a closed connection lingers for a
    // moment.
    await server.execute(`alter database ${draft} with allow_connections false`);
    while ((await connections(server, draft)) > 0) await server.query("select pg_sleep(0.01)");
    await server.execute(`alter database ${draft} rename to ${name}`);
    return name;
  } finally {
    await server.query("select pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
  }
}

async function exists(server: Database, name: string): Promise<boolean> {
  return (await server.query("select from pg_database where datname = $1", [name])).length > 0;
}

async function connections(server: Database, name: string): Promise<number> {
  const [row] = await server.query<{ count: string }>(
    "select count(*) from pg_stat_activity where datname = $1",
    [name],
  );
  return integer(row?.count ?? "0");
}

function open(url: string, connectionsMax: number): Database {
  return connect({
    url,
    connectionsMax,
    application: "energohub test",
    // Dropping a database ends its connections: nobody's test is touched by that.
    onIdleError: () => undefined,
  });
}

function inDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

let own: Promise<TestServer> | undefined;

/**
 * Stops by itself when the process has nothing more to do, or is made to exit by a test that hangs.
 */
async function ownServer(): Promise<string> {
  if (own === undefined) {
    own = startTestServer();
    const server = await own;
    const abandon = () => server.abandon();
    process.once("exit", abandon);
    process.once("beforeExit", async () => {
      await server.stop();
      process.removeListener("exit", abandon);
    });
  }
  return (await own).url;
}
