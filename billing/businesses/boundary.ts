import { Exact, roundTo } from "../exact.ts";
import { at, gridSum, type HourGrid, hourGrid } from "./hours.ts";
import { transformerLoss } from "./losses.ts";

/**
 * Hours of another period that stand in for missing ones, after the coefficients of their own
 * meter.
 */
export interface BaseHours {
  readonly kwh: HourGrid;
}

export interface MissingHours {
  readonly isMissing: (day: number, hour: number) => boolean;
  readonly basis: "CONTROL_METER" | "PREV_YEAR" | "LAST_READ" | "PMAX";
  /** Hours of the base; of PMAX the maximum power in every hour. */
  readonly base: BaseHours | { readonly maxPowerKw: Exact };
}

export type HourlyTransit =
  | { readonly kind: "HOURS"; readonly kwh: HourGrid; readonly lossPercent: Exact }
  | {
      readonly kind: "INTEGRAL";
      readonly kwh: Exact;
      readonly lossPercent: Exact;
      readonly spread: "PARENT_PROFILE" | "UNIFORM";
    };

export interface TransformerTerms {
  readonly idleKw: Exact;
  readonly shortCircuitKw: Exact;
  readonly ratedKva: Exact;
  readonly tangent: Exact;
}

export type HourlyLoss =
  | { readonly kind: "NONE" }
  | { readonly kind: "PERCENT"; readonly percent: Exact }
  | ({ readonly kind: "EXACT" } & TransformerTerms)
  | ({ readonly kind: "PROPORTIONAL"; readonly formSquared: Exact } & TransformerTerms);

export interface BoundaryPoint {
  /** Hours after the coefficients; missing ones do not matter. */
  readonly kwh: HourGrid;
  readonly missing: MissingHours | null;
  readonly transits: readonly HourlyTransit[];
  readonly loss: HourlyLoss;
  readonly meterSide: "inside" | "outside";
}

export interface PointHours {
  readonly billed: HourGrid;
  /** Substituted hours and their energy before transits and losses. */
  readonly substituted: { readonly hours: number; readonly kwh: Exact } | null;
  /** Hours in which the transits exceed the meter: 0 each. */
  readonly exceedingHours: number;
}

/**
 * Billed hours of one point: missing hours substituted, transits deducted, losses added or deducted
 * by the side of the meter; an hour never falls below 0. Hours by maximum power are the consumer's
 * own: they take no transit and no loss.
 *
 * @see ПП РФ 442 п. 148, 166; прил. 3
 */
export function pointHours(point: BoundaryPoint): PointHours {
  const { missing } = point;
  const days = point.kwh.length;
  const isMissing = (day: number, hour: number) => missing?.isMissing(day, hour) ?? false;
  const isPower = (day: number, hour: number) => missing?.basis === "PMAX" && isMissing(day, hour);
  const parent = hourGrid(days, (day, hour) =>
    missing !== null && isMissing(day, hour)
      ? substituteHour(missing, day, hour)
      : at(point.kwh, day, hour),
  );
  let exceedingHours = 0;
  const transits = point.transits.map((transit) => transitHours(transit, parent));
  const own = hourGrid(days, (day, hour) => {
    const value = at(parent, day, hour);
    if (isPower(day, hour)) return value;
    let rest = value;
    for (const transit of transits) rest = rest.minus(at(transit, day, hour));
    if (rest.gte(0)) return rest;
    exceedingHours += 1;
    return new Exact(0);
  });
  const losses = lossHours(point.loss, own, isPower);
  const sign = point.meterSide === "outside" ? -1 : 1;
  const billed = hourGrid(days, (day, hour) =>
    isPower(day, hour)
      ? at(own, day, hour)
      : Exact.max(0, at(own, day, hour).plus(at(losses, day, hour).times(sign))),
  );
  const substituted = missing === null ? null : sumWhere(parent, isMissing);
  return { billed, substituted, exceedingHours };
}

/** The same date and hour of the base; a date the base month lacks takes its last day. */
function substituteHour(missing: MissingHours, day: number, hour: number): Exact {
  if ("maxPowerKw" in missing.base) return missing.base.maxPowerKw;
  const { kwh } = missing.base;
  return at(kwh, Math.min(day, kwh.length), hour);
}

function sumWhere(kwh: HourGrid, where: (day: number, hour: number) => boolean) {
  let hours = 0;
  let sum: Exact = new Exact(0);
  for (const [day, row] of kwh.entries())
    for (const [hour, value] of row.entries()) {
      if (!where(day + 1, hour + 1)) continue;
      hours += 1;
      sum = sum.plus(value);
    }
  return { hours, kwh: sum };
}

/**
 * Hourly transits with their loss share unrounded; an integral one rounded to 1 kWh, then spread
 * over the month.
 */
function transitHours(transit: HourlyTransit, parent: HourGrid): HourGrid {
  const factor = transit.lossPercent.div(100).plus(1);
  if (transit.kind === "HOURS")
    return transit.kwh.map((row) => row.map((value) => value.times(factor)));
  const whole = roundTo(transit.kwh.times(factor), 0);
  return spread(whole, parent, transit.spread === "UNIFORM");
}

function spread(whole: Exact, profile: HourGrid, isUniform: boolean): HourGrid {
  const total = gridSum(profile);
  const even = whole.div(profile.length * 24);
  return isUniform || total.isZero()
    ? hourGrid(profile.length, () => even)
    : profile.map((row) => row.map((value) => whole.times(value).div(total)));
}

function lossHours(
  loss: HourlyLoss,
  own: HourGrid,
  isPower: (day: number, hour: number) => boolean,
): HourGrid {
  if (loss.kind === "NONE") return hourGrid(own.length, () => new Exact(0));
  if (loss.kind === "PERCENT")
    return own.map((row) => row.map((value) => value.times(loss.percent).div(100)));
  if (loss.kind === "EXACT") {
    const factor = loss.shortCircuitKw.times(loss.tangent.pow(2).plus(1)).div(loss.ratedKva.pow(2));
    return own.map((row) => row.map((value) => loss.idleKw.plus(factor.times(value.pow(2)))));
  }
  const counted = sumWhere(own, (day, hour) => !isPower(day, hour));
  const { total } = transformerLoss({
    ...loss,
    kwh: counted.kwh,
    hours: new Exact(Math.max(1, counted.hours)),
  });
  const each = total.div(Math.max(1, counted.hours));
  return own.map((row) =>
    row.map((value) => (counted.kwh.isZero() ? each : total.times(value).div(counted.kwh))),
  );
}
