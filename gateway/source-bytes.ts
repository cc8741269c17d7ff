import type { Origin } from "../normalizer/model/ids.ts";
import type { Database } from "../normalizer/store/database.ts";
import type { MessageHead } from "../normalizer/store/message-page.ts";
import { findMessage, partsFrom } from "../normalizer/store/message-page.ts";
import type { Scope } from "../normalizer/store/scope.ts";
import { encodingOf, excerptOf, unitOf } from "./http/excerpt.ts";

/** The place of a message that a value came from, with its bytes. */
export interface SourceBytes {
  readonly message: number;
  readonly name: string;
  readonly unit: "byte" | "row";
  readonly at: number;
  /** The row, the law's entry, or the element at the byte, personal data masked. */
  readonly text: string;
  /** The first bytes of it as hexadecimal pairs. */
  readonly hex: readonly string[];
}

/** An entry of a law file goes on in the rows that are indented under it; anything else is one row. */
function entryText(texts: readonly string[]): string {
  const [first = "", ...rest] = texts;
  const indent = /^( *)- /.exec(first)?.[1];
  if (indent === undefined) return first;
  const end = rest.findIndex((text) => !text.startsWith(`${indent}  `));
  const entry = [first, ...rest.slice(0, end < 0 ? rest.length : end)];
  return entry.map((text) => text.slice(indent.length)).join("\n");
}

const BYTES_AROUND = 4_096;
const PARTS_MAX = 64;

/**
 * @returns null when the message or its bytes are not kept any more, or the place is beyond them
 */
export async function readSource(
  database: Database,
  scope: Scope,
  { message, at }: Origin,
): Promise<SourceBytes | null> {
  const head = await findMessage(database, scope, message);
  if (head === null || head === "OUT_OF_SCOPE") return null;
  const [first] = await partsFrom(database, head, 0, 1);
  if (first === undefined) return null;
  const unit = unitOf(first.bytes);
  const window = unit === "byte" ? await bytesAt(database, head, at) : await rows(database, head);
  if (window === null) return null;
  const place = { unit, at, firstRow: 1 };
  const view = excerptOf(window, place, encodingOf(first.bytes), true);
  const start = view.pieces.findIndex((piece) => piece.marked);
  if (start < 0) return null;
  const texts = view.pieces.slice(start).map((piece) => piece.text);
  const [hexRow] = view.hex;
  return { message, name: head.name, unit, at, text: entryText(texts), hex: hexRow?.bytes ?? [] };
}

async function bytesAt(database: Database, head: MessageHead, at: number) {
  const parts = await partsFrom(database, head, at, 2);
  const [first] = parts;
  if (first === undefined) return null;
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const start = at - first.offset;
  return { offset: at, bytes: bytes.subarray(start, start + BYTES_AROUND) };
}

async function rows(database: Database, head: MessageHead) {
  const parts = await partsFrom(database, head, 0, PARTS_MAX);
  return { offset: 0, bytes: Buffer.concat(parts.map((part) => part.bytes)) };
}
