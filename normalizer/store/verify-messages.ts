import { createHash } from "node:crypto";
import type { StoredPart } from "./capture-parts.ts";
import { unpackPart } from "./capture-parts.ts";
import type { Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { Check } from "./verify-check.ts";

interface MessageRow {
  readonly id: string;
  readonly received_on: string;
  readonly channel: string;
  readonly sha256: string;
  readonly size_bytes: string;
  readonly state: string;
  readonly duplicate_of: string | null;
}

interface StoredBytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

const PAGE_MESSAGES = 500;
const NO_BYTES: StoredBytes = {
  sha256: createHash("sha256").digest("hex"),
  sizeBytes: 0,
};

/**
 * The parts of each message, in order, hash to what was stored at its receipt; a duplicate has the
 * bytes of another.
 */
export const checkMessages: Check = async (transaction, findings) => {
  for (let after = 0; ; ) {
    const messages = await transaction.query<MessageRow>(
      `select id, received_on, channel, encode(sha256, 'hex') as sha256, size_bytes, state,
         outcome ->> 'duplicateOf' as duplicate_of
       from message where id > $1 order by id limit ${PAGE_MESSAGES}`,
      [after],
    );
    const last = messages.at(-1);
    if (last === undefined) return;
    after = integer(last.id);
    const stored = await storedBytes(transaction, messages);
    for (const message of messages) {
      const bytes =
        message.state === "duplicate"
          ? await originalBytes(transaction, message)
          : (stored.get(message.id) ?? NO_BYTES);
      const problem = differenceOf(message, bytes);
      if (problem !== null)
        findings.fail(`сообщение ${message.id} (${message.channel}): ${problem}`);
    }
    findings.saw(messages.length);
  }
};

function differenceOf(message: MessageRow, bytes: StoredBytes | null): string | null {
  if (bytes === null) return `нет сообщения ${message.duplicate_of}, копией которого оно названо`;
  if (bytes.sizeBytes !== integer(message.size_bytes)) {
    return `принято ${message.size_bytes} байт, хранится ${bytes.sizeBytes}`;
  }
  return bytes.sha256 === message.sha256 ? null : "байты изменены: хэш не сходится";
}

async function originalBytes(
  transaction: Transaction,
  message: MessageRow,
): Promise<StoredBytes | null> {
  const [original] = await transaction.query<{ sha256: string; size_bytes: string }>(
    `select encode(sha256, 'hex') as sha256, size_bytes from message
     where id = $1 and state <> 'duplicate'`,
    [message.duplicate_of],
  );
  if (original === undefined) return null;
  return { sha256: original.sha256, sizeBytes: integer(original.size_bytes) };
}

/**
 * The server hashes a small message of one part; those that are deflated or longer come over part
 * by part.
 */
async function storedBytes(
  transaction: Transaction,
  messages: readonly MessageRow[],
): Promise<ReadonlyMap<string, StoredBytes>> {
  const parts = await transaction.query<{
    message: string;
    parts: number;
    last: number;
    size_bytes: string;
    is_deflated: boolean;
  }>(
    `select message, count(*)::integer as parts, max(part) as last,
       sum(coalesce(inflated_bytes, length(bytes))) as size_bytes,
       bool_or(inflated_bytes is not null) as is_deflated
     from capture_part where message = any($1::bigint[]) and received_on = any($2::date[])
     group by message`,
    [messages.map(({ id }) => id), [...new Set(messages.map((row) => row.received_on))]],
  );
  const single = parts.filter((row) => row.parts === 1 && row.last === 0 && !row.is_deflated);
  const hashes = await transaction.query<{ message: string; sha256: string }>(
    `select message, encode(sha256(bytes), 'hex') as sha256 from capture_part
     where message = any($1::bigint[])`,
    [single.map(({ message }) => message)],
  );
  const byMessage = new Map(hashes.map(({ message, sha256 }) => [message, sha256]));
  const stored = new Map<string, StoredBytes>();
  for (const { message, last, size_bytes } of parts) {
    const sha256 = byMessage.get(message) ?? (await hashOfParts(transaction, message, last));
    stored.set(message, { sha256, sizeBytes: integer(size_bytes) });
  }
  return stored;
}

async function hashOfParts(
  transaction: Transaction,
  message: string,
  lastPart: number,
): Promise<string> {
  const hash = createHash("sha256");
  for (let part = 0; part <= lastPart; part++) {
    const rows = await transaction.query<StoredPart>(
      "select bytes, inflated_bytes from capture_part where message = $1 and part = $2",
      [message, part],
    );
    for (const row of rows) hash.update(await bytesOf(row));
  }
  return hash.digest("hex");
}

/** What can no longer be inflated was altered: its stored bytes hash to something else as well. */
async function bytesOf(part: StoredPart): Promise<Uint8Array> {
  return unpackPart(part).catch(() => part.bytes);
}
