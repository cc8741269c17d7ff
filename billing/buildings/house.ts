import { type Volume, volume } from "../../normalizer/model/units.ts";
import { type HouseTerms, type OdnMonth, odnMonth, odnShare } from "./odn.ts";

/** One premises of a house in a month, as the common consumption needs it. */
export interface HousePremises {
  readonly id: string;
  readonly areaE4: number;
  /** Regular volume of the month: a communal flat by its own meter, a business by its contract. */
  readonly regular: Volume;
  readonly isBusiness: boolean;
  /** Its reading is refused or parked: no lines, and its volume is not known. */
  readonly isHeld: boolean;
  /**
   * Volumes of ОДН of its accounts: the share itself, its rooms by living area, separate accounts
   * by share.
   */
  readonly splitOdn: (share: Volume) => readonly Volume[];
  /** Σ lines of the rooms of a communal flat; null for other premises. */
  readonly roomLines: Volume | null;
}

export type HouseResult =
  | {
      readonly isHeld: false;
      readonly month: OdnMonth;
      readonly individual: Volume;
      readonly nonResidential: Volume;
      /** By premises in their order and by its accounts; 0 in a managed house. */
      readonly shares: readonly (readonly Volume[])[];
      /**
       * Distributed less Σ of all shares; 0 in a managed house, whose manager is billed
       * `month.distributed`.
       */
      readonly residue: Volume;
      /** Meters of communal flats less the lines of their rooms; null where the house has none. */
      readonly communalResidue: Volume | null;
    }
  | { readonly isHeld: true; readonly heldBy: readonly string[] };

/**
 * Common consumption of a house from the regular volumes of its premises. In a month with ОДПУ a
 * held premises holds the common lines of all (HELD_BY) and the carried balance stays; without ОДПУ
 * the norm needs no premises.
 *
 * @see ПП РФ 354 п. 44–48; ПП РФ 124 п. 21(1)
 */
export function houseMonth(
  terms: HouseTerms,
  house: Volume | null,
  premises: readonly HousePremises[],
  carryIn: Volume,
): HouseResult {
  const heldBy = premises.filter((item) => item.isHeld).map((item) => item.id);
  if (house !== null && heldBy.length > 0) return { isHeld: true, heldBy };
  const individual = regularSum(premises.filter((item) => !item.isBusiness));
  const nonResidential = regularSum(premises.filter((item) => item.isBusiness));
  const none = volume(0);
  const volumes = { house, nonResidential, unmetered: none, metered: individual, heat: none };
  const month = odnMonth(terms, volumes, carryIn);
  const shares = premises.map((item) =>
    item.splitOdn(item.isHeld ? none : odnShare(terms, month, item.areaE4)),
  );
  let shared = 0;
  for (const share of shares.flat()) shared += share;
  const residue = terms.management === "MANAGED" ? none : volume(month.distributed - shared);
  const communalResidue = residueOfRooms(premises);
  return { isHeld: false, month, individual, nonResidential, shares, residue, communalResidue };
}

function regularSum(premises: readonly HousePremises[]): Volume {
  let sum = 0;
  for (const item of premises) sum += item.isHeld ? 0 : item.regular;
  return volume(sum);
}

function residueOfRooms(premises: readonly HousePremises[]): Volume | null {
  let residue: number | null = null;
  for (const { regular, roomLines, isHeld } of premises)
    if (roomLines !== null && !isHeld) residue = (residue ?? 0) + regular - roomLines;
  return residue === null ? null : volume(residue);
}
