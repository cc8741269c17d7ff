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
 * Discount in the receipt (`benefit.method=IN_RECEIPT`): base = min(V × beneficiaries / registered,
 * standard × beneficiaries), discount = round2(base × T × %). The budget is the payer of the
 * discount.
 */
export function benefitOf(energy: Volume, price: Price, terms: BenefitTerms): BenefitResult {
  const { registered, beneficiaries, standard, percentE2 } = terms;
  const base = terms.isFamily
    ? Math.min(energy, standard * registered)
    : Math.min(multiplyDivideRound(energy, beneficiaries, registered), standard * beneficiaries);
  const charged = amountOf(energy, price);
  const discount = -multiplyDivideRound(base, price * percentE2, 100_000_000_000);
  return {
    charged,
    volume: volume(base),
    discount: kopecks(discount),
    payable: kopecks(charged + discount),
  };
}
