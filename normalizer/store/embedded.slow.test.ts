import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import t from "tap";
import { connect } from "./database.ts";
import { startEmbedded } from "./embedded.ts";
import { openStore } from "./open.ts";

const SETTINGS = { fsync: "off", shared_buffers: "32MB" };

function start(folder: string, said: string[]) {
  return startEmbedded({
    folder,
    database: "energohub",
    settings: SETTINGS,
    say: (text) => said.push(text),
  });
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "energohub-embedded-"));
  // Made for root alone, and the server runs as another user.
  chmodSync(folder, 0o755);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function pool(url: string) {
  return connect({ url, connectionsMax: 2, application: "test", onIdleError: () => undefined });
}

/** A hub of its own that starts the server, says so, and then waits to be killed. */
async function otherProcess(folder: string, user: { uid?: number; gid?: number } = {}) {
  const script = `
    const { startEmbedded } = await import(${JSON.stringify(join(import.meta.dirname, "embedded.js"))});
    await startEmbedded({ folder: ${JSON.stringify(folder)}, database: "energohub",
      settings: ${JSON.stringify(SETTINGS)}, say: () => undefined });
    console.log("started");
    setInterval(() => undefined, 1000);`;
  const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", script], {
    ...user,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("no output");
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => {
      throw new Error("the process ended before the server started");
    }),
  ]);
  return child;
}

async function killed(child: ChildProcess) {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const folder = temporaryFolder();

t.test("first start, text in Russian, secrets for the owner alone, stop", async (t) => {
  const server = await start(folder, []);
  const database = pool(server.ownerUrl);
  const [row] = await database.query<Record<string, string>>(
    `select upper('ёлка') as upper, current_setting('listen_addresses') as listen,
       current_setting('server_encoding') as encoding,
       array_to_string(array(select x from unnest(array['ж', 'ё', 'е']) x
         order by x collate "ru-x-icu"), '') as sorted`,
  );
  t.strictSame(row, { upper: "ЁЛКА", listen: "127.0.0.1", encoding: "UTF8", sorted: "еёж" });
  t.equal(statSync(join(folder, "password")).mode & 0o777, 0o600);
  const wrong = pool(server.ownerUrl.replace(/:[^:@]+@/, ":wrong@"));
  await t.rejects(wrong.query("select 1"), { code: "28P01" });
  await wrong.close();
  await database.close();
  await server.stop();
  t.notOk(existsSync(join(folder, "cluster/postmaster.pid")), "stopped cleanly");
});

t.test("a killed hub leaves its server; the next one attaches and loses nothing", async (t) => {
  const child = await otherProcess(folder);
  const said: string[] = [];
  const first = await start(folder, said);
  t.match(said, [/уже работает/]);
  const database = pool(first.ownerUrl);
  await database.execute("create table kept (x integer)");
  await database.close();
  await first.stop();
  t.ok(existsSync(join(folder, "cluster/postmaster.pid")), "the other process still uses it");
  await killed(child);
  const second = await start(folder, []);
  const again = pool(second.ownerUrl);
  t.equal(await again.execute("select from kept"), 0);
  await again.close();
  await second.stop();
  t.notOk(existsSync(join(folder, "cluster/postmaster.pid")), "the last one stops it");
});

t.test("after a kill of the server itself, and a pid file that names a stranger", async (t) => {
  const first = await start(folder, []);
  const file = join(folder, "cluster/postmaster.pid");
  const lines = readFileSync(file, "utf8").split("\n");
  const database = pool(first.ownerUrl);
  await database.execute("insert into kept values (1)");
  process.kill(Number(lines[0]), "SIGKILL");
  const second = await start(folder, []);
  const again = pool(second.ownerUrl);
  t.equal(await again.execute("select from kept"), 1);
  await again.close();
  await database.close();
  await second.stop();
  await first.stop();
  writeFileSync(file, [String(process.pid), ...lines.slice(1)].join("\n"));
  const third = await start(folder, []);
  await third.stop();
});

t.test("a server that is killed under a working hub comes back at the same address", async (t) => {
  const said: string[] = [];
  const server = await start(folder, said);
  const database = pool(server.ownerUrl);
  const before = await database.execute("insert into kept values (2)");
  const pid = Number(readFileSync(join(folder, "cluster/postmaster.pid"), "utf8").split("\n")[0]);
  process.kill(pid, "SIGKILL");
  let rows: { count: string }[] = [];
  // A session may answer for a moment after its server is dead.
  while (rows.length === 0 || said.length === 0) {
    try {
      rows = await database.query<{ count: string }>("select count(*) from kept where x = 2");
    } catch (error) {
      t.match(error, { message: /ECONNREFUSED|terminat|starting up|recovery/ });
      await pause(50);
    }
  }
  t.equal(rows[0]?.count, String(before));
  t.match(said, [/запускается снова/]);
  await database.close();
  await server.stop();
  t.notOk(existsSync(join(folder, "cluster/postmaster.pid")));
});

t.test("two processes start in one empty folder at once", async (t) => {
  const shared = temporaryFolder();
  const [child, server] = await Promise.all([otherProcess(shared), start(shared, [])]);
  const database = pool(server.ownerUrl);
  t.equal(await database.execute("select 1"), 1);
  await database.close();
  await killed(child);
  await server.stop();
});

const NOT_ROOT = process.getuid?.() !== 0 && "only root can work as another user";

t.test("below a folder that the server's user cannot pass", { skip: NOT_ROOT }, async (t) => {
  const closed = temporaryFolder();
  chmodSync(closed, 0o700);
  mkdirSync(join(closed, "data"));
  const said: string[] = [];
  const server = await start(join(closed, "data"), said);
  t.match(said, [/^Данные PostgreSQL лежат в /]);
  t.match(server.folder, /^\/var\/lib\/energohub\/data-/);
  await server.stop();
  rmSync(server.folder, { recursive: true });
});

t.test("as an ordinary user", { skip: NOT_ROOT }, async (t) => {
  const own = mkdtempSync("/var/tmp/energohub-user-");
  t.teardown(() => rmSync(own, { recursive: true, force: true }));
  chownSync(own, 1, 1);
  const child = await otherProcess(own, { uid: 1, gid: 1 });
  t.equal(statSync(join(own, "cluster")).uid, 1);
  const pid = Number(readFileSync(join(own, "cluster/postmaster.pid"), "utf8").split("\n")[0]);
  t.equal(statSync(`/proc/${pid}`).uid, 1);
  await killed(child);
  process.kill(pid, "SIGINT");
});

t.test("data of another major version is refused with the steps", async (t) => {
  const file = join(folder, "cluster/PG_VERSION");
  const version = readFileSync(file);
  writeFileSync(file, "17\n");
  await t.rejects(start(folder, []), {
    name: "StoreError",
    message: /PostgreSQL 17.*backup.*restore/s,
  });
  writeFileSync(file, version);
});

t.test(
  "openStore: on the embedded server, on an owner's address, on the hub's address",
  async (t) => {
    const data = temporaryFolder();
    const options = { folder: data, application: "test", connectionsMax: 2, say: () => undefined };
    const store = await openStore({}, options);
    t.match(store.runsOn, { kind: "embedded", citus: null, text: /^встроенный PostgreSQL \d+/ });
    await t.rejects(store.hub.execute("update fact set body = '{}'"), { code: "42501" });
    const { ownerUrl, stop } = await start(join(data, "pg"), []);
    const byOwner = await openStore({ DATABASE_URL: ownerUrl }, options);
    t.match(byOwner.runsOn, { kind: "server", text: /^PostgreSQL \d.*база energohub$/ });
    t.equal(byOwner.hub.role, store.hub.role, "the role and its password are made once");
    await byOwner.close();
    const byHub = await openStore({ DATABASE_URL: store.hubUrl }, options);
    t.equal(byHub.owner, null);
    await byHub.close();
    const both = await openStore(
      { DATABASE_URL: store.hubUrl, DATABASE_OWNER_URL: ownerUrl },
      options,
    );
    t.equal(both.hub.role, store.hub.role);
    await both.close();
    await stop();
    t.equal(await store.hub.execute("select 1"), 1, "one user of two has left");
    await store.close();
    t.notOk(existsSync(join(data, "pg/cluster/postmaster.pid")));
  },
);
