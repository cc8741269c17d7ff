import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { addDays, type Day, day, formatDay, month } from "../../normalizer/model/dates.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { HOUSEHOLD_DUE_DAYS, HOUSEHOLD_STEPS } from "../conformance/penalty-law.ts";
import { dueDateOf } from "./due-date.ts";
import { type PenaltyDebt, type PenaltyLine, type PenaltyTerms, penaltyLines } from "./penalty.ts";

const KEY_RATES = [
  ["2022-09-19", 750],
  ["2023-07-24", 850],
  ["2023-08-15", 1200],
  ["2024-10-28", 2100],
  ["2025-06-09", 2000],
] as const;

function terms(more: Partial<PenaltyTerms> = {}): PenaltyTerms {
  return {
    steps: HOUSEHOLD_STEPS,
    keyRates: KEY_RATES.map(([from, rateE2]) => ({ from: day(from), rateE2 })),
    caps: [{ from: day("2022-09-23"), to: day("2026-12-31"), rateE2: 950, mode: "CAP" }],
    pauses: [],
    rateMoment: "PAYMENT_DATE",
    pauseStopsCount: false,
    ...more,
  };
}

const debtOf = (amount: number, due: string): PenaltyDebt => ({
  period: month("2025-02"),
  amount: kopecks(amount),
  due: day(due),
});
const pay = (on: string, amount: number) => ({ day: day(on), amount: kopecks(amount) });
const text = (line: PenaltyLine) =>
  `${line.base} ${line.days}d 1/${line.divisor} ${line.rateE2} ${line.amount}`;

t.test("partial payment (section 15.2): 60.85", async (t) => {
  const debt = debtOf(2500_00, "2025-03-10");
  const payments = [pay("2025-05-05", 1000_00), pay("2025-07-01", 1)];
  t.same(penaltyLines(debt, payments, day("2025-06-30"), terms()).map(text), [
    "100000 26d 1/300 950 823",
    "150000 60d 1/300 950 2850",
    "150000 22d 1/130 950 2412",
  ]);
});

t.test("the rate moved (section 15.2): 68.40 by payment date, 60.00 daily", async (t) => {
  const debt = debtOf(6000_00, "2023-06-13");
  const payments = [pay("2023-08-18", 6000_00)];
  const upTo = day("2023-12-31");
  t.same(penaltyLines(debt, payments, upTo, terms()).map(text), ["600000 36d 1/300 950 6840"]);
  t.same(penaltyLines(debt, payments, upTo, terms({ rateMoment: "DAILY" })).map(text), [
    "600000 10d 1/300 750 1500",
    "600000 22d 1/300 850 3740",
    "600000 4d 1/300 950 760",
  ]);
});

t.test("edges of the ladder", async (t) => {
  const debt = debtOf(1000_00, "2025-03-10");
  const at = (days: number) => {
    let total = 0;
    for (const line of penaltyLines(debt, [], addDays(debt.due, days), terms()))
      total += line.amount;
    return total;
  };
  // 1000 × 0.095 / divisor × days, by hand.
  const cases = [
    [30, 0, "last free day"],
    [31, 32, "first day at 1/300: 0.3167"],
    [90, 1900, "60 days at 1/300"],
    [91, 1973, "and one at 1/130: 0.7308"],
  ] as const;
  for (const [days, want, why] of cases) t.equal(at(days), want, why);
});

t.test("a pause is left out, the count of days goes on or stops", async (t) => {
  const debt = debtOf(1000_00, "2025-03-10");
  const pause = { from: day("2025-04-15"), to: day("2025-04-20"), onlyDueBefore: null };
  const upTo = day("2025-04-25");
  const lines = (more: Partial<PenaltyTerms>) => penaltyLines(debt, [], upTo, terms(more));
  t.same(
    lines({ pauses: [pause] }).map((line) => `${formatDay(line.from)} ${line.days}`),
    ["2025-04-10 5", "2025-04-21 5"],
  );
  t.same(
    lines({ pauses: [{ ...pause, onlyDueBefore: day("2025-03-10") }] }).map((line) => line.days),
    [16],
    "only debts due before the day",
  );
  const early = { from: day("2025-03-11"), to: day("2025-03-20"), onlyDueBefore: null };
  t.same(
    lines({ pauses: [early], pauseStopsCount: true }).map((line) => line.days),
    [6],
    "ten days of delay do not count: day 31 is 20 April",
  );
});

t.test("payments of any size: the parts sum to the debt and each line is exact", async (t) => {
  const payment = fc.record({
    at: fc.integer({ min: -20, max: 200 }),
    amount: fc.integer({ min: 1, max: 300_000 }),
  });
  const moment = fc.constantFrom("PAYMENT_DATE" as const, "DAILY" as const);
  fc.assert(
    fc.property(fc.array(payment, { maxLength: 6 }), moment, (items, rateMoment) => {
      const debt = debtOf(250_000, "2025-03-10");
      const payments = items.map(({ at, amount }) => ({
        day: (debt.due + at) as Day,
        amount: kopecks(amount),
      }));
      const lines = penaltyLines(debt, payments, addDays(debt.due, 180), terms({ rateMoment }));
      return lines.every((line) => {
        const exact = new Decimal(line.base).times(line.rateE2).times(line.days);
        const want = exact.div(10_000).div(line.divisor).toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
        return (
          want.eq(line.amount) && line.base <= 250_000 && line.to - line.from + 1 === line.days
        );
      });
    }),
    { numRuns: 500 },
  );
  t.pass("500 rows of payments");
});

t.test("due dates (section 14)", async (t) => {
  const calendar = {
    holidays: [
      "2026-01-01",
      "2026-01-02",
      "2026-01-05",
      "2026-01-06",
      "2026-01-07",
      "2026-01-08",
      "2026-01-09",
      "2026-05-01",
    ].map(day),
    movedWorkdays: [],
  };
  const cases = [
    ["2025-10", "BILLING_PERIOD", "2025-11-10"],
    ["2025-12", "BILLING_PERIOD", "2026-01-12"],
    ["2026-02", "BILLING_PERIOD", "2026-03-10"],
    ["2026-02", "DUE_MONTH", "2026-03-16"],
    ["2026-04", "BILLING_PERIOD", "2026-05-15"],
  ] as const;
  for (const [period, by, want] of cases)
    t.equal(
      formatDay(dueDateOf(month(period), by, calendar, HOUSEHOLD_DUE_DAYS).due),
      want,
      `${period} ${by}`,
    );
});
