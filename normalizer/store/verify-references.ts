import type { Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { identifier, readTables } from "./tables.ts";
import type { Check } from "./verify-check.ts";
import { batches } from "./verify-check.ts";

const BATCH_ROWS = 10_000;
/** Their rows belong to a message and not to what came of it. */
const PARTS_OF_MESSAGE = ["capture_part", "message_problem"];

/**
 * Every row that names a message names one that exists. Messages older than the oldest kept one
 * went with their partition after the retention, so what they left is not asked about.
 */
export const checkReferences: Check = async (transaction, findings) => {
  const [kept] = await transaction.query<{ oldest: string | null }>(
    "select min(id) as oldest from message",
  );
  const oldest = kept?.oldest ?? null;
  for (const { name, columns } of await readTables(transaction)) {
    if (!columns.includes("message")) continue;
    const from = PARTS_OF_MESSAGE.includes(name) || oldest === null ? "0" : oldest;
    const text = `select distinct message from ${identifier(name)} where message >= ${integer(from)}
      order by message`;
    for await (const rows of batches<{ message: string }>(transaction, text, BATCH_ROWS)) {
      const ids = rows.map(({ message }) => message);
      const missing = await absentMessages(transaction, ids);
      for (const id of missing) findings.fail(`${name}: нет сообщения ${id}`);
      findings.saw(rows.length);
    }
  }
};

async function absentMessages(
  transaction: Transaction,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await transaction.query<{ id: string }>(
    "select id from message where id = any($1::bigint[])",
    [ids],
  );
  const present = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !present.has(id));
}

interface DocumentRow {
  readonly message: string;
  readonly legs: number[];
  readonly done: boolean;
}

/**
 * A document that is done has every leg that it named; a leg belongs to a document that named its
 * shard.
 */
export const checkDocuments: Check = async (transaction, findings) => {
  const documents = "select message, legs, done from document order by message";
  for await (const rows of batches<DocumentRow>(transaction, documents, BATCH_ROWS)) {
    const legs = await legsOf(
      transaction,
      rows.map(({ message }) => message),
    );
    for (const { message, legs: named, done } of rows) {
      const written = legs.get(message) ?? new Set<number>();
      const missing = named.filter((shard) => !written.has(shard));
      if (done && missing.length > 0) {
        findings.fail(
          `документ ${message} закрыт, но нет его частей в шардах ${missing.join(", ")}`,
        );
      }
      const foreign = [...written].filter((shard) => !named.includes(shard));
      if (foreign.length > 0) {
        findings.fail(`документ ${message}: лишние части в шардах ${foreign.join(", ")}`);
      }
    }
    findings.saw(rows.length);
  }
  const legs = "select distinct message from leg order by message";
  for await (const rows of batches<{ message: string }>(transaction, legs, BATCH_ROWS)) {
    const ids = rows.map(({ message }) => message);
    const found = await transaction.query<{ message: string }>(
      "select message from document where message = any($1::bigint[])",
      [ids],
    );
    const present = new Set(found.map(({ message }) => message));
    for (const id of ids) if (!present.has(id)) findings.fail(`часть без документа ${id}`);
    findings.saw(rows.length);
  }
};

async function legsOf(
  transaction: Transaction,
  messages: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const rows = await transaction.query<{ message: string; shard: number }>(
    "select message, shard from leg where message = any($1::bigint[])",
    [messages],
  );
  const legs = new Map<string, Set<number>>();
  for (const { message, shard } of rows) {
    const shards = legs.get(message) ?? new Set<number>();
    shards.add(shard);
    legs.set(message, shards);
  }
  return legs;
}
