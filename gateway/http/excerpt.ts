import iconv from "iconv-lite";
import { personalFlags } from "../access/masking.ts";
import type { ExcerptAnswer } from "./schemas/messages.ts";

/** Bytes of a message around the asked place. */
export interface ExcerptWindow {
  readonly offset: number;
  readonly bytes: Buffer;
}

export type ExcerptEncoding = "utf-8" | "windows-1251";

export type ExcerptView = Pick<ExcerptAnswer, "pieces" | "hex" | "masked">;

const MASK = "•";
const HEX_ROW = 16;
const HEX_ROWS_MAX = 24;
/** Longer pieces are cut at the next tag: a file may be one line. */
const PIECE_LENGTH_MAX = 160;

/** XML names places by byte; everything else that has rows by row from 1. */
export function unitOf(head: Buffer): "byte" | "row" {
  const text = head.toString("latin1").replace(/^(?:\xef\xbb\xbf)?\s*/, "");
  return text.startsWith("<") ? "byte" : "row";
}

/**
 * From the XML declaration; else UTF-8 when the bytes are that, else the code page of old Windows
 * programs.
 */
export function encodingOf(head: Buffer): ExcerptEncoding {
  const declared = /^[^>]*encoding=["']([\w-]+)["']/.exec(head.toString("latin1").slice(0, 200));
  if (declared !== null) return /1251/.test(declared[1] ?? "") ? "windows-1251" : "utf-8";
  return isUtf8(head) ? "utf-8" : "windows-1251";
}

/** The window may cut a character at either end. */
function isUtf8(bytes: Buffer): boolean {
  const { text } = decode({ offset: 0, bytes }, "utf-8");
  return !text.slice(4, -4).includes("\ufffd");
}

interface Decoded {
  readonly text: string;
  /** Offset in the window of the byte that each UTF-16 unit begins with, and of the end. */
  readonly byteAt: readonly number[];
}

/** A byte that is no text in the encoding becomes one replacement character of one byte. */
function decode({ bytes }: ExcerptWindow, encoding: ExcerptEncoding): Decoded {
  if (encoding === "windows-1251") {
    const text = iconv.decode(bytes, "win1251");
    return { text, byteAt: Array.from({ length: bytes.length + 1 }, (_, index) => index) };
  }
  let text = "";
  const byteAt: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceLength(bytes, at);
    const piece = size === 0 ? "\ufffd" : bytes.toString("utf8", at, at + size);
    for (let unit = 0; unit < piece.length; unit += 1) byteAt.push(at);
    text += piece;
    at += Math.max(1, size);
  }
  return { text, byteAt: [...byteAt, bytes.length] };
}

/** Bytes of the well-formed UTF-8 sequence at the place; 0 = there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  const size =
    lead < 0x80 ? 1 : lead >> 5 === 6 ? 2 : lead >> 4 === 14 ? 3 : lead >> 3 === 30 ? 4 : 0;
  for (let next = 1; next < size; next += 1) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return size;
}

/**
 * What a person sees of a raw message: pieces of text with the meant one marked, and its bytes.
 * Masked characters are masked in both.
 *
 * @param window bytes around the place, whole rows where the unit is a row
 * @param at     byte offset in the message, or row from 1
 * @param firstRow number of the first row of the window; 1 where the unit is a byte
 */
export function excerptOf(
  window: ExcerptWindow,
  place: { readonly unit: "byte" | "row"; readonly at: number; readonly firstRow: number },
  encoding: ExcerptEncoding,
  masked: boolean,
): ExcerptView {
  const decoded = decode(window, encoding);
  const flags = masked ? personalFlags(decoded.text) : [];
  const shown = Array.from({ length: decoded.text.length }, (_, index) =>
    flags[index] ? MASK : decoded.text.charAt(index),
  ).join("");
  const spans = place.unit === "byte" ? tagSpans(shown) : rowSpans(shown);
  const pieces = spans.map(({ start, end }, index) => {
    const from = window.offset + (decoded.byteAt[start] ?? 0);
    const to = window.offset + (decoded.byteAt[end] ?? 0);
    const row = place.firstRow + index;
    return {
      label: place.unit === "byte" ? String(from) : String(row),
      text: shown.slice(start, end).trimEnd(),
      marked: place.unit === "byte" ? from <= place.at && place.at < to : row === place.at,
      start,
      end,
    };
  });
  const marked = pieces.findIndex((piece) => piece.marked);
  const first = pieces[marked];
  const last = pieces[Math.min(pieces.length - 1, marked + (place.unit === "byte" ? 2 : 0))];
  const hex =
    first === undefined || last === undefined
      ? []
      : hexRows(window, decoded, flags, first.start, last.end);
  return {
    masked,
    pieces: pieces
      // A window that begins inside the message begins inside a piece, which is of no use.
      .filter(({ text, start, marked: isMarked }) => {
        const cut = place.unit === "byte" && start === 0 && window.offset > 0;
        return text !== "" && (isMarked || !cut);
      })
      .map(({ label, text, marked: isMarked }) => ({ label, text, marked: isMarked })),
    hex,
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function rowSpans(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    spans.push({ start, end });
    start = end;
  }
  return spans;
}

/** Lines; a long one is cut before each tag. */
function tagSpans(text: string): readonly Span[] {
  return rowSpans(text).flatMap(({ start, end }) => {
    if (end - start <= PIECE_LENGTH_MAX) return [{ start, end }];
    const cuts = [...text.slice(start, end).matchAll(/</g)]
      .map((match) => start + match.index)
      .filter((cut) => cut > start);
    const edges = [start, ...cuts, end];
    return edges.slice(0, -1).map((edge, index) => ({ start: edge, end: edges[index + 1] ?? end }));
  });
}

function hexRows(
  window: ExcerptWindow,
  decoded: Decoded,
  flags: readonly boolean[],
  start: number,
  end: number,
): ExcerptView["hex"] {
  const hidden = new Set<number>();
  for (let unit = start; unit < end; unit += 1) {
    if (!flags[unit]) continue;
    const to = decoded.byteAt[unit + 1] ?? 0;
    for (let at = decoded.byteAt[unit] ?? 0; at < to; at += 1) hidden.add(at);
  }
  const from = decoded.byteAt[start] ?? 0;
  const to = Math.min(decoded.byteAt[end] ?? 0, from + HEX_ROW * HEX_ROWS_MAX);
  const rows: ExcerptView["hex"] = [];
  for (let row = from; row < to; row += HEX_ROW) {
    const places = Array.from({ length: Math.min(HEX_ROW, to - row) }, (_, index) => row + index);
    rows.push({
      offset: window.offset + row,
      bytes: places.map((at) =>
        hidden.has(at) ? "··" : (window.bytes[at] ?? 0).toString(16).padStart(2, "0"),
      ),
      text: places
        .map((at) => {
          const byte = window.bytes[at] ?? 0;
          if (hidden.has(at)) return MASK;
          return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
        })
        .join(""),
    });
  }
  return rows;
}
