import { Exact } from "../exact.ts";
import { type PeakHours, purchaseCapacityMw, transmissionPowerMw } from "./capacity.ts";
import { type BusinessLine, hourlyLine, pricedLine } from "./document.ts";
import { combine, gridSum, type HourGrid } from "./hours.ts";

export type HourlyCategory = 3 | 4 | 5 | 6;

/** Rates without VAT: ₽/МВт·ч and ₽/МВт a month. */
export interface HourlyTariff {
  /** One-rate transmission: ЦК3 and ЦК5. */
  readonly oneRate: Exact;
  /** Maintenance and loss rate of the two-rate transmission: ЦК4 and ЦК6. */
  readonly power: Exact;
  readonly losses: Exact;
  readonly markup: Exact;
  readonly other: Exact;
  readonly capacity: Exact;
  /**
   * Rates on the sum of the plan and on the modulus of deviations: ЦК5 and ЦК6; may be negative.
   */
  readonly planRate: Exact;
  readonly absRate: Exact;
}

/** Plan of ЦК5 and ЦК6 with the prices of deviations by hour, ₽/МВт·ч. */
export interface HourlyPlan {
  readonly kwh: HourGrid;
  readonly up: HourGrid;
  readonly down: HourGrid;
}

export interface HourlyBill {
  readonly category: HourlyCategory;
  /** Hours of the boundary, kWh, unrounded. */
  readonly kwh: HourGrid;
  /** Energy price C_h by hour, ₽/МВт·ч. */
  readonly prices: HourGrid;
  readonly tariff: HourlyTariff;
  readonly workdays: readonly number[];
  readonly peaks: PeakHours;
  readonly window: readonly number[];
  readonly capacityDecimals: number;
  readonly ratePercent: Exact;
  readonly plan: HourlyPlan | null;
}

/**
 * Lines of price categories 3–6: energy Σ v_h · (C_h + СН + ИУ + transmission), of ЦК5 and 6 the
 * four lines of the plan, capacity, of ЦК4 and 6 transmission power. Hourly sums are exact and
 * rounded once per line; zero lines stay.
 *
 * @see ПП РФ 442 п. 95; ПП РФ 1179 п. 7–9; ПП РФ 861 п. 15(1)
 */
export function hourlyLines(bill: HourlyBill): BusinessLine[] {
  const { category, kwh, tariff, ratePercent, capacityDecimals: decimals } = bill;
  const isTwoRate = category === 4 || category === 6;
  const perMwh = tariff.markup.plus(tariff.other).plus(isTwoRate ? tariff.losses : tariff.oneRate);
  const net = gridSum(combine(kwh, bill.prices, (v, price) => v.times(price.plus(perMwh))));
  const lines = [hourlyLine("energy", mwh(gridSum(kwh)), net.div(1000), ratePercent)];
  if (bill.plan !== null) lines.push(...planLines(kwh, bill.plan, tariff, ratePercent));
  const capacity = purchaseCapacityMw(kwh, bill.workdays, bill.peaks, decimals);
  lines.push(pricedLine("capacity", capacity, "MW", tariff.capacity, ratePercent, decimals));
  if (isTwoRate) {
    const power = transmissionPowerMw(kwh, bill.workdays, bill.window, decimals);
    lines.push(pricedLine("transmission.power", power, "MW", tariff.power, ratePercent, decimals));
  }
  return lines;
}

/**
 * Fact over plan, plan over fact, the sum of the plan and the modulus of deviations (ПП РФ 1179 п.
 * 8, 9). The first two are exact sums; the quantities of the last two are rounded before × rate.
 */
export function planLines(
  kwh: HourGrid,
  plan: HourlyPlan,
  tariff: Pick<HourlyTariff, "planRate" | "absRate">,
  ratePercent: Exact,
): BusinessLine[] {
  const over = combine(kwh, plan.kwh, (fact, planned) => Exact.max(0, fact.minus(planned)));
  const under = combine(kwh, plan.kwh, (fact, planned) => Exact.max(0, planned.minus(fact)));
  const cost = (hours: HourGrid, prices: HourGrid): Exact =>
    mwh(gridSum(combine(hours, prices, (v, price) => v.times(price))));
  const modulus = mwh(gridSum(over).plus(gridSum(under)));
  const planned = mwh(gridSum(plan.kwh));
  return [
    hourlyLine("dev.factOverPlan", mwh(gridSum(over)), cost(over, plan.up), ratePercent),
    hourlyLine("dev.planOverFact", mwh(gridSum(under)), cost(under, plan.down), ratePercent),
    pricedLine("plan.sum", planned, "MWh", tariff.planRate, ratePercent),
    pricedLine("dev.abs", modulus, "MWh", tariff.absRate, ratePercent),
  ];
}

function mwh(kwh: Exact): Exact {
  return kwh.div(1000);
}
