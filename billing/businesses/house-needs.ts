import { Exact, roundTo, sumOf } from "../exact.ts";

export interface HouseNeeds {
  /** Before the carry; negative where the premises show more than the house meter. */
  readonly raw: Exact;
  readonly billed: Exact;
  readonly carryNext: Exact;
}

/**
 * Volume billed to the manager of a house for common needs: Vодпу − Σ Vпотр; a negative one is
 * billed 0 and carried, later months deduct it until it is used up.
 *
 * @see ПП РФ 124 п. 21(1) «а»
 */
export function houseNeeds(house: Exact, individual: readonly Exact[], carry: Exact): HouseNeeds {
  const raw = house.minus(sumOf(individual));
  const net = raw.minus(carry);
  return net.isNegative()
    ? { raw, billed: new Exact(0), carryNext: net.neg() }
    : { raw, billed: net, carryNext: new Exact(0) };
}

/** Without ОДПУ: norm × area of common property, rounded to 1 kWh (ПП РФ 124 п. 21(1) «в»). */
export function houseNeedsByNorm(normKwhM2: Exact, areaM2: Exact): Exact {
  return roundTo(normKwhM2.times(areaM2), 0);
}

/**
 * Months in a row by the mean of the house meter, and metered months a mean takes (ПП РФ 124 п.
 * 21).
 */
const MEAN_MONTHS_IN_A_ROW = 3;
const MEAN_OF_MONTHS = 6;

export interface UtilityMonthFacts {
  /** Null where the house meter has no state. */
  readonly house: Exact | null;
  readonly individual: readonly Exact[];
}

export interface UtilityMonth extends HouseNeeds {
  readonly basis: "ODPU" | "MEAN" | "NORM";
  /** Volume of the house by its meter or mean; null by norm. */
  readonly house: Exact | null;
}

/**
 * Months of a manager in order. A house meter that failed: at most three months in a row by the
 * mean of its last six metered months, rounded to 1 kWh; then, with fewer metered months or never a
 * meter, by norm. A month by norm is billed whole and leaves the carry as it is.
 *
 * @param history metered months of the house before, oldest first
 */
export function utilityMonths(
  months: readonly UtilityMonthFacts[],
  history: readonly Exact[],
  carry: Exact,
  normKwh: Exact | null,
): readonly UtilityMonth[] {
  const metered = [...history];
  let missed = 0;
  let balance = carry;
  return months.map(({ house, individual }) => {
    missed = house === null ? missed + 1 : 0;
    if (house !== null) metered.push(house);
    const canMean = missed <= MEAN_MONTHS_IN_A_ROW && metered.length >= MEAN_OF_MONTHS;
    const volume =
      house ??
      (canMean ? roundTo(sumOf(metered.slice(-MEAN_OF_MONTHS)).div(MEAN_OF_MONTHS), 0) : null);
    if (volume === null) {
      const byNorm = normKwh ?? new Exact(0);
      return { basis: "NORM", house: null, raw: byNorm, billed: byNorm, carryNext: balance };
    }
    const needs = houseNeeds(volume, individual, balance);
    balance = needs.carryNext;
    return { basis: house === null ? "MEAN" : "ODPU", house: volume, ...needs };
  });
}
