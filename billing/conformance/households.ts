import { type Day, daysIn, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { MeteredMonth, TariffVersion } from "../../normalizer/model/facts.ts";
import type { Origin } from "../../normalizer/model/ids.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Price, type Volume, volume } from "../../normalizer/model/units.ts";
import { averageVolumes } from "../households/average.ts";
import { registerDifference } from "../households/meter.ts";
import { COEFFICIENT_ONE, normCharges } from "../households/norm.ts";
import { type EnergyPart, type PricedLine, priceEnergy } from "../households/pricing.ts";
import type { RangeRule } from "../households/ranges.ts";
import { dayText, type Input, type Json, moneyText, priceText, volumeText } from "./input.ts";

const NOWHERE: Origin = { message: 0 as Origin["message"], at: 0 };

export function zoneOf(text: string): Zone {
  const zone = ZONES.find((candidate) => candidate === text);
  invariant(zone !== undefined, `unknown zone ${text}`);
  return zone;
}

/** `tariffs[{from, prices{zone: price or [price by range]}}]` */
export function tariffVersions(
  versions: readonly Input[],
  limits: readonly Volume[],
  list: "prices" | "prices3" = "prices",
): TariffVersion[] {
  return versions.map((input, index) => {
    const prices: Partial<Record<Zone, readonly Price[]>> = {};
    for (const [zone, value] of input.entries(list))
      prices[zoneOf(zone)] = Array.isArray(value.value)
        ? value.items().map((item) => item.asPrice())
        : [value.asPrice()];
    return {
      from: input.day("from"),
      to: versions[index + 1]?.day("from") ?? null,
      prices,
      limits,
      act: "",
      origin: NOWHERE,
    };
  });
}

export function zoneVolumes(input: Input): Partial<Record<Zone, Volume>> {
  const volumes: Partial<Record<Zone, Volume>> = {};
  for (const key of input.keys()) volumes[zoneOf(key)] = input.volume(key);
  return volumes;
}

export function volumesText(volumes: Readonly<Partial<Record<Zone, Volume>>>): Json {
  const texts: Record<string, Json> = {};
  for (const zone of ZONES) {
    const value = volumes[zone];
    if (value !== undefined) texts[zone] = volumeText(value);
  }
  return texts;
}

export function totalOf(lines: readonly { readonly amount: number }[]): string {
  let total = 0;
  for (const line of lines) total += line.amount;
  return moneyText(total);
}

interface Segment {
  readonly meter: string | null;
  readonly from: Day;
  readonly to: Day;
  readonly volumes: Partial<Record<Zone, Volume>>;
}

export function meter(input: Input): Json {
  const period = input.month("period");
  const lastDay = lastDayOf(period);
  const pricedOn = input.textOr("splitMode", "BY_DAYS") === "BY_PERIOD" ? lastDay : null;
  const segments = input.list("segments").map(segmentOf);
  const parts: EnergyPart[] = [];
  const spans: RangeRule["spans"][number][] = [];
  for (const { from, to, volumes } of segments) {
    spans.push({ from, to, pricedOn });
    for (const zone of ZONES) {
      const energy = volumes[zone];
      if (energy === undefined) continue;
      parts.push({ kind: "METER", point: 0, zone, volume: energy, from, to, pricedOn });
    }
  }
  for (const addition of input.listOrNone("additions")) {
    const from = addition.day("day");
    const to = (from + addition.integerOr("days", 0)) as Day;
    const zone = zoneOf(addition.text("zone"));
    const on = pricedOn ?? from;
    spans.push({ from, to, pricedOn: on });
    const energy = addition.volume("volume");
    parts.push({ kind: "METER", point: 0, zone, volume: energy, from, to, pricedOn: on });
  }
  const { limits, rule } = rangesOf(input, period, spans);
  const tariffs = tariffVersions(input.list("tariffs"), limits);
  const priced = priceEnergy({ parts, tariffs, ranges: rule });
  invariant(priced.ok, "no price");
  let total = 0;
  for (const part of parts) total += part.volume;
  return {
    segments: segments.map(({ meter: name, volumes }) =>
      name === null
        ? { volumes: volumesText(volumes) }
        : { meter: name, volumes: volumesText(volumes) },
    ),
    volume: volumeText(volume(total)),
    lines: priced.lines.map(rangeLine),
    total: totalOf(priced.lines),
  };
}

function segmentOf(input: Input): Segment {
  const volumes: Partial<Record<Zone, Volume>> = {};
  for (const [zone, pair] of input.entries("readings")) {
    const [start, end] = pair.items();
    invariant(start !== undefined && end !== undefined, `${pair.path} is no pair`);
    volumes[zoneOf(zone)] = registerDifference(
      start.asVolume(),
      end.asVolume(),
      input.integerOr("digits", 6),
      input.integerOr("kt", 1),
    );
  }
  return {
    meter: input.has("meter") ? input.text("meter") : null,
    from: (input.day("from") + 1) as Day,
    to: (input.day("to") + 1) as Day,
    volumes,
  };
}

function rangesOf(input: Input, period: Month, spans: RangeRule["spans"]) {
  if (!input.has("ranges") || input.at("ranges").flag("exempt", false))
    return { limits: [], rule: null };
  const ranges = input.at("ranges");
  const mode = ranges.textOr("multiMonth", "PRORATE_MONTHS");
  let days = 0;
  for (const span of spans) days += span.to - span.from;
  const months =
    mode === "BY_DAYS"
      ? { numerator: days, denominator: daysIn(period) }
      : { numerator: mode === "NONE" ? 1 : ranges.integerOr("months", 1), denominator: 1 };
  const rule: RangeRule = {
    seasonKe4: ranges.scaledOr("seasonK", 4, 10_000),
    months,
    allocation:
      ranges.textOr("zoneAllocation", "PROPORTIONAL") === "SEQUENTIAL"
        ? "SEQUENTIAL"
        : "PROPORTIONAL",
    spans,
  };
  return { limits: ranges.list("limits").map((limit) => limit.asVolume()), rule };
}

function rangeLine(line: PricedLine): Json {
  return {
    tariffFrom: dayText(line.version.from),
    zone: line.zone,
    range: line.range,
    volume: volumeText(line.volume),
    price: priceText(line.price),
    amount: moneyText(line.amount),
  };
}

export function norm(input: Input): Json {
  const daysOfMonth = daysIn(input.month("period"));
  const activeDays = input.integerOr("activeDays", daysOfMonth);
  let personDays = 0;
  for (const stay of input.list("persons"))
    personDays += stay.integer("count") * stay.integerOr("days", daysOfMonth);
  const price = input.price("price");
  const k = input.scaledOr("k", 2, COEFFICIENT_ONE);
  const entries = [{ norm: input.volume("norm"), personDays }];
  const { billed, charges: lines } = normCharges({ entries, daysOfMonth, activeDays }, k, price);
  return {
    volume: volumeText(billed),
    lines: lines.map((line) => ({
      kind: line.kind,
      volume: volumeText(line.volume),
      price: priceText(price),
      amount: moneyText(line.amount),
    })),
    total: totalOf(lines),
  };
}

export function meteredMonth(input: Input): MeteredMonth {
  const method = input.textOr("method", "METER");
  return {
    month: input.month("period"),
    method: method === "METER" ? "METER" : method === "AVERAGE" ? "AVERAGE" : "NORM",
    volumes: zoneVolumes(input.at("volumes")),
  };
}

export function average(input: Input): Json {
  const daysOfMonth = daysIn(input.month("period"));
  const result = averageVolumes({
    history: input.list("history").map(meteredMonth),
    source: input.textOr("source", "METER_ONLY") === "ALL" ? "ALL" : "METER_ONLY",
    days: input.integerOr("days", daysOfMonth),
    daysOfMonth,
    scale: input.integerOr("scale", 4),
  });
  return {
    method: result.possible ? "AVERAGE" : "NORM",
    monthsUsed: result.months.length,
    volumes: result.possible ? volumesText(result.volumes) : {},
  };
}

export function lastDayOf(period: Month): Day {
  return (endDay(period) - 1) as Day;
}
