import { type Exact, roundTo, sumOf } from "../exact.ts";

/**
 * One line of a bill of a business: net to 0.01 ₽, VAT from the net of the line, gross = net + VAT.
 */
export interface BusinessLine {
  /** "energy", "capacity", "transmission.power" … */
  readonly line: string;
  /** Quantity as printed, rounded to `decimals`. */
  readonly quantity: Exact;
  readonly decimals: number;
  readonly unit: "MWh" | "MW";
  /** Null where each hour has its own price. */
  readonly price: Exact | null;
  readonly net: Exact;
  readonly vat: Exact;
  readonly gross: Exact;
}

export interface BusinessDocument {
  readonly lines: readonly BusinessLine[];
  readonly net: Exact;
  readonly vat: Exact;
  readonly gross: Exact;
}

export const QUANTITY_DECIMALS = 3;
export const MONEY_DECIMALS = 2;

/**
 * VAT inside a gross sum: round(gross × rate / (100 + rate)); advances and regulated prices hold
 * it.
 */
export function vatInsideOf(gross: Exact, ratePercent: Exact): Exact {
  return roundTo(gross.times(ratePercent).div(ratePercent.plus(100)), MONEY_DECIMALS);
}

/** VAT of a net sum: round(net × rate / 100), once per line. `ratePercent` 20 = 20 %. */
export function vatOf(net: Exact, ratePercent: Exact): Exact {
  return roundTo(net.times(ratePercent).div(100), MONEY_DECIMALS);
}

/**
 * Line of a quantity at one price: the quantity is rounded to 3 decimals of МВт·ч (1 kWh) or МВт
 * before × price.
 * @param ratePercent VAT rate, 20 = 20 %
 */
export function pricedLine(
  line: string,
  quantity: Exact,
  unit: BusinessLine["unit"],
  price: Exact,
  ratePercent: Exact,
  decimals: number = QUANTITY_DECIMALS,
): BusinessLine {
  const rounded = roundTo(quantity, decimals);
  const net = roundTo(rounded.times(price), MONEY_DECIMALS);
  const vat = vatOf(net, ratePercent);
  return { line, quantity: rounded, decimals, unit, price, net, vat, gross: net.plus(vat) };
}

/** Line whose net is a sum of hours, each at its own price: the sum is exact and rounded once. */
export function hourlyLine(
  line: string,
  mwh: Exact,
  exactNet: Exact,
  ratePercent: Exact,
): BusinessLine {
  const quantity = roundTo(mwh, QUANTITY_DECIMALS);
  const net = roundTo(exactNet, MONEY_DECIMALS);
  const vat = vatOf(net, ratePercent);
  const gross = net.plus(vat);
  return {
    line,
    quantity,
    decimals: QUANTITY_DECIMALS,
    unit: "MWh",
    price: null,
    net,
    vat,
    gross,
  };
}

/** Totals are sums of the lines, never computed again from total quantities. */
export function documentOf(lines: readonly BusinessLine[]): BusinessDocument {
  return {
    lines,
    net: sumOf(lines.map((line) => line.net)),
    vat: sumOf(lines.map((line) => line.vat)),
    gross: sumOf(lines.map((line) => line.gross)),
  };
}
