import type { Readable } from "node:stream";
import { Readable as ReadableStream } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase, PoolClient } from "pg";
import { Pool, types } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { invariant } from "../model/result.ts";
import { CopyIn } from "./copy-in.ts";
import { CopyOut } from "./copy-out.ts";

/**
 * What a parameter of a query may be. Dates and bigints go as text or number, arrays as arrays,
 * bytea as Buffer.
 */
export type Parameter =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly Parameter[]
  | object;

/**
 * Runs SQL with parameters. How columns arrive: bigint and numeric as strings (see `integer`), date
 * as "2025-03-31", timestamptz as "2025-03-31 21:00:00+00" (sessions are in UTC), smallint and
 * integer as numbers, bytea as Buffer, jsonb parsed, arrays as arrays of the same.
 */
export interface Queryable {
  query<Row>(text: string, values?: readonly Parameter[]): Promise<Row[]>;
  /** For what returns no rows. @returns number of rows that the statement touched */
  execute(text: string, values?: readonly Parameter[]): Promise<number>;
}

/** Text or bytes of rows, in pieces of any size; about 64 kB are best. */
export type CopySource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Iterable<string>;

/** One connection inside BEGIN … COMMIT. */
export interface Transaction extends Queryable {
  /** `text` is a COPY … FROM STDIN. @returns number of rows copied */
  copyIn(text: string, source: CopySource): Promise<number>;
  /** `text` is a COPY … TO STDOUT. Read it to the end before the next query of this transaction. */
  copyOut(text: string): Readable;
  /** The same whole, in one buffer: several times cheaper per row, for what fits in memory. */
  copyBytes(text: string): Promise<Buffer>;
}

export interface TransactionOptions {
  /**
   * "read committed" is the rule of the store; "repeatable read" is for one consistent view of
   * everything.
   */
  readonly isolation?: "read committed" | "repeatable read";
  readonly readOnly?: boolean;
}

export interface Database extends Queryable {
  /** Role that the connections log in as. */
  readonly role: string;
  /**
   * Commits when `work` resolves, rolls back and rethrows when it rejects. After a rejected COMMIT
   * the outcome is unknown: whoever repeats the work must find out by what the work itself stored.
   */
  transaction<Value>(
    work: (transaction: Transaction) => Promise<Value>,
    options?: TransactionOptions,
  ): Promise<Value>;
  /**
   * Calls `heard` at every NOTIFY on the channel until the returned function is called. A lost
   * connection is made anew, and `heard` is called once for what may have been missed meanwhile.
   */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** Gets the failure of an idle connection (server restarted); the pool replaces it by itself. */
  readonly onIdleError: (error: Error) => void;
}

const DATE = 1082;
const DATE_ARRAY = 1182;
const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;
const TIMESTAMP = 1114;
const INTERVAL = 1186;
/** The package types array oids as unknown; text[] splits an array without reading its elements. */
const TEXT_ARRAY = 1009 as never;
const AS_TEXT = new Set<number>([DATE, TIMESTAMPTZ, TIMESTAMP, INTERVAL]);
const AS_TEXT_ARRAY = new Set<number>([DATE_ARRAY, TIMESTAMPTZ_ARRAY]);

/** pg would turn dates into `Date` at local midnight, which loses the day in any zone but one. */
const columnTypes = {
  getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
    if (AS_TEXT.has(oid)) return (value) => value;
    if (AS_TEXT_ARRAY.has(oid)) return types.getTypeParser(TEXT_ARRAY);
    return types.getTypeParser(oid, format);
  },
};

/**
 * Opens a pool; connections are made as they are needed, so a wrong address shows at the first
 * query.
 */
export function connect(options: ConnectOptions): Database {
  const pool = new Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    application_name: options.application,
    options: "-c timezone=UTC -c datestyle=ISO -c client_min_messages=warning",
    types: columnTypes,
  });
  pool.on("error", options.onIdleError);
  // A connection that dies while it is handed from one user to the next has no listener of its own,
  // and an error that nobody hears ends the process. Its next query reports the loss again.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return {
    role: decodeURIComponent(new URL(options.url).username),
    query: (text, values) => query(pool, text, values),
    execute: (text, values) => execute(pool, text, values),
    transaction: (work, transactionOptions) => transact(pool, work, transactionOptions ?? {}),
    listen: async (channel, heard) => {
      const listener = new Listener(pool, channel, heard);
      await listener.start();
      return () => listener.stop();
    },
    close: () => pool.end(),
  };
}

/**
 * A bigint column as a safe integer. Ids, counters, kopecks and volumes fit by design; anything
 * else is a defect.
 */
export function integer(text: string): number {
  const value = Number(text);
  invariant(text !== "" && Number.isSafeInteger(value), `not a safe integer: ${text}`);
  return value;
}

type Runner = Pick<ClientBase, "query">;

async function query<Row>(
  runner: Runner | Pool,
  text: string,
  values: readonly Parameter[] | undefined,
): Promise<Row[]> {
  const result = await runner.query(text, values as unknown[] | undefined);
  return result.rows as Row[];
}

async function execute(
  runner: Runner | Pool,
  text: string,
  values: readonly Parameter[] | undefined,
): Promise<number> {
  const result = await runner.query(text, values as unknown[] | undefined);
  return result.rowCount ?? 0;
}

async function transact<Value>(
  pool: Pool,
  work: (transaction: Transaction) => Promise<Value>,
  options: TransactionOptions,
): Promise<Value> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(
      `begin isolation level ${options.isolation ?? "read committed"}` +
        (options.readOnly === true ? " read only" : ""),
    );
    const value = await work(transactionOn(client));
    await client.query("commit");
    return value;
  } catch (error) {
    try {
      await client.query("rollback");
    } catch (failure) {
      // The connection is gone or in the middle of a COPY: it must not come back to the pool.
      broken = failure as Error;
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

function transactionOn(client: PoolClient): Transaction {
  return {
    query: (text, values) => query(client, text, values),
    execute: (text, values) => execute(client, text, values),
    async copyIn(text, source) {
      // An array is in memory already: it needs no stream, which costs more than a small COPY.
      if (Array.isArray(source)) return client.query(new CopyIn(text, source)).result;
      const target = client.query(copyFrom(text));
      await pipeline(ReadableStream.from(source, { objectMode: false }), target);
      return target.rowCount ?? 0;
    },
    copyOut: (text) => client.query(copyTo(text)),
    copyBytes: (text) => client.query(new CopyOut(text)).result,
  };
}

const LISTEN_AGAIN_MS = 1000;

/** One connection of the pool that listens, and its successors after a loss. */
class Listener {
  readonly #pool: Pool;
  readonly #channel: string;
  readonly #heard: (payload: string) => void;
  #client: PoolClient | null = null;
  #stopped = false;

  constructor(pool: Pool, channel: string, heard: (payload: string) => void) {
    this.#pool = pool;
    this.#channel = channel;
    this.#heard = heard;
  }

  async start(): Promise<void> {
    const client = await this.#pool.connect();
    client.on("notification", ({ channel, payload }) => {
      if (channel === this.#channel) this.#heard(payload ?? "");
    });
    client.on("error", () => this.#lost(client));
    await client.query(`listen ${client.escapeIdentifier(this.#channel)}`);
    this.#client = client;
    if (this.#stopped) await this.stop();
  }

  /** The connection is closed and not given back: it would go on listening. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#client?.release(true);
    this.#client = null;
  }

  #lost(client: PoolClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.release(true);
    this.#again();
  }

  #again(): void {
    setTimeout(() => {
      if (this.#stopped) return;
      this.start().then(
        () => this.#heard(""),
        () => this.#again(),
      );
    }, LISTEN_AGAIN_MS).unref();
  }
}
