import type { ProblemCode } from "../../normalizer/model/problems.ts";

/** What a name of the pattern says: `CLASS_ИНН_YYYYMMDD_NUMBER[_free text].xml`. */
export interface FileName {
  readonly messageClass: string;
  readonly senderInn: string;
  readonly day: string;
  readonly number: number;
}

const PATTERN = /^(\d{5})_(\d{1,12})_(\d{8})_(\d{1,15})(?:_.*)?\.xml$/is;

/** Null when the name follows another pattern: then the body decides alone (FILE_NAME_UNKNOWN). */
export function readFileName(name: string): FileName | null {
  const match = PATTERN.exec(name.replace(/^.*[/\\]/s, ""));
  if (match === null) return null;
  const [, messageClass = "", senderInn = "", day = "", number = ""] = match;
  return { messageClass, senderInn, day, number: Number(number) };
}

export interface Mismatch {
  readonly code: ProblemCode;
  readonly given: string;
  readonly expected: string;
}

/** Parts of the name that contradict the body; a part that the body lacks is not compared. */
export function compareName(
  name: FileName,
  body: { readonly [Part in keyof FileName]: FileName[Part] | null },
): Mismatch[] {
  const pairs = [
    ["CLASS_MISMATCH", name.messageClass, body.messageClass],
    ["INN_MISMATCH", name.senderInn, body.senderInn],
    ["DATE_MISMATCH", name.day, body.day],
    ["NUMBER_MISMATCH", name.number, body.number],
  ] as const;
  return pairs.flatMap(([code, given, expected]) =>
    expected === null || given === expected
      ? []
      : [{ code, given: String(given), expected: String(expected) }],
  );
}
