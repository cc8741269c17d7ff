import type { Day } from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import type { LineKind, Zone } from "../../normalizer/model/lines.ts";
import { divideRoundBig, type Volume, volume } from "../../normalizer/model/units.ts";

/** Volume of one kind, point, tariff version and zone, before ranges. */
export interface ZoneVolume {
  readonly kind: LineKind;
  readonly point: number;
  readonly version: TariffVersion;
  readonly zone: Zone;
  volume: Volume;
}

/** How the monthly limits of an account apply to the billed volume. */
export interface RangeRule {
  /** Seasonal coefficient to both limits, 10⁻⁴: 1.8 = 18 000. */
  readonly seasonKe4: number;
  /** Months that the volume covers, as a fraction: the limits are per month. */
  readonly months: { readonly numerator: number; readonly denominator: number };
  readonly allocation: "PROPORTIONAL" | "SEQUENTIAL";
  /**
   * Spans of the billed interval. With a tariff change inside, each version has its share of the
   * limits by its days; a span with `pricedOn` counts wholly for the version of that day.
   */
  readonly spans: readonly {
    readonly from: Day;
    readonly to: Day;
    readonly pricedOn: Day | null;
  }[];
}

export interface RangeVolume {
  readonly of: ZoneVolume;
  readonly range: number;
  readonly volume: Volume;
}

const SCALE = 10_000n;

/**
 * Parts of the volumes in the ranges of each tariff version. The limits and the volume of a range
 * stay exact fractions; only the part of a zone in a range is rounded to 10⁻⁴ kWh, the last
 * non-empty range takes the residue. An empty range has no part; a zero or negative volume stays in
 * range 1.
 *
 * PROPORTIONAL: zone z in range r is V_z · V_r / V. SEQUENTIAL: zones fill the ranges in the order
 * T1, T3, T2.
 *
 * @see Основы ценообразования (ПП РФ 1178), диапазоны потребления; ПП РФ 614, социальная норма
 */
export function splitIntoRanges(
  volumes: readonly ZoneVolume[],
  rule: RangeRule,
  tariffs: readonly TariffVersion[],
): RangeVolume[] {
  const versions = [...new Set(volumes.map((item) => item.version))];
  const daysOf = new Map(versions.map((version) => [version, daysIn(version, rule, tariffs)]));
  let days = 0;
  for (const count of daysOf.values()) days += count;
  const parts = new Map<ZoneVolume, readonly RangeVolume[]>();
  for (const version of versions) {
    const share = days === 0 ? 1 : (daysOf.get(version) ?? 0);
    const own = volumes.filter((item) => item.version === version);
    // All sums of this version are numerators over the same denominator: 10⁻⁴ kWh / denominator.
    const denominator = SCALE * BigInt(rule.months.denominator) * BigInt(days === 0 ? 1 : days);
    const factor = BigInt(rule.seasonKe4) * BigInt(rule.months.numerator) * BigInt(share);
    const limits = version.limits.map((limit) => BigInt(limit) * factor);
    for (const item of fill(own, limits, denominator, rule.allocation)) parts.set(...item);
  }
  return volumes.flatMap((item) => parts.get(item) ?? []);
}

function daysIn(version: TariffVersion, rule: RangeRule, tariffs: readonly TariffVersion[]) {
  let days = 0;
  for (const span of rule.spans) {
    if (span.pricedOn !== null) {
      if (isIn(version, span.pricedOn) && tariffs.includes(version)) days += span.to - span.from;
      continue;
    }
    const from = Math.max(span.from, version.from);
    const to = version.to === null ? span.to : Math.min(span.to, version.to);
    if (to > from) days += to - from;
  }
  return days;
}

function isIn(version: TariffVersion, day: Day): boolean {
  return version.from <= day && (version.to === null || day < version.to);
}

function fill(
  volumes: readonly ZoneVolume[],
  limits: readonly bigint[],
  denominator: bigint,
  allocation: RangeRule["allocation"],
): [ZoneVolume, RangeVolume[]][] {
  let total = 0n;
  for (const item of volumes) total += BigInt(item.volume) * denominator;
  if (total <= 0n)
    return volumes.map((item) => [item, [{ of: item, range: 1, volume: item.volume }]]);
  if (allocation === "SEQUENTIAL") return fillInOrder(volumes, limits, denominator);
  const byRange = rangesOf(total, limits);
  return volumes.map((item) => {
    const exact = byRange.map((part) => BigInt(item.volume) * part);
    return [item, roundParts(item, exact, total)];
  });
}

/** Numerators of V_1 … V_n: what of the total lies between the limits. */
function rangesOf(total: bigint, limits: readonly bigint[]): bigint[] {
  const ranges: bigint[] = [];
  let below = 0n;
  for (const limit of limits) {
    const upTo = total < limit ? total : limit;
    ranges.push(upTo > below ? upTo - below : 0n);
    if (upTo > below) below = upTo;
  }
  ranges.push(total - below);
  return ranges;
}

const FILL_ORDER: readonly Zone[] = ["T0", "T1", "T3", "T2"];

function fillInOrder(
  volumes: readonly ZoneVolume[],
  limits: readonly bigint[],
  denominator: bigint,
): [ZoneVolume, RangeVolume[]][] {
  const order = [...volumes].sort(
    (a, b) => FILL_ORDER.indexOf(a.zone) - FILL_ORDER.indexOf(b.zone),
  );
  let below = 0n;
  return order.map((item) => {
    const top = below + BigInt(item.volume) * denominator;
    const upper = rangesOf(top, limits);
    const lower = rangesOf(below, limits);
    below = top;
    const exact = upper.map((part, index) => part - (lower[index] as bigint));
    return [item, roundParts(item, exact, denominator)];
  });
}

function roundParts(of: ZoneVolume, exact: readonly bigint[], divisor: bigint): RangeVolume[] {
  const last = exact.findLastIndex((part) => part > 0n);
  if (last < 0) return [{ of, range: 1, volume: of.volume }];
  const parts: RangeVolume[] = [];
  let rest: number = of.volume;
  for (const [index, part] of exact.entries()) {
    if (part <= 0n) continue;
    const rounded = index === last ? rest : Number(divideRoundBig(part, divisor));
    rest -= rounded;
    parts.push({ of, range: index + 1, volume: volume(rounded) });
  }
  return parts;
}
