import { endDay, firstDay } from "../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { PremisesFacts } from "../../normalizer/model/house-facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { volume } from "../../normalizer/model/units.ts";
import { billAccount } from "../households/account.ts";
import type { BilledSite, BillingProblem } from "../outcome.ts";
import type { Rules } from "../rules.ts";
import { type CommonBill, commonPart } from "./common-part.ts";
import { billRooms, noPayers } from "./communal-flat.ts";
import {
  billWhole,
  type HouseContext,
  heldBill,
  type Payer,
  type PayerBill,
  type PremisesBill,
  payerBill,
  premisesBill,
} from "./premises.ts";
import { billSeparate } from "./separate-accounts.ts";

/**
 * A МКД in one month: own lines of every account by its premises, then the common consumption of
 * the house, whose volume is what the ОДПУ shows above all premises. Own lines of an account do not
 * depend on the neighbours; its common lines do, and wait while one of them is held.
 *
 * @see ПП РФ 354 п. 44–50; ЖК РФ ст. 157.2
 */
export function billHouse(site: SiteFacts, rules: Rules, trace?: Trace): BilledSite {
  const context: HouseContext = { site, rules, trace };
  const accounts = new Map(site.accounts.map((account) => [account.account, account]));
  const premises = site.premises.map((item) => billPremises(item, accounts, context));
  const placed = new Set(site.premises.flatMap((item) => item.payers.map((row) => row.account)));
  const alone = site.accounts
    .filter(({ account }) => !placed.has(account))
    .map((account) => outside(account, context));
  const all = [...premises, ...alone];
  const common = site.house === null ? null : commonPart(site.house, all, context);
  return { ...inOrder(site, all, common?.bills ?? []), house: common?.month ?? null };
}

function billPremises(
  premises: PremisesFacts,
  accounts: ReadonlyMap<AccountId, AccountFacts>,
  context: HouseContext,
): PremisesBill {
  const payers = premises.payers.flatMap(({ account, part }): Payer[] => {
    const facts = accounts.get(account);
    return facts === undefined ? [] : [{ part, facts }];
  });
  if (premises.contract !== null) return contractPremises(premises);
  const kinds = new Set(premises.payers.map(({ part }) => part.kind));
  const isKnown = payers.length === premises.payers.length;
  if (kinds.size > 1 || (!isKnown && !kinds.has("WHOLE"))) {
    const problem = noPayers(premises.number);
    const bills = payers.map((payer) => heldBill(payer, problem));
    return { ...premisesBill(premises, bills), isHeld: true };
  }
  if (kinds.has("ROOM")) return billRooms(premises, payers, context);
  if (kinds.has("SHARE")) return billSeparate(premises, payers, context);
  const bill = billWhole(premises, payers, context);
  return isKnown ? bill : { ...bill, isHeld: true };
}

function contractPremises(premises: PremisesFacts): PremisesBill {
  const known = premises.contract?.volume ?? null;
  return {
    ...premisesBill(premises, []),
    consumed: known ?? volume(0),
    isHeld: known === null,
  };
}

/** An account that no premises names: its own lines go on, the house waits for its place. */
function outside(facts: AccountFacts, { site, rules, trace }: HouseContext): PremisesBill {
  const premises: PremisesFacts = {
    premises: 0 as PremisesFacts["premises"],
    number: facts.number,
    use: "RESIDENTIAL",
    areaE4: [],
    payers: [],
    points: [],
    sections: [],
    history: [],
    missedPeriods: 0,
    contract: null,
  };
  const payer: Payer = { part: { kind: "WHOLE" }, facts };
  const bill = payerBill(payer, billAccount(facts, site, rules, trace));
  const { from, to } = facts.served;
  const isServed = from < endDay(site.period) && (to === null || to > firstDay(site.period));
  return { ...premisesBill(premises, [bill]), isHeld: isServed };
}

/** Lines and problems by account in the order of the facts; the common lines of an account are its last. */
function inOrder(
  site: SiteFacts,
  premises: readonly PremisesBill[],
  common: readonly CommonBill[],
): { readonly lines: readonly Line[]; readonly problems: readonly BillingProblem[] } {
  const bills = new Map<AccountId, PayerBill>();
  for (const { payers } of premises) for (const bill of payers) bills.set(bill.facts.account, bill);
  const odn = new Map(common.map((bill) => [bill.account, bill]));
  const lines: Line[] = [];
  const problems: BillingProblem[] = [];
  for (const { account } of site.accounts) {
    const bill = bills.get(account);
    for (const line of bill?.lines ?? []) lines.push(line);
    for (const problem of bill?.problems ?? []) problems.push(problem);
    const last = odn.get(account);
    if (last === undefined) continue;
    for (const line of last.lines) lines.push(line);
    if (last.problem !== null) problems.push({ account, held: false, problem: last.problem });
  }
  return { lines, problems };
}
