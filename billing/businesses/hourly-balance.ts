import { Exact, roundTo } from "../exact.ts";
import { gridSum, type HourGrid } from "./hours.ts";

export interface HourlyBalance {
  /** ΣV_h after the coefficients. */
  readonly hours: Exact;
  readonly difference: Exact;
  /** Percent of the integral, 3 decimals; null where the integral is 0. */
  readonly differencePercent: Exact | null;
  /** W / ΣV_h, unrounded; null where the hours are billed as they are. */
  readonly factor: Exact | null;
  /** HOURLY_BALANCE: hours do not meet the register and were not scaled. */
  readonly isOff: boolean;
  readonly billed: HourGrid;
}

/**
 * Control of hours against the register: |ΣV_h − W| within a percentage of W, equality passes; an
 * integral of 0 with hours above 0 fails. A failed control scales the hours where the contract says
 * so, else it is an event and the hours are billed as they are.
 *
 * @param integral register difference × coefficients, rounded to 1 kWh
 * @see ПП РФ 442, раздел X
 */
export function hourlyBalance(
  kwh: HourGrid,
  integral: Exact,
  tolerancePercent: Exact,
  scaleToIntegral: boolean,
): HourlyBalance {
  const hours = gridSum(kwh);
  const difference = hours.minus(integral);
  const allowed = integral.times(tolerancePercent).div(100);
  const passes = difference.abs().lte(allowed);
  const canScale = scaleToIntegral && !hours.isZero();
  const factor = passes || !canScale ? null : integral.div(hours);
  return {
    hours,
    difference,
    differencePercent: integral.isZero() ? null : roundTo(difference.div(integral).times(100), 3),
    factor,
    isOff: !passes && factor === null,
    billed:
      factor === null
        ? kwh
        : kwh.map((row) => row.map((value) => value.times(integral).div(hours))),
  };
}

/**
 * Deviation of a fact from the contract volume in percent, 2 decimals; null where the contract
 * volume is 0.
 */
export function deviationPercent(fact: Exact, contract: Exact): Exact | null {
  return contract.isZero() ? null : roundTo(fact.minus(contract).div(contract).times(100), 2);
}

/**
 * Volume of an object without a meter by agreement: power × hours of its schedule, rounded to 1
 * kWh.
 */
export function scheduledKwh(powerKw: Exact, hours: Exact): Exact {
  return roundTo(new Exact(powerKw).times(hours), 0);
}
