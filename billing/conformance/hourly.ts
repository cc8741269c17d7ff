import { purchaseCapacityMw, transmissionPowerMw } from "../businesses/capacity.ts";
import { documentOf } from "../businesses/document.ts";
import { type HourlyCategory, type HourlyTariff, hourlyLines } from "../businesses/hourly-rates.ts";
import { at, clockHours, windowHours } from "../businesses/hours.ts";
import { restoreHours } from "../businesses/restoration.ts";
import {
  DAY_ZONES,
  type DayZone,
  type ZoneComponents,
  zoneRateLines,
  zonesOfHours,
} from "../businesses/zone-rates.ts";
import { Exact, roundTo } from "../exact.ts";
import { documentText } from "./documents.ts";
import type { Input, Json } from "./input.ts";
import { caseMonth, peakHours, priceGrid, profileGrid } from "./profiles.ts";

export function zoneAmounts(input: Input): Partial<Record<DayZone, Exact>> {
  const amounts: Partial<Record<DayZone, Exact>> = {};
  for (const zone of DAY_ZONES) if (input.has(zone)) amounts[zone] = input.exact(zone);
  return amounts;
}

export function zoneComponents(tariff: Input): ZoneComponents {
  return {
    wholesale: zoneAmounts(tariff.at("wholesale")),
    transmission: tariff.exact("transmission"),
    markup: tariff.exact("markup"),
    other: tariff.exact("other"),
  };
}

export function ck2(input: Input): Json {
  const tariff = zoneComponents(input.at("tariff"));
  const kwh = input.has("zones") ? zoneAmounts(input.at("zones")) : zonesFromHours(input);
  return documentText(documentOf(zoneRateLines(kwh, tariff, input.exact("vat"))));
}

function zonesFromHours(input: Input): Partial<Record<DayZone, Exact>> {
  const grid = profileGrid(input.at("profile"), caseMonth(input));
  const peak = input.integer("zoneCount") === 3 ? clockHours(input.text("peak")) : null;
  return zonesOfHours(grid, clockHours(input.text("night")), peak);
}

export function hourlyTariff(tariff: Input): HourlyTariff {
  return {
    oneRate: tariff.exactOr("trOne", "0"),
    power: tariff.exactOr("trPower", "0"),
    losses: tariff.exactOr("trLoss", "0"),
    markup: tariff.exact("markup"),
    other: tariff.exact("other"),
    capacity: tariff.exact("capacity"),
    planRate: tariff.exactOr("planRate", "0"),
    absRate: tariff.exactOr("absRate", "0"),
  };
}

export function categoryOf(input: Input): HourlyCategory {
  const category = input.integer("category");
  return category === 3 || category === 4 || category === 5 ? category : 6;
}

export function ck36(input: Input): Json {
  const month = caseMonth(input);
  const category = categoryOf(input);
  let kwh = profileGrid(input.at("profile"), month);
  for (const transit of input.listOrNone("transit")) {
    const own = profileGrid(transit, month);
    kwh = kwh.map((row, day) =>
      row.map((value, hour) => Exact.max(0, value.minus(at(own, day + 1, hour + 1)))),
    );
  }
  const plan =
    category < 5
      ? null
      : {
          kwh: profileGrid(input.at("plan"), month),
          up: priceGrid(input.at("devUp"), month),
          down: priceGrid(input.at("devDown"), month),
        };
  const lines = hourlyLines({
    category,
    kwh,
    prices: priceGrid(input.at("prices"), month),
    tariff: hourlyTariff(input.at("tariff")),
    workdays: month.workdays,
    peaks: peakHours(input.at("peak"), month),
    window: windowHours(input.text("soWindow")),
    capacityDecimals: input.integerOr("capDecimals", 3),
    ratePercent: input.exact("vat"),
    plan,
  });
  return documentText(documentOf(lines));
}

export function restore(input: Input): Json {
  const month = caseMonth(input);
  const window = windowHours(input.text("soWindow"));
  const mode = input.text("mode") === "uniform" ? "UNIFORM" : "PEAK_FIRST";
  const power = input.exactOr("pmaxKw", "0");
  const kwh = input.exact("kwh");
  const hours = restoreHours(mode, kwh, month.days, month.workdays, window, power);
  const peaks = peakHours(input.at("peak"), month);
  const first = month.workdays[0] ?? 1;
  const text = (value: Exact): string => roundTo(value, 3).toFixed(3);
  return {
    peakHourKwh: text(at(hours, first, peaks.get(first) ?? 0)),
    nightHourKwh: text(at(hours, 1, 3)),
    capacityMW: purchaseCapacityMw(hours, month.workdays, peaks, 3).toFixed(3),
    netPowerMW: transmissionPowerMw(hours, month.workdays, window, 3).toFixed(3),
  };
}
