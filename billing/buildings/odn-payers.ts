import { type Day, endDay } from "../../normalizer/model/dates.ts";
import type { AccountFacts } from "../../normalizer/model/facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { splitVolume } from "../split.ts";
import { valueAt } from "../validity.ts";
import { type HouseContext, type PayerBill, type PremisesBill, personDays } from "./premises.ts";

export interface PayerVolume {
  readonly payer: PayerBill;
  readonly volume: Volume;
  readonly problem: Problem | null;
}

/**
 * What each account has of the ОДН of its premises: rooms by living area, separate accounts by
 * share with the residue to the primary, else the account in service on the last day. A credit to
 * residents goes to the rooms by their residents.
 */
export function odnVolumes(
  { payers }: PremisesBill,
  share: Volume,
  context: HouseContext,
): readonly PayerVolume[] {
  const day = (endDay(context.site.period) - 1) as Day;
  const first = payers.find(({ facts }) => isCharged(facts, day));
  if (first === undefined) return [];
  if (first.part.kind === "WHOLE") return [{ payer: first, volume: share, problem: null }];
  const volumes =
    first.part.kind === "ROOM" ? ofRooms(payers, share, context) : ofShares(payers, share, context);
  return payers.flatMap((payer, index): PayerVolume[] => {
    if (!isCharged(payer.facts, day)) return [];
    const { number } = payer.facts;
    const problem: Problem = { code: "MISSING_REQUIRED", at: "livingArea", object: number };
    const energy = volumes?.[index];
    return [{ payer, volume: energy ?? volume(0), problem: energy === undefined ? problem : null }];
  });
}

/** Served on the day, and no document has stopped the charging: a suspended supply still pays ОДН. */
function isCharged({ served, circumstances }: AccountFacts, day: Day): boolean {
  if (served.from > day || (served.to !== null && served.to <= day)) return false;
  return valueAt(circumstances.stops, day) !== "CHARGING_STOPPED";
}

/** Null when no living area is on record. */
function ofRooms(
  payers: readonly PayerBill[],
  share: Volume,
  { site, rules }: HouseContext,
): readonly Volume[] | null {
  const persons = payers.map(({ facts }) => personDays(facts, site.period));
  if (share < 0 && persons.some((days) => days > 0)) return splitVolume(share, persons);
  const areas = payers.map(({ part }) => (part.kind === "ROOM" ? part.livingAreaE4 : 0));
  if (areas.every((area) => area === 0)) return null;
  return ruleOf(rules, "buildings.odn").rooms(share, areas);
}

function ofShares(
  payers: readonly PayerBill[],
  share: Volume,
  { rules }: HouseContext,
): readonly Volume[] | null {
  const accounts = payers.map(({ part }) =>
    part.kind === "SHARE" ? part : { weight: 0, isPrimary: false },
  );
  if (accounts.every(({ weight }) => weight === 0)) return null;
  return ruleOf(rules, "buildings.separate").volumes(share, "WEIGHT", accounts);
}
