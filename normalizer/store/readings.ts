import type { Day } from "../model/dates.ts";
import { firstDay, formatDay } from "../model/dates.ts";
import type {
  MessageId,
  MeterId,
  OrganisationId,
  Origin,
  Seq,
  Shard,
  SiteId,
} from "../model/ids.ts";
import type { ReadingWrite, StoredReading } from "../model/intake-facts.ts";
import type { ReadingSource } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import type { Volume } from "../model/units.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** A version of a register state with its place in the store; `endSeq` is null while it is in force. */
export interface ReadingVersion extends StoredReading {
  readonly site: SiteId;
  readonly seq: Seq;
  readonly endSeq: Seq | null;
  readonly origin: Origin;
}

/** Whose the readings are and which message brought them. */
export interface ReadingOrigin {
  readonly organisation: OrganisationId;
  readonly message: MessageId;
}

/**
 * Writes register states. One that replaces ends the version in force of its meter and boundary: whether it may is
 * decided before, by the priority of sources (normalizer/intake), on readings that were read under the same lock.
 */
export async function writeReadings(
  { transaction, shard, seq }: ShardTransaction,
  { organisation, message }: ReadingOrigin,
  writes: readonly ReadingWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  const replaced = writes.filter((write) => write.replaces).map((write) => write.fact);
  if (replaced.length > 0) {
    const endedCount = await transaction.execute(
      `update reading r set end_seq = $2
       from unnest($3::bigint[], $4::bigint[], $5::int[]) w (site, meter, state_at)
       where r.shard = $1 and r.site = w.site and r.meter = w.meter
         and r.state_at = date '1970-01-01' + w.state_at and r.end_seq = 0`,
      [
        shard,
        seq,
        replaced.map((fact) => fact.site),
        replaced.map((fact) => fact.meter),
        replaced.map((fact) => fact.stateAt),
      ],
    );
    invariant(endedCount === replaced.length, `${endedCount} of ${replaced.length} ended`);
  }
  const facts = writes.map((write) => write.fact);
  await transaction.execute(
    `insert into reading
       (shard, site, meter, state_at, seq, organisation, values, source, message, at, period)
     select $1, w.site, w.meter, date '1970-01-01' + w.state_at, $2, $3, w.values::bigint[],
       w.source, $4, w.at, date '1970-01-01' + w.period
     from unnest($5::bigint[], $6::bigint[], $7::int[], $8::text[], $9::text[], $10::bigint[],
       $11::int[]) w (site, meter, state_at, values, source, at, period)`,
    [
      shard,
      seq,
      organisation,
      message,
      facts.map((fact) => fact.site),
      facts.map((fact) => fact.meter),
      facts.map((fact) => fact.stateAt),
      facts.map((fact) => `{${fact.values.join(",")}}`),
      facts.map((fact) => fact.source),
      facts.map((fact) => fact.at),
      facts.map(({ period }) => (period === undefined ? null : firstDay(period))),
    ],
  );
}

/** A meter and the site that it stands in. */
export interface MeterPlace {
  readonly site: SiteId;
  readonly meter: MeterId;
}

export interface ReadingQuery {
  readonly shard: Shard;
  readonly meters: readonly MeterPlace[];
  /** As known at this seq of the shard; the present state when null. */
  readonly knownAt: Seq | null;
  /** States before this day are left out; null = from the first one on. */
  readonly from: Day | null;
}

interface ReadingRow {
  readonly site: string;
  readonly meter: string;
  readonly state_at: number;
  readonly seq: string;
  readonly end_seq: string;
  readonly values: string[];
  readonly source: ReadingSource;
  readonly message: string;
  readonly at: string;
}

const COLUMNS = `r.site, r.meter, r.state_at - date '1970-01-01' as state_at, r.seq, r.end_seq,
  r.values, r.source, r.message, r.at`;
const IS_KNOWN = `($4::bigint is null and r.end_seq = 0
  or r.seq <= $4 and (r.end_seq = 0 or r.end_seq > $4))`;

/** Readings of the meters in force as known at a seq, by meter and boundary. */
export async function readReadings(
  queryable: Queryable,
  { shard, meters, knownAt, from }: ReadingQuery,
): Promise<readonly ReadingVersion[]> {
  if (meters.length === 0) return [];
  const rows = await queryable.query<ReadingRow>(
    `select ${COLUMNS} from unnest($2::bigint[], $3::bigint[]) w (site, meter)
     join reading r on r.shard = $1 and r.site = w.site and r.meter = w.meter
     where ${IS_KNOWN} and r.state_at >= $5::date
     order by r.meter, r.state_at`,
    [shard, sites(meters), ids(meters), knownAt, from === null ? "-infinity" : formatDay(from)],
  );
  return rows.map(versionOf);
}

/** The last state before a day of each meter that has one: of those that were silent for long. */
export async function readLastBefore(
  queryable: Queryable,
  { shard, meters, knownAt }: Omit<ReadingQuery, "from">,
  before: Day,
): Promise<readonly ReadingVersion[]> {
  if (meters.length === 0) return [];
  const rows = await queryable.query<ReadingRow>(
    `select ${COLUMNS} from unnest($2::bigint[], $3::bigint[]) w (site, meter)
     join lateral (
       select * from reading r
       where r.shard = $1 and r.site = w.site and r.meter = w.meter
         and r.state_at < $5::date and ${IS_KNOWN}
       order by r.state_at desc limit 1
     ) r on true`,
    [shard, sites(meters), ids(meters), knownAt, formatDay(before)],
  );
  return rows.map(versionOf);
}

const sites = (meters: readonly MeterPlace[]) => meters.map(({ site }) => site);
const ids = (meters: readonly MeterPlace[]) => meters.map(({ meter }) => meter);

function versionOf(row: ReadingRow): ReadingVersion {
  const endSeq = integer(row.end_seq);
  return {
    site: integer(row.site) as SiteId,
    meter: integer(row.meter) as MeterId,
    stateAt: row.state_at as Day,
    values: row.values.map((value) => integer(value) as Volume),
    source: row.source,
    seq: integer(row.seq) as Seq,
    endSeq: endSeq === 0 ? null : (endSeq as Seq),
    origin: { message: integer(row.message) as MessageId, at: integer(row.at) },
  };
}
