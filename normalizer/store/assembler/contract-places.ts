import type { AccountId, OrganisationId, Shard, SiteId } from "../../model/ids.ts";
import type { Queryable } from "../database.ts";
import { integer } from "../database.ts";
import type { SiteRange } from "./context.ts";

/** Where some contracts stand: each is a site of its own. One that is not known is absent. */
export async function readContractPlaces(
  queryable: Queryable,
  organisation: OrganisationId,
  contracts: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, SiteRange>> {
  const places = new Map<AccountId, SiteRange>();
  if (contracts.length === 0) return places;
  const rows = await queryable.query<{ shard: number; site: string; subject: string }>(
    `select distinct shard, site, subject from fact
     where kind = 'contract' and subject = any($1::text[]) and organisation = $2`,
    [contracts.map(String), organisation],
  );
  for (const row of rows) {
    const site = integer(row.site) as SiteId;
    const place = { shard: row.shard as Shard, firstSite: site, lastSite: site };
    places.set(Number(row.subject) as AccountId, place);
  }
  return places;
}
