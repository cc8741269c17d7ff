import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { HouseFacts, HouseMonth } from "../../normalizer/model/house-facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { switchOneOf } from "../switches.ts";
import { valueAt } from "../validity.ts";
import { type Balance, carriedSum, closingBalance, openingBalance } from "./carried.ts";
import type { CommonVolume } from "./explain-odn.ts";
import { type HousePremises, houseMonth } from "./house.ts";
import { houseTerms, type Terms } from "./house-terms.ts";
import { type HouseVolume, houseVolume } from "./house-volume.ts";
import type { MeasuredZone } from "./odn.ts";
import { odnLines, type ZonePart } from "./odn-lines.ts";
import { odnVolumes } from "./odn-payers.ts";
import { measuredZones, paysByZones } from "./odn-zones.ts";
import {
  type HouseContext,
  isConsumption,
  type PayerBill,
  type PremisesBill,
  personDays,
} from "./premises.ts";

/** The common lines of one account, or why it has none. */
export interface CommonBill {
  readonly account: AccountId;
  readonly lines: readonly Line[];
  readonly problem: Problem | null;
}

export interface CommonPart {
  readonly bills: readonly CommonBill[];
  readonly month: HouseMonth;
}

type DistributedHouse = Pick<CommonVolume, "balance" | "odpu" | "result" | "terms" | "zones">;

/** Common consumption of the house and the ОДН line of every account that is charged for it. */
export function commonPart(
  house: HouseFacts,
  premises: readonly PremisesBill[],
  context: HouseContext,
): CommonPart {
  const odpu = houseVolume(house, context);
  const zoneMode = switchOneOf(context.site.switches, "odn.zoneMode", [
    "TOTAL_ONLY",
    "BY_ODPU_ZONES",
  ]);
  const measured = zoneMode === "TOTAL_ONLY" ? [] : measuredZones(odpu.zones, premises, context);
  const known = houseTerms(house, context.site, () => hasDifferences(premises, context));
  if (!known.ok)
    return {
      bills: waiting(premises, () => known.problem),
      month: heldMonth(house, odpu, premises, volume(0), [], measured),
    };
  const { site, rules } = context;
  const rows = premises.map((bill) => rowOf(bill, known, context));
  const residual = switchOneOf(site.switches, "odn.residual", ["NONE", "LARGEST_AREA"]);
  const rule = ruleOf(rules, "buildings.odn");
  const balance = balanceOf(house, odpu, known, context);
  const carryIn = carriedSum(balance.usable);
  const result = houseMonth(rule, known.terms, odpu.volume, rows, carryIn, residual);
  const isManaged = known.terms.management === "MANAGED";
  if (result.isHeld) {
    const unit = result.heldBy.join(", ");
    const cap = capOf(known);
    return {
      bills: isManaged ? [] : waiting(premises, (object) => heldBy(object, unit)),
      month: heldMonth(house, odpu, premises, cap, result.heldBy, measured),
    };
  }
  const zones = rule.zones(result.month, measured);
  const of = { balance, odpu, result, terms: known, zones };
  const bills = isManaged ? [] : linesOf(of, premises, rows, context);
  return { bills, month: monthOf(house, of, premises, bills, site.period) };
}

/** Only a month by the ОДПУ that carries its balance on touches it: in any other nothing expires. */
function balanceOf(
  house: HouseFacts,
  odpu: HouseVolume,
  { terms }: Extract<Terms, { ok: true }>,
  { site }: HouseContext,
): Balance {
  if (odpu.volume === null || terms.negativeMode !== "CARRY")
    return { usable: house.carried, expired: volume(0) };
  return openingBalance(house.carried, site.period, site.switches);
}

function hasDifferences(premises: readonly PremisesBill[], { site }: HouseContext): boolean {
  const lines = premises.flatMap(({ payers }) => payers.flatMap((payer) => payer.lines));
  return lines.some((line) => isConsumption(line) && line.origin < site.period);
}

function rowOf(
  { premises, payers, consumed, isHeld }: PremisesBill,
  { terms }: Extract<Terms, { ok: true }>,
  { site }: HouseContext,
): HousePremises {
  const day = (endDay(site.period) - 1) as Day;
  const areaE4 = valueAt(premises.areaE4, day);
  let persons = 0;
  if (terms.negativeMode === "REDUCE_BY_RESIDENTS")
    for (const { facts } of payers) persons += personDays(facts, site.period);
  // What nobody pays for needs no area: an account that left before the month has no premises.
  const isPaid = premises.payers.length > 0 || premises.contract !== null;
  const lacksArea = areaE4 === undefined && isPaid && terms.management === "DIRECT";
  return {
    number: premises.number,
    areaE4: areaE4 ?? 0,
    regular: consumed,
    persons,
    isBusiness: premises.contract !== null,
    isHeld: isHeld || lacksArea,
  };
}

function capOf({ terms }: Extract<Terms, { ok: true }>): Volume {
  return volume(multiplyDivideRound(terms.normE4, terms.commonAreaE4, 10_000));
}

function heldBy(object: string, unit: string): Problem {
  return { code: "HELD_BY", at: "ОДН", object, values: { unit } };
}

/** A problem on every account whose own lines go on. */
function waiting(
  premises: readonly PremisesBill[],
  problemOf: (object: string) => Problem,
): readonly CommonBill[] {
  return premises.flatMap(({ payers }) =>
    payers
      .filter(({ problems }) => !problems.some(({ held }) => held))
      .map(({ facts }) => ({
        account: facts.account,
        lines: [],
        problem: problemOf(facts.number),
      })),
  );
}

function linesOf(
  of: DistributedHouse,
  premises: readonly PremisesBill[],
  rows: readonly HousePremises[],
  context: HouseContext,
): readonly CommonBill[] {
  let persons = 0;
  for (const row of rows) persons += row.persons;
  return premises.flatMap((bill, index): CommonBill[] => {
    const row = rows[index];
    if (row === undefined || row.isHeld) return [];
    const share = of.result.shares[index] ?? volume(0);
    return odnVolumes(bill, share, context).map(({ payer, volume: energy, problem }) => {
      const { account } = payer.facts;
      if (problem !== null) return { account, lines: [], problem };
      const common = (): CommonVolume => ({ ...of, bill, row, persons, share, volume: energy });
      const made = odnLines(payer, partsOf(payer, energy, of, context), common, context);
      return made.ok
        ? { account, lines: made.lines, problem: null }
        : { account, lines: [], problem: made.problem };
    });
  });
}

/** By the zones of the house in the proportion of what is distributed in them; a credit goes round the clock. */
function partsOf(
  payer: PayerBill,
  energy: Volume,
  { zones }: DistributedHouse,
  context: HouseContext,
): readonly ZonePart[] {
  if (energy < 0 || zones.length === 0 || !paysByZones(payer, zones, context))
    return [{ zone: "T0", volume: energy }];
  const { zoneParts } = ruleOf(context.rules, "buildings.odn");
  const distributed = zones.map((zone) => zone.distributed);
  return zoneParts(energy, distributed).map((part, index) => ({
    zone: zones[index]?.zone ?? "T0",
    volume: part,
  }));
}

function monthOf(
  house: HouseFacts,
  { balance, odpu, result, terms, zones }: DistributedHouse,
  premises: readonly PremisesBill[],
  bills: readonly CommonBill[],
  period: Month,
): HouseMonth {
  const { month, individual, nonResidential, shares } = result;
  const isManaged = terms.terms.management === "MANAGED";
  let lines = 0;
  for (const bill of bills) for (const line of bill.lines) lines += line.volume;
  let credited = 0;
  for (const [index, share] of shares.entries()) {
    credited += share;
    if (premises[index]?.premises.contract !== null) lines += share;
  }
  // Residents are credited at most their own volume: what was given is the distributed volume, the rest is lost.
  const distributed = month.raw < 0 ? volume(credited) : month.distributed;
  return {
    method: odpu.method,
    odpu: odpu.volume,
    individual,
    nonResidential,
    raw: month.raw,
    carryIn: carriedSum(house.carried),
    carryUsed: month.carryUsed,
    carryExpired: balance.expired,
    carryOut: month.carryOut,
    carried: closingBalance(balance.usable, period, month),
    cap: month.cap,
    distributed,
    overNorm: month.overNorm,
    shares: volume(isManaged ? 0 : lines),
    residue: volume(isManaged ? 0 : distributed - lines),
    communalResidue: communalResidue(premises),
    manager: isManaged ? month.distributed : null,
    heldBy: [],
    zones,
  };
}

/** Nothing is distributed and the carried balance stays. */
function heldMonth(
  house: HouseFacts,
  odpu: HouseVolume,
  premises: readonly PremisesBill[],
  cap: Volume,
  heldBy: readonly string[],
  measured: readonly MeasuredZone[],
): HouseMonth {
  let individual = 0;
  let nonResidential = 0;
  for (const { premises: item, consumed, isHeld } of premises) {
    if (isHeld) continue;
    if (item.contract === null) individual += consumed;
    else nonResidential += consumed;
  }
  const none = volume(0);
  const carry = carriedSum(house.carried);
  return {
    method: "HELD",
    odpu: odpu.volume,
    individual: volume(individual),
    nonResidential: volume(nonResidential),
    raw: none,
    carryIn: carry,
    carryUsed: none,
    carryExpired: none,
    carryOut: carry,
    carried: house.carried,
    cap,
    distributed: none,
    overNorm: none,
    shares: none,
    residue: none,
    communalResidue: communalResidue(premises),
    manager: null,
    heldBy,
    zones: measured.map((zone) => ({ ...zone, raw: none, distributed: none })),
  };
}

function communalResidue(premises: readonly PremisesBill[]): Volume | null {
  let residue: number | null = null;
  for (const { roomLines, consumed, isHeld } of premises)
    if (roomLines !== null && !isHeld) residue = (residue ?? 0) + consumed - roomLines;
  return residue === null ? null : volume(residue);
}
