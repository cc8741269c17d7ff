import { type Day, formatDay, formatMonth, type Month } from "../normalizer/model/dates.ts";
import {
  formatFixed,
  formatScaled,
  type Kopecks,
  MONEY_SCALE,
  PRICE_SCALE,
  type Price,
  VOLUME_SCALE,
  type Volume,
} from "../normalizer/model/units.ts";

/** "1220,49 ₽"; the result of the last step of a line is written by this. */
export function rubles(amount: Kopecks): string {
  return `${formatFixed(amount, MONEY_SCALE).replace(".", ",")} ₽`;
}

/** "50,6667": energy as a number of a formula, without its unit. */
export function energy(value: Volume): string {
  return formatScaled(value, VOLUME_SCALE).replace(".", ",");
}

/** "50,6667 кВт·ч". */
export function kilowattHours(value: Volume): string {
  return `${energy(value)} кВт·ч`;
}

/** "5,73 ₽/кВт·ч". */
export function unitPrice(value: Price): string {
  return `${formatScaled(value, PRICE_SCALE).replace(".", ",")} ₽/кВт·ч`;
}

/** "31.12.2025". */
export function dayText(day: Day): string {
  const [year, month, date] = formatDay(day).split("-");
  return `${date}.${month}.${year}`;
}

/** "12.2025". */
export function monthText(month: Month): string {
  const [year, number] = formatMonth(month).split("-");
  return `${number}.${year}`;
}

/** "01.03.2025 – 31.03.2025" for the half-open range [from, to). */
export function daysText(from: Day, to: Day): string {
  return `${dayText(from)} – ${dayText((to - 1) as Day)}`;
}

/** Exact kopecks of volume × price before rounding: "290,320191 ₽" (10⁻⁴ kWh × 10⁻⁵ ₽ = 10⁻⁹ ₽). */
export function exactRubles(volume: Volume, price: Price): string {
  const product = BigInt(volume) * BigInt(price);
  const digits = (product < 0n ? -product : product).toString().padStart(10, "0");
  const text = `${digits.slice(0, -9)},${digits.slice(-9)}`.replace(/0{1,7}$/, "");
  return `${product < 0n ? "-" : ""}${text} ₽`;
}
