import { formatDay, formatMonth, type Month } from "../../../normalizer/model/dates.ts";
import type { LineKind } from "../../../normalizer/model/lines.ts";
import type { Problem } from "../../../normalizer/model/problems.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import type { Volume } from "../../../normalizer/model/units.ts";
import type { ChargedLine } from "../../recalculation/difference.ts";
import type { RuleName } from "../../rules.ts";
import type { AccountContext } from "../context.ts";
import type { Days } from "../days.ts";
import type { EnergyPart, PricedLine, Pricing } from "../pricing.ts";
import type { Step } from "../steps.ts";

/** A line beside the regular ones: what it charges, by which rule, and why. */
export interface Charge {
  readonly rule: RuleName;
  readonly line: ChargedLine;
  /** The steps up to its amount, made only for an explanation. */
  readonly steps: () => readonly Step[];
}

/**
 * Charges of one kind in one month. A problem beside them tells why a document changes nothing; a
 * missing price or norm refuses them all.
 */
export type Charges =
  | {
      readonly ok: true;
      readonly charges: readonly Charge[];
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly problem: Problem };

export const NO_CHARGES: Charges = { ok: true, charges: [], problems: [] };

export function chargedOf(line: PricedLine): ChargedLine {
  return {
    kind: line.kind,
    point: line.point,
    zone: line.zone,
    range: line.range,
    tariffFrom: line.version.from,
    volume: line.volume,
    price: line.price,
    amount: line.amount,
    vat: null,
  };
}

export function noPrice(
  { facts }: AccountContext,
  refused: Extract<Pricing, { ok: false }>,
): Problem {
  return {
    code: "NO_PRICE",
    at: formatDay(refused.day),
    object: facts.number,
    values: { zone: refused.zone },
  };
}

export function noNorm({ facts }: AccountContext, month: Month, name?: string): Problem {
  const values = name === undefined ? {} : { values: { name } };
  return { code: "NO_NORM", at: formatMonth(month), object: facts.number, ...values };
}

/** Energy of one rate on the days of the spans, which ascend and are not empty. */
export function partOf(kind: LineKind, volume: Volume, spans: readonly Days[]): EnergyPart {
  const [first] = spans;
  const last = spans.at(-1);
  invariant(first !== undefined && last !== undefined, "energy without days");
  const { from } = first;
  return { kind, point: 0, zone: "T0", volume, from, to: last.to, spans, pricedOn: null };
}
