import type { Day } from "../../normalizer/model/dates.ts";
import type { StatementHeader } from "../../normalizer/model/records.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import { proveBalances, readAccount } from "./balance.ts";
import type { BankProfile } from "./config.ts";
import { declaredEncoding, decode } from "./decode.ts";
import type { Movement } from "./document.ts";
import { readDocument } from "./document.ts";
import { Fields } from "./fields.ts";
import { ACCOUNT_START, FILE_START, VERSIONS } from "./keys.ts";
import { Lines } from "./lines.ts";
import { LimitPassed, ProblemList, shown } from "./problem-list.ts";
import type { Statement } from "./sections.ts";
import { readSections } from "./sections.ts";

/**
 * Reads one statement in 1CClientBankExchange (money-and-documents.md, 1.1). It counts whole or not at all, so it is
 * held whole, and every fault of it is listed.
 *
 * Yields the problems, then, unless one of them refuses the file, the header and a record per movement.
 */
export async function* parse(input: ParseInput<BankProfile>): AsyncIterable<Parsed> {
  const problems = new ProblemList();
  let content: Content | null = null;
  try {
    content = readStatement(await readAll(input, problems), input.profile, problems);
  } catch (error) {
    if (!(error instanceof LimitPassed)) throw error;
  }
  yield* problems.byLine();
  if (content === null || problems.isRefused) return;
  yield { kind: "statement", statement: content.header };
  yield* records(content.movements);
}

interface Content {
  readonly header: StatementHeader;
  readonly movements: readonly Movement[];
}

async function readAll(
  { bytes, profile }: ParseInput<BankProfile>,
  problems: ProblemList,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > profile.sizeBytesMax) {
      problems.limit(1, { limit: "размер файла", allowed: `${profile.sizeBytesMax} байт` });
    }
    parts.push(part);
  }
  return parts;
}

function readStatement(
  bytes: Uint8Array[],
  profile: BankProfile,
  problems: ProblemList,
): Content | null {
  const decoded = decode(bytes);
  if (decoded === null) {
    problems.add("rejected", "ENCODING_INVALID", 1);
    return null;
  }
  const lines = new Lines(decoded.pieces);
  const first = lines.firstFilled();
  if (first < 0) {
    problems.add("rejected", "NO_RECORDS", 1);
    return null;
  }
  const mark = lines.at(first).trim();
  if (mark !== FILE_START) {
    problems.add("quarantined", "FORMAT_UNKNOWN", first + 1, undefined, shown(mark));
    return null;
  }
  const statement = readSections(lines, profile, problems);
  const header = new Fields(
    { kind: "", line: first + 1, fields: statement.header },
    lines,
    problems,
  );
  compareEncoding(header, decoded.encoding, problems);
  if (!isVersionRead(header, problems)) return null;
  return readContent(statement, header, { lines, profile, problems });
}

function compareEncoding(header: Fields, encoding: string, problems: ProblemList): void {
  const declared = header.text("Кодировка");
  if (declared === "" || encoding === "ascii" || declaredEncoding(declared) === encoding) return;
  const at = header.lineOf("Кодировка");
  problems.add("none", "ENCODING_MISMATCH", at, { declared: shown(declared) });
}

function isVersionRead(header: Fields, problems: ProblemList): boolean {
  const version = header.text("ВерсияФормата");
  if (VERSIONS.has(version)) return true;
  const at = header.lineOf("ВерсияФормата");
  if (version === "") problems.add("rejected", "MISSING_REQUIRED", at, { name: "ВерсияФормата" });
  else problems.add("rejected", "UNSUPPORTED_VERSION", at, { version: shown(version) });
  return false;
}

interface Reading {
  readonly lines: Lines;
  readonly profile: BankProfile;
  readonly problems: ProblemList;
}

function readContent(statement: Statement, header: Fields, reading: Reading): Content | null {
  const { problems } = reading;
  // A file that was cut may have had documents.
  if (statement.documents.length === 0 && !problems.isRefused) {
    problems.add("rejected", "NO_RECORDS", header.section.line);
  }
  // Nothing proves a statement that says no balance.
  if (statement.accounts.length === 0) header.missing(ACCOUNT_START);
  const sections = statement.accounts
    .map((section) => readAccount(section, reading))
    .filter((section) => section !== null);
  const accounts = new Set([
    ...statement.accounts.map(({ fields }) => fields.get("РасчСчет") ?? ""),
    ...statement.headerAccounts,
  ]);
  // A blank is no account; of a section it is reported there.
  accounts.delete("");
  const context = { ...reading, accounts };
  const from = header.day("ДатаНачала") ?? least(sections.map((section) => section.from));
  const to = header.day("ДатаКонца") ?? greatest(sections.map((section) => section.to));
  const movements: Movement[] = [];
  for (const document of statement.documents) {
    movements.push(...readDocument(statement.fieldsOf(document), context));
    reading.lines.forget(document.end);
  }
  // Sums over rows that are missing or refused would only repeat what is known already.
  if (problems.isRefused || from === null || to === null) return null;
  const proved = proveBalances(sections, movements, problems);
  reportRepeats(movements, proved, problems);
  return { header: { accounts: [...accounts], from, to }, movements: proved };
}

function reportRepeats(
  movements: readonly Movement[],
  proved: readonly Movement[],
  problems: ProblemList,
): void {
  const kept = new Set(proved);
  for (const movement of movements) {
    if (kept.has(movement)) continue;
    const { at, documentNumber } = movement.record;
    problems.add("none", "DUPLICATE_ROW", at, undefined, `№ ${shown(documentNumber)}`);
  }
}

function* records(movements: readonly Movement[]): Iterable<Parsed> {
  const seen = new Map<string, number>();
  for (const { key, record } of movements) {
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    yield { kind: "record", record: occurrence === 1 ? record : { ...record, occurrence } };
  }
}

function least(days: readonly Day[]): Day | null {
  return days.reduce<Day | null>(
    (least, day) => (least === null || day < least ? day : least),
    null,
  );
}

function greatest(days: readonly Day[]): Day | null {
  return days.reduce<Day | null>((most, day) => (most === null || day > most ? day : most), null);
}
