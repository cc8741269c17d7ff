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
import type { Lines } from "./lines.ts";
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

/** A document by its lines: its fields are read when it is its turn, for all of them at once would be too many. */
export interface DocumentLines {
  readonly kind: string;
  readonly line: number;
  /** Line of its end mark. */
  readonly end: number;
}

export interface Statement {
  readonly header: ReadonlyMap<string, string>;
  /** `РасчСчет` of the header, which may be repeated. */
  readonly headerAccounts: readonly string[];
  readonly accounts: readonly Section[];
  readonly documents: readonly DocumentLines[];
  /** Reports keys that are unknown or stated twice. */
  readonly fieldsOf: (document: DocumentLines) => Section;
}

/** Where the sender's fault is of interest, not each of its repeats. */
const UNKNOWN_SHOWN_MAX = 200;

/**
 * Lines of a statement to its sections. A mark is a whole line; a value keeps every `=` but the first.
 *
 * @param lines of the whole file; the first that is not blank is the file's own mark
 */
export function readSections(lines: Lines, profile: BankProfile, problems: ProblemList): Statement {
  const reader = new SectionReader(lines, profile, problems);
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines.at(index).trim();
    if (text !== "" && !reader.take(text, index + 1)) break;
  }
  return reader.end();
}

interface OpenSection extends Section {
  readonly fields: Map<string, string>;
  readonly endMark: string;
}

class SectionReader {
  readonly #lines: Lines;
  readonly #profile: BankProfile;
  readonly #problems: ProblemList;
  readonly #header = new Map<string, string>();
  readonly #headerAccounts: string[] = [];
  readonly #accounts: Section[] = [];
  readonly #documents: DocumentLines[] = [];
  readonly #unknown = new Set<string>();
  readonly #kinds = new Map<string, string>();
  #open: OpenSection | null = null;
  #hasStarted = false;
  #hasEnded = false;

  constructor(lines: Lines, profile: BankProfile, problems: ProblemList) {
    this.#lines = lines;
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

  end(): Statement {
    const lastLine = this.#lines.length;
    if (!this.#hasEnded) {
      this.#closeUnfinished();
      this.#cut(lastLine, `строка ${lastLine}`, FILE_END);
    }
    return {
      header: this.#header,
      headerAccounts: this.#headerAccounts,
      accounts: this.#accounts,
      documents: this.#documents,
      fieldsOf: (document) => this.#fieldsOf(document),
    };
  }

  #field(text: string, line: number): void {
    const open = this.#open;
    // Lines of a document are read when it is its turn.
    if (open?.endMark === DOCUMENT_END && !text.startsWith(DOCUMENT_START)) return;
    const [key, value] = split(text);
    if (key === DOCUMENT_START) {
      this.#startDocument(value ?? "", line);
      return;
    }
    if (open?.endMark === DOCUMENT_END) return;
    const known = open === null ? HEADER_KEYS : ACCOUNT_KEYS;
    if (value === null || !known.has(key)) {
      this.#unknownOnce(key, line);
    } else if (open === null && key === "РасчСчет") {
      this.#headerAccounts.push(value);
    } else if (open !== null || key !== "Документ") {
      this.#set(open?.fields ?? this.#header, key, value, line);
    }
  }

  #fieldsOf({ kind, line, end }: DocumentLines): Section {
    const fields = new Map<string, string>();
    for (let at = line + 1; at < end; at += 1) {
      const text = this.#lines.at(at - 1).trim();
      if (text === "") continue;
      const [key, value] = split(text);
      if (value === null || !DOCUMENT_KEYS.has(key)) this.#unknownOnce(key, at);
      else this.#set(fields, key, value, at);
    }
    return { kind, line, fields };
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
    this.#start(this.#kindOf(kind), line, DOCUMENT_END);
    if (!DOCUMENT_KINDS.has(kind)) this.#unknownOnce(`${DOCUMENT_START}=${kind}`, line);
    const { rowsMax } = this.#profile;
    if (this.#documents.length >= rowsMax) {
      this.#problems.limit(line, { limit: "число документов", allowed: String(rowsMax) });
    }
  }

  /** One text of each kind, for a million documents have it. */
  #kindOf(given: string): string {
    const known = this.#kinds.get(given);
    if (known !== undefined) return known;
    this.#kinds.set(given, given);
    return given;
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
    if (mark === ACCOUNT_END) this.#accounts.push(open);
    else this.#documents.push({ kind: open.kind, line: open.line, end: line });
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

/** Key and value of a line; the value is null where there is no `=`. */
function split(text: string): readonly [key: string, value: string | null] {
  const equals = text.indexOf("=");
  if (equals < 0) return [text, null];
  return [text.slice(0, equals).trimEnd(), text.slice(equals + 1).trimStart()];
}
