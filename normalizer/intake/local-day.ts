import type { Day } from "../model/dates.ts";
import { SLOTS_PER_DAY } from "../model/dates.ts";
import type { SlotTable } from "../model/facts.ts";
import { invariant } from "../model/result.ts";

/**
 * The half-hours of one local day in the order of time: 48, or 46 and 50 when the clock changes.
 */
export interface LocalDay {
  /** UTC slot of the first half-hour; the others follow it without a gap. */
  readonly firstSlot: number;
  readonly length: number;
  /**
   * By local half-hour 0–47: indexes inside the day; two in the repeated hour, none in the skipped.
   */
  readonly indexesOf: readonly (readonly number[])[];
  /** By index: minute of the local day at which the half-hour starts. */
  readonly startMinutes: readonly number[];
  readonly clockChanges: boolean;
  /** What the daylight flag of a 80020 may honestly say of this day (metering.md 1.3). */
  readonly daylightFlags: readonly (0 | 1 | 2)[];
}

/** Offsets from UTC lie within this many half-hours on both sides. */
const OFFSET_SLOTS_MAX = 30;
/** Two changes that belong to one year's summer time are nearer to each other than this. */
const SEASON_SLOTS_MAX = 300 * SLOTS_PER_DAY;

/**
 * The calendar of `day` in a zone. Zones of Russia move by whole half-hours, also when they change
 * for good.
 */
export function localDay(table: SlotTable, day: Day): LocalDay {
  const indexesOf: number[][] = Array.from({ length: SLOTS_PER_DAY }, () => []);
  const startMinutes: number[] = [];
  const localStart = day * SLOTS_PER_DAY;
  let firstSlot: number | null = null;
  let clockChanges = false;
  const end = localStart + SLOTS_PER_DAY + OFFSET_SLOTS_MAX;
  for (let slot = localStart - OFFSET_SLOTS_MAX; slot < end; slot += 1) {
    const halfHour = slot + offsetAt(table, slot) - localStart;
    if (halfHour < 0 || halfHour >= SLOTS_PER_DAY) continue;
    firstSlot ??= slot;
    indexesOf[halfHour]?.push(startMinutes.length);
    startMinutes.push(halfHour * 30);
    if (offsetAt(table, slot) !== offsetAt(table, firstSlot)) clockChanges = true;
  }
  invariant(firstSlot !== null, `${table.zone} has no day ${day}`);
  clockChanges ||= startMinutes.length !== SLOTS_PER_DAY;
  return {
    firstSlot,
    length: startMinutes.length,
    indexesOf,
    startMinutes,
    clockChanges,
    daylightFlags: clockChanges ? [2] : daylightFlags(table, firstSlot),
  };
}

function offsetAt(table: SlotTable, slot: number): number {
  return table.offsets[placeOf(table, slot)]?.offsetSlots ?? 0;
}

function placeOf(table: SlotTable, slot: number): number {
  let place = table.offsets.length - 1;
  while (place > 0 && (table.offsets[place]?.fromSlot ?? 0) > slot) place -= 1;
  return place;
}

/**
 * Between two changes of one year the flag is certain. Where a zone keeps one offset for longer,
 * senders write either: Russia's permanent «summer» of 2011–2014 goes as 1, later years as 0 or,
 * from old programs, as 1.
 */
function daylightFlags(table: SlotTable, slot: number): readonly (0 | 1)[] {
  const place = placeOf(table, slot);
  const before = table.offsets[place - 1];
  const here = table.offsets[place];
  const after = table.offsets[place + 1];
  if (before === undefined || here === undefined || after === undefined) return [0, 1];
  const isSeason = after.fromSlot - here.fromSlot < SEASON_SLOTS_MAX;
  if (!isSeason || before.offsetSlots !== after.offsetSlots) return [0, 1];
  return here.offsetSlots > before.offsetSlots ? [1] : [0];
}
