import type { ReportColumn } from "../../../http/schemas/reports.ts";
import { moneyText, russianNumber, volumeText } from "../../format.ts";

/** A cell as it is read on the page; the unit stands over the column. */
export function cellText({ unit }: ReportColumn, cell: string | number | null): string {
  if (typeof cell !== "number") return cell ?? "";
  if (unit === "money") return moneyText(cell);
  return unit === "energy" ? volumeText(cell) : russianNumber(String(cell));
}

export const UNIT_NAMES: Readonly<Record<ReportColumn["unit"], string>> = {
  text: "",
  money: ",\u00a0₽",
  energy: ",\u00a0кВт·ч",
  count: "",
};

/** "2026-01" and −1 → "2025-12". */
export function monthAfter(month: string, step: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + step;
  const year = String(Math.floor(count / 12)).padStart(4, "0");
  return `${year}-${String((count % 12) + 1).padStart(2, "0")}`;
}

/** The month before the one on the wall: the last that can have been billed. */
export function lastMonth(): string {
  const now = new Date();
  return monthAfter(`${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}`, -1);
}
