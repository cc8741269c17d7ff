import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";

/**
 * Energy between two states of one register: (R₂ − R₁, + 10^digits when the register went through
 * zero) × Ктт × Ктн. Exact, never rounded. Whether a turn-over is plausible is decided when the
 * reading is accepted.
 *
 * @param digits digits before the point of the display
 * @param ratio  Ктт × Ктн, a whole number > 0
 * @see ПП РФ 354 п. 42, прил. 2, формула 1
 */
export function registerDifference(
  start: Volume,
  end: Volume,
  digits: number,
  ratio: number,
): Volume {
  invariant(Number.isSafeInteger(ratio) && ratio > 0, `ratio of a meter: ${ratio}`);
  const turn = end < start ? 10 ** digits * 10_000 : 0;
  return volume((end - start + turn) * ratio);
}
