import type { Day } from "../model/dates.ts";
import { formatDay } from "../model/dates.ts";
import type { IntervalDay } from "../model/facts.ts";
import type { ChannelId, MessageId, OrganisationId, Seq, Shard } from "../model/ids.ts";
import type { IntervalPatchFact, StoredPatch } from "../model/intake-facts.ts";
import { patchKey } from "../model/intake-facts.ts";
import { invariant } from "../model/result.ts";
import type { MicroKwh } from "../model/units.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { PatchVersion } from "./interval-day.ts";
import { deriveIntervalDay, resolveRestated, validPatch } from "./interval-day.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** Whose the patches are and which message, received on which day, brought them. */
export interface PatchOrigin {
  readonly organisation: OrganisationId;
  readonly message: MessageId;
  readonly receivedOn: Day;
}

/** What is stored of a version that repeats the valid one: its number, without values. */
export function restatement(patch: IntervalPatchFact): IntervalPatchFact {
  return { ...patch, values: [], qualities: "" };
}

export interface PatchWrite {
  readonly origin: PatchOrigin;
  readonly patches: readonly IntervalPatchFact[];
}

/** Appends the patches of one leg, of any number of messages, in one COPY. */
export async function writePatches(
  { transaction, shard, seq }: ShardTransaction,
  writes: readonly PatchWrite[],
): Promise<void> {
  if (writes.every((write) => write.patches.length === 0)) return;
  await transaction.copyIn(
    `copy interval_patch (shard, channel, day, seq, first_slot, received_on, organisation, source,
       version, version_timestamp, values, qualities, held, message, at) from stdin`,
    copyRows(shard, seq, writes),
  );
}

function copyRows(shard: Shard, seq: Seq, writes: readonly PatchWrite[]): readonly Uint8Array[] {
  const rows = new CopyWriter();
  const days = new Map<Day, string>();
  const dayText = (day: Day) => {
    let formatted = days.get(day);
    if (formatted === undefined) {
      formatted = formatDay(day);
      days.set(day, formatted);
    }
    return formatted;
  };
  for (const { origin, patches } of writes) {
    const receivedOn = dayText(origin.receivedOn);
    for (const patch of patches) {
      invariant(patch.shard === shard, `patch of shard ${patch.shard} written in ${shard}`);
      rows.integer(shard).integer(patch.channel).text(dayText(patch.day)).integer(seq);
      rows.integer(patch.firstSlot).text(receivedOn).integer(origin.organisation);
      rows.text(patch.source).integer(patch.version).text(patch.versionTimestamp);
      rows
        .integers(patch.values)
        .text(patch.qualities)
        .text(patch.held ? "t" : "f");
      rows.integer(origin.message).integer(patch.at);
      rows.endRow();
    }
  }
  return rows.chunks();
}

/** Array literal of PostgreSQL; a gap is NULL, never 0. */
function arrayText(values: readonly (number | null)[]): string {
  let text = "{";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ",";
    text += values[index] ?? "NULL";
  }
  return `${text}}`;
}

function arrayOf(text: string): (MicroKwh | null)[] {
  if (text === "{}") return [];
  return text
    .slice(1, -1)
    .split(",")
    .map((value) => (value === "NULL" ? null : (integer(value) as MicroKwh)));
}

export interface PatchPlace {
  readonly channel: ChannelId;
  readonly day: Day;
  readonly firstSlot: number;
}

/**
 * For each place (channel, UTC day, first slot) the valid patch as known before `beforeSeq`: what a new version is
 * compared with. A place without one is absent.
 *
 * @returns by `patchKey`
 */
export async function readValidPatches(
  queryable: Queryable,
  shard: Shard,
  places: readonly PatchPlace[],
  beforeSeq: Seq,
): Promise<ReadonlyMap<string, StoredPatch>> {
  const valid = new Map<string, StoredPatch>();
  if (places.length === 0) return valid;
  const rows = await queryable.query<PatchRow>(
    `select ${PATCH_COLUMNS}
     from unnest($2::bigint[], $3::int[], $4::smallint[]) w (channel, day, first_slot)
     join interval_patch p on p.shard = $1 and p.channel = w.channel
       and p.day = date '1970-01-01' + w.day and p.first_slot = w.first_slot
       and p.seq < $5 and not p.held`,
    [
      shard,
      places.map((place) => place.channel),
      places.map((place) => place.day),
      places.map((place) => place.firstSlot),
      beforeSeq,
    ],
  );
  for (const group of groupsOf(rows.map(patchOf), patchKey)) {
    const patch = validPatch(resolveRestated(group));
    if (patch !== undefined) valid.set(patchKey(patch), patch);
  }
  return valid;
}

export interface IntervalQuery {
  readonly shard: Shard;
  readonly channels: readonly ChannelId[];
  /** UTC days, half-open. */
  readonly from: Day;
  readonly to: Day;
}

/** Patches that are not held, up to a seq when one is given. */
export async function readPatches(
  queryable: Queryable,
  query: IntervalQuery,
  knownAt: Seq | null,
): Promise<readonly PatchVersion[]> {
  const rows = await queryable.query<PatchRow>(
    `select ${PATCH_COLUMNS} from interval_patch p
     where p.shard = $1 and p.channel = any($2::bigint[]) and not p.held
       and p.day >= date '1970-01-01' + $3::int and p.day < date '1970-01-01' + $4::int
       and ($5::bigint is null or p.seq <= $5)`,
    [query.shard, query.channels, query.from, query.to, knownAt],
  );
  return rows.map(patchOf);
}

interface PatchRow {
  readonly channel: string;
  readonly day: number;
  readonly first_slot: number;
  readonly seq: string;
  readonly values: string;
  readonly qualities: string;
  readonly version: string;
  readonly version_timestamp: string;
  readonly message: string;
  readonly at: string;
}

const PATCH_COLUMNS = `p.channel, p.day - date '1970-01-01' as day, p.first_slot, p.seq,
  p.values::text as values, p.qualities, p.version, p.version_timestamp, p.message, p.at`;

function patchOf(row: PatchRow): PatchVersion {
  return {
    channel: integer(row.channel) as ChannelId,
    day: row.day as Day,
    firstSlot: row.first_slot,
    seq: integer(row.seq) as Seq,
    values: arrayOf(row.values),
    qualities: row.qualities,
    version: integer(row.version),
    versionTimestamp: row.version_timestamp,
    origin: { message: integer(row.message) as MessageId, at: integer(row.at) },
  };
}

function groupsOf(
  patches: readonly PatchVersion[],
  keyOf: (patch: PatchVersion) => string,
): Iterable<readonly PatchVersion[]> {
  const groups = new Map<string, PatchVersion[]>();
  for (const patch of patches) {
    const key = keyOf(patch);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [patch]);
    else group.push(patch);
  }
  return groups.values();
}

/** Days of the channels as known at a pin, derived from the patches whatever is stored: for what proves the stored. */
export async function deriveIntervalDays(
  queryable: Queryable,
  query: IntervalQuery,
  knownAt: Seq,
): Promise<readonly IntervalDay[]> {
  return derive(await readPatches(queryable, query, knownAt)).map((derived) => derived.value);
}

interface DerivedDay {
  readonly value: IntervalDay;
  /** The greatest seq of a patch of the day: the row is stale once there is a greater one. */
  readonly throughSeq: Seq;
}

function derive(patches: readonly PatchVersion[]): readonly DerivedDay[] {
  const days: DerivedDay[] = [];
  for (const group of groupsOf(patches, (patch) => `${patch.channel}/${patch.day}`)) {
    const [first] = group;
    invariant(first !== undefined, "an empty group");
    days.push({
      value: deriveIntervalDay(first.channel, first.day, group),
      throughSeq: Math.max(...group.map((patch) => patch.seq)) as Seq,
    });
  }
  return days.sort((a, b) => a.value.channel - b.value.channel || a.value.day - b.value.day);
}

interface DayRow {
  readonly channel: string;
  readonly day: number;
  readonly newest_seq: string;
  readonly through_seq: string | null;
  readonly values: string;
  readonly qualities: string;
  readonly origin_of: number[];
  readonly origin_message: string[];
  readonly origin_at: string[];
}

/**
 * Days of the channels as known at a pin, or in their present state when it is null, by channel and day. Stored rows
 * are used; what is missing, or derived through another seq than its newest known patch, is derived and stored on the
 * way (a row that was derived through a later one stays), so the queryable must be able to write.
 */
export async function readIntervalDays(
  queryable: Queryable,
  query: IntervalQuery,
  knownAt: Seq | null,
): Promise<readonly IntervalDay[]> {
  const rows = await queryable.query<DayRow>(
    `select p.channel, p.day - date '1970-01-01' as day, p.newest_seq, d.through_seq,
       d.values::text as values, d.qualities, d.origin_of, d.origin_message, d.origin_at
     from (
       select shard, channel, day, max(seq) as newest_seq from interval_patch
       where shard = $1 and channel = any($2::bigint[]) and not held
         and day >= date '1970-01-01' + $3::int and day < date '1970-01-01' + $4::int
         and ($5::bigint is null or seq <= $5)
       group by shard, channel, day
     ) p
     left join interval_day d on d.shard = $1 and d.channel = p.channel and d.day = p.day`,
    [query.shard, query.channels, query.from, query.to, knownAt],
  );
  const fresh = rows.filter((row) => row.through_seq === row.newest_seq).map(intervalDayOf);
  const stale = rows.filter((row) => row.through_seq !== row.newest_seq);
  if (stale.length > 0) {
    const wanted = new Set(stale.map((row) => `${row.channel}/${row.day}`));
    const days = stale.map((row) => row.day);
    const patches = await readPatches(
      queryable,
      {
        shard: query.shard,
        channels: [...new Set(stale.map((row) => integer(row.channel) as ChannelId))],
        from: Math.min(...days) as Day,
        to: (Math.max(...days) + 1) as Day,
      },
      knownAt,
    );
    const derived = derive(patches.filter((patch) => wanted.has(`${patch.channel}/${patch.day}`)));
    await storeDays(queryable, query.shard, derived);
    fresh.push(...derived.map((day) => day.value));
  }
  return fresh.sort((a, b) => a.channel - b.channel || a.day - b.day);
}

function intervalDayOf(row: DayRow): IntervalDay {
  return {
    channel: integer(row.channel) as ChannelId,
    day: row.day as Day,
    values: arrayOf(row.values),
    qualities: row.qualities,
    originOf: row.origin_of,
    origins: row.origin_message.map((message, index) => ({
      message: integer(message) as MessageId,
      at: integer(row.origin_at[index] ?? ""),
    })),
  };
}

/** Whoever has read more patches wins: two readers may derive the same day at once. */
async function storeDays(
  queryable: Queryable,
  shard: Shard,
  days: readonly DerivedDay[],
): Promise<void> {
  await queryable.execute(
    `insert into interval_day (shard, channel, day, through_seq, values, qualities, origin_of,
       origin_message, origin_at)
     select $1, channel, date '1970-01-01' + day, through_seq, values::bigint[], qualities,
       origin_of::smallint[], origin_message::bigint[], origin_at::bigint[]
     from unnest($2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[])
       w (channel, day, through_seq, values, qualities, origin_of, origin_message, origin_at)
     order by channel, day
     on conflict (shard, channel, day) do update set through_seq = excluded.through_seq,
       values = excluded.values, qualities = excluded.qualities, origin_of = excluded.origin_of,
       origin_message = excluded.origin_message, origin_at = excluded.origin_at
     where interval_day.through_seq < excluded.through_seq`,
    [
      shard,
      days.map((day) => day.value.channel),
      days.map((day) => day.value.day),
      days.map((day) => day.throughSeq),
      days.map((day) => arrayText(day.value.values)),
      days.map((day) => day.value.qualities),
      days.map((day) => arrayText(day.value.originOf)),
      days.map((day) => arrayText(day.value.origins.map((origin) => origin.message))),
      days.map((day) => arrayText(day.value.origins.map((origin) => origin.at))),
    ],
  );
}
