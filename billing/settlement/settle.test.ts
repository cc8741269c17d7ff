import fc from "fast-check";
import t from "tap";
import { day, formatMonth, month } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { turnoverOf } from "../balances/balance.ts";
import { closingBalance, turnoverRow, turnoverTotals } from "../balances/turnover.ts";
import { allocate, DEBT_TYPES, type OpenDebt } from "./allocation.ts";
import { deriveSettlement, type SettlementFact } from "./derive.ts";
import { NOTHING_OPEN, settle } from "./settle.ts";

function entry(
  kind: LedgerEntry["kind"],
  valueDay: string,
  period: string,
  amount: number,
  origin: string | null = null,
): LedgerEntry {
  return {
    account: 1 as AccountId,
    kind,
    valueDay: day(valueDay),
    period: month(period),
    origin: origin === null ? null : month(origin),
    amount: kopecks(amount),
    source: null,
  };
}

const charge = (period: string, valueDay: string, amount: number) =>
  entry("CHARGE", valueDay, period, amount, period);

const openText = (debts: readonly OpenDebt[]) =>
  debts.map((debt) => `${formatMonth(debt.period)} ${debt.type} ${debt.left}`);

t.test("earliest debt first, the rest is advance and pays the next posting", async (t) => {
  const entries = [
    charge("2026-01", "2026-01-31", 100_00),
    charge("2026-02", "2026-02-28", 200_00),
    entry("PAYMENT", "2026-03-05", "2026-03", -350_00),
    charge("2026-03", "2026-03-31", 120_00),
  ];
  const before = settle(NOTHING_OPEN, entries, day("2026-03-30"));
  t.equal(before.advance, 50_00);
  t.equal(before.balance, -50_00);
  const after = settle(NOTHING_OPEN, entries, day("2026-03-31"));
  t.same(openText(after.debts), ["2026-03 PRINCIPAL 7000"]);
  t.same(
    after.allocations.map((item) => [item.source === null, formatMonth(item.period), item.amount]),
    [
      [false, "2026-01", 100_00],
      [false, "2026-02", 200_00],
      [true, "2026-03", 50_00],
    ],
  );
});

t.test("a checkpoint stands for all that was before it", async (t) => {
  const start = {
    debts: [{ origin: month("2025-12"), amount: kopecks(70_00) }],
    penalties: [{ origin: month("2025-11"), amount: kopecks(3_00) }],
    advance: kopecks(0),
  };
  const pay = (amount: number) =>
    settle(
      start,
      [charge("2026-01", "2026-01-31", 10_00), entry("PAYMENT", "2026-02-01", "2026-02", -amount)],
      day("2026-02-28"),
    );
  // ГК 319: charges before penalties, however old these are.
  t.same(openText(pay(75_00).debts), ["2025-11 PENALTY 300", "2026-01 PRINCIPAL 500"]);
  t.same(openText(pay(81_00).debts), ["2025-11 PENALTY 200"]);
});

t.test(
  "corrections: an increase joins the posting period, a decrease lowers its origin",
  async (t) => {
    // P01 of the rules: February −6.93, March +67.43, both posted in April.
    const entries = [
      charge("2021-02", "2021-02-28", 700_97),
      charge("2021-03", "2021-03-31", 700_97),
      charge("2021-04", "2021-04-30", 743_61),
      entry("CORRECTION", "2021-04-30", "2021-04", -6_93, "2021-02"),
      entry("CORRECTION", "2021-04-30", "2021-04", 67_43, "2021-03"),
      entry("PAYMENT", "2021-04-26", "2021-04", -700_00),
    ];
    const settled = settle(NOTHING_OPEN, entries, day("2021-04-30"));
    t.same(openText(settled.debts), ["2021-03 PRINCIPAL 69501", "2021-04 PRINCIPAL 81104"]);
    t.equal(settled.balance, 1506_05);
  },
);

t.test("a decrease below what was paid becomes advance", async (t) => {
  const entries = [
    charge("2021-08", "2021-08-31", 711_60),
    entry("PAYMENT", "2021-09-10", "2021-09", -711_60),
    entry("CORRECTION", "2021-10-31", "2021-10", -355_80, "2021-08"),
  ];
  const settled = settle(NOTHING_OPEN, entries, day("2021-10-31"));
  t.equal(settled.advance, 355_80);
  t.same(settled.debts, []);
});

t.test("a reversal re-opens what its payment closed; others keep theirs", async (t) => {
  const entries = [
    charge("2021-03", "2021-03-31", 888_15),
    charge("2021-04", "2021-04-30", 888_15),
    entry("PAYMENT", "2021-04-09", "2021-04", -888_15),
    entry("PAYMENT", "2021-05-20", "2021-05", -500_00),
    entry("REVERSAL", "2021-06-03", "2021-06", 888_15),
  ];
  const settled = settle(NOTHING_OPEN, entries, day("2021-06-30"));
  t.same(openText(settled.debts), ["2021-03 PRINCIPAL 88815", "2021-04 PRINCIPAL 38815"]);
  t.equal(settled.allocations.at(-1)?.amount, -888_15);
});

// Paid 500 and 500 for a charge of 500, then 300 of the advance went back and 900 were charged: 900 − 200 are open.
t.test("a refund takes from the advance, and no payment back", async (t) => {
  const entries = [
    charge("2026-01", "2026-01-31", 500_00),
    entry("PAYMENT", "2026-02-02", "2026-02", -500_00),
    entry("PAYMENT", "2026-02-03", "2026-02", -500_00),
    entry("REFUND", "2026-02-10", "2026-02", 300_00),
  ];
  const before = settle(NOTHING_OPEN, entries, day("2026-02-28"));
  t.same([openText(before.debts), before.advance], [[], 200_00]);
  const charged = [...entries, charge("2026-02", "2026-02-28", 900_00)];
  const after = settle(NOTHING_OPEN, charged, day("2026-02-28"));
  t.same([openText(after.debts), after.advance], [["2026-02 PRINCIPAL 70000"], 0]);
  const equal = [...entries.slice(0, 3), entry("REFUND", "2026-02-10", "2026-02", 500_00)];
  const back = settle(NOTHING_OPEN, equal, day("2026-02-28"));
  t.same([openText(back.debts), back.advance], [[], 0], "as much as one payment");
  const beyond = settle(NOTHING_OPEN, [...entries, ...entries.slice(3)], day("2026-02-28"));
  t.same(openText(beyond.debts), ["2026-02 PRINCIPAL 10000"], "what the advance does not cover");
});

t.test("purpose first, even expired; a penalty only after the principal", async (t) => {
  const debt = (period: string, type: OpenDebt["type"], left: number, expires?: string) => ({
    period: month(period),
    type,
    service: "EE",
    left,
    expires: expires === undefined ? null : day(expires),
  });
  const debts = [
    debt("2021-01", "PRINCIPAL", 100_00, "2024-02-10"),
    debt("2025-01", "PENALTY", 5_99),
    debt("2025-02", "PRINCIPAL", 50_00),
  ];
  const policy = { mode: "EARLIEST", order: DEBT_TYPES } as const;
  const sum = kopecks(60_00);
  const plain = debts.map((item) => ({ ...item }));
  const first = allocate(sum, day("2025-04-10"), null, plain, policy);
  t.same(
    first.shares.map((share) => share.amount),
    [50_00, 5_99],
  );
  t.equal(first.advance, 4_01);
  const named = debts.map((item) => ({ ...item }));
  const purpose = { period: month("2021-01") };
  const second = allocate(sum, day("2025-04-10"), purpose, named, policy);
  t.same(
    second.shares.map((share) => share.amount),
    [60_00],
  );
});

t.test(
  "conservation: Σ allocations + advance = payments, debts = charges − allocations",
  async () => {
    const amount = fc.integer({ min: 1, max: 500_000 });
    const fact = fc.record({
      isPayment: fc.boolean(),
      amount,
      at: fc.integer({ min: 0, max: 400 }),
    });
    const mode = fc.constantFrom("EARLIEST" as const, "PROPORTIONAL" as const);
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 25 }), mode, (items, how) => {
        const facts: SettlementFact[] = items.map((item, index) => {
          const on = (day("2025-01-01") + item.at) as ReturnType<typeof day>;
          const sum = kopecks(item.amount);
          return item.isPayment
            ? { kind: "PAYMENT", day: on, id: String(index), amount: sum, purpose: null }
            : {
                kind: "POSTING",
                day: on,
                period: (month("2025-01") + index) as ReturnType<typeof month>,
                type: index % 3 === 0 ? "PENALTY" : "PRINCIPAL",
                service: index % 2 === 0 ? "EE" : "ODN",
                amount: sum,
                expires: null,
              };
        });
        const policy = { mode: how, order: DEBT_TYPES };
        const start = { debts: [], advance: kopecks(0) };
        const settled = deriveSettlement(start, facts, day("2026-12-31"), policy);
        let paid = 0;
        let charged = 0;
        for (const item of facts) {
          if (item.kind === "PAYMENT") paid += item.amount;
          if (item.kind === "POSTING") charged += item.amount;
        }
        let allocated = 0;
        for (const item of settled.allocations) allocated += item.amount;
        let owed = 0;
        for (const debt of settled.debts) owed += debt.left;
        return (
          allocated + settled.advance === paid &&
          owed === charged - allocated &&
          settled.balance === charged - paid &&
          settled.allocations.every((item) => item.amount > 0)
        );
      }),
      { numRuns: 2_000 },
    );
  },
);

t.test("turnover sheet: closing = opening + charged + recalculated + penalty − paid", async (t) => {
  const entries = [
    entry("OPENING", "2025-12-31", "2026-01", 100_00),
    charge("2026-01", "2026-01-31", 50_00),
    charge("2026-02", "2026-02-28", 60_00),
    entry("CORRECTION", "2026-02-28", "2026-02", -5_00, "2026-01"),
    entry("PENALTY", "2026-02-28", "2026-02", 1_50),
    entry("PAYMENT", "2026-02-10", "2026-02", -300_00),
    entry("REVERSAL", "2026-02-11", "2026-02", 20_00),
    charge("2026-03", "2026-03-31", 999_00),
  ];
  const turnover = turnoverOf(entries, month("2026-02"));
  t.same(turnover, {
    opening: 150_00,
    charged: 60_00,
    recalculated: -5_00,
    penalty: 1_50,
    paid: 280_00,
    writtenOff: 0,
  });
  t.equal(closingBalance(turnover), -73_50);
  const row = turnoverRow(turnover);
  t.match(row, { openingDebit: 150_00, openingCredit: 0, closingDebit: 0, closingCredit: 73_50 });
  t.match(turnoverTotals([row, row]), { closingCredit: 147_00, charged: 120_00 });
});
