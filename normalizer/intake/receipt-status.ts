import { definitionOf } from "../model/problem-catalogue.ts";
import type { ProblemCode } from "../model/problems.ts";

/**
 * What a receiver of 80020 answers of a file (metering.md 1.2): 0 accepted; 1 some values are not
 * commercial; 2 a channel waits for its mapping; 3 the file, or a channel for its form, is refused;
 * 4 not valid XML.
 */
export type ReceiptStatus = 0 | 1 | 2 | 3 | 4;

const UNREADABLE = new Set<ProblemCode>([
  "XML_MALFORMED",
  "DTD_FORBIDDEN",
  "ENCODING_MISMATCH",
  "ENCODING_UNSUPPORTED",
  "ENCODING_INVALID",
]);
const REFUSALS = new Set(["rejected", "file rejected", "quarantined"]);

/** @param codes of every problem of the message, its records included */
export function receiptStatus(codes: readonly ProblemCode[]): ReceiptStatus {
  if (codes.some((code) => UNREADABLE.has(code))) return 4;
  if (codes.some((code) => REFUSALS.has(definitionOf(code).outcome))) return 3;
  if (codes.some((code) => definitionOf(code).outcome === "waiting")) return 2;
  return codes.includes("NON_COMMERCIAL") ? 1 : 0;
}
