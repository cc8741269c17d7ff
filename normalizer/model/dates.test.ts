import fc from "fast-check";
import t from "tap";
import { Temporal } from "temporal-polyfill";
import type { Day, Month } from "./dates.ts";
import {
  addMonths,
  civilOf,
  day,
  daysIn,
  endDay,
  firstDay,
  formatDay,
  formatMonth,
  monthOf,
  parseDay,
  parseMonth,
} from "./dates.ts";

t.test("dates equal Temporal's calendar", async () => {
  const epoch = Temporal.PlainDate.from("1970-01-01");
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 200_000 }), (days) => {
      const want = epoch.add({ days });
      const got = civilOf(days as Day);
      return (
        got.year === want.year &&
        got.month === want.month &&
        got.day === want.day &&
        (want.year < 0 || want.year > 9999 || parseDay(formatDay(days as Day)) === days)
      );
    }),
    { numRuns: 20_000 },
  );
});

t.test("what is no date", async (t) => {
  for (const text of [
    "2025-02-29",
    "2025-13-01",
    "2025-00-10",
    "2025-1-1",
    "20250101",
    "",
    "2025-04-31",
  ]) {
    t.equal(parseDay(text), null, text);
  }
  for (const text of ["2025-13", "2025-00", "2025", "2025-1"])
    t.equal(parseMonth(text), null, text);
});

t.test("months", async (t) => {
  const december = parseMonth("2025-12") as Month;
  t.equal(formatMonth(addMonths(december, 1)), "2026-01");
  t.equal(formatDay(firstDay(december)), "2025-12-01");
  t.equal(formatDay(endDay(december)), "2026-01-01");
  t.equal(daysIn(parseMonth("2024-02") as Month), 29);
  t.equal(daysIn(parseMonth("2025-02") as Month), 28);
  t.equal(monthOf(day("2025-12-31")), december);
});
