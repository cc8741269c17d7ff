import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf, SLOTS_PER_DAY } from "../../normalizer/model/dates.ts";
import type { SlotTable } from "../../normalizer/model/facts.ts";

/** When messages may be sent, in the counterpart's local time. */
export interface ExchangeWindow {
  /** Days of the month, both inclusive. */
  readonly fromDay: number;
  readonly toDay: number;
  /** Hours [from, to); from > to passes midnight and belongs to the day on which it began. */
  readonly fromHour: number;
  readonly toHour: number;
}

const SLOT_MS = 1_800_000;
/** Two months: no window of days of the month is farther away. */
const SLOTS_AHEAD = 62 * SLOTS_PER_DAY;

/**
 * @returns null when the instant is inside a window, or no window is set; else the instant at which the next one
 *          opens, and that far ahead when none ever does (days that no month has)
 */
export function opensAtMs(
  windows: readonly ExchangeWindow[],
  zone: SlotTable,
  nowMs: number,
): number | null {
  if (windows.length === 0) return null;
  const first = Math.floor(nowMs / SLOT_MS);
  for (let slot = first; slot < first + SLOTS_AHEAD; slot += 1) {
    if (windows.some((window) => covers(window, localSlot(zone, slot)))) {
      return slot === first ? null : slot * SLOT_MS;
    }
  }
  return (first + SLOTS_AHEAD) * SLOT_MS;
}

function localSlot(zone: SlotTable, slot: number): number {
  return slot + (zone.offsets.findLast(({ fromSlot }) => fromSlot <= slot)?.offsetSlots ?? 0);
}

function covers({ fromDay, toDay, fromHour, toHour }: ExchangeWindow, slot: number): boolean {
  const day = Math.floor(slot / SLOTS_PER_DAY);
  const hour = Math.floor((slot - day * SLOTS_PER_DAY) / 2);
  const isDay = (candidate: number) => {
    const { day: ofMonth } = civilOf(candidate as Day);
    return fromDay <= ofMonth && ofMonth <= toDay;
  };
  if (fromHour < toHour) return isDay(day) && fromHour <= hour && hour < toHour;
  return (isDay(day) && hour >= fromHour) || (isDay(day - 1) && hour < toHour);
}
