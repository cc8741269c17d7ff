import type { MessageId, Seq, Shard } from "../model/ids.ts";
import { COMMON_SHARD, SHARD_COUNT } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Database, Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { RunInShard, ShardTransaction } from "./shard-transaction.ts";
import { inShard } from "./shard-transaction.ts";

/** A message that writes several shards: all its legs are named before the first is written. */
export interface Document {
  readonly message: MessageId;
  readonly legs: readonly Shard[];
  /** Counter of common that the message was routed by. */
  readonly knownSeq: Seq;
}

/** Opens the documents in common; a document that stands is left as it is. */
export async function openDocuments(
  { transaction, shard, seq }: ShardTransaction,
  documents: readonly Document[],
): Promise<void> {
  invariant(shard === COMMON_SHARD, `a document in shard ${shard}`);
  if (documents.length === 0) return;
  await transaction.execute(
    `insert into document (shard, message, seq, legs, known_seq)
     select $1, message, $2, legs::smallint[], known_seq
     from unnest($3::bigint[], $4::text[], $5::bigint[]) w (message, legs, known_seq)
     on conflict (shard, message) do nothing`,
    [
      shard,
      seq,
      documents.map((document) => document.message),
      documents.map((document) => `{${document.legs.join(",")}}`),
      documents.map((document) => document.knownSeq),
    ],
  );
}

export async function readDocuments(
  queryable: Queryable,
  messages: readonly MessageId[],
): Promise<readonly Document[]> {
  const rows = await queryable.query<{ message: string; legs: number[]; known_seq: string }>(
    `select message, legs, known_seq from document
     where shard = $1 and message = any($2::bigint[])`,
    [COMMON_SHARD, messages],
  );
  return rows.map((row) => ({
    message: integer(row.message) as MessageId,
    legs: row.legs as Shard[],
    knownSeq: integer(row.known_seq) as Seq,
  }));
}

/** Messages whose leg in this shard is written, with the seq of each. Read it under the shard's lock. */
export async function readLegs(
  queryable: Queryable,
  shard: Shard,
  messages: readonly MessageId[],
): Promise<ReadonlyMap<MessageId, Seq>> {
  const rows = await queryable.query<{ message: string; seq: string }>(
    "select message, seq from leg where shard = $1 and message = any($2::bigint[])",
    [shard, messages],
  );
  return new Map(rows.map((row) => [integer(row.message) as MessageId, integer(row.seq) as Seq]));
}

/** The done-marks of the messages in this shard; they commit with what their legs write. */
export async function markLegs(
  { transaction, shard, seq }: ShardTransaction,
  messages: readonly MessageId[],
): Promise<void> {
  if (messages.length === 0) return;
  await transaction.execute(
    "insert into leg (shard, message, seq) select $1, message, $2 from unnest($3::bigint[]) message",
    [shard, seq, messages],
  );
}

/** Ends documents whose legs are all written; this is what a closing waits for, and it needs no lock of common. */
export async function closeDocuments(
  transaction: Transaction,
  messages: readonly MessageId[],
): Promise<void> {
  await transaction.execute(
    "update document set done = true where shard = $1 and message = any($2::bigint[])",
    [COMMON_SHARD, messages],
  );
}

export async function readOpenDocuments(queryable: Queryable): Promise<readonly MessageId[]> {
  const rows = await queryable.query<{ message: string }>(
    "select message from document where shard = $1 and not done order by message",
    [COMMON_SHARD],
  );
  return rows.map((row) => integer(row.message) as MessageId);
}

/** What a run or a closing knows: the counters of all shards, index = shard. */
export type Pin = readonly Seq[];

/**
 * Reads all counters. Under the lock of common pins are ordered among themselves: what one pin covers, every later one
 * does. A counter read as n means that every transaction up to n of its shard has committed.
 */
export async function takePin({ transaction, shard }: ShardTransaction): Promise<Pin> {
  invariant(shard === COMMON_SHARD, `a pin taken under the lock of shard ${shard}`);
  const rows = await transaction.query<{ shard: number; seq: string }>(
    "select shard, seq from shard_counter order by shard",
  );
  invariant(rows.length === SHARD_COUNT, `${rows.length} counters`);
  return rows.map((row) => integer(row.seq) as Seq);
}

/** A closing could not wait any longer: these documents are half written. */
export class OpenDocumentsError extends Error {
  override readonly name = "OpenDocumentsError";
  readonly messages: readonly MessageId[];
  constructor(messages: readonly MessageId[]) {
    super(`документы не дописаны: ${messages.join(", ")}`);
    this.messages = messages;
  }
}

const OPEN_DOCUMENTS_POLL_MS = 20;

/**
 * Runs `work` with a pin that holds no document half. The lock of common keeps new documents from opening, and those
 * that are open end without it, so the wait is as long as the documents under way.
 *
 * @param waitMs how long to wait for open documents; a document whose normaliser was killed ends only after a restart
 * @throws OpenDocumentsError after that time; nothing is written then
 */
export async function inClosing<Value>(
  database: Database,
  waitMs: number,
  work: (common: ShardTransaction, pin: Pin) => Promise<Value>,
  run: RunInShard = inShard,
): Promise<Value> {
  return run(database, COMMON_SHARD, async (common) => {
    await waitForDocuments(common.transaction, waitMs);
    return work(common, await takePin(common));
  });
}

/** Returns once no document is open. Call it under the lock of common. */
async function waitForDocuments(transaction: Transaction, waitMs: number): Promise<void> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const open = await readOpenDocuments(transaction);
    if (open.length === 0) return;
    if (performance.now() > untilMs) throw new OpenDocumentsError(open);
    await new Promise((resolve) => setTimeout(resolve, OPEN_DOCUMENTS_POLL_MS));
  }
}
