import { Exact, roundTo } from "../exact.ts";

/** Periods in a row that are substituted by readings of another period before power decides. */
export const SUBSTITUTED_BY_READINGS = 2;

export type SubstitutionBasis = "CONTROL_METER" | "PREV_YEAR" | "LAST_READ" | "PMAX" | "CURRENT";

/** Current that the conductors carry, where no maximum power is agreed. */
export interface ByCurrent {
  readonly phases: number;
  readonly amperes: Exact;
  readonly phaseVolts: Exact;
  readonly cosine: Exact;
}

export interface SubstitutionFacts {
  /** Number of the missed period in a row, from 1. */
  readonly missed: number;
  readonly hours: Exact;
  readonly controlMeter: Exact | null;
  readonly previousYear: Exact | null;
  readonly lastRead: Exact | null;
  readonly maxPowerKw: Exact | null;
  readonly current: ByCurrent | null;
}

export interface Substitution {
  readonly basis: SubstitutionBasis;
  /** Unrounded. */
  readonly kwh: Exact;
}

/**
 * Замещающая информация of one missed period: control meter; for the first two periods the same
 * period of the last year, else the nearest one with readings; then maximum power × hours, or by
 * current. Null when nothing is known.
 *
 * @see ПП РФ 442 п. 166, 179, 181, прил. 3
 */
export function substitute(facts: SubstitutionFacts): Substitution | null {
  const { controlMeter, previousYear, lastRead, maxPowerKw, current, hours } = facts;
  if (controlMeter !== null) return { basis: "CONTROL_METER", kwh: controlMeter };
  if (facts.missed <= SUBSTITUTED_BY_READINGS) {
    if (previousYear !== null) return { basis: "PREV_YEAR", kwh: previousYear };
    if (lastRead !== null) return { basis: "LAST_READ", kwh: lastRead };
  }
  if (maxPowerKw !== null) return { basis: "PMAX", kwh: maxPowerKw.times(hours) };
  if (current !== null) return { basis: "CURRENT", kwh: currentKwh(current, hours) };
  return null;
}

/** phases · I · Uф · cosφ · T / (1.5 · 1000); one phase or three. */
export function currentKwh(current: ByCurrent, hours: Exact): Exact {
  return current.amperes
    .times(current.phases === 3 ? 3 : 1)
    .times(current.phaseVolts)
    .times(current.cosine)
    .times(hours)
    .div(1500);
}

export interface UnmeteredFacts {
  /** Whole hours of the period, already cut to its limit. */
  readonly hours: number;
  readonly maxPowerKw: Exact | null;
  readonly current: ByCurrent | null;
  readonly billedKwh: Exact;
}

/**
 * Безучётное потребление: W = Pмакс · T, or by current, rounded to 1 kWh; what was billed for the
 * same time is deducted, not below 0.
 *
 * @see ПП РФ 442 п. 187, прил. 3
 */
export function unmeteredKwh(facts: UnmeteredFacts): {
  readonly kwh: Exact;
  readonly added: Exact;
  readonly hourly: Exact;
} {
  const hours = new Exact(facts.hours);
  const exact =
    facts.maxPowerKw?.times(hours) ??
    (facts.current === null ? new Exact(0) : currentKwh(facts.current, hours));
  const kwh = roundTo(exact, 0);
  const hourly = facts.hours === 0 ? new Exact(0) : roundTo(kwh.div(hours), 3);
  return { kwh, added: Exact.max(0, kwh.minus(facts.billedKwh)), hourly };
}

/**
 * Бездоговорное потребление: √3 · I · Uл · cosφ · T / 1000, one phase I · Uф · cosφ · T / 1000,
 * rounded to 1 kWh.
 * @see ПП РФ 442 п. 189–196, прил. 3 п. 2
 */
export function nonContractKwh(
  phases: number,
  amperes: Exact,
  volts: Exact,
  cosine: Exact,
  hours: number,
): Exact {
  const root = phases === 3 ? new Exact(3).sqrt() : new Exact(1);
  return roundTo(root.times(amperes).times(volts).times(cosine).times(hours).div(1000), 0);
}

/** Whole hours between two local times in minutes; an incomplete last hour is dropped. */
export function wholeHours(fromMinute: number, toMinute: number, hoursMax: number): number {
  return Math.min(Math.floor((toMinute - fromMinute) / 60), hoursMax);
}
