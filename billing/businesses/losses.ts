import { type Exact, roundTo } from "../exact.ts";

/** Square of the form factor by the load factor: (1 + 2 Kз) / (3 Kз). */
export function formFactorSquared(loadFactor: Exact): Exact {
  return loadFactor.times(2).plus(1).div(loadFactor.times(3));
}

export interface TransformerLoss {
  readonly idle: Exact;
  readonly load: Exact;
  /** kWh, rounded once. */
  readonly total: Exact;
}

/**
 * ΔW = ΔPхх · T + Kф² · ΔPкз · W² · (1 + tg²φ) / (Sн² · T), kW, kVA, kWh, hours.
 * @see ПП РФ 442 п. 148; приказ Минэнерго 326
 */
export function transformerLoss(given: {
  readonly idleKw: Exact;
  readonly shortCircuitKw: Exact;
  readonly ratedKva: Exact;
  readonly kwh: Exact;
  readonly hours: Exact;
  readonly tangent: Exact;
  readonly formSquared: Exact;
}): TransformerLoss {
  const idle = given.idleKw.times(given.hours);
  const load = given.formSquared
    .times(given.shortCircuitKw)
    .times(given.kwh.pow(2))
    .times(given.tangent.pow(2).plus(1))
    .div(given.ratedKva.pow(2).times(given.hours));
  return { idle, load, total: roundTo(idle.plus(load), 0) };
}

/**
 * ΔW = Kф² · W² · (1 + tg²φ) · r₀ · L / (U² · T · 1000), Ω/km, km, kV.
 * @returns exact kWh and kWh rounded once
 */
export function lineLoss(given: {
  readonly ohmPerKm: Exact;
  readonly km: Exact;
  readonly kilovolts: Exact;
  readonly kwh: Exact;
  readonly hours: Exact;
  readonly tangent: Exact;
  readonly formSquared: Exact;
}): { readonly exact: Exact; readonly total: Exact } {
  const exact = given.formSquared
    .times(given.kwh.pow(2))
    .times(given.tangent.pow(2).plus(1))
    .times(given.ohmPerKm)
    .times(given.km)
    .div(given.kilovolts.pow(2).times(given.hours).times(1000));
  return { exact, total: roundTo(exact, 0) };
}
