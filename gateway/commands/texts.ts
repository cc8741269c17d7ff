import {
  formatFixed,
  formatScaled,
  MONEY_SCALE,
  VOLUME_SCALE,
} from "../../normalizer/model/units.ts";

/** "1 234,56 ₽" with no-break spaces, as documents print money. */
export function formatRoubles(kopecks: number): string {
  const [whole, fraction] = formatFixed(kopecks, MONEY_SCALE).split(".");
  return `${grouped(whole ?? "")},${fraction} ₽`;
}

/** "213,5 кВт·ч" without trailing zeros. */
export function formatKwh(volume: number): string {
  const [whole, fraction] = formatScaled(volume, VOLUME_SCALE).split(".");
  return `${grouped(whole ?? "")}${fraction === undefined ? "" : `,${fraction}`} кВт·ч`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}
