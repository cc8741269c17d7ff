import { invariant } from "../model/result.ts";

/** Bytes of this size go to the server as one message; the first is smaller, for most results are. */
const CHUNK_BYTES = 65_536;
const FIRST_BYTES = 4_096;
/** "-9007199254740991" with a comma or brace. */
const NUMBER_BYTES_MAX = 18;
/** Of one UTF-16 unit. */
const UTF8_BYTES_MAX = 3;
const SHORT_CHARACTERS = 24;
const ASCII_END = 128;
const CAPITAL_N = 78;
const TAB = 9;
const NEWLINE = 10;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const SPECIAL = /[\\\n\r\t]/;
const EVERY_SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
const UNESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Rows of COPY … FROM STDIN in the text format, written field by field: digits go straight into bytes, so that no string
 * and no object is made per field or row. The order of the fields is that of the statement's column list. Give `chunks()`
 * to `Transaction.copyIn`.
 */
export class CopyWriter {
  readonly #done: Buffer[] = [];
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;
  #first = true;
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /**
   * Any integer type; null is NULL.
   *
   * @throws InvariantError when it is no safe integer
   */
  integer(value: number | null): this {
    this.#startField(NUMBER_BYTES_MAX);
    if (value === null) this.#null();
    else this.#digits(value);
    return this;
  }

  /** Any type whose text may hold every character but NUL; null is NULL. */
  text(value: string | null): this {
    if (value === null) {
      this.#startField(NUMBER_BYTES_MAX);
      this.#null();
    } else {
      const escaped = SPECIAL.test(value) ? value.replaceAll(EVERY_SPECIAL, escapeOf) : value;
      this.#startField(escaped.length * UTF8_BYTES_MAX);
      this.#characters(escaped);
    }
    return this;
  }

  /** An array of any integer type; null is NULL. */
  integers(values: readonly (number | null)[]): this {
    this.#startField(NUMBER_BYTES_MAX * (values.length + 1));
    this.#bytes[this.#at++] = OPEN_BRACE;
    for (let place = 0; place < values.length; place++) {
      if (place > 0) this.#bytes[this.#at++] = COMMA;
      const value = values[place] ?? null;
      if (value === null) this.#at += this.#bytes.write("NULL", this.#at, "latin1");
      else this.#digits(value);
    }
    this.#bytes[this.#at++] = CLOSE_BRACE;
    return this;
  }

  /** An array of dates or other text that needs no quotes. */
  plainTexts(values: readonly string[]): this {
    return this.text(`{${values.join(",")}}`);
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = NEWLINE;
    this.#first = true;
    this.#rows += 1;
  }

  chunks(): readonly Uint8Array[] {
    return this.#at === 0 ? this.#done : [...this.#done, this.#bytes.subarray(0, this.#at)];
  }

  #startField(bytesMax: number): void {
    this.#reserve(bytesMax + 1);
    if (!this.#first) this.#bytes[this.#at++] = TAB;
    this.#first = false;
  }

  /** A row may lie across two messages: where one ends means nothing to the server. */
  #reserve(bytesMax: number): void {
    if (this.#at + bytesMax <= this.#bytes.length) return;
    if (this.#at > 0) this.#done.push(this.#bytes.subarray(0, this.#at));
    this.#bytes = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, bytesMax));
    this.#at = 0;
  }

  #null(): void {
    this.#bytes[this.#at++] = BACKSLASH;
    this.#bytes[this.#at++] = CAPITAL_N;
  }

  #digits(value: number): void {
    invariant(Number.isSafeInteger(value), `COPY: not a safe integer: ${value}`);
    const bytes = this.#bytes;
    let rest = value;
    if (rest < 0) {
      bytes[this.#at++] = MINUS;
      rest = -rest;
    }
    let end = this.#at + 1;
    for (let power = 10; power <= rest; power *= 10) end += 1;
    this.#at = end;
    do {
      const tenth = Math.floor(rest / 10);
      bytes[--end] = ZERO + (rest - tenth * 10);
      rest = tenth;
    } while (rest > 0);
  }

  #characters(text: string): void {
    const bytes = this.#bytes;
    const start = this.#at;
    // A short text of ASCII, which dates and codes are, is cheaper byte by byte than by a call into the encoder.
    if (text.length <= SHORT_CHARACTERS) {
      let at = start;
      for (let place = 0; place < text.length; place++) {
        const code = text.charCodeAt(place);
        if (code >= ASCII_END) break;
        bytes[at++] = code;
      }
      if (at === start + text.length) {
        this.#at = at;
        return;
      }
    }
    this.#at = start + bytes.write(text, start);
  }
}

/**
 * Reads rows of COPY … TO STDOUT in the text format from one buffer, field by field, digits straight from the bytes:
 * no string is made of a number and no object of a row. The caller knows the columns of its statement; dates are best
 * asked for as `column - date '1970-01-01'`.
 */
export class CopyReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at = 0;

  /** @param length bytes of `bytes` that are filled */
  constructor(bytes: Buffer, length: number = bytes.length) {
    this.#bytes = bytes;
    this.#end = length;
  }

  /** Of the next byte to read. */
  get offset(): number {
    return this.#at;
  }

  /** True at the start of a row, false after the last one. */
  more(): boolean {
    return this.#at < this.#end;
  }

  /** @throws InvariantError on NULL, on anything but digits and beyond the safe range */
  integer(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at] as number;
    const negative = byte === MINUS;
    if (negative) byte = bytes[++at] as number;
    const start = at;
    let value = 0;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++at] as number;
    }
    if (at === start || (byte !== TAB && byte !== NEWLINE)) this.#refuse("integer");
    if (value > Number.MAX_SAFE_INTEGER) this.#refuse("safe integer");
    this.#at = at + 1;
    return negative ? -value : value;
  }

  integerOrNull(): number | null {
    return this.#takeNull() ? null : this.integer();
  }

  /** An integer array without NULLs; one dimension. */
  integers(): number[] {
    const bytes = this.#bytes;
    const values: number[] = [];
    let at = this.#at;
    if (bytes[at] !== OPEN_BRACE) this.#refuse("array");
    if (bytes[at + 1] === CLOSE_BRACE) {
      this.#at = at + 3;
      return values;
    }
    let byte = 0;
    while (byte !== CLOSE_BRACE) {
      byte = bytes[++at] as number;
      const negative = byte === MINUS;
      if (negative) byte = bytes[++at] as number;
      const start = at;
      let value = 0;
      while (byte >= ZERO && byte <= NINE) {
        value = value * 10 + (byte - ZERO);
        byte = bytes[++at] as number;
      }
      if (at === start || (byte !== COMMA && byte !== CLOSE_BRACE)) this.#refuse("integer array");
      if (value > Number.MAX_SAFE_INTEGER) this.#refuse("safe integer");
      values.push(negative ? -value : value);
    }
    this.#at = at + 2;
    return values;
  }

  /** @throws InvariantError on NULL */
  text(): string {
    if (this.#takeNull()) this.#refuse("text");
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let escaped = false;
    for (let byte = bytes[at]; byte !== TAB && byte !== NEWLINE; byte = bytes[++at]) {
      if (byte === BACKSLASH) escaped = true;
      if (at >= this.#end) this.#refuse("text");
    }
    this.#at = at + 1;
    const text = bytes.toString("utf8", start, at);
    return escaped ? text.replace(/\\(.)/g, unescapeOf) : text;
  }

  /**
   * A text of which there are few (kinds, sources, codes of categories): equal bytes give the same string, made once.
   *
   * @throws InvariantError on NULL
   */
  word(): string {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let hash = 0;
    for (let byte = bytes[at]; byte !== TAB && byte !== NEWLINE; byte = bytes[++at]) {
      if (at >= this.#end) this.#refuse("text");
      hash = (hash * 31 + (byte as number)) | 0;
    }
    const known = words.get(hash);
    if (
      known?.bytes.length === at - start &&
      bytes.compare(known.bytes, 0, at - start, start, at) === 0
    ) {
      this.#at = at + 1;
      return known.text;
    }
    const text = this.text();
    if (words.size >= WORDS_MAX) words.clear();
    words.set(hash, { bytes: Buffer.from(bytes.subarray(start, at)), text });
    return text;
  }

  textOrNull(): string | null {
    return this.#takeNull() ? null : this.text();
  }

  /** First byte of the field, for a choice among few known texts; does not move. */
  peek(): number {
    return this.#bytes[this.#at] as number;
  }

  /** Passes one field by. */
  skip(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < this.#end && bytes[at] !== TAB && bytes[at] !== NEWLINE) at++;
    this.#at = at + 1;
  }

  /** Passes by what is left of the row; at its start the whole row. */
  skipRow(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < this.#end && bytes[at] !== NEWLINE) at++;
    this.#at = at + 1;
  }

  #takeNull(): boolean {
    // A text that is a backslash and N comes doubled: \\N; so these two bytes before a delimiter are NULL alone.
    const bytes = this.#bytes;
    if (bytes[this.#at] !== BACKSLASH || bytes[this.#at + 1] !== CAPITAL_N) return false;
    this.#at += 3;
    return true;
  }

  #refuse(what: string): never {
    const field = this.#bytes.toString("utf8", this.#at, Math.min(this.#at + 40, this.#end));
    invariant(false, `COPY: not a ${what} at ${this.#at}: ${field}`);
    throw new Error("unreachable");
  }
}

interface Word {
  readonly bytes: Buffer;
  readonly text: string;
}
/** By hash; of two words with one hash the later stays, the other is made again. */
const words = new Map<number, Word>();
const WORDS_MAX = 1_000;

function escapeOf(character: string): string {
  return ESCAPES[character] ?? character;
}

function unescapeOf(_: string, character: string): string {
  return UNESCAPES[character] ?? character;
}
