import t from "tap";
import { day, SLOTS_PER_DAY } from "../normalizer/model/dates.ts";
import { slotTableOf } from "./time-zones.ts";

t.test("offsets of Russian zones by the dated law", async (t) => {
  const at = (zone: string, date: string, hourUtc: number) => {
    const slot = day(date) * SLOTS_PER_DAY + hourUtc * 2;
    return slotTableOf(zone).offsets.findLast(({ fromSlot }) => fromSlot <= slot)?.offsetSlots;
  };
  // 248-ФЗ of 21.07.2014: Moscow UTC+4 until 25.10.2014 22:00 UTC, UTC+3 after; before 2011 summer time of the EU.
  const cases = [
    ["Europe/Moscow", "2010-07-01", 0, 8],
    ["Europe/Moscow", "2014-10-25", 21, 8],
    ["Europe/Moscow", "2014-10-25", 22, 6],
    ["Europe/Moscow", "2026-07-01", 0, 6],
    ["Asia/Yekaterinburg", "2026-01-15", 0, 10],
    ["Europe/Kaliningrad", "2026-01-15", 0, 4],
    // 157-ФЗ of 05.06.2018: Volgograd UTC+4 from 28.10.2018, 468-ФЗ of 30.12.2020 ended it on 27.12.2020.
    ["Europe/Volgograd", "2019-01-01", 0, 8],
    ["Europe/Volgograd", "2021-01-01", 0, 6],
  ] as const;
  for (const [zone, date, hour, slots] of cases) t.equal(at(zone, date, hour), slots, zone + date);
  t.throws(() => slotTableOf("Europe/Energograd"), { message: /Energograd/ });
  t.throws(() => slotTableOf("Asia/Kathmandu"), { message: /half-hour grid/ });
});
