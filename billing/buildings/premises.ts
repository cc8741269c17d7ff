import { type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, Dated, SiteFacts } from "../../normalizer/model/facts.ts";
import type { PremisesFacts, PremisesPayer } from "../../normalizer/model/house-facts.ts";
import type { Line, LineKind, Trace } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { type AccountBill, billAccount } from "../households/account.ts";
import type { AccountContext } from "../households/context.ts";
import type { EnergyPart } from "../households/pricing.ts";
import { tariffsOf } from "../households/tariffs.ts";
import type { BillingProblem } from "../outcome.ts";
import type { Rules } from "../rules.ts";

/** What the rules of one house share: its facts, the rules of the run, the explanation if one is asked for. */
export interface HouseContext {
  readonly site: SiteFacts;
  readonly rules: Rules;
  readonly trace: Trace | undefined;
}

/** An account with its part of the premises. */
export interface Payer {
  readonly part: PremisesPayer["part"];
  readonly facts: AccountFacts;
}

export interface PayerBill extends Payer {
  readonly lines: readonly Line[];
  /** A held account has no lines; a problem that holds nothing tells what the lines leave out. */
  readonly problems: readonly BillingProblem[];
}

/** One premises of a month: lines of its accounts, and the volume that the balance of the house sees. */
export interface PremisesBill {
  readonly premises: PremisesFacts;
  readonly payers: readonly PayerBill[];
  /** Consumption posted in the period: regular lines and differences of earlier months. */
  readonly consumed: Volume;
  /** Σ lines of the rooms of a communal flat; null for other premises. */
  readonly roomLines: Volume | null;
  /** What the common meter of a communal flat took in the period; null where the lines say it all. */
  readonly flatParts: readonly EnergyPart[] | null;
  readonly isHeld: boolean;
}

const CONSUMPTION: ReadonlySet<LineKind> = new Set([
  "METER",
  "METER_DELTA",
  "AVERAGE",
  "NORM",
  "FIXED",
  "OWN",
  "SECTION",
  "COMMON",
]);

/** Without surcharges, absences and acts: these recalculate payments, not volumes of the house. */
export function isConsumption({ kind }: Line): boolean {
  return CONSUMPTION.has(kind);
}

/** Energy that the lines charge. */
export function consumedBy(lines: readonly Line[]): Volume {
  let sum = 0;
  for (const line of lines) if (isConsumption(line)) sum += line.volume;
  return volume(sum);
}

/** A premises whose accounts pay for all of it, one after the other in time. */
export function billWhole(
  premises: PremisesFacts,
  payers: readonly Payer[],
  house: HouseContext,
): PremisesBill {
  const bills = payers.map((payer) => {
    const { points, history, missedPeriods } = premises;
    const own = payer.facts.points.length > 0 || points.length === 0;
    const facts = own ? payer.facts : { ...payer.facts, points, history, missedPeriods };
    return payerBill(payer, billAccount(facts, house.site, house.rules, house.trace));
  });
  return premisesBill(premises, bills);
}

export function payerBill(payer: Payer, bill: AccountBill): PayerBill {
  if (!bill.ok) return heldBill(payer, bill.problem);
  const { account } = payer.facts;
  const problems = bill.problems.map((problem) => ({ account, held: false, problem }));
  return { ...payer, lines: bill.lines, problems };
}

export function heldBill(payer: Payer, problem: Problem): PayerBill {
  return {
    ...payer,
    lines: [],
    problems: [{ account: payer.facts.account, held: true, problem }],
  };
}

export function premisesBill(premises: PremisesFacts, bills: readonly PayerBill[]): PremisesBill {
  let consumed = 0;
  for (const { lines } of bills) consumed += consumedBy(lines);
  return {
    premises,
    payers: bills,
    consumed: volume(consumed),
    roomLines: null,
    flatParts: null,
    isHeld: bills.some(isHeld),
  };
}

export function isHeld({ problems }: PayerBill): boolean {
  return problems.some(({ held }) => held);
}

export function contextOf(facts: AccountFacts, { site, rules }: HouseContext): AccountContext {
  const { law, period } = site;
  const switches = facts.switches ?? site.switches;
  return { facts, law, switches, period, rules, tariffs: tariffsOf(facts.category, law) };
}

/**
 * Persons × served days of the month; owners count where nobody is registered (п. 56(2) ПП РФ 354).
 */
export function personDays({ residents, circumstances, served }: AccountFacts, month: Month) {
  const from = Math.max(firstDay(month), served.from) as Day;
  const to = Math.min(endDay(month), served.to ?? endDay(month)) as Day;
  return daysOf(residents, from, to) || daysOf(circumstances.owners, from, to);
}

function daysOf(rows: readonly Dated<number>[], from: Day, to: Day): number {
  let sum = 0;
  for (const row of rows) {
    const days = Math.min(to, row.to ?? to) - Math.max(from, row.from);
    if (days > 0) sum += row.value * days;
  }
  return sum;
}
