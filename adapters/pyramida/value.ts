import type { ProblemCode } from "../../normalizer/model/problems.ts";
import { INTERVAL_SCALE, parseScaled } from "../../normalizer/model/units.ts";

/**
 * 10⁷ kWh in half an hour, in 10⁻⁶ kWh: more than any boundary of the country carries (metering.md
 * 1.1).
 */
const HALF_HOUR_MAX = 10 ** 13;
const MICRO = 10 ** INTERVAL_SCALE;

export type ReadValue =
  | { readonly value: number | null; readonly comma: boolean }
  | { readonly refusedAs: ProblemCode };

/** XML's own blanks; others inside a number are no blanks of the format. */
const OUTER_BLANKS = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const DIGITS = /^\d{1,7}$/;
const NEGATIVE = /^-\d+(?:\.\d+)?$/;
const PLAIN = /^\d+(?:\.\d+)?$/;
const COMMA = /^-?\d+,\d+$/;

/**
 * Text of a `value` element to 10⁻⁶ kWh or kvarh (metering.md 1.1). Blank is a gap, never zero. A
 * number with more than six decimals is refused as well: the store would have to round it.
 *
 * @param minutes length of the period; an hour may hold twice what half an hour may
 */
export function readValue(text: string, minutes: number, decimalComma: boolean): ReadValue {
  if (DIGITS.test(text)) return { value: Number(text) * MICRO, comma: false };
  let trimmed = text.replace(OUTER_BLANKS, "");
  if (trimmed === "") return { value: null, comma: false };
  const comma = decimalComma && COMMA.test(trimmed);
  if (comma) trimmed = trimmed.replace(",", ".");
  if (NEGATIVE.test(trimmed)) return { refusedAs: "NEGATIVE_VALUE" };
  if (!PLAIN.test(trimmed)) return { refusedAs: "BAD_NUMBER" };
  const value = parseScaled(trimmed, INTERVAL_SCALE);
  if (value === null || value > (HALF_HOUR_MAX * minutes) / 30) {
    return { refusedAs: "VALUE_OUT_OF_RANGE" };
  }
  return { value, comma };
}
