import { type MonthBill, type MonthCharge, monthBill } from "../businesses/month-bill.ts";
import {
  type GapSources,
  type MonthMeter,
  type MonthTransit,
  type MonthVolume,
  monthVolume,
} from "../businesses/month-volume.ts";
import { DAY_ZONES, type DayZone } from "../businesses/zone-rates.ts";
import { Exact, sumOf } from "../exact.ts";
import { documentText, moneyOf } from "./documents.ts";
import { zoneComponents } from "./hourly.ts";
import { dayText, type Input, type Json } from "./input.ts";
import { penaltyRow, penaltyTerms } from "./legal-money.ts";

/** Zones of the registers; null for one register. */
type Zones = readonly DayZone[] | null;

/** Price categories 1 and 2: `monthVolume`, then `monthBill`. */
export function monthBillCase(input: Input): Json {
  const zones = input.integer("category") === 2 ? zonesOf(input) : null;
  const volume = monthVolume({
    meters: input.list("meters").map((meter) => meterOf(meter, zones)),
    gapSources: input.has("substitute") ? gapSources(input.at("substitute")) : null,
    transits: input.listOrNone("transit").map((transit) => transitOf(transit, zones)),
    lossPercent: input.exactOr("lossPct", "0"),
    meterSide: input.textOr("meterSide", "inside") === "outside" ? "outside" : "inside",
  });
  const bill = monthBill({
    period: input.month("period"),
    charge: chargeOf(input, volume, zones),
    ratePercent: input.exact("vat"),
    previous: input
      .list("previous")
      .map((row) => ({ mwh: row.exact("mwh"), price: row.exact("price") })),
    payments: input.list("payments").map((row) => ({
      day: row.day("date"),
      sum: row.exact("sum"),
      rate: row.has("rate") ? row.exact("rate") : null,
    })),
    penalty: penaltyTerms(input),
  });
  return { ...volumeJson(volume, zones), ...billJson(bill) };
}

function zonesOf(input: Input): Zones {
  const [first] = input.list("meters");
  return DAY_ZONES.filter((zone) => first?.at("start").has(zone));
}

function meterOf(meter: Input, zones: Zones): MonthMeter {
  const [start, end] = [meter.at("start"), meter.at("end")];
  return {
    fromMinute: meter.at("from").asMinute(),
    toMinute: meter.at("to").asMinute(),
    registers:
      zones === null
        ? [{ start: start.asExact(), end: end.asExact() }]
        : zones.map((zone) => ({ start: start.exact(zone), end: end.exact(zone) })),
    digits: meter.integer("digits"),
    coefficient: meter.exactOr("ktt", "1").times(meter.exactOr("ktn", "1")),
  };
}

function gapSources(given: Input): GapSources {
  const known = (name: string): Exact | null => (given.has(name) ? given.exact(name) : null);
  return {
    missed: given.integer("missedIndex"),
    controlMeter: known("controlMeterKwh"),
    previousYear: known("prevYearKwh"),
    lastRead: known("lastReadKwh"),
    baseHours: given.exact("baseHours"),
    maxPowerKw: known("pmaxKw"),
  };
}

function transitOf(transit: Input, zones: Zones): MonthTransit {
  const lossPercent = transit.exactOr("lossPct", "0");
  if (zones === null || !transit.has("zones")) return { kwh: transit.exact("kwh"), lossPercent };
  const own = transit.at("zones");
  return { kwh: zones.map((zone) => own.exactOr(zone, "0")), lossPercent };
}

function chargeOf(input: Input, volume: MonthVolume, zones: Zones): MonthCharge {
  const tariff = input.at("tariff");
  if (zones !== null) {
    const kwh: Partial<Record<DayZone, Exact>> = {};
    for (const [index, zone] of zones.entries())
      kwh[zone] = volume.billedByRegister[index] ?? new Exact(0);
    return { category: 2, kwh, components: zoneComponents(tariff) };
  }
  const components = {
    wholesale: tariff.exact("wholesale"),
    transmission: tariff.exact("transmission"),
    markup: tariff.exact("markup"),
    other: tariff.exact("other"),
  };
  return { category: 1, kwh: volume.billed, components };
}

function volumeJson(volume: MonthVolume, zones: Zones): { readonly [key: string]: Json } {
  const byZone = (kwh: readonly Exact[]): Json =>
    Object.fromEntries((zones ?? []).map((zone, index) => [zone, kwh[index]?.toFixed() ?? "0"]));
  const { gap } = volume;
  const codes = [
    ...(gap !== null && gap.filled === null ? ["GAP"] : []),
    ...(volume.exceeds ? ["TRANSIT_EXCEEDS"] : []),
  ];
  return {
    meters: volume.meters.map((kwh) =>
      zones === null ? { kwh: sumOf(kwh).toFixed() } : { zones: byZone(kwh) },
    ),
    ...(gap === null || gap.filled === null
      ? {}
      : { gap: { ...gap.filled, hours: gap.hours, kwh: gap.filled.kwh.toFixed() } }),
    metered: volume.metered.toFixed(),
    transit: volume.transit.toFixed(),
    loss: volume.loss.toFixed(),
    billed: volume.billed.toFixed(),
    ...(zones === null ? {} : { zones: byZone(volume.billedByRegister) }),
    events: codes.map((code) => ({ code })),
  };
}

function billJson(bill: MonthBill): { readonly [key: string]: Json } {
  const { base, advances, rest } = bill.plan;
  return {
    ...documentText(bill.document),
    advance: {
      base: moneyOf(base),
      payments: advances.map(({ due, sum }) => ({ due: dayText(due), sum: moneyOf(sum) })),
    },
    advancesPaid: moneyOf(bill.advancesPaid),
    rest: { due: dayText(rest.due), sum: moneyOf(rest.sum) },
    unpaid: moneyOf(bill.unpaid),
    credit: moneyOf(bill.credit),
    penalty: {
      rows: bill.penaltyRows.map(penaltyRow),
      total: moneyOf(sumOf(bill.penaltyRows.map((row) => row.sum))),
    },
  };
}
