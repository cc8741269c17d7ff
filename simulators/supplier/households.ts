import type { Day } from "../../normalizer/model/dates.ts";
import { addDays, addMonths, firstDay } from "../../normalizer/model/dates.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { between, draw } from "../random.ts";
import type { HouseholdIds, SupplierPlan } from "./plan.ts";
import { BLOCK_HOUSEHOLDS, householdIds } from "./plan.ts";

/** What happens at one account in the month to be billed. */
export type Story =
  | "METER"
  /** Meter with one zone replaced on the 12th by one with two. */
  | "REPLACED"
  /** No reading this month: billed by average. */
  | "AVERAGE"
  /** No reading for four months: the average is used up, billed by norm. */
  | "SILENT"
  | "NORM"
  /** Master data without a norm: parked, its neighbours are billed. */
  | "NO_NORM"
  /** Reads a state below the last one. */
  | "NEGATIVE"
  /** Writes more digits than the display has. */
  | "TYPO"
  /** Names a meter that nobody knows. */
  | "UNKNOWN_METER"
  /** The reading comes after the month was closed. */
  | "LATE"
  /** A controller reads another state than the consumer wrote, after the month was closed. */
  | "CORRECTED";

export interface MeterPlan {
  readonly meter: number;
  readonly serial: string;
  readonly zones: readonly Zone[];
  readonly digits: number;
  readonly decimals: number;
  readonly validFrom: Day;
  readonly validTo: Day | null;
}

export interface Flat {
  readonly number: string;
  readonly part: "WHOLE" | "ROOM" | "SHARE";
  /** Of the accounts of the flat, from 1. */
  readonly ordinal: number;
}

export interface Household {
  readonly ids: HouseholdIds;
  readonly story: Story;
  readonly number: string;
  readonly holder: string;
  readonly address: string;
  /** Number of the premises and what of it the account pays for; null in a private house. */
  readonly flat: Flat | null;
  readonly premises: string;
  readonly areaM2: string;
  readonly category: string;
  readonly norm: string | null;
  readonly residents: number;
  readonly openedOn: Day;
  /** Empty where the account is billed by norm. */
  readonly meters: readonly MeterPlan[];
  /** Day of the month on which the household reads its meter. */
  readonly readDay: number;
  /** Debt (> 0) or advance (< 0) before the first month, kopecks. */
  readonly openingKopecks: number;
}

/** One state of a meter's registers, as on the display. */
export interface RegisterState {
  readonly meter: MeterPlan;
  /** «Показание на D»: the state at the end of that day. */
  readonly readOn: Day;
  /** 10⁻⁴ kWh, one per zone of the meter. */
  readonly values: readonly number[];
  readonly source: ReadingSource;
}

/** Months with a register state before the first billed one: seven states give six differences for an average. */
export const MONTHS_BEFORE = 7;
const SILENT_MONTHS = 4;
const REPLACED_ON_DAY = 12;

/** Stories that the first accounts of every block must have; the others are drawn. */
const CAST: ReadonlyMap<number, Story> = new Map<number, Story>([
  [3, "NORM"],
  [7, "REPLACED"],
  [11, "AVERAGE"],
  [15, "NO_NORM"],
  [19, "SILENT"],
  [23, "TYPO"],
  [27, "NEGATIVE"],
  [31, "UNKNOWN_METER"],
  [54, "NORM"],
  [57, "NORM"],
  [90, "LATE"],
  [91, "CORRECTED"],
  [92, "REPLACED"],
]);

/**
 * Flats that several accounts of a block pay for: separate accounts of one flat, the first without a meter of its own,
 * and the rooms of a communal flat. They bear the number of their first place; those of the others are nobody's.
 */
const SHARED_FLATS = [
  { first: 54, accounts: 2, part: "SHARE" },
  { first: 64, accounts: 3, part: "ROOM" },
] as const;

const SURNAMES = ["Абрамов", "Белов", "Волков", "Громов", "Дёмин", "Ершов", "Жуков", "Зимин"];
const INITIALS = ["А. В.", "Б. И.", "Г. П.", "Е. С.", "И. Н.", "К. Ю.", "М. Л.", "О. Т."];
const STREETS = ["Берёзовая", "Заречная", "Лесная", "Мирная", "Полевая", "Речная", "Садовая"];

/** First key of each draw, so that no two traits share their luck. */
const TRAIT = {
  story: 1,
  zones: 2,
  usage: 3,
  start: 4,
  month: 5,
  night: 6,
  readDay: 7,
  holder: 8,
  initials: 9,
  area: 10,
  residents: 11,
  debt: 12,
  decimals: 13,
} as const;

/** The household of that number, made from the seed alone. */
export function household(plan: SupplierPlan, index: number): Household {
  const ids = householdIds(plan, index);
  const story = storyOf(plan, index);
  const { seed } = plan;
  const flat = ids.building === "MKD" ? flatOf(index, ids.premises) : null;
  const street = STREETS[ids.siteIndex % STREETS.length] as string;
  const house = Math.floor(ids.siteIndex / STREETS.length) + 1;
  const surname = SURNAMES[draw(seed, TRAIT.holder, index) % SURNAMES.length] as string;
  const initials = INITIALS[draw(seed, TRAIT.initials, index) % INITIALS.length] as string;
  return {
    ids,
    story,
    number: accountNumber(index),
    holder: `${surname} ${initials}`,
    address: `г. Энск, ул. ${street}, д. ${house}`,
    flat,
    premises: premisesText(flat),
    areaM2: `${areaWithoutHalf(seed, index, flat)}.5`,
    category: "URBAN_GAS",
    norm: story === "NO_NORM" ? null : "GAS_2_ROOMS",
    residents: between(1, 5, seed, TRAIT.residents, index),
    openedOn: firstDay(addMonths(plan.period, -36)),
    meters: metersOf(plan, index, ids, story),
    readDay: between(18, 25, seed, TRAIT.readDay, index),
    openingKopecks: openingKopecks(plan, index),
  };
}

function flatOf(index: number, place: number): Flat {
  const inBlock = index % BLOCK_HOUSEHOLDS;
  for (const { first, accounts, part } of SHARED_FLATS) {
    const ordinal = inBlock - first + 1;
    if (ordinal < 1 || ordinal > accounts) continue;
    return { number: String(place - ordinal + 1), part, ordinal };
  }
  return { number: String(place), part: "WHOLE", ordinal: 1 };
}

function premisesText(flat: Flat | null): string {
  if (flat === null) return "дом";
  const room = flat.part === "ROOM" ? `, комн. ${flat.ordinal}` : "";
  return `кв. ${flat.number}${room}`;
}

/** Whole m² of the premises; separate accounts have the same flat. */
function areaWithoutHalf(seed: number, index: number, flat: Flat | null): number {
  if (flat === null) return between(54, 140, seed, TRAIT.area, index);
  const whose = flat.part === "SHARE" ? index - flat.ordinal + 1 : index;
  return between(31, 78, seed, TRAIT.area, whose);
}

/** Stands outside of the population's numbers: no household, no business has it. */
export function accountNumber(index: number): string {
  return `01${String(index + 1).padStart(8, "0")}`;
}

function storyOf(plan: SupplierPlan, index: number): Story {
  const cast = CAST.get(index % BLOCK_HOUSEHOLDS);
  if (cast !== undefined) return cast;
  const luck = draw(plan.seed, TRAIT.story, index) % 100;
  if (luck < 8) return "NORM";
  return luck < 11 ? "AVERAGE" : "METER";
}

function metersOf(
  plan: SupplierPlan,
  index: number,
  ids: HouseholdIds,
  story: Story,
): readonly MeterPlan[] {
  if (story === "NORM" || story === "NO_NORM") return [];
  const { seed } = plan;
  const twoZones = story !== "REPLACED" && draw(seed, TRAIT.zones, index) % 100 < 30;
  const first: MeterPlan = {
    meter: ids.meter,
    serial: meterSerial(index, 0),
    zones: twoZones ? ["T1", "T2"] : ["T0"],
    digits: 6,
    decimals: draw(seed, TRAIT.decimals, index) % 100 < 40 ? 2 : 0,
    validFrom: firstDay(addMonths(plan.period, -36)),
    validTo: null,
  };
  if (story !== "REPLACED") return [first];
  const replacedOn = addDays(firstDay(plan.period), REPLACED_ON_DAY - 1);
  const boundary = addDays(replacedOn, 1);
  return [
    { ...first, validTo: boundary },
    {
      meter: ids.nextMeter,
      serial: meterSerial(index, 1),
      zones: ["T1", "T2"],
      digits: 6,
      decimals: 2,
      validFrom: boundary,
      validTo: null,
    },
  ];
}

/** Unique per index below 99 999 989 (a prime), scattered as real serial numbers are; starts with a zero. */
function meterSerial(index: number, generation: number): string {
  const scattered = Number((BigInt(index + 1) * 48_271_613n) % 99_999_989n);
  return `0${generation}${String(scattered).padStart(8, "0")}`;
}

function openingKopecks(plan: SupplierPlan, index: number): number {
  const luck = draw(plan.seed, TRAIT.debt, index);
  if (luck % 100 < 20) return 5_000 + (luck % 400_000);
  if (luck % 100 < 25) return -(100 + (luck % 50_000));
  return 0;
}

/** kWh of one month by zone of the first meter, in 10⁻⁴; offset 0 = the month to be billed. */
function monthVolumes(
  plan: SupplierPlan,
  index: number,
  meter: MeterPlan,
  offset: number,
): number[] {
  const { seed } = plan;
  const usual = between(80, 420, seed, TRAIT.usage, index);
  const percent = between(82, 118, seed, TRAIT.month, index, offset);
  const step = 10 ** (4 - meter.decimals);
  const total = Math.round((usual * percent * 100) / step) * step;
  if (meter.zones.length === 1) return [total];
  const nightPercent = between(18, 36, seed, TRAIT.night, index);
  const night = Math.round((total * nightPercent) / 100 / step) * step;
  return [total - night, night];
}

/**
 * Register states that the supplier has before the month begins, oldest first, and the act of a replacement inside
 * it: a removal and an installation reading of the same day.
 */
export function knownStates(plan: SupplierPlan, index: number, who: Household): RegisterState[] {
  const first = who.meters[0];
  if (first === undefined) return [];
  const last = who.story === "SILENT" ? -SILENT_MONTHS - 1 : -1;
  const states = statesThrough(plan, index, who, first, last);
  const next = who.meters[1];
  if (next === undefined || first.validTo === null) return states;
  const removedOn = addDays(first.validTo, -1);
  const before = states.at(-1)?.values ?? [];
  const part = monthVolumes(plan, index, first, 0).map((value) => Math.floor(value / 3));
  const removal = before.map((value, zone) => roundDown(value + (part[zone] ?? 0), first));
  states.push({ meter: first, readOn: removedOn, values: removal, source: "CHECK" });
  states.push({ meter: next, readOn: removedOn, values: [12_300, 4_500], source: "CHECK" });
  return states;
}

/** What the household's meter shows on its day of the month to be billed, honestly read; null without a meter. */
export function periodState(
  plan: SupplierPlan,
  index: number,
  who: Household,
): RegisterState | null {
  const first = who.meters[0];
  if (first === undefined) return null;
  const next = who.meters[1];
  if (next === undefined) {
    return statesThrough(plan, index, who, first, 0).at(-1) ?? null;
  }
  const volumes = monthVolumes(plan, index, next, 0).map((value) => Math.floor(value / 2));
  const start = [12_300, 4_500];
  const values = volumes.map((value, zone) => roundDown(value + (start[zone] ?? 0), next));
  return { meter: next, readOn: readOn(plan, who, 0), values, source: "PORTAL" };
}

function statesThrough(
  plan: SupplierPlan,
  index: number,
  who: Household,
  meter: MeterPlan,
  last: number,
): RegisterState[] {
  const silent = who.story === "SILENT" ? SILENT_MONTHS : 0;
  const start = between(2_000, 60_000, plan.seed, TRAIT.start, index) * 10_000;
  let values = meter.zones.map((_, zone) => start + zone * 1_230_000);
  const states: RegisterState[] = [];
  for (let offset = -MONTHS_BEFORE - silent; offset <= last; offset += 1) {
    const volumes = monthVolumes(plan, index, meter, offset);
    values = values.map((value, zone) => value + (volumes[zone] ?? 0));
    states.push({ meter, readOn: readOn(plan, who, offset), values, source: "PORTAL" });
  }
  return states;
}

function readOn(plan: SupplierPlan, who: Household, offset: number): Day {
  return addDays(firstDay(addMonths(plan.period, offset)), who.readDay - 1);
}

function roundDown(value: number, meter: MeterPlan): number {
  const step = 10 ** (4 - meter.decimals);
  return value - (value % step);
}
