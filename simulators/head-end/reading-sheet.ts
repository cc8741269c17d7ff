import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf } from "../../normalizer/model/dates.ts";

/** What a row of register readings needs; whoever collects them knows no more. */
export interface SheetReading {
  readonly accountNumber: string;
  readonly serial: string;
  readonly readOn: Day;
  readonly values: readonly { readonly zone: string; readonly text: string }[];
}

const ZONE_COLUMNS = ["T0", "T1", "T2", "T3"];

/** Readings as a sheet in UTF-8 with CRLF, one row per meter and day, a column per zone. */
export function encodeReadingSheet(readings: Iterable<SheetReading>): Buffer {
  const rows = ["account;meter;date;T0;T1;T2;T3"];
  for (const { accountNumber, serial, readOn, values } of readings) {
    const shown = ZONE_COLUMNS.map(
      (zone) => values.find((value) => value.zone === zone)?.text ?? "",
    );
    rows.push([accountNumber, serial, sheetDay(readOn), ...shown].join(";"));
  }
  return Buffer.from(`${rows.join("\r\n")}\r\n`);
}

function sheetDay(date: Day): string {
  const { year, month, day } = civilOf(date);
  return `${String(day).padStart(2, "0")}.${String(month).padStart(2, "0")}.${year}`;
}
