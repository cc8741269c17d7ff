import type { BankProfile } from "./config.ts";
import {
  ACCOUNT_END,
  ACCOUNT_KEYS,
  ACCOUNT_START,
  DOCUMENT_END,
  DOCUMENT_KEYS,
  DOCUMENT_KINDS,
  DOCUMENT_START,
  FILE_END,
  FILE_START,
  HEADER_KEYS,
} from "./keys.ts";
import type { ProblemList } from "./problem-list.ts";
import { shown } from "./problem-list.ts";

/** One section of a statement, its values without outer blanks. */
export interface Section {
  /** Kind of the document; empty for an account. */
  readonly kind: string;
  /** Line of its start mark, from 1. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

export interface Statement {
  readonly header: ReadonlyMap<string, string>;
  /** `РасчСчет` of the header, which may be repeated. */
  readonly headerAccounts: readonly string[];
  readonly accounts: readonly Section[];
  readonly documents: readonly Section[];
}

/** Where the sender's fault is of interest, not each of its repeats. */
const UNKNOWN_SHOWN_MAX = 200;

/**
 * Lines of a statement to its sections. A mark is a whole line; a value keeps every `=` but the first.
 *
 * @param lines of the whole file; the first that is not blank is the file's own mark
 */
export function readSections(
  lines: readonly string[],
  profile: BankProfile,
  problems: ProblemList,
): Statement {
  const reader = new SectionReader(profile, problems);
  for (let index = 0; index < lines.length; index += 1) {
    const text = (lines[index] ?? "").trim();
    if (text !== "" && !reader.take(text, index + 1)) break;
  }
  return reader.end(lines.length);
}

interface OpenSection extends Section {
  readonly fields: Map<string, string>;
  readonly endMark: string;
}

class SectionReader {
  readonly #profile: BankProfile;
  readonly #problems: ProblemList;
  readonly #header = new Map<string, string>();
  readonly #headerAccounts: string[] = [];
  readonly #accounts: Section[] = [];
  readonly #documents: Section[] = [];
  readonly #unknown = new Set<string>();
  #open: OpenSection | null = null;
  #hasStarted = false;
  #hasEnded = false;

  constructor(profile: BankProfile, problems: ProblemList) {
    this.#profile = profile;
    this.#problems = problems;
  }

  /** @returns false when nothing after this line counts */
  take(text: string, line: number): boolean {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      return true;
    }
    if (this.#hasEnded) {
      // A second statement behind the first would be lost without a word.
      this.#problems.add("quarantined", "FORMAT_UNKNOWN", line, undefined, shown(text));
      return false;
    }
    switch (text) {
      case FILE_START:
        this.#cut(line, text, FILE_END);
        return true;
      case FILE_END:
        this.#closeUnfinished();
        this.#hasEnded = true;
        return true;
      case ACCOUNT_START:
        this.#start("", line, ACCOUNT_END);
        return true;
      case ACCOUNT_END:
      case DOCUMENT_END:
        this.#close(text, line);
        return true;
    }
    this.#field(text, line);
    return true;
  }

  end(lastLine: number): Statement {
    if (!this.#hasEnded) {
      this.#closeUnfinished();
      this.#cut(lastLine, `строка ${lastLine}`, FILE_END);
    }
    return {
      header: this.#header,
      headerAccounts: this.#headerAccounts,
      accounts: this.#accounts,
      documents: this.#documents,
    };
  }

  #field(text: string, line: number): void {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals).trimEnd();
    const value = equals < 0 ? "" : text.slice(equals + 1).trimStart();
    if (key === DOCUMENT_START) {
      this.#startDocument(value, line);
      return;
    }
    const open = this.#open;
    const known = this.#knownKeys();
    if (equals < 0 || !known.has(key)) {
      this.#unknownOnce(key, line);
    } else if (open === null && key === "РасчСчет") {
      this.#headerAccounts.push(value);
    } else if (open === null && key === "Документ") {
      return;
    } else {
      this.#set(open?.fields ?? this.#header, key, value, line);
    }
  }

  #knownKeys(): ReadonlySet<string> {
    if (this.#open === null) return HEADER_KEYS;
    return this.#open.endMark === DOCUMENT_END ? DOCUMENT_KEYS : ACCOUNT_KEYS;
  }

  /** A value that is stated twice in two ways is not chosen from: a payer's line break can put one there. */
  #set(fields: Map<string, string>, key: string, value: string, line: number): void {
    const given = fields.get(key);
    if (given === undefined) fields.set(key, value);
    else if (given !== value) {
      const values = { given: `${key} дважды`, expected: "одного значения" };
      this.#problems.add("quarantined", "COLUMN_COUNT", line, values);
    }
  }

  #startDocument(kind: string, line: number): void {
    this.#start(kind, line, DOCUMENT_END);
    if (!DOCUMENT_KINDS.has(kind)) this.#unknownOnce(`${DOCUMENT_START}=${kind}`, line);
    const { rowsMax } = this.#profile;
    if (this.#documents.length >= rowsMax) {
      this.#problems.limit(line, { limit: "число документов", allowed: String(rowsMax) });
    }
  }

  #start(kind: string, line: number, endMark: string): void {
    this.#closeUnfinished();
    this.#open = { kind, line, fields: new Map(), endMark };
  }

  #close(mark: string, line: number): void {
    const open = this.#open;
    if (open === null || open.endMark !== mark) {
      // The start of this section is missing: what stood there cannot be known.
      this.#cut(line, mark, open?.endMark ?? "начала раздела");
      return;
    }
    this.#open = null;
    (mark === ACCOUNT_END ? this.#accounts : this.#documents).push(open);
  }

  #closeUnfinished(): void {
    const open = this.#open;
    this.#open = null;
    if (open !== null) this.#cut(open.line, "раздел без конца", open.endMark);
  }

  #cut(line: number, given: string, expected: string): void {
    this.#problems.add("quarantined", "TRUNCATED", line, { given, expected });
  }

  #unknownOnce(name: string, line: number): void {
    if (this.#unknown.size >= UNKNOWN_SHOWN_MAX || this.#unknown.has(name)) return;
    this.#unknown.add(name);
    this.#problems.add("none", "UNKNOWN_FIELD", line, { name: shown(name) });
  }
}
