import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";

export interface Room {
  readonly id: string;
  /** Persons in any unit common to the flat: temporary residents count by days. Owners where nobody is registered. */
  readonly persons: number;
  /** Consumption by the meter of the room; null = no meter. */
  readonly metered: Volume | null;
  readonly section: string | null;
}

export interface CommunalFlat {
  /** By the common meter of the flat; null = no such meter. */
  readonly flat: Volume | null;
  /** By the meters of sections. */
  readonly sections: ReadonlyMap<string, Volume>;
  readonly rooms: readonly Room[];
  readonly negativeCommon: "ALLOW" | "ZERO";
  /** A section where some rooms have no meter: all by residents, or only what its meters leave. */
  readonly partialRoomMeters: "FORMULA_7" | "MIXED";
}

export interface RoomPart {
  readonly kind: "OWN" | "SECTION" | "COMMON";
  readonly volume: Volume;
  /** What the room has a share of, and its persons of how many; null = its own meter. */
  readonly share: {
    readonly whole: Volume;
    readonly persons: number;
    readonly of: number;
    /** Whether the whole is what a common meter shows above the meters inside. */
    readonly isRest: boolean;
  } | null;
}

/**
 * Parts of each room in the order of the rooms. Every share is rounded by itself to 10⁻⁴ kWh,
 * without a residue.
 *
 * All rooms metered: own meter and the common part by residents (формула 9); else the common meter
 * by residents (формула 7). A section applies the same to its meter; what the flat has above its
 * sections is common to all its residents. MIXED: in a section where some rooms have no meter the
 * others go by their own, and what these leave is shared by the residents of the rooms without one.
 *
 * @see ПП РФ 354 п. 50, прил. 2, формулы 7, 9
 */
export function roomParts(flat: CommunalFlat): readonly (readonly RoomPart[])[] {
  const parts = flat.rooms.map((room) => ownParts(flat, room));
  const residual = flatResidual(flat);
  if (residual !== null) {
    const persons = personsOf(flat.rooms);
    for (const [index, room] of flat.rooms.entries())
      parts[index]?.push(share("COMMON", residual, room.persons, persons, true));
  }
  return parts;
}

/**
 * ОДН of the rooms of a flat by their living area, each rounded by itself.
 * @param areasE4 living areas, 10⁻⁴ m², with a positive sum
 * @see ПП РФ 354 п. 50, прил. 2, формула 16
 */
export function roomOdn(odn: Volume, areasE4: readonly number[]): Volume[] {
  let area = 0;
  for (const own of areasE4) area += own;
  return areasE4.map((own) => volume(multiplyDivideRound(odn, own, area)));
}

/** Own and section part of a room. */
function ownParts(flat: CommunalFlat, room: Room): RoomPart[] {
  const inSection = room.section === null ? null : (flat.sections.get(room.section) ?? null);
  const group = flat.rooms.filter((other) => other.section === room.section);
  const metered = group.every((other) => other.metered !== null);
  if (room.section !== null && inSection !== null) {
    const rest = limited(flat, inSection - meteredSum(group));
    if (metered) return [own(room), share("SECTION", rest, room.persons, personsOf(group), true)];
    const without = group.filter((other) => other.metered === null);
    if (flat.partialRoomMeters === "FORMULA_7" || without.length === group.length)
      return [share("OWN", inSection, room.persons, personsOf(group), false)];
    if (room.metered !== null) return [own(room)];
    return [share("OWN", rest, room.persons, personsOf(without), true)];
  }
  if (metered || flat.sections.size > 0 || flat.flat === null) return [own(room)];
  return [share("OWN", flat.flat, room.persons, personsOf(group), false)];
}

function own(room: Room): RoomPart {
  return { kind: "OWN", volume: room.metered ?? volume(0), share: null };
}

/**
 * What the common meter shows above rooms or sections; null where formula 7 has shared it all, or
 * no meter.
 */
function flatResidual(flat: CommunalFlat): Volume | null {
  if (flat.flat === null) return null;
  if (flat.sections.size === 0) {
    if (flat.rooms.some((room) => room.metered === null)) return null;
    return limited(flat, flat.flat - meteredSum(flat.rooms));
  }
  let inside = meteredSum(flat.rooms.filter((room) => room.section === null));
  for (const section of flat.sections.values()) inside += section;
  return limited(flat, flat.flat - inside);
}

function limited(flat: CommunalFlat, energy: number): Volume {
  return volume(flat.negativeCommon === "ZERO" ? Math.max(0, energy) : energy);
}

function meteredSum(rooms: readonly Room[]): number {
  let sum = 0;
  for (const room of rooms) sum += room.metered ?? 0;
  return sum;
}

function personsOf(rooms: readonly Room[]): number {
  let persons = 0;
  for (const room of rooms) persons += room.persons;
  return persons;
}

function share(
  kind: RoomPart["kind"],
  whole: Volume,
  persons: number,
  of: number,
  isRest: boolean,
): RoomPart {
  const energy = volume(of === 0 ? 0 : multiplyDivideRound(whole, persons, of));
  return { kind, volume: energy, share: { whole, persons, of, isRest } };
}
