import type { AccountId } from "../model/ids.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { AccountKey } from "./posted.ts";
import type { Scope } from "./scope.ts";

/** An account or contract as people name it, by the newest versions of its facts. */
export interface AccountName {
  readonly number: string;
  readonly address: string;
  readonly district: string;
}

/** Those of the accounts that the scope lets see, by id. */
export async function readAccountNames(
  queryable: Queryable,
  { organisation, districts }: Scope,
  accounts: readonly AccountKey[],
): Promise<ReadonlyMap<AccountId, AccountName>> {
  const rows = await queryable.query<AccountName & { readonly account: string }>(
    `select w.account, a.body->>'number' as number, s.body->>'address' as address,
       s.body->>'district' as district
     from unnest($1::smallint[], $2::bigint[], $3::bigint[]) w (shard, site, account)
     join lateral (select f.body from fact f
       where f.shard = w.shard and f.site = w.site and f.kind in ('account', 'contract')
         and f.subject = w.account::text and f.organisation = $4 and f.end_seq = 0
       order by f.valid_from desc limit 1) a on true
     join lateral (select f.body from fact f
       where f.shard = w.shard and f.site = w.site and f.kind = 'site' and f.end_seq = 0
       order by f.valid_from desc limit 1) s on true
     where $5::text[] is null or s.body->>'district' = any ($5)`,
    [
      accounts.map(({ shard }) => shard),
      accounts.map(({ site }) => site),
      accounts.map(({ account }) => account),
      organisation,
      districts,
    ],
  );
  return new Map(
    rows.map(({ account, ...name }) => [integer(account) as AccountId, name] as const),
  );
}
