import type { Month } from "../../model/dates.ts";
import { addMonths } from "../../model/dates.ts";
import type { AccountFacts, PointFacts, SiteFacts, Switches } from "../../model/facts.ts";
import type { AccountId, AccountNumber, SiteId } from "../../model/ids.ts";
import type { PostedLine } from "../../model/lines.ts";
import type { Transaction } from "../database.ts";
import { readHouseMonths } from "../house-months.ts";
import { isAccountInScope } from "../run-scope.ts";
import { circumstancesOf, dated } from "./circumstances.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import type { FactRow } from "./fact-rows.ts";
import type { History } from "./history.ts";
import { historyOf, monthsOfLines, withPasts } from "./history.ts";
import type { AccountRows } from "./household-rows.ts";
import type { Households } from "./households.ts";
import { readHouseholdBatches } from "./households.ts";
import { accountSwitches, switchesOf } from "./law.ts";
import { hasMeterIn, isReadIn, pointsOf, servedOf } from "./meter-facts.ts";
import type { AccountPast } from "./past.ts";
import { LOOK_BACK_MONTHS } from "./past.ts";
import type { HousePast } from "./premises-facts.ts";
import { houseFactsOf, premisesFactsOf } from "./premises-facts.ts";
import { overlapsMonth } from "./timeline.ts";

/** Facts of a site with those of its accounts whose results are to be stored. */
export interface AssembledSite {
  readonly facts: SiteFacts;
  readonly district: string;
  /** The others were billed for the period already, and stand here for what is common to the house. */
  readonly toBill: ReadonlySet<AccountId>;
}

/**
 * The one assembler of households: facts of every site of the range for the period of the context,
 * as known at its pin. A bill, a mass run, a child run and an explanation all read through it.
 *
 * Accounts that a posted run has billed for the period are left out of what is to be stored: after posting only
 * difference lines of a later period correct them.
 *
 * @returns some sites at a time, by id, their accounts by id; a site without an account to bill is
 *   absent
 */
export async function* assembleSites(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
): AsyncGenerator<readonly AssembledSite[]> {
  for await (const households of readHouseholdBatches(transaction, context, range)) {
    yield await sitesOf(transaction, context, range, households);
  }
}

async function sitesOf(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  households: Households,
): Promise<readonly AssembledSite[]> {
  const { houses } = households;
  const houseMonths = await readHouseMonths(transaction, context.posted, range.shard, [
    ...houses.keys(),
  ]);
  const sites: AssembledSite[] = [];
  const bySite = accountsBySite(context, households);
  for (const [site, { accounts, toBill }] of [...bySite].sort(([a], [b]) => a - b)) {
    const body = households.sites.get(site);
    if (body === undefined || body.kind === "BUSINESS" || toBill.size === 0) continue;
    const house = body.kind === "MKD" ? houses.get(site) : undefined;
    const past: HousePast = {
      period: context.period,
      lookedBackTo: addMonths(context.period, -LOOK_BACK_MONTHS),
      posted: houseMonths.get(site) ?? [],
      linesOf: (account) => households.pasts.get(account)?.posted.lines ?? [],
    };
    const place = { district: body.district, site };
    const switches = switchesOf(context.law.switches, place, context.period);
    const facts: SiteFacts = {
      site,
      shard: range.shard,
      siteKind: body.kind,
      address: body.address,
      period: context.period,
      accounts: withSwitches(accounts, context, switches),
      premises: house === undefined ? [] : premisesFactsOf(house, past),
      house: house === undefined ? null : houseFactsOf(house, past),
      law: context.law.households,
      switches,
    };
    sites.push({ facts, district: body.district, toBill });
  }
  return sites;
}

function withSwitches(
  accounts: readonly AccountFacts[],
  { law, period }: AssemblyContext,
  ofSite: Switches,
): readonly AccountFacts[] {
  const own = accountSwitches(law.switches, ofSite, period);
  if (own.size === 0) return accounts;
  return accounts.map((facts) => {
    const switches = own.get(facts.account);
    return switches === undefined ? facts : { ...facts, switches };
  });
}

interface SiteAccounts {
  readonly accounts: AccountFacts[];
  readonly toBill: Set<AccountId>;
}

function accountsBySite(
  context: AssemblyContext,
  { accounts, pasts }: Households,
): ReadonlyMap<SiteId, SiteAccounts> {
  const bySite = new Map<SiteId, SiteAccounts>();
  const sorted = [...accounts.values()].sort((a, b) => a.account - b.account);
  for (const rows of sorted) {
    const past = pasts.get(rows.account);
    if (past === undefined || !isOfPeriod(context.period, rows, past)) continue;
    let inSite = bySite.get(rows.site);
    if (inSite === undefined) {
      inSite = { accounts: [], toBill: new Set() };
      bySite.set(rows.site, inSite);
    }
    inSite.accounts.push(accountFacts(context, rows, past));
    const parts = () =>
      rows.premises.flatMap(({ payers }) =>
        payers.filter(isOf(rows.account, context.period)).map(({ body }) => body.part),
      );
    if (past.isToBill && isAccountInScope(context.scope, rows.account, parts)) {
      inSite.toBill.add(rows.account);
    }
  }
  return bySite;
}

function isOf(account: AccountId, period: Month) {
  return (payer: FactRow<"occupancy">) =>
    payer.subject === String(account) && overlapsMonth(payer, period);
}

function isOfPeriod(period: Month, { versions }: AccountRows, { late }: AccountPast): boolean {
  return late.length > 0 || versions.some((version) => overlapsMonth(version, period));
}

function accountFacts(
  context: AssemblyContext,
  { account, versions, residents, meters, circumstances, premises }: AccountRows,
  past: AccountPast,
): AccountFacts {
  const { posted, late, lookedBackTo } = past;
  const known = pointsOf(meters.values());
  const { period } = context;
  const history =
    lookedBackTo === null
      ? NOT_LOOKED_BACK
      : historyOf(known, monthsOfLines(posted.lines), lookedBackTo, period);
  // Several points always look back: only one meter is settled by the two states alone.
  const points =
    lookedBackTo === null ? known : withPasts(known, posted.lines, lookedBackTo, period);
  return {
    account,
    number: (versions.at(-1)?.number ?? "") as AccountNumber,
    served: servedOf(versions),
    category: versions.map((version) => dated(version, version.category)),
    norm: versions.flatMap((version) =>
      version.norm === null ? [] : [dated(version, version.norm)],
    ),
    residents: residents.map((version) => dated(version, version.count)),
    circumstances: circumstancesOf(circumstances),
    points,
    history: history.months,
    missedPeriods: history.missedPeriods,
    posted: posted.lines.length === 0 ? [] : postedOf({ premises }, points, history, past, period),
    late,
  };
}

const NOT_LOOKED_BACK: History = { months: [], missedPeriods: 0 };

function postedOf(
  { premises }: Pick<AccountRows, "premises">,
  points: readonly PointFacts[],
  { months }: History,
  { posted, late }: AccountPast,
  period: Month,
): readonly PostedLine[] {
  // A reading that nothing precedes, or all of whose days nothing is charged on, leaves its month estimated.
  const estimated = new Set(
    [months, ...points.map((point) => point.past?.history ?? [])]
      .flat()
      .filter(({ method }) => method !== "METER")
      .map(({ month }) => month),
  );
  const shared = premises.flatMap((one) => one.meters.map(({ rows }) => rows));
  const measured = shared.length === 0 ? points : [...points, ...pointsOf(shared)];
  const isMetered = (month: Month) =>
    isReadIn(measured, month) && !(estimated.has(month) && hasMeterIn(measured, month));
  return postedThatMayChange(posted.lines, isMetered, late, period);
}

/**
 * Lines of late months, and of the months not billed by a reading directly before one of them or
 * before the period.
 */
function postedThatMayChange(
  lines: readonly PostedLine[],
  isMetered: (month: Month) => boolean,
  late: readonly Month[],
  period: Month,
): readonly PostedLine[] {
  const billed = new Set(lines.map(({ origin }) => origin));
  const months = new Set<Month>(late);
  for (const edge of [...late, period]) {
    let month = addMonths(edge, -1);
    for (; billed.has(month) && !isMetered(month); month = addMonths(month, -1)) {
      months.add(month);
    }
  }
  return lines.filter(({ origin }) => months.has(origin));
}
