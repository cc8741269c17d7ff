import type { OrganisationId, Shard } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { DueDelivery, DueRow } from "./deliveries.ts";
import { DUE_COLUMNS, withNeeds } from "./deliveries.ts";

/** Where a message to a counterpart is; `unknown` is ended by a read-back, `done` and `failed` are ends. */
export type ExchangeState = "prepared" | "sent" | "accepted" | "done" | "unknown" | "failed";

/** Kind "payment-document-withdrawal" takes accepted objects of kind "payment-document" back. */
export const WITHDRAWAL_SUFFIX = "-withdrawal";

export interface NewExchange {
  readonly id: number;
  readonly organisation: OrganisationId;
  readonly destination: string;
  readonly operation: string;
  readonly kind: string;
  readonly messageId: string;
  readonly request: Uint8Array;
}

/** A message under way, without its bytes. */
export interface OpenExchange {
  readonly id: number;
  readonly kind: string;
  readonly operation: string;
  readonly state: ExchangeState;
  readonly messageId: string;
  readonly foreignMessage: string | null;
  readonly polls: number;
  readonly sentAtMs: number | null;
  readonly nextAtMs: number;
}

export async function newExchangeId(queryable: Queryable): Promise<number> {
  const [row] = await queryable.query<{ id: string }>("select nextval('object_id') as id");
  return integer(row?.id ?? "");
}

const AT = (parameter: string) => `to_timestamp(${parameter}::double precision / 1000)`;

/**
 * Stores a message and marks its rows as being sent.
 *
 * @returns false when a row has changed since it was read: roll back and look again
 */
export async function prepareExchange(
  transaction: Transaction,
  exchange: NewExchange,
  objects: readonly DueDelivery[],
  nowMs: number,
): Promise<boolean> {
  const marked = await transaction.execute(
    `update delivery d set state = 'sending', exchange = $2, attempts = d.attempts + 1,
       code = null, foreign_code = null, text = null, changed_at = ${AT("$3")}
     from unnest($4::smallint[], $5::text[], $6::text[]) w (shard, object, hash)
     where d.shard = w.shard and d.destination = $1 and d.object = w.object and d.state = 'waiting'
       and d.content_hash = decode(w.hash, 'hex') and d.kind = $7`,
    [exchange.destination, exchange.id, nowMs, ...columnsOf(objects), exchange.kind],
  );
  if (marked !== objects.length) return false;
  await transaction.execute(
    `insert into exchange (id, organisation, destination, operation, kind, message_id, state,
       request, next_at, created_at)
     values ($1, $2, $3, $4, $5, $6, 'prepared', $7, ${AT("$8")}, ${AT("$8")})`,
    [
      exchange.id,
      exchange.organisation,
      exchange.destination,
      exchange.operation,
      exchange.kind,
      exchange.messageId,
      Buffer.from(exchange.request),
      nowMs,
    ],
  );
  await transaction.execute(
    `insert into exchange_object (exchange, shard, object, content_hash)
     select $1::bigint, w.shard, w.object, decode(w.hash, 'hex')
     from unnest($2::smallint[], $3::text[], $4::text[]) w (shard, object, hash)`,
    [exchange.id, ...columnsOf(objects)],
  );
  return true;
}

type ObjectKey = Pick<DueDelivery, "shard" | "object" | "contentHash">;

function columnsOf(objects: readonly ObjectKey[]): [number[], string[], string[]] {
  return [
    objects.map(({ shard }) => shard),
    objects.map(({ object }) => object),
    objects.map(({ contentHash }) => contentHash),
  ];
}

/** Before the first byte leaves; from now on the message has perhaps been sent. False = it was sent or given up before. */
export async function markSent(queryable: Queryable, id: number, nowMs: number): Promise<boolean> {
  const marked = await queryable.execute(
    `update exchange set state = 'sent', sent_at = ${AT("$2")} where id = $1 and state = 'prepared'`,
    [id, nowMs],
  );
  return marked === 1;
}

/** The counterpart has taken the message and will be asked for results. False = another has ended it meanwhile. */
export async function markAccepted(
  transaction: Transaction,
  destination: string,
  id: number,
  objects: readonly ObjectKey[],
  answer: {
    readonly foreignMessage: string;
    readonly bytes: Uint8Array;
    readonly nowMs: number;
    readonly nextAtMs: number;
  },
): Promise<boolean> {
  const marked = await transaction.execute(
    `update exchange set state = 'accepted', foreign_message = $2, answer = $3,
       next_at = ${AT("$4")} where id = $1 and state = 'sent'`,
    [id, answer.foreignMessage, Buffer.from(answer.bytes), answer.nextAtMs],
  );
  if (marked !== 1) return false;
  await markRows(transaction, destination, id, objects, { state: "sent", code: null, ...answer });
  return true;
}

/** When to ask next; `answer` null = nothing came back. */
export async function markPolled(
  queryable: Queryable,
  id: number,
  poll: {
    readonly answer: Uint8Array | null;
    readonly nextAtMs: number;
    readonly code: string | null;
    readonly text: string | null;
  },
): Promise<void> {
  await queryable.execute(
    `update exchange set polls = polls + 1, next_at = ${AT("$2")},
       answer = coalesce($3, answer), code = $4, text = $5
     where id = $1 and state in ('accepted', 'unknown')`,
    [
      id,
      poll.nextAtMs,
      poll.answer === null ? null : Buffer.from(poll.answer),
      poll.code,
      poll.text,
    ],
  );
}

async function markRows(
  transaction: Transaction,
  destination: string,
  id: number,
  objects: readonly ObjectKey[],
  mark: {
    readonly state: "sent" | "unknown";
    readonly code: string | null;
    readonly nowMs: number;
  },
): Promise<void> {
  const [shards, keys] = columnsOf(objects);
  await transaction.execute(
    `update delivery d set state = $3, code = $4, changed_at = ${AT("$5")}
     from unnest($6::smallint[], $7::text[]) w (shard, object)
     where d.shard = w.shard and d.destination = $1 and d.object = w.object and d.exchange = $2
       and d.state in ('sending', 'sent')`,
    [destination, id, mark.state, mark.code, mark.nowMs, shards, keys],
  );
}

/** What becomes of one object of a message. `returned` = it did not arrive and waits again. */
export interface ObjectEnd extends ObjectKey {
  readonly outcome: "accepted" | "refused" | "returned";
  readonly foreignIds: Readonly<Record<string, string>>;
  readonly code: string | null;
  readonly foreignCode: string | null;
  readonly text: string | null;
  /** When a returned row may go again. */
  readonly nextAtMs: number;
  /** The failure is of a kind that may be repeated only a few times. */
  readonly limited: boolean;
  readonly batch: string | null;
}

export interface ExchangeEnd {
  readonly state: "done" | "failed" | "unknown";
  readonly answer: Uint8Array | null;
  readonly code: string | null;
  readonly text: string | null;
  readonly nowMs: number;
  /** Of the state `unknown`: when to read back. */
  readonly nextAtMs: number;
}

/** A message as it was when its end was decided: one that has moved on since is ended by whoever moved it. */
export type EndedExchange = Pick<NewExchange, "destination" | "id" | "kind"> &
  Pick<OpenExchange, "state">;

/**
 * Ends a message, or makes its outcome unknown, with all that is known of its objects. Content that came meanwhile
 * waits from now on; where it is what stands at the counterpart, nothing waits. Objects that are not named are of
 * unknown outcome, and the state must be `unknown` then.
 *
 * @returns false when it is in another state meanwhile: nothing is written
 */
export async function endExchange(
  transaction: Transaction,
  { destination, id, kind, state }: EndedExchange,
  end: ExchangeEnd,
  objects: readonly ObjectEnd[],
  unknown: readonly ObjectKey[],
): Promise<boolean> {
  invariant(unknown.length === 0 || end.state === "unknown", "objects without an end");
  const ended = await transaction.execute(
    `update exchange set state = $2, answer = coalesce($3, answer), code = $4, text = $5,
       next_at = ${AT("$6")}, ended_at = case when $2 = 'unknown' then null else ${AT("$7")} end
     where id = $1 and state = $8`,
    [
      id,
      end.state,
      end.answer === null ? null : Buffer.from(end.answer),
      end.code,
      end.text,
      end.nextAtMs,
      end.nowMs,
      state,
    ],
  );
  if (ended !== 1) return false;
  if (objects.length > 0) {
    await endRows(transaction, destination, id, kind, objects, end.nowMs);
    await transaction.execute(
      `update exchange_object x set outcome = w.outcome, code = w.code,
         foreign_code = w.foreign_code, text = w.text
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         w (object, outcome, code, foreign_code, text)
       where x.exchange = $1 and x.object = w.object`,
      [
        id,
        objects.map(({ object }) => object),
        objects.map(({ outcome }) => outcome),
        objects.map(({ code }) => code),
        objects.map(({ foreignCode }) => foreignCode),
        objects.map(({ text }) => text),
      ],
    );
  }
  if (unknown.length > 0) {
    const mark = { state: "unknown", code: end.code, nowMs: end.nowMs } as const;
    await markRows(transaction, destination, id, unknown, mark);
  }
  return true;
}

async function endRows(
  transaction: Transaction,
  destination: string,
  id: number,
  kind: string,
  objects: readonly ObjectEnd[],
  nowMs: number,
): Promise<void> {
  const same = "d.content_hash = decode(w.hash, 'hex')";
  const accepted = "w.outcome = 'accepted'";
  await transaction.execute(
    `update delivery d set
       state = case
         when ${accepted} and ${same} then case when $3 then 'withdrawn' else 'confirmed' end
         when w.outcome = 'refused' and ${same} then 'refused'
         when not (${accepted}) and not $3 and d.content_hash = d.confirmed_hash then 'confirmed'
         else 'waiting' end,
       confirmed_hash = case when not (${accepted}) then d.confirmed_hash
         when $3 then null else decode(w.hash, 'hex') end,
       foreign_ids = case when not (${accepted}) then d.foreign_ids
         when $3 then '{}' else d.foreign_ids || w.foreign_ids end,
       sent_content = null,
       code = case when ${same} then w.code end,
       foreign_code = case when ${same} then w.foreign_code end,
       text = case when ${same} then w.text end,
       next_at = case when w.outcome = 'returned' then ${AT("w.next_at")} else d.next_at end,
       limited_failures = d.limited_failures + case when w.limited and ${same} then 1 else 0 end,
       batch = case when ${same} then w.batch end,
       changed_at = ${AT("$4")}
     from unnest($5::smallint[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::text[],
         $11::text[], $12::text[], $13::bigint[], $14::boolean[], $15::text[])
       w (shard, object, hash, outcome, foreign_ids, code, foreign_code, text, next_at, limited,
         batch)
     where d.shard = w.shard and d.destination = $1 and d.object = w.object and d.exchange = $2
       and d.state in ('sending', 'sent', 'unknown')`,
    [
      destination,
      id,
      kind.endsWith(WITHDRAWAL_SUFFIX),
      nowMs,
      ...columnsOf(objects),
      objects.map(({ outcome }) => outcome),
      objects.map(({ foreignIds }) => JSON.stringify(foreignIds)),
      objects.map(({ code }) => code),
      objects.map(({ foreignCode }) => foreignCode),
      objects.map(({ text }) => text),
      objects.map(({ nextAtMs }) => Math.round(nextAtMs)),
      objects.map(({ limited }) => limited),
      objects.map(({ batch }) => batch),
    ],
  );
}

interface ExchangeRow {
  readonly id: string;
  readonly kind: string;
  readonly operation: string;
  readonly state: ExchangeState;
  readonly message_id: string;
  readonly foreign_message: string | null;
  readonly polls: number;
  readonly sent_at_ms: string | null;
  readonly next_at_ms: string;
}

/** Messages of a destination in the given states, the next to be looked at first. */
export async function openExchanges(
  queryable: Queryable,
  destination: string,
  states: readonly ExchangeState[],
): Promise<readonly OpenExchange[]> {
  const rows = await queryable.query<ExchangeRow>(
    `select id, kind, operation, state, message_id, foreign_message, polls,
       floor(extract(epoch from sent_at) * 1000)::bigint as sent_at_ms,
       ceil(extract(epoch from next_at) * 1000)::bigint as next_at_ms
     from exchange
     where destination = $1 and state = any ($2)
       and state in ('prepared', 'sent', 'accepted', 'unknown')
     order by next_at, id`,
    [destination, states],
  );
  return rows.map((row) => ({
    id: integer(row.id),
    kind: row.kind,
    operation: row.operation,
    state: row.state,
    messageId: row.message_id,
    foreignMessage: row.foreign_message,
    polls: row.polls,
    sentAtMs: row.sent_at_ms === null ? null : integer(row.sent_at_ms),
    nextAtMs: integer(row.next_at_ms),
  }));
}

/** Objects of a message that have no outcome yet, by key. */
export async function namesUnderWay(
  queryable: Queryable,
  id: number,
): Promise<readonly ObjectKey[]> {
  const rows = await queryable.query<{ shard: number; object: string; hash: string }>(
    `select shard, object, encode(content_hash, 'hex') as hash from exchange_object
     where exchange = $1 and outcome is null order by object`,
    [id],
  );
  return rows.map(({ shard, object, hash }) => ({
    shard: shard as Shard,
    object,
    contentHash: hash,
  }));
}

/** The same with the content that the message carries. */
export async function objectsUnderWay(
  queryable: Queryable,
  destination: string,
  { id, kind }: Pick<OpenExchange, "id" | "kind">,
): Promise<readonly DueDelivery[]> {
  const sent = await namesUnderWay(queryable, id);
  const hashes = new Map(sent.map(({ object, contentHash }) => [object, contentHash]));
  const rows = await queryable.query<DueRow>(
    `select ${DUE_COLUMNS} from delivery d
     where d.destination = $1 and d.exchange = $2 and d.shard = any ($3::smallint[])
       and d.object = any ($4::text[])
     order by d.object`,
    [
      destination,
      id,
      [...new Set(sent.map(({ shard }) => shard))],
      sent.map(({ object }) => object),
    ],
  );
  const objects = await withNeeds(queryable, destination, rows);
  return objects.map((object) => {
    const contentHash = hashes.get(object.object);
    invariant(contentHash !== undefined, `object ${object.object} of exchange ${id}`);
    return { ...object, kind, contentHash };
  });
}

/** Why a destination does not send now. */
export interface DestinationRest {
  /** Until a person releases it. */
  readonly stopped: boolean;
  readonly code: string | null;
  readonly text: string | null;
  /** Of one that is not stopped; null = it works. */
  readonly untilMs: number | null;
}

export async function readRest(
  queryable: Queryable,
  destination: string,
): Promise<DestinationRest | null> {
  const [row] = await queryable.query<{
    stopped: boolean;
    code: string | null;
    text: string | null;
    until: string | null;
  }>(
    `select stopped, code, text, ceil(extract(epoch from until) * 1000)::bigint as until
     from destination_state where destination = $1`,
    [destination],
  );
  if (row === undefined) return null;
  return { ...row, untilMs: row.until === null ? null : integer(row.until) };
}

/** A destination that a person must release stays stopped, whatever rest comes after. */
export async function storeRest(
  queryable: Queryable,
  destination: string,
  organisation: OrganisationId,
  rest: DestinationRest & { readonly author: string; readonly nowMs: number },
): Promise<void> {
  await queryable.execute(
    `insert into destination_state as s
       (destination, organisation, stopped, code, text, until, author, at)
     values ($1, $2, $3, $4, $5, ${AT("$6")}, $7, ${AT("$8")})
     on conflict (destination) do update set stopped = excluded.stopped, code = excluded.code,
       text = excluded.text, until = excluded.until, author = excluded.author, at = excluded.at
     where not s.stopped`,
    [
      destination,
      organisation,
      rest.stopped,
      rest.code,
      rest.text,
      rest.untilMs,
      rest.author,
      rest.nowMs,
    ],
  );
}
