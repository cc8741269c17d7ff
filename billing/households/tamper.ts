import {
  addMonths,
  type Day,
  daysIn,
  endDay,
  firstDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";
import { monthsBefore } from "../validity.ts";
import type { Days } from "./days.ts";
import type { NormDays } from "./norm.ts";
import { type Pricing, priceEnergy } from "./pricing.ts";

/** Multiple of the norm for tampering and for connections of unknown power (п. 62, 81(11)). */
export const TAMPER_NORMS = 10;
export const TAMPER_MONTHS_MAX = 3;

/** What decides the days of an act. */
export interface TamperTerms {
  readonly type: "TAMPER" | "UNAUTHORISED";
  /** Day of the check that found it, and the day it was eliminated. */
  readonly detected: Day;
  readonly eliminated: Day;
  readonly sealed: Day | null;
  readonly previousCheck: Day | null;
  /** Known day of an unauthorised connection: not cut to three months. */
  readonly connected: Day | null;
  readonly includesEndDay: boolean;
}

export interface TamperAct extends TamperTerms {
  readonly norm: Volume;
  /** Registered persons, owners where there are none. */
  readonly persons: number;
  /** Power of the connected equipment, 10⁻⁴ kW; only of an unauthorised connection. */
  readonly powerKwE4: number | null;
}

export interface TamperMonth {
  readonly month: Month;
  /** Half-open days. */
  readonly from: Day;
  readonly to: Day;
  readonly gross: Volume;
  readonly deducted: Volume;
  readonly net: Volume;
}

/** First day of the act: of the tampering, or of the connection. */
export function tamperStart(act: TamperTerms): Day {
  if (act.type === "UNAUTHORISED") {
    if (act.connected !== null) return act.connected;
    const earliest = firstDay(addMonths(monthOf(act.detected), -TAMPER_MONTHS_MAX));
    return Math.max(earliest, act.previousCheck ?? earliest) as Day;
  }
  const earliest = monthsBefore(act.detected, TAMPER_MONTHS_MAX);
  return Math.max(earliest, act.sealed ?? earliest, act.previousCheck ?? earliest) as Day;
}

/** Half-open days of the act. */
export function tamperDays(act: TamperTerms): Days {
  const to = (act.eliminated + (act.includesEndDay ? 1 : 0)) as Day;
  return { from: tamperStart(act), to };
}

/** Norm × 10 × persons × days / days of month, rounded once. */
export function tamperByNorm(entries: readonly NormDays[], daysOfMonth: number): Volume {
  let personNorms = 0;
  for (const { norm, personDays } of entries) personNorms += norm * personDays;
  return volume(multiplyDivideRound(personNorms, TAMPER_NORMS, daysOfMonth));
}

/** Power × 24 h × days. */
export function tamperByPower(powerKwE4: number, days: number): Volume {
  return volume(powerKwE4 * 24 * days);
}

/**
 * Months of an act with their volumes: norm × 10 × persons × days / days of month, or power × 24 h
 * × days of a known connection; tampering deducts what the months were charged, an unauthorised
 * connection does not.
 *
 * @param charged volume charged before by month; empty when nothing is deducted
 * @see ПП РФ 354 п. 62, 81(11)
 */
export function tamperMonths(
  act: TamperAct,
  charged: ReadonlyMap<Month, Volume>,
): readonly TamperMonth[] {
  const whole = tamperDays(act);
  const months: TamperMonth[] = [];
  for (let month = monthOf(whole.from); firstDay(month) < whole.to; month = addMonths(month, 1)) {
    const from = Math.max(whole.from, firstDay(month)) as Day;
    const to = Math.min(whole.to, endDay(month)) as Day;
    const days = to - from;
    const gross =
      act.powerKwE4 === null
        ? tamperByNorm([{ norm: act.norm, personDays: act.persons * days }], daysIn(month))
        : tamperByPower(act.powerKwE4, days);
    const deducted = act.type === "TAMPER" ? (charged.get(month) ?? volume(0)) : volume(0);
    months.push({ month, from, to, gross, deducted, net: volume(gross - deducted) });
  }
  return months;
}

/**
 * Lines of one month of an act: tariff of the month, split by days where it changes, without
 * ranges.
 */
export function priceTamper(
  month: TamperMonth,
  point: number,
  tariffs: readonly TariffVersion[],
): Pricing {
  const { from, to, net } = month;
  const part = { kind: "TAMPER" as const, point, zone: "T0" as const, volume: net, from, to };
  return priceEnergy({ parts: [{ ...part, pricedOn: null }], tariffs, ranges: null });
}
