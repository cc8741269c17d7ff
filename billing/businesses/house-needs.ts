import { Exact, roundTo, sumOf } from "../exact.ts";

export interface HouseNeeds {
  /** Before the carry; negative where the premises show more than the house meter. */
  readonly raw: Exact;
  readonly billed: Exact;
  readonly carryNext: Exact;
}

/**
 * Volume billed to the manager of a house for common needs: Vодпу − Σ Vпотр; a negative one is billed 0 and carried,
 * later months deduct it until it is used up.
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
