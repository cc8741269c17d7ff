import { invariant } from "../../normalizer/model/result.ts";
import {
  amountOf,
  divideRoundBig,
  type Kopecks,
  kopecks,
  type Price,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";
import { delayReduction, type ExactVolume } from "./delay.ts";

/** Coefficients of norm and delay, 10⁻²: 1.5 = 150, 0.95 = 95. */
export const COEFFICIENT_ONE = 100;

/** Norm × person-days of days with one norm; a month with one norm is one entry. */
export interface NormDays {
  /** kWh per person and month, 10⁻⁴. */
  readonly norm: Volume;
  /** Σ persons × days of their stay. */
  readonly personDays: number;
}

export interface NormInput {
  readonly entries: readonly NormDays[];
  readonly daysOfMonth: number;
  /** Days of the month on which the service was on; equal to daysOfMonth for a whole month. */
  readonly activeDays: number;
  /** Повышающий коэффициент, 10⁻², >= 100. */
  readonly coefficient: number;
}

export interface NormVolumes {
  /** round4 of the volume without the coefficient. */
  readonly base: Volume;
  /** Billed volume: V × K rounded once, from the unrounded product (прил. 2, формула 4(1)). */
  readonly billed: Volume;
}

/**
 * V = N × Σ(person-days) / days of month × active days / days of month, and V × K.
 * @see ПП РФ 354 п. 42, прил. 2, формулы 4 и 4(1)
 */
export function normVolumes(input: NormInput): NormVolumes {
  invariant(input.coefficient >= COEFFICIENT_ONE, "a surcharge coefficient is at least 1");
  const { numerator, denominator } = exactNorm(input);
  const base = divideRoundBig(numerator, denominator);
  const billed = divideRoundBig(numerator * BigInt(input.coefficient), denominator * 100n);
  return { base: volume(Number(base)), billed: volume(Number(billed)) };
}

/** The unrounded V of `normVolumes` without its coefficient. */
export function exactNorm(input: Omit<NormInput, "coefficient">): ExactVolume {
  let numerator = 0n;
  for (const entry of input.entries) numerator += BigInt(entry.norm) * BigInt(entry.personDays);
  return {
    numerator: numerator * BigInt(input.activeDays),
    denominator: BigInt(input.daysOfMonth) ** 2n,
  };
}

export interface NormCharge {
  readonly kind: "NORM" | "KPOV" | "KDELAY";
  readonly volume: Volume;
  readonly amount: Kopecks;
}

/**
 * Lines of a month by norm at one price: NORM = round2(round4(V) × T); with K > 1 the surcharge
 * KPOV = round2(round4(V × K) × T) − NORM with the volume it adds; with k < 1 the reduction KDELAY
 * with volume 0.
 *
 * @param coefficient 10⁻²; of `input` or, below 100, of the supplier's delay
 */
export function normCharges(
  input: Omit<NormInput, "coefficient">,
  coefficient: number,
  price: Price,
): { readonly billed: Volume; readonly charges: readonly NormCharge[] } {
  const raised = { ...input, coefficient: Math.max(coefficient, COEFFICIENT_ONE) };
  const { base, billed } = normVolumes(raised);
  const amount = amountOf(base, price);
  const charges: NormCharge[] = [{ kind: "NORM", volume: base, amount }];
  if (coefficient > COEFFICIENT_ONE) {
    const surcharge = kopecks(amountOf(billed, price) - amount);
    charges.push({ kind: "KPOV", volume: volume(billed - base), amount: surcharge });
  }
  if (coefficient < COEFFICIENT_ONE) {
    const reduction = delayReduction(exactNorm(input), price, coefficient, amount);
    charges.push({ kind: "KDELAY", volume: volume(0), amount: reduction });
  }
  return { billed, charges };
}

/**
 * Row of a norm table by the number of persons; the last row also for more, the first also for
 * none.
 */
export function normRow(perPerson: readonly Volume[], persons: number): Volume | undefined {
  return perPerson[Math.min(Math.max(persons, 1), perPerson.length) - 1];
}
