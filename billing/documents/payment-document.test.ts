import fc from "fast-check";
import t from "tap";
import {
  addDays,
  addMonths,
  type Day,
  day,
  endDay,
  firstDay,
  formatDay,
  formatMonth,
  month,
} from "../../normalizer/model/dates.ts";
import type { EntryKind, LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId, MessageId, RunId } from "../../normalizer/model/ids.ts";
import type { PostedLine } from "../../normalizer/model/lines.ts";
import type { PaymentDocument } from "../../normalizer/model/outbound.ts";
import { kopecks, price, volume } from "../../normalizer/model/units.ts";
import { HOUSEHOLD_DUE_DAYS } from "../conformance/penalty-law.ts";
import { NOTHING_OPEN } from "../settlement/settle.ts";
import { documentDates } from "./document-dates.ts";
import { documentReadings } from "./document-readings.ts";
import { type DocumentFacts, isDocumented, paymentDocument } from "./payment-document.ts";

const YEAR = (year: number, holidays: readonly string[]) => ({
  from: day(`${year}-01-01`),
  to: day(`${year + 1}-01-01`),
  value: { holidays: holidays.map(day), movedWorkdays: [] },
  origin: { message: 1 as MessageId, at: 0 },
});
const CALENDAR = [
  YEAR(2025, []),
  YEAR(2026, ["2026-01-01", "2026-01-02", "2026-01-09", "2026-03-09", "2026-05-11"]),
];

const LAW = { calendar: CALENDAR, dueDays: HOUSEHOLD_DUE_DAYS };

t.test(
  "due days: section 14 of the rules, its switches, and no guess without a calendar",
  async (t) => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ["2025-10", {}, "2025-10-31 2025-11-10"],
      ["2026-04", {}, "2026-04-30 2026-05-15"],
      ["2026-02", {}, "2026-02-28 2026-03-10"],
      ["2026-02", { "dueDate.switchBy": "DUE_MONTH" }, "2026-02-28 2026-03-16"],
      ["2026-03", { "dueDate.inclusive": "false" }, "2026-03-31 2026-04-14"],
      ["2025-10", { "contract.dueDay": "20" }, "2025-10-31 2025-11-20"],
      // 31 February is its last day, a Saturday.
      ["2026-01", { "contract.dueDay": "31" }, "2026-01-31 2026-03-02"],
      ["2026-03", { "contract.dueDay": "20" }, "2026-03-31 2026-04-15"],
      ["2026-12", {}, "NO_LAW_DATA:2027-01-15"],
    ];
    for (const [period, switches, expected] of cases) {
      const dates = documentDates(month(period), switches, LAW);
      t.equal(
        dates.ok
          ? `${formatDay(dates.value.issuedOn)} ${formatDay(dates.value.dueOn)}`
          : `${dates.problem.code}:${dates.problem.at}`,
        expected,
        `${period} ${JSON.stringify(switches)}`,
      );
    }
    t.equal(documentDates(month("2025-10"), {}, { ...LAW, calendar: [] }).ok, false);
  },
);

const ACCOUNT = 7 as AccountId;
const JULY = month("2021-07");

function line(more: Partial<PostedLine> & { readonly amount: PostedLine["amount"] }): PostedLine {
  return {
    run: 1 as RunId,
    period: JULY,
    account: ACCOUNT,
    ordinal: 1,
    kind: "METER",
    rule: "households.meter",
    ruleVersion: 1,
    point: 1,
    zone: "T0",
    range: 1,
    origin: JULY,
    tariffFrom: day("2021-07-01"),
    volume: volume(0),
    price: price(593_000),
    vat: null,
    ...more,
  };
}

function entry(
  kind: EntryKind,
  valueDay: string,
  amount: number,
  more: Partial<LedgerEntry> = {},
): LedgerEntry {
  const on = day(valueDay);
  const period = month(valueDay.slice(0, 7));
  const origin = kind === "PAYMENT" || kind === "REVERSAL" ? null : period;
  const sum = kopecks(amount);
  return {
    account: ACCOUNT,
    kind,
    valueDay: on,
    period,
    origin,
    amount: sum,
    source: null,
    ...more,
  };
}

const FACTS: DocumentFacts = {
  account: {
    number: "1500012721",
    holder: "Иванов И. И.",
    address: "г. Энск, ул. Садовая, д. 1",
    premises: "кв. 2",
    areaM2: "50.0",
    residents: 2,
  },
  executor: {
    name: "Поставщик",
    inn: "5001000017",
    kpp: "",
    address: "г. Энск",
    phone: "",
    bankAccount: "40702810400000000017",
    bankName: "Банк",
    bic: "044500017",
    correspondentAccount: "30101810000000000017",
  },
  month: JULY,
  dates: { issuedOn: day("2021-07-31"), dueOn: day("2021-08-10") },
  lines: [],
  start: NOTHING_OPEN,
  entries: [],
  paid: kopecks(0),
  lastPaidOn: null,
  meters: [],
};

function documentOf(more: Partial<DocumentFacts>): PaymentDocument {
  const made = paymentDocument({ ...FACTS, ...more });
  if (!made.ok) throw new Error(made.problem.code);
  return made.value;
}

const servicesText = ({ services }: PaymentDocument) =>
  services.map(
    (item) =>
      `${item.name} ${item.use} ${item.by} ${item.volume} × ${item.price}: ${item.charged} ` +
      `${item.increase} ${item.recalculated} = ${item.total}`,
  );
const recalculationsText = ({ recalculations }: PaymentDocument) =>
  recalculations.map((item) => `${formatMonth(item.origin)} ${item.ground} ${item.amount}`);

t.test("a reading after two estimated months (section 7.1): 659.39 + 64.15 + 43.60", async (t) => {
  const difference = { rule: "recalculation.difference", price: price(573_000) };
  const lines = [
    line({ volume: volume(111_1956), amount: kopecks(659_39) }),
    line({
      ...difference,
      origin: month("2021-05"),
      volume: volume(11_1957),
      amount: kopecks(64_15),
    }),
    line({
      ...difference,
      origin: month("2021-06"),
      volume: volume(7_6087),
      amount: kopecks(43_60),
    }),
  ];
  const entries = [
    entry("CHARGE", "2021-05-31", 573_00),
    entry("CHARGE", "2021-06-30", 573_00),
    entry("PAYMENT", "2021-07-09", -1000_00),
    entry("CHARGE", "2021-07-31", 659_39),
    entry("CORRECTION", "2021-07-31", 64_15, { origin: month("2021-05") }),
    entry("CORRECTION", "2021-07-31", 43_60, { origin: month("2021-06") }),
    entry("PENALTY", "2021-07-31", 1_10),
    entry("PAYMENT", "2021-08-02", -500_00),
  ];
  const paid = { paid: kopecks(1000_00), lastPaidOn: day("2021-07-09") };
  const document = documentOf({ lines, entries, ...paid });
  t.same(servicesText(document), [
    "Электроснабжение INDIVIDUAL M 1111956 × 593000: 65939 0 10775 = 76714",
  ]);
  t.same(recalculationsText(document), [
    "2021-05 по показаниям прибора учёта 6415",
    "2021-06 по показаниям прибора учёта 4360",
  ]);
  const { payable, debt, advance, penalty, payableWithDebt, number } = document;
  // Two months of 573.00 less 1 000.00; the payment of August is of the next document.
  t.same(
    { payable, debt, advance, penalty, payableWithDebt },
    {
      payable: 768_24,
      debt: 146_00,
      advance: 0,
      penalty: 1_10,
      payableWithDebt: 914_24,
    },
  );
  t.equal(number, "202107-1500012721");
  t.match(document.paymentCode, "|PersAcc=1500012721|");
  t.match(document.paymentCode, "|Sum=91424|");
});

t.test("zones, prices, methods and purposes are services of their own", async (t) => {
  const t1 = { zone: "T1", price: price(682_000) } as const;
  const lines = [
    line({ zone: "T2", price: price(265_000), volume: volume(37_0000), amount: kopecks(98_05) }),
    line({ ...t1, volume: volume(80_0000), amount: kopecks(545_60) }),
    line({ ...t1, point: 2, volume: volume(1_0000), amount: kopecks(6_82) }),
    line({ ...t1, price: price(659_000), volume: volume(44_0000), amount: kopecks(289_96) }),
    line({ kind: "AVERAGE", volume: volume(100_0000), amount: kopecks(593_00) }),
    // Norm 2 × 77 with the coefficient 1.5: round(231 × 5.93) − round(154 × 5.93).
    line({ kind: "KPOV", volume: volume(77_0000), amount: kopecks(456_61) }),
    line({ kind: "NORM", volume: volume(154_0000), amount: kopecks(913_22) }),
    line({ kind: "ODN", volume: volume(2_5000), amount: kopecks(14_83) }),
    line({ ...t1, range: 2, volume: volume(10_0000), amount: kopecks(68_20) }),
    line({ kind: "TAMPER", volume: volume(5_0000), amount: kopecks(29_65) }),
  ];
  const document = documentOf({ lines });
  t.same(servicesText(document), [
    "Электроснабжение INDIVIDUAL O 1000000 × 593000: 59300 0 0 = 59300",
    "Электроснабжение, неучтённое потребление INDIVIDUAL O 50000 × 593000: 2965 0 0 = 2965",
    "Электроснабжение INDIVIDUAL N 1540000 × 593000: 91322 45661 0 = 136983",
    "Электроснабжение, день INDIVIDUAL M 440000 × 659000: 28996 0 0 = 28996",
    "Электроснабжение, день INDIVIDUAL M 810000 × 682000: 55242 0 0 = 55242",
    "Электроснабжение, день, диапазон 2 INDIVIDUAL M 100000 × 682000: 6820 0 0 = 6820",
    "Электроснабжение, ночь INDIVIDUAL M 370000 × 265000: 9805 0 0 = 9805",
    "Электроснабжение, общедомовые нужды COMMON O 25000 × 593000: 1483 0 0 = 1483",
  ]);
  t.equal(
    document.payable,
    lines.reduce((sum, { amount }) => sum + amount, 0),
  );
});

t.test("what bends the charge has its place in the document", async (t) => {
  const none = { volume: volume(0), price: null };
  const again = { rule: "recalculation.difference", origin: month("2021-06") };
  const lines = [
    line({ volume: volume(100_0000), amount: kopecks(593_00) }),
    line({ kind: "KDELAY", volume: volume(0), amount: kopecks(-29_65) }),
    line({ kind: "BENEFIT", ...none, amount: kopecks(-50_00) }),
    line({ kind: "PLOT", volume: volume(10_0000), amount: kopecks(59_30) }),
    line({ kind: "PLOT", volume: volume(5_0000), amount: kopecks(29_65) }),
    line({ kind: "ABSENCE", volume: volume(-20_0000), amount: kopecks(-118_60) }),
    line({ kind: "UNAUTHORISED", volume: volume(50_0000), amount: kopecks(296_50) }),
    line({ kind: "MANUAL", ...none, amount: kopecks(-1_00) }),
    line({ ...again, kind: "BENEFIT", ...none, amount: kopecks(7_00) }),
    line({ ...again, kind: "TAMPER", volume: volume(9_0000), amount: kopecks(53_37) }),
    line({ ...again, kind: "KDELAY", volume: volume(0), amount: kopecks(-2_00) }),
  ];
  const document = documentOf({ lines });
  t.same(servicesText(document), [
    "Электроснабжение INDIVIDUAL M 1000000 × 593000: 59300 -2965 -6123 = 45212",
    "Электроснабжение, неучтённое потребление INDIVIDUAL O 500000 × 593000: 29650 0 0 = 29650",
    "Электроснабжение INDIVIDUAL N 150000 × 593000: 8895 0 0 = 8895",
  ]);
  t.equal(document.services[0]?.benefit, -50_00);
  t.same(recalculationsText(document), [
    "2021-06 льгота 700",
    "2021-06 акт о неучтённом потреблении 5337",
    "2021-06 прибор учёта не установлен в срок -200",
    "2021-07 временное отсутствие потребителя -11860",
    "2021-07 разовое начисление -100",
  ]);
  t.equal(
    document.payable,
    lines.reduce((sum, { amount }) => sum + amount, 0),
  );
});

t.test(
  "a month billed again shows its line as it stands now; a tariff order names itself",
  async (t) => {
    const again = { rule: "recalculation.difference", run: 2 as RunId };
    const document = documentOf({
      lines: [
        line({ kind: "AVERAGE", volume: volume(100_0000), amount: kopecks(593_00) }),
        line({ ...again, volume: volume(30_0000), amount: kopecks(177_90) }),
        line({ ...again, origin: month("2021-06"), zone: "T2", amount: kopecks(-1_00) }),
      ],
      entries: [
        entry("CORRECTION", "2021-07-31", -50_00, {
          origin: month("2021-01"),
          source: { message: 5 as MessageId, at: 1 },
        }),
      ],
    });
    t.same(servicesText(document), [
      "Электроснабжение INDIVIDUAL M 1300000 × 593000: 77090 0 -5000 = 72090",
      "Электроснабжение, ночь INDIVIDUAL M 0 × 593000: 0 0 -100 = -100",
    ]);
    t.same(recalculationsText(document), [
      "2021-01 корректировка начислений -5000",
      "2021-06 изменение тарифа -100",
    ]);
  },
);

t.test("registers: from the last state before the month, or of the installation", async (t) => {
  const state = (readOn: string, ...kwh: number[]) => ({
    stateAt: addDays(day(readOn), 1),
    values: kwh.map((value) => volume(value * 10_000)),
  });
  const meters = [
    {
      serial: "2",
      zones: ["T1", "T2"],
      readings: [state("2021-06-22", 1000, 400), state("2021-07-03", 1044, 423)],
    },
    {
      serial: "3",
      zones: ["T1", "T2"],
      readings: [state("2021-07-03", 0, 0), state("2021-07-22", 80, 37)],
    },
    { serial: "4", zones: ["T0"], readings: [state("2021-06-30", 10)] },
    { serial: "5", zones: ["T0"], readings: [state("2021-07-31", 10)] },
  ] as const;
  t.same(
    documentReadings(meters, JULY).map(
      ({ serial, zone, from, to }) => `${serial} ${zone} ${from} ${to}`,
    ),
    [
      "2 T1 10000000 10440000",
      "2 T2 4000000 4230000",
      "3 T1 0 800000",
      "3 T2 0 370000",
      "5 T0 null 100000",
    ],
  );
});

/** A ledger of a few months: lines of each month make its charge, as a run does. */
const MONTHS = 4;
const move = fc.oneof(
  fc.record({
    what: fc.constantFrom("CHARGE", "CORRECTION", "MANUAL", "PENALTY"),
    at: fc.nat(MONTHS),
    origin: fc.nat(MONTHS),
    amount: fc.integer({ min: -50_000, max: 90_000 }),
  }),
  fc.record({
    what: fc.constantFrom("PAYMENT", "REVERSAL"),
    at: fc.nat(MONTHS * 30),
    origin: fc.nat(MONTHS),
    amount: fc.integer({ min: 1, max: 120_000 }),
  }),
);

t.test("the sums add up, and to the balance of the ledger, whatever happened", async (t) => {
  let documents = 0;
  fc.assert(
    fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
      const first = addMonths(JULY, -MONTHS + 1);
      const lines: PostedLine[] = [line({ amount: kopecks(1), volume: volume(1) })];
      const entries: LedgerEntry[] = [entry("CHARGE", "2021-07-31", 1)];
      let reversible: number[] = [];
      for (const { what, at, origin, amount } of moves) {
        if (what === "PAYMENT" || what === "REVERSAL") {
          const on = formatDay(addDays(firstDay(first), at));
          if (what === "PAYMENT") reversible = [...reversible, amount];
          const taken = what === "PAYMENT" ? -amount : (reversible.pop() ?? amount);
          entries.push(entry(what, on, taken));
          continue;
        }
        const period = addMonths(first, Math.min(at, MONTHS - 1));
        const of = addMonths(first, Math.min(origin, period - first));
        const valueDay = formatDay((endDay(period) - 1) as Day);
        const sum = what === "CHARGE" ? Math.abs(amount) : amount;
        const source = what === "MANUAL" ? { message: 1 as MessageId, at: 1 } : null;
        const kind =
          what === "PENALTY"
            ? what
            : what === "CHARGE" || (of === period && what !== "MANUAL")
              ? "CHARGE"
              : "CORRECTION";
        const origins = kind === "CHARGE" ? period : of;
        entries.push(entry(kind, valueDay, sum, { period, origin: origins, source }));
        if (period === JULY && source === null && kind !== "PENALTY") {
          lines.push(line({ origin: origins, amount: kopecks(sum), volume: volume(1) }));
        }
      }
      const document = documentOf({ lines, entries });
      documents += 1;
      const end = day("2021-07-31");
      const balance = entries
        .filter(({ valueDay }) => valueDay <= end)
        .reduce((sum, { amount }) => sum + amount, 0);
      const { services, recalculations, penalty, payable, debt, advance } = document;
      const total = (amounts: readonly number[]) => amounts.reduce((sum, item) => sum + item, 0);
      return (
        document.payableWithDebt === balance &&
        document.payableWithDebt === payable + debt - advance &&
        debt >= 0 &&
        advance >= 0 &&
        payable === total(services.map((item) => item.total)) + penalty &&
        total(services.map((item) => item.recalculated)) ===
          total(recalculations.map(({ amount }) => amount)) &&
        services.every(
          (item) => item.total === item.charged + item.increase + item.recalculated + item.benefit,
        )
      );
    }),
    { numRuns: 1000 },
  );
  t.equal(documents, 1000);
});

t.test("a sum without a price bills no service: no document of it alone", async (t) => {
  const manual = line({ kind: "MANUAL", price: null, amount: kopecks(-100_00) });
  t.equal(isDocumented([manual]), false);
  t.equal(isDocumented([manual, line({ amount: kopecks(573_00) })]), true);
  t.throws(() => documentOf({ lines: [manual] }), /without a price/);
});
