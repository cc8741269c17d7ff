import { Exact, roundTo, sumOf } from "../exact.ts";

/**
 * Energy by an integral meter: (R₂ − R₁, + 10^digits when it turned over) × Ктт × Ктн, rounded to 1
 * kWh.
 *
 * @param decimals of kWh; 0 unless the contract says otherwise
 * @see ПП РФ 442, раздел X
 */
export function integralKwh(
  start: Exact,
  end: Exact,
  digits: number,
  coefficient: Exact,
  decimals = 0,
): Exact {
  const turn = end.lt(start) ? new Exact(10).pow(digits) : new Exact(0);
  return roundTo(end.minus(start).plus(turn).times(coefficient), decimals);
}

export interface Transit {
  readonly kwh: Exact;
  readonly lossPercent: Exact;
}

export interface OwnVolume {
  readonly metered: Exact;
  readonly transit: Exact;
  /** Signed: minus when the meter is on the grid's side. */
  readonly loss: Exact;
  readonly billed: Exact;
  /** The transits exceed the meter: 0 is billed (TRANSIT_EXCEEDS). */
  readonly exceeds: boolean;
}

/**
 * Own volume behind an integral meter: metered − Σ transit × (1 + loss share), each product rounded
 * to 1 kWh, ± own losses rounded once. Losses add where the meter stands inside the consumer's
 * network and deduct on the grid's side.
 *
 * @param fixedLoss kWh of formulas, unrounded
 * @see ПП РФ 442 п. 148
 */
export function ownVolume(
  metered: Exact,
  transits: readonly Transit[],
  lossPercent: Exact,
  fixedLoss: readonly Exact[],
  meterSide: "inside" | "outside",
): OwnVolume {
  const transit = sumOf(
    transits.map(({ kwh, lossPercent: share }) => roundTo(kwh.times(share.div(100).plus(1)), 0)),
  );
  const exceeds = transit.gt(metered);
  const own = exceeds ? new Exact(0) : metered.minus(transit);
  const exact = own.times(lossPercent).div(100).plus(sumOf(fixedLoss));
  const magnitude = roundTo(exact, 0);
  const loss = meterSide === "outside" ? magnitude.neg() : magnitude;
  return { metered, transit, loss, billed: Exact.max(0, own.plus(loss)), exceeds };
}
