import type { Day } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { MessageId, OrganisationId, Origin, SiteId } from "../../model/ids.ts";
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
