import type { Day } from "../model/dates.ts";
import type { ProblemCode } from "../model/problem-catalogue.ts";
import type { Volume } from "../model/units.ts";
import { multiplyDivideRound, parseScaled, VOLUME_SCALE, volume } from "../model/units.ts";
import type { VolumeLimits } from "./control-limits.ts";

/** One register of the display. */
export interface RegisterContext {
  readonly previous: Volume;
  /** Usual consumption of a day, 10⁻⁴ kWh, from 6–12 metered months; null = not known. */
  readonly averageDaily: Volume | null;
}

/**
 * What is known of a meter and its point when a reading comes; null = not known, and then not
 * tested.
 */
export interface ControlContext {
  /** In the order of the texts. */
  readonly registers: readonly RegisterContext[];
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
  /** 10⁻⁴ kW. */
  readonly maxPowerKwE4: number | null;
  readonly limits: VolumeLimits;
  /** Place of the night register; null = the meter does not tell the night apart. */
  readonly night: number | null;
  /** The total that the display shows beside its zones, as typed. */
  readonly total: string | null;
  /** Law's day since which no register has moved. */
  readonly unmovedSince: Day | null;
}

export interface ControlResult {
  readonly status: "ACCEPTED" | "HELD" | "REJECTED";
  /** Null for a reading without remarks. */
  readonly code: ProblemCode | null;
  /** Energy since the previous reading, of all registers; null where the reading gives none. */
  readonly volume: Volume | null;
  /** What is usual for these days; null = not known. */
  readonly expected: Volume | null;
  /** Δ × Ктт / expected, 10⁻²; only with DEVIATION_HIGH. */
  readonly ratioE2: number | null;
  /** Of the night in the energy, 10⁻⁴; only with ZONE_MIX. */
  readonly nightShareE4: number | null;
}

const ROLLOVER_FROM_TENTHS = 9;
const ROLLOVER_TO_TENTHS = 1;
/** Σ of the zones and the total register may differ by one kWh. */
const TOTAL_TOLERANCE = 10_000;

/**
 * Контроль ввода показаний of one meter, rows 1, 2 and 4–8; the first hit decides. Digits and
 * rollover are checked register by register, energy as the sum of them. State and zones of the
 * meter, readings of the same day and the window are of the caller.
 *
 * @param typed registers as typed
 * @see billing-individuals.md 17, metering.md 8
 */
export function controlReading(typed: readonly string[], context: ControlContext): ControlResult {
  const { digits, decimals, previousDay, readDay, limits } = context;
  const all = context.total === null ? typed : [...typed, context.total];
  if (!all.every((text) => fitsDisplay(text, digits, decimals))) return refused("FORMAT");
  if (!isDateGood(context)) return refused("DATE");
  const states = typed.map((text) => parseScaled(text, VOLUME_SCALE) ?? 0);
  const days = previousDay === null ? null : readDay - previousDay;
  const moves = states.map((state, place) => moveOf(state, place, days, context));
  if (moves.some(({ isBack }) => isBack)) return refused("NEGATIVE_DELTA");
  const energy = volume(moves.reduce((sum, { delta }) => sum + delta, 0));
  const expected = expectedOf(context, days);
  const told = {
    ...NOTHING_TOLD,
    volume: energy,
    expected: expected === null ? null : volume(expected),
  };
  if (isOverPower(energy, days, context)) {
    return { ...told, status: "REJECTED", code: "OVER_MAX_POWER" };
  }
  if (moves.some(({ turned }) => turned)) return { ...told, status: "ACCEPTED", code: "ROLLOVER" };
  if (expected !== null && energy > (expected * limits.excessMaxE4) / 10_000) {
    const ratioE2 = Math.round((energy * 100) / expected);
    return { ...told, status: "HELD", code: "DEVIATION_HIGH", ratioE2 };
  }
  const zero = energy === 0 ? zeroCode(context, expected) : null;
  if (zero !== null) return { ...told, status: "ACCEPTED", code: zero };
  const nightShareE4 = unusualNight(moves, energy, context);
  if (nightShareE4 !== null) return { ...told, status: "HELD", code: "ZONE_MIX", nightShareE4 };
  if (missesTotal(states, context)) return { ...told, status: "HELD", code: "TOU_SUM_CHECK" };
  return { ...told, status: "ACCEPTED", code: null };
}

const NOTHING_TOLD = { volume: null, expected: null, ratioE2: null, nightShareE4: null } as const;

/** A plain decimal from zero to what the display holds, with no more decimals than it has. */
export function fitsDisplay(typed: string, digits: number, decimals: number | null): boolean {
  const state = parseScaled(typed, VOLUME_SCALE);
  if (state === null || state < 0 || state >= 10 ** digits * 10_000) return false;
  const point = typed.indexOf(".");
  return decimals === null || point < 0 || typed.length - point - 1 <= decimals;
}

interface Move {
  /** Energy of the register, 10⁻⁴ kWh. */
  readonly delta: number;
  /** Went through zero. */
  readonly turned: boolean;
  /** Below the previous one, and no rollover is believed. */
  readonly isBack: boolean;
}

function moveOf(state: number, place: number, days: number | null, context: ControlContext): Move {
  const register = context.registers[place];
  const previous = register?.previous ?? 0;
  const scale = 10 ** context.digits * 10_000;
  const turned = state < previous;
  const delta = (state - previous + (turned ? scale : 0)) * context.ratio;
  if (!turned) return { delta, turned, isBack: false };
  const isNear =
    previous * 10 >= scale * ROLLOVER_FROM_TENTHS && state * 10 <= scale * ROLLOVER_TO_TENTHS;
  const usual = register?.averageDaily ?? null;
  const most =
    usual === null || usual === 0 || days === null
      ? null
      : (usual * days * context.limits.excessMaxE4) / 10_000;
  return { delta, turned, isBack: !isNear || (most !== null && delta > most) };
}

function isOverPower(
  energy: number,
  days: number | null,
  { maxPowerKwE4, limits }: ControlContext,
): boolean {
  if (days === null || maxPowerKwE4 === null) return false;
  return energy > (maxPowerKwE4 * 24 * days * limits.powerFactorE4) / 10_000;
}

function zeroCode(
  { unmovedSince, readDay, limits }: ControlContext,
  expected: number | null,
): "ZERO_RUN" | "ZERO" | null {
  if (unmovedSince !== null && readDay - unmovedSince >= limits.zeroRunDays) return "ZERO_RUN";
  return expected === null ? null : "ZERO";
}

/** @returns share of the night where it is too far from the usual one: day and night exchanged */
function unusualNight(
  moves: readonly Move[],
  energy: number,
  { night, registers, limits }: ControlContext,
): number | null {
  const usualNight = night === null ? null : (registers[night]?.averageDaily ?? null);
  const usual = registers.reduce((sum, { averageDaily }) => sum + (averageDaily ?? 0), 0);
  if (night === null || usualNight === null || usual === 0 || energy === 0) return null;
  const delta = moves[night]?.delta ?? 0;
  // |Δnight / Δ − usual night / usual|, with both sides multiplied by Δ × usual.
  const apart = BigInt(delta) * BigInt(usual) - BigInt(usualNight) * BigInt(energy);
  const most = BigInt(limits.nightShareMaxE4) * BigInt(energy) * BigInt(usual);
  const isFar = (apart < 0n ? -apart : apart) * 10_000n > most;
  return isFar ? multiplyDivideRound(delta, 10_000, energy) : null;
}

/** Each register goes through zero in its own time, so the difference is one of the display. */
function missesTotal(states: readonly number[], { total, digits }: ControlContext): boolean {
  if (total === null) return false;
  const scale = 10 ** digits * 10_000;
  const sum = states.reduce((all, state) => all + state, 0);
  const over = (((sum - (parseScaled(total, VOLUME_SCALE) ?? 0)) % scale) + scale) % scale;
  return Math.min(over, scale - over) > TOTAL_TOLERANCE;
}

function refused(code: ProblemCode): ControlResult {
  return { ...NOTHING_TOLD, status: "REJECTED", code };
}

function isDateGood({ previousDay, readDay, today, installedDay }: ControlContext): boolean {
  return (
    (previousDay === null || readDay > previousDay) &&
    (today === null || readDay <= today) &&
    (installedDay === null || readDay >= installedDay)
  );
}

/** Usual consumption since the previous reading; 0 counts as not known. */
function expectedOf({ registers }: ControlContext, days: number | null): number | null {
  if (days === null) return null;
  let daily = 0;
  for (const { averageDaily } of registers) {
    if (averageDaily === null) return null;
    daily += averageDaily;
  }
  return daily === 0 ? null : daily * days;
}
