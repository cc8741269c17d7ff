import fc from "fast-check";
import t from "tap";
import { day, formatMonth, month } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { turnoverOf } from "../balances/balance.ts";
import { closingBalance, turnoverRow, turnoverTotals } from "../balances/turnover.ts";
import { Exact } from "../exact.ts";
import { type AllocationPolicy, allocate, DEBT_TYPES, type OpenDebt } from "./allocation.ts";
import { allocateByDue } from "./business.ts";
import { closeMonth } from "./close.ts";
import { deriveSettlement, type Posting, type SettlementFact } from "./derive.ts";
import { debtsOfMonths, NOTHING_OPEN, settle, settlementStart } from "./settle.ts";

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

const debt = (period: string, type: OpenDebt["type"], left: number, expires?: string) => ({
  period: month(period),
  type,
  service: "EE",
  left,
  expires: expires === undefined ? null : day(expires),
});
const posting = (
  period: string,
  on: string,
  amount: number,
  type: Posting["type"] = "PRINCIPAL",
): Posting => ({
  kind: "POSTING",
  day: day(on),
  period: month(period),
  type,
  service: "EE",
  amount: kopecks(amount),
  expires: null,
});
const payment = (id: string, on: string, amount: number) => ({
  kind: "PAYMENT" as const,
  day: day(on),
  id,
  amount: kopecks(amount),
  purpose: null,
});
const derive = (facts: readonly SettlementFact[], upTo: string) =>
  deriveSettlement({ debts: [], advance: kopecks(0) }, facts, day(upTo), {
    mode: "EARLIEST",
    order: DEBT_TYPES,
  });

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
    costs: [],
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

t.test("a checkpoint's advance is debts less balance, and pays the next charge", async (t) => {
  t.equal(settlementStart(null), NOTHING_OPEN);
  const debts = [{ origin: month("2025-12"), amount: kopecks(70_00) }];
  const penalties = [{ origin: month("2025-11"), amount: kopecks(3_00) }];
  const owing = { debts, penalties, costs: [], balance: kopecks(73_00) };
  t.same(settlementStart(owing), { debts, penalties, costs: [], advance: 0 });
  t.equal(settlementStart({ ...owing, balance: kopecks(23_00) }).advance, 50_00);
  const start = settlementStart({ ...owing, debts: [], penalties: [], balance: kopecks(-50_00) });
  const settled = settle(start, [charge("2026-01", "2026-01-31", 120_00)], day("2026-01-31"));
  t.same([openText(settled.debts), settled.advance], [["2026-01 PRINCIPAL 7000"], 0]);
  t.same(
    settled.allocations.map(({ source, payment, service }) => [source, payment, service]),
    [[null, null, "EE"]],
    "money of no payment",
  );
  const open: OpenDebt[] = [
    debt("2026-02", "PRINCIPAL", 20_00),
    debt("2026-01", "PENALTY", 1_00),
    debt("2026-01", "PRINCIPAL", 10_00),
  ];
  t.same(debtsOfMonths(open, "PRINCIPAL"), [
    { origin: month("2026-01"), amount: 10_00 },
    { origin: month("2026-02"), amount: 20_00 },
  ]);
});

t.test(
  "a decrease for a month of the checkpoint lowers its debt, the rest is credit",
  async (t) => {
    const start = {
      debts: [
        { origin: month("2025-11"), amount: kopecks(40_00) },
        { origin: month("2025-12"), amount: kopecks(70_00) },
      ],
      penalties: [{ origin: month("2025-12"), amount: kopecks(3_00) }],
      costs: [],
      advance: kopecks(0),
    };
    const lowered = (amount: number) => {
      const correction = entry("CORRECTION", "2026-01-31", "2026-01", -amount, "2025-12");
      const settled = settle(start, [correction], day("2026-01-31"));
      return [...openText(settled.debts), settled.balance];
    };
    t.same(lowered(50_00), [
      "2025-11 PRINCIPAL 4000",
      "2025-12 PRINCIPAL 2000",
      "2025-12 PENALTY 300",
      63_00,
    ]);
    // 70 closes December, 20 pay November.
    t.same(lowered(90_00), ["2025-11 PRINCIPAL 2000", "2025-12 PENALTY 300", 23_00]);
  },
);

t.test("opening balances, late charges and penalties are debts of their months", async (t) => {
  const entries = [
    entry("OPENING", "2026-01-01", "2026-01", 30_00),
    entry("OPENING", "2026-01-01", "2026-01", 20_00, "2025-10"),
    entry("CHARGE", "2026-02-28", "2026-02", 5_00, "2025-10"),
    entry("PENALTY", "2026-02-28", "2026-02", 1_50),
  ];
  t.same(openText(settle(NOTHING_OPEN, entries, day("2026-02-28")).debts).sort(), [
    "2025-10 PRINCIPAL 2500",
    "2026-01 PRINCIPAL 3000",
    "2026-02 PENALTY 150",
  ]);
  // What is valued later is not seen, though its month is: neither a charge nor a correction.
  const later = [
    charge("2026-01", "2026-01-31", 100_00),
    charge("2026-01", "2026-03-31", 7_00),
    entry("CORRECTION", "2026-03-31", "2026-03", -40_00, "2026-01"),
  ];
  t.same(openText(settle(NOTHING_OPEN, later, day("2026-03-30")).debts), [
    "2026-01 PRINCIPAL 10000",
  ]);
  t.same(openText(settle(NOTHING_OPEN, later, day("2026-03-31")).debts), [
    "2026-01 PRINCIPAL 6700",
  ]);
});

t.test("a payment that names its month; two equal payments that both went back", async (t) => {
  const charges = [
    charge("2026-01", "2026-01-31", 100_00),
    charge("2026-02", "2026-02-28", 100_00),
  ];
  const named = entry("PAYMENT", "2026-03-05", "2026-03", -60_00, "2026-02");
  t.same(openText(settle(NOTHING_OPEN, [...charges, named], day("2026-03-31")).debts), [
    "2026-01 PRINCIPAL 10000",
    "2026-02 PRINCIPAL 4000",
  ]);
  const pay = entry("PAYMENT", "2026-03-05", "2026-03", -100_00);
  const back = entry("REVERSAL", "2026-03-10", "2026-03", 100_00);
  const settled = settle(NOTHING_OPEN, [...charges, pay, pay, back, back], day("2026-03-31"));
  t.same(openText(settled.debts), ["2026-01 PRINCIPAL 10000", "2026-02 PRINCIPAL 10000"]);
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

t.test("one day: postings first, the advance pays when all are there, oldest first", async (t) => {
  const facts: SettlementFact[] = [
    payment("p", "2026-01-31", 50_00),
    posting("2026-01", "2026-01-31", 20_00),
    posting("2026-03", "2026-03-31", 100_00),
    posting("2026-02", "2026-03-31", 25_00),
    payment("late", "2026-04-01", 1_00),
  ];
  const settled = derive(facts, "2026-03-31");
  t.same(
    settled.allocations.map((item) => [item.source, formatMonth(item.period), item.amount]),
    [
      ["p", "2026-01", 20_00],
      [null, "2026-02", 25_00],
      [null, "2026-03", 5_00],
    ],
  );
  t.same(openText(settled.debts), ["2026-03 PRINCIPAL 9500"], "April is not seen");
  // Postings of two days: the first takes what there is on its own day.
  const apart = derive(
    [
      payment("p", "2026-01-01", 50_00),
      posting("2026-01", "2026-01-31", 40_00),
      posting("2026-02", "2026-02-28", 40_00),
    ],
    "2026-02-28",
  );
  t.same(
    apart.allocations.map((item) => [item.day, item.amount]),
    [
      [day("2026-01-31"), 40_00],
      [day("2026-02-28"), 10_00],
    ],
  );
});

t.test(
  "a credit of the consumer pays as money does; a lowered penalty only penalties",
  async (t) => {
    const open = [
      posting("2026-01", "2026-01-31", 40_00),
      posting("2026-01", "2026-01-31", 30_00, "PENALTY"),
    ];
    const credit = derive([...open, posting("2026-02", "2026-02-28", -50_00)], "2026-02-28");
    t.same(openText(credit.debts), ["2026-01 PENALTY 2000"]);
    const lowered = posting("2026-02", "2026-02-28", -50_00, "PENALTY");
    const before = derive([...open, lowered], "2026-02-28");
    t.same([openText(before.debts), before.advance], [["2026-01 PRINCIPAL 4000"], 20_00]);
    const next = derive([...open, lowered, posting("2026-03", "2026-03-31", 5_00)], "2026-03-31");
    t.same(
      [openText(next.debts), next.advance],
      [["2026-01 PRINCIPAL 2000", "2026-03 PRINCIPAL 500"], 0],
    );
  },
);

t.test("a reversal re-opens each debt with what the payment had given it", async (t) => {
  const debts = [
    posting("2026-01", "2026-01-31", 100_00),
    { ...posting("2026-01", "2026-01-31", 10_00), service: "ODN" },
    posting("2026-01", "2026-01-31", 5_00, "PENALTY"),
    posting("2026-02", "2026-02-28", 50_00),
  ];
  const reversal = { kind: "REVERSAL", day: day("2026-03-10"), id: "r", of: "p" } as const;
  const paid = [...debts, payment("p", "2026-03-05", 170_00)];
  t.same([derive(paid, "2026-03-31").debts, derive(paid, "2026-03-31").advance], [[], 5_00]);
  const settled = derive([...paid, reversal], "2026-03-31");
  t.same(
    settled.debts.map((item) => [formatMonth(item.period), item.type, item.service, item.left]),
    [
      ["2026-01", "PRINCIPAL", "EE", 100_00],
      ["2026-01", "PRINCIPAL", "ODN", 10_00],
      ["2026-01", "PENALTY", "EE", 5_00],
      ["2026-02", "PRINCIPAL", "EE", 50_00],
    ],
  );
  t.equal(settled.advance, 0, "the advance went back too");
});

const shared = (
  sum: number,
  debts: readonly OpenDebt[],
  policy: AllocationPolicy,
  purpose: Parameters<typeof allocate>[2] = null,
  on = "2026-04-10",
) => {
  const { shares, advance } = allocate(kopecks(sum), day(on), purpose, debts, policy);
  const rows = shares.map(
    (share) => `${formatMonth(share.debt.period)} ${share.debt.service} ${share.amount}`,
  );
  return [...rows, advance];
};

t.test("limitation, services, types left out, and the order of months", async (t) => {
  const policy = { mode: "EARLIEST", order: DEBT_TYPES } as const;
  const old = () => [debt("2023-02", "PRINCIPAL", 10_00, "2026-03-10")];
  t.same(shared(4_00, old(), policy, null, "2026-03-10"), ["2023-02 EE 400", 0], "last day");
  t.same(shared(4_00, old(), policy, null, "2026-03-11"), [4_00], "beyond the limitation");
  const two = () => [
    debt("2026-02", "PRINCIPAL", 10_00),
    debt("2026-01", "PRINCIPAL", 10_00),
    { ...debt("2026-03", "PRINCIPAL", 10_00), service: "ODN" },
  ];
  t.same(shared(15_00, two(), policy), ["2026-01 EE 1000", "2026-02 EE 500", 0]);
  t.same(shared(15_00, two(), policy, { service: "ODN" }), [
    "2026-03 ODN 1000",
    "2026-01 EE 500",
    0,
  ]);
  t.same(shared(1_00, two(), policy, { service: "EE" }), ["2026-01 EE 100", 0]);
  const principalOnly = { mode: "EARLIEST", order: ["PRINCIPAL"] } as const;
  const mixed = [debt("2026-01", "PENALTY", 5_00), debt("2026-02", "PRINCIPAL", 10_00)];
  t.same(shared(20_00, mixed, principalOnly), ["2026-02 EE 1000", 10_00]);
});

t.test("in proportion: by type, then month and service; the last takes the residue", async (t) => {
  const policy = { mode: "PROPORTIONAL", order: DEBT_TYPES } as const;
  const of = (service: string, left: number, period = "2026-01") => ({
    ...debt(period, "PRINCIPAL", left),
    service,
  });
  // Thirds of a rouble: 0.33, 0.33 and the residue.
  t.same(shared(1_00, [of("C", 5_00), of("A", 5_00), of("B", 5_00)], policy), [
    "2026-01 A 33",
    "2026-01 B 33",
    "2026-01 C 34",
    0,
  ]);
  t.same(shared(1_00, [of("B", 2_00), of("A", 1_00, "2026-02")], policy), [
    "2026-01 B 67",
    "2026-02 A 33",
    0,
  ]);
  // 98 of 100: 29.4 each is 29, and of the residue of 11 the last has room for 10.
  t.same(shared(98, [of("A", 30), of("B", 30), of("C", 30), of("D", 10)], policy), [
    "2026-01 A 29",
    "2026-01 B 29",
    "2026-01 C 30",
    "2026-01 D 10",
    0,
  ]);
  t.same(shared(110, [of("A", 30), of("B", 30)], policy), ["2026-01 A 30", "2026-01 B 30", 50]);
  // The penalty waits until the principal is paid.
  const mixed = () => [debt("2026-01", "PENALTY", 5_00), of("A", 10_00, "2026-02")];
  t.same(shared(6_00, mixed(), policy), ["2026-02 A 600", 0]);
  t.same(shared(12_00, mixed(), policy), ["2026-02 A 1000", "2026-01 EE 200", 0]);
});

t.test("business: named debts once, then the oldest due where the rest may go on", async (t) => {
  const debts = [
    { id: "march", due: day("2026-04-15"), sum: new Exact(100) },
    { id: "february", due: day("2026-03-15"), sum: new Exact(50) },
    { id: "january", due: day("2026-02-15"), sum: new Exact(30) },
  ];
  const by = (sum: number, named: readonly string[], spill: boolean) => {
    const { shares, advance } = allocateByDue(new Exact(sum), debts, named, spill);
    return [...shares.map((share) => `${share.id} ${share.sum}`), advance.toFixed()];
  };
  t.same(by(120, ["march"], true), ["march 100", "january 20", "0"]);
  t.same(by(120, ["march"], false), ["march 100", "20"]);
  t.same(by(250, ["march"], true), ["march 100", "january 30", "february 50", "70"]);
  t.same(by(60, [], false), ["january 30", "february 30", "0"], "nothing was named");
});

t.test("a close lists its penalties by month, whatever the order of charges", async (t) => {
  const account = {
    charges: [
      { period: month("2025-03"), amount: kopecks(1000_00) },
      { period: month("2025-02"), amount: kopecks(1000_00) },
    ],
    corrections: [],
    costs: [],
    money: [payment("p", "2025-07-01", 1000_00)],
    penalties: [],
  };
  const terms = {
    steps: [{ fromDay: 31, divisor: 300 }],
    keyRates: [{ from: day("2020-01-01"), rateE2: 950 }],
    caps: [],
    pauses: [],
    rateMoment: "PAYMENT_DATE",
    pauseStopsCount: false,
  } as const;
  const due = (of: number) => day(of === month("2025-02") ? "2025-03-10" : "2025-04-10");
  const closed = closeMonth(month("2025-06"), account, terms, due);
  // Days 31–112 and 31–81: 1 000 × 0.095 / 300 × 82 = 25.97 and × 51 = 16.15. July is not seen.
  t.same(
    closed.lines.map((line) => [formatMonth(line.period), line.days, line.amount]),
    [
      ["2025-02", 82, 25_97],
      ["2025-03", 51, 16_15],
    ],
  );
  t.same(openText(closed.settlement.debts), [
    "2025-02 PRINCIPAL 100000",
    "2025-03 PRINCIPAL 100000",
    "2025-06 PENALTY 4212",
  ]);
  t.equal(closed.settlement.debts.at(-1)?.service, "EE");
});

t.test("purpose first, even expired; a penalty only after the principal", async (t) => {
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
    costs: 0,
    paid: 280_00,
    writtenOff: 0,
  });
  t.equal(closingBalance(turnover), -73_50);
  const row = turnoverRow(turnover);
  t.match(row, { openingDebit: 150_00, openingCredit: 0, closingDebit: 0, closingCredit: 73_50 });
  t.match(turnoverTotals([row, row]), { closingCredit: 147_00, charged: 120_00 });
});

t.test(
  "court costs are paid first; a write-off closes the debt it names, and comes back",
  async (t) => {
    // ГК 319: 40.00 go to the costs of 20.00 although the charge is older, 20.00 to January.
    const entries = [
      charge("2026-01", "2026-01-31", 100_00),
      entry("COURT_COSTS", "2026-02-10", "2026-02", 20_00, "2026-02"),
      charge("2026-02", "2026-02-28", 60_00),
      entry("PENALTY", "2026-02-28", "2026-02", 3_00),
      entry("PAYMENT", "2026-03-05", "2026-03", -40_00),
    ];
    const on = (more: readonly LedgerEntry[]) => {
      const settled = settle(NOTHING_OPEN, [...entries, ...more], day("2026-04-30"));
      return [openText(settled.debts), settled.advance];
    };
    t.same(on([])[0], ["2026-01 PRINCIPAL 8000", "2026-02 PENALTY 300", "2026-02 PRINCIPAL 6000"]);
    const january = entry("WRITE_OFF", "2026-04-01", "2026-04", -80_00, "2026-01");
    const penalty = entry("PENALTY_WRITE_OFF", "2026-04-01", "2026-04", -3_00, "2026-02");
    t.same(on([january, penalty]), [["2026-02 PRINCIPAL 6000"], 0]);
    const back = entry("WRITE_OFF", "2026-04-10", "2026-04", 80_00, "2026-01");
    t.same(on([january, penalty, back])[0], ["2026-01 PRINCIPAL 8000", "2026-02 PRINCIPAL 6000"]);
    // Paid costs that the court takes back are free at once: 20.00 more for January.
    const noCosts = entry("COURT_COSTS", "2026-04-02", "2026-04", -20_00, "2026-02");
    t.same(settle(NOTHING_OPEN, [...entries, noCosts], day("2026-04-30")).balance, 123_00);
    t.same(turnoverOf([...entries, january, penalty, noCosts], month("2026-04")), {
      opening: 143_00,
      charged: 0,
      recalculated: 0,
      penalty: 0,
      costs: -20_00,
      paid: 0,
      writtenOff: 83_00,
    });
  },
);
