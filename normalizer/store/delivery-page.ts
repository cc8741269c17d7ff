import type { AccountId } from "../model/ids.ts";
import type { DeliveryState } from "../model/outbound.ts";
import type { AccountPlace } from "./account-place.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { Scope } from "./scope.ts";

/** Enough to see in which element a found text stands. */
const BYTES_BEFORE = 600;

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;
const instant = (column: string): string => `to_char(${column}, ${ISO})`;

/** A destination as the operator sees it. */
export interface DestinationSummary {
  readonly destination: string;
  readonly counts: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Since when the oldest of what is not settled stands as it does; null = all is settled. */
  readonly oldestSince: string | null;
  /** End of the last message that the counterpart took. */
  readonly lastSuccess: string | null;
  /** Why nothing is sent now: stopped until a person releases it, or resting until an instant. */
  readonly pause: {
    readonly stopped: boolean;
    readonly code: string | null;
    readonly text: string | null;
    readonly until: string | null;
    readonly author: string;
    readonly at: string;
  } | null;
}

interface SummaryRow {
  readonly destination: string;
  readonly counts: Readonly<Partial<Record<DeliveryState, number>>>;
  readonly oldest: string | null;
  readonly last_success: string | null;
  readonly pause: DestinationSummary["pause"];
}

/**
 * Destinations of the organisation, by name. A message goes out for the whole organisation, so people of some districts
 * see none here; deliveries of their accounts they see by the account.
 */
export async function destinationsOf(
  queryable: Queryable,
  scope: Scope,
): Promise<readonly DestinationSummary[]> {
  const rows = await queryable.query<SummaryRow>(
    `with counted as (
       select destination, state, count(*) as count, min(changed_at) as since from delivery
       where organisation = $1 and $2::text[] is null group by destination, state
     ), named as (
       select destination from counted
       union select destination from destination_state
         where organisation = $1 and $2::text[] is null
     )
     select n.destination,
       coalesce((select jsonb_object_agg(c.state, c.count) from counted c
         where c.destination = n.destination), '{}') as counts,
       (select ${instant("min(c.since)")} from counted c where c.destination = n.destination
         and c.state in ('waiting', 'sending', 'sent', 'unknown')) as oldest,
       (select ${instant("max(e.ended_at)")} from exchange e
         where e.destination = n.destination and e.organisation = $1 and e.state = 'done')
         as last_success,
       (select jsonb_build_object('stopped', s.stopped, 'code', s.code, 'text', s.text,
           'until', ${instant("s.until")}, 'author', s.author, 'at', ${instant("s.at")})
         from destination_state s where s.destination = n.destination and s.organisation = $1
           and (s.stopped or s.until > now())) as pause
     from named n order by n.destination`,
    [scope.organisation, scope.districts],
  );
  return rows.map(({ destination, counts, oldest, last_success, pause }) => ({
    destination,
    counts,
    oldestSince: oldest,
    lastSuccess: last_success,
    pause,
  }));
}

/** A desired state and how far it has come, without its content. */
export interface DeliveryHead {
  readonly destination: string;
  readonly shard: number;
  readonly object: string;
  readonly kind: string;
  /** Number of the account that it is of; null = it is of none. */
  readonly account: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it may go, while it waits. */
  readonly nextAt: string | null;
  readonly changedAt: string;
  readonly code: string | null;
  readonly foreignCode: string | null;
  /** What the counterpart said, or why it is held. */
  readonly text: string | null;
}

const HEAD = `d.destination, d.shard, d.object, d.kind, d.state, d.attempts, d.code, d.text,
  d.foreign_code as "foreignCode", ${instant("d.changed_at")} as "changedAt",
  case when d.state = 'waiting' then ${instant("d.next_at")} end as "nextAt",
  case when d.account is not null then coalesce(d.content #>> '{account,number}',
    d.content #>> '{content,account,number}', d.content #>> '{content,number}',
    d.content ->> 'number') end as account`;

export interface DeliveryFilter {
  readonly destination: string;
  readonly state: DeliveryState | null;
  readonly code: string | null;
  /** Only deliveries of one account. */
  readonly of: { readonly shard: number; readonly account: AccountId } | null;
  /** Only objects after this key: the next page. */
  readonly after: string | null;
  readonly limit: number;
}

/** By key of the object, so that a page stands still while states change. */
export async function listDeliveries(
  queryable: Queryable,
  scope: Scope,
  filter: DeliveryFilter,
): Promise<readonly DeliveryHead[]> {
  return queryable.query<DeliveryHead>(
    `select ${HEAD} from delivery d
     where d.organisation = $1 and $2::text[] is null and d.destination = $3
       and ($4::text is null or d.state = $4) and ($5::text is null or d.code = $5)
       and ($6::smallint is null or d.shard = $6 and d.account = $7)
       and ($8::text is null or d.object > $8)
     order by d.object limit $9`,
    [
      scope.organisation,
      scope.districts,
      filter.destination,
      filter.state,
      filter.code,
      filter.of?.shard ?? null,
      filter.of?.account ?? null,
      filter.after,
      filter.limit,
    ],
  );
}

/** How many there are of each cause, the most frequent first: what a person mends at once. */
export async function deliveryCauses(
  queryable: Queryable,
  scope: Scope,
  destination: string,
): Promise<
  readonly { readonly state: DeliveryState; readonly code: string; readonly count: number }[]
> {
  const rows = await queryable.query<{ state: DeliveryState; code: string; count: string }>(
    `select state, code, count(*) as count from delivery
     where organisation = $1 and $2::text[] is null and destination = $3 and code is not null
     group by state, code order by count(*) desc, code, state`,
    [scope.organisation, scope.districts, destination],
  );
  return rows.map((row) => ({ ...row, count: integer(row.count) }));
}

/** Deliveries of one account to every destination. */
export async function deliveriesOfAccount(
  queryable: Queryable,
  place: AccountPlace,
): Promise<readonly DeliveryHead[]> {
  return queryable.query<DeliveryHead>(
    `select ${HEAD} from delivery d
     where d.shard = $1 and d.account = $2 and d.organisation = $3
     order by d.destination, d.object`,
    [place.shard, place.account, place.organisation],
  );
}

/** A message that has carried the object, and what it brought. */
export interface DeliveryAttempt {
  readonly exchange: number;
  readonly operation: string;
  readonly messageId: string;
  readonly foreignMessage: string | null;
  readonly state: string;
  readonly outcome: string | null;
  readonly createdAt: string;
  readonly sentAt: string | null;
  readonly endedAt: string | null;
  readonly polls: number;
  /** Objects in the message. */
  readonly objects: number;
  readonly requestBytes: number;
  readonly answerBytes: number | null;
  /** The object's own where it has one, else the message's. */
  readonly code: string | null;
  readonly foreignCode: string | null;
  readonly text: string | null;
}

export interface DeliveryCard extends DeliveryHead {
  readonly foreignIds: Readonly<Record<string, string>>;
  readonly needs: readonly { readonly object: string; readonly state: DeliveryState | null }[];
  /** Newest first. */
  readonly attemptList: readonly DeliveryAttempt[];
}

/** Null when there is no such delivery in the scope. */
export async function findDelivery(
  queryable: Queryable,
  scope: Scope,
  key: { readonly destination: string; readonly shard: number; readonly object: string },
): Promise<DeliveryCard | null> {
  const [head] = await queryable.query<DeliveryHead & Pick<DeliveryCard, "foreignIds" | "needs">>(
    `select ${HEAD}, d.foreign_ids as "foreignIds",
       coalesce((select jsonb_agg(jsonb_build_object('object', n.object, 'state', p.state))
         from unnest(d.needs) n (object) left join delivery p on p.shard = d.shard
           and p.destination = d.destination and p.object = n.object), '[]') as needs
     from delivery d
     where d.organisation = $1 and $2::text[] is null and d.destination = $3 and d.shard = $4
       and d.object = $5`,
    [scope.organisation, scope.districts, key.destination, key.shard, key.object],
  );
  if (head === undefined) return null;
  const rows = await queryable.query<
    Omit<DeliveryAttempt, "exchange" | "objects"> & { exchange: string; objects: string }
  >(
    `select e.id as exchange, e.operation, e.message_id as "messageId", e.state, e.polls,
       e.foreign_message as "foreignMessage", o.outcome,
       ${instant("e.created_at")} as "createdAt", ${instant("e.sent_at")} as "sentAt",
       ${instant("e.ended_at")} as "endedAt",
       (select count(*) from exchange_object x where x.exchange = e.id) as objects,
       length(e.request) as "requestBytes", length(e.answer) as "answerBytes",
       coalesce(o.code, e.code) as code, o.foreign_code as "foreignCode",
       coalesce(o.text, e.text) as text
     from exchange_object o join exchange e on e.id = o.exchange
     where o.object = $4 and o.shard = $3 and e.destination = $2 and e.organisation = $1
     order by e.id desc`,
    [scope.organisation, key.destination, key.shard, key.object],
  );
  const attemptList = rows.map((row) => ({
    ...row,
    exchange: integer(row.exchange),
    objects: integer(row.objects),
  }));
  return { ...head, attemptList };
}

/** Bytes of a message that went out, or of what came back, from `offset`. */
export interface ExchangeBytes {
  readonly exchange: number;
  readonly destination: string;
  readonly operation: string;
  readonly sizeBytes: number;
  readonly offset: number;
  /** A line begins there. */
  readonly beginsLine: boolean;
  readonly bytes: Buffer;
}

/**
 * @param place byte to begin with, or text to look for: then a little before it; from the start where it is not there
 * @returns null when the message is not of the scope, or has no such bytes
 */
export async function findExchangeBytes(
  queryable: Queryable,
  scope: Scope,
  exchange: number,
  part: "request" | "answer",
  place: { readonly offset: number; readonly find: string | null; readonly bytesMax: number },
): Promise<ExchangeBytes | null> {
  const [row] = await queryable.query<
    Omit<ExchangeBytes, "exchange"> & { readonly exchange: string }
  >(
    `with found as (
       select id, destination, operation, ${part} as whole,
         case when $4::text is null then $5::integer
           else greatest(0, position(convert_to($4, 'UTF8') in ${part}) - 1 - ${BYTES_BEFORE})
         end as start
       from exchange
       where id = $3 and organisation = $1 and $2::text[] is null and ${part} is not null
     )
     select id as exchange, destination, operation, length(whole) as "sizeBytes", start as "offset",
       start = 0 or get_byte(whole, greatest(0, start - 1)) = 10 as "beginsLine",
       substring(whole from start + 1 for $6::integer) as bytes
     from found`,
    [scope.organisation, scope.districts, exchange, place.find, place.offset, place.bytesMax],
  );
  return row === undefined ? null : { ...row, exchange: integer(row.exchange) };
}
