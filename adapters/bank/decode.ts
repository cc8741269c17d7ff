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
  readonly text: string;
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

/** So much text says its code page as well as all of it. */
const SCORED_BYTES_MAX = 1024 * 1024;

/** Text never has these; one DOS end-of-file mark after the end is cut off before. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd]/;
const DOS_END = 0x1a;

/**
 * Bytes of a money file to text by rule R2 (money-and-documents.md, section 0): a mark, strict UTF-8, ASCII, else the
 * code page whose text looks most like Russian. What the file declares only breaks a tie.
 *
 * @returns null when the bytes are text in none of the encodings
 */
export function decode(bytes: Uint8Array): Decoded | null {
  const content = bytes.at(-1) === DOS_END ? bytes.subarray(0, -1) : bytes;
  const encoding = markOf(content) ?? unmarked(content);
  const label = encoding === "ascii" ? "utf-8" : encoding;
  try {
    // A mark is taken off by the decoder.
    const text = new TextDecoder(label, { fatal: true }).decode(content);
    return NO_TEXT.test(text) ? null : { text, encoding };
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function markOf(bytes: Uint8Array): Encoding | null {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

function unmarked(bytes: Uint8Array): Encoding {
  if (isAscii(bytes)) return "ascii";
  if (isUtf8(bytes)) return "utf-8";
  const counts = new Uint32Array(128);
  const head = bytes.subarray(0, SCORED_BYTES_MAX);
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at] ?? 0;
    if (byte >= 128) counts[byte - 128] = (counts[byte - 128] ?? 0) + 1;
  }
  const scores = SINGLE_BYTE.map((encoding) => ({ encoding, score: scoreOf(encoding, counts) }));
  const best = Math.max(...scores.map(({ score }) => score));
  const winners = scores.filter(({ score }) => score === best).map(({ encoding }) => encoding);
  const declaring = winners.find((encoding) => declares(bytes, encoding));
  return declaring ?? winners[0] ?? "windows-1251";
}

function scoreOf(encoding: SingleByte, counts: Uint32Array): number {
  return counts.reduce((sum, count, index) => sum + count * (WEIGHTS[encoding][index] ?? 0), 0);
}

function declares(bytes: Uint8Array, encoding: SingleByte): boolean {
  const head = new TextDecoder(encoding).decode(bytes.subarray(0, 1024));
  const name = /^[ \t]*Кодировка[ \t]*=(.*)$/m.exec(head)?.[1];
  return name !== undefined && declaredEncoding(name) === encoding;
}
