import t from "tap";
import { slotTableOf } from "../../config/time-zones.ts";
import { day } from "../model/dates.ts";
import { localDay } from "./local-day.ts";

// Changes as the IANA database has them: Moscow left summer time for good on 2011-03-27 (UTC+4) and
// went to UTC+3 on 2014-10-26; Volgograd went to +4 on 2018-10-28 and back to +3 on 2020-12-27;
// Saratov to +4 on 2016-12-04.
const DAYS = [
  // zone, day, half-hours, hours from UTC at its start, repeated or skipped hour, flags
  ["Europe/Moscow", "2022-05-15", 48, 3, null, [0, 1]],
  ["Europe/Moscow", "2013-04-14", 48, 4, null, [0, 1]],
  ["Europe/Moscow", "2010-07-14", 48, 4, null, [1]],
  ["Europe/Moscow", "2008-02-29", 48, 3, null, [0]],
  ["Europe/Moscow", "2008-03-30", 46, 3, "skips 2", [2]],
  ["Europe/Moscow", "2008-10-26", 50, 4, "repeats 2", [2]],
  ["Europe/Moscow", "2014-10-26", 50, 4, "repeats 1", [2]],
  ["Europe/Volgograd", "2018-10-28", 46, 3, "skips 2", [2]],
  ["Europe/Volgograd", "2020-12-27", 50, 4, "repeats 1", [2]],
  ["Europe/Saratov", "2016-12-04", 46, 3, "skips 2", [2]],
  ["Asia/Kamchatka", "2022-05-15", 48, 12, null, [0, 1]],
  ["Europe/Kaliningrad", "2022-05-15", 48, 2, null, [0, 1]],
] as const;

t.test("local days of Russian zones, by the IANA database", async (t) => {
  for (const [zone, date, length, hours, odd, flags] of DAYS) {
    const local = localDay(slotTableOf(zone), day(date));
    t.equal(local.length, length, `${zone} ${date}`);
    t.equal(local.firstSlot, day(date) * 48 - hours * 2, `${zone} ${date}: start`);
    t.same(local.daylightFlags, flags, `${zone} ${date}: flag`);
    const odds = local.indexesOf.flatMap((indexes, halfHour) =>
      indexes.length === 1 || halfHour % 2 === 1
        ? []
        : [`${indexes.length === 0 ? "skips" : "repeats"} ${halfHour / 2}`],
    );
    t.same(odds, odd === null ? [] : [odd], `${zone} ${date}: odd hour`);
  }
});
