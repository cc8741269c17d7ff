import type { Day } from "../model/dates.ts";
import { day, formatDay } from "../model/dates.ts";
import type {
  AccountNumber,
  MessageId,
  MeterId,
  MeterSerial,
  OrganisationId,
  Origin,
  Seq,
  Shard,
  SiteId,
} from "../model/ids.ts";
import type { ProblemCode } from "../model/problems.ts";
import type { HeldReading, StoredHeldReading, TypedRegister } from "../model/reading-facts.ts";
import type { ReadingDecisionRecord, ReadingSource } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import type { Volume } from "../model/units.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { MeterPlace, ReadingOrigin } from "./readings.ts";
import type { Scope } from "./scope.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** Keeps what control did not let in. A record that is taken again after a kill is there already. */
export async function writeHeldReadings(
  { transaction, shard, seq }: ShardTransaction,
  { organisation, message }: ReadingOrigin,
  held: readonly HeldReading[],
): Promise<void> {
  if (held.length === 0) return;
  await transaction.execute(
    `insert into held_reading
       (shard, seq, organisation, message, site, meter, serial, account_number, read_on, typed,
        values, source, priority, status, code, details, previous_on, previous_values, volume,
        expected, at)
     select $1, $2, $3, $4, w.site, w.meter, w.serial, w.account_number, w.read_on, w.typed,
       w.values::bigint[], w.source, w.priority, w.status, w.code, w.details, w.previous_on,
       w.previous_values::bigint[], w.volume, w.expected, w.at
     from unnest($5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::date[], $10::jsonb[],
       $11::text[], $12::text[], $13::smallint[], $14::text[], $15::text[], $16::jsonb[],
       $17::date[], $18::text[], $19::bigint[], $20::bigint[], $21::bigint[])
       w (site, meter, serial, account_number, read_on, typed, values, source, priority, status,
          code, details, previous_on, previous_values, volume, expected, at)
     on conflict (shard, message, at) do nothing`,
    [
      shard,
      seq,
      organisation,
      message,
      held.map(({ site }) => site),
      held.map(({ meter }) => meter),
      held.map(({ serial }) => serial),
      held.map(({ accountNumber }) => accountNumber),
      held.map(({ readOn }) => formatDay(readOn)),
      held.map(({ typed }) => JSON.stringify(typed)),
      held.map(({ values }) => arrayText(values)),
      held.map(({ source }) => source),
      held.map(({ priority }) => priority),
      held.map(({ status }) => status),
      held.map(({ code }) => code),
      held.map(({ details }) => JSON.stringify(details)),
      held.map(({ previous }) => (previous === null ? null : formatDay(previous.readOn))),
      held.map(({ previous }) => arrayText(previous?.values ?? null)),
      held.map(({ volume }) => volume),
      held.map(({ expected }) => expected),
      held.map(({ at }) => at),
    ],
  );
}

function arrayText(values: readonly number[] | null): string | null {
  return values === null ? null : `{${values.join(",")}}`;
}

/** Readings of the meters that wait for a person, as known at a seq of their shard. */
export async function readWaitingReadings(
  queryable: Queryable,
  shard: Shard,
  meters: readonly MeterPlace[],
  knownAt: Seq,
): Promise<readonly StoredHeldReading[]> {
  if (meters.length === 0) return [];
  const rows = await queryable.query<HeldRow>(
    `select ${COLUMNS} from held_reading h
     where h.shard = $1 and h.site = any($2::bigint[]) and h.meter = any($3::bigint[])
       and h.status = 'HELD' and h.seq <= $4 and (h.decided_seq = 0 or h.decided_seq > $4)`,
    [shard, meters.map(({ site }) => site), meters.map(({ meter }) => meter), knownAt],
  );
  return rows.map(heldOf);
}

/** Readings of the organisation that were kept at these places; what is not there is absent. */
export async function readHeldAt(
  queryable: Queryable,
  organisation: OrganisationId,
  places: readonly Origin[],
): Promise<readonly StoredHeldReading[]> {
  if (places.length === 0) return [];
  const rows = await queryable.query<HeldRow>(
    `select ${COLUMNS} from unnest($2::bigint[], $3::bigint[]) w (message, at)
     join held_reading h on h.organisation = $1 and h.message = w.message and h.at = w.at`,
    [organisation, places.map(({ message }) => message), places.map(({ at }) => at)],
  );
  return rows.map(heldOf);
}

/** Adds a person's word, once. Call it under the shard's lock on a reading that was read under it. */
export async function writeDecision(
  { transaction, shard, seq }: ShardTransaction,
  message: MessageId,
  { reading, decision, author, ground }: ReadingDecisionRecord,
): Promise<void> {
  const count = await transaction.execute(
    `update held_reading set decision = $4, decided_seq = $5, author = $6, ground = $7,
       decided_message = $8
     where shard = $1 and message = $2 and at = $3 and status = 'HELD' and decision is null`,
    [shard, reading.message, reading.at, decision, seq, author, ground, message],
  );
  invariant(count === 1, `held reading ${reading.message}:${reading.at} was decided meanwhile`);
}

export const HELD_LISTS = ["held", "refused"] as const;
/** What waits for a person, or what the rules or a person have refused. */
export type HeldList = (typeof HELD_LISTS)[number];

const IS_LISTED = {
  held: "h.status = 'HELD' and h.decision is null",
  refused: "(h.status = 'REJECTED' or h.decision = 'REFUSED')",
} as const;

/** Only for whom no district is closed; sites lie in the shard of the reading. */
const IS_VISIBLE = `($2::text[] is null or exists (select from fact s
  where s.shard = h.shard and s.site = h.site and s.kind = 'site' and s.end_seq = 0
    and s.body ->> 'district' = any ($2)))`;

/**
 * One page of a list, the newest first.
 *
 * @param before the last one of the page before; null = from the newest
 */
export async function listHeldReadings(
  queryable: Queryable,
  { organisation, districts }: Scope,
  list: HeldList,
  before: Origin | null,
  limit: number,
): Promise<readonly StoredHeldReading[]> {
  const rows = await queryable.query<HeldRow>(
    `select ${COLUMNS} from held_reading h
     where h.organisation = $1 and ${IS_LISTED[list]} and ${IS_VISIBLE}
       and ($3::bigint is null or (h.message, h.at) < ($3, $4::bigint))
     order by h.message desc, h.at desc limit $5`,
    [organisation, districts, before?.message ?? null, before?.at ?? null, limit],
  );
  return rows.map(heldOf);
}

/** How many a list has. */
export async function countHeldReadings(
  queryable: Queryable,
  { organisation, districts }: Scope,
  list: HeldList,
): Promise<number> {
  const [row] = await queryable.query<{ count: string }>(
    `select count(*) as count from held_reading h
     where h.organisation = $1 and ${IS_LISTED[list]} and ${IS_VISIBLE}`,
    [organisation, districts],
  );
  return integer(row?.count ?? "0");
}

/** Whether a person of this scope may see, and decide, the reading kept at the place. */
export async function seesHeldReading(
  queryable: Queryable,
  { organisation, districts }: Scope,
  { message, at }: Origin,
): Promise<boolean> {
  const rows = await queryable.query(
    `select from held_reading h
     where h.organisation = $1 and h.message = $3 and h.at = $4 and ${IS_VISIBLE}`,
    [organisation, districts, message, at],
  );
  return rows.length > 0;
}

interface HeldRow {
  readonly shard: number;
  readonly message: string;
  readonly at: string;
  readonly seq: string;
  readonly site: string;
  readonly meter: string;
  readonly serial: string;
  readonly account_number: string | null;
  readonly read_on: string;
  readonly typed: readonly TypedRegister[];
  readonly values: string[] | null;
  readonly source: ReadingSource;
  readonly priority: number;
  readonly status: HeldReading["status"];
  readonly code: ProblemCode;
  readonly details: Readonly<Record<string, string>>;
  readonly previous_on: string | null;
  readonly previous_values: string[] | null;
  readonly volume: string | null;
  readonly expected: string | null;
  readonly decision: "CONFIRMED" | "REFUSED" | null;
  readonly decided_seq: string;
  readonly author: string | null;
  readonly ground: string | null;
  readonly decided_message: string | null;
}

const COLUMNS = `h.shard, h.message, h.at, h.seq, h.site, h.meter, h.serial, h.account_number,
  h.read_on, h.typed, h.values, h.source, h.priority, h.status, h.code, h.details, h.previous_on,
  h.previous_values, h.volume, h.expected, h.decision, h.decided_seq, h.author, h.ground,
  h.decided_message`;

function heldOf(row: HeldRow): StoredHeldReading {
  return {
    shard: row.shard as Shard,
    site: integer(row.site) as SiteId,
    meter: integer(row.meter) as MeterId,
    serial: row.serial as MeterSerial,
    accountNumber: row.account_number as AccountNumber | null,
    readOn: day(row.read_on),
    typed: row.typed,
    values: row.values === null ? null : volumesOf(row.values),
    source: row.source,
    priority: row.priority,
    status: row.status,
    code: row.code,
    details: row.details,
    previous: previousOf(row),
    volume: row.volume === null ? null : (integer(row.volume) as Volume),
    expected: row.expected === null ? null : (integer(row.expected) as Volume),
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    seq: integer(row.seq) as Seq,
    decision: decisionOf(row),
  };
}

function previousOf(row: HeldRow): HeldReading["previous"] {
  if (row.previous_on === null || row.previous_values === null) return null;
  return { readOn: day(row.previous_on) as Day, values: volumesOf(row.previous_values) };
}

function decisionOf(row: HeldRow): StoredHeldReading["decision"] {
  const { decision: kind, author, ground, decided_message, decided_seq } = row;
  if (kind === null || author === null || ground === null || decided_message === null) return null;
  const message = integer(decided_message) as MessageId;
  return { kind, author, ground, message, seq: integer(decided_seq) as Seq };
}

function volumesOf(values: readonly string[]): readonly Volume[] {
  return values.map((value) => integer(value) as Volume);
}
