import type { AccountNumber, OrganisationId, SiteId } from "../../normalizer/model/ids.ts";
import type { Result } from "../../normalizer/model/result.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";
import { EVERYBODY } from "../../normalizer/store/run-scope.ts";

const WORDS: Readonly<Record<string, RunScope>> = {
  all: EVERYBODY,
  private: { kind: "PRIVATE" },
  mkd: { kind: "MKD" },
  communal: { kind: "COMMUNAL" },
  separate: { kind: "SEPARATE" },
};
const NAMED = /^(district|site|account):(.+)$/;

/**
 * Whom the words name: "all", "private", "district:Энский", "account:0015000127" …
 *
 * @returns the scope, or in Russian why it names nobody
 */
export async function scopeOfText(
  queryable: Queryable,
  organisation: OrganisationId,
  text: string,
): Promise<Result<RunScope, string>> {
  const word = WORDS[text];
  if (word !== undefined) return { ok: true, value: word };
  const [, kind, name = ""] = NAMED.exec(text) ?? [];
  if (kind === "district") return { ok: true, value: { kind: "DISTRICT", district: name } };
  if (kind === "site" && /^[1-9]\d{0,14}$/.test(name)) {
    return { ok: true, value: { kind: "SITE", site: Number(name) as SiteId } };
  }
  if (kind === "account") {
    const place = await placeOf(queryable, { organisation, districts: null }, name);
    if (!place.ok) return { ok: false, problem: `лицевого счёта ${name} нет` };
    const { site, account } = place.value;
    const scope = { kind: "ACCOUNT", number: name as AccountNumber, site, account } as const;
    return { ok: true, value: scope };
  }
  return {
    ok: false,
    problem: `«${text}»: нужно ${Object.keys(WORDS).join(", ")}, district:РАЙОН, site:ДОМ или account:ЛС`,
  };
}
