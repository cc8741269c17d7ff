import { daysIn, type Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts } from "../../normalizer/model/facts.ts";
import type { PremisesFacts } from "../../normalizer/model/house-facts.ts";
import type { LineKind } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { billAccount, billMonths, originsOf } from "../households/account.ts";
import type { MonthConsumption } from "../households/consumption.ts";
import { consumptionOf } from "../households/points.ts";
import type { EnergyPart } from "../households/pricing.ts";
import { ruleOf } from "../rules.ts";
import { splitVolume } from "../split.ts";
import { switchOneOf } from "../switches.ts";
import { type ShareOfPart, shareSteps } from "./explain.ts";
import {
  contextOf,
  type HouseContext,
  heldBill,
  type Payer,
  type PayerBill,
  type PremisesBill,
  payerBill,
  personDays,
  premisesBill,
} from "./premises.ts";
import type { AccountShare } from "./separate.ts";

/**
 * Separate accounts of one premises: each has its share of what the one meter or its mean shows,
 * the primary takes the residue of every part; by norm each has that of its own persons.
 *
 * @see ГК РФ ст. 249, ЖК РФ ст. 155
 */
export function billSeparate(
  premises: PremisesFacts,
  payers: readonly Payer[],
  house: HouseContext,
): PremisesBill {
  const source = meterOf(premises, payers);
  if (source === null) {
    const { site, rules, trace } = house;
    const alone = payers.map((payer) =>
      payerBill(payer, billAccount(payer.facts, site, rules, trace)),
    );
    return premisesBill(premises, alone);
  }
  const { period } = house.site;
  const origins = new Set(payers.flatMap(({ facts }) => originsOf(facts, period)));
  const sorted = [...origins].sort((a, b) => a - b);
  const bills = payers.map((payer, index) => {
    const { points, history, missedPeriods } = source;
    const facts = { ...payer.facts, points, history, missedPeriods };
    return billShare({ ...payer, facts }, index, payers, sorted, house);
  });
  return premisesBill(premises, bills);
}

type MeterSource = Pick<AccountFacts, "points" | "history" | "missedPeriods">;

/** The one meter: of the premises or of one account; null where there is none, or every account has its own. */
function meterOf(premises: PremisesFacts, payers: readonly Payer[]): MeterSource | null {
  if (premises.points.length > 0) return premises;
  const metered = payers.filter(({ facts }) => facts.points.length > 0);
  const [only] = metered;
  if (only === undefined || metered.length > 1) return null;
  return only.facts;
}

function billShare(
  payer: Payer,
  index: number,
  payers: readonly Payer[],
  origins: readonly Month[],
  house: HouseContext,
): PayerBill {
  const { period } = house.site;
  const context = contextOf(payer.facts, house);
  const consumption = consumptionOf(context, [...origins, period]);
  const own: MonthConsumption[] = [];
  for (const month of [...origins, period]) {
    const whole = consumption.of(month);
    if (!whole.ok) return heldBill(payer, whole.problem);
    const shares = sharesOf(payers, month, house);
    if (shares === null) return heldBill(payer, noShares(payer.facts));
    const isLate = payers.some(({ facts }) => facts.late.includes(month));
    if (month === period || isLate || consumption.overlaps(month))
      own.push(shareOfMonth(whole.value, index, shares, house));
  }
  const regular = own.pop();
  invariant(regular !== undefined, "the period is the last of the months");
  return payerBill(payer, billMonths(context, { regular, changed: own }, house.trace));
}

function noShares({ number }: AccountFacts): Problem {
  return { code: "MISSING_REQUIRED", at: "share", object: number };
}

interface Shares {
  readonly key: "WEIGHT" | "FIXED";
  readonly accounts: readonly AccountShare[];
  readonly primary: number;
}

/** Weights of the accounts in one month; null when they sum to nothing. */
function sharesOf(payers: readonly Payer[], month: Month, { site }: HouseContext): Shares | null {
  const key = switchOneOf(site.switches, "separateAccounts.splitKey", [
    "SHARE",
    "PERSONS",
    "AREA",
    "FIXED",
  ]);
  let sum = 0;
  const accounts = payers.map(({ part, facts }) => {
    const own = part.kind === "SHARE" ? part : { weight: 0, isPrimary: false };
    const weight = key === "PERSONS" ? personDays(facts, month) : own.weight;
    sum += weight;
    return { weight, isPrimary: own.isPrimary };
  });
  if (sum === 0 && key !== "FIXED") return null;
  const flagged = accounts.findIndex(({ isPrimary }) => isPrimary);
  const primary = flagged < 0 ? accounts.length - 1 : flagged;
  return { key: key === "FIXED" ? "FIXED" : "WEIGHT", accounts, primary };
}

/** Measured and mean volumes are shared; a norm is already that of the persons of the account. */
const SHARED: readonly LineKind[] = ["METER", "METER_DELTA", "AVERAGE"];

function shareOfMonth(
  month: MonthConsumption,
  index: number,
  shares: Shares,
  { rules }: HouseContext,
): MonthConsumption {
  const rule = ruleOf(rules, "buildings.separate");
  const shared = month.parts.filter(({ kind }) => SHARED.includes(kind));
  const fixed = fixedParts(shares, shared);
  const explained: ShareOfPart[] = [];
  const parts = month.parts.map((part) => {
    const at = shared.indexOf(part);
    if (at < 0) return part;
    const accounts = shares.accounts.map((account, place) => {
      const weight = fixed === null ? account.weight : (fixed[place]?.[at] ?? 0);
      return { weight, isPrimary: place === shares.primary };
    });
    const volumes = rule.volumes(part.volume, shares.key, accounts);
    const own = volumes[index] ?? volume(0);
    explained.push({ part, accounts, volumes, index, key: shares.key });
    return { ...part, volume: own };
  });
  return {
    ...month,
    parts,
    portion: {
      rule: "buildings.separate",
      limits: limitsOf(index, shares, shared),
      steps: () => explained.map((item) => shareSteps(item, daysIn(month.month))),
    },
  };
}

/** Fixed kWh of each account spread over the parts, so that they sum to what was fixed. */
function fixedParts(shares: Shares, parts: readonly EnergyPart[]): readonly Volume[][] | null {
  if (shares.key !== "FIXED" || parts.length === 0) return null;
  const volumes = parts.map((part) => Math.max(0, part.volume));
  const isEmpty = volumes.every((energy) => energy === 0);
  const weights = isEmpty ? volumes.map((_, at) => (at === 0 ? 1 : 0)) : volumes;
  return shares.accounts.map(({ weight }) => splitVolume(volume(weight), weights));
}

/** Limits of the ranges: that of the premises × share. */
function limitsOf(index: number, shares: Shares, parts: readonly EnergyPart[]) {
  let others = 0;
  let sum = 0;
  for (const [place, { weight }] of shares.accounts.entries()) {
    if (place !== shares.primary) others += weight;
    sum += weight;
  }
  const own = shares.accounts[index]?.weight ?? 0;
  if (shares.key === "WEIGHT") return { numerator: own, denominator: sum };
  let whole = 0;
  for (const part of parts) whole += part.volume;
  if (whole <= 0) return { numerator: 1, denominator: 1 };
  const part = index === shares.primary ? whole - others : own;
  return { numerator: Math.max(0, part), denominator: whole };
}
