import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";

/**
 * Договорной объём of the days of a month: volume × days / days of month, rounded to 10⁻⁴ kWh half
 * away from zero.
 *
 * @param monthly kWh a month of the contract
 */
export function fixedVolume(monthly: Volume, days: number, daysOfMonth: number): Volume {
  return volume(multiplyDivideRound(monthly, days, daysOfMonth));
}
