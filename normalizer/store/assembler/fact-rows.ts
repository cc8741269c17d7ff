import type { Day } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { MessageId, OrganisationId, Origin, Shard, SiteId } from "../../model/ids.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
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

/** Facts of contracts in the range as known at `seq`, by site, kind, subject and first day. */
export async function readContractFacts(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  organisation: OrganisationId,
  seq: number,
): Promise<readonly FactRow[]> {
  const rows = await readCopy(
    transaction,
    copyQuery`select site, kind, subject, valid_from - date '1970-01-01',
      valid_to - date '1970-01-01', seq, message, at, body
    from fact
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and kind in ('contract', 'site', 'supply-point') and organisation = ${organisation}
      and seq <= ${seq} and (end_seq = 0 or end_seq > ${seq})
    order by shard, site, kind, subject, valid_from`,
  );
  return factsOf(rows);
}

/** Which fact: versions with the same subject follow each other in time. */
export type Subject = Pick<FactRow, "site" | "kind" | "subject">;

/** A version with the seq that ended it; 0 while it is in force. */
export interface EndedFactRow extends FactRow {
  readonly endSeq: number;
}

/** Versions of some subjects that were in force at any seq from `seen` to `known`, by first day; see `factsAt`. */
export async function readVersionsOf(
  transaction: Transaction,
  shard: Shard,
  subjects: readonly Subject[],
  { seen, known }: { readonly seen: number; readonly known: number },
): Promise<readonly EndedFactRow[]> {
  if (subjects.length === 0) return [];
  const rows = await transaction.query<{
    site: string;
    kind: keyof FactBodies;
    subject: string;
    from: number;
    to: number | null;
    seq: string;
    end_seq: string;
    body: FactBodies[keyof FactBodies];
  }>(
    `select f.site, f.kind, f.subject, f.valid_from - date '1970-01-01' as "from",
       f.valid_to - date '1970-01-01' as "to", f.seq, f.end_seq, f.body
     from (select distinct * from unnest($2::bigint[], $3::text[], $4::text[])) w (site, kind, subject)
     join fact f on f.shard = $1 and f.site = w.site and f.kind = w.kind and f.subject = w.subject
     where f.seq <= $6 and (f.end_seq = 0 or f.end_seq > $5)
     order by f.kind, f.subject, f.valid_from, f.seq`,
    [
      shard,
      subjects.map(({ site }) => site),
      subjects.map(({ kind }) => kind),
      subjects.map(({ subject }) => subject),
      seen,
      known,
    ],
  );
  return rows.map((row) => ({
    site: Number(row.site) as SiteId,
    kind: row.kind,
    subject: row.subject,
    from: row.from as Day,
    to: row.to as Day | null,
    seq: Number(row.seq),
    endSeq: Number(row.end_seq),
    origin: { message: 0 as MessageId, at: 0 },
    body: row.body,
  }));
}

/** Those of the versions that were in force at a seq. */
export function factsAt(versions: readonly EndedFactRow[], at: number): readonly FactRow[] {
  return versions.filter(({ seq, endSeq }) => seq <= at && (endSeq === 0 || endSeq > at));
}

function factsOf(rows: CopyReader): readonly FactRow[] {
  const facts: FactRow[] = [];
  while (rows.more()) {
    facts.push({
      site: rows.integer() as SiteId,
      kind: rows.word() as keyof FactBodies,
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
