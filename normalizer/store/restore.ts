import { createHash } from "node:crypto";
import type { Frame, FrameType } from "./archive.ts";
import { readArchive } from "./archive.ts";
import type { ArchivedEnd, ArchivedTable, ArchiveHead, BackupSummary } from "./backup.ts";
import { countLines } from "./backup.ts";
import type { Database, Queryable, Transaction } from "./database.ts";
import { readMigrations } from "./migrate.ts";
import type { Progress, ReportProgress } from "./progress.ts";
import { StoreError } from "./store-error.ts";
import { identifier, readTables } from "./tables.ts";

export interface RestoreOptions {
  readonly passphrase: string | null;
  readonly report: ReportProgress;
  /** Ends the work with its reason as the error; the store stays empty. */
  readonly signal: AbortSignal;
}

/** Tables that a migration fills; every other one is empty in an empty store. A test compares. */
export const SEEDED: readonly string[] = ["shard_counter"];

/**
 * Fills an empty, migrated store from an archive, in one transaction: after a failure it is empty
 * as before.
 *
 * @param owner connection of the role that owns the tables
 * @throws StoreError when the store holds anything, the archive is of other migrations, or its
 *   bytes are damaged
 */
export async function restore(
  owner: Database,
  input: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<BackupSummary> {
  return owner.transaction(async (transaction) => {
    await refuseFilled(transaction);
    const archive = new ArchiveFrames(readArchive(input, options.passphrase));
    const head = await archive.json<ArchiveHead>("J");
    refuseOtherMigrations(head);
    const known = new Map((await readTables(transaction)).map((table) => [table.name, table]));
    const progress: Progress = { done: 0, total: head.rows, unit: "строк" };
    const attached = new Set<number>();
    let tables = 0;
    for (;;) {
      const frame = await archive.next();
      if (frame.type === "Z") break;
      const table = parse<ArchivedTable>(frame, "T");
      if (table.run === null && !known.has(table.name)) {
        throw new StoreError(`В копии есть таблица ${table.name}, которой в хранилище нет.`);
      }
      if (table.run?.attached === true) attached.add(table.run.id);
      // The tables of runs are attached while nothing is known of what became of the runs.
      if (table.name === "run_event") await attach(transaction, attached);
      await fill(transaction, table, archive, progress, options);
      tables += 1;
    }
    await archive.end();
    for (const { name, lastValue, called } of head.sequences) {
      await transaction.query("select setval($1::regclass, $2::bigint, $3)", [
        identifier(name),
        lastValue,
        called,
      ]);
    }
    return { tables, rows: progress.done };
  });
}

/** A run brings its children along, hence the order and the look. */
async function attach(transaction: Queryable, runs: ReadonlySet<number>): Promise<void> {
  for (const run of [...runs].sort((a, b) => a - b)) {
    const alone = await transaction.query(
      "select from pg_class where oid = $1::regclass and not relispartition",
      [`charge_line_${run}`],
    );
    if (alone.length > 0) await transaction.query("select post_run($1)", [run]);
  }
}

async function refuseFilled(transaction: Queryable): Promise<void> {
  for (const { name } of await readTables(transaction)) {
    const condition = name === "shard_counter" ? "where seq > 0" : "";
    if (SEEDED.includes(name) && condition === "") continue;
    const found = await transaction.query(`select from ${identifier(name)} ${condition} limit 1`);
    if (found.length > 0) {
      throw new StoreError(
        `Хранилище не пусто (таблица ${name}): восстанавливать можно только в новую базу.`,
      );
    }
  }
}

function refuseOtherMigrations(head: ArchiveHead): void {
  const own = readMigrations().map(({ name, sha256 }) => `${name} ${sha256}`);
  const archived = head.migrations.map(({ name, sha256 }) => `${name} ${sha256}`);
  const differing = [...own, ...archived].find((m) => !own.includes(m) || !archived.includes(m));
  if (differing === undefined) return;
  throw new StoreError(
    `Копия от ${head.createdAt} сделана другой версией хаба` +
      ` (миграция ${differing.split(" ")[0]}).` +
      " Восстановите её той версией, что её сделала, затем запустите эту: она обновит хранилище.",
  );
}

async function fill(
  transaction: Transaction,
  table: ArchivedTable,
  archive: ArchiveFrames,
  progress: Progress,
  { report, signal }: RestoreOptions,
): Promise<void> {
  const { name, columns, months, run, rows } = table;
  if (run !== null) await transaction.query("select open_run($1)", [run.id]);
  if (SEEDED.includes(name)) await transaction.execute(`truncate ${identifier(name)}`);
  if (months.length > 0) {
    await transaction.query("select ensure_partitions($1, $2::date[])", [name, months]);
  }
  const hash = createHash("sha256");
  async function* rowsOf(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const frame = await archive.next();
      if (frame.type !== "D") {
        const end = parse<ArchivedEnd>(frame, "E");
        // Checked before the stream ends, so that damage ends the COPY too.
        if (end.sha256 !== hash.digest("hex") || end.rows !== rows) throw damagedTable(name);
        return;
      }
      hash.update(frame.bytes);
      progress.done += countLines(frame.bytes);
      report(progress);
      signal.throwIfAborted();
      yield frame.bytes;
    }
  }
  const list = columns.map(identifier).join(", ");
  let copied: number;
  try {
    copied = await transaction.copyIn(`copy ${identifier(name)} (${list}) from stdin`, rowsOf());
  } catch (cause) {
    // The server may stumble over damaged rows before their hash is known: class 22 is bad data, 23
    // a broken rule.
    if (/^2[23]/.test(String((cause as { code?: string }).code))) throw damagedTable(name, cause);
    throw cause;
  }
  if (copied !== rows) throw damagedTable(name);
}

function damagedTable(name: string, cause?: unknown): StoreError {
  return new StoreError(`Резервная копия повреждена в таблице ${name}: возьмите другую.`, {
    cause,
  });
}

/** The frames one by one, from one place of reading. */
class ArchiveFrames {
  readonly #frames: AsyncGenerator<Frame>;

  constructor(frames: AsyncGenerator<Frame>) {
    this.#frames = frames;
  }

  async next(): Promise<Frame> {
    const { value, done } = await this.#frames.next();
    if (done === true) throw new StoreError("Резервная копия обрезана: возьмите другую.");
    return value;
  }

  async json<Value>(type: FrameType): Promise<Value> {
    return parse<Value>(await this.next(), type);
  }

  /** Reads past the last frame, which checks the archive's own checksum. */
  async end(): Promise<void> {
    await this.#frames.next();
  }
}

function parse<Value>(frame: Frame, type: FrameType): Value {
  if (frame.type !== type)
    throw new StoreError("Резервная копия повреждена: нарушен порядок частей.");
  return JSON.parse(frame.bytes.toString("utf8")) as Value;
}
