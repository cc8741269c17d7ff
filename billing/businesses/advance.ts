import {
  addDays,
  addMonths,
  type Day,
  firstDay,
  type Month,
} from "../../normalizer/model/dates.ts";
import { Exact, roundTo, sumOf } from "../exact.ts";
import { MONEY_DECIMALS, vatOf } from "./document.ts";

/** Share of the base and the day until which it is paid, of the month of delivery. */
const ADVANCES = [
  { percent: 30, dayOfMonth: 10 },
  { percent: 40, dayOfMonth: 25 },
] as const;
const REST_DAY = 18;
const UTILITY_DAY = 15;

/** МВт per МВт·ч of a month, for a consumer without history (ПП РФ 442 п. 82). */
const MW_PER_MWH = "0.002824";

export interface Payment {
  readonly due: Day;
  readonly sum: Exact;
}

export interface AdvancePlan {
  readonly base: Exact;
  readonly advances: readonly Payment[];
  readonly rest: Payment;
  /** Money above the bill: goes to the next month. */
  readonly credit: Exact;
}

/** Volume of the base where there is no previous period: Pмакс / 0.002824, 3 decimals. */
export function volumeOfPower(maxPowerMw: Exact): Exact {
  return roundTo(maxPowerMw.div(MW_PER_MWH), 3);
}

/** Base of the advances: each line rounded and with its VAT, the base is their sum. */
export function advanceBase(
  lines: readonly { readonly mwh: Exact; readonly price: Exact }[],
  ratePercent: Exact,
): Exact {
  return sumOf(
    lines.map(({ mwh, price }) => {
      const net = roundTo(mwh.times(price), MONEY_DECIMALS);
      return net.plus(vatOf(net, ratePercent));
    }),
  );
}

/**
 * 30 % until the 10th and 40 % until the 25th of the month, the rest of the bill until the 18th of
 * the next. Days are nominal.
 *
 * @param paid money that counts against the bill: the advances as billed, or what was received
 * @see ПП РФ 442 п. 82
 */
export function advancePlan(
  period: Month,
  base: Exact,
  factGross: Exact,
  paid: Exact | null,
): AdvancePlan {
  const advances = ADVANCES.map(({ percent, dayOfMonth }) => ({
    due: dayOf(period, dayOfMonth),
    sum: roundTo(base.times(percent).div(100), MONEY_DECIMALS),
  }));
  const left = factGross.minus(paid ?? sumOf(advances.map((item) => item.sum)));
  const rest = { due: dayOf(addMonths(period, 1), REST_DAY), sum: Exact.max(0, left) };
  return { base, advances, rest, credit: Exact.max(0, left.neg()) };
}

/**
 * Исполнитель коммунальных услуг pays the fact once, until the 15th of the next month (ПП РФ 442 п.
 * 81).
 */
export function utilityPayment(period: Month, factGross: Exact): Payment {
  return { due: dayOf(addMonths(period, 1), UTILITY_DAY), sum: factGross };
}

function dayOf(month: Month, number: number): Day {
  return addDays(firstDay(month), number - 1);
}
