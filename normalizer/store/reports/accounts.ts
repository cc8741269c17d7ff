/** Household accounts and contracts of one shard with their last version and place; $1 shard, $2 organisation, $3 districts. */
export const ACCOUNTS = `select distinct on (f.subject) f.site, f.subject::bigint as account, f.kind,
    f.body->>'number' as number, coalesce(f.body->>'holder', f.body->>'party') as holder,
    coalesce(f.body->>'premises', '') as premises, s.district, s.address
  from fact f
  join (
    select distinct on (site) site, body->>'district' as district, body->>'address' as address
    from fact
    where shard = $1 and kind = 'site' and organisation = $2 and end_seq = 0
    order by site, valid_from desc
  ) s on s.site = f.site and ($3::text[] is null or s.district = any ($3))
  where f.shard = $1 and f.kind in ('account', 'contract') and f.organisation = $2
    and f.end_seq = 0
  order by f.subject, f.valid_from desc`;

/** Whose row of a report it is. */
export interface ReportAccount {
  readonly kind: "account" | "contract";
  readonly number: string;
  readonly holder: string;
  readonly district: string;
  readonly address: string;
  readonly premises: string;
}
