import type { TraceStep } from "../../normalizer/model/lines.ts";
import { dayText, exactRubles, kilowattHours, rubles, unitPrice } from "../wording.ts";
import type { PricedLine } from "./pricing.ts";

/** A step of an explanation before it is known whose and which line's it is. */
export type Step = Omit<TraceStep, "account" | "ordinal">;

/** Volume × price of one line, rounded to kopecks: the last step of the line. */
export function amountStep(
  line: Omit<PricedLine, "point" | "kind">,
  clause = "ПП РФ 354, п. 42, прил. 2, формула 1",
  what = "Начислено",
): Step {
  const { version } = line;
  const text =
    line.range === 1
      ? `${what}, зона ${line.zone}`
      : `${what}, зона ${line.zone}, диапазон ${line.range}`;
  return {
    clause,
    text: `${text}, тариф с ${dayText(version.from)}: ${version.act}`,
    formula: `${kilowattHours(line.volume)} × ${unitPrice(line.price)}`,
    result: rubles(line.amount),
    rounding: `${exactRubles(line.volume, line.price)} → ${rubles(line.amount)}`,
    sources: [{ text: version.act, origin: version.origin }],
  };
}
