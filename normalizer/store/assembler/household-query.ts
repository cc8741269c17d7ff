import type { Day } from "../../model/dates.ts";
import type { OrganisationId } from "../../model/ids.ts";
import type { CopyQuery } from "../copy-query.ts";
import { copyQuery, readCopy, readCopyBytes } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";
import { HouseholdReader } from "./household-reader.ts";
import type { HouseholdRows, KnownSpan } from "./household-rows.ts";

/**
 * Facts of households in the range as known at `known`.
 *
 * @param before versions of sites that begin on this day or later are left out
 */
export async function readHouseholds(
  transaction: Transaction,
  range: SiteRange,
  organisation: OrganisationId,
  { known, seen }: KnownSpan,
  before: Day,
): Promise<HouseholdRows> {
  const since = Math.min(seen, known);
  const where = copyQuery`${inRange(range)} and (end_seq = 0 or end_seq > ${since})`;
  const reader = new HouseholdReader(before);
  reader.take(await readCopy(transaction, householdsQuery(organisation, known, where)));
  return reader.finish();
}

/** Rows of versions that have ended since `seen`: the reader notes their names. */
export async function readEnded(
  transaction: Transaction,
  range: SiteRange,
  organisation: OrganisationId,
  { known, seen }: KnownSpan,
): Promise<Buffer> {
  const where = copyQuery`${inRange(range)}
    and end_seq <> 0 and end_seq > ${Math.min(seen, known)} and end_seq <= ${known}`;
  return readCopyBytes(transaction, householdsQuery(organisation, known, where));
}

export function inRange({ shard, firstSite, lastSite }: SiteRange): CopyQuery {
  return copyQuery`shard = ${shard} and site between ${firstSite} and ${lastSite}`;
}

/**
 * Rows for `HouseholdReader`. The fields that most accounts have are columns, in the place of a
 * body to parse per row, and the server does not sort: a few versions of one subject are sorted by
 * the reader. The number of a kind is negative where the version has ended at `known`.
 *
 * @param where which of the versions that came up to `known`
 */
export function householdsQuery(
  organisation: OrganisationId,
  known: number,
  where: CopyQuery,
): CopyQuery {
  return copyQuery`select site,
      case kind when 'account' then 2 when 'residents' then 3 when 'meter' then 4
        when 'site' then 1 when 'meter-fault' then 5 when 'house' then 6 when 'premises' then 7
        when 'occupancy' then 8 when 'owners' then 9 when 'fixed-volume' then 10
        when 'stop' then 11 when 'access-refused' then 12 when 'meter-delay' then 13
        when 'meter-impossible' then 14 when 'absence' then 15 when 'breach' then 16
        when 'benefit' then 17 when 'plot-use' then 18
        when 'manual-recalculation' then 19 else 20 end
        * case when end_seq = 0 or end_seq > ${known} then 1 else -1 end,
      subject, valid_from - date '1970-01-01', valid_to - date '1970-01-01', seq, message, at,
      case when kind in ('account', 'meter', 'residents', 'site') then
          coalesce(body->>'number', nullif(body->>'account', '0'), body->>'count', body->>'kind',
            body->>'common')
        when kind = 'occupancy' and body->>'part' = 'WHOLE' then body->>'premises'
        when kind = 'premises' and not body ? 'contract' and body->>'number' not like '{%' then
          body->>'number'
        when kind = 'manual-recalculation' then
          (body || jsonb_build_object('ground', ground))::text
        else body::text end,
      coalesce(body->>'category', body->>'point', body->>'district', body->>'use'),
      case kind when 'premises' then body->>'areaM2'
        else coalesce(body->>'norm', body->>'serial', body->>'address') end,
      body->>'zones', body->>'digits', body->>'ratio'
    from fact
    where ${where}
      and kind in ('account', 'meter', 'residents', 'site', 'meter-fault', 'house', 'premises',
        'occupancy', 'owners', 'fixed-volume', 'stop', 'access-refused', 'meter-delay',
        'meter-impossible', 'absence', 'breach', 'benefit', 'plot-use', 'manual-recalculation',
        'odn-carry')
      and organisation = ${organisation}
      and seq <= ${known}`;
}
