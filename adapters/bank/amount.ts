/** Grammar of money files (money-and-documents.md, R3): ASCII digits, thousands by a blank, dot or comma. */
const AMOUNT = /^(-?)(\d+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:[.,](\d{1,2}))?$/;

/**
 * @param text as received; outer blanks do not count
 * @returns kopecks, below zero with a minus; null for any other text. What leaves the safe range is infinite, above
 *   every limit.
 */
export function parseAmount(text: string): number | null {
  const match = AMOUNT.exec(text.trim());
  if (match === null) return null;
  const whole = (match[2] ?? "").replace(/\D/g, "");
  const value = Number(whole + (match[3] ?? "").padEnd(2, "0"));
  const amount = Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
  return match[1] === "-" && amount !== 0 ? -amount : amount;
}
