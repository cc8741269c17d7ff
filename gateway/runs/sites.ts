import { billContract } from "../../billing/businesses/contract.ts";
import type { Rules } from "../../billing/rules.ts";
import type { SiteFacts } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { volume } from "../../normalizer/model/units.ts";
import type { AssemblyContext, SiteRange } from "../../normalizer/store/assembler/context.ts";
import { assembleContracts } from "../../normalizer/store/assembler/contract-facts.ts";
import { readContractPlaces } from "../../normalizer/store/assembler/contract-places.ts";
import type { AssembledSite } from "../../normalizer/store/assembler/site-facts.ts";
import { assembleSites } from "../../normalizer/store/assembler/site-facts.ts";
import { overlapsMonth } from "../../normalizer/store/assembler/timeline.ts";
import type { Transaction } from "../../normalizer/store/database.ts";

/** Sites of a range in one list: see `readSiteBatches`. */
export async function readSites(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rules: Rules,
): Promise<readonly AssembledSite[]> {
  const sites: AssembledSite[] = [];
  for await (const batch of readSiteBatches(transaction, context, range, rules)) {
    sites.push(...batch);
  }
  return sites;
}

/**
 * Sites of a range, some at a time, with what the premises of business contracts in them consumed. That is computed from the same facts
 * and pin as the contract's own bill, whichever of the two is billed first and in whatever scope.
 */
export async function* readSiteBatches(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rules: Rules,
): AsyncGenerator<readonly AssembledSite[]> {
  for await (const sites of assembleSites(transaction, context, range)) {
    const contracts = new Set(sites.flatMap(({ facts }) => contractsOf(facts)));
    if (contracts.size === 0) {
      yield sites;
      continue;
    }
    const volumes = await contractVolumes(transaction, context, rules, [...contracts]);
    yield sites.map((site) => ({ ...site, facts: withVolumes(site.facts, volumes) }));
  }
}

function contractsOf({ premises }: SiteFacts): readonly AccountId[] {
  return premises.flatMap(({ contract }) => (contract === null ? [] : [contract.account]));
}

function withVolumes(site: SiteFacts, volumes: ReadonlyMap<AccountId, Volume>): SiteFacts {
  const premises = site.premises.map((one) => {
    if (one.contract === null) return one;
    const { account } = one.contract;
    return { ...one, contract: { account, volume: volumes.get(account) ?? null } };
  });
  return { ...site, premises };
}

/**
 * What each contract consumed in the period. One that cannot be billed yet is absent; so is one of several supply
 * points, of which nothing says which one is in the house.
 */
async function contractVolumes(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  contracts: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, Volume>> {
  const volumes = new Map<AccountId, Volume>();
  const places = await readContractPlaces(transaction, context.organisation, contracts);
  // Derived days are stored by the contract's own chunk only.
  const derived = { ...context, derivedRows: "DERIVED" as const };
  for (const place of places.values()) {
    for (const facts of await assembleContracts(transaction, derived, place, "TAKE")) {
      const served = facts.points.filter((point) => overlapsMonth(point.served, facts.period));
      const { lines, problems } = billContract(facts, rules);
      if (served.length !== 1 || problems.some(({ held }) => held)) continue;
      const energy = lines.filter(
        ({ kind, origin }) => kind === "ENERGY" && origin === facts.period,
      );
      volumes.set(facts.contract, volume(energy.reduce((sum, line) => sum + line.volume, 0)));
    }
  }
  return volumes;
}
