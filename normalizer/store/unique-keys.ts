import type { MessageId, OrganisationId, Shard, SiteId } from "../model/ids.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** What must be unique for ever, and is the way from an outside name to its shard. */
export type KeyKind =
  /** channel/sha256 of a posted message. */
  | "message-hash"
  /** sender/class/day/number of a posted interval message. */
  | "message-number"
  /** The same with the content's sha256: tells a repeat from a conflict when the bytes are gone. */
  | "message-content"
  | "account"
  | "meter"
  /** site/number of a premises of a house. */
  | "premises"
  /** Message of entered facts that a second person has approved; its message is the approval. */
  | "fact-approval"
  | "document"
  /** Hash of a payment's identity; its id is the account recognised, 0 for none. */
  | "payment"
  /** The same where the sender gave the id, with the hash of what else it states: tells a repeat from a conflict. */
  | "payment-content"
  /** Key of a payment that was taken back; its id is the place of the reversal. */
  | "reversal"
  /** message/at of a reversal; its id and message are the place of the original. */
  | "reversal-original"
  /** Identifier of ГИС ЖКХ of an account or of its service (ЕЛС, ЖКУ). */
  | "gis-account"
  /** year/number of a payment order of ours; its id is the refund. */
  | "payment-order";

export interface UniqueKey {
  readonly kind: KeyKind;
  readonly key: string;
  readonly organisation: OrganisationId;
  readonly shard: Shard;
  /** 0 where the key is of no site. */
  readonly site: SiteId;
  /** Id of the thing that has the key. */
  readonly id: number;
  readonly message: MessageId;
}

interface KeyRow {
  readonly key: string;
  readonly kind: KeyKind;
  readonly organisation: number;
  readonly shard: number;
  readonly site: string;
  readonly id: string;
  readonly message: string;
}

const COLUMNS = "k.key, k.kind, k.organisation, k.shard, k.site, k.id, k.message";

/**
 * Takes the keys for ever, or says who has them: the answer holds each key with its owner, whose `id` is that of the
 * asker where the key was free (or its own already). Waits for a transaction that has just inserted one of them.
 * All transactions insert in one order of (kind, key, organisation), so they never wait in a ring.
 */
export async function takeKeys(
  queryable: Queryable,
  keys: readonly UniqueKey[],
): Promise<readonly UniqueKey[]> {
  if (keys.length === 0) return [];
  const sorted = [...keys].sort(byName);
  const taken = await queryable.execute(
    `insert into unique_key (kind, key, organisation, shard, site, id, message)
     select * from unnest($1::text[], $2::text[], $3::int[], $4::smallint[], $5::bigint[],
       $6::bigint[], $7::bigint[])
     on conflict (key, kind, organisation) do nothing`,
    [
      textArray(sorted.map((key) => key.kind)),
      textArray(sorted.map((key) => key.key)),
      integerArray(sorted.map((key) => key.organisation)),
      integerArray(sorted.map((key) => key.shard)),
      integerArray(sorted.map((key) => key.site)),
      integerArray(sorted.map((key) => key.id)),
      integerArray(sorted.map((key) => key.message)),
    ],
  );
  // Mostly all were free: then the answer is what was asked for.
  return taken === sorted.length ? sorted : findKeys(queryable, sorted);
}

/** Owners of the keys that are taken, in no order; a free key is absent. */
export async function findKeys(
  queryable: Queryable,
  keys: readonly Pick<UniqueKey, "kind" | "key" | "organisation">[],
): Promise<readonly UniqueKey[]> {
  if (keys.length > KEYS_AT_ONCE) return findPages(queryable, keys);
  if (keys.length === 0) return [];
  const kinds = [...new Set(keys.map((key) => key.kind))];
  const organisations = [...new Set(keys.map((key) => key.organisation))];
  // Compared with one list each, not joined: without statistics a join would be a loop over both sides.
  const rows = await queryable.query<KeyRow>(
    `select ${COLUMNS} from unique_key k
     where k.key = any($1::text[]) and k.kind = any($2::text[]) and k.organisation = any($3::int[])`,
    [textArray(keys.map((key) => key.key)), kinds, organisations],
  );
  const isAsked =
    kinds.length === 1 && organisations.length === 1 ? () => true : askedFor(keys.map(nameOf));
  return rows.filter(isAsked).map((row) => ({
    kind: row.kind,
    key: row.key,
    organisation: row.organisation as OrganisationId,
    shard: row.shard as Shard,
    site: integer(row.site) as SiteId,
    id: integer(row.id),
    message: integer(row.message) as MessageId,
  }));
}

const KEYS_AT_ONCE = 10_000;

async function findPages(
  queryable: Queryable,
  keys: Parameters<typeof findKeys>[1],
): Promise<readonly UniqueKey[]> {
  const found: UniqueKey[] = [];
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const page = await findKeys(queryable, keys.slice(from, from + KEYS_AT_ONCE));
    for (const owner of page) found.push(owner);
  }
  return found;
}

function askedFor(names: readonly string[]): (row: KeyRow) => boolean {
  const asked = new Set(names);
  return (row) => asked.has(nameOf(row));
}

function nameOf(key: Pick<KeyRow, "kind" | "key" | "organisation">): string {
  return `${key.kind} ${key.organisation} ${key.key}`;
}

const NOT_PLAIN = /["\\]/;

/** The text of an array. The driver would look at each element several times, and there are ten thousand. */
function textArray(values: readonly string[]): string {
  if (values.length === 0) return "{}";
  const quoted = values.map((value) =>
    NOT_PLAIN.test(value) ? value.replaceAll(/["\\]/g, "\\$&") : value,
  );
  return `{"${quoted.join('","')}"}`;
}

function integerArray(values: readonly number[]): string {
  return `{${values.join(",")}}`;
}

function byName(a: UniqueKey, b: UniqueKey): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.organisation - b.organisation;
}
