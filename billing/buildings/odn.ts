import type { HouseZone } from "../../normalizer/model/house-facts.ts";
import {
  divideRoundBig,
  multiplyDivideRound,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";
import { splitVolume } from "../split.ts";

/** House of a month; areas in 10⁻⁴ m², the norm in 10⁻⁴ kWh per m² of common property. */
export interface HouseTerms {
  /** S_об: all residential and non-residential premises, without common property. */
  readonly totalAreaE4: number;
  readonly commonAreaE4: number;
  readonly normE4: number;
  readonly management: "DIRECT" | "MANAGED";
  readonly negativeMode: "CARRY" | "REDUCE_BY_RESIDENTS" | "ZERO";
  readonly negativeOrder: "OFFSET_THEN_CAP" | "CAP_THEN_OFFSET";
  /** Decision of the owners' meeting to distribute all, above the norm too. */
  readonly distributeAll: boolean;
}

export interface HouseVolumes {
  /** ОДПУ; null = none, or its mean has run out. */
  readonly house: Volume | null;
  readonly nonResidential: Volume;
  readonly unmetered: Volume;
  readonly metered: Volume;
  /** For heat and hot water made in the house (п. 54). */
  readonly heat: Volume;
}

export interface OdnMonth {
  readonly method: "ODPU" | "NORM";
  readonly raw: Volume;
  readonly carryUsed: Volume;
  readonly carryOut: Volume;
  readonly cap: Volume;
  /** Volume of the premises, or of the manager where the house is MANAGED. */
  readonly distributed: Volume;
  readonly overNorm: Volume;
}

/** A zone of the ОДПУ before the month of the house is known. */
export type MeasuredZone = Pick<HouseZone, "zone" | "odpu" | "individual" | "nonResidential">;

/**
 * Common consumption of a house in one month. With ОДПУ: V = V_D − Σ of all premises; a negative
 * one is carried and lowers the next months, the rest is capped by N × S_ои. Without: N × S_ои, the
 * carried balance is not touched.
 *
 * @param carryIn negative volume carried from earlier months, >= 0
 * @see ПП РФ 354 п. 44–48, прил. 2, формулы 10, 12, 15; ПП РФ 124 п. 21(1)
 */
export function odnMonth(terms: HouseTerms, volumes: HouseVolumes, carryIn: Volume): OdnMonth {
  const cap = volume(multiplyDivideRound(terms.normE4, terms.commonAreaE4, 10_000));
  const none = volume(0);
  if (volumes.house === null) {
    const common = { raw: cap, cap, distributed: cap, overNorm: none };
    return { method: "NORM", ...common, carryUsed: none, carryOut: carryIn };
  }
  const { house, nonResidential, unmetered, metered, heat } = volumes;
  const raw = volume(house - nonResidential - unmetered - metered - heat);
  const balance = terms.negativeMode === "CARRY" ? carryIn : 0;
  const isCapped = terms.management === "DIRECT" && !terms.distributeAll;
  if (raw < 0) {
    const carryOut = terms.negativeMode === "CARRY" ? volume(balance - raw) : none;
    const rest = { distributed: none, overNorm: none };
    return { method: "ODPU", raw, carryUsed: none, carryOut, cap, ...rest };
  }
  const limit = isCapped ? cap : Number.MAX_SAFE_INTEGER;
  const offsetFirst = terms.negativeOrder === "OFFSET_THEN_CAP";
  const before = offsetFirst ? raw : Math.min(raw, limit);
  const used = Math.min(before, balance);
  const distributed = Math.min(before - used, limit);
  return {
    method: "ODPU",
    raw,
    carryUsed: volume(used),
    carryOut: volume(balance - used),
    cap,
    distributed: volume(distributed),
    overNorm: volume(raw - used - distributed),
  };
}

/**
 * Share of one premises: distributed × S_i / S_об, rounded to 10⁻⁴ kWh without a residue; by norm
 * from the exact product N × S_ои × S_i / S_об. Own consumption does not matter. A managed house
 * charges its premises nothing.
 *
 * @param areaE4 area of the premises, 10⁻⁴ m²
 */
export function odnShare(terms: HouseTerms, month: OdnMonth, areaE4: number): Volume {
  if (terms.management === "MANAGED") return volume(0);
  if (month.method === "ODPU")
    return volume(multiplyDivideRound(month.distributed, areaE4, terms.totalAreaE4));
  const exact = BigInt(terms.normE4) * BigInt(terms.commonAreaE4) * BigInt(areaE4);
  return volume(Number(divideRoundBig(exact, 10_000n * BigInt(terms.totalAreaE4))));
}

/**
 * ОДН of the month by zones of the ОДПУ: in each what the ОДПУ shows above the premises; what is
 * distributed of the whole is shared in proportion to the zones above 0. Limit and carried balance
 * are of the whole house, so that the zones never charge more than it.
 *
 * @param measured sums to the volumes that `month` was made of
 * @see ПП РФ 354 п. 44, прил. 2, формула 12
 */
export function odnZones(
  month: Pick<OdnMonth, "distributed">,
  measured: readonly MeasuredZone[],
): readonly HouseZone[] {
  const raws = measured.map((zone) => volume(zone.odpu - zone.individual - zone.nonResidential));
  const parts = zoneParts(month.distributed, raws);
  return measured.map((zone, index) => ({
    ...zone,
    raw: raws[index] ?? volume(0),
    distributed: parts[index] ?? volume(0),
  }));
}

/** Parts of a volume >= 0 by the zones above 0, the last of these takes the residue. */
export function zoneParts(whole: Volume, zones: readonly Volume[]): readonly Volume[] {
  const above = zones.filter((energy) => energy > 0);
  const parts = above.length === 0 ? [] : splitVolume(whole, above);
  let next = 0;
  return zones.map((energy) => {
    if (energy <= 0) return volume(0);
    const part = parts[next] ?? volume(0);
    next += 1;
    return part;
  });
}

/**
 * Before 01.09.2022: a negative volume lowers the individual volumes by residents, at most to 0;
 * the rest is lost.
 * @see ПП РФ 354 п. 47 in the edition before ПП РФ 92 of 03.02.2022
 */
export function reductionByResidents(
  raw: Volume,
  personsE4: number,
  allPersonsE4: number,
  individual: Volume,
): Volume {
  if (raw >= 0 || allPersonsE4 === 0) return volume(0);
  return volume(Math.min(multiplyDivideRound(-raw, personsE4, allPersonsE4), individual));
}

/**
 * Row of Ф-83: coefficient S_i / S_об with 4 decimals for display, the volume from the exact ratio.
 */
export function odnDetail(
  odn: Volume,
  areaE4: number,
  totalAreaE4: number,
): { readonly coefficientE4: number; readonly odn: Volume | null } {
  return {
    coefficientE4: multiplyDivideRound(areaE4, 10_000, totalAreaE4),
    odn: odn < 0 ? null : volume(multiplyDivideRound(odn, areaE4, totalAreaE4)),
  };
}
