import type { AccountId, OrganisationId, Shard, SiteId } from "../model/ids.ts";
import type { Result } from "../model/result.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { Scope } from "./scope.ts";

declare const admitted: unique symbol;

/**
 * An account that the asking person may see. Only `placeOf` makes one, so a query that takes it
 * cannot be asked about an account outside the scope.
 */
export interface AccountPlace {
  readonly [admitted]: true;
  readonly organisation: OrganisationId;
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
  readonly number: string;
}

/**
 * "UNKNOWN" = no such number in the organisation; "OUT_OF_SCOPE" = the site is in another district.
 */
export type PlaceRefusal = "UNKNOWN" | "OUT_OF_SCOPE";

/** Where the facts of an account number stand, for a person who may see them. */
export async function placeOf(
  queryable: Queryable,
  scope: Scope,
  number: string,
): Promise<Result<AccountPlace, PlaceRefusal>> {
  const [key] = await queryable.query<{ shard: number; site: string; id: string }>(
    `select shard, site, id from unique_key
     where key = $1 and kind = 'account' and organisation = $2`,
    [number, scope.organisation],
  );
  if (key === undefined) return { ok: false, problem: "UNKNOWN" };
  // Versions that are over count too: a site that has left the district is not shown to it by its
  // past.
  const [site] = await queryable.query<{ visible: boolean }>(
    `select $3::text[] is null or body->>'district' = any ($3) as visible
     from fact where shard = $1 and site = $2 and kind = 'site' and end_seq = 0
     order by valid_from desc limit 1`,
    [key.shard, key.site, scope.districts],
  );
  if (site?.visible !== true) return { ok: false, problem: "OUT_OF_SCOPE" };
  const place: Omit<AccountPlace, typeof admitted> = {
    organisation: scope.organisation,
    shard: key.shard as Shard,
    site: integer(key.site) as SiteId,
    account: integer(key.id) as AccountId,
    number,
  };
  return { ok: true, value: place as AccountPlace };
}

export interface AccountHit {
  readonly number: string;
  readonly holder: string;
  readonly address: string;
  readonly premises: string;
  readonly siteKind: "PRIVATE_HOUSE" | "MKD" | "BUSINESS";
}

interface HitRow {
  readonly subject: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, string>>;
}

/** Keys that one look reads: with districts some of them may fall away, so more than are shown. */
const SEARCH_KEYS_MAX = 400;

/** Accounts and contracts whose number begins with the text, in the order of numbers. */
export async function searchAccounts(
  queryable: Queryable,
  scope: Scope,
  prefix: string,
  limit: number,
): Promise<readonly AccountHit[]> {
  const keys = await queryable.query<{ key: string; shard: number; site: string; id: string }>(
    `select key, shard, site, id from unique_key
     where organisation = $1 and kind = 'account' and key like $2 order by key limit $3`,
    [
      scope.organisation,
      `${prefix.replace(/[\\%_]/g, "\\$&")}%`,
      scope.districts === null ? limit : SEARCH_KEYS_MAX,
    ],
  );
  const facts = await queryable.query<HitRow>(
    `select distinct on (f.kind, f.subject) f.kind, f.subject, f.body
     from unnest($1::smallint[], $2::bigint[]) w (shard, site)
     join fact f on f.shard = w.shard and f.site = w.site
     where f.end_seq = 0 and (f.kind in ('account', 'contract') and f.subject = any ($3)
       or f.kind = 'site' and ($4::text[] is null or f.body->>'district' = any ($4)))
     order by f.kind, f.subject, f.valid_from desc`,
    [
      keys.map(({ shard }) => shard),
      keys.map(({ site }) => site),
      keys.map(({ id }) => id),
      scope.districts,
    ],
  );
  const sites = new Map<string, HitRow["body"]>();
  const people = new Map<string, HitRow["body"]>();
  for (const { kind, subject, body } of facts) {
    (kind === "site" ? sites : people).set(subject, body);
  }
  return keys
    .flatMap(({ key, site, id }) => {
      const place = sites.get(site);
      const who = people.get(id);
      if (place === undefined || who === undefined) return [];
      return [
        {
          number: key,
          holder: who["holder"] ?? who["party"] ?? "",
          address: place["address"] ?? "",
          premises: who["premises"] ?? "",
          siteKind: place["kind"] as AccountHit["siteKind"],
        },
      ];
    })
    .slice(0, limit);
}
