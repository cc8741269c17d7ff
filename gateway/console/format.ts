import {
  formatFixed,
  formatScaled,
  MONEY_SCALE,
  PRICE_SCALE,
  VOLUME_SCALE,
} from "../../normalizer/model/units.ts";

/**
 * How figures and dates look to people in Russia. Pure: the console imports it, tests run it in
 * Node.
 */
const GROUP = "\u202f";
const MINUS = "\u2212";

/** "1234.5" → "1 234,5": groups of three from the left of the point, comma, real minus. */
export function russianNumber(text: string): string {
  const [whole = "", fraction] = text.replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, GROUP);
  const sign = text.startsWith("-") ? MINUS : "";
  return sign + grouped + (fraction === undefined ? "" : `,${fraction}`);
}

/** Kopecks as roubles: 123456 → "1 234,56". */
export function moneyText(kopecks: number): string {
  return russianNumber(formatFixed(kopecks, MONEY_SCALE));
}

/** Energy of accounts, 10⁻⁴ kWh: 2130000 → "213". */
export function volumeText(volumeE4: number): string {
  return russianNumber(formatScaled(volumeE4, VOLUME_SCALE));
}

/** Price, 10⁻⁵ ₽/kWh: at least kopecks, more digits where the tariff has them: 573000 → "5,73". */
export function priceText(priceE5: number): string {
  const [whole = "0", fraction = ""] = formatScaled(priceE5, PRICE_SCALE).split(".");
  return russianNumber(`${whole}.${fraction.padEnd(MONEY_SCALE, "0")}`);
}

/** Half-hour energy, 10⁻⁶ kWh, rounded for the eye to three decimals. */
export function intervalText(microKwh: number): string {
  return russianNumber((microKwh / 1_000_000).toFixed(3).replace(/\.?0+$/, ""));
}

/** Sign of a balance in the words of the trade. */
export function balanceWord(kopecks: number): "долг" | "переплата" | "долга нет" {
  if (kopecks > 0) return "долг";
  return kopecks < 0 ? "переплата" : "долга нет";
}

/** "2026-01-25" → "25.01.2026". */
export function dayText(day: string): string {
  return day.split("-").reverse().join(".");
}

const MONTHS = [
  "январь",
  "февраль",
  "март",
  "апрель",
  "май",
  "июнь",
  "июль",
  "август",
  "сентябрь",
  "октябрь",
  "ноябрь",
  "декабрь",
];

/** "2026-01" → "январь 2026". */
export function monthText(month: string): string {
  return `${MONTHS[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`;
}

/** "2026-01" → "янв 26", for axes. */
export function monthShort(month: string): string {
  return `${MONTHS[Number(month.slice(5)) - 1]?.slice(0, 3)} ${month.slice(2, 4)}`;
}

/** 214 → "214 Б", 1500000 → "1,5 МБ". */
export function sizeText(bytes: number): string {
  const [divisor, unit] =
    bytes >= 1_000_000 ? [1_000_000, "МБ"] : bytes >= 1_000 ? [1_000, "КБ"] : [1, "Б"];
  const figure = (bytes / divisor).toFixed(divisor === 1 ? 0 : 1).replace(/\.0$/, "");
  return `${russianNumber(figure)} ${unit}`;
}

/** The form of a noun after a number: plural(5, "строка", "строки", "строк") → "строк". */
export function plural(count: number, one: string, few: string, many: string): string {
  const tens = Math.abs(count) % 100;
  const units = tens % 10;
  if (units === 1 && tens !== 11) return one;
  return units >= 2 && units <= 4 && (tens < 12 || tens > 14) ? few : many;
}

/** How long something lasts, in its largest unit: 59 → "59 с", 7200 → "2 ч". */
export function durationText(seconds: number): string {
  const [divisor, unit] =
    seconds >= 172_800
      ? [86_400, "дн"]
      : seconds >= 3_600
        ? [3_600, "ч"]
        : seconds >= 60
          ? [60, "мин"]
          : [1, "с"];
  return `${russianNumber(String(Math.floor(Math.max(0, seconds) / divisor)))} ${unit}`;
}

/** Roubles as a person writes them, in kopecks: "1 234,5" → 123450; null = no sum above zero. */
export function parseMoney(text: string): number | null {
  const match = /^(\d{1,12})(?:[.,](\d{1,2}))?$/.exec(text.replace(/[\s\u202f\u00a0₽]/g, ""));
  if (match === null) return null;
  const kopecks = Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  return kopecks === 0 ? null : kopecks;
}
