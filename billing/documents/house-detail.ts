import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { MeterFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { HouseFacts, HouseMonth, PremisesFacts } from "../../normalizer/model/house-facts.ts";
import type { AccountId, AccountNumber } from "../../normalizer/model/ids.ts";
import type { Line, LineKind, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { houseTerms } from "../buildings/house-terms.ts";
import { odnDetail, odnShare } from "../buildings/odn.ts";
import { consumedBy } from "../buildings/premises.ts";
import { monthOfReading } from "../households/timeline.ts";
import type { BilledSite } from "../outcome.ts";
import { valueAt } from "../validity.ts";

/** Ф-83 «Детализация ОДН по МКД»: content of the report of one house and month. */
export interface HouseDetail {
  readonly period: Month;
  readonly address: string;
  /** S_об, and what of it the premises on record are, 10⁻⁴ m². */
  readonly totalAreaE4: number;
  readonly residentialAreaE4: number;
  readonly nonResidentialAreaE4: number;
  readonly meters: readonly HouseMeterRow[];
  /** Consumption of the premises by the zones of their own meters; null = without a meter or a zone. */
  readonly zones: readonly { readonly zone: Zone | null; readonly premises: Volume }[];
  readonly total: {
    readonly house: Volume | null;
    readonly residential: Volume;
    readonly nonResidential: Volume;
    /** House less premises, one subtraction; negative as it is; null while the house is held. */
    readonly odn: Volume | null;
  };
  readonly residential: readonly PremisesRow[];
  readonly nonResidential: readonly PremisesRow[];
}

export interface HouseMeterRow {
  readonly serial: string;
  readonly ratio: number;
  readonly zone: Zone;
  /** States that bound the period; null where it has none. */
  readonly start: Volume | null;
  readonly end: Volume | null;
}

export interface PremisesRow {
  readonly number: string;
  /** Лицевые счета; the contract of a business is named by its id. */
  readonly accounts: readonly AccountNumber[];
  readonly contract: AccountId | null;
  readonly areaE4: number;
  /** S_i / S_об, 4 decimals, for display only. */
  readonly coefficientE4: number;
  /** Null while a contract is not billed. */
  readonly individual: Volume | null;
  /** Null where nothing is distributed: a negative, held or managed house. */
  readonly odn: Volume | null;
}

/** Null where the supplier bills no ОДН for the house, or its areas are not on record. */
export function houseDetail(facts: SiteFacts, billed: BilledSite): HouseDetail | null {
  const { house: month } = billed;
  const { house, period } = facts;
  if (house === null || month === null) return null;
  const day = (endDay(period) - 1) as Day;
  const totalAreaE4 = valueAt(house.totalAreaE4, day);
  if (totalAreaE4 === undefined || totalAreaE4 <= 0) return null;
  const rows = facts.premises.map((premises) => ({
    use: premises.use,
    row: premisesRow(premises, facts, billed.lines, month, totalAreaE4),
  }));
  const of = (use: PremisesFacts["use"]) =>
    rows.filter((item) => item.use === use).map(({ row }) => row);
  const residential = of("RESIDENTIAL");
  const nonResidential = of("NON_RESIDENTIAL");
  return {
    period,
    address: facts.address,
    totalAreaE4,
    residentialAreaE4: areaOf(residential),
    nonResidentialAreaE4: areaOf(nonResidential),
    meters: meterRows(house, period),
    zones: zoneRows(facts, billed.lines),
    total: {
      house: month.odpu,
      residential: month.individual,
      nonResidential: month.nonResidential,
      odn: month.method === "HELD" ? null : month.raw,
    },
    residential,
    nonResidential,
  };
}

function areaOf(rows: readonly PremisesRow[]): number {
  let area = 0;
  for (const { areaE4 } of rows) area += areaE4;
  return area;
}

function premisesRow(
  premises: PremisesFacts,
  facts: SiteFacts,
  lines: readonly Line[],
  month: HouseMonth,
  totalAreaE4: number,
): PremisesRow {
  const ids = premises.payers.map(({ account }) => account);
  const own = lines.filter((line) => ids.includes(line.account));
  const areaE4 = valueAt(premises.areaE4, (endDay(facts.period) - 1) as Day) ?? 0;
  const { contract } = premises;
  return {
    number: premises.number,
    accounts: facts.accounts
      .filter(({ account }) => ids.includes(account))
      .map(({ number }) => number),
    contract: contract?.account ?? null,
    areaE4,
    coefficientE4: odnDetail(volume(0), areaE4, totalAreaE4).coefficientE4,
    individual: contract === null ? consumedBy(own) : contract.volume,
    odn: odnOf(premises, own, areaE4, facts, month),
  };
}

function odnOf(
  premises: PremisesFacts,
  own: readonly Line[],
  areaE4: number,
  facts: SiteFacts,
  month: HouseMonth,
): Volume | null {
  if (month.method === "HELD" || month.manager !== null || month.raw < 0) return null;
  if (premises.contract === null) {
    const odn = own.filter(({ kind }) => kind === "ODN");
    let sum = 0;
    for (const line of odn) sum += line.volume;
    return odn.length === 0 ? null : volume(sum);
  }
  const known = facts.house === null ? null : houseTerms(facts.house, facts, () => false);
  if (known === null || !known.ok) return null;
  const method = month.method === "NORM" ? "NORM" : "ODPU";
  return odnShare(known.terms, { ...month, method }, areaE4);
}

function meterRows({ points }: HouseFacts, period: Month): readonly HouseMeterRow[] {
  return points.flatMap(({ meters }) => meters.flatMap((meter) => rowsOfMeter(meter, period)));
}

function rowsOfMeter(meter: MeterFacts, period: Month): readonly HouseMeterRow[] {
  const last = meter.readings.findLastIndex((reading) => monthOfReading(reading) === period);
  const end = meter.readings[last];
  const start = meter.readings[last - 1] ?? null;
  return meter.zones.map((zone, place) => ({
    serial: meter.serial,
    ratio: meter.ratio,
    zone,
    start: last < 0 ? null : (start?.values[place] ?? null),
    end: end?.values[place] ?? null,
  }));
}

/** Without a meter: by norm and by a fixed volume; a business has its volume without zones. */
const UNZONED: readonly LineKind[] = ["NORM", "FIXED"];

function zoneRows(facts: SiteFacts, lines: readonly Line[]): HouseDetail["zones"] {
  const sums = new Map<Zone | null, number>();
  const add = (zone: Zone | null, energy: number) => sums.set(zone, (sums.get(zone) ?? 0) + energy);
  for (const line of lines) {
    const energy = consumedBy([line]);
    if (energy !== 0) add(UNZONED.includes(line.kind) ? null : line.zone, energy);
  }
  for (const { contract } of facts.premises)
    if (contract !== null && contract.volume !== null) add(null, contract.volume);
  const order: readonly (Zone | null)[] = [...ZONES.slice(1), "T0", null];
  return order.flatMap((zone) => {
    const sum = sums.get(zone);
    return sum === undefined ? [] : [{ zone, premises: volume(sum) }];
  });
}
