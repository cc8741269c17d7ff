import t from "tap";
import { day, formatDay, month } from "../../normalizer/model/dates.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { Exact } from "../exact.ts";
import { kwh, roublesPerKwh } from "../households/testing.ts";
import { courtFee } from "./court-fee.ts";
import { debtorRows } from "./debtors.ts";
import { instalmentSchedule } from "./instalment.ts";
import { type RestrictionCase, restrictionDates } from "./restriction.ts";

t.test("court fee (section 18.3)", async (t) => {
  const cases = [
    // claim, filed, order, fee
    ["12500", "2025-01-01", true, "2000"],
    ["180000", "2025-01-01", false, "6400"],
    ["420000", "2025-01-01", true, "6500"],
    ["100000", "2025-01-01", false, "4000"],
    ["100001", "2025-01-01", false, "4000"],
    ["9000000", "2025-01-01", false, "83500"],
    ["900000000", "2025-01-01", false, "900000"],
    ["5000", "2024-09-08", false, "400"],
    ["50000", "2024-09-08", false, "1700"],
    ["50000", "2024-09-08", true, "850"],
    ["90000000", "2024-09-08", false, "60000"],
  ] as const;
  for (const [claim, filed, isOrder, want] of cases)
    t.equal(courtFee(new Exact(claim), day(filed), isOrder).fee.toFixed(0), want, claim);
});

t.test("restriction (section 18.2)", async (t) => {
  const given: RestrictionCase = {
    debt: kopecks(2000_00),
    norm: kwh("77"),
    persons: 2,
    price: roublesPerKwh("5.51"),
    delivered: day("2025-09-01"),
    paidInFull: day("2025-10-10"),
    hasAgreement: false,
    isLimitable: true,
  };
  const dates = (more: Partial<RestrictionCase>) => {
    const result = restrictionDates({ ...given, ...more });
    const { payUntil, restrictFrom, suspendFrom, restoreBy } = result;
    return [payUntil, restrictFrom, suspendFrom, restoreBy].map((at) =>
      at === null ? null : formatDay(at),
    );
  };
  t.match(restrictionDates(given), { threshold: 1697_08, isEligible: true });
  t.same(dates({}), ["2025-09-21", "2025-09-22", "2025-10-02", "2025-10-12"]);
  t.same(dates({ isLimitable: false }), ["2025-09-21", "2025-09-22", "2025-09-22", "2025-10-12"]);
  t.same(dates({ paidInFull: day("2025-09-21") }), ["2025-09-21", null, null, null]);
  const not = [null, null, null, null];
  t.same(dates({ debt: kopecks(1697_08) }), not, "not more than two monthly payments");
  t.same(dates({ hasAgreement: true }), not);
});

t.test("instalments (section 18.4): 7 000 in 6 parts", async (t) => {
  const rows = instalmentSchedule(kopecks(7000_00), 6, day("2025-01-31"));
  t.same(
    rows.map((row) => row.amount),
    [1166_70, 1166_66, 1166_66, 1166_66, 1166_66, 1166_66],
  );
  t.same(
    rows.slice(0, 3).map((row) => formatDay(row.due)),
    ["2025-01-31", "2025-02-28", "2025-03-31"],
  );
});

t.test(
  "days of the debtor list count from the end of the accrual month (section 15.5)",
  async (t) => {
    const debts = ["2022-01", "2022-02", "2022-03"].map((period) => ({
      period: month(period),
      amount: kopecks(100),
    }));
    const { rows, total } = debtorRows(debts, day("2022-05-31"));
    t.same(
      rows.map((row) => row.daysFromAccrual),
      [120, 92, 61],
    );
    t.equal(total, 300);
  },
);
