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
import { type Pricing, priceEnergy } from "./pricing.ts";

/** Multiple of the norm for tampering and for connections of unknown power (п. 62, 81(11)). */
export const TAMPER_NORMS = 10;
export const TAMPER_MONTHS_MAX = 3;

export interface TamperAct {
  readonly type: "TAMPER" | "UNAUTHORISED";
  /** Day of the check that found it, and the day it was eliminated. */
  readonly detected: Day;
  readonly eliminated: Day;
  readonly sealed: Day | null;
  readonly previousCheck: Day | null;
  /** Known day of an unauthorised connection: not cut to three months. */
  readonly connected: Day | null;
  readonly norm: Volume;
  /** Registered persons, owners where there are none. */
  readonly persons: number;
  /** Power of the connected equipment, 10⁻⁴ kW; only of an unauthorised connection. */
  readonly powerKwE4: number | null;
  readonly includesEndDay: boolean;
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
export function tamperStart(act: TamperAct): Day {
  if (act.type === "UNAUTHORISED") {
    if (act.connected !== null) return act.connected;
    const earliest = firstDay(addMonths(monthOf(act.detected), -TAMPER_MONTHS_MAX));
    return Math.max(earliest, act.previousCheck ?? earliest) as Day;
  }
  const earliest = monthsBefore(act.detected, TAMPER_MONTHS_MAX);
  return Math.max(earliest, act.sealed ?? earliest, act.previousCheck ?? earliest) as Day;
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
  const start = tamperStart(act);
  const end = act.eliminated + (act.includesEndDay ? 1 : 0);
  const months: TamperMonth[] = [];
  for (let month = monthOf(start); firstDay(month) < end; month = addMonths(month, 1)) {
    const from = Math.max(start, firstDay(month)) as Day;
    const to = Math.min(end, endDay(month)) as Day;
    const days = to - from;
    const byNorm = act.norm * TAMPER_NORMS;
    const gross =
      act.powerKwE4 === null
        ? multiplyDivideRound(byNorm, act.persons * days, daysIn(month))
        : act.powerKwE4 * 24 * days;
    const deducted = act.type === "TAMPER" ? (charged.get(month) ?? volume(0)) : volume(0);
    const net = volume(gross - deducted);
    months.push({ month, from, to, gross: volume(gross), deducted, net });
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
