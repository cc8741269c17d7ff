import {
  type AbsenceFact,
  type BreachFact,
  type Circumstances,
  NO_CIRCUMSTANCES,
} from "../../normalizer/model/circumstances.ts";
import { type Day, day, formatMonth, month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  Dated,
  HouseholdLaw,
  MeteredMonth,
  MeterFacts,
  MeterReading,
  SiteFacts,
  TariffVersion,
} from "../../normalizer/model/facts.ts";
import type {
  AccountId,
  MeterId,
  Origin,
  RunId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import type { Line, PostedLine, Zone } from "../../normalizer/model/lines.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import {
  formatFixed,
  formatScaled,
  MONEY_SCALE,
  PRICE_SCALE,
  type Price,
  parseScaled,
  price,
  VOLUME_SCALE,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";

// Facts for tests, short to write: decimals as texts, days of the law («показание на D», first and
// last day).

export const ORIGIN: Origin = { message: 1 as Origin["message"], at: 0 };

export function kwh(text: string): Volume {
  const value = parseScaled(text, VOLUME_SCALE);
  invariant(value !== null, `no volume: ${text}`);
  return volume(value);
}

export function roublesPerKwh(text: string): Price {
  const value = parseScaled(text, PRICE_SCALE);
  invariant(value !== null, `no price: ${text}`);
  return price(value);
}

export function dated<Value>(value: Value, from = "2000-01-01", to?: string): Dated<Value> {
  return { value, from: day(from), to: to === undefined ? null : day(to), origin: ORIGIN };
}

type PriceTexts = Readonly<Partial<Record<Zone, string | readonly string[]>>>;

/** Versions that follow each other: [from, prices] … */
export function tariffs(
  versions: readonly (readonly [string, PriceTexts])[],
  limits: readonly string[] = [],
): TariffVersion[] {
  return versions.map(([from, prices], index) => {
    const next = versions[index + 1]?.[0];
    const parsed: Partial<Record<Zone, readonly Price[]>> = {};
    for (const [zone, texts] of Object.entries(prices))
      parsed[zone as Zone] = (typeof texts === "string" ? [texts] : texts).map(roublesPerKwh);
    return {
      from: day(from),
      to: next === undefined ? null : day(next),
      prices: parsed,
      limits: limits.map(kwh),
      act: `приказ о тарифах с ${from}`,
      origin: ORIGIN,
    };
  });
}

/** Reading on the law's day D: the state at the end of D. */
export function reading(
  on: string,
  values: readonly string[],
  source: ReadingSource = "PORTAL",
): MeterReading {
  return { stateAt: (day(on) + 1) as Day, values: values.map(kwh), source, origin: ORIGIN };
}

export function meter(
  serial: string,
  readings: readonly MeterReading[],
  more: Partial<MeterFacts> = {},
): MeterFacts {
  return {
    meter: 1 as MeterId,
    serial,
    installed: { from: day("2010-01-01"), to: null },
    zones: ["T0"],
    digits: 6,
    ratio: 1,
    faults: [],
    readings,
    origin: ORIGIN,
    ...more,
  };
}

export function account(number: number, more: Partial<AccountFacts> = {}): AccountFacts {
  return {
    account: number as AccountId,
    number: String(number).padStart(10, "0") as AccountFacts["number"],
    served: { from: day("2000-01-01"), to: null },
    category: [dated("URBAN_GAS")],
    norm: [],
    residents: [],
    circumstances: NO_CIRCUMSTANCES,
    points: [],
    history: [],
    missedPeriods: 0,
    posted: [],
    late: [],
    ...more,
  };
}

/** One norm table in force for ever: kWh per person by the number of persons. */
export function norms(...perPerson: readonly string[]): HouseholdLaw["norms"][string] {
  const rows = perPerson.map(kwh);
  return [{ from: day("2000-01-01"), to: null, perPerson: rows, act: "норматив", origin: ORIGIN }];
}

export function circumstances(more: Partial<Circumstances>): Circumstances {
  return { ...NO_CIRCUMSTANCES, ...more };
}

export function absence(left: string, returned: string, persons = 1): AbsenceFact {
  const application = `заявление ${left}`;
  return { application, left: day(left), returned: day(returned), persons, origin: ORIGIN };
}

/** An act of tampering, detected and eliminated. */
export function breach(
  detected: string,
  eliminated: string,
  more: Partial<BreachFact> = {},
): BreachFact {
  return {
    act: "12-А",
    type: "TAMPER",
    detected: day(detected),
    eliminated: day(eliminated),
    sealed: null,
    previousCheck: null,
    connected: null,
    powerKwE4: null,
    origin: ORIGIN,
    ...more,
  };
}

export function history(
  first: string,
  volumes: readonly string[],
  method: MeteredMonth["method"] = "METER",
): MeteredMonth[] {
  return volumes.map((text, index) => ({
    month: (month(first) + index) as MeteredMonth["month"],
    method,
    volumes: { T0: kwh(text) },
  }));
}

export function lawOf(
  tariffs: HouseholdLaw["tariffs"],
  norms: HouseholdLaw["norms"] = {},
): HouseholdLaw {
  return { tariffs, norms, odnNorms: {}, plotNorms: {} };
}

export function site(
  period: string,
  accounts: readonly AccountFacts[],
  versions: readonly TariffVersion[],
  more: Partial<SiteFacts> = {},
): SiteFacts {
  return {
    site: 1 as SiteId,
    shard: 0 as Shard,
    siteKind: "PRIVATE_HOUSE",
    address: "ул. Мира, 1",
    period: month(period),
    accounts,
    law: lawOf({ URBAN_GAS: versions }),
    premises: [],
    house: null,
    switches: {},
    ...more,
  };
}

/** "METER 2021-07 T0/1 213 1220.49" */
export function lineText(line: Line): string {
  const energy = formatScaled(line.volume, VOLUME_SCALE);
  const amount = formatFixed(line.amount, MONEY_SCALE);
  return `${line.kind} ${formatMonth(line.origin)} ${line.zone}/${line.range} ${energy} ${amount}`;
}

export function posted(lines: readonly Line[], period: string): PostedLine[] {
  return lines.map((line) => ({ ...line, run: 1 as RunId, period: month(period) }));
}
