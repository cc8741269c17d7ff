import type { FactKind } from "../../normalizer/model/fact-bodies.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { AnyPageFact, PageFact } from "../../normalizer/store/account-page.ts";
import { maskName, maskParty } from "../access/masking.ts";
import type { AccountCardAnswer } from "./schemas/accounts.ts";

export type CardHead = Omit<AccountCardAnswer, "number">;

/** Versions in force of one kind, by first day of validity. */
export function factsOfKind<Kind extends FactKind>(
  facts: readonly AnyPageFact[],
  kind: Kind,
): readonly PageFact<Kind>[] {
  return facts
    .filter((fact) => fact.kind === kind && fact.inForce)
    .map((fact) => fact as unknown as PageFact<Kind>)
    .sort((left, right) => (left.validFrom < right.validFrom ? -1 : 1));
}

/** Name of the consumer in full: for the audited reveal only. */
export function holderOf(facts: readonly AnyPageFact[]): string {
  const account = factsOfKind(facts, "account").at(-1);
  return account?.body.holder ?? factsOfKind(facts, "contract").at(-1)?.body.party ?? "";
}

/** Header of the account page by the latest versions of the facts; the holder is masked. */
export function cardHeadOf(facts: readonly AnyPageFact[]): CardHead {
  const site = factsOfKind(facts, "site").at(-1);
  invariant(site !== undefined, "an account without a site has no place");
  const accounts = factsOfKind(facts, "account");
  const contracts = factsOfKind(facts, "contract");
  const served = accounts.length > 0 ? accounts : contracts;
  const account = accounts.at(-1)?.body;
  const contract = contracts.at(-1)?.body;
  const residents = factsOfKind(facts, "residents").at(-1)?.body.count ?? null;
  const holder = holderOf(facts);
  return {
    holder: contract === undefined ? maskName(holder) : maskParty(holder),
    siteKind: site.body.kind,
    address: site.body.address,
    district: site.body.district,
    premises: account?.premises ?? "",
    servedFrom: served[0]?.validFrom ?? site.validFrom,
    servedTo: served.at(-1)?.validTo ?? null,
    household:
      account === undefined
        ? null
        : { category: account.category, norm: account.norm, areaM2: account.areaM2, residents },
    contract:
      contract === undefined
        ? null
        : {
            inn: contract.inn,
            priceCategory: contract.priceCategory,
            maxPowerKw: contract.maxPowerKw,
            voltageLevel: contract.voltageLevel,
          },
  };
}
