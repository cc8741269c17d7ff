import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Database, Queryable } from "./database.ts";
import { distribute } from "./distribution.ts";
import type { TableRights } from "./grants.ts";
import { HUB_RIGHTS } from "./grants.ts";
import { ensurePartitionsAhead } from "./partitions.ts";
import { StoreError } from "./store-error.ts";

export interface Migration {
  readonly number: number;
  /** "000001_shards_and_facts" */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export interface Migrated {
  /** Names of the files applied now; empty when the store was up to date. */
  readonly applied: readonly string[];
  /** Number of the last file. */
  readonly version: number;
  /** Role of the hub, and its password when `migrate` made the role. */
  readonly hubRole: string;
  readonly hubPassword: string | null;
}

/**
 * Messages arrive now and readings are dated near now: two months leave time to notice a stopped
 * scheduler.
 */
export const PARTITION_MONTHS_AHEAD = 2;
const FILE = /^(\d{6})_[a-z0-9_]+\.sql$/;
/** Any number that no other program uses as an advisory lock. */
const MIGRATION_LOCK = 7_381_905_533;

/** SQL files stand beside the sources; the compiled code lies deeper by one folder. */
export function storeFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return join(folder, "normalizer/store");
}

/** Every numbered file, ascending. */
export function readMigrations(): readonly Migration[] {
  const folder = join(storeFolder(), "migrations");
  const migrations = readdirSync(folder)
    .filter((file) => FILE.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), "utf8");
      return {
        number: Number(file.slice(0, 6)),
        name: file.slice(0, -4),
        sql,
        sha256: createHash("sha256").update(sql).digest("hex"),
      };
    });
  for (const [index, migration] of migrations.entries()) {
    if (migration.number === migrations[index - 1]?.number) {
      throw new StoreError(`две миграции с номером ${migration.number}: ${migration.name}`);
    }
  }
  return migrations;
}

/**
 * Brings the store to this version: applies the files not yet applied, each in a transaction of its
 * own, distributes the tables where Citus is present, makes the hub's role where none is given,
 * renews its rights, makes partitions ahead. Safe to run by several processes at once.
 *
 * @param owner   connection of the role that owns the tables
 * @param hubRole role of DATABASE_URL; null = make one for this database, with a random password
 * @throws StoreError when an applied file was changed, or the store is newer than this program
 */
export async function migrate(owner: Database, hubRole: string | null): Promise<Migrated> {
  return owner.transaction(async (lock) => {
    await lock.execute("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const applied = await applyMissing(owner);
    await distribute(owner);
    const access = await hubAccess(owner, hubRole);
    await owner.transaction((transaction) => grantRights(transaction, access.role));
    await ensurePartitionsAhead(owner, PARTITION_MONTHS_AHEAD);
    return {
      applied: applied.names,
      version: applied.version,
      hubRole: access.role,
      hubPassword: access.password,
    };
  });
}

/**
 * Checks that the store is exactly at this program's version: for a hub that is given no owner.
 *
 * @throws StoreError with what to run
 */
export async function requireCurrent(database: Queryable): Promise<number> {
  const migrations = readMigrations();
  const stored = await database.query<{ name: string; sha256: string }>(
    "select name, sha256 from schema_migration order by number",
  );
  const missing = missingOf(migrations, stored);
  if (missing.length > 0) {
    throw new StoreError(
      `Хранилище не обновлено: нет ${missing.map(({ name }) => name).join(", ")}.` +
        " Выполните npm run -s hub -- migrate с DATABASE_OWNER_URL.",
    );
  }
  return migrations.at(-1)?.number ?? 0;
}

async function applyMissing(owner: Database): Promise<{ names: string[]; version: number }> {
  await owner.execute(
    `create table if not exists schema_migration (
       number integer primary key,
       name text not null,
       sha256 text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  const migrations = readMigrations();
  const stored = await owner.query<{ name: string; sha256: string }>(
    "select name, sha256 from schema_migration order by number",
  );
  const missing = missingOf(migrations, stored);
  for (const migration of missing) {
    await owner.transaction(async (transaction) => {
      // Functions that work with the owner's rights keep this path: a temporary table of the caller
      // comes last.
      await transaction.query(
        "select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)",
      );
      await transaction.execute(migration.sql);
      await transaction.execute(
        "insert into schema_migration (number, name, sha256) values ($1, $2, $3)",
        [migration.number, migration.name, migration.sha256],
      );
    });
  }
  return { names: missing.map(({ name }) => name), version: migrations.at(-1)?.number ?? 0 };
}

function missingOf(
  migrations: readonly Migration[],
  stored: readonly { name: string; sha256: string }[],
): Migration[] {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const done = new Set<string>();
  for (const { name, sha256 } of stored) {
    const migration = byName.get(name);
    if (migration === undefined) {
      throw new StoreError(
        `В хранилище применена миграция ${name}, которой в этой версии хаба нет:` +
          " запустите более новую версию.",
      );
    }
    if (migration.sha256 !== sha256) {
      throw new StoreError(
        `Файл ${name}.sql изменён после применения.` +
          " Верните прежний текст; изменение — новым файлом.",
      );
    }
    done.add(name);
  }
  return migrations.filter(({ name }) => !done.has(name));
}

interface Access {
  readonly role: string;
  readonly password: string | null;
}

/** The role of the hub; made when the owner's address is the only one given. */
async function hubAccess(owner: Database, given: string | null): Promise<Access> {
  if (given !== null) {
    const same = await owner.query("select from hub_access where role = $1", [given]);
    if (same.length === 0) {
      await owner.execute("delete from hub_access");
      await owner.execute("insert into hub_access (role) values ($1)", [given]);
    }
    return { role: given, password: null };
  }
  const [stored] = await owner.query<{ role: string; password: string | null }>(
    `select role, password from hub_access a join pg_roles r on r.rolname = a.role
     where password is not null`,
  );
  if (stored !== undefined) return stored;
  const [name] = await owner.query<{ role: string; database: string }>(
    "select left(current_database() || '_hub', 63) as role, current_database() as database",
  );
  const role = name?.role ?? "hub";
  const password = randomBytes(24).toString("base64url");
  await owner.transaction(async (transaction) => {
    const found = await transaction.query("select from pg_roles where rolname = $1", [role]);
    const verb = found.length === 0 ? "create" : "alter";
    await transaction.execute(`${verb} role ${quoted(role)} login password '${password}'`);
    await transaction.execute("delete from hub_access");
    await transaction.execute("insert into hub_access (role, password) values ($1, $2)", [
      role,
      password,
    ]);
  });
  return { role, password };
}

/**
 * Renews the rights when they or the tables differ from what was granted last: each GRANT is a
 * write of catalogues.
 */
async function grantRights(owner: Queryable, role: string): Promise<void> {
  const tables = await owner.query<{ name: string; kind: string }>(
    `select c.relname as name, c.relkind as kind from pg_class c
     where c.relnamespace = current_schema()::regnamespace and not c.relispartition
       and c.relkind in ('r', 'p', 'v', 'S') and pg_get_userbyid(c.relowner) = current_user
     order by 1`,
  );
  const known = new Set(tables.map(({ name }) => name));
  const unknown = Object.keys(HUB_RIGHTS).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new StoreError(`права на неизвестные таблицы: ${unknown}`);
  const statements = [`grant usage on schema ${await currentSchema(owner)} to ${quoted(role)}`];
  for (const { name, kind } of tables) {
    statements.push(...statementsFor(name, kind, HUB_RIGHTS[name] ?? {}, quoted(role)));
  }
  const functions = await owner.query<{ signature: string }>(
    `select p.oid::regprocedure::text as signature from pg_proc p
     where p.pronamespace = current_schema()::regnamespace
       and pg_get_userbyid(p.proowner) = current_user
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     order by 1`,
  );
  for (const { signature } of functions) {
    statements.push(`revoke all on function ${signature} from public`);
    statements.push(`grant execute on function ${signature} to ${quoted(role)}`);
  }
  const text = statements.join(";\n");
  const rights = createHash("sha256").update(text).digest("hex");
  const granted = await owner.query("select from hub_access where rights = $1", [rights]);
  if (granted.length > 0) return;
  await owner.execute(text);
  await owner.execute("update hub_access set rights = $1", [rights]);
}

async function currentSchema(owner: Queryable): Promise<string> {
  const [row] = await owner.query<{ name: string }>("select quote_ident(current_schema()) as name");
  return row?.name ?? "public";
}

function statementsFor(name: string, kind: string, rights: TableRights, role: string): string[] {
  const object = `${kind === "S" ? "sequence " : ""}${quoted(name)}`;
  const statements = [`revoke all on ${object} from ${role}`];
  if (rights.none === true) return statements;
  if (kind === "S") return [...statements, `grant usage, select on ${object} to ${role}`];
  statements.push(`grant select on ${object} to ${role}`);
  if (rights.readOnly === true || kind === "v") return statements;
  statements.push(`grant insert on ${object} to ${role}`);
  if (rights.update === "all") statements.push(`grant update on ${object} to ${role}`);
  else if (rights.update !== undefined) {
    statements.push(
      `grant update (${rights.update.map(quoted).join(", ")}) on ${object} to ${role}`,
    );
  }
  if (rights.delete === true) statements.push(`grant delete on ${object} to ${role}`);
  return statements;
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
