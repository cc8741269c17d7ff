import { type Volume, volume } from "../../normalizer/model/units.ts";
import type { RuleFunctions } from "../rules.ts";
import type { HouseTerms, OdnMonth } from "./odn.ts";

/** One premises of a house in a month, as the common consumption needs it. */
export interface HousePremises {
  readonly number: string;
  readonly areaE4: number;
  /** Volume of the month: a communal flat by its own meter, a business by its contract. */
  readonly regular: Volume;
  /** Person-days of the month, or any unit common to the house. */
  readonly persons: number;
  readonly isBusiness: boolean;
  /** Its volume is not known: a refused reading, no norm, a contract that is not billed. */
  readonly isHeld: boolean;
}

export type HouseResult =
  | {
      readonly isHeld: false;
      readonly month: OdnMonth;
      readonly individual: Volume;
      readonly nonResidential: Volume;
      /** By premises in their order; 0 in a managed house, negative where residents are credited. */
      readonly shares: readonly Volume[];
    }
  | { readonly isHeld: true; readonly heldBy: readonly string[] };

/**
 * Common consumption of a house from the volumes of its premises. In a month with ОДПУ a held
 * premises holds the common lines of all (HELD_BY) and the carried balance stays; without ОДПУ the
 * norm needs no premises.
 *
 * @param house by the meter of the house or its mean; null = by norm
 * @param residual LARGEST_AREA gives what the rounding leaves to the largest premises
 * @see ПП РФ 354 п. 44–48; ПП РФ 124 п. 21(1)
 */
export function houseMonth(
  rule: RuleFunctions["buildings.odn"],
  terms: HouseTerms,
  house: Volume | null,
  premises: readonly HousePremises[],
  carryIn: Volume,
  residual: "NONE" | "LARGEST_AREA" = "NONE",
): HouseResult {
  const heldBy = premises.filter((item) => item.isHeld).map((item) => item.number);
  if (house !== null && heldBy.length > 0) return { isHeld: true, heldBy };
  const individual = regularSum(premises.filter((item) => !item.isBusiness));
  const nonResidential = regularSum(premises.filter((item) => item.isBusiness));
  const none = volume(0);
  const volumes = { house, nonResidential, unmetered: none, metered: individual, heat: none };
  const month = rule.month(terms, volumes, carryIn);
  const isCredit = terms.negativeMode === "REDUCE_BY_RESIDENTS" && terms.management === "DIRECT";
  if (isCredit && month.raw < 0)
    return {
      isHeld: false,
      month,
      individual,
      nonResidential,
      shares: credits(rule, month, premises),
    };
  const shares = premises.map((item) =>
    item.isHeld ? none : rule.share(terms, month, item.areaE4),
  );
  if (residual === "LARGEST_AREA" && terms.management === "DIRECT")
    addResidue(month, premises, shares);
  return { isHeld: false, month, individual, nonResidential, shares };
}

/** A negative month before 01.09.2022: by residents, at most the own volume of a premises. */
function credits(
  rule: RuleFunctions["buildings.odn"],
  month: OdnMonth,
  premises: readonly HousePremises[],
): Volume[] {
  let persons = 0;
  for (const item of premises) persons += item.persons;
  return premises.map((item) =>
    volume(-rule.reduction(month.raw, item.persons, persons, volume(Math.max(0, item.regular)))),
  );
}

/**
 * Only what rounding can leave: a larger residue means that areas of premises are missing. Of equal
 * areas the first by number, so that the order of the premises does not matter.
 */
function addResidue(month: OdnMonth, premises: readonly HousePremises[], shares: Volume[]): void {
  let residue: number = month.distributed;
  for (const share of shares) residue -= share;
  if (residue === 0 || Math.abs(residue) * 2 > premises.length) return;
  let largest = -1;
  for (const [index, item] of premises.entries()) {
    const best = premises[largest];
    const isLarger =
      best === undefined ||
      item.areaE4 > best.areaE4 ||
      (item.areaE4 === best.areaE4 && item.number < best.number);
    if (!item.isHeld && isLarger) largest = index;
  }
  const share = shares[largest];
  if (share !== undefined) shares[largest] = volume(share + residue);
}

function regularSum(premises: readonly HousePremises[]): Volume {
  let sum = 0;
  for (const item of premises) sum += item.isHeld ? 0 : item.regular;
  return volume(sum);
}
