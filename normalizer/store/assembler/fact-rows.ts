import type { Day } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { AccountId, MessageId, MeterId, Origin, SiteId } from "../../model/ids.ts";
import type { ReadingSource } from "../../model/records.ts";
import type { Volume } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy, SqlText } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";

/** One version of a reference fact as it is read for billing. */
export interface FactRow<Kind extends keyof FactBodies = keyof FactBodies> {
  readonly site: SiteId;
  readonly kind: Kind;
  readonly subject: string;
  readonly from: Day;
  readonly to: Day | null;
  readonly seq: number;
  readonly origin: Origin;
  readonly body: FactBodies[Kind];
}

export interface ReadingRow {
  readonly meter: MeterId;
  readonly stateAt: Day;
  readonly seq: number;
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
  readonly origin: Origin;
}

/** Kinds as literals of SQL. */
const HOUSEHOLD_KINDS = new SqlText("'account', 'meter', 'residents', 'site'");
const BUSINESS_KINDS = new SqlText("'contract', 'site', 'supply-point'");

/** Facts of some kinds in the range as known at `seq`, by site, kind, subject and first day. */
export async function readFactRows(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  organisation: number,
  kinds: "households" | "businesses",
  seq: number,
): Promise<readonly FactRow[]> {
  const wanted = kinds === "households" ? HOUSEHOLD_KINDS : BUSINESS_KINDS;
  const rows = await readCopy(
    transaction,
    copyQuery`select site, kind, subject, valid_from - date '1970-01-01',
      valid_to - date '1970-01-01', seq, message, at, body
    from fact
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and kind in (${wanted}) and organisation = ${organisation}
      and seq <= ${seq} and (end_seq = 0 or end_seq > ${seq})
    order by shard, site, kind, subject, valid_from`,
  );
  return factsOf(rows);
}

/** Versions of some subjects as known at `seq`; the same columns. */
export async function readSubjects(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  subjects: readonly { readonly kind: string; readonly subject: string }[],
  seq: number,
): Promise<readonly FactRow[]> {
  const rows = await transaction.query<{
    site: string;
    kind: keyof FactBodies;
    subject: string;
    from: number;
    to: number | null;
    seq: string;
    body: FactBodies[keyof FactBodies];
  }>(
    `select f.site, f.kind, f.subject, f.valid_from - date '1970-01-01' as "from",
       f.valid_to - date '1970-01-01' as "to", f.seq, f.body
     from fact f
     join unnest($4::text[], $5::text[]) w (kind, subject)
       on f.kind = w.kind and f.subject = w.subject
     where f.shard = $1 and f.site between $2 and $3
       and f.seq <= $6 and (f.end_seq = 0 or f.end_seq > $6)
     order by f.kind, f.subject, f.valid_from`,
    [
      shard,
      firstSite,
      lastSite,
      subjects.map(({ kind }) => kind),
      subjects.map(({ subject }) => subject),
      seq,
    ],
  );
  return rows.map((row) => ({
    site: Number(row.site) as SiteId,
    kind: row.kind,
    subject: row.subject,
    from: row.from as Day,
    to: row.to as Day | null,
    seq: Number(row.seq),
    origin: { message: 0 as MessageId, at: 0 },
    body: row.body,
  }));
}

function factsOf(rows: CopyReader): readonly FactRow[] {
  const facts: FactRow[] = [];
  while (rows.more()) {
    facts.push({
      site: rows.integer() as SiteId,
      kind: rows.text() as keyof FactBodies,
      subject: rows.text(),
      from: rows.integer() as Day,
      to: rows.integerOrNull() as Day | null,
      seq: rows.integer(),
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
      body: JSON.parse(rows.text()) as FactBodies[keyof FactBodies],
    });
  }
  return facts;
}

/** Register states with `from` <= state_at <= `to` as known at `seq`, in no order. */
export async function readReadingRows(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  from: Day,
  to: Day,
  seq: number,
): Promise<readonly ReadingRow[]> {
  const rows = await readCopy(
    transaction,
    copyQuery`select meter, state_at - date '1970-01-01', seq, values, source, message, at
    from reading
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and state_at >= date '1970-01-01' + ${from} and state_at <= date '1970-01-01' + ${to}
      and seq <= ${seq} and (end_seq = 0 or end_seq > ${seq})`,
  );
  const readings: ReadingRow[] = [];
  while (rows.more()) {
    readings.push({
      meter: rows.integer() as MeterId,
      stateAt: rows.integer() as Day,
      seq: rows.integer(),
      values: rows.integers() as Volume[],
      source: rows.text() as ReadingSource,
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
    });
  }
  return readings;
}

/** The last state before a day, for meters that have been silent for longer than the window of a run. */
export async function readLastBefore(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  meters: readonly MeterId[],
  before: Day,
  seq: number,
): Promise<readonly ReadingRow[]> {
  if (meters.length === 0) return [];
  const rows = await transaction.query<{
    meter: string;
    state_at: number;
    seq: string;
    values: string[];
    source: ReadingSource;
    message: string;
    at: string;
  }>(
    `select distinct on (meter) meter, state_at - date '1970-01-01' as state_at, seq, values,
       source, message, at
     from reading
     where shard = $1 and site between $2 and $3 and meter = any($4::bigint[])
       and state_at < date '1970-01-01' + $5::int
       and seq <= $6 and (end_seq = 0 or end_seq > $6)
     order by meter, state_at desc`,
    [shard, firstSite, lastSite, meters, before, seq],
  );
  return rows.map((row) => ({
    meter: Number(row.meter) as MeterId,
    stateAt: row.state_at as Day,
    seq: Number(row.seq),
    values: row.values.map((value) => Number(value) as Volume),
    source: row.source,
    origin: { message: Number(row.message) as MessageId, at: Number(row.at) },
  }));
}

export function accountOf(fact: FactRow): AccountId {
  return fact.kind === "meter"
    ? ((fact.body as FactBodies["meter"]).account as AccountId)
    : (Number(fact.subject) as AccountId);
}
