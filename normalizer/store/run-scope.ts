import type { FactBodies } from "../model/fact-bodies.ts";
import type { AccountId, AccountNumber, SiteId } from "../model/ids.ts";

/** Whom a run bills; the rest of the month is billed by another one. */
export type RunScope =
  | { readonly kind: "ALL" | "PRIVATE" | "MKD" | "COMMUNAL" | "SEPARATE" }
  | { readonly kind: "DISTRICT"; readonly district: string }
  | { readonly kind: "SITE"; readonly site: SiteId }
  | {
      readonly kind: "ACCOUNT";
      readonly number: AccountNumber;
      readonly site: SiteId;
      readonly account: AccountId;
    };

export const EVERYBODY: RunScope = { kind: "ALL" };

/** As `hub bill --scope` takes it, and as two scopes are compared. */
export function scopeText(scope: RunScope): string {
  switch (scope.kind) {
    case "DISTRICT":
      return `district:${scope.district}`;
    case "SITE":
      return `site:${scope.site}`;
    case "ACCOUNT":
      return `account:${scope.number}`;
    default:
      return scope.kind.toLowerCase();
  }
}

interface ScopedSite {
  readonly site: SiteId;
  readonly kind: FactBodies["site"]["kind"];
  readonly district: string;
}

/** False for a site of which the run bills nobody. */
export function isSiteInScope(scope: RunScope, { site, kind, district }: ScopedSite): boolean {
  switch (scope.kind) {
    case "ALL":
      return true;
    case "PRIVATE":
      return kind === "PRIVATE_HOUSE";
    case "MKD":
    case "COMMUNAL":
    case "SEPARATE":
      return kind === "MKD";
    case "DISTRICT":
      return district === scope.district;
    case "SITE":
    case "ACCOUNT":
      return site === scope.site;
  }
}

/** Which of the accounts of a site in scope are billed; the others stand there for what is common to their house. */
export function isAccountInScope(
  scope: RunScope,
  account: AccountId,
  parts: () => readonly FactBodies["occupancy"]["part"][],
): boolean {
  if (scope.kind === "ACCOUNT") return account === scope.account;
  if (scope.kind === "COMMUNAL") return parts().includes("ROOM");
  if (scope.kind === "SEPARATE") return parts().includes("SHARE");
  return true;
}

/** Condition of SQL on a row of `fact` for sites that may be in scope, with its one parameter. */
export function siteCondition(scope: RunScope, parameter: string): [string, readonly string[]] {
  const exists = (what: string) =>
    `exists (select from fact s where s.shard = fact.shard and s.site = fact.site and ${what})`;
  switch (scope.kind) {
    case "ALL":
      return ["true", []];
    case "PRIVATE":
      return [exists(`s.kind = 'site' and s.body->>'kind' = ${parameter}`), ["PRIVATE_HOUSE"]];
    case "MKD":
      return [exists(`s.kind = 'site' and s.body->>'kind' = ${parameter}`), ["MKD"]];
    case "COMMUNAL":
      return [exists(`s.kind = 'occupancy' and s.body->>'part' = ${parameter}`), ["ROOM"]];
    case "SEPARATE":
      return [exists(`s.kind = 'occupancy' and s.body->>'part' = ${parameter}`), ["SHARE"]];
    case "DISTRICT":
      return [exists(`s.kind = 'site' and s.body->>'district' = ${parameter}`), [scope.district]];
    case "SITE":
    case "ACCOUNT":
      return [`site = ${parameter}::bigint`, [String(scope.site)]];
  }
}
