import { Decimal } from "decimal.js";

/**
 * Decimal arithmetic of the business rules: 60 significant digits, no binary floats. Quantities and
 * coefficients stay exact until the line is rounded (ПП РФ 442; reference of legal entities,
 * section 1).
 */
export const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP });
export type Exact = Decimal;

/** Half away from zero to `decimals` places: −0.005 → −0.01. */
export function roundTo(value: Exact, decimals: number): Exact {
  return value.toDecimalPlaces(decimals, Decimal.ROUND_HALF_UP);
}

export function sumOf(values: Iterable<Exact>): Exact {
  let sum: Exact = new Exact(0);
  for (const value of values) sum = sum.plus(value);
  return sum;
}
