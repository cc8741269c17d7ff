import type { AccountPlace } from "./account-place.ts";
import type { StoredPart } from "./capture-parts.ts";
import { unpackPart } from "./capture-parts.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { Scope } from "./scope.ts";

/** A message as the operator sees it, without its bytes. */
export interface MessageHead {
  readonly id: number;
  readonly channel: string;
  readonly name: string;
  /** ISO 8601 with offset. */
  readonly receivedAt: string;
  readonly sizeBytes: number;
  readonly state: string;
  readonly sha256: string;
  readonly envelope: Readonly<Record<string, string>>;
  /** Codes of its problems, each once. */
  readonly codes: readonly string[];
}

export interface MessageFilter {
  readonly state: string | null;
  readonly code: string | null;
  /** Only messages with a smaller id: the next page. */
  readonly before: number | null;
  readonly limit: number;
}

interface HeadRow {
  readonly id: string;
  readonly received_on: string;
  readonly channel: string;
  readonly name: string;
  readonly received_at: string;
  readonly size_bytes: string;
  readonly state: string;
  readonly sha256: string;
  readonly envelope: Readonly<Record<string, string>>;
  readonly codes: readonly string[];
}

const HEAD = `m.id, m.received_on, m.channel, m.name, m.state, m.size_bytes, m.envelope,
  to_char(m.received_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as received_at,
  encode(m.sha256, 'hex') as sha256,
  array(select distinct p.code from message_problem p
    where p.message = m.id and p.received_on = m.received_on order by p.code) as codes`;

function headOf(row: HeadRow): MessageHead {
  return {
    id: integer(row.id),
    channel: row.channel,
    name: row.name,
    receivedAt: row.received_at,
    sizeBytes: integer(row.size_bytes),
    state: row.state,
    sha256: row.sha256,
    envelope: row.envelope,
    codes: row.codes,
  };
}

/** Newest first. A message is of no district, so people of some districts see none here. */
export async function listMessages(
  queryable: Queryable,
  scope: Scope,
  filter: MessageFilter,
): Promise<readonly MessageHead[]> {
  const rows = await queryable.query<HeadRow>(
    `select ${HEAD} from message m
     where m.organisation = $1 and $2::text[] is null and ($3::text is null or m.state = $3)
       and ($4::text is null or m.id in (select p.message from message_problem p where p.code = $4))
       and ($5::bigint is null or m.id < $5)
     order by m.id desc limit $6`,
    [scope.organisation, scope.districts, filter.state, filter.code, filter.before, filter.limit],
  );
  return rows.map(headOf);
}

/** Null when the message does not exist; "OUT_OF_SCOPE" when it is of another organisation. */
export async function findMessage(
  queryable: Queryable,
  scope: Scope,
  id: number,
): Promise<MessageHead | "OUT_OF_SCOPE" | null> {
  const rows = await queryable.query<HeadRow & { organisation: number }>(
    `select ${HEAD}, m.organisation from message m where m.id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return row.organisation === scope.organisation ? headOf(row) : "OUT_OF_SCOPE";
}

/** When the messages came and what they are called, by id; unknown ids are absent. */
export async function messageNames(
  queryable: Queryable,
  place: AccountPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly receivedAt: string; readonly name: string }>> {
  const rows = await queryable.query<{ id: string; name: string; received_at: string }>(
    `select id, name, to_char(received_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as received_at
     from message where id = any ($1::bigint[]) and organisation = $2`,
    [ids, place.organisation],
  );
  return new Map(
    rows.map((row) => [integer(row.id), { receivedAt: row.received_at, name: row.name }]),
  );
}

export interface MessageProblemRow {
  readonly code: string;
  readonly at: string;
  readonly object: string | null;
  readonly details: Readonly<Record<string, string>> | null;
}

export async function problemsOf(
  queryable: Queryable,
  message: MessageHead,
  limit: number,
): Promise<readonly MessageProblemRow[]> {
  return queryable.query<MessageProblemRow>(
    `select code, at, object, details from message_problem
     where message = $1 order by ordinal limit $2`,
    [message.id, limit],
  );
}

/** True when a value of the account, or the law that prices it, names this place as its origin. */
export async function originIsOf(
  queryable: Queryable,
  place: AccountPlace,
  message: number,
  at: number,
): Promise<boolean> {
  const [row] = await queryable.query<{ found: boolean }>(
    `select exists (select from fact where shard = $1 and site = $2 and message = $3 and at = $4)
       or exists (select from reading where shard = $1 and site = $2 and message = $3 and at = $4)
       or exists (select from held_reading
         where shard = $1 and site = $2 and message = $3 and at = $4)
       or exists (select from fact where shard = 256 and site = 0 and message = $3 and at = $4
         and kind in ('tariff', 'norm', 'one-rate', 'vat', 'switch'))
       or exists (select from interval_patch p join fact f on f.shard = $1 and f.site = $2
         and f.kind = 'supply-point' and (f.body->>'channel')::bigint = p.channel
         where p.shard = $1 and p.message = $3 and p.at = $4) as found`,
    [place.shard, place.site, message, at],
  );
  return row?.found === true;
}

/** One part of the stored bytes and where it begins. */
export interface CapturePart {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Parts of the message from the one that holds byte `from`, in order, at most `partsMax`: an
 * excerpt never reads a whole large message.
 */
export async function partsFrom(
  queryable: Queryable,
  message: MessageHead,
  from: number,
  partsMax: number,
): Promise<readonly CapturePart[]> {
  const rows = await queryable.query<StoredPart & { start: string }>(
    `with sized as (
       select part, received_on, sum(size) over (order by part) - size as start,
         sum(size) over (order by part) as finish
       from (
         select part, received_on, coalesce(inflated_bytes, length(bytes)) as size
         from capture_part where message = $1
       ) part
     )
     select s.start, p.bytes, p.inflated_bytes from sized s
     join capture_part p on p.message = $1 and p.received_on = s.received_on and p.part = s.part
     where s.finish > $2 order by p.part limit $3`,
    [message.id, from, partsMax],
  );
  return Promise.all(
    rows.map(async (row) => ({
      offset: integer(row.start),
      bytes: Buffer.from(await unpackPart(row)),
    })),
  );
}

/** Messages that are not finished, by channel and state, for the metrics. */
export async function countMessageStates(
  queryable: Queryable,
): Promise<readonly { channel: string; state: string; count: number }[]> {
  const rows = await queryable.query<{ channel: string; state: string; count: string }>(
    `select channel, state, count(*) as count from message
     where state in ('received', 'posting', 'quarantined') group by channel, state`,
  );
  return rows.map((row) => ({ ...row, count: integer(row.count) }));
}

/** False while the database does not answer. */
export async function databaseAnswers(queryable: Queryable): Promise<boolean> {
  return queryable.query("select 1").then(
    () => true,
    () => false,
  );
}
