import type { AccountNumber, OrganisationId, SiteId } from "../../normalizer/model/ids.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";
import { EVERYBODY } from "../../normalizer/store/run-scope.ts";
import { UsageError } from "../command.ts";

const WORDS: Readonly<Record<string, RunScope>> = {
  all: EVERYBODY,
  private: { kind: "PRIVATE" },
  mkd: { kind: "MKD" },
  communal: { kind: "COMMUNAL" },
  separate: { kind: "SEPARATE" },
};
const NAMED = /^(district|site|account):(.+)$/;

/**
 * Whom `--scope` names.
 *
 * @throws UsageError when it names nobody
 */
export async function givenScope(
  queryable: Queryable,
  organisation: OrganisationId,
  text: string | undefined,
): Promise<RunScope> {
  const word = WORDS[text ?? "all"];
  if (word !== undefined) return word;
  const [, kind, name = ""] = NAMED.exec(text ?? "") ?? [];
  if (kind === "district") return { kind: "DISTRICT", district: name };
  if (kind === "site" && /^[1-9]\d{0,14}$/.test(name)) {
    return { kind: "SITE", site: Number(name) as SiteId };
  }
  if (kind === "account") {
    const place = await placeOf(queryable, { organisation, districts: null }, name);
    if (!place.ok) throw new UsageError(`Лицевого счёта ${name} нет`);
    const { site, account } = place.value;
    return { kind: "ACCOUNT", number: name as AccountNumber, site, account };
  }
  throw new UsageError(
    `--scope «${text}»: нужно ${Object.keys(WORDS).join(", ")}, district:РАЙОН, site:ДОМ или account:ЛС`,
  );
}
