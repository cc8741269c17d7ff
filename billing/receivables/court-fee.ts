import { type Day, day } from "../../normalizer/model/dates.ts";
import { Exact, roundTo } from "../exact.ts";

/**
 * Fee of a claim up to `upTo` roubles (null = above): base + percent of what is above `over`, at
 * least `least`.
 */
interface FeeStep {
  readonly upTo: number | null;
  readonly base: number;
  readonly percent: string;
  readonly over: number;
  readonly least: number;
}

interface FeeScale {
  readonly from: Day;
  readonly steps: readonly FeeStep[];
  readonly most: number;
}

const step = (
  upTo: number | null,
  base: number,
  percent: string,
  over: number,
  least = 0,
): FeeStep => ({ upTo, base, percent, over, least });

/** Госпошлина in courts of general jurisdiction (НК РФ ст. 333.19; from 09.09.2024 by 259-ФЗ). */
export const COURT_FEES: readonly FeeScale[] = [
  {
    from: day("2005-01-01"),
    steps: [
      step(20_000, 0, "4", 0, 400),
      step(100_000, 800, "3", 20_000),
      step(200_000, 3_200, "2", 100_000),
      step(1_000_000, 5_200, "1", 200_000),
      step(null, 13_200, "0.5", 1_000_000),
    ],
    most: 60_000,
  },
  {
    from: day("2024-09-09"),
    steps: [
      step(100_000, 4_000, "0", 0),
      step(300_000, 4_000, "3", 100_000),
      step(500_000, 10_000, "2.5", 300_000),
      step(1_000_000, 15_000, "2", 500_000),
      step(3_000_000, 25_000, "1", 1_000_000),
      step(8_000_000, 45_000, "0.7", 3_000_000),
      step(24_000_000, 80_000, "0.35", 8_000_000),
      step(50_000_000, 136_000, "0.3", 24_000_000),
      step(100_000_000, 214_000, "0.2", 50_000_000),
      step(null, 314_000, "0.15", 100_000_000),
    ],
    most: 900_000,
  },
];

/**
 * Court fee in whole roubles (half up, НК РФ ст. 52 п. 6): of a lawsuit, and half of the unrounded
 * fee for an order.
 *
 * @param claim roubles, > 0
 * @param filed day of filing: the scale in force on it
 */
export function courtFee(
  claim: Exact,
  filed: Day,
  isOrder: boolean,
): { readonly full: Exact; readonly fee: Exact } {
  const scale = COURT_FEES.findLast((item) => item.from <= filed) ?? COURT_FEES[0];
  const exact = scale === undefined ? new Exact(0) : exactFee(claim, scale);
  return { full: roundTo(exact, 0), fee: roundTo(isOrder ? exact.div(2) : exact, 0) };
}

function exactFee(claim: Exact, scale: FeeScale): Exact {
  const found = scale.steps.find((item) => item.upTo === null || claim.lte(item.upTo));
  if (found === undefined) return new Exact(scale.most);
  const fee = claim.minus(found.over).times(found.percent).div(100).plus(found.base);
  return Exact.min(Exact.max(fee, found.least), scale.most);
}
