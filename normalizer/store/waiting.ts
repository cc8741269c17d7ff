import type { Day } from "../model/dates.ts";
import { day, formatDay } from "../model/dates.ts";
import type { MessageId, OrganisationId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { WaitingEntry, WaitingKind } from "../model/intake-facts.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";

export interface WaitingWrite {
  readonly organisation: OrganisationId;
  readonly message: MessageId;
  readonly receivedOn: Day;
  readonly entries: readonly WaitingEntry[];
}

/** A record that waits and whose key is now known. */
export interface TakeableRecord {
  readonly kind: WaitingKind;
  readonly key: string;
  readonly organisation: OrganisationId;
  readonly message: MessageId;
  readonly receivedOn: Day;
  readonly at: number;
}

export async function addWaiting(
  transaction: Transaction,
  writes: readonly WaitingWrite[],
): Promise<void> {
  const rows = writes.flatMap((write) => write.entries.map((entry) => ({ write, entry })));
  if (rows.length === 0) return;
  await transaction.execute(
    `insert into waiting_record (key, kind, organisation, message, received_on, at, code)
     select * from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::date[], $6::bigint[],
       $7::text[])
     on conflict (key, kind, organisation, message, at) do nothing`,
    [
      rows.map((row) => row.entry.key),
      rows.map((row) => row.entry.kind),
      rows.map((row) => row.write.organisation),
      rows.map((row) => row.write.message),
      rows.map((row) => formatDay(row.write.receivedOn)),
      rows.map((row) => row.entry.at),
      rows.map((row) => row.entry.code),
    ],
  );
}

/** Names that records wait for, after a cursor, each once. */
export async function readWaitingKeys(
  queryable: Queryable,
  after: { readonly kind: string; readonly key: string },
  keysMax: number,
): Promise<readonly { readonly kind: WaitingKind; readonly key: string }[]> {
  return queryable.query(
    `select kind, key from waiting_record where not taken and (kind, key) > ($1, $2)
     group by kind, key order by kind, key limit $3`,
    [after.kind, after.key, keysMax],
  );
}

/**
 * Which of the names are known by now, with a number that grows with every change of what is known about the name:
 * a record that a mapping of another year did not help is not tried again until there is a newer one.
 */
export async function readKnownNames(
  queryable: Queryable,
  names: readonly { readonly kind: WaitingKind; readonly key: string }[],
): Promise<ReadonlyMap<string, number>> {
  const subjects = names.filter(({ kind }) => kind === "channel-map" || kind === "partner");
  const keys = names.filter(({ kind }) => kind === "meter" || kind === "account");
  const known = new Map<string, number>();
  const mapped = await queryable.query<{ kind: string; key: string; version: string }>(
    `select kind, subject as key, max(seq) as version from fact
     where shard = $1 and site = 0 and kind = any($2::text[]) and subject = any($3::text[])
       and end_seq = 0
     group by kind, subject`,
    [COMMON_SHARD, ["channel-map", "partner"], subjects.map(({ key }) => key)],
  );
  const named = await queryable.query<{ kind: string; key: string; version: string }>(
    `select kind, key, id as version from unique_key
     where kind = any($1::text[]) and key = any($2::text[])`,
    [["meter", "account"], keys.map(({ key }) => key)],
  );
  for (const row of [...mapped, ...named]) {
    known.set(`${row.kind}/${row.key}`, integer(row.version));
  }
  return known;
}

/** Records that wait for the names, by message and place. */
export async function readWaitingRecords(
  queryable: Queryable,
  names: readonly { readonly kind: WaitingKind; readonly key: string }[],
  recordsMax: number,
): Promise<readonly TakeableRecord[]> {
  const rows = await queryable.query<{
    kind: WaitingKind;
    key: string;
    organisation: number;
    message: string;
    received_on: string;
    at: string;
  }>(
    `select w.kind, w.key, w.organisation, w.message, w.received_on, w.at
     from unnest($1::text[], $2::text[]) n (kind, key)
     join waiting_record w on w.kind = n.kind and w.key = n.key and not w.taken
     order by w.message, w.at limit $3`,
    [names.map(({ kind }) => kind), names.map(({ key }) => key), recordsMax],
  );
  return rows.map((row) => ({
    kind: row.kind,
    key: row.key,
    organisation: row.organisation as OrganisationId,
    message: integer(row.message) as MessageId,
    receivedOn: day(row.received_on),
    at: integer(row.at),
  }));
}

/** Whether records of the message still wait. */
export async function hasWaiting(queryable: Queryable, message: MessageId): Promise<boolean> {
  const rows = await queryable.query(
    "select from waiting_record where message = $1 and not taken limit 1",
    [message],
  );
  return rows.length > 0;
}

/**
 * Those of the records that nobody has taken since they were read. Ask it under the lock of their message: another
 * normaliser may have taken them between the look and the lock.
 */
export async function stillWaiting(
  queryable: Queryable,
  records: readonly TakeableRecord[],
): Promise<readonly TakeableRecord[]> {
  const rows = await queryable.query<{ place: number }>(
    `select w.place::int as place
     from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[])
       with ordinality w (key, kind, organisation, message, at, place)
     join waiting_record r on r.key = w.key and r.kind = w.kind and r.organisation = w.organisation
       and r.message = w.message and r.at = w.at and not r.taken
     order by w.place`,
    keysOf(records),
  );
  return rows.flatMap(({ place }) => records[place - 1] ?? []);
}

/** The records have become facts, or have ended otherwise, and wait no longer. */
export async function markTaken(
  transaction: Transaction,
  records: readonly TakeableRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await transaction.execute(
    `update waiting_record r set taken = true
     from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[])
       w (key, kind, organisation, message, at)
     where r.key = w.key and r.kind = w.kind and r.organisation = w.organisation
       and r.message = w.message and r.at = w.at`,
    keysOf(records),
  );
}

function keysOf(records: readonly TakeableRecord[]) {
  return [
    records.map((record) => record.key),
    records.map((record) => record.kind),
    records.map((record) => record.organisation),
    records.map((record) => record.message),
    records.map((record) => record.at),
  ];
}
