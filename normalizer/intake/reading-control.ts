import type { Day } from "../model/dates.ts";
import type { ProblemCode } from "../model/problem-catalogue.ts";
import { parseScaled, VOLUME_SCALE, type Volume, volume } from "../model/units.ts";

/**
 * What is known of a meter and its point when a reading comes; null = not known, and then not
 * tested.
 */
export interface ControlContext {
  readonly previous: Volume;
  /** Law's day of the previous reading. */
  readonly previousDay: Day | null;
  /** Law's day of the reading, and the day it was received. */
  readonly readDay: Day;
  readonly today: Day | null;
  readonly installedDay: Day | null;
  /** Digits before and after the point of the display. */
  readonly digits: number;
  readonly decimals: number | null;
  /** Ктт × Ктн. */
  readonly ratio: number;
  /** Usual consumption of a day, 10⁻⁴ kWh, from 6–12 metered months. */
  readonly averageDaily: Volume | null;
  /** 10⁻⁴ kW. */
  readonly maxPowerKwE4: number | null;
  /** How many times the usual is still believed, 10⁻⁴: 3 = 30 000. */
  readonly excessMaxE4: number;
}

export interface ControlResult {
  readonly status: "ACCEPTED" | "HELD" | "REJECTED";
  /** Null for a reading without remarks. */
  readonly code: ProblemCode | null;
  /** Energy since the previous reading; null where the reading gives none. */
  readonly volume: Volume | null;
  /** Δ × Ктт / expected, 10⁻²; only with DEVIATION_HIGH. */
  readonly ratioE2: number | null;
}

const ROLLOVER_FROM_TENTHS = 9;
const ROLLOVER_TO_TENTHS = 1;

/**
 * Контроль ввода показаний of one register; the first hit decides. Checks of the meter's state and
 * zones, of the window and of duplicates need more than one register and are made by the caller.
 *
 * @param typed reading as typed
 */
export function controlReading(typed: string, context: ControlContext): ControlResult {
  const state = parseScaled(typed, VOLUME_SCALE);
  const scale = 10 ** context.digits * 10_000;
  if (state === null || state < 0 || state >= scale || hasMoreDecimals(typed, context.decimals))
    return refused("FORMAT");
  if (!isDateGood(context)) return refused("DATE");
  const days = context.previousDay === null ? null : context.readDay - context.previousDay;
  const turned = state < context.previous;
  const delta = (state - context.previous + (turned ? scale : 0)) * context.ratio;
  const expected = expectedOf(context, days);
  const limit = expected === null ? null : (expected * context.excessMaxE4) / 10_000;
  if (turned) {
    const near =
      context.previous * 10 >= scale * ROLLOVER_FROM_TENTHS &&
      state * 10 <= scale * ROLLOVER_TO_TENTHS;
    if (!near || (limit !== null && delta > limit)) return refused("NEGATIVE_DELTA");
  }
  const energy = volume(delta);
  const mostE4 =
    days === null || context.maxPowerKwE4 === null ? null : context.maxPowerKwE4 * 24 * days;
  if (mostE4 !== null && delta > mostE4)
    return { status: "REJECTED", code: "OVER_MAX_POWER", volume: energy, ratioE2: null };
  if (turned) return { status: "ACCEPTED", code: "ROLLOVER", volume: energy, ratioE2: null };
  if (expected !== null && limit !== null && delta > limit) {
    const ratioE2 = Math.round((delta * 100) / expected);
    return { status: "HELD", code: "DEVIATION_HIGH", volume: energy, ratioE2 };
  }
  const code = delta === 0 && expected !== null ? "ZERO" : null;
  return { status: "ACCEPTED", code, volume: energy, ratioE2: null };
}

function refused(code: ProblemCode): ControlResult {
  return { status: "REJECTED", code, volume: null, ratioE2: null };
}

function hasMoreDecimals(typed: string, decimals: number | null): boolean {
  const point = typed.indexOf(".");
  return decimals !== null && point >= 0 && typed.length - point - 1 > decimals;
}

function isDateGood({ previousDay, readDay, today, installedDay }: ControlContext): boolean {
  return (
    (previousDay === null || readDay > previousDay) &&
    (today === null || readDay <= today) &&
    (installedDay === null || readDay >= installedDay)
  );
}

/** Usual consumption since the previous reading; 0 counts as not known. */
function expectedOf(context: ControlContext, days: number | null): number | null {
  if (context.averageDaily === null || days === null || context.averageDaily === 0) return null;
  return context.averageDaily * days;
}
