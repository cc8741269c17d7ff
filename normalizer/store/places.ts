import type { OrganisationId, Shard, SiteId } from "../model/ids.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** Where some sites stand, by id; one that the organisation has not is absent. */
export async function readSitePlaces(
  queryable: Queryable,
  organisation: OrganisationId,
  sites: readonly number[],
): Promise<
  ReadonlyMap<
    number,
    { readonly shard: Shard; readonly site: SiteId; readonly id: number; readonly isNew: false }
  >
> {
  const places = new Map();
  if (sites.length === 0) return places;
  // Each shard is looked into by the key of the table, which begins with it.
  const rows = await queryable.query<{ shard: number; site: string }>(
    `select distinct f.shard, f.site from generate_series(0, 255) s (shard)
     join fact f on f.shard = s.shard and f.site = any($1::bigint[]) and f.kind = 'site'
     where f.organisation = $2 and f.end_seq = 0`,
    [[...new Set(sites)], organisation],
  );
  for (const { shard, site } of rows) {
    const id = integer(site);
    places.set(id, { shard: shard as Shard, site: id as SiteId, id, isNew: false });
  }
  return places;
}

/** New internal ids, one for each thing that is to be named. */
export async function takeIds(queryable: Queryable, count: number): Promise<number[]> {
  const rows = await queryable.query<{ id: string }>(
    "select nextval('object_id') as id from generate_series(1, $1)",
    [count],
  );
  return rows.map(({ id }) => integer(id));
}
