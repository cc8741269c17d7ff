import { daysIn, formatMonth, type Month } from "../../normalizer/model/dates.ts";
import type { MeteredMonth } from "../../normalizer/model/facts.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { switchNumber, switchOneOf } from "../switches.ts";
import type { Average } from "./average.ts";
import type { AccountContext } from "./context.ts";
import type { Days } from "./days.ts";
import { COEFFICIENT_ONE, type NormVolumes } from "./norm.ts";
import { type NormEntry, normEntries } from "./norm-days.ts";
import type { EnergyPart } from "./pricing.ts";

/** Days of a month that no meter measured. */
export interface Gap extends Days {
  readonly month: Month;
  readonly point: number;
  /** The days themselves, ascending, inside `from` and `to`. */
  readonly spans: readonly Days[];
  /** True for all served days of the month, false for the days between two meters. */
  readonly whole: boolean;
  /** Periods in a row billed without a reading before this one. */
  readonly missed: number;
  readonly hasMeter: boolean;
  readonly everMetered: boolean;
}

export interface Estimate {
  readonly gap: Gap;
  readonly average: Extract<Average, { possible: true }> | null;
  readonly norm: NormEstimate | null;
  readonly parts: readonly EnergyPart[];
  /** Parts of the billed volume with K, split and priced like `parts`; null when K = 1. */
  readonly raised: readonly EnergyPart[] | null;
}

export interface NormEstimate {
  readonly entries: readonly NormEntry[];
  readonly volumes: NormVolumes;
  /** 10⁻². */
  readonly coefficient: number;
}

export type EstimateResult =
  | { readonly ok: true; readonly value: Estimate }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Energy of days without a measure: the mean of the metered months for at most three periods in a
 * row, then the norm; the norm at once when there was never a meter or no mean can be made.
 *
 * @see ПП РФ 354 п. 59, 60
 */
export function estimate(
  context: AccountContext,
  gap: Gap,
  history: readonly MeteredMonth[],
): EstimateResult {
  const limit = switchNumber(context.switches, "average.maxPeriods", 0);
  if (gap.everMetered && (gap.missed < limit || !gap.whole)) {
    const average = ruleOf(context.rules, "households.average").volumes({
      history: history.filter((entry) => entry.month < gap.month),
      days: gap.to - gap.from,
      daysOfMonth: daysIn(gap.month),
      source: switchOneOf(context.switches, "average.source", ["METER_ONLY", "ALL"]),
      scale: switchNumber(context.switches, "average.scale", 0),
    });
    if (average.possible) return { ok: true, value: byAverage(gap, average) };
  }
  return byNorm(context, gap);
}

function byAverage(gap: Gap, average: Extract<Average, { possible: true }>): Estimate {
  const parts: EnergyPart[] = [];
  for (const zone of ZONES) {
    const volume = average.volumes[zone];
    if (volume === undefined) continue;
    const { point, from, to } = gap;
    parts.push({ kind: "AVERAGE", point, zone, volume, from, to, pricedOn: null });
  }
  return { gap, average, norm: null, parts, raised: null };
}

function byNorm(context: AccountContext, gap: Gap): EstimateResult {
  const entries = normEntries(context, gap.month, [gap]);
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
  const coefficient = coefficientOf(context, gap);
  const volumes = ruleOf(context.rules, "households.norm").volumes({
    entries,
    daysOfMonth,
    activeDays: daysOfMonth,
    coefficient,
  });
  const { point, from, to } = gap;
  const part = (volume: Volume): EnergyPart[] => [
    { kind: "NORM", point, zone: "T0", volume, from, to, pricedOn: null },
  ];
  return {
    ok: true,
    value: {
      gap,
      average: null,
      norm: { entries, volumes, coefficient },
      parts: part(volumes.base),
      raised: coefficient === COEFFICIENT_ONE ? null : part(volumes.billed),
    },
  };
}

function coefficientOf(context: AccountContext, gap: Gap): number {
  if (!gap.everMetered) return switchNumber(context.switches, "norm.k.noMeter", 2);
  if (!gap.hasMeter) return switchNumber(context.switches, "norm.k.p59a", 2);
  return switchNumber(context.switches, "norm.k.p59b", 2);
}
