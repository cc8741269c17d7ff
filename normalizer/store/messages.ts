import { createHash } from "node:crypto";
import type { Day } from "../model/dates.ts";
import { day, formatDay } from "../model/dates.ts";
import type { MessageId, OrganisationId } from "../model/ids.ts";
import type { RecordCounts } from "../model/intake-facts.ts";
import type { Problem } from "../model/problems.ts";
import { invariant } from "../model/result.ts";
import type { StoredPart } from "./capture-parts.ts";
import { PART_BYTES_MAX, packPart, unpackPart } from "./capture-parts.ts";
import type { Database, Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { ensurePartitions } from "./partitions.ts";

/** Where a message is: `posting` = its document stands and legs may be written; the last five are ends. */
export type MessageState =
  | "received"
  | "posting"
  | "posted"
  | "waiting"
  | "quarantined"
  | "rejected"
  | "duplicate";

export interface IncomingMessage {
  readonly organisation: OrganisationId;
  readonly channel: string;
  readonly name: string;
  readonly receivedAtMs: number;
  readonly parts: AsyncIterable<Uint8Array>;
  readonly envelope: Readonly<Record<string, string>>;
}

export interface StoredMessage {
  readonly message: MessageId;
  readonly sha256: string;
  /** The same bytes were posted through this channel before. */
  readonly duplicate: boolean;
}

const PARTITIONED_BY_ARRIVAL = ["message", "capture_part", "message_problem", "interval_patch"];

/**
 * Stores messages whole in one transaction; once it resolves their senders may be acknowledged. The hash is computed
 * while the parts are stored, so a message is never held in memory. Bytes that were posted through the channel before
 * leave a row of the message, visible as a duplicate, and no second copy.
 */
export async function storeMessages(
  database: Database,
  messages: readonly IncomingMessage[],
): Promise<readonly StoredMessage[]> {
  const days = messages.map((message) => formatDay(receivedDay(message.receivedAtMs)));
  for (const table of PARTITIONED_BY_ARRIVAL) {
    await ensurePartitions(database, table, days);
  }
  return database.transaction(async (transaction) => {
    const stored: StoredMessage[] = [];
    for (const message of messages) stored.push(await storeMessage(transaction, message));
    return stored;
  });
}

/** UTC day of arrival: the partition of the message and of its patches. */
export function receivedDay(receivedAtMs: number): Day {
  return Math.floor(receivedAtMs / 86_400_000) as Day;
}

async function storeMessage(
  transaction: Transaction,
  message: IncomingMessage,
): Promise<StoredMessage> {
  const [next] = await transaction.query<{ id: string }>("select nextval('object_id') as id");
  const id = integer(next?.id ?? "") as MessageId;
  const receivedOn = formatDay(receivedDay(message.receivedAtMs));
  await transaction.execute("savepoint capture");
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let part = 0;
  for await (const bytes of message.parts) {
    invariant(bytes.length <= PART_BYTES_MAX, `a part of ${bytes.length} bytes`);
    if (bytes.length === 0) continue;
    hash.update(bytes);
    sizeBytes += bytes.length;
    const packed = await packPart(bytes);
    await transaction.execute(
      `insert into capture_part (message, received_on, part, bytes, inflated_bytes)
       values ($1, $2, $3, $4, $5)`,
      [id, receivedOn, part, Buffer.from(packed.bytes), packed.inflated_bytes],
    );
    part += 1;
  }
  const digest = hash.digest();
  const sha256 = digest.toString("hex");
  const [posted] = await transaction.query<{ id: string }>(
    "select id from unique_key where key = $1 and kind = 'message-hash' and organisation = $2",
    [hashKey(message.channel, sha256), message.organisation],
  );
  if (posted !== undefined) await transaction.execute("rollback to savepoint capture");
  await transaction.execute(
    `insert into message (id, received_on, organisation, channel, name, received_at, sha256,
       size_bytes, envelope, state, outcome)
     values ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), $7, $8, $9, $10, $11)`,
    [
      id,
      receivedOn,
      message.organisation,
      message.channel,
      message.name,
      message.receivedAtMs,
      digest,
      sizeBytes,
      JSON.stringify(message.envelope),
      posted === undefined ? "received" : "duplicate",
      posted === undefined ? null : JSON.stringify({ duplicateOf: integer(posted.id) }),
    ],
  );
  return { message: id, sha256, duplicate: posted !== undefined };
}

/** Key of kind `message-hash`. */
export function hashKey(channel: string, sha256: string): string {
  return `${channel}/${sha256}`;
}

/** A message of the inbox without its bytes. */
export interface InboxMessage {
  readonly message: MessageId;
  readonly receivedOn: Day;
  readonly receivedAtMs: number;
  readonly organisation: OrganisationId;
  readonly channel: string;
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly state: MessageState;
}

interface InboxRow {
  readonly id: string;
  readonly received_on: string;
  readonly received_at_ms: string;
  readonly organisation: number;
  readonly channel: string;
  readonly name: string;
  readonly sha256: string;
  readonly size_bytes: string;
  readonly state: MessageState;
}

const COLUMNS = `id, received_on, (extract(epoch from received_at) * 1000)::bigint as received_at_ms,
  organisation, channel, name, encode(sha256, 'hex') as sha256, size_bytes, state`;

function inboxMessageOf(row: InboxRow): InboxMessage {
  return {
    message: integer(row.id) as MessageId,
    receivedOn: day(row.received_on),
    receivedAtMs: integer(row.received_at_ms),
    organisation: row.organisation as OrganisationId,
    channel: row.channel,
    name: row.name,
    sha256: row.sha256,
    sizeBytes: integer(row.size_bytes),
    state: row.state,
  };
}

export interface ClaimLimits {
  readonly messagesMax: number;
  /** Messages to pass by: they have just failed and are tried again later. */
  readonly except: ReadonlySet<MessageId>;
  /** The first message is taken whatever its size. */
  readonly bytesMax: number;
}

/**
 * Claims messages that are not yet processed, oldest first, for as long as the transaction lasts: with it ends, also by
 * a kill of the process, another normaliser may take them. Advisory locks by id, because the claim must not lock the
 * row (its state is written by another connection) and row locks that are skipped work on no distributed table.
 * Started documents are claimed alone, so that they can be ended while a closing holds up new ones.
 */
export async function claimMessages(
  transaction: Transaction,
  limits: ClaimLimits,
): Promise<readonly InboxMessage[]> {
  const started = await claimState(transaction, "posting", limits);
  return started.length > 0 ? started : claimState(transaction, "received", limits);
}

async function claimState(
  transaction: Transaction,
  state: "received" | "posting",
  limits: ClaimLimits,
): Promise<readonly InboxMessage[]> {
  const claimed: InboxMessage[] = [];
  let bytes = 0;
  let after = 0;
  while (claimed.length < limits.messagesMax) {
    const candidates = await transaction.query<{ id: string; size_bytes: string }>(
      `select id, size_bytes from message where state = $1 and id > $2 order by id limit $3`,
      [state, after, limits.messagesMax],
    );
    if (candidates.length === 0) break;
    for (const candidate of candidates) {
      after = integer(candidate.id);
      const sizeBytes = integer(candidate.size_bytes);
      if (limits.except.has(after as MessageId)) continue;
      if (claimed.length > 0 && bytes + sizeBytes > limits.bytesMax) return claimed;
      const message = await claimOne(transaction, after, state);
      if (message === null) continue;
      claimed.push(message);
      bytes += sizeBytes;
      if (claimed.length === limits.messagesMax) break;
    }
  }
  return claimed;
}

/** Between the look and the lock another normaliser may have ended the message: its state is read again. */
async function claimOne(
  transaction: Transaction,
  id: number,
  state: MessageState,
): Promise<InboxMessage | null> {
  if (!(await lockMessage(transaction, id as MessageId))) return null;
  const [row] = await transaction.query<InboxRow>(
    `select ${COLUMNS} from message where id = $1 and state = $2`,
    [id, state],
  );
  return row === undefined ? null : inboxMessageOf(row);
}

/** Messages by id, in no order. */
export async function readMessages(
  queryable: Queryable,
  messages: readonly MessageId[],
): Promise<readonly InboxMessage[]> {
  const rows = await queryable.query<InboxRow>(
    `select ${COLUMNS} from message where id = any($1::bigint[])`,
    [messages],
  );
  return rows.map(inboxMessageOf);
}

/**
 * Locks one message like a claim does, for as long as the transaction lasts.
 *
 * @returns false when another normaliser has it
 */
export async function lockMessage(transaction: Transaction, message: MessageId): Promise<boolean> {
  const [lock] = await transaction.query<{ taken: boolean }>(
    "select pg_try_advisory_xact_lock($1) as taken",
    [message],
  );
  return lock?.taken === true;
}

/** The bytes as they came, part by part. */
export async function* readBytes(
  queryable: Queryable,
  message: Pick<InboxMessage, "message" | "receivedOn">,
): AsyncGenerator<Uint8Array> {
  for (let part = 0; ; part += 1) {
    const [row] = await queryable.query<StoredPart>(
      `select bytes, inflated_bytes from capture_part
       where message = $1 and received_on = $2 and part = $3`,
      [message.message, formatDay(message.receivedOn), part],
    );
    if (row === undefined) return;
    yield await unpackPart(row);
  }
}

/** What became of a message, seen in the console; `duplicateOf` only in the state `duplicate`. */
export interface MessageOutcome {
  readonly records?: RecordCounts;
  /** Records that a restated equal value or an older version made a no-op, counted inside `records.accepted`. */
  readonly unchanged?: number;
  readonly duplicateOf?: number;
}

export interface MessageEnd {
  readonly message: MessageId;
  readonly receivedOn: Day;
  readonly state: Exclude<MessageState, "received">;
  readonly outcome: MessageOutcome | null;
  readonly problems: readonly Problem[];
}

/** Writes states, outcomes and problems. A message that has ended already is left as it is: the call may be repeated. */
export async function endMessages(
  transaction: Transaction,
  ends: readonly MessageEnd[],
): Promise<void> {
  if (ends.length === 0) return;
  const rows = await transaction.query<{ id: string }>(
    `update message m set state = w.state, outcome = w.outcome
     from unnest($1::bigint[], $2::date[], $3::text[], $4::jsonb[])
       w (id, received_on, state, outcome)
     where m.id = w.id and m.received_on = w.received_on and m.state in ('received', 'posting')
     returning m.id`,
    [
      ends.map((end) => end.message),
      ends.map((end) => formatDay(end.receivedOn)),
      ends.map((end) => end.state),
      ends.map((end) => (end.outcome === null ? null : JSON.stringify(end.outcome))),
    ],
  );
  const ended = new Set(rows.map((row) => integer(row.id)));
  await addProblems(
    transaction,
    ends.filter((end) => ended.has(end.message)),
  );
}

/** Appends problems after those that the message has. */
export async function addProblems(
  transaction: Transaction,
  ends: readonly Pick<MessageEnd, "message" | "receivedOn" | "problems">[],
): Promise<void> {
  const rows = ends.flatMap((end) =>
    end.problems.map((problem, index) => ({ end, problem, index })),
  );
  if (rows.length === 0) return;
  // Read once per message: a look per row would pass over all rows that the same statement has inserted before it.
  const last = await transaction.query<{ message: string; next: number }>(
    `select message, max(ordinal) + 1 as next from message_problem
     where message = any($1::bigint[]) group by message`,
    [[...new Set(rows.map((row) => row.end.message))]],
  );
  const next = new Map(last.map((row) => [integer(row.message), row.next]));
  await transaction.execute(
    `insert into message_problem (message, received_on, ordinal, code, at, object, details)
     select w.message, w.received_on, w.ordinal, w.code, w.at, w.object, w.details
     from unnest($1::bigint[], $2::date[], $3::int[], $4::text[], $5::text[], $6::text[],
       $7::jsonb[]) w (message, received_on, ordinal, code, at, object, details)`,
    [
      rows.map((row) => row.end.message),
      rows.map((row) => formatDay(row.end.receivedOn)),
      rows.map((row) => (next.get(row.end.message) ?? 0) + row.index),
      rows.map((row) => row.problem.code),
      rows.map((row) => row.problem.at),
      rows.map((row) => row.problem.object ?? null),
      rows.map((row) =>
        row.problem.values === undefined ? null : JSON.stringify(row.problem.values),
      ),
    ],
  );
}

export async function readProblems(
  queryable: Queryable,
  message: MessageId,
): Promise<readonly Problem[]> {
  const rows = await queryable.query<{
    code: Problem["code"];
    at: string;
    object: string | null;
    details: Readonly<Record<string, string>> | null;
  }>("select code, at, object, details from message_problem where message = $1 order by ordinal", [
    message,
  ]);
  return rows.map(({ code, at, object, details }) => ({
    ...{ code, at },
    ...(object === null ? {} : { object }),
    ...(details === null ? {} : { values: details }),
  }));
}

export async function readOutcome(
  queryable: Queryable,
  message: MessageId,
): Promise<MessageOutcome | null> {
  const [row] = await queryable.query<{ outcome: MessageOutcome | null }>(
    "select outcome from message where id = $1",
    [message],
  );
  return row?.outcome ?? null;
}

/** A message some of whose waiting records were taken: it is posted once none waits. Repeatable. */
export async function settleMessage(
  transaction: Transaction,
  { message, receivedOn, state, outcome, problems }: MessageEnd,
): Promise<void> {
  await transaction.execute(
    `update message set state = $3, outcome = $4
     where id = $1 and received_on = $2 and state in ('waiting', 'posted')`,
    [message, formatDay(receivedOn), state, outcome === null ? null : JSON.stringify(outcome)],
  );
  await addProblems(transaction, [{ message, receivedOn, problems }]);
}

/** A quarantined message goes back to the inbox after a mend; what it was refused for stays in its problems. */
export async function requeueMessage(queryable: Queryable, message: MessageId): Promise<boolean> {
  const count = await queryable.execute(
    "update message set state = 'received' where id = $1 and state in ('quarantined', 'rejected')",
    [message],
  );
  return count === 1;
}
