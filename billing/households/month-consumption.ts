import { type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type { MeteredMonth } from "../../normalizer/model/facts.ts";
import type { TraceStep, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { switchOneOf } from "../switches.ts";
import type { AccountContext } from "./context.ts";
import type { Days } from "./days.ts";
import { type Estimate, raisedParts } from "./estimate.ts";
import type { FixedDays } from "./idle.ts";
import type { EnergyPart } from "./pricing.ts";
import type { MeasuredSpan } from "./timeline.ts";

/** The part of one measured span that belongs to one month. */
export interface MeasuredPiece {
  readonly span: MeasuredSpan;
  readonly from: Day;
  readonly to: Day;
  /** The charged days inside, where they are not all of them. */
  readonly spans?: readonly Days[];
  /** By zone of the meter; `whole` is the span's, `volumes` this month's part of it. */
  readonly whole: readonly Volume[];
  readonly volumes: readonly Volume[];
  /** Days of this part, and of the whole span, that the parts were weighed by. */
  readonly days: number;
  readonly spanDays: number;
}

/** What an account consumed in one month, before prices. */
export interface MonthConsumption {
  readonly month: Month;
  readonly pieces: readonly MeasuredPiece[];
  /** Estimated months whose volumes a check of the controller deducts (п. 61). */
  readonly charged: readonly MeteredMonth[];
  readonly estimates: readonly Estimate[];
  /** Договорные объёмы of the month's days. */
  readonly fixed: readonly FixedEnergy[];
  readonly parts: readonly EnergyPart[];
  /** Where the parts are those of one account of a premises that several pay for. */
  readonly portion?: Portion;
}

export interface FixedEnergy extends FixedDays {
  readonly volume: Volume;
}

/** How the month of one account was taken from the meters of its premises. */
export interface Portion {
  readonly rule: "buildings.communal" | "buildings.separate";
  /** Its part of the monthly limits of the ranges, a fraction. */
  readonly limits: { readonly numerator: number; readonly denominator: number };
  /** The explanation between the meters and the lines. */
  readonly steps: () => readonly Omit<TraceStep, "account" | "ordinal">[];
}

export function fixedPart({ spans, volume }: FixedEnergy, point: number): EnergyPart {
  const from = spans[0]?.from;
  const to = spans.at(-1)?.to;
  invariant(from !== undefined && to !== undefined, "a fixed volume without days");
  return { kind: "FIXED", point, zone: "T0", volume, from, to, spans, pricedOn: null };
}

/** Energy of the pieces, less what a check of the controller deducts. */
export function measuredParts(
  pieces: readonly MeasuredPiece[],
  charged: readonly MeteredMonth[],
  month: Month,
  context: AccountContext,
): EnergyPart[] {
  const mode = switchOneOf(context.switches, "tariffChange.splitMode", ["BY_DAYS", "BY_PERIOD"]);
  const lastDay = (endDay(month) - 1) as Day;
  const isDelta = charged.length > 0;
  const pricedOn = isDelta || mode === "BY_PERIOD" ? lastDay : null;
  const kind = isDelta ? "METER_DELTA" : "METER";
  const parts: EnergyPart[] = [];
  for (const { span, from, to, spans, volumes } of pieces) {
    const days = spans === undefined ? { from, to } : { from, to, spans };
    for (const [index, zone] of span.meter.zones.entries()) {
      const energy = volumes[index] as Volume;
      parts.push({ kind, point: span.point, zone, volume: energy, ...days, pricedOn });
    }
  }
  const point = pieces[0]?.span.point ?? 0;
  for (const entry of charged) {
    for (const zone of ZONES) {
      const energy = entry.volumes[zone];
      if (energy === undefined) continue;
      const from = firstDay(month);
      const minus = volume(-energy);
      parts.push({ kind, point, zone, volume: minus, from, to: endDay(month), pricedOn });
    }
  }
  return parts;
}

/**
 * The month as later means and counters see it; null when nothing of it was measured or estimated.
 */
export function historyOf(value: MonthConsumption): MeteredMonth | null {
  if (value.pieces.length === 0 && value.estimates.length === 0) return null;
  const volumes: Partial<Record<Zone, Volume>> = {};
  const raised = raisedParts(value.estimates);
  const plain = value.parts.filter(
    (part) => part.kind !== "FIXED" && (raised.length === 0 || part.kind !== "NORM"),
  );
  for (const part of [...plain, ...raised])
    volumes[part.zone] = volume((volumes[part.zone] ?? 0) + part.volume);
  if (value.pieces.length > 0) return { month: value.month, method: "METER", volumes };
  const method = value.estimates[0]?.norm === null ? "AVERAGE" : "NORM";
  return { month: value.month, method, volumes };
}
