import type { Day, DayRange } from "../model/dates.ts";
import { formatDay } from "../model/dates.ts";
import type { FactBodies, FactKind } from "../model/fact-bodies.ts";
import type { MessageId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { ShardTransaction } from "./shard-transaction.ts";

/** A version of a reference fact to write: who says so, on what ground, and from which place of which message. */
export interface FactWrite<Kind extends FactKind = FactKind> extends DayRange {
  readonly kind: Kind;
  /** 0 in common. */
  readonly site: SiteId;
  readonly subject: string;
  readonly organisation: OrganisationId;
  readonly body: FactBodies[Kind];
  readonly message: MessageId;
  readonly at: number;
  readonly author: string;
  readonly ground: string;
}

/** A stored version; `endSeq` is null while it is in force. */
export interface FactVersion<Kind extends FactKind = FactKind> extends FactWrite<Kind> {
  readonly seq: Seq;
  readonly endSeq: Seq | null;
}

/** Two versions of one subject that would be in force on the same day. */
export class FactOverlapError extends Error {
  override readonly name = "FactOverlapError";
  readonly given: FactWrite;
  readonly stored: FactVersion;
  constructor(given: FactWrite, stored: FactVersion) {
    super(`${given.kind} ${given.subject}: overlaps the version from ${formatDay(stored.from)}`);
    this.given = given;
    this.stored = stored;
  }
}

/**
 * Inserts versions for days on which their subjects have none.
 *
 * @throws FactOverlapError where a version in force, or another one of the same call, covers one of the days: checked
 *         under the shard's lock, so nobody can insert between the check and the write
 */
export async function insertFacts(
  shardTransaction: ShardTransaction,
  facts: readonly FactWrite[],
): Promise<void> {
  const inForce = await versionsOf(shardTransaction, facts);
  for (const fact of facts) {
    const stored = inForce.get(subjectKey(fact))?.find((version) => overlaps(version, fact));
    if (stored !== undefined) throw new FactOverlapError(fact, stored);
  }
  assertApart(facts);
  await insertRows(shardTransaction, facts);
}

/**
 * Makes each fact the one in force for its days: versions that cover one of them end, and what remains of these before
 * and after the days goes on as a version of its own, with the origin it had.
 */
export async function replaceFacts(
  shardTransaction: ShardTransaction,
  facts: readonly FactWrite[],
): Promise<void> {
  assertApart(facts);
  const inForce = await versionsOf(shardTransaction, facts);
  const ended = new Set<FactVersion>();
  const remains: FactWrite[] = [];
  for (const versions of inForce.values()) {
    for (const version of versions) {
      const covering = facts.filter(
        (fact) => subjectKey(fact) === subjectKey(version) && overlaps(fact, version),
      );
      if (covering.length === 0) continue;
      ended.add(version);
      remains.push(...remainsOf(version, covering));
    }
  }
  await endRows(shardTransaction, [...ended]);
  await insertRows(shardTransaction, [...remains, ...facts]);
}

/** From which day on a fact is over, and who says so. */
export interface FactEnd
  extends Pick<FactWrite, "kind" | "site" | "subject" | "organisation" | "author" | "ground"> {
  readonly from: Day;
}

/**
 * Ends facts from a day on: what stands before it goes on as a version that ends there, what begins later is taken
 * back whole.
 */
export async function endFacts(
  shardTransaction: ShardTransaction,
  ends: readonly FactEnd[],
): Promise<void> {
  const inForce = await versionsOf(shardTransaction, ends);
  const ended: FactVersion[] = [];
  const remains: FactWrite[] = [];
  for (const end of ends) {
    for (const version of inForce.get(subjectKey(end)) ?? []) {
      if (version.to !== null && version.to <= end.from) continue;
      ended.push(version);
      const { author, ground } = end;
      if (version.from < end.from) remains.push({ ...version, to: end.from, author, ground });
    }
  }
  await endRows(shardTransaction, ended);
  await insertRows(shardTransaction, remains);
}

export interface FactQuery<Kind extends FactKind> {
  readonly shard: Shard;
  readonly kind: Kind;
  /** All subjects when absent. */
  readonly subjects?: readonly string[];
  readonly site?: SiteId;
  /** As known at this seq of the shard; the present state when null. */
  readonly knownAt: Seq | null;
}

/** Versions in force as known at a seq, ordered by subject and first day. */
export async function readFacts<Kind extends FactKind>(
  queryable: Queryable,
  query: FactQuery<Kind>,
): Promise<readonly FactVersion<Kind>[]> {
  const rows = await queryable.query<FactRow>(
    `select ${COLUMNS} from fact f
     where f.shard = $1 and f.kind = $2
       and ($3::text[] is null or f.subject = any($3))
       and ($4::bigint is null or f.site = $4)
       and ($5::bigint is null and f.end_seq = 0
         or f.seq <= $5 and (f.end_seq = 0 or f.end_seq > $5))
     order by f.subject, f.valid_from`,
    [query.shard, query.kind, query.subjects ?? null, query.site ?? null, query.knownAt],
  );
  return rows.map((row) => versionOf(row) as FactVersion<Kind>);
}

interface FactRow {
  readonly site: string;
  readonly kind: FactKind;
  readonly subject: string;
  readonly from: number;
  readonly to: number | null;
  readonly seq: string;
  readonly end_seq: string;
  readonly organisation: number;
  readonly message: string;
  readonly at: string;
  readonly author: string;
  readonly ground: string;
  readonly body: FactBodies[FactKind];
}

const COLUMNS = `f.site, f.kind, f.subject, f.valid_from - date '1970-01-01' as "from",
  f.valid_to - date '1970-01-01' as "to", f.seq, f.end_seq, f.organisation, f.message, f.at,
  f.author, f.ground, f.body`;

function versionOf(row: FactRow): FactVersion {
  const endSeq = integer(row.end_seq);
  return {
    kind: row.kind,
    site: integer(row.site) as SiteId,
    subject: row.subject,
    from: row.from as Day,
    to: row.to as Day | null,
    organisation: row.organisation as OrganisationId,
    body: row.body,
    message: integer(row.message) as MessageId,
    at: integer(row.at),
    author: row.author,
    ground: row.ground,
    seq: integer(row.seq) as Seq,
    endSeq: endSeq === 0 ? null : (endSeq as Seq),
  };
}

/** Versions in force of the subjects that the facts are about. */
async function versionsOf(
  { transaction, shard }: ShardTransaction,
  facts: readonly Pick<FactWrite, "organisation" | "site" | "kind" | "subject">[],
): Promise<ReadonlyMap<string, readonly FactVersion[]>> {
  const bySubject = new Map<string, FactVersion[]>();
  if (facts.length === 0) return bySubject;
  const rows = await transaction.query<FactRow>(
    `select ${COLUMNS} from (
       select distinct * from unnest($2::bigint[], $3::text[], $4::text[], $5::int[])
     ) w (site, kind, subject, organisation)
     join fact f on f.shard = $1 and f.site = w.site and f.kind = w.kind
       and f.subject = w.subject and f.organisation = w.organisation and f.end_seq = 0`,
    [
      shard,
      facts.map((fact) => fact.site),
      facts.map((fact) => fact.kind),
      facts.map((fact) => fact.subject),
      facts.map((fact) => fact.organisation),
    ],
  );
  for (const row of rows) {
    const version = versionOf(row);
    const versions = bySubject.get(subjectKey(version));
    if (versions === undefined) bySubject.set(subjectKey(version), [version]);
    else versions.push(version);
  }
  return bySubject;
}

async function insertRows(
  { transaction, shard, seq }: ShardTransaction,
  facts: readonly FactWrite[],
): Promise<void> {
  if (facts.length === 0) return;
  await transaction.execute(
    `insert into fact (shard, seq, site, kind, subject, valid_from, valid_to, organisation,
       message, at, author, ground, body)
     select $1, $2, site, kind, subject, date '1970-01-01' + "from", date '1970-01-01' + "to",
       organisation, message, at, author, ground, body
     from unnest($3::bigint[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[],
       $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::jsonb[])
       w (site, kind, subject, "from", "to", organisation, message, at, author, ground, body)`,
    [
      shard,
      seq,
      facts.map((fact) => fact.site),
      facts.map((fact) => fact.kind),
      facts.map((fact) => fact.subject),
      facts.map((fact) => fact.from),
      facts.map((fact) => fact.to),
      facts.map((fact) => fact.organisation),
      facts.map((fact) => fact.message),
      facts.map((fact) => fact.at),
      facts.map((fact) => fact.author),
      facts.map((fact) => fact.ground),
      facts.map((fact) => JSON.stringify(fact.body)),
    ],
  );
}

async function endRows(
  { transaction, shard, seq }: ShardTransaction,
  versions: readonly FactVersion[],
): Promise<void> {
  if (versions.length === 0) return;
  const endedCount = await transaction.execute(
    `update fact f set end_seq = $2
     from unnest($3::bigint[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::int[])
       w (site, kind, subject, "from", seq, organisation)
     where f.shard = $1 and f.site = w.site and f.kind = w.kind and f.subject = w.subject
       and f.organisation = w.organisation
       and f.valid_from = date '1970-01-01' + w."from" and f.seq = w.seq and f.end_seq = 0`,
    [
      shard,
      seq,
      versions.map((version) => version.site),
      versions.map((version) => version.kind),
      versions.map((version) => version.subject),
      versions.map((version) => version.from),
      versions.map((version) => version.seq),
      versions.map((version) => version.organisation),
    ],
  );
  invariant(endedCount === versions.length, `${endedCount} of ${versions.length} versions ended`);
}

/** What stays of a version's days outside of the facts that replace it. */
function remainsOf(version: FactVersion, covering: readonly FactWrite[]): FactWrite[] {
  const remains: FactWrite[] = [];
  let from: Day | null = version.from;
  for (const fact of [...covering].sort((a, b) => a.from - b.from)) {
    if (from !== null && from < fact.from) remains.push({ ...version, from, to: fact.from });
    from = fact.to;
  }
  if (from !== null && (version.to === null || from < version.to)) {
    remains.push({ ...version, from, to: version.to });
  }
  return remains;
}

function assertApart(facts: readonly FactWrite[]): void {
  const seen = new Map<string, FactWrite[]>();
  for (const fact of facts) {
    const same = seen.get(subjectKey(fact));
    if (same === undefined) seen.set(subjectKey(fact), [fact]);
    else {
      const other = same.find((given) => overlaps(given, fact));
      invariant(other === undefined, `${fact.kind} ${fact.subject}: given twice for one day`);
      same.push(fact);
    }
  }
}

function overlaps(a: DayRange, b: DayRange): boolean {
  return (a.to === null || b.from < a.to) && (b.to === null || a.from < b.to);
}

/** Two organisations may give their tariff categories the same name. */
function subjectKey(fact: Pick<FactWrite, "organisation" | "site" | "kind" | "subject">): string {
  return `${fact.organisation}/${fact.site}/${fact.kind}/${fact.subject}`;
}
