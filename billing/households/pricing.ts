import type { Day } from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import type { LineKind, Zone } from "../../normalizer/model/lines.ts";
import { LINE_KINDS, ZONES } from "../../normalizer/model/lines.ts";
import { amountOf, type Kopecks, type Price, type Volume } from "../../normalizer/model/units.ts";
import { splitVolume } from "../split.ts";
import { countDays, type Days } from "./days.ts";
import { type RangeRule, splitIntoRanges, type ZoneVolume } from "./ranges.ts";

/** Energy of one kind, point and zone, and the days it was consumed on. */
export interface EnergyPart {
  readonly kind: LineKind;
  readonly point: number;
  readonly zone: Zone;
  readonly volume: Volume;
  /** Half-open days; the tariff versions share the volume by them. */
  readonly from: Day;
  readonly to: Day;
  /** The days inside, ascending, where they are not all of them. */
  readonly spans?: readonly Days[];
  /** Day whose tariff prices the whole part; null = by days. */
  readonly pricedOn: Day | null;
}

export interface PricingInput {
  readonly parts: readonly EnergyPart[];
  /** Versions of one category or of several that follow each other, ascending, not overlapping. */
  readonly tariffs: readonly TariffVersion[];
  /** Null: no ranges, the first price of each zone. */
  readonly ranges: RangeRule | null;
}

export interface PricedLine {
  readonly kind: LineKind;
  readonly point: number;
  readonly version: TariffVersion;
  readonly zone: Zone;
  readonly range: number;
  readonly volume: Volume;
  readonly price: Price;
  /** round2(volume × price), half away from zero, once per line. */
  readonly amount: Kopecks;
}

export type Pricing =
  | { readonly ok: true; readonly lines: readonly PricedLine[] }
  | { readonly ok: false; readonly day: Day; readonly zone: Zone };

/**
 * Lines of the volumes at the published prices: split by days of each tariff version, parts of one
 * kind, point, version and zone together, then ranges, then round2(volume × price) per line. Sorted
 * by kind, point, tariff, zone (T0 T1 T3 T2), range. Refused when a day or a zone has no price: an
 * absent price is not zero.
 *
 * @see ПП РФ 354 п. 38, 42; прил. 2, формула 1
 */
export function priceEnergy(input: PricingInput): Pricing {
  const volumes: ZoneVolume[] = [];
  for (const part of input.parts) {
    const missing = addByVersion(part, input.tariffs, volumes);
    if (missing !== null) return { ok: false, day: missing, zone: part.zone };
  }
  if (volumes.length > 1) volumes.sort(byLineOrder);
  const lines: PricedLine[] = [];
  const ranged = input.ranges !== null && volumes.some((item) => item.version.limits.length > 0);
  if (ranged && input.ranges !== null) {
    for (const item of splitIntoRanges(volumes, input.ranges, input.tariffs)) {
      const missing = addLine(item.of, item.range, item.volume, lines);
      if (missing) return { ok: false, day: item.of.version.from, zone: item.of.zone };
    }
  } else {
    for (const item of volumes) {
      if (addLine(item, 1, item.volume, lines))
        return { ok: false, day: item.version.from, zone: item.zone };
    }
  }
  return { ok: true, lines };
}

/** The version in force on the day, or null. */
export function versionAt(versions: readonly TariffVersion[], day: Day): TariffVersion | null {
  for (let index = versions.length - 1; index >= 0; index -= 1) {
    const version = versions[index] as TariffVersion;
    if (version.from <= day) return version.to === null || day < version.to ? version : null;
  }
  return null;
}

/** Days of a part in each version, in order; the first day that has none instead. */
export function versionsOver(
  versions: readonly TariffVersion[],
  { from, to, spans = [{ from, to }] }: Pick<EnergyPart, "from" | "to" | "spans">,
): { readonly version: TariffVersion; readonly days: number }[] | Day {
  const shares: { version: TariffVersion; days: number }[] = [];
  for (const span of spans) {
    let at = span.from;
    while (at < span.to) {
      const version = versionAt(versions, at);
      if (version === null) return at;
      const end = version.to === null || version.to > span.to ? span.to : version.to;
      const last = shares.at(-1);
      if (last?.version === version) last.days += end - at;
      else shares.push({ version, days: end - at });
      at = end;
    }
  }
  return shares;
}

/** Days that the energy of a part was consumed on. */
export function daysOfPart({ from, to, spans }: Pick<EnergyPart, "from" | "to" | "spans">): number {
  return spans === undefined ? to - from : countDays(spans);
}

function addByVersion(
  part: EnergyPart,
  tariffs: readonly TariffVersion[],
  into: ZoneVolume[],
): Day | null {
  const first = versionAt(tariffs, part.pricedOn ?? part.from);
  if (first === null) return part.pricedOn ?? part.from;
  if (part.pricedOn !== null || first.to === null || part.to <= first.to) {
    addVolume(part, first, part.volume, into);
    return null;
  }
  const spans = versionsOver(tariffs, part);
  if (typeof spans === "number") return spans;
  const shares = splitVolume(
    part.volume,
    spans.map((span) => span.days),
  );
  for (const [index, span] of spans.entries())
    addVolume(part, span.version, shares[index] as Volume, into);
  return null;
}

function addVolume(part: EnergyPart, version: TariffVersion, energy: Volume, into: ZoneVolume[]) {
  for (const item of into) {
    if (
      item.version === version &&
      item.zone === part.zone &&
      item.kind === part.kind &&
      item.point === part.point
    ) {
      item.volume = (item.volume + energy) as Volume;
      return;
    }
  }
  into.push({ kind: part.kind, point: part.point, version, zone: part.zone, volume: energy });
}

/** Adds the line; true when the price list has no price for the zone. */
function addLine(of: ZoneVolume, range: number, energy: Volume, into: PricedLine[]): boolean {
  const prices = of.version.prices[of.zone];
  // A price list without ranges has one price, whatever the range.
  const price = prices?.length === 1 ? prices[0] : prices?.[range - 1];
  if (price === undefined) return true;
  into.push({
    kind: of.kind,
    point: of.point,
    version: of.version,
    zone: of.zone,
    range,
    volume: energy,
    price,
    amount: amountOf(energy, price),
  });
  return false;
}

function byLineOrder(a: ZoneVolume, b: ZoneVolume): number {
  return (
    LINE_KINDS.indexOf(a.kind) - LINE_KINDS.indexOf(b.kind) ||
    a.point - b.point ||
    a.version.from - b.version.from ||
    ZONES.indexOf(a.zone) - ZONES.indexOf(b.zone)
  );
}
