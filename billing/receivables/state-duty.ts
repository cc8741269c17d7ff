import { Exact, roundTo } from "../exact.ts";

/**
 * НК РФ ст. 333.21 from 08.09.2024: base + percent of the claim above `over`, by the upper bound of
 * the claim.
 */
const DUTY_STEPS = [
  { upTo: "100000", base: 10_000, percent: "0", over: 0 },
  { upTo: "1000000", base: 10_000, percent: "5", over: 100_000 },
  { upTo: "10000000", base: 55_000, percent: "3", over: 1_000_000 },
  { upTo: "50000000", base: 325_000, percent: "1", over: 10_000_000 },
] as const;
const ABOVE = { base: 725_000, percent: "0.5", over: 50_000_000 } as const;
const DUTY_MOST = 10_000_000;
const ORDER_LEAST = 8_000;

/**
 * State duty of an arbitration court in whole roubles, 50 kopecks and more up; of a court order
 * half, at least 8 000.
 * @param claim roubles: principal and penalty on the day of filing
 */
export function arbitrationDuty(claim: Exact, isOrder: boolean): Exact {
  const step = DUTY_STEPS.find((item) => claim.lte(item.upTo)) ?? ABOVE;
  const exact = claim.minus(step.over).times(step.percent).div(100).plus(step.base);
  const duty = Exact.min(exact, DUTY_MOST);
  return roundTo(isOrder ? Exact.max(duty.div(2), ORDER_LEAST) : duty, 0);
}
