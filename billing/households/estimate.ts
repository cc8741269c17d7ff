import { daysIn, formatMonth } from "../../normalizer/model/dates.ts";
import type { MeteredMonth } from "../../normalizer/model/facts.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { switchNumber, switchOneOf } from "../switches.ts";
import type { Average } from "./average.ts";
import type { AccountContext } from "./context.ts";
import { countDays, type Days, isCovered, without } from "./days.ts";
import type { CausedDays, Gap } from "./gaps.ts";
import { COEFFICIENT_ONE, type NormVolumes } from "./norm.ts";
import { type NormEntry, normEntries } from "./norm-days.ts";
import type { EnergyPart } from "./pricing.ts";

export interface Estimate {
  readonly gap: Gap;
  readonly average: Extract<Average, { possible: true }> | null;
  readonly norm: NormEstimate | null;
  readonly parts: readonly EnergyPart[];
  /** Parts of the billed volume with K, split and priced like `parts`; null when K = 1. */
  readonly raised: readonly EnergyPart[] | null;
}

/**
 * Parts of the norm with the coefficients of their days, none where all of these are 1: the line of
 * the norm holds the days of every coefficient.
 */
export function raisedParts(estimates: readonly Estimate[]): readonly EnergyPart[] {
  if (estimates.every(({ raised }) => raised === null)) return [];
  return estimates.flatMap(({ norm, raised, parts }) => (norm === null ? [] : (raised ?? parts)));
}

export interface NormEstimate {
  readonly entries: readonly NormEntry[];
  readonly volumes: NormVolumes;
  /** 10⁻². */
  readonly coefficient: number;
}

export type EstimateResult =
  | { readonly ok: true; readonly values: readonly Estimate[] }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Energy of days without a measure: the mean of the metered months for at most three periods in a
 * row of one cause, then the norm with the coefficient of the cause; the norm at once when there
 * was never a meter or no mean can be made. Days of one method and coefficient are one volume,
 * rounded once.
 *
 * @param normed days that the norm is charged on already, by another point: it is the household's
 * @see ПП РФ 354 п. 59, 60
 */
export function estimate(
  context: AccountContext,
  gap: Gap,
  history: readonly MeteredMonth[],
  normed: readonly Days[],
): EstimateResult {
  const values: Estimate[] = [];
  let byNorm = gap.spans;
  const averaged = gap.spans.filter((days) => isAveraged(context, gap, days));
  if (averaged.length > 0) {
    const average = ruleOf(context.rules, "households.average").volumes({
      history: history.filter((entry) => entry.month < gap.month),
      days: countDays(averaged),
      daysOfMonth: daysIn(gap.month),
      source: switchOneOf(context.switches, "average.source", ["METER_ONLY", "ALL"]),
      scale: switchNumber(context.switches, "average.scale", 0),
    });
    if (average.possible) {
      values.push(averageEstimate(part(gap, averaged), average));
      byNorm = gap.spans.filter((days) => !averaged.includes(days));
    }
  }
  if (normed.length > 0)
    byNorm = byNorm.flatMap((days) => without(days, normed).map((rest) => ({ ...days, ...rest })));
  const raised = new Map<number, CausedDays[]>();
  for (const days of byNorm) {
    const coefficient = coefficientOf(context, gap, days);
    const same = raised.get(coefficient);
    if (same === undefined) raised.set(coefficient, [days]);
    else same.push(days);
  }
  for (const [coefficient, spans] of raised) {
    const result = normEstimate(context, part(gap, spans), coefficient);
    if (!result.ok) return result;
    values.push(...result.values);
  }
  return { ok: true, values };
}

/** The gap with some of its days. */
function part(gap: Gap, spans: readonly CausedDays[]): Gap {
  if (countDays(spans) === countDays(gap.spans)) return gap;
  const first = spans[0];
  const last = spans.at(-1);
  invariant(first !== undefined && last !== undefined, "a gap without days");
  return { ...gap, from: first.from, to: last.to, spans };
}

function isAveraged(
  { switches }: AccountContext,
  { month, everMetered, whole }: Gap,
  { cause, periods }: CausedDays,
): boolean {
  if (!everMetered) return false;
  if (cause === "NO_READING" && !whole) return true;
  const unlimited =
    cause === "FAULT" &&
    switchOneOf(switches, "p59a.averageUnlimited", ["false", "true"]) === "true";
  return unlimited || periods < switchNumber(switches, "average.maxPeriods", 0, month);
}

/** Energy of the gap on its days, with `spans` only where they leave days out. */
function energyOn(gap: Gap): Pick<EnergyPart, "point" | "from" | "to" | "spans" | "pricedOn"> {
  const { point, from, to, spans } = gap;
  const hasHoles = countDays(spans) < to - from;
  return hasHoles
    ? { point, from, to, spans, pricedOn: null }
    : { point, from, to, pricedOn: null };
}

function averageEstimate(gap: Gap, average: Extract<Average, { possible: true }>): Estimate {
  const parts: EnergyPart[] = [];
  for (const zone of ZONES) {
    const volume = average.volumes[zone];
    if (volume === undefined) continue;
    parts.push({ kind: "AVERAGE", zone, volume, ...energyOn(gap) });
  }
  return { gap, average, norm: null, parts, raised: null };
}

function normEstimate(context: AccountContext, gap: Gap, coefficient: number): EstimateResult {
  const entries = normEntries(context, gap.month, gap.spans);
  if (entries === null) {
    const at = formatMonth(gap.month);
    return { ok: false, problem: { code: "NO_NORM", at, object: context.facts.number } };
  }
  // Nobody on record is not zero consumption: owners count then (п. 56(2)), and somebody has to enter them.
  if (entries.every(({ personDays }) => personDays === 0)) {
    return {
      ok: false,
      problem: { code: "MISSING_REQUIRED", at: "residents", object: context.facts.number },
    };
  }
  const daysOfMonth = daysIn(gap.month);
  const volumes = ruleOf(context.rules, "households.norm").volumes({
    entries,
    daysOfMonth,
    activeDays: daysOfMonth,
    coefficient,
  });
  const parts = (volume: Volume): EnergyPart[] => [
    { kind: "NORM", zone: "T0", volume, ...energyOn(gap) },
  ];
  const value: Estimate = {
    gap,
    average: null,
    norm: { entries, volumes, coefficient },
    parts: parts(volumes.base),
    raised: coefficient === COEFFICIENT_ONE ? null : parts(volumes.billed),
  };
  return { ok: true, values: [value] };
}

/** Повышающий коэффициент of the norm; none where a meter is impossible by act. */
function coefficientOf(context: AccountContext, gap: Gap, days: CausedDays): number {
  const { facts, switches } = context;
  if (!gap.everMetered) {
    if (isCovered(days, facts.circumstances.meterImpossible)) return COEFFICIENT_ONE;
    return switchNumber(switches, "norm.k.noMeter", 2, gap.month);
  }
  if (days.cause === "REFUSED") return switchNumber(switches, "norm.k.p59v", 2);
  if (days.cause === "FAULT" || !gap.hasMeter)
    return switchNumber(switches, "norm.k.p59a", 2, gap.month);
  return switchNumber(switches, "norm.k.p59b", 2);
}
