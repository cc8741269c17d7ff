import { TextDecoder } from "node:util";
import { CsvError, parse as parseCsv } from "csv-parse/sync";
import type { Day } from "../../normalizer/model/dates.ts";
import { dayOfCivil } from "../../normalizer/model/dates.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { ReadingRecord } from "../../normalizer/model/records.ts";
import type { FileEffect, Parsed, ParseInput } from "../contract.ts";
import type { TabularProfile } from "./config.ts";

const FIELD_LENGTH_MAX = 64;
const DELIMITERS = [";", ",", "\t"];
/** An identifier that a spreadsheet took for a number. */
const SCIENTIFIC = /^\d[.,]\d+E\+?\d+$/i;
const DATES = [/^(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})$/, /^(?<d>\d{2})\.(?<m>\d{2})\.(?<y>\d{4})$/];
/** A reading of another century is a slip of the pen, and would make partitions of its own. */
const YEARS = { from: 1990, to: 2100 };

class FileProblem extends Error {
  override readonly name = "FileProblem";
  readonly parsed: Parsed;
  constructor(code: ProblemCode, values: Problem["values"], outcome: FileEffect, at = "1") {
    super(code);
    this.parsed = {
      kind: "problem",
      problem: { code, at, ...(values === undefined ? {} : { values }) },
      outcome,
    };
  }
}

/**
 * Register readings from a csv: a header row, then a row per meter and day with a column per zone.
 * Delimiter and encoding (UTF-8, else Windows-1251) are found from the file. A row whose form is
 * wrong is a record with its problem; the others go on.
 */
export async function* parse(input: ParseInput<TabularProfile>): AsyncIterable<Parsed> {
  try {
    const rows = rowsOf(decode(await readAll(input)), input.profile);
    const [head, ...body] = rows;
    const columns = columnsOf(head?.fields ?? [], input.profile);
    for (const name of columns.unknown) {
      const problem = { code: "UNKNOWN_FIELD", at: "1", values: { name } } as const;
      yield { kind: "problem", problem, outcome: "none" };
    }
    if (body.length === 0) throw new FileProblem("NO_RECORDS", undefined, "rejected");
    for (const row of body) yield { kind: "record", record: recordOf(row, columns, input.profile) };
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    yield error.parsed;
  }
}

async function readAll({ bytes, profile }: ParseInput<TabularProfile>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > profile.sizeBytesMax) {
      const values = { limit: "размер файла", allowed: `${profile.sizeBytesMax} байт` };
      throw new FileProblem("LIMIT_EXCEEDED", values, "rejected");
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Strict UTF-8, else Windows-1251, which has every byte but one; control characters betray anything
 * else.
 */
function decode(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new FileProblem("ENCODING_UNSUPPORTED", { declared: "UTF-16" }, "rejected");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    text = new TextDecoder("windows-1251").decode(bytes);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000e-\u001f\u0080-\u009f\ufffd]/.test(text)) {
    throw new FileProblem("ENCODING_INVALID", undefined, "rejected");
  }
  return text;
}

interface Row {
  readonly fields: readonly string[];
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
}

function rowsOf(text: string, { rowsMax }: TabularProfile): readonly Row[] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = DELIMITERS.find((candidate) => firstLine.includes(candidate)) ?? ";";
  let rows: readonly { readonly record: string[]; readonly info: { readonly lines: number } }[];
  try {
    rows = parseCsv(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      to: rowsMax + 2,
    }) as unknown as typeof rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const isCut = error.code === "CSV_QUOTE_NOT_CLOSED";
    throw new FileProblem(isCut ? "TRUNCATED" : "FORMAT_UNKNOWN", undefined, "quarantined");
  }
  if (rows.length > rowsMax + 1) {
    const values = { limit: "число строк", allowed: String(rowsMax) };
    throw new FileProblem("LIMIT_EXCEEDED", values, "rejected");
  }
  return rows.map(({ record, info }) => ({ fields: record, line: info.lines }));
}

interface Columns {
  readonly count: number;
  /** −1 = the file has no such column. */
  readonly account: number;
  readonly meter: number;
  readonly date: number;
  readonly zones: readonly { readonly zone: string; readonly column: number }[];
  readonly unknown: readonly string[];
}

function columnsOf(head: readonly string[], profile: TabularProfile): Columns {
  const names = head.map((name) => name.toLowerCase());
  const find = (wanted: readonly string[]) => {
    const lowered = new Set(wanted.map((one) => one.toLowerCase()));
    return names.findIndex((name) => lowered.has(name));
  };
  const zones = Object.entries(profile.zones)
    .map(([zone, wanted]) => ({ zone, column: find(wanted) }))
    .filter(({ column }) => column >= 0);
  const account = find(profile.account);
  const meter = find(profile.meter);
  const date = find(profile.date);
  const missing = meter < 0 ? profile.meter : date < 0 ? profile.date : null;
  if (missing !== null || zones.length === 0) {
    const name = missing?.[0] ?? Object.values(profile.zones)[0]?.[0] ?? "";
    throw new FileProblem("HEADER_NOT_FOUND", { name }, "quarantined");
  }
  const known = new Set([account, meter, date, ...zones.map(({ column }) => column)]);
  const unknown = head.filter((_, index) => !known.has(index));
  return { count: head.length, account, meter, date, zones, unknown };
}

function recordOf(row: Row, columns: Columns, profile: TabularProfile): ReadingRecord {
  const problems: Problem[] = [];
  const report = (code: ProblemCode, values: Readonly<Record<string, string>>) => {
    problems.push({ code, at: String(row.line), values });
  };
  const { fields } = row;
  if (fields.length !== columns.count) {
    report("COLUMN_COUNT", { given: String(fields.length), expected: String(columns.count) });
  }
  const account = fields[columns.account] ?? "";
  const meterSerial = fields[columns.meter] ?? "";
  if (meterSerial === "") report("MISSING_REQUIRED", { name: profile.meter[0] ?? "" });
  for (const given of [account, meterSerial]) {
    if (SCIENTIFIC.test(given)) report("SCIENTIFIC_NOTATION", { given });
    if (given.length > FIELD_LENGTH_MAX) {
      report("TOO_LONG", { name: given.slice(0, 20), allowed: String(FIELD_LENGTH_MAX) });
    }
  }
  const dateText = fields[columns.date] ?? "";
  const readOn = dayOf(dateText);
  if (readOn === null) report("BAD_DATE", { given: dateText.slice(0, 40) });
  const values = columns.zones.flatMap(({ zone, column }) => {
    const given = fields[column] ?? "";
    if (given === "") return [];
    const isComma = profile.decimalComma && /^\d+,\d+$/.test(given);
    if (isComma) report("DECIMAL_COMMA", { given });
    return [{ zone, text: isComma ? given.replace(",", ".") : given }];
  });
  // An empty cell is no reading, never a zero.
  if (values.length === 0) report("NO_READING", {});
  return {
    kind: "reading",
    at: row.line,
    accountNumber: account === "" ? null : account,
    meterSerial,
    readOn,
    values,
    source: profile.source,
    problems,
  };
}

function dayOf(text: string): Day | null {
  for (const pattern of DATES) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) continue;
    const year = Number(groups["y"]);
    if (year < YEARS.from || year > YEARS.to) return null;
    return dayOfCivil(year, Number(groups["m"]), Number(groups["d"]));
  }
  return null;
}
