import { type Day, daysIn, type Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import type { AccountConsumption, MonthConsumption, Portion } from "../households/consumption.ts";
import type { EnergyPart } from "../households/pricing.ts";
import { type Rules, ruleOf } from "../rules.ts";
import { switchOneOf } from "../switches.ts";
import type { CommunalFlat, RoomPart } from "./communal.ts";
import { roomStep, type Step } from "./explain.ts";
import { personDays } from "./premises.ts";

/** Meters of a communal flat, each read as an account's: a unit without a meter is null. */
export interface MeteredFlat {
  readonly number: string;
  readonly site: SiteFacts;
  readonly rules: Rules;
  readonly common: AccountConsumption | null;
  readonly sections: ReadonlyMap<string, AccountConsumption>;
  readonly rooms: readonly {
    readonly facts: AccountFacts;
    readonly section: string | null;
    readonly meter: AccountConsumption | null;
    /** The room without a meter of its own, where the flat has none either. */
    readonly byNorm: AccountConsumption;
  }[];
}

export type FlatMonth =
  | {
      readonly ok: true;
      readonly rooms: readonly MonthConsumption[];
      /** By the common meter or its mean; null = the rooms are all there is. */
      readonly flat: MonthConsumption | null;
    }
  | {
      readonly ok: false;
      readonly problem: Problem;
      /** By the own meter of each room, null without one: what goes on while the common part waits. */
      readonly own: readonly (MonthConsumption | null)[];
    };

/** A flat and its units as one month knows them. */
interface Measured {
  readonly flat: MeteredFlat;
  readonly month: Month;
  readonly common: MonthConsumption | null;
  readonly sections: ReadonlyMap<string, MonthConsumption>;
  readonly rooms: readonly (MonthConsumption | null)[];
  /** Measured section of each room. */
  readonly sectionOf: readonly (string | null)[];
}

/**
 * What each room consumed in one of the months; call in ascending order. Volumes by zone where all
 * the meters have the same zones, else round the clock. A refused unit holds the common part of all.
 */
export function flatMonth(flat: MeteredFlat, month: Month): FlatMonth {
  const common = measure(flat.common, month);
  const sections = new Map([...flat.sections].map(([id, unit]) => [id, measure(unit, month)]));
  const known = new Map<string, MonthConsumption>();
  for (const [id, { found }] of sections) if (found !== null) known.set(id, found);
  const rooms = flat.rooms.map(({ meter }) => measure(meter, month));
  const measured: Measured = {
    flat,
    month,
    common: metered(common.found),
    sections: known,
    rooms: rooms.map(({ found }) => found),
    sectionOf: flat.rooms.map(({ section }) =>
      section !== null && known.has(section) ? section : null,
    ),
  };
  const refused = [
    common,
    ...sections.values(),
    ...rooms.filter((_, index) => isNeeded(measured, index)),
  ];
  const problem = refused.find((unit) => unit.problem !== null)?.problem ?? null;
  if (problem !== null) return { ok: false, problem, own: ownMonths(measured) };
  if (measured.common === null && known.size === 0) return byRooms(measured);
  const parts = partsOf(measured);
  if (parts === null) return { ok: false, problem: nobody(flat), own: ownMonths(measured) };
  return { ok: true, rooms: parts, flat: measured.common };
}

function measure(
  unit: AccountConsumption | null,
  month: Month,
): { readonly found: MonthConsumption | null; readonly problem: Problem | null } {
  const result = unit?.of(month);
  if (result === undefined) return { found: null, problem: null };
  if (!result.ok) return { found: null, problem: result.problem };
  return { found: result.value.parts.length > 0 ? result.value : null, problem: null };
}

/**
 * The meter of a room matters where its whole group has meters, beside metered sections, where there
 * is no common meter, and in a section that is MIXED; else the common meter is shared by residents
 * alone.
 */
function isNeeded({ flat, common, sections, sectionOf }: Measured, index: number): boolean {
  const section = sectionOf[index] ?? null;
  if (section === null && (sections.size > 0 || common === null)) return true;
  if (section !== null && partialRoomMeters(flat) === "MIXED") return true;
  return flat.rooms.every((room, other) => sectionOf[other] !== section || room.meter !== null);
}

function partialRoomMeters({ site }: MeteredFlat): CommunalFlat["partialRoomMeters"] {
  return switchOneOf(site.switches, "communal.section.partialRoomMeters", ["FORMULA_7", "MIXED"]);
}

/** A flat whose mean has run out is not metered: its rooms go by norm. */
function metered(month: MonthConsumption | null): MonthConsumption | null {
  if (month === null || month.pieces.length > 0) return month;
  return month.estimates.some(({ norm }) => norm !== null) ? null : month;
}

function nobody({ number }: MeteredFlat): Problem {
  return { code: "MISSING_REQUIRED", at: "residents", object: number };
}

function ownMonths(measured: Measured): readonly (MonthConsumption | null)[] {
  return measured.rooms.map((room) =>
    room === null ? null : roomMonth(measured, [room], room.parts.map(asOwn), () => []),
  );
}

/** No common meter: a room goes by its own, or by norm. */
function byRooms(measured: Measured): FlatMonth {
  const own = ownMonths(measured);
  const rooms: MonthConsumption[] = [];
  for (const [index, room] of measured.flat.rooms.entries()) {
    const byMeter = own[index];
    const result = byMeter === null ? room.byNorm.of(measured.month) : undefined;
    if (result !== undefined && !result.ok) return { ok: false, problem: result.problem, own };
    const month = byMeter ?? result?.value;
    if (month !== undefined) rooms.push(month);
  }
  return { ok: true, rooms, flat: null };
}

/** Formulas 7 and 9 zone by zone; null where a meter has to be shared and nobody is on record. */
function partsOf(measured: Measured): readonly MonthConsumption[] | null {
  const { flat, month, common, sections } = measured;
  const persons = flat.rooms.map(({ facts }) => personDays(facts, month));
  const used = measured.rooms.map((room, index) => (isNeeded(measured, index) ? room : null));
  const units = [common, ...sections.values(), ...used].filter((unit) => unit !== null);
  const zones = commonZones(units);
  const byRoom = flat.rooms.map((): { part: RoomPart; zone: Zone }[] => []);
  for (const zone of zones ?? [null]) {
    const parts = ruleOf(flat.rules, "buildings.communal").parts({
      flat: common === null ? null : volumeOf(common, zone),
      sections: new Map([...sections].map(([id, unit]) => [id, volumeOf(unit, zone)])),
      rooms: flat.rooms.map((room, index) => ({
        id: room.facts.number,
        persons: persons[index] ?? 0,
        metered: meteredOf(used[index] ?? null, zone),
        section: measured.sectionOf[index] ?? null,
      })),
      partialRoomMeters: partialRoomMeters(flat),
      negativeCommon: switchOneOf(flat.site.switches, "communal.negativeCommon", ["ALLOW", "ZERO"]),
    });
    for (const [index, own] of parts.entries()) {
      if (own.some(({ share }) => share !== null && share.of === 0 && share.whole !== 0))
        return null;
      byRoom[index]?.push(...own.map((part) => ({ part, zone: zone ?? "T0" })));
    }
  }
  return byRoom.map((own, index) => sharedMonth(measured, used, index, own, zones !== null));
}

function meteredOf(room: MonthConsumption | null, zone: Zone | null): Volume | null {
  return room === null ? null : volumeOf(room, zone);
}

function sharedMonth(
  measured: Measured,
  used: readonly (MonthConsumption | null)[],
  index: number,
  own: readonly { readonly part: RoomPart; readonly zone: Zone }[],
  isZoned: boolean,
): MonthConsumption {
  const { common, sections, month } = measured;
  const room = used[index] ?? null;
  const inSection = sections.get(measured.sectionOf[index] ?? "") ?? null;
  const parts: EnergyPart[] = [];
  if (room !== null) {
    for (const part of room.parts) parts.push({ ...asOwn(part), zone: isZoned ? part.zone : "T0" });
  }
  for (const { part, zone } of own) {
    if (part.share === null) continue;
    const from = part.kind === "COMMON" ? common : (inSection ?? common);
    if (from !== null) parts.push({ ...spanOf(from), kind: part.kind, zone, volume: part.volume });
  }
  const units = [common, inSection, room].filter((unit) => unit !== null);
  return roomMonth(measured, units, parts, () =>
    own.flatMap(({ part, zone }) => roomStep(part, zone, daysIn(month)) ?? []),
  );
}

/** Days and point of a unit: what it shows above its rooms was consumed on the days of its own interval. */
function spanOf({ parts }: MonthConsumption): Omit<EnergyPart, "kind" | "zone" | "volume"> {
  const [first] = parts;
  const from = Math.min(...parts.map((part) => part.from)) as Day;
  const to = Math.max(...parts.map((part) => part.to)) as Day;
  return { point: first?.point ?? 0, from, to, pricedOn: first?.pricedOn ?? null };
}

function asOwn(part: EnergyPart): EnergyPart {
  return { ...part, kind: "OWN" };
}

function volumeOf({ parts }: MonthConsumption, zone: Zone | null): Volume {
  let sum = 0;
  for (const part of parts) if (zone === null || part.zone === zone) sum += part.volume;
  return volume(sum);
}

/** Zones that every one of the units has, or null where they differ: then all is round the clock. */
function commonZones(units: readonly MonthConsumption[]): readonly Zone[] | null {
  const sets = units.map(({ parts }) => [...new Set(parts.map(({ zone }) => zone))].sort());
  const [first] = sets;
  if (first === undefined) return null;
  return sets.every((zones) => zones.join() === first.join()) ? first : null;
}

/** The coefficient of a norm is of an account by norm: a shared volume has none. */
function roomMonth(
  { month }: Measured,
  units: readonly MonthConsumption[],
  parts: readonly EnergyPart[],
  steps: () => readonly Step[],
): MonthConsumption {
  const portion: Portion = {
    rule: "buildings.communal",
    limits: { numerator: 1, denominator: 1 },
    steps,
  };
  return {
    month,
    pieces: units.flatMap(({ pieces }) => pieces),
    charged: units.flatMap(({ charged }) => charged),
    fixed: units.flatMap(({ fixed }) => fixed),
    estimates: units.flatMap(({ estimates }) =>
      estimates.map((item) => ({ ...item, raised: null })),
    ),
    parts,
    portion,
  };
}
