import { SaxesParser } from "saxes";
import { refuse } from "./refusal.ts";

/** What the scanner tells about a document, in document order. */
export interface ScanTarget {
  /** @param at byte offset of the element's `<` */
  open(name: string, attributes: Readonly<Record<string, string>>, at: number): void;
  text(text: string): void;
  close(): void;
  /** The innermost open element is one whose children are periods. */
  readonly takesPeriods: boolean;
  /** A whole plain period: HHMM, HHMM, "0" | "1" | undefined, a number or "". */
  period(start: string, end: string, status: string | undefined, value: string, at: number): void;
}

/**
 * Markup between two positions with nothing in it that only an XML parser can judge: ASCII,
 * balanced, attributes in the usual order. A day of a large sender holds nearly nothing else, and a
 * general parser spends four fifths of its time here.
 */
const PLAIN_PERIOD =
  /[ \t\r\n]*<period start="(\d{4})" end="(\d{4})" ?>[ \t\r\n]*<value(?: status="([01])")?>([0-9.]{0,15})<\/value>[ \t\r\n]*<\/period>/y;

/** Nothing that the format knows is longer: a name, a comment, a value with its blanks. */
const TOKEN_CHARACTERS_MAX = 1 << 20;

/**
 * Feeds decoded text to a strict streaming parser tag by tag, and takes plain periods past it.
 * Refuses malformed markup, nesting deeper than `depthMax` and tokens too long to be held.
 */
export class Scanner {
  readonly #parser: SaxesParser<{ xmlns: false }>;
  readonly #target: ScanTarget;
  readonly #byteLength: (text: string) => number;
  readonly #depthMax: number;
  #depth = 0;
  /** Bytes of the message before the text that is being fed. */
  #offset: number;
  #tagAt = 0;
  #sinceToken = 0;
  /** The last fed character ended a tag, so the parser stands between tags. */
  #betweenTags = false;

  constructor(
    target: ScanTarget,
    byteLength: (text: string) => number,
    markBytes: number,
    depthMax: number,
  ) {
    this.#target = target;
    this.#byteLength = byteLength;
    this.#offset = markBytes;
    this.#depthMax = depthMax;
    this.#parser = this.#createParser();
  }

  write(text: string): void {
    let position = 0;
    while (position < text.length) {
      if (this.#betweenTags && this.#target.takesPeriods) {
        position = this.#takePlainPeriods(text, position);
        if (position === text.length) return;
      }
      const bracket = text.indexOf(">", position);
      const end = bracket < 0 ? text.length : bracket + 1;
      this.#feed(text.slice(position, end));
      position = end;
    }
  }

  /** Refuses a document that is not finished. */
  end(): void {
    this.#parser.close();
  }

  #takePlainPeriods(text: string, from: number): number {
    let position = from;
    PLAIN_PERIOD.lastIndex = position;
    let match = PLAIN_PERIOD.exec(text);
    while (match !== null) {
      // ASCII: characters are bytes, or pairs of bytes in UTF-16.
      const width = this.#byteLength(" ");
      const at = this.#offset + text.indexOf("<", position) * width - position * width;
      this.#target.period(match[1] as string, match[2] as string, match[3], match[4] as string, at);
      this.#offset += (PLAIN_PERIOD.lastIndex - position) * width;
      position = PLAIN_PERIOD.lastIndex;
      match = PLAIN_PERIOD.exec(text);
    }
    return position;
  }

  #feed(piece: string): void {
    const bracket = piece.lastIndexOf("<");
    if (bracket >= 0) this.#tagAt = this.#offset + this.#byteLength(piece.slice(0, bracket));
    this.#sinceToken += piece.length;
    if (this.#sinceToken > TOKEN_CHARACTERS_MAX) {
      refuse("LIMIT_EXCEEDED", this.#tagAt, {
        limit: "длина элемента",
        allowed: `${TOKEN_CHARACTERS_MAX} знаков`,
      });
    }
    this.#betweenTags = false;
    this.#parser.write(piece);
    this.#offset += this.#byteLength(piece);
  }

  #tokenEnded(): void {
    this.#sinceToken = 0;
  }

  #createParser(): SaxesParser<{ xmlns: false }> {
    const parser = new SaxesParser({ xmlns: false, position: false });
    parser.on("error", (error) => {
      const cut = error.message.includes("unclosed") || error.message.includes("unexpected end");
      refuse("XML_MALFORMED", this.#tagAt, {
        reason: cut ? "файл обрезан или элемент не закрыт" : "ошибка разметки",
      });
    });
    parser.on("comment", () => this.#tokenEnded());
    parser.on("processinginstruction", () => this.#tokenEnded());
    parser.on("opentag", (tag) => {
      this.#tokenEnded();
      this.#depth += 1;
      if (this.#depth > this.#depthMax) {
        refuse("LIMIT_EXCEEDED", this.#tagAt, {
          limit: "вложенность элементов",
          allowed: String(this.#depthMax),
        });
      }
      this.#target.open(tag.name, tag.attributes, this.#tagAt);
      this.#betweenTags = true;
    });
    parser.on("closetag", () => {
      this.#tokenEnded();
      this.#depth -= 1;
      this.#target.close();
      this.#betweenTags = true;
    });
    parser.on("text", (text) => this.#target.text(text));
    parser.on("cdata", (text) => this.#target.text(text));
    return parser;
  }
}
