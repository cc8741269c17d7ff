import { Temporal } from "temporal-polyfill";
import type { Month } from "../../normalizer/model/dates.ts";
import {
  addDays,
  endDay,
  firstDay,
  formatDay,
  SLOTS_PER_DAY,
} from "../../normalizer/model/dates.ts";
import type { IntervalDay } from "../../normalizer/model/facts.ts";
import type { Origin } from "../../normalizer/model/ids.ts";

/** Half-hours of one local day: 48; 46 or 50 on the days when the clock changes. */
export interface LocalDay {
  readonly day: string;
  /** 10⁻⁶ kWh; null = gap. */
  readonly values: readonly (number | null)[];
  /** One letter per half-hour; N where nothing came. */
  readonly qualities: string;
  readonly origins: readonly (Origin | null)[];
}

const SLOT_MS = 1_800_000;

/**
 * First half-hour of each local day of the month, and of the day after it, in slots from the epoch.
 */
function dayStarts(month: Month, zone: string): readonly { day: string; slot: number }[] {
  const starts: { day: string; slot: number }[] = [];
  for (let day = firstDay(month); day <= endDay(month); day = addDays(day, 1)) {
    const text = formatDay(day);
    const start = Temporal.PlainDate.from(text).toZonedDateTime(zone);
    starts.push({ day: text, slot: Math.floor(start.epochMilliseconds / SLOT_MS) });
  }
  return starts;
}

/** Days of the UTC calendar, as the store keeps them, cut into the days of the consumer's clock. */
export function localDaysOf(
  utcDays: readonly IntervalDay[],
  month: Month,
  zone: string,
): readonly LocalDay[] {
  const byDay = new Map(utcDays.map((day) => [day.day as number, day]));
  const starts = dayStarts(month, zone);
  return starts.slice(0, -1).map(({ day, slot }, index) => {
    const end = starts[index + 1]?.slot ?? slot;
    const values: (number | null)[] = [];
    const origins: (Origin | null)[] = [];
    let qualities = "";
    for (let at = slot; at < end; at += 1) {
      const utc = byDay.get(Math.floor(at / SLOTS_PER_DAY));
      const place = at % SLOTS_PER_DAY;
      values.push(utc?.values[place] ?? null);
      qualities += utc?.qualities.charAt(place) ?? "N";
      origins.push(utc?.origins[utc.originOf[place] ?? -1] ?? null);
    }
    return { day, values, qualities, origins };
  });
}
