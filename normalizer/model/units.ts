import { invariant } from "./result.ts";

declare const unit: unique symbol;
export type Branded<Base, Unit extends string> = Base & { readonly [unit]: Unit };

/** Money, whole kopecks: 1 ₽ = 100. A safe integer; signed, credits to the consumer are negative. */
export type Kopecks = Branded<number, "kopeck">;
/** Household energy, 10⁻⁴ kWh: 1 kWh = 10 000. A safe integer. Register states use it too. */
export type Volume = Branded<number, "1e-4 kWh">;
/** Price, 10⁻⁵ ₽/kWh: 5.73 ₽/kWh = 573 000; 0.01 ₽/MWh = 1. A safe integer. */
export type Price = Branded<number, "1e-5 RUB/kWh">;
/** Interval energy, 10⁻⁶ kWh or kvarh per half-hour slot. A safe integer. */
export type MicroKwh = Branded<number, "1e-6 kWh">;

export const VOLUME_SCALE = 4;
export const PRICE_SCALE = 5;
export const MONEY_SCALE = 2;
export const INTERVAL_SCALE = 6;

export function kopecks(value: number): Kopecks {
  return safeInteger(value) as Kopecks;
}
export function volume(value: number): Volume {
  return safeInteger(value) as Volume;
}
export function price(value: number): Price {
  return safeInteger(value) as Price;
}
export function microKwh(value: number): MicroKwh {
  return safeInteger(value) as MicroKwh;
}

function safeInteger(value: number): number {
  invariant(Number.isSafeInteger(value), `not a safe integer: ${value}`);
  return value === 0 ? 0 : value;
}

/**
 * Exact a · b / divisor, rounded once to a whole number, half away from zero.
 *
 * @param a       safe integer, any sign
 * @param b       safe integer, any sign
 * @param divisor safe integer > 0
 * @throws InvariantError when the result is not a safe integer
 */
export function multiplyDivideRound(a: number, b: number, divisor: number): number {
  invariant(divisor > 0, `divisor must be positive: ${divisor}`);
  const product = a * b;
  // Doubling happens in the comparison of the remainder, so the product itself is what must be exact.
  if (product <= Number.MAX_SAFE_INTEGER && product >= -Number.MAX_SAFE_INTEGER) {
    const magnitude = product < 0 ? -product : product;
    const remainder = magnitude % divisor;
    const whole = (magnitude - remainder) / divisor;
    const rounded = remainder >= divisor - remainder ? whole + 1 : whole;
    return product < 0 && rounded !== 0 ? -rounded : rounded;
  }
  return Number(divideRoundBig(BigInt(a) * BigInt(b), BigInt(divisor)));
}

/** Exact numerator / divisor, half away from zero; for sums that outgrow a safe integer. */
export function divideRoundBig(numerator: bigint, divisor: bigint): bigint {
  invariant(divisor > 0n, `divisor must be positive: ${divisor}`);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const whole = magnitude / divisor;
  const remainder = magnitude % divisor;
  const rounded = remainder * 2n >= divisor ? whole + 1n : whole;
  return numerator < 0n ? -rounded : rounded;
}

/** Volume 10⁻⁴ kWh × price 10⁻⁵ ₽/kWh = 10⁻⁷ kopeck; rounded to whole kopecks. */
export function amountOf(energy: Volume, unitPrice: Price): Kopecks {
  return kopecks(multiplyDivideRound(energy, unitPrice, 10_000_000));
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Plain decimal text ("12.5", "-0.007", leading zeros allowed) to an integer of 10⁻ˢᶜᵃˡᵉ.
 * Returns null when the text is no plain decimal, has more significant decimals than `scale`, or leaves the
 * safe range: the caller decides which problem that is. Never rounds.
 */
export function parseScaled(text: string, scale: number): number | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const whole = match[2] as string;
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > scale) return null;
  const value = Number(whole + fraction.padEnd(scale, "0"));
  if (!Number.isSafeInteger(value)) return null;
  return match[1] === "-" && value !== 0 ? -value : value;
}

/** Integer of 10⁻ˢᶜᵃˡᵉ to decimal text without trailing zeros: (506667, 4) → "50.6667", (0, 4) → "0". */
export function formatScaled(value: number, scale: number): string {
  const fixed = formatFixed(value, scale);
  return scale === 0 ? fixed : fixed.replace(/\.?0+$/, "");
}

/** Integer of 10⁻ˢᶜᵃˡᵉ to decimal text with exactly `scale` decimals: (94545, 2) → "945.45". */
export function formatFixed(value: number, scale: number): string {
  invariant(Number.isSafeInteger(value), `not a safe integer: ${value}`);
  const digits = String(Math.abs(value)).padStart(scale + 1, "0");
  const sign = value < 0 ? "-" : "";
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
