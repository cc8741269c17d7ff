import type { Day } from "../model/dates.ts";
import { addDays, formatDay } from "../model/dates.ts";
import type { MeterRoute, ReadingContext, StoredReading } from "../model/intake-facts.ts";
import { definitionOf } from "../model/problem-catalogue.ts";
import type { ProblemCode } from "../model/problems.ts";
import type { TypedRegister } from "../model/reading-facts.ts";
import type { ReadingSource } from "../model/records.ts";
import type { Volume } from "../model/units.ts";
import { formatScaled, parseScaled, VOLUME_SCALE } from "../model/units.ts";
import type { ControlLimits } from "./control-limits.ts";
import type { ControlContext, ControlResult } from "./reading-control.ts";
import { controlReading, fitsDisplay } from "./reading-control.ts";
import { sameValues, unmovedSince, usualDaily } from "./usual-consumption.ts";

/** A reading whose meter is known. */
export interface GivenReading {
  /** In service on the day, or the version that is nearest to it. */
  readonly meter: MeterRoute;
  /** First day of the first version of the meter. */
  readonly installed: Day;
  readonly isInService: boolean;
  readonly readOn: Day;
  readonly typed: readonly TypedRegister[];
  readonly source: ReadingSource;
}

/** What stands of the meter when the reading is judged. */
export interface KnownOfMeter {
  /** In force, ascending by `stateAt`. */
  readonly inForce: readonly StoredReading[];
  /** Wait for a person. */
  readonly held: ReadingContext["held"];
  readonly limits: ControlLimits;
  /** Later than it there is no reading. */
  readonly receivedOn: Day;
  /** A person has said that it is right: what only waits for that is not tested again. */
  readonly isConfirmed: boolean;
}

export type ReadingEffect = "accepted" | "warned" | "no-op" | "held" | "rejected";

/** What reading control says of a reading: the first check that hits. */
export interface Verdict {
  /** Null = accepted without remarks. */
  readonly code: ProblemCode | null;
  /** Fill the placeholders of the code's text. */
  readonly details: Readonly<Record<string, string>>;
  readonly effect: ReadingEffect;
  /** In the order of the meter's zones; null where they fit neither its display nor its zones. */
  readonly values: readonly Volume[] | null;
  readonly previous: StoredReading | null;
  readonly volume: Volume | null;
  readonly expected: Volume | null;
  /** A reading of the same day stands; an accepted one takes its place. */
  readonly isSameDay: boolean;
}

type Hit = Pick<Verdict, "details"> & { readonly code: ProblemCode };

/** Rows 1–8 of billing-individuals.md 17 in their order, readings of the same day between 3 and 4. */
export function judgeReading(given: GivenReading, known: KnownOfMeter): Verdict {
  const { meter, readOn, source } = given;
  const stateAt = addDays(readOn, 1);
  const before = known.inForce.filter((reading) => reading.stateAt < stateAt);
  const same = known.inForce.find((reading) => reading.stateAt === stateAt) ?? null;
  const last = before.at(-1);
  // Zones that were exchanged under one meter leave nothing to compare with.
  const previous = last?.values.length === meter.zones.length ? last : null;
  const verdict = (
    hit: Hit | null,
    values: readonly Volume[] | null,
    result: ControlResult | null,
  ): Verdict => ({
    code: hit === null ? null : hit.code,
    details: hit === null ? {} : hit.details,
    effect: hit === null ? "accepted" : effectOf(hit.code, source),
    values,
    previous,
    volume: result === null || previous === null ? null : result.volume,
    expected: result === null ? null : result.expected,
    isSameDay: same !== null,
  });
  const formal = formatHit(given) ?? dateHit(given, known, same) ?? stateHit(given);
  if (formal !== null) return verdict(formal, null, null);
  const values = valuesOf(given);
  const rival = rivalHit(given, values, same, known);
  if (rival !== null) return verdict(rival, values, null);
  const texts = meter.zones.map((zone) => textOf(given, zone));
  const context = controlContext(given, values, before, previous, known);
  const result = controlReading(texts, context);
  if (result.code === "NEGATIVE_DELTA" || fallsBefore(given, values, known)) {
    const details = { previous: shown(previous?.values ?? []), given: shown(values) };
    return verdict({ code: "NEGATIVE_DELTA", details }, values, null);
  }
  if (result.code === null || (known.isConfirmed && result.status === "HELD")) {
    return verdict(null, values, result);
  }
  const details = detailsOf(result.code, result, given, values, previous);
  return verdict({ code: result.code, details }, values, result);
}

/** A device that measures by itself is believed where a person is asked again. */
export function effectOf(code: ProblemCode, source: ReadingSource): ReadingEffect {
  const { outcome, variants } = definitionOf(code);
  return ((source === "AMI" ? variants?.automatic : undefined) ?? outcome) as ReadingEffect;
}

function formatHit({ meter, typed }: GivenReading): Hit | null {
  const { digits, decimals } = meter;
  if (typed.every(({ text }) => fitsDisplay(text.trim(), digits, decimals))) return null;
  const given = typed.map(({ text }) => text.slice(0, 40)).join(" / ");
  return { code: "FORMAT", details: { given, display: `${digits}.${decimals}` } };
}

/**
 * Automatic sources fill holes of the past, and a person may confirm what has waited; what people
 * report is never older than what stands. The state on the eve of the first day belongs to the
 * meter too: it opens it.
 */
function dateHit(
  { readOn, installed, source }: GivenReading,
  { inForce, receivedOn, isConfirmed }: KnownOfMeter,
  same: StoredReading | null,
): Hit | null {
  const hit = (reason: string): Hit => ({
    code: "DATE",
    details: { given: formatDay(readOn), reason },
  });
  if (readOn > receivedOn) return hit("позже получения");
  if (readOn < installed - 1) return hit(`прибор установлен ${formatDay(installed)}`);
  const last = inForce.at(-1);
  if (last === undefined || same !== null || source === "AMI" || isConfirmed) return null;
  if (readOn >= last.stateAt) return null;
  return hit(`есть показание на ${formatDay(addDays(last.stateAt, -1))}`);
}

function stateHit(given: GivenReading): Hit | null {
  const { meter, isInService, typed } = given;
  if (!isInService) return { code: "STATE", details: { meter: meter.serial } };
  const zones = typed.map(({ zone }) => zone).filter((zone) => zone !== totalZone(given));
  const isWhole =
    zones.length === meter.zones.length && meter.zones.every((zone) => zones.includes(zone));
  if (isWhole) return null;
  const details = {
    given: typed.map(({ zone }) => zone).join(", "),
    expected: meter.zones.join(", "),
  };
  return { code: "ZONES", details };
}

/** A meter of several zones may show their total beside them: it is compared, never stored. */
function totalZone({ meter }: GivenReading): "T0" | null {
  return meter.zones.length > 1 && !meter.zones.includes("T0") ? "T0" : null;
}

function textOf({ typed }: Pick<GivenReading, "typed">, zone: string): string {
  return typed.find((one) => one.zone === zone)?.text.trim() ?? "";
}

function valuesOf(given: GivenReading): readonly Volume[] {
  return given.meter.zones.map((zone) => parseScaled(textOf(given, zone), VOLUME_SCALE) as Volume);
}

/** Readings of the same day: in force, or waiting for a person. */
function rivalHit(
  { source, readOn }: GivenReading,
  values: readonly Volume[],
  same: StoredReading | null,
  { held, limits, isConfirmed }: KnownOfMeter,
): Hit | null {
  const waits = held.some(
    (other) =>
      other.readOn === readOn &&
      other.source === source &&
      other.values !== null &&
      sameValues(other.values, values),
  );
  if (waits && !isConfirmed) return { code: "DUPLICATE", details: {} };
  if (same === null) return null;
  const { priorities } = limits;
  // A higher source that says the same takes over, or a middle one would replace it afterwards.
  if (priorities[source] < priorities[same.source]) return null;
  if (sameValues(values, same.values)) return { code: "DUPLICATE", details: {} };
  if (priorities[source] > priorities[same.source]) {
    return { code: "LOWER_PRIORITY", details: { source: same.source } };
  }
  if (isConfirmed) return null;
  return { code: "CONFLICT", details: { stored: shown(same.values), given: shown(values) } };
}

function controlContext(
  given: GivenReading,
  values: readonly Volume[],
  before: readonly StoredReading[],
  previous: StoredReading | null,
  { limits }: KnownOfMeter,
): ControlContext {
  const { meter, readOn } = given;
  const usual = previous === null ? null : usualDaily(before, meter);
  const total = totalZone(given);
  const isTold = total !== null && given.typed.some(({ zone }) => zone === total);
  const night = meter.zones.indexOf("T2");
  return {
    registers: meter.zones.map((_, place) => ({
      previous: previous?.values[place] ?? (0 as Volume),
      averageDaily: usual?.[place] ?? null,
    })),
    previousDay: previous === null ? null : addDays(previous.stateAt, -1),
    readDay: readOn,
    today: null,
    installedDay: null,
    digits: meter.digits,
    decimals: null,
    ratio: meter.ratio,
    maxPowerKwE4: meter.maxPowerKwE4,
    limits,
    night: night < 0 || meter.zones.length === 1 ? null : night,
    total: isTold ? textOf(given, total) : null,
    unmovedSince: unmovedSince(before, values),
  };
}

/** A reading that comes between others must fit what comes after it, too. */
function fallsBefore(given: GivenReading, values: readonly Volume[], known: KnownOfMeter): boolean {
  const stateAt = addDays(given.readOn, 1);
  const next = known.inForce.find((reading) => reading.stateAt > stateAt);
  if (next === undefined || next.values.length !== values.length) return false;
  const { digits, ratio } = given.meter;
  const result = controlReading(
    next.values.map((value) => formatScaled(value, VOLUME_SCALE)),
    {
      registers: values.map((previous) => ({ previous, averageDaily: null })),
      previousDay: given.readOn,
      readDay: addDays(next.stateAt, -1),
      today: null,
      installedDay: null,
      digits,
      decimals: null,
      ratio,
      maxPowerKwE4: null,
      limits: known.limits,
      night: null,
      total: null,
      unmovedSince: null,
    },
  );
  return result.code === "NEGATIVE_DELTA";
}

function detailsOf(
  code: ProblemCode,
  { volume, ratioE2, nightShareE4 }: ControlResult,
  given: GivenReading,
  values: readonly Volume[],
  previous: StoredReading | null,
): Verdict["details"] {
  switch (code) {
    case "OVER_MAX_POWER":
      return { given: `${decimalText(volume ?? 0, VOLUME_SCALE)} кВт·ч` };
    case "DEVIATION_HIGH":
      return { ratio: decimalText(ratioE2 ?? 0, 2) };
    case "ZONE_MIX":
      return { given: `ночь ${decimalText(nightShareE4 ?? 0, 2)} %` };
    case "TOU_SUM_CHECK":
      return { given: shown([sumOf(values)]), expected: textOf(given, "T0") };
    default:
      return { previous: shown(previous?.values ?? []), given: shown(values) };
  }
}

function sumOf(values: readonly Volume[]): Volume {
  return values.reduce((sum, value) => sum + value, 0) as Volume;
}

function decimalText(value: number, scale: number): string {
  return formatScaled(value, scale).replace(".", ",");
}

export function shown(values: readonly Volume[]): string {
  return values.map((value) => formatScaled(value, VOLUME_SCALE)).join(" / ");
}
