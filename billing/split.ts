import { multiplyDivideRound, type Volume, volume } from "../normalizer/model/units.ts";

/**
 * Parts of a volume by weights: all but the last are rounded to 10⁻⁴ kWh half away from zero, the
 * last takes the residue, so that the parts always sum to the whole (ПП РФ 354, regulation of
 * rounding: conservation of a split).
 *
 * @param whole   any sign
 * @param weights whole numbers >= 0 with a positive sum; a weight of 0 gives 0 unless it is the
 *   last
 */
export function splitVolume(whole: Volume, weights: readonly number[]): Volume[] {
  let total = 0;
  for (const weight of weights) total += weight;
  const parts: Volume[] = [];
  let rest: number = whole;
  for (let index = 0; index < weights.length - 1; index += 1) {
    const part = multiplyDivideRound(whole, weights[index] as number, total);
    parts.push(volume(part));
    rest -= part;
  }
  parts.push(volume(rest));
  return parts;
}
