import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  HouseholdLaw,
  PointFacts,
  SiteFacts,
} from "../../normalizer/model/facts.ts";
import type { PremisesFacts } from "../../normalizer/model/house-facts.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { volume } from "../../normalizer/model/units.ts";
import { billMonths, originsOf } from "../households/account.ts";
import { AccountConsumption, type MonthConsumption } from "../households/consumption.ts";
import { normRow } from "../households/norm.ts";
import { valueAt } from "../validity.ts";
import { type FlatMonth, flatMonth, type MeteredFlat } from "./communal-month.ts";
import {
  consumedBy,
  contextOf,
  type HouseContext,
  heldBill,
  isHeld,
  type Payer,
  type PayerBill,
  type PremisesBill,
  payerBill,
} from "./premises.ts";

/**
 * Accounts of the rooms of a communal flat: by its common meter, its sections and the meters of the
 * rooms; by norm where there is neither.
 *
 * @see ПП РФ 354 п. 50
 */
export function billRooms(
  premises: PremisesFacts,
  payers: readonly Payer[],
  house: HouseContext,
): PremisesBill {
  const { period } = house.site;
  const origins = new Set(payers.flatMap(({ facts }) => originsOf(facts, period)));
  const months = [...[...origins].sort((a, b) => a - b), period];
  const flat = meteredFlat(premises, payers, months, house);
  const late = new Set(payers.flatMap(({ facts }) => facts.late));
  const changed: MonthConsumption[][] = payers.map(() => []);
  for (const month of months.slice(0, -1)) {
    const result = flatMonth(flat, month);
    if (!result.ok) return heldFlat(premises, payers, flat, result, house);
    if (!late.has(month) && !overlaps(flat, month)) continue;
    for (const [index, own] of result.rooms.entries()) changed[index]?.push(own);
  }
  const result = flatMonth(flat, period);
  if (!result.ok) return heldFlat(premises, payers, flat, result, house);
  const bills = payers.map((payer, index) =>
    billRoom(payer, result.rooms[index], changed[index] ?? [], premises.points, house),
  );
  return flatBill(premises, bills, result.flat, house);
}

function billRoom(
  payer: Payer,
  regular: MonthConsumption | undefined,
  changed: readonly MonthConsumption[],
  common: readonly PointFacts[],
  house: HouseContext,
): PayerBill {
  if (regular === undefined) return heldBill(payer, noPayers(payer.facts.number));
  // Absences and acts ask whether a meter counts what the room consumes.
  const facts = { ...payer.facts, points: [...payer.facts.points, ...common] };
  const context = contextOf(facts, house);
  return payerBill(payer, billMonths(context, { regular, changed }, house.trace));
}

export function noPayers(object: string): Problem {
  return { code: "MISSING_REQUIRED", at: "payers", object };
}

/** The flat counts in the house by its meter, without one by its rooms. */
function flatBill(
  premises: PremisesFacts,
  bills: readonly PayerBill[],
  byMeter: MonthConsumption | null,
  { site }: HouseContext,
): PremisesBill {
  const lines = bills.flatMap((bill) => bill.lines);
  const ofMonth = (line: Line) => line.origin === site.period;
  const regular = consumedBy(lines.filter(ofMonth));
  const earlier = consumedBy(lines) - regular;
  let metered = 0;
  for (const part of byMeter?.parts ?? []) metered += part.volume;
  return {
    premises,
    payers: bills,
    consumed: volume((byMeter === null ? regular : metered) + earlier),
    roomLines: volume(regular + earlier),
    flatParts: byMeter?.parts ?? null,
    isHeld: bills.some(isHeld),
  };
}

/** The common volume is not known: a room with a meter goes on by it, without its common lines. */
function heldFlat(
  premises: PremisesFacts,
  payers: readonly Payer[],
  flat: MeteredFlat,
  refused: Extract<FlatMonth, { ok: false }>,
  house: HouseContext,
): PremisesBill {
  const bills = payers.map((payer, index): PayerBill => {
    const own = refused.own[index];
    if (own === undefined || own === null) return heldBill(payer, refused.problem);
    const bill = billRoom(payer, own, [], premises.points, house);
    if (isHeld(bill)) return bill;
    const { account, number } = payer.facts;
    const unit = `кв. ${flat.number}`;
    const problem: Problem = { code: "HELD_BY", at: "common", object: number, values: { unit } };
    return { ...bill, problems: [...bill.problems, { account, held: false, problem }] };
  });
  return { ...flatBill(premises, bills, null, house), isHeld: true };
}

function overlaps(flat: MeteredFlat, month: Month): boolean {
  const units = [flat.common, ...flat.sections.values(), ...flat.rooms.map(({ meter }) => meter)];
  return units.some((unit) => unit?.overlaps(month) === true);
}

function meteredFlat(
  premises: PremisesFacts,
  payers: readonly Payer[],
  months: readonly Month[],
  house: HouseContext,
): MeteredFlat {
  const law = lawOfFlat(house.site, payers, months);
  const inFlat: HouseContext = { ...house, site: { ...house.site, law } };
  const unit = (facts: AccountFacts) => new AccountConsumption(contextOf(facts, inFlat), months);
  const { points, history, missedPeriods } = premises;
  const common = { points, history, missedPeriods };
  const everybody = factsOfFlat(premises, payers);
  const sections = premises.sections.flatMap((section) => {
    const inside = payers.filter(
      ({ part }) => part.kind === "ROOM" && part.section === section.section,
    );
    if (inside.length === 0 || section.points.length === 0) return [];
    const facts = { ...factsOfFlat(premises, inside), points: section.points };
    return [[section.section, unit(facts)] as const];
  });
  return {
    number: premises.number,
    site: house.site,
    rules: house.rules,
    common: points.length === 0 ? null : unit({ ...everybody, ...common }),
    sections: new Map(sections),
    rooms: payers.map(({ part, facts }) => ({
      facts,
      section: part.kind === "ROOM" ? part.section : null,
      meter: facts.points.length === 0 ? null : unit(facts),
      byNorm: unit({ ...facts, ...common }),
    })),
  };
}

/** The flat, or a section, as one account of all its residents. */
function factsOfFlat(premises: PremisesFacts, payers: readonly Payer[]): AccountFacts {
  const [first] = payers;
  invariant(first !== undefined, `premises ${premises.number}: nobody pays`);
  const { account, category, norm } = first.facts;
  const ends = payers.map(({ facts }) => facts.served.to);
  const from = Math.min(...payers.map(({ facts }) => facts.served.from)) as Day;
  const to = ends.includes(null) ? null : (Math.max(...ends.map((end) => end ?? 0)) as Day);
  const owners = payers.flatMap(({ facts }) => facts.circumstances.owners);
  return {
    account,
    category,
    norm,
    circumstances: { ...NO_CIRCUMSTANCES, owners },
    number: premises.number as AccountFacts["number"],
    served: { from, to },
    residents: payers.flatMap(({ facts }) => facts.residents),
    points: [],
    history: [],
    missedPeriods: 0,
    posted: [],
    late: [],
  };
}

/**
 * The norm of a room is the row of the table by the persons of the whole flat on the last day of
 * the month: each version becomes its one row, month by month.
 */
function lawOfFlat(
  site: SiteFacts,
  payers: readonly Payer[],
  months: readonly Month[],
): HouseholdLaw {
  const codes = new Set(payers.flatMap(({ facts }) => facts.norm.map(({ value }) => value)));
  const norms = { ...site.law.norms };
  for (const code of codes) {
    const versions = site.law.norms[code] ?? [];
    norms[code] = months.flatMap((month) =>
      versions.flatMap((version) => {
        const from = Math.max(version.from, firstDay(month)) as Day;
        const to = Math.min(version.to ?? endDay(month), endDay(month)) as Day;
        const row = normRow(version.perPerson, personsOn(payers, (endDay(month) - 1) as Day));
        return from >= to || row === undefined ? [] : [{ ...version, from, to, perPerson: [row] }];
      }),
    );
  }
  return { ...site.law, norms };
}

function personsOn(payers: readonly Payer[], day: Day): number {
  let persons = 0;
  for (const { facts } of payers)
    persons += valueAt(facts.residents, day) || valueAt(facts.circumstances.owners, day) || 0;
  return persons;
}
