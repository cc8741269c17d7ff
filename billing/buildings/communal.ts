import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";

export interface Room {
  readonly id: string;
  /** 10⁻⁴ persons: temporary residents make it fractional; owners where nobody is registered. */
  readonly personsE4: number;
  /** Living area, 10⁻⁴ m². */
  readonly areaE4: number;
  /** Consumption by the meter of the room; null = no meter. */
  readonly metered: Volume | null;
  readonly section: string | null;
}

export interface CommunalFlat {
  /** By the common meter of the flat; null = no such meter. */
  readonly flat: Volume | null;
  /** By the meters of sections. */
  readonly sections: ReadonlyMap<string, Volume>;
  /** Share of ОДН of the whole flat; null = not charged. */
  readonly odn: Volume | null;
  readonly rooms: readonly Room[];
  readonly negativeCommon: "ALLOW" | "ZERO";
}

export interface RoomPart {
  readonly kind: "OWN" | "SECTION" | "COMMON" | "ODN";
  readonly volume: Volume;
}

/**
 * Parts of each room in the order of the rooms. Every share is rounded by itself to 10⁻⁴ kWh,
 * without a residue.
 *
 * All rooms metered: own meter and the common part by residents (формула 9); else the common meter
 * by residents (формула 7). A section applies the same to its meter; what the flat has above its
 * sections is common to all its residents. ОДН of the flat by living area (формула 16).
 *
 * @see ПП РФ 354 п. 50, прил. 2, формулы 7, 9, 16
 */
export function roomParts(flat: CommunalFlat): readonly (readonly RoomPart[])[] {
  const parts = flat.rooms.map((room) => ownParts(flat, room));
  const residual = flatResidual(flat);
  if (residual !== null) {
    const persons = personsOf(flat.rooms);
    for (const [index, room] of flat.rooms.entries())
      parts[index]?.push(share("COMMON", residual, room.personsE4, persons));
  }
  if (flat.odn !== null) {
    let area = 0;
    for (const room of flat.rooms) area += room.areaE4;
    for (const [index, room] of flat.rooms.entries())
      parts[index]?.push(share("ODN", flat.odn, room.areaE4, area));
  }
  return parts;
}

/** Own and section part of a room. */
function ownParts(flat: CommunalFlat, room: Room): RoomPart[] {
  const inSection = room.section === null ? null : (flat.sections.get(room.section) ?? null);
  const group = flat.rooms.filter((other) => other.section === room.section);
  const metered = group.every((other) => other.metered !== null);
  if (room.section !== null && inSection !== null) {
    const persons = personsOf(group);
    if (!metered) return [share("OWN", inSection, room.personsE4, persons)];
    const common = limited(flat, inSection - meteredSum(group));
    return [own(room), share("SECTION", common, room.personsE4, persons)];
  }
  if (metered || flat.sections.size > 0 || flat.flat === null) return [own(room)];
  return [share("OWN", flat.flat, room.personsE4, personsOf(group))];
}

function own(room: Room): RoomPart {
  return { kind: "OWN", volume: room.metered ?? volume(0) };
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
  for (const room of rooms) persons += room.personsE4;
  return persons;
}

function share(kind: RoomPart["kind"], whole: Volume, part: number, of: number): RoomPart {
  return { kind, volume: volume(of === 0 ? 0 : multiplyDivideRound(whole, part, of)) };
}
