import { type Kopecks, kopecks, multiplyDivideRound } from "../../normalizer/model/units.ts";

/**
 * VAT inside a gross sum: round2(gross × r / (100 + r)). Prices of the population hold it; the rate
 * is that of the period of delivery, not of the payment.
 *
 * @param ratePercentE2 rate in 10⁻² percent: 20 % = 2000
 * @see НК РФ ст. 164 п. 4, 168 п. 6
 */
export function vatInside(gross: Kopecks, ratePercentE2: number): Kopecks {
  return kopecks(multiplyDivideRound(gross, ratePercentE2, 10_000 + ratePercentE2));
}
