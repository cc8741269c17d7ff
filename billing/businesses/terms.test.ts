import t from "tap";
import { day, formatDay } from "../../normalizer/model/dates.ts";
import { Exact } from "../exact.ts";
import { BUSINESS_STEPS, contractPenalty } from "../penalties/business.ts";
import { categoryFrom } from "./category-change.ts";
import { deviationPercent, hourlyBalance, scheduledKwh } from "./hourly-balance.ts";
import { gridSum, hourGrid } from "./hours.ts";
import { utilityMonths } from "./house-needs.ts";
import { contractPlanHour, resolvePlan } from "./plan.ts";

const exact = (text: string): Exact => new Exact(text);

t.test("hours against the register: equality passes, what fails is scaled or told", async (t) => {
  const kwh = hourGrid(30, () => exact("100.5"));
  const edge = hourlyBalance(kwh, exact("72000"), exact("0.5"), false);
  t.match(edge, { isOff: false, factor: null }, "72 360 is exactly 0.5 % above");
  t.equal(edge.differencePercent?.toFixed(3), "0.500");
  t.equal(hourlyBalance(kwh, exact("71999"), exact("0.5"), false).isOff, true);
  const scaled = hourlyBalance(kwh, exact("70000"), exact("0.5"), true);
  t.equal(scaled.isOff, false);
  t.equal(gridSum(scaled.billed).toFixed(6), "70000.000000");
  const none = hourGrid(30, () => exact("0"));
  t.equal(hourlyBalance(none, exact("100"), exact("0.5"), true).isOff, true, "nothing to scale");
  const zero = hourlyBalance(kwh, exact("0"), exact("0.5"), false);
  t.match(zero, { isOff: true, differencePercent: null });
});

t.test("contract volumes", async (t) => {
  t.equal(deviationPercent(exact("1187"), exact("1250"))?.toFixed(2), "-5.04");
  t.equal(deviationPercent(exact("1"), exact("0")), null);
  t.equal(scheduledKwh(exact("18.75"), exact("270")).toFixed(), "5063", "5 062.5 → 5 063");
});

t.test("plan: the default of a day without a plan in time", async (t) => {
  const kwh = hourGrid(5, (date) => exact(String(date)));
  const first = (plan: ReturnType<typeof resolvePlan>) => plan.kwh.map((row) => row[0]?.toFixed());
  const submitted = [{ from: 2, to: 3, kwh, notifiedOn: 1 }];
  const previous = Array.from({ length: 24 }, () => exact("9"));
  const last = resolvePlan(5, submitted, { kind: "LAST", previousDay: previous }, false);
  t.same(first(last), ["9", "2", "3", "3", "3"]);
  t.equal(last.defaultDays, 3);
  t.same(first(resolvePlan(5, submitted, { kind: "ZERO" }, false)), ["0", "2", "3", "0", "0"]);
  const hour = contractPlanHour(exact("528000"), exact("26400"), true, 30);
  t.equal(hour.toFixed(3), "696.667");
  const noticed = resolvePlan(5, submitted, { kind: "PER_HOUR", kwh: exact("7") }, true);
  t.same(first(noticed), ["7", "7", "3", "7", "7"], "notified on the 1st: too late for the 2nd");
});

t.test("change of the category: ten working days between notice and period", async (t) => {
  const calendar = { holidays: [], movedWorkdays: [] };
  const from = (notice: string, admitted: string | null) =>
    formatDay(categoryFrom(day(notice), admitted === null ? null : day(admitted), calendar));
  t.equal(from("2026-04-16", null), "2026-05-01", "17 … 30 April are ten");
  t.equal(from("2026-04-17", null), "2026-06-01");
  t.equal(from("2026-04-15", "2026-05-12"), "2026-06-01");
});

t.test(
  "house meter failed: three months by the mean, then the norm, the carry waits",
  async (t) => {
    const months = utilityMonths(
      [null, null, null, null, "9411"].map((house) => ({
        house: house === null ? null : exact(house),
        individual: [exact("9900")],
      })),
      ["10877", "10410", "9966", "9503", "9120", "9004"].map(exact),
      exact("0"),
      exact("661"),
    );
    t.same(
      months.map((row) => [row.basis, row.billed.toFixed(), row.carryNext.toFixed()]),
      [
        // Mean 9 813.33 → 9 813: −87 a month.
        ["MEAN", "0", "87"],
        ["MEAN", "0", "174"],
        ["MEAN", "0", "261"],
        ["NORM", "661", "261"],
        ["ODPU", "0", "750"],
      ],
    );
  },
);

t.test("several debts: the oldest due is paid first, each portion to its own day", async (t) => {
  const debts = [
    { due: day("2026-02-15"), sum: exact("100") },
    { due: day("2026-03-15"), sum: exact("200") },
  ];
  const payments = [{ day: day("2026-03-30"), sum: exact("150"), rate: exact("10") }];
  const { rows, unpaid, credit } = contractPenalty(debts, payments, {
    steps: BUSINESS_STEPS.general,
    upTo: day("2026-04-30"),
    rate: exact("10"),
    rateCap: null,
    moratoria: [],
  });
  t.same(
    rows.map(({ debt, row }) => [debt, row.part.toFixed(), row.days]),
    [
      [0, "100", 43],
      [1, "50", 15],
      [1, "150", 46],
    ],
  );
  t.same([unpaid.toFixed(), credit.toFixed()], ["150", "0"]);
});
