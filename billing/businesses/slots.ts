import type { Day, Month } from "../../normalizer/model/dates.ts";
import {
  endDay,
  firstDay,
  formatDay,
  SLOTS_PER_DAY,
  type Slot,
} from "../../normalizer/model/dates.ts";
import type { SlotTable } from "../../normalizer/model/facts.ts";
import { InvariantError } from "../../normalizer/model/result.ts";

/**
 * The slot in which a local day starts.
 * @throws InvariantError when the table does not reach the day
 */
export function slotOfLocalDay(table: SlotTable, day: Day): Slot {
  for (let index = table.offsets.length - 1; index >= 0; index -= 1) {
    const { fromSlot, offsetSlots } = table.offsets[index] as SlotTable["offsets"][number];
    const slot = day * SLOTS_PER_DAY - offsetSlots;
    if (slot >= fromSlot) return slot as Slot;
  }
  throw new InvariantError(`slot table of ${table.zone} starts after ${formatDay(day)}`);
}

/** "05.03.2026 07:30" local, for the place of a problem. */
export function localText(table: SlotTable, slot: Slot): string {
  const offset = table.offsets.findLast((item) => item.fromSlot <= slot)?.offsetSlots ?? 0;
  const local = slot + offset;
  const day = Math.floor(local / SLOTS_PER_DAY);
  const half = local - day * SLOTS_PER_DAY;
  const hours = String(Math.floor(half / 2)).padStart(2, "0");
  return `${formatDay(day as Day)}T${hours}:${half % 2 === 0 ? "00" : "30"}`;
}

/** Half-open slots of the days of `[from, to)` that lie in the month; null when there are none. */
export function slotsOf(
  table: SlotTable,
  month: Month,
  from: Day,
  to: Day | null,
): { readonly from: Slot; readonly to: Slot } | null {
  const first = Math.max(firstDay(month), from) as Day;
  const last = Math.min(endDay(month), to ?? endDay(month)) as Day;
  if (first >= last) return null;
  return { from: slotOfLocalDay(table, first), to: slotOfLocalDay(table, last) };
}
