import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import type { Frame } from "./archive.ts";
import { writeArchive } from "./archive.ts";
import type { Database, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { Progress, ReportProgress } from "./progress.ts";
import type { StoredTable } from "./tables.ts";
import { identifier, readTables } from "./tables.ts";

export interface BackupOptions {
  /** Encrypts the archive; null = readable by whoever holds the file. */
  readonly passphrase: string | null;
  readonly report: ReportProgress;
  /** Ends the work with its reason as the error. */
  readonly signal: AbortSignal;
}

export interface BackupSummary {
  readonly tables: number;
  readonly rows: number;
}

/** First frame: what restore must know before it touches the store. */
export interface ArchiveHead {
  readonly createdAt: string;
  readonly migrations: readonly { readonly name: string; readonly sha256: string }[];
  readonly sequences: readonly ArchivedSequence[];
  readonly rows: number;
}

export interface ArchivedSequence {
  readonly name: string;
  readonly lastValue: string;
  readonly called: boolean;
}

export type ArchivedTable = StoredTable & { readonly rows: number };

/** What was written of a table, against damage and loss. */
export interface ArchivedEnd {
  readonly rows: number;
  readonly sha256: string;
}

/**
 * Writes the whole store as of one instant into one archive: the hub goes on working. Passwords of
 * the database's roles are not in it.
 *
 * @param database the hub's role is enough
 */
export async function backup(
  database: Database,
  output: Writable,
  options: BackupOptions,
): Promise<BackupSummary> {
  return database.transaction(
    async (transaction) => {
      const tables = await counted(transaction);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      await writeArchive(frames(transaction, tables, rows, options), output, options.passphrase);
      return { tables: tables.length, rows };
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

/**
 * Exact counts of the same instant: they make progress honest and tell a restore what it must find.
 */
async function counted(transaction: Transaction): Promise<readonly ArchivedTable[]> {
  const tables: ArchivedTable[] = [];
  for (const table of await readTables(transaction)) {
    const [row] = await transaction.query<{ rows: string }>(
      `select count(*) as rows from ${identifier(table.name)}`,
    );
    tables.push({ ...table, rows: integer(row?.rows ?? "") });
  }
  return tables;
}

async function* frames(
  transaction: Transaction,
  tables: readonly ArchivedTable[],
  rows: number,
  { report, signal }: BackupOptions,
): AsyncGenerator<Frame> {
  yield json("J", await headOf(transaction, rows));
  const progress: Progress = { done: 0, total: rows, unit: "строк" };
  for (const table of tables) {
    const { name, columns } = table;
    yield json("T", table);
    const list = columns.map(identifier).join(", ");
    const hash = createHash("sha256");
    let copied = 0;
    const text = transaction.copyOut(
      `copy (select ${list} from ${identifier(name)}) to stdout`,
    ) as AsyncIterable<Buffer>;
    for await (const bytes of text) {
      hash.update(bytes);
      const lines = countLines(bytes);
      copied += lines;
      progress.done += lines;
      report(progress);
      signal.throwIfAborted();
      yield { type: "D", bytes };
    }
    const end: ArchivedEnd = { rows: copied, sha256: hash.digest("hex") };
    yield json("E", end);
  }
  yield { type: "Z", bytes: Buffer.alloc(0) };
}

async function headOf(transaction: Transaction, rows: number): Promise<ArchiveHead> {
  const [now] = await transaction.query<{ now: string }>("select now()::text as now");
  const migrations = await transaction.query<{ name: string; sha256: string }>(
    "select name, sha256 from schema_migration order by number",
  );
  const names = await transaction.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relkind = 'S' and c.relnamespace = current_schema()::regnamespace
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     order by 1`,
  );
  const sequences: ArchivedSequence[] = [];
  for (const { name } of names) {
    const [row] = await transaction.query<{ last_value: string; is_called: boolean }>(
      `select last_value, is_called from ${identifier(name)}`,
    );
    if (row === undefined) continue;
    sequences.push({ name, lastValue: row.last_value, called: row.is_called });
  }
  return { createdAt: now?.now ?? "", migrations, sequences, rows };
}

function json(type: Frame["type"], value: object): Frame {
  return { type, bytes: Buffer.from(JSON.stringify(value)) };
}

/** COPY text writes each row on one line: a line feed inside a value is escaped. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
