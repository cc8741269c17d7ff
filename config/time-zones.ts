import { Temporal } from "temporal-polyfill";
import type { Slot } from "../normalizer/model/dates.ts";
import type { SlotTable } from "../normalizer/model/facts.ts";
import { invariant } from "../normalizer/model/result.ts";

/** Before it no measurement is kept, after it the rules of a zone are a guess. */
const FIRST_YEAR = 2000;
const LAST_YEAR = 2050;
const SLOT_NANOSECONDS = 1_800_000_000_000;
const SLOT_SECONDS = 1800;

const tables = new Map<string, SlotTable>();

/**
 * Local calendar of an IANA zone in half-hour slots: its offset from UTC and every change of it
 * from 2000 to 2050, by the zone data of the runtime.
 *
 * @throws InvariantError for an unknown zone, and for one whose offset is no whole number of
 * half-hours
 */
export function slotTableOf(zone: string): SlotTable {
  const known = tables.get(zone);
  if (known !== undefined) return known;
  const table = { zone, offsets: offsetsOf(zone) };
  tables.set(zone, table);
  return table;
}

function offsetsOf(zone: string): SlotTable["offsets"] {
  let at = startOf(zone);
  const offsets = [offsetFrom(at)];
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.year > LAST_YEAR) return offsets;
    at = next;
    const offset = offsetFrom(at);
    if (offset.offsetSlots !== offsets.at(-1)?.offsetSlots) offsets.push(offset);
  }
}

function startOf(zone: string): Temporal.ZonedDateTime {
  try {
    return Temporal.ZonedDateTime.from({
      timeZone: zone,
      year: FIRST_YEAR,
      month: 1,
      day: 1,
    });
  } catch (error) {
    invariant(false, `time zone «${zone}»: ${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

function offsetFrom(at: Temporal.ZonedDateTime): SlotTable["offsets"][number] {
  const offsetSlots = at.offsetNanoseconds / SLOT_NANOSECONDS;
  const slot = at.epochMilliseconds / 1000 / SLOT_SECONDS;
  invariant(
    Number.isInteger(offsetSlots) && Number.isInteger(slot),
    `time zone «${at.timeZoneId}» is off the half-hour grid`,
  );
  return { fromSlot: slot as Slot, offsetSlots };
}
