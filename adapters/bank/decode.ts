import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

/** Encodings that banks write, whatever they declare. */
export type Encoding =
  | "ascii"
  | "utf-8"
  | "utf-16le"
  | "utf-16be"
  | "windows-1251"
  | "ibm866"
  | "koi8-r";

export interface Decoded {
  /** The text, cut anywhere. */
  readonly pieces: readonly string[];
  readonly encoding: Encoding;
}

/** Value of `Кодировка=` to what it means; any other text declares nothing that we know. */
const DECLARED: Readonly<Record<string, Encoding>> = {
  windows: "windows-1251",
  "windows-1251": "windows-1251",
  cp1251: "windows-1251",
  ansi: "windows-1251",
  dos: "ibm866",
  cp866: "ibm866",
  oem: "ibm866",
  "koi8-r": "koi8-r",
  "utf-8": "utf-8",
  utf8: "utf-8",
};

export function declaredEncoding(name: string): Encoding | null {
  return DECLARED[name.trim().toLowerCase()] ?? null;
}

const SINGLE_BYTE = ["windows-1251", "ibm866", "koi8-r"] as const;
type SingleByte = (typeof SINGLE_BYTE)[number];

/** Letters of Russian text by how often they occur, per mille. */
const FREQUENCIES: Readonly<Record<string, number>> = {
  ...{ о: 110, е: 85, а: 80, и: 74, н: 67, т: 63, с: 55, р: 47, в: 45, л: 44, к: 35 },
  ...{ м: 32, д: 30, п: 28, у: 26, я: 20, ы: 19, ь: 17, г: 17, з: 16, б: 16, ч: 14 },
  ...{ й: 12, х: 10, ж: 9, ш: 7, ю: 6, ц: 5, щ: 4, э: 3, ф: 3, ъ: 1, ё: 1 },
};
/** Frames and C1 controls are no part of a payment. */
const FRAME_PENALTY = -40;

const WEIGHTS: Readonly<Record<SingleByte, readonly number[]>> = {
  "windows-1251": weightsOf("windows-1251"),
  ibm866: weightsOf("ibm866"),
  "koi8-r": weightsOf("koi8-r"),
};

/** What the bytes 0x80–0xFF of a code page say for Russian text in it. */
function weightsOf(encoding: SingleByte): readonly number[] {
  const bytes = Uint8Array.from({ length: 128 }, (_, index) => index + 128);
  return [...new TextDecoder(encoding).decode(bytes)].map((character) => {
    if (/[\u0080-\u009f\u2320\u2321\u2500-\u25ff]/.test(character)) return FRAME_PENALTY;
    return FREQUENCIES[character.toLowerCase()] ?? 0;
  });
}

/** So much text says its code page as well as all of it; the file's own word stands in it too. */
const SCORED_BYTES_MAX = 1024 * 1024;

/** Text never has these; one DOS end-of-file mark after the end is cut off before. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/;
const DOS_END = 0x1a;

/**
 * Bytes of a money file to text by rule R2 (money-and-documents.md, section 0): a mark, strict UTF-8, ASCII, else the
 * code page whose text looks most like Russian. What the file declares only breaks a tie.
 *
 * @param parts the bytes, cut anywhere; each is let go once it is decoded, for the text is twice as long
 * @returns null when the bytes are text in none of the encodings
 */
export function decode(parts: Uint8Array[]): Decoded | null {
  cutDosEnd(parts);
  const head = headOf(parts);
  const encoding = markOf(head) ?? unmarked(parts, head);
  const decoder = new TextDecoder(encoding === "ascii" ? "utf-8" : encoding, { fatal: true });
  const pieces: string[] = [];
  try {
    for (const [index, part] of parts.entries()) {
      // A mark is taken off by the decoder.
      pieces.push(decoder.decode(part, { stream: true }));
      parts[index] = NOTHING;
    }
    pieces.push(decoder.decode());
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  return pieces.some((piece) => NO_TEXT.test(piece)) ? null : { pieces, encoding };
}

const NOTHING = new Uint8Array();

function cutDosEnd(parts: Uint8Array[]): void {
  const last = parts.at(-1);
  if (last?.at(-1) === DOS_END) parts[parts.length - 1] = last.subarray(0, -1);
}

/** Enough of the beginning to know a code page by. */
function headOf(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  const enough = parts.findIndex(({ length }) => {
    size += length;
    return size >= SCORED_BYTES_MAX;
  });
  const first = enough < 0 ? parts : parts.slice(0, enough + 1);
  return Buffer.concat(first).subarray(0, SCORED_BYTES_MAX);
}

function markOf(bytes: Uint8Array): Encoding | null {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

function unmarked(parts: readonly Uint8Array[], head: Uint8Array): Encoding {
  if (parts.every(isAscii)) return "ascii";
  if (areUtf8(parts)) return "utf-8";
  const counts = new Uint32Array(128);
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at] ?? 0;
    if (byte >= 128) counts[byte - 128] = (counts[byte - 128] ?? 0) + 1;
  }
  const scores = SINGLE_BYTE.map((encoding) => ({ encoding, score: scoreOf(encoding, counts) }));
  const best = Math.max(...scores.map(({ score }) => score));
  const winners = scores.filter(({ score }) => score === best).map(({ encoding }) => encoding);
  const declaring = winners.find((encoding) => declares(head, encoding));
  return declaring ?? winners[0] ?? "windows-1251";
}

function areUtf8(parts: readonly Uint8Array[]): boolean {
  let begun: Uint8Array = NOTHING;
  for (const part of parts) {
    const bytes = begun.length === 0 ? part : Buffer.concat([begun, part]);
    const whole = bytes.length - begunBytes(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return false;
    begun = bytes.subarray(whole);
  }
  return begun.length === 0;
}

/** Bytes at the end that begin a character which the next part may go on with. */
function begunBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    // 10xxxxxx goes on; 110xxxxx, 1110xxxx and 11110xxx begin 2, 3 and 4 bytes.
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

function scoreOf(encoding: SingleByte, counts: Uint32Array): number {
  return counts.reduce((sum, count, index) => sum + count * (WEIGHTS[encoding][index] ?? 0), 0);
}

function declares(bytes: Uint8Array, encoding: SingleByte): boolean {
  const head = new TextDecoder(encoding).decode(bytes.subarray(0, 1024));
  const name = /^[ \t]*Кодировка[ \t]*=(.*)$/m.exec(head)?.[1];
  return name !== undefined && declaredEncoding(name) === encoding;
}
