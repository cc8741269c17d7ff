import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { addDays, type Day, day, formatDay, month } from "../../normalizer/model/dates.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { HOUSEHOLD_DUE_DAYS, HOUSEHOLD_STEPS } from "../conformance/penalty-law.ts";
import { Exact } from "../exact.ts";
import {
  BUSINESS_STEPS,
  type BusinessPenaltyTerms,
  businessPenalty,
  contractPenalty,
} from "./business.ts";
import { dueDateOf } from "./due-date.ts";
import {
  type PenaltyDebt,
  type PenaltyLine,
  type PenaltyTerms,
  penaltyLines,
  rateOn,
} from "./penalty.ts";

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

t.test(
  "payments in any order: by day, up to the day of the bill, and not beyond the debt",
  async (t) => {
    const debt = debtOf(2500_00, "2025-03-10");
    const payments = [pay("2025-06-01", 1000_00), pay("2025-05-05", 1000_00)];
    const lines = (upTo: string, more: readonly (typeof payments)[number][] = [], daily = false) =>
      penaltyLines(
        debt,
        [...payments, ...more],
        day(upTo),
        terms({ rateMoment: daily ? "DAILY" : "PAYMENT_DATE" }),
      ).map(text);
    // 05.05 is day 56, 01.06 day 83: 26 and 53 days at 1/300. 1 000 × 0.095 / 300 × 53 = 16.7833.
    const paid = ["100000 26d 1/300 950 823", "100000 53d 1/300 950 1678"];
    t.same(lines("2025-06-01"), [...paid, "50000 53d 1/300 950 839"]);
    // 02.06 is day 84: 500 × 0.095 / 300 × 54 = 8.55; the second 500 is above the debt.
    const beyond = [pay("2025-06-02", 500_00), pay("2025-06-03", 500_00)];
    t.same(lines("2025-06-30", beyond), [...paid, "50000 54d 1/300 950 855"]);
    // DAILY: what stood open at the start of the day. Days 31–56, 57–83 and 84.
    t.same(lines("2025-06-30", beyond, true), [
      "250000 26d 1/300 950 2058",
      "150000 27d 1/300 950 1283",
      "50000 1d 1/300 950 16",
    ]);
    t.same(lines("2025-06-01", [], true), [
      "250000 26d 1/300 950 2058",
      "150000 27d 1/300 950 1283",
    ]);
    // Section 15.2 by days: 20.58 + 1 500 × 34 d/300 = 16.15 + 1 500 × 22 d/130 = 24.12 = 60.85.
    t.same(
      penaltyLines(
        debt,
        [pay("2025-05-05", 1000_00)],
        day("2025-06-30"),
        terms({ rateMoment: "DAILY" }),
      ).map(text),
      ["250000 26d 1/300 950 2058", "150000 34d 1/300 950 1615", "150000 22d 1/130 950 2412"],
    );
  },
);

t.test("the rate and its limit on the first and the last day (section 15.1)", async (t) => {
  const rates = [
    ["2021-12-20", 850],
    ["2022-02-28", 2000],
    ["2022-07-25", 800],
    ["2022-09-19", 750],
    ["2026-02-16", 1550],
  ] as const;
  const law = {
    keyRates: rates.map(([from, rateE2]) => ({ from: day(from), rateE2 })),
    caps: [
      { from: day("2022-02-28"), to: day("2022-09-22"), rateE2: 950, mode: "FIXED" as const },
      { from: day("2022-09-23"), to: day("2026-12-31"), rateE2: 950, mode: "CAP" as const },
    ],
  };
  const cases = [
    ["2022-02-27", 850, "no limit yet"],
    ["2022-02-28", 950, "fixed: the key rate is 20"],
    ["2022-09-22", 950, "fixed: the key rate is 7.5"],
    ["2022-09-23", 750, "from here the lower of both"],
    ["2026-12-31", 950, "last day of the limit"],
    ["2027-01-01", 1550, "no limit any more"],
  ] as const;
  for (const [on, want, why] of cases) t.equal(rateOn(day(on), law), want, `${on}: ${why}`);
  t.throws(() => rateOn(day("2021-12-19"), law), {
    name: "InvariantError",
    message: /no key rate on the day/,
  });
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
  const withoutFreeStep = terms({ steps: HOUSEHOLD_STEPS.slice(1) });
  t.same(
    penaltyLines(debt, [], addDays(debt.due, 91), withoutFreeStep),
    penaltyLines(debt, [], addDays(debt.due, 91), terms()),
    "days before the first step bear nothing",
  );
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
  t.equal(dueDateOf(month("2004-12"), "BILLING_PERIOD", calendar, []).nominalDay, 10);
});

const general = (upTo: string, more: Partial<BusinessPenaltyTerms> = {}): BusinessPenaltyTerms => ({
  steps: BUSINESS_STEPS.general,
  upTo: day(upTo),
  rate: new Exact(20),
  rateCap: null,
  moratoria: [],
  ...more,
});
const businessPay = (on: string, sum: number, rate = 10) => ({
  day: day(on),
  sum: new Exact(sum),
  rate: new Exact(rate),
});

t.test("business: portions by day, up to the day of the bill, not beyond the debt", async (t) => {
  const debt = { due: day("2026-02-16"), sum: new Exact(1000) };
  const rows = (upTo: string, payments: Parameters<typeof businessPenalty>[1], more = {}) =>
    businessPenalty(debt, payments, general(upTo, more)).map(
      (row) => `${row.part} ${row.days}d ${row.rate} ${row.sum}`,
    );
  const payments = [
    businessPay("2026-03-18", 300),
    businessPay("2026-02-26", 400, 13),
    businessPay("2026-03-19", 1000),
  ];
  // 400 × 13 % × 10 / 130 = 4; 300 × 10 % × 30 / 130 = 6.923; the unpaid 300 at 20 % = 13.846.
  t.same(rows("2026-03-18", payments), ["400 10d 13 4", "300 30d 10 6.92", "300 30d 20 13.85"]);
  // Paid on the first day of delay: 1 000 × 10 % / 130 = 0.769. What came later was not owed.
  const first = [businessPay("2026-02-17", 1000), businessPay("2026-02-18", 5)];
  t.same(rows("2026-03-18", first), ["1000 1d 10 0.77"]);
  t.same(rows("2026-03-18", [businessPay("2026-02-16", 1000)]), [], "on the due day");
  const moratoria = [[day("2026-02-17"), day("2026-03-18")]] as const;
  t.same(rows("2026-03-18", [], { moratoria }), [], "a segment wholly under a moratorium");
  // 1 000 × 20 % / 130 = 1.538.
  t.same(rows("2026-03-19", [], { moratoria }), ["1000 1d 20 1.54"], "and one day after it");
});

t.test("business: debts and payments in any order, the oldest due is closed first", async (t) => {
  const debts = [
    { due: day("2026-03-15"), sum: new Exact(200) },
    { due: day("2026-02-15"), sum: new Exact(100) },
  ];
  const payments = [
    businessPay("2026-04-30", 160),
    businessPay("2026-03-25", 130),
    businessPay("2026-05-01", 1000),
  ];
  const { rows, unpaid, credit } = contractPenalty(debts, payments, general("2026-04-30"));
  // 25.03: 100 on the debt of 15.02 (38 days) and 30 on the other (10); 30.04: 160 on it (46 days).
  t.same(
    rows.map(({ debt, row }) => `${debt} ${row.part} ${row.days}d ${row.rate}`),
    ["0 30 10d 10", "0 160 46d 10", "0 10 46d 20", "1 100 38d 10"],
  );
  t.same([unpaid.toFixed(), credit.toFixed()], ["10", "0"], "May is not seen");
  const over = contractPenalty(debts, payments, general("2026-05-01"));
  t.same([over.unpaid.toFixed(), over.credit.toFixed()], ["0", "990"]);
});
