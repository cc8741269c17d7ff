import {
  formatFixed,
  formatScaled,
  MONEY_SCALE,
  VOLUME_SCALE,
} from "../../normalizer/model/units.ts";
import type { Cell, Column, Report } from "./report.ts";

/** A spreadsheet opens the file as UTF-8 only with it. */
export const BYTE_ORDER_MARK = "\uFEFF";

const LINE_END = "\r\n";

export function csvHeader({ columns }: Report): string {
  return columns.map(({ title }) => csvText(title)).join(";") + LINE_END;
}

/** One row as Russian spreadsheets read it: semicolons, decimal commas. */
export function csvRow({ columns }: Report, row: readonly Cell[]): string {
  return columns.map((column, place) => csvCell(column, row[place] ?? null)).join(";") + LINE_END;
}

/** The last row: the sums, named in the first column. */
export function withLabel(totals: readonly Cell[]): readonly Cell[] {
  return ["Итого", ...totals.slice(1)];
}

function csvCell(column: Column, cell: Cell): string {
  return typeof cell === "number" ? cellText(column, cell) : csvText(cell ?? "");
}

/** A number as a person reads it, without grouping. */
export function cellText({ unit }: Column, value: number): string {
  if (unit === "money") return formatFixed(value, MONEY_SCALE).replace(".", ",");
  if (unit === "energy") return formatScaled(value, VOLUME_SCALE).replace(".", ",");
  return String(value);
}

/** What a spreadsheet would run as a formula is text. A number of an account keeps its zeros only as such. */
const FORMULA = /^[=+\-@\t\r]/;

function csvText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
