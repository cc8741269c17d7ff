import {
  amountOf,
  type Kopecks,
  kopecks,
  multiplyDivideRound,
  type Price,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";

export interface BenefitTerms {
  readonly registered: number;
  readonly beneficiaries: number;
  /** Standard per person and month. */
  readonly standard: Volume;
  /** 10⁻² percent: 50 % = 5000. */
  readonly percentE2: number;
  /** The whole family has the benefit: min(V, standard × registered). */
  readonly isFamily: boolean;
}

export interface BenefitResult {
  readonly charged: Kopecks;
  readonly volume: Volume;
  /** Negative: what the budget pays. */
  readonly discount: Kopecks;
  readonly payable: Kopecks;
}

/**
 * Energy with the discount: min(V × beneficiaries / registered, standard × beneficiaries), of a
 * family min(V, standard × registered); for a part of the month × days / days of month. Rounded
 * once.
 */
export function benefitVolume(
  energy: Volume,
  terms: Omit<BenefitTerms, "percentE2">,
  days: number,
  daysOfMonth: number,
): Volume {
  const { registered, beneficiaries, standard } = terms;
  const [base, divisor] = terms.isFamily
    ? [Math.min(energy, standard * registered), 1]
    : [Math.min(energy * beneficiaries, standard * beneficiaries * registered), registered];
  return volume(multiplyDivideRound(base, days, divisor * daysOfMonth));
}

/** −round2(base × T × %): what the budget pays, ≤ 0 for an energy ≥ 0. */
export function benefitDiscount(base: Volume, price: Price, percentE2: number): Kopecks {
  return kopecks(-multiplyDivideRound(base, price * percentE2, 100_000_000_000));
}

/**
 * Discount of a whole month at one price (`benefit.method=IN_RECEIPT`); the budget is the payer of
 * it.
 */
export function benefitOf(energy: Volume, price: Price, terms: BenefitTerms): BenefitResult {
  const base = benefitVolume(energy, terms, 1, 1);
  const charged = amountOf(energy, price);
  const discount = benefitDiscount(base, price, terms.percentE2);
  return { charged, volume: base, discount, payable: kopecks(charged + discount) };
}
