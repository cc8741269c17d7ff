import { createHash } from "node:crypto";
import type { AccountId, OrganisationId, Seq, Shard } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { DeliveryState } from "../model/outbound.ts";
import { invariant } from "../model/result.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";

/** NOTIFY channel: rows of a destination wait, its name is the payload. */
export const DELIVERY_CHANNEL = "energohub_delivery";

/** What one destination is to have of one object. */
export interface DesiredRow {
  readonly object: string;
  readonly kind: string;
  readonly account: AccountId | null;
  readonly needs: readonly string[];
  readonly content: object;
}

export interface DestinationShard {
  readonly destination: string;
  readonly organisation: OrganisationId;
  readonly shard: Shard;
}

/** SHA-256 of the JSON with keys in order: the same content has one hash, whoever made it. */
export function hashOfContent(content: object): Buffer {
  return createHash("sha256").update(canonicalJson(content)).digest();
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  const text = JSON.stringify(value);
  invariant(text !== undefined, "content of a delivery is JSON");
  return text;
}

/**
 * Stores desired states. Content that the row has already, or that stands at the counterpart, makes no delivery; a
 * newer one replaces an unsent one, and waits behind one that is under way. A held row takes the content and stays held.
 *
 * @returns number of rows that wait to be sent because of it
 */
export async function storeDesired(
  transaction: Queryable,
  where: DestinationShard,
  states: readonly DesiredRow[],
  nowMs: number,
): Promise<number> {
  if (states.length === 0) return 0;
  const underWay = "delivery.state in ('sending', 'sent', 'unknown')";
  const stands = "delivery.confirmed_hash is not distinct from excluded.content_hash";
  const rows = await transaction.query<{ state: DeliveryState }>(
    `insert into delivery as delivery (shard, destination, object, kind, organisation, account, needs,
       content_hash, content, state, next_at, changed_at)
     select $1::smallint, $2::text, w.object, w.kind, $3::integer, w.account,
       array(select jsonb_array_elements_text(w.needs)), w.content_hash, w.content, 'waiting',
       to_timestamp($4::double precision / 1000), to_timestamp($4::double precision / 1000)
     from unnest($5::text[], $6::text[], $7::bigint[], $8::jsonb[], $9::bytea[], $10::jsonb[])
       w (object, kind, account, needs, content_hash, content)
     on conflict (shard, destination, object) do update set
       kind = excluded.kind, account = excluded.account, needs = excluded.needs,
       content_hash = excluded.content_hash, content = excluded.content,
       sent_content = case when ${underWay}
         then coalesce(delivery.sent_content, delivery.content) end,
       state = case when ${underWay} or delivery.state = 'held' then delivery.state
         when ${stands} then 'confirmed' else 'waiting' end,
       attempts = 0, limited_failures = 0, batch = null,
       code = case when ${underWay} then delivery.code end,
       foreign_code = case when ${underWay} then delivery.foreign_code end,
       text = case when ${underWay} then delivery.text end,
       next_at = excluded.next_at, changed_at = excluded.changed_at
     where delivery.content_hash <> excluded.content_hash
     returning state`,
    [
      where.shard,
      where.destination,
      where.organisation,
      nowMs,
      states.map(({ object }) => object),
      states.map(({ kind }) => kind),
      states.map(({ account }) => account),
      states.map(({ needs }) => JSON.stringify(needs)),
      states.map(({ content }) => hashOfContent(content)),
      states.map(({ content }) => JSON.stringify(content)),
    ],
  );
  return rows.filter(({ state }) => state === "waiting").length;
}

/**
 * Takes the right to send to a destination for as long as the transaction lasts.
 *
 * @returns false while another process has it
 */
export async function takeDestination(
  transaction: Transaction,
  destination: string,
): Promise<boolean> {
  const [lock] = await transaction.query<{ taken: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('delivery/' || $1, 0)) as taken",
    [destination],
  );
  return lock?.taken === true;
}

/** How far a projector has seen: runs by common's seq, everything else by the shard's. */
export interface DeliveryCursor {
  readonly runSeq: Seq;
  readonly seq: Seq;
}

/** Shards with news for a destination: a run was approved, or the shard's counter has moved on. */
export async function shardsWithNews(
  queryable: Queryable,
  destination: string,
  organisation: OrganisationId,
): Promise<readonly Shard[]> {
  const runSeq = await lastApproval(queryable, organisation);
  const rows = await queryable.query<{ shard: number }>(
    `select c.shard from shard_counter c
     left join delivery_cursor d on d.shard = c.shard and d.destination = $1
     where c.seq > coalesce(d.seq, 0) or $2 > coalesce(d.run_seq, 0)
     order by c.shard`,
    [destination, runSeq],
  );
  return rows.map(({ shard }) => shard as Shard);
}

/**
 * Locks the cursor for the transaction and says from where to where its news go. Two projectors of one destination
 * and shard stand in line, and the second one finds nothing new.
 */
export async function lockCursor(
  transaction: Transaction,
  { destination, organisation, shard }: DestinationShard,
): Promise<{ readonly after: DeliveryCursor; readonly upTo: DeliveryCursor }> {
  await transaction.execute(
    `insert into delivery_cursor (shard, destination, run_seq, seq) values ($1, $2, 0, 0)
     on conflict do nothing`,
    [shard, destination],
  );
  const [cursor] = await transaction.query<{ run_seq: string; seq: string }>(
    `select run_seq, seq from delivery_cursor where shard = $1 and destination = $2 for update`,
    [shard, destination],
  );
  const [counter] = await transaction.query<{ seq: string }>(
    "select seq from shard_counter where shard = $1",
    [shard],
  );
  const runSeq = await lastApproval(transaction, organisation);
  return {
    after: {
      runSeq: integer(cursor?.run_seq ?? "") as Seq,
      seq: integer(cursor?.seq ?? "") as Seq,
    },
    upTo: { runSeq, seq: integer(counter?.seq ?? "") as Seq },
  };
}

export async function moveCursor(
  transaction: Transaction,
  { destination, shard }: DestinationShard,
  to: DeliveryCursor,
): Promise<void> {
  await transaction.execute(
    "update delivery_cursor set run_seq = $3, seq = $4 where shard = $1 and destination = $2",
    [shard, destination, to.runSeq, to.seq],
  );
}

/** Seq of the organisation's newest approval in common; 0 = none. */
async function lastApproval(queryable: Queryable, organisation: OrganisationId): Promise<Seq> {
  const [row] = await queryable.query<{ seq: string }>(
    `select coalesce(max(e.seq), 0) as seq from run_event e join charge_run r on r.id = e.run
     where e.shard = $1 and e.event = 'APPROVED' and r.organisation = $2`,
    [COMMON_SHARD, organisation],
  );
  return integer(row?.seq ?? "0") as Seq;
}

/** A row that may go into a message now, or is in one. */
export interface DueDelivery {
  readonly shard: Shard;
  readonly object: string;
  readonly kind: string;
  /** Hex. */
  readonly contentHash: string;
  readonly content: unknown;
  readonly foreignIds: Readonly<Record<string, string>>;
  /** What the needed objects have been given by the counterpart, by their key. */
  readonly needs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Half of a refused message that the row belongs to. */
  readonly batch: string | null;
  /** Failures of the present content that may be repeated only a few times. */
  readonly limitedFailures: number;
  readonly attempts: number;
}

export interface DueRow {
  readonly shard: number;
  readonly object: string;
  readonly kind: string;
  readonly content_hash: string;
  readonly content: unknown;
  readonly foreign_ids: Readonly<Record<string, string>>;
  readonly needs: readonly string[];
  readonly batch: string | null;
  readonly limited_failures: number;
  readonly attempts: number;
}

/** What the message under way carries, where one is. */
export const DUE_COLUMNS = `d.shard, d.object, d.kind, encode(d.content_hash, 'hex') as content_hash,
  coalesce(d.sent_content, d.content) as content, d.foreign_ids, d.needs, d.batch,
  d.limited_failures, d.attempts`;

/**
 * Rows of one kind that wait, whose time has come and whose needed objects all stand; the oldest first, halves of
 * refused messages before them. All are of one half, or of none.
 */
export async function dueDeliveries(
  queryable: Queryable,
  destination: string,
  kind: string,
  { nowMs, max }: { readonly nowMs: number; readonly max: number },
): Promise<readonly DueDelivery[]> {
  // A value per need, not a join: without statistics a join would be a loop over the rows of the whole shard.
  const rows = await queryable.query<DueRow>(
    `select ${DUE_COLUMNS} from delivery d
     where d.destination = $1 and d.kind = $2 and d.state = 'waiting'
       and d.next_at <= to_timestamp($3::double precision / 1000)
       and (d.needs = '{}' or not exists (
         select from unnest(d.needs) n (object) where (
           select p.confirmed_hash from delivery p
           where p.shard = d.shard and p.destination = d.destination and p.object = n.object
         ) is null))
     order by d.batch, d.next_at, d.object limit $4`,
    [destination, kind, nowMs, max],
  );
  const batch = rows[0]?.batch ?? null;
  return withNeeds(
    queryable,
    destination,
    rows.filter((row) => row.batch === batch),
  );
}

/** Joins what the needed objects have been given; a query of its own, by shard and key. */
export async function withNeeds(
  queryable: Queryable,
  destination: string,
  rows: readonly DueRow[],
): Promise<readonly DueDelivery[]> {
  const needed = new Map<string, Readonly<Record<string, string>>>();
  const keys = rows.flatMap(({ shard, needs }) => needs.map((object) => ({ shard, object })));
  if (keys.length > 0) {
    const parents = await queryable.query<Pick<DueRow, "shard" | "object" | "foreign_ids">>(
      `select shard, object, foreign_ids from delivery
       where destination = $1 and shard = any ($2::smallint[]) and object = any ($3::text[])`,
      [
        destination,
        [...new Set(keys.map(({ shard }) => shard))],
        [...new Set(keys.map(({ object }) => object))],
      ],
    );
    for (const { shard, object, foreign_ids } of parents) {
      needed.set(`${shard}/${object}`, foreign_ids);
    }
  }
  return rows.map((row) => ({
    shard: row.shard as Shard,
    object: row.object,
    kind: row.kind,
    contentHash: row.content_hash,
    content: row.content,
    foreignIds: row.foreign_ids,
    needs: Object.fromEntries(
      row.needs.map((object) => [object, needed.get(`${row.shard}/${object}`) ?? {}]),
    ),
    batch: row.batch,
    limitedFailures: row.limited_failures,
    attempts: row.attempts,
  }));
}

/** What becomes of rows that no message could be made of: refused, or tried in a half of their own. */
export interface UnsentEnd {
  readonly state: "waiting" | "refused";
  readonly batch: string | null;
  readonly code: string;
  readonly text: string;
  readonly nowMs: number;
}

/** Rows that have changed since they were read are left as they are. */
export async function markUnsent(
  queryable: Queryable,
  destination: string,
  objects: readonly DueDelivery[],
  end: UnsentEnd,
): Promise<void> {
  await queryable.execute(
    `update delivery d set state = $2, batch = $3, code = $4, foreign_code = null, text = $5,
       changed_at = to_timestamp($6::double precision / 1000)
     from unnest($7::smallint[], $8::text[], $9::text[]) w (shard, object, hash)
     where d.shard = w.shard and d.destination = $1 and d.object = w.object and d.state = 'waiting'
       and d.content_hash = decode(w.hash, 'hex')`,
    [
      destination,
      end.state,
      end.batch,
      end.code,
      end.text,
      end.nowMs,
      objects.map(({ shard }) => shard),
      objects.map(({ object }) => object),
      objects.map(({ contentHash }) => contentHash),
    ],
  );
}

/** When the next waiting row of the destination may go, if nothing else keeps it back; null = none waits for a time. */
export async function nextDeliveryMs(
  queryable: Queryable,
  destination: string,
  nowMs: number,
): Promise<number | null> {
  const [row] = await queryable.query<{ at: string | null }>(
    `select ceil(extract(epoch from min(next_at)) * 1000)::bigint as at from delivery
     where destination = $1 and state = 'waiting'
       and next_at > to_timestamp($2::double precision / 1000)`,
    [destination, nowMs],
  );
  const at = row?.at ?? null;
  return at === null ? null : integer(at);
}
