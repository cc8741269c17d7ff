import type { Readable } from "node:stream";
import { type Static, Type } from "typebox";
import { literals, object, orNull } from "./common.ts";

export const REPORT_UNITS = ["text", "money", "energy", "count"] as const;

export const ReportParams = object({ name: Type.String({ minLength: 1, maxLength: 32 }) });

const Column = object({
  key: Type.String(),
  title: Type.String(),
  unit: literals(REPORT_UNITS),
  /** The column has a sum. */
  summed: Type.Boolean(),
});
export const Reports = object({
  reports: Type.Array(
    object({ name: Type.String(), title: Type.String(), columns: Type.Array(Column) }),
  ),
});
export const ReportOfMonth = object({
  /** Cells in the order of the columns; money in kopecks, energy in 10⁻⁴ kWh, null = empty. */
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Integer(), Type.Null()]))),
  /** There are more rows: they are in the CSV. */
  truncated: Type.Boolean(),
  /** Sums of the summed columns, null in the others; null = not all rows are here. */
  totals: orNull(Type.Array(orNull(Type.Integer()))),
});

/** Sent as it is read. */
export const ReportCsv = Type.Unsafe<Readable>({ type: "string", description: "CSV, UTF-8" });

export type ReportColumn = Static<typeof Column>;
export type ReportsAnswer = Static<typeof Reports>;
export type ReportAnswer = Static<typeof ReportOfMonth>;
