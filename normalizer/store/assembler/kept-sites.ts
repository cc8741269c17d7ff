import { createHash } from "node:crypto";
import type { Day, Month } from "../../model/dates.ts";
import { addMonths, firstDay } from "../../model/dates.ts";
import type { OrganisationId, Shard, SiteId } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import { invariant } from "../../model/result.ts";
import { CopyReader } from "../copy.ts";
import { BinaryReader } from "../copy-binary.ts";
import type { CopyQuery } from "../copy-query.ts";
import { copyQuery, readCopy, readCopyBytes } from "../copy-query.ts";
import type { Queryable, Transaction } from "../database.ts";
import { integer } from "../database.ts";
import type { Pin } from "../documents.ts";
import { dayText } from "../results.ts";
import type { SiteRange } from "./context.ts";
import { householdsQuery, inRange } from "./household-query.ts";
import { LOOK_BACK_MONTHS } from "./past.ts";
import { readingsQuery } from "./reading-rows.ts";

/** What billing reads of one site, as bytes of the rows of two queries. */
export interface KeptSite {
  readonly site: SiteId;
  /** Rows of `householdsQuery` in force at a counter. */
  readonly facts: Buffer;
  /** Rows of `readingsQuery` from `from` on. */
  readonly readings: Buffer;
  readonly from: Day;
}

export interface SitesAsOf {
  readonly organisation: OrganisationId;
  readonly known: number;
  /** States of the months that a run of this period looks back to are in the rows. */
  readonly period: Month;
}

/** Site 0 says of its shard that every site known then has a row. */
const WHOLE_SHARD = 0 as SiteId;

/**
 * Every site of the range that has household accounts, as known at `known`, by id. Those that nothing has
 * happened to since they were kept are one row each; the others are read from the facts and kept.
 */
export async function readKeptSites(
  transaction: Transaction,
  range: SiteRange,
  asOf: SitesAsOf,
): Promise<readonly KeptSite[]> {
  const { whole, rows } = await readStoredSites(transaction, range, asOf.organisation);
  if (whole === null) {
    const sites = await deriveSites(transaction, inRange(range), asOf, keptFrom(asOf.period));
    await storeSites(transaction, range.shard, asOf, sites);
    return sites;
  }
  const counters = [...rows.map(({ through }) => through), whole];
  const span = {
    after: Math.min(asOf.known, ...counters),
    upTo: Math.max(asOf.known, ...counters),
  };
  const newest = await readChanges(transaction, range, asOf.organisation, span);
  const first = firstDay(addMonths(asOf.period, -LOOK_BACK_MONTHS));
  const fresh = rows.filter(
    ({ site, through, from }) =>
      from <= first && (newest.get(site) ?? 0) <= Math.min(through, asOf.known),
  );
  const isFresh = new Set(fresh.map(({ site }) => site));
  const stale = new Set([...newest.keys(), ...rows.map(({ site }) => site)]);
  for (const site of isFresh) stale.delete(site);
  fresh.sort((a, b) => a.site - b.site);
  if (stale.size === 0) return fresh;
  const where = copyQuery`shard = ${range.shard} and site in (${[...stale]})`;
  const derived = await deriveSites(transaction, where, asOf, keptFrom(asOf.period));
  await storeSites(transaction, range.shard, asOf, derived);
  return [...fresh, ...derived].sort((a, b) => a.site - b.site);
}

/**
 * Says that every site of each shard that was known at the pin has a row. Call it after all of them
 * were read by `readKeptSites` at the pin.
 */
export async function markWholeShards(
  queryable: Queryable,
  organisation: OrganisationId,
  pin: Pin,
): Promise<void> {
  await queryable.execute(
    `insert into household_site as kept
       (shard, site, organisation, layout, through_seq, from_day, facts, readings)
     select shard, $1, $2, $3, through, date '1970-01-01', '', ''
     from unnest($4::smallint[], $5::bigint[]) w (shard, through)
     order by shard
     on conflict (shard, site, organisation) do update set layout = excluded.layout,
       through_seq = excluded.through_seq
     where kept.layout <> excluded.layout or kept.through_seq < excluded.through_seq`,
    [
      WHOLE_SHARD,
      organisation,
      LAYOUT,
      [...pin.keys()].filter((shard) => shard < COMMON_SHARD),
      pin.slice(0, COMMON_SHARD),
    ],
  );
}

/** The same of one shard. */
export async function markWholeShard(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  through: number,
): Promise<void> {
  const none = Buffer.alloc(0);
  const mark = { site: WHOLE_SHARD, from: 0 as Day, facts: none, readings: none };
  await storeSites(queryable, shard, { organisation, known: through }, [mark]);
}

/** Counter through which the rows of a shard are whole, by shard. */
export async function keptThrough(
  queryable: Queryable,
  organisation: OrganisationId,
): Promise<ReadonlyMap<Shard, number>> {
  const rows = await queryable.query<{ shard: number; through_seq: string }>(
    `select shard, through_seq from household_site
     where site = $1 and organisation = $2 and layout = $3`,
    [WHOLE_SHARD, organisation, LAYOUT],
  );
  return new Map(rows.map((row) => [row.shard as Shard, integer(row.through_seq)]));
}

/** Range of the next sites of a shard, by id; null after the last one. */
export async function sitesAfter(
  queryable: Queryable,
  organisation: OrganisationId,
  {
    shard,
    first,
    limit,
  }: { readonly shard: Shard; readonly first: number; readonly limit: number },
): Promise<SiteRange | null> {
  const [row] = await queryable.query<{ last: string | null }>(
    `select max(site) as last from (
       select distinct site from fact
       where shard = $1 and site >= $2 and kind = 'site' and organisation = $3
       order by site limit $4) next`,
    [shard, first, organisation, limit],
  );
  if (row === undefined || row.last === null) return null;
  return { shard, firstSite: first as SiteId, lastSite: integer(row.last) as SiteId };
}

export interface StoredSite extends KeptSite {
  readonly through: number;
}

interface StoredSites {
  /** Counter at which every site of the shard had a row; null where that is not known. */
  readonly whole: number | null;
  readonly rows: readonly StoredSite[];
}

/** What is kept of the sites of the range by this version of the hub, stale or not. */
export async function readStoredSites(
  transaction: Transaction,
  range: SiteRange,
  organisation: OrganisationId,
): Promise<StoredSites> {
  const ours = copyQuery`organisation = ${organisation} and layout = ${LAYOUT}`;
  const columns = copyQuery`site, through_seq, from_day - date '1970-01-01', facts, readings`;
  const { text } = copyQuery`select ${columns} from household_site
    where shard = ${range.shard} and site = ${WHOLE_SHARD} and ${ours}
    union all
    select ${columns} from household_site where ${inRange(range)} and ${ours}`;
  const bytes = await transaction.copyBytes(`copy (${text}) to stdout (format binary)`);
  const rows = new BinaryReader(bytes);
  const sites: StoredSite[] = [];
  let whole: number | null = null;
  while (rows.next()) {
    const site = rows.bigint() as SiteId;
    const through = rows.bigint();
    const from = rows.integer() as Day;
    const row = { site, through, from, facts: rows.bytes(), readings: rows.bytes() };
    if (site === WHOLE_SHARD) whole = through;
    else sites.push(row);
  }
  return { whole, rows: sites };
}

/** The newest counter of a fact, of its end or of a reading, by site; sites without one are absent. */
async function readChanges(
  transaction: Transaction,
  range: SiteRange,
  organisation: OrganisationId,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<ReadonlyMap<SiteId, number>> {
  const newest = new Map<SiteId, number>();
  if (after === upTo) return newest;
  const ours = copyQuery`${inRange(range)} and organisation = ${organisation}`;
  const since = copyQuery`seq > ${after} and seq <= ${upTo}`;
  const rows = await readCopy(
    transaction,
    copyQuery`select site, max(seq) from (
      select site, seq from fact where ${ours} and ${since}
      union all
      select site, end_seq from fact
      where ${ours} and end_seq <> 0 and end_seq > ${after} and end_seq <= ${upTo}
      union all
      select site, seq from reading where ${ours} and ${since}
    ) change group by site`,
  );
  while (rows.more()) newest.set(rows.integer() as SiteId, rows.integer());
  return newest;
}

/** One month more than a run of the period looks at, for one of the period before. */
function keptFrom(period: Month): Day {
  return firstDay(addMonths(period, -LOOK_BACK_MONTHS - 1));
}

/** The rows of sites as known at a counter, made from their facts and their readings from a day on. */
export async function deriveSites(
  transaction: Transaction,
  where: CopyQuery,
  { organisation, known }: Pick<SitesAsOf, "organisation" | "known">,
  from: Day,
): Promise<readonly KeptSite[]> {
  const inForce = copyQuery`${where} and (end_seq = 0 or end_seq > ${known})`;
  const facts = bySite(
    await readCopyBytes(transaction, householdsQuery(organisation, known, inForce)),
  );
  const since = copyQuery`${where} and state_at >= date '1970-01-01' + ${from}`;
  const readings = bySite(await readCopyBytes(transaction, readingsQuery(known, since)));
  const none = Buffer.alloc(0);
  return [...facts]
    .sort(([a], [b]) => a - b)
    .map(([site, bytes]) => ({ site, facts: bytes, readings: readings.get(site) ?? none, from }));
}

/** Rows whose first column is the site, together by it. */
export function bySite(bytes: Buffer): ReadonlyMap<SiteId, Buffer> {
  const parts = new Map<SiteId, Buffer[]>();
  const rows = new CopyReader(bytes);
  let last: SiteId | null = null;
  let start = 0;
  const take = (end: number) => {
    if (last === null) return;
    const same = parts.get(last);
    const part = bytes.subarray(start, end);
    if (same === undefined) parts.set(last, [part]);
    else same.push(part);
  };
  while (rows.more()) {
    const at = rows.offset;
    const site = rows.integer() as SiteId;
    rows.skipRow();
    if (site === last) continue;
    take(at);
    last = site;
    start = at;
  }
  take(bytes.length);
  return new Map([...parts].map(([site, own]) => [site, Buffer.concat(own)]));
}

/** In the order of sites; whoever knows more wins. */
async function storeSites(
  queryable: Queryable,
  shard: Shard,
  { organisation, known }: Pick<SitesAsOf, "organisation" | "known">,
  sites: readonly KeptSite[],
): Promise<void> {
  if (sites.length === 0) return;
  await queryable.execute(
    `insert into household_site as kept
       (shard, site, organisation, layout, through_seq, from_day, facts, readings)
     select $1, site, $2, $3, $4, from_day, facts, readings
     from unnest($5::bigint[], $6::date[], $7::bytea[], $8::bytea[])
       w (site, from_day, facts, readings)
     on conflict (shard, site, organisation) do update set layout = excluded.layout,
       through_seq = excluded.through_seq, from_day = excluded.from_day, facts = excluded.facts,
       readings = excluded.readings
     where kept.layout <> excluded.layout or kept.through_seq < excluded.through_seq`,
    [
      shard,
      organisation,
      LAYOUT,
      known,
      sites.map(({ site }) => site),
      sites.map(({ from }) => dayText(from)),
      sites.map(({ facts }) => facts),
      sites.map(({ readings }) => readings),
    ],
  );
}

/** Rows made by other queries than those of this version of the hub are of no use to it. */
const LAYOUT = layoutOf();

function layoutOf(): number {
  const nothing = copyQuery`true`;
  const { text } = householdsQuery(0 as OrganisationId, 0, nothing);
  const hash = createHash("sha256").update(text).update(readingsQuery(0, nothing).text).digest();
  const layout = hash.readUIntBE(0, 6);
  invariant(Number.isSafeInteger(layout), "a layout of 48 bits");
  return layout;
}
