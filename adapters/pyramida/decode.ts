import { isAscii } from "node:buffer";
import { TextDecoder } from "node:util";
import { refuse } from "./refusal.ts";

/** Encodings that an XML of measurements may have; a mark or the declaration chooses. */
type Encoding = "utf-8" | "windows-1251" | "utf-16le" | "utf-16be";

const NAMES: Readonly<Record<string, Encoding | "utf-16">> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "us-ascii": "utf-8",
  ascii: "utf-8",
  "windows-1251": "windows-1251",
  "cp-1251": "windows-1251",
  cp1251: "windows-1251",
  "win-1251": "windows-1251",
  "utf-16": "utf-16",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
};

/** The declaration must end within this many bytes; by then the encoding is known. */
const DECLARATION_BYTES_MAX = 1024;
const DECLARATION = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'<>]{0,64})["']/;
/**
 * C1 controls and the replacement character never stand in honest text: the bytes were read
 * wrongly.
 */
const MOJIBAKE = /[\u0080-\u009f\ufffd]/;
const C1_OF_WINDOWS_1251 = 0x98;
const DOCTYPE = /<!(?:DOCTYPE|ENTITY)/i;
const DOCTYPE_LENGTH = "<!DOCTYPE".length;

/**
 * Bytes of one XML message to text, a piece at a time: mark, then declared encoding, then strict
 * decoding (metering.md 1.2). Refuses what is text in another encoding and any DOCTYPE in the
 * decoded text, before the piece is parsed. Holds no more than one piece.
 */
export class XmlDecoder {
  #head: Uint8Array[] = [];
  #headBytes = 0;
  #encoding: Encoding | null = null;
  #decoder: TextDecoder | null = null;
  /** Runs beside a single-byte decoder while the bytes could still be UTF-8. */
  #utf8Probe: TextDecoder | null = null;
  #sawMultiByte = false;
  #declared = "";
  #tail = "";
  #bytes = 0;
  #characters = 0;
  readonly #sizeBytesMax: number;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Bytes of `text` in the message; `markBytes` of them stand before the first character. */
  byteLength(text: string): number {
    if (this.#encoding === "windows-1251") return text.length;
    return Buffer.byteLength(text, this.#encoding === "utf-8" ? "utf8" : "utf16le");
  }

  markBytes = 0;

  /** Text that the piece completes; may be empty. */
  write(piece: Uint8Array): string {
    this.#bytes += piece.length;
    if (this.#bytes > this.#sizeBytesMax) {
      refuse("LIMIT_EXCEEDED", this.#sizeBytesMax, {
        limit: "размер файла",
        allowed: `${this.#sizeBytesMax} байт`,
      });
    }
    if (this.#encoding !== null) return this.#decode(piece);
    this.#head.push(piece);
    this.#headBytes += piece.length;
    const head = this.#head.length === 1 ? piece : Buffer.concat(this.#head);
    if (this.#headBytes < DECLARATION_BYTES_MAX && !head.includes(0x3e)) return "";
    return this.#start(head);
  }

  /** Text left at the end of the bytes. */
  end(): string {
    const rest = this.#encoding === null ? this.#start(Buffer.concat(this.#head)) : "";
    try {
      this.#decoder?.decode();
    } catch {
      // A character is cut in two: the file ends too early, whatever its encoding.
      refuse("XML_MALFORMED", this.#bytes, { reason: "файл обрезан" });
    }
    if (this.#utf8Probe !== null && this.#sawMultiByte) this.#mismatch();
    return rest;
  }

  #start(head: Uint8Array): string {
    this.#head = [];
    this.#encoding = this.#choose(Buffer.from(head.buffer, head.byteOffset, head.byteLength));
    this.#decoder = new TextDecoder(this.#encoding, { fatal: true });
    if (this.#encoding === "windows-1251") {
      this.#utf8Probe = new TextDecoder("utf-8", { fatal: true });
    }
    return this.#decode(head);
  }

  #choose(head: Buffer): Encoding {
    const marked = this.#markOf(head);
    const text =
      marked === null || marked === "utf-8"
        ? head.toString("latin1", this.markBytes, DECLARATION_BYTES_MAX)
        : new TextDecoder(marked).decode(head.subarray(0, DECLARATION_BYTES_MAX));
    this.#declared = DECLARATION.exec(text)?.[1] ?? "";
    const declared = this.#declared === "" ? undefined : NAMES[this.#declared.toLowerCase()];
    if (this.#declared !== "" && declared === undefined) {
      refuse("ENCODING_UNSUPPORTED", 0, { declared: this.#declared });
    }
    if (marked === null) {
      // UTF-16 without a mark cannot have shown its declaration; what shows one is no UTF-16.
      if (head[0] === 0 || head[1] === 0) refuse("ENCODING_UNSUPPORTED", 0, { declared: "UTF-16" });
      if (declared?.startsWith("utf-16")) this.#mismatch();
      return declared === "windows-1251" ? declared : "utf-8";
    }
    const agrees =
      declared === undefined ||
      declared === marked ||
      (declared === "utf-16" && marked.startsWith("utf-16"));
    if (!agrees) this.#mismatch();
    return marked;
  }

  #markOf(head: Buffer): Encoding | null {
    if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
      this.markBytes = 3;
      return "utf-8";
    }
    const little = head[0] === 0xff && head[1] === 0xfe;
    const big = head[0] === 0xfe && head[1] === 0xff;
    if (little && head[2] === 0 && head[3] === 0) {
      refuse("ENCODING_UNSUPPORTED", 0, { declared: "UTF-32" });
    }
    if (!little && !big) return null;
    this.markBytes = 2;
    return little ? "utf-16le" : "utf-16be";
  }

  #decode(piece: Uint8Array): string {
    let text: string;
    try {
      text = this.#decoder?.decode(piece, { stream: true }) ?? "";
    } catch {
      return this.#mismatch();
    }
    if (this.#utf8Probe !== null) this.#probe(piece);
    if (this.#hasMojibake(piece, text)) this.#mismatch();
    this.#refuseDoctype(text);
    return text;
  }

  #hasMojibake(piece: Uint8Array, text: string): boolean {
    // Of the bytes of this page one alone stands for a C1 control; to look for it is cheaper.
    if (this.#encoding === "windows-1251") return piece.includes(C1_OF_WINDOWS_1251);
    return !isAscii(piece) && MOJIBAKE.test(text);
  }

  #probe(piece: Uint8Array): void {
    try {
      this.#utf8Probe?.decode(piece, { stream: true });
      this.#sawMultiByte ||= !isAscii(piece);
    } catch {
      this.#utf8Probe = null;
    }
  }

  /** A DOCTYPE may be cut by the edge of two pieces: the end of one is looked at with the next. */
  #refuseDoctype(text: string): void {
    // One character is found many times faster than two that begin like every tag.
    if (this.#tail !== "" || (text.includes("!") && text.includes("<!"))) {
      const found = DOCTYPE.exec(this.#tail + text);
      if (found !== null) {
        refuse("DTD_FORBIDDEN", this.#characters - this.#tail.length + found.index);
      }
    }
    this.#characters += text.length;
    const end = (this.#tail + text.slice(1 - DOCTYPE_LENGTH)).slice(1 - DOCTYPE_LENGTH);
    this.#tail = end.includes("<") ? end : "";
  }

  #mismatch(): never {
    return refuse(
      "ENCODING_MISMATCH",
      0,
      this.#declared === "" ? {} : { declared: this.#declared },
    );
  }
}
