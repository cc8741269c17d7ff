import { Exact, roundTo, sumOf } from "../exact.ts";
import { integralKwh, ownVolume } from "./integral.ts";
import { type SubstitutionBasis, substitute, wholeHours } from "./substitution.ts";

/** One integral meter for the time it stood; a register per zone, one where zones do not matter. */
export interface MonthMeter {
  /** Local time, minutes; half-open. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly registers: readonly { readonly start: Exact; readonly end: Exact }[];
  readonly digits: number;
  /** Ктт · Ктн. */
  readonly coefficient: Exact;
}

/** What may stand in for the time between two meters, kWh after coefficients. */
export interface GapSources {
  /** Number of the missed period in a row, from 1. */
  readonly missed: number;
  /** Volume of the gap itself. */
  readonly controlMeter: Exact | null;
  /** Volumes of the whole base period. */
  readonly previousYear: Exact | null;
  readonly lastRead: Exact | null;
  readonly baseHours: Exact;
  readonly maxPowerKw: Exact | null;
}

/** `kwh` of an integral transit is spread over the registers, else it has a value for each. */
export interface MonthTransit {
  readonly kwh: Exact | readonly Exact[];
  readonly lossPercent: Exact;
}

export interface MonthVolumeFacts {
  readonly meters: readonly MonthMeter[];
  readonly gapSources: GapSources | null;
  readonly transits: readonly MonthTransit[];
  readonly lossPercent: Exact;
  readonly meterSide: "inside" | "outside";
}

export interface MonthGap {
  readonly hours: number;
  /** Null: nothing is known, the caller holds the bill (GAP). */
  readonly filled: { readonly basis: SubstitutionBasis; readonly kwh: Exact } | null;
}

export interface MonthVolume {
  /** Whole kWh by meter and register. */
  readonly meters: readonly (readonly Exact[])[];
  /** Null where the meters follow each other within the hour. */
  readonly gap: MonthGap | null;
  /** Meters and the gap, unless the gap goes by maximum power. */
  readonly metered: Exact;
  readonly transit: Exact;
  /** Signed: minus when the meter is on the grid's side. */
  readonly loss: Exact;
  readonly billed: Exact;
  readonly billedByRegister: readonly Exact[];
  /** The transits exceed the meter in some register, which is billed with 0 (TRANSIT_EXCEEDS). */
  readonly exceeds: boolean;
}

/**
 * Volume of one point for a month from integral meters: meters each rounded to 1 kWh, the gap
 * between two of them, transits deducted, own losses added or deducted. With several registers
 * (zones of the day) all of it runs per register; what is known only as a whole is spread in
 * proportion to the metered volume, in whole kWh, the last register takes the rest. A gap by
 * maximum power is the consumer's own: neither transits nor losses touch it.
 *
 * @see ПП РФ 442 п. 148, 166
 */
export function monthVolume(facts: MonthVolumeFacts): MonthVolume {
  const meters = facts.meters.map((meter) =>
    meter.registers.map(({ start, end }) =>
      integralKwh(start, end, meter.digits, meter.coefficient),
    ),
  );
  const read = addByRegister(meters);
  const gap = gapOf(facts.meters, facts.gapSources);
  const filled = spreadWhole(gap?.filled?.kwh ?? new Exact(0), read);
  const isByPower = gap?.filled?.basis === "PMAX";
  const metered = isByPower ? read : addByRegister([read, filled]);
  const transits = facts.transits.map((transit) => transitByRegister(transit, metered));
  const own = metered.map((kwh, register) =>
    ownVolume(
      kwh,
      transits.map((parts) => ({ kwh: partOf(parts, register), lossPercent: new Exact(0) })),
      facts.lossPercent,
      [],
      facts.meterSide,
    ),
  );
  const billedByRegister = own.map(({ billed }, register) =>
    isByPower ? billed.plus(partOf(filled, register)) : billed,
  );
  return {
    meters,
    gap,
    metered: sumOf(metered),
    transit: sumOf(own.map((item) => item.transit)),
    loss: sumOf(own.map((item) => item.loss)),
    billed: sumOf(billedByRegister),
    billedByRegister,
    exceeds: own.some((item) => item.exceeds),
  };
}

/**
 * Whole hours that no meter covered between the first and the last one, the incomplete hour of each
 * gap dropped. A base period gives its volume in proportion to the hours, a control meter its own
 * volume, maximum power each hour; rounded to 1 kWh.
 */
function gapOf(meters: readonly MonthMeter[], sources: GapSources | null): MonthGap | null {
  const inOrder = [...meters].sort((a, b) => a.fromMinute - b.fromMinute);
  let hours = 0;
  let covered = inOrder[0]?.fromMinute ?? 0;
  for (const { fromMinute, toMinute } of inOrder) {
    if (fromMinute > covered) hours += wholeHours(covered, fromMinute, Number.POSITIVE_INFINITY);
    covered = Math.max(covered, toMinute);
  }
  if (hours === 0) return null;
  if (sources === null) return { hours, filled: null };
  const share = (kwh: Exact | null) => kwh?.times(hours).div(sources.baseHours) ?? null;
  const found = substitute({
    missed: sources.missed,
    hours: new Exact(hours),
    controlMeter: sources.controlMeter,
    previousYear: share(sources.previousYear),
    lastRead: share(sources.lastRead),
    maxPowerKw: sources.maxPowerKw,
    current: null,
  });
  if (found === null) return { hours, filled: null };
  return { hours, filled: { basis: found.basis, kwh: roundTo(found.kwh, 0) } };
}

/** A transit with its loss share, rounded to 1 kWh before it is spread. */
function transitByRegister(transit: MonthTransit, metered: readonly Exact[]): readonly Exact[] {
  const { kwh, lossPercent } = transit;
  const factor = lossPercent.div(100).plus(1);
  if (kwh instanceof Exact) return spreadWhole(roundTo(kwh.times(factor), 0), metered);
  return kwh.map((part) => roundTo(part.times(factor), 0));
}

/** Whole kWh in proportion to `weights`; all to the last one when the weights sum to 0. */
function spreadWhole(kwh: Exact, weights: readonly Exact[]): readonly Exact[] {
  const total = sumOf(weights);
  let rest = kwh;
  return weights.map((weight, index) => {
    const isLast = index === weights.length - 1;
    const exact = total.isZero() ? total : kwh.times(weight).div(total);
    const part = isLast ? rest : roundTo(exact, 0);
    rest = rest.minus(part);
    return part;
  });
}

function addByRegister(rows: readonly (readonly Exact[])[]): readonly Exact[] {
  const [first, ...others] = rows;
  return (first ?? []).map((kwh, register) =>
    kwh.plus(sumOf(others.map((row) => partOf(row, register)))),
  );
}

function partOf(parts: readonly Exact[], register: number): Exact {
  return parts[register] ?? new Exact(0);
}
