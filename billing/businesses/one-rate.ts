import { Exact, roundTo } from "../exact.ts";
import { type BusinessLine, pricedLine } from "./document.ts";

/** Components of a limit level without VAT, ₽/МВт·ч. */
export interface PriceComponents {
  readonly wholesale: Exact;
  readonly transmission: Exact;
  readonly markup: Exact;
  readonly other: Exact;
}

/** Цена 1 ЦК = C1 + T1 + СН + ИУ, printed with 2 decimals (ПП РФ 1179 п. 4). */
export function oneRatePrice(components: PriceComponents): Exact {
  const { wholesale, transmission, markup, other } = components;
  return roundTo(wholesale.plus(transmission).plus(markup).plus(other), 2);
}

/**
 * The energy line of the first price category: МВт·ч rounded to 3 decimals, × price, net and VAT to
 * 0.01 ₽.
 *
 * @param kwh         energy of the boundary, whole kWh or exact
 * @param ratePercent VAT rate, 20 = 20 %
 * @see ПП РФ 442, раздел V; ПП РФ 1179 п. 4
 */
export function oneRateLine(
  kwh: Exact,
  components: PriceComponents,
  ratePercent: Exact,
): BusinessLine {
  return pricedLine("energy", kwh.div(1000), "MWh", oneRatePrice(components), ratePercent);
}

/**
 * Rows а б г д е ж з и к л м of form 1: the supplier's purchase and what regulated consumers took
 * of it.
 */
export interface WholesaleForm {
  readonly energyPrice: Exact;
  readonly capacityPrice: Exact;
  readonly peakMw: Exact;
  readonly retailCapacityMw: Exact;
  readonly hourlyCategoriesMw: Exact;
  readonly populationMw: Exact;
  readonly boughtMwh: Exact;
  readonly retailMwh: Exact;
  readonly hourlyCategoriesMwh: Exact;
  readonly populationMwh: Exact;
  readonly pastChange: Exact;
}

/**
 * C1 = а + α · б + м with α = max(0, (г + д − е − ж) / (з + и − к − л)), α to 11 decimals, C1 to 2.
 * @see ПП РФ 1179 п. 4, форма 1
 */
export function wholesalePrice(form: WholesaleForm): {
  readonly alpha: Exact;
  readonly price: Exact;
} {
  const capacity = form.peakMw
    .plus(form.retailCapacityMw)
    .minus(form.hourlyCategoriesMw)
    .minus(form.populationMw);
  const energy = form.boughtMwh
    .plus(form.retailMwh)
    .minus(form.hourlyCategoriesMwh)
    .minus(form.populationMwh);
  const ratio = energy.isZero() ? new Exact(0) : capacity.div(energy);
  const alpha = roundTo(Exact.max(0, ratio), 11);
  const price = form.energyPrice.plus(alpha.times(form.capacityPrice)).plus(form.pastChange);
  return { alpha, price: roundTo(price, 2) };
}
