import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type { Program } from "./embedded-program.ts";
import { findProgram, reachableFolder, serverEnvironment } from "./embedded-program.ts";
import { StoreError } from "./store-error.ts";

export interface EmbeddedOptions {
  /** Holds the data (`cluster/`), the password and the server's log; made when absent. */
  readonly folder: string;
  /** Database made when absent. */
  readonly database: string;
  /** Settings of postgresql.conf for this start, e.g. `{ fsync: "off" }` for tests. */
  readonly settings: Readonly<Record<string, string>>;
  /** Gets Russian sentences for the operator: a copy was made, a left-over server was found. */
  readonly say: (text: string) => void;
}

export interface EmbeddedServer {
  /** Connection of the owner: `postgres://owner:…@127.0.0.1:PORT/DATABASE`. */
  readonly ownerUrl: string;
  /** "18.4" */
  readonly version: string;
  readonly folder: string;
  /** Ends the server unless another process of the hub uses it too. */
  stop(): Promise<void>;
  /**
   * Orders the server to end at once and does not wait: for the last moment of a process, and for
   * data without worth.
   */
  abandon(): void;
}

const OWNER = "energohub_owner";
const POLL_MS = 20;
const WATCH_MS = 500;

interface Place {
  readonly program: Program;
  readonly folder: string;
  readonly cluster: string;
  readonly log: string;
}

/** What postmaster.pid tells of the server that works in the folder. */
interface Running {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/**
 * Starts PostgreSQL from the npm package on loopback, or attaches to the one that already works in
 * the folder: a killed hub leaves its server alive, and commands run beside a running hub.
 *
 * @throws StoreError when the package is absent, the data is of another major version, or the
 *   server does not start
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const program = findProgram(options.say);
  const folder = reachableFolder(options.folder, options.say);
  const place = {
    program,
    folder,
    cluster: join(folder, "cluster"),
    log: join(folder, "server.log"),
  };
  giveToServer(place, folder);
  refuseOtherVersion(place);
  const password = readPassword(place);
  if (!existsSync(place.cluster)) initialise(place);
  const user = enlist(folder);
  const { port } = await attachOrLaunch(place, options, null);
  const url = (database: string) => `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`;
  await createDatabase(url("postgres"), options.database);
  const unwatch = watch(place, options, port);
  return {
    ownerUrl: url(options.database),
    version: program.version,
    folder,
    async stop() {
      await unwatch();
      await leave(place, user);
    },
    abandon() {
      const running = runningServer(place);
      if (running !== null) process.kill(running.pid, "SIGQUIT");
    },
  };
}

/**
 * A server that was killed is started again where its users expect it; their pools connect anew.
 * Whoever of several processes is first launches it, the others attach.
 *
 * @returns ends the watch
 */
function watch(place: Place, options: EmbeddedOptions, port: number): () => Promise<void> {
  let launching: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (launching !== null || runningServer(place) !== null) return;
    options.say(`PostgreSQL в ${place.folder} остановлен не хабом и запускается снова.`);
    launching = attachOrLaunch(place, options, port)
      .then(
        () => undefined,
        (error: Error) => options.say(error.message),
      )
      .finally(() => {
        launching = null;
      });
  }, WATCH_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await launching;
  };
}

function refuseOtherVersion(place: Place): void {
  const file = join(place.cluster, "PG_VERSION");
  if (!existsSync(file)) return;
  const found = readFileSync(file, "utf8").trim();
  if (found === place.program.major) return;
  throw new StoreError(
    [
      `Данные в ${place.cluster} записаны PostgreSQL ${found},` +
        ` а в этой версии хаба — ${place.program.version}.`,
      "Перенесите их через резервную копию:",
      "  1. прежней версией хаба: npm run -s hub -- backup hub.backup",
      `  2. уберите папку: mv ${place.folder} ${place.folder}.pg${found}`,
      "  3. этой версией хаба: npm run -s hub -- restore hub.backup",
      "  4. проверьте: npm run -s hub -- verify",
    ].join("\n"),
  );
}

/**
 * The first process that comes makes the password; a link is atomic, so nobody reads half of it.
 */
function readPassword(place: Place): string {
  const file = join(place.folder, "password");
  if (!existsSync(file)) {
    const own = `${file}.${process.pid}`;
    writeFileSync(own, randomBytes(24).toString("base64url"), { mode: 0o600 });
    giveToServer(place, own);
    try {
      linkSync(own, file);
    } catch (cause) {
      if (!existsSync(file)) throw cause;
    }
    rmSync(own);
  }
  return readFileSync(file, "utf8");
}

function giveToServer(place: Place, path: string): void {
  const { uid, gid } = place.program.identity;
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Made beside and renamed whole, so that a kill in the middle leaves no half-made cluster. */
function initialise(place: Place): void {
  const draft = join(place.folder, `cluster.${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  const result = spawnSync(
    join(place.program.native, "bin/initdb"),
    [
      `--pgdata=${draft}`,
      `--username=${OWNER}`,
      `--pwfile=${join(place.folder, "password")}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-sync",
      "--no-instructions",
    ],
    { ...place.program.identity, env: serverEnvironment(), cwd: place.folder, encoding: "utf8" },
  );
  if (result.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new StoreError(
      `initdb в ${place.folder} не удался: ${result.error?.message ?? ""}${result.stderr ?? ""}`,
    );
  }
  try {
    renameSync(draft, place.cluster);
  } catch (cause) {
    // Two processes started at once: the other's cluster stands, ours goes.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(place.cluster)) throw cause;
  }
}

/** @param port where the server has to listen; null = any free one */
async function attachOrLaunch(
  place: Place,
  options: EmbeddedOptions,
  port: number | null,
): Promise<Running> {
  for (;;) {
    const running = runningServer(place);
    if (running === null) {
      const launched = await launch(place, options, port ?? (await freePort()));
      if (launched !== null) return launched;
      await pause(WATCH_MS);
    } else if (running.status === "ready") {
      options.say(`PostgreSQL уже работает в ${place.folder} (процесс ${running.pid}).`);
      return running;
    }
    // Starting, stopping, or another process was quicker: look again.
    await pause(POLL_MS);
  }
}

/**
 * Another process was quicker, the port is taken, or processes of a killed server have not ended
 * yet.
 */
const PASSING = new RegExp(
  [
    'lock file "postmaster.pid" already exists',
    "could not bind",
    "Address already in use",
    "pre-existing shared memory block",
  ].join("|"),
);

/**
 * @returns null when the start failed for a reason that time, another look or another port mends
 */
async function launch(
  place: Place,
  options: EmbeddedOptions,
  port: number,
): Promise<Running | null> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    timezone: "UTC",
    log_checkpoints: "off",
    max_connections: "100",
    ...options.settings,
  };
  const logFrom = existsSync(place.log) ? readFileSync(place.log).length : 0;
  const log = openSync(place.log, "a", 0o600);
  const child = spawn(
    join(place.program.native, "bin/postgres"),
    [
      "-D",
      place.cluster,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    {
      ...place.program.identity,
      env: serverEnvironment(),
      cwd: place.folder,
      // A group of its own: Ctrl-C at the terminal must reach the hub first, and the hub stops the
      // server last.
      detached: true,
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  let ended = "";
  child.on("error", (error) => {
    ended = error.message;
  });
  child.on("exit", (code, signal) => {
    ended ||= `код ${code ?? signal}`;
  });
  child.unref();
  while (ended === "") {
    const running = runningServer(place);
    if (running !== null && running.pid === child.pid && running.status === "ready") return running;
    await pause(POLL_MS);
  }
  const words = readFileSync(place.log).subarray(logFrom).toString("utf8");
  if (PASSING.test(words)) {
    return null;
  }
  throw new StoreError(
    `PostgreSQL в ${place.folder} не запустился (${ended}).` +
      ` Журнал ${place.log}:\n${words.slice(-2000)}`,
  );
}

/**
 * The live server of this folder by its postmaster.pid; null when there is none, or the file is a
 * dead one's.
 */
function runningServer(place: Place): Running | null {
  const file = join(place.cluster, "postmaster.pid");
  const lines = readIfThere(file)?.split("\n") ?? [];
  const pid = Number(lines[0] ?? "");
  if (!Number.isSafeInteger(pid) || pid <= 0 || !alive(pid)) return null;
  const command = readIfThere(`/proc/${pid}/cmdline`);
  if (command !== null && !command.split("\0").includes(place.cluster)) {
    // The number now belongs to another program; PostgreSQL would take it for a running server and
    // refuse.
    rmSync(file, { force: true });
    return null;
  }
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? "starting").trim() };
}

/** Files of a server or process that ends may vanish between any look and the reading. */
function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(String((error as NodeJS.ErrnoException).code))) return null;
    throw error;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A file per user of the server, named by its process, so that the last one to leave stops it. */
function enlist(folder: string): string {
  const users = join(folder, "users");
  mkdirSync(users, { recursive: true });
  const user = join(users, `${process.pid}-${randomBytes(4).toString("hex")}`);
  writeFileSync(user, "");
  return user;
}

async function leave(place: Place, user: string): Promise<void> {
  rmSync(user, { force: true });
  const users = join(place.folder, "users");
  for (const other of readdirSync(users)) {
    if (alive(Number(other.split("-")[0]))) return;
    rmSync(join(users, other), { force: true });
  }
  const running = runningServer(place);
  if (running === null) return;
  // SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything committed is on disk.
  process.kill(running.pid, "SIGINT");
  while (runningServer(place)?.pid === running.pid) await pause(POLL_MS);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("select from pg_database where datname = $1", [name]);
    if (found.rowCount === 0)
      await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    // 42P04: another process of the hub made it between the look and the order; 23505: at the same
    // instant.
    const { code } = error as { code?: string };
    if (code !== "42P04" && code !== "23505") throw error;
  } finally {
    await client.end();
  }
}
