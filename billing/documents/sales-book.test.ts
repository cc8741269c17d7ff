import t, { type Test } from "tap";
import { day, formatDay, formatMonth, month } from "../../normalizer/model/dates.ts";
import { Exact } from "../exact.ts";
import { type SalesBook, type SalesBookFacts, salesBook } from "./sales-book.ts";

// Worked by hand from billing-legal-entities.md, section 15.
const exact = (text: string): Exact => new Exact(text);
const pay = (date: string, sum: string, period: string) => ({
  day: day(date),
  sum: exact(sum),
  period: month(period),
});
const delivery = (period: string, net: string) => ({ period: month(period), net: exact(net) });

const quarter: SalesBookFacts = {
  advanceInvoice: "MONTH_END_BALANCE",
  months: ["2026-04", "2026-05", "2026-06"].map(month),
  openingAdvances: [],
  openingDeliveries: [],
  deliveries: [],
  payments: [],
  corrections: [],
  vat: [
    { from: day("2019-01-01"), to: day("2026-01-01"), value: 20 },
    { from: day("2026-01-01"), to: null, value: 22 },
  ],
};

/** "sales 01 2026-04-30 2026-04 1220.00 220.00" for each entry. */
function rows(book: SalesBook): string[] {
  return book.entries.map((entry) => {
    const of = "period" in entry.of ? formatMonth(entry.of.period) : formatDay(entry.of.advanceDay);
    const sums = `${entry.gross.toFixed(2)} ${entry.vat.toFixed(2)}`;
    return `${entry.book} ${entry.code} ${formatDay(entry.day)} ${of} ${sums}`;
  });
}

function checked(t: Test, book: SalesBook): void {
  for (const { of, books, documents } of book.checks)
    t.equal(books.toFixed(2), documents.toFixed(2), `books and documents agree on ${of}`);
}

t.test(
  "an invoice per advance: only the increase is offset, overpaid becomes advance",
  async (t) => {
    const book = salesBook({
      ...quarter,
      advanceInvoice: "PER_PAYMENT",
      deliveries: [delivery("2026-04", "1000.00")],
      payments: [
        pay("2026-04-10", "500.00", "2026-04"),
        pay("2026-05-05", "100.00", "2026-05"),
        pay("2026-05-07", "720.00", "2026-04"),
      ],
      corrections: [
        { ...delivery("2026-04", "1050.00"), issued: day("2026-05-06"), cause: "PRICE_REVISION" },
        { ...delivery("2026-04", "1000.00"), issued: day("2026-05-08"), cause: "METER_ERROR" },
      ],
    });
    t.same(rows(book), [
      "sales 02 2026-04-10 2026-04-10 500.00 90.16",
      "sales 01 2026-04-30 2026-04 1220.00 220.00",
      "purchases 22 2026-04-30 2026-04-10 500.00 90.16",
      "sales 02 2026-05-05 2026-05-05 100.00 18.03",
      "sales 01 2026-05-06 2026-04 61.00 11.00",
      "purchases 22 2026-05-06 2026-05-05 61.00 11.00",
      "sales 01 2026-05-08 2026-04 -1281.00 -231.00",
      "sales 01 2026-05-08 2026-04 1220.00 220.00",
      "sales 02 2026-05-08 2026-05-08 61.00 11.00",
    ]);
    t.equal(book.vatPayable.toFixed(2), "238.03", "220.00 of the delivery, 18.03 of open advances");
    t.equal(book.advance.toFixed(2), "100.00");
    t.same(book.debts, []);
    checked(t, book);
  },
);

t.test("one invoice at the month's end: what was offset before it leaves no entry", async (t) => {
  const book = salesBook({
    ...quarter,
    deliveries: [delivery("2026-05", "180.00")],
    payments: [
      pay("2026-04-02", "122.00", "2026-05"),
      pay("2026-04-20", "61.00", "2026-06"),
      pay("2026-05-10", "61.00", "2026-05"),
    ],
  });
  t.same(rows(book), [
    "sales 02 2026-04-30 2026-04-30 183.00 33.00",
    "sales 01 2026-05-31 2026-05 219.60 39.60",
    "sales 02 2026-05-31 2026-05-31 24.40 4.40",
    "purchases 22 2026-05-31 2026-04-30 183.00 33.00",
  ]);
  t.equal(book.advance.toFixed(2), "24.40");
  checked(t, book);
});

t.test("an advance of the old rate: its last offset takes the rest of its VAT", async (t) => {
  const book = salesBook({
    ...quarter,
    months: ["2026-01", "2026-02"].map(month),
    openingAdvances: [{ day: day("2025-12-31"), sum: exact("100.00") }],
    openingDeliveries: [{ ...delivery("2025-12", "50.00"), debt: exact("60.00") }],
    deliveries: [delivery("2026-01", "40.98"), delivery("2026-02", "40.98")],
    corrections: [
      { ...delivery("2025-12", "45.00"), issued: day("2026-02-10"), cause: "AGREED_VOLUME" },
    ],
  });
  t.same(rows(book), [
    "sales 01 2026-01-31 2026-01 50.00 9.02",
    "purchases 22 2026-01-31 2025-12-31 50.00 8.33",
    "purchases 18 2026-02-10 2025-12 6.00 1.00",
    "sales 01 2026-02-28 2026-02 50.00 9.02",
    "purchases 22 2026-02-28 2025-12-31 50.00 8.34",
  ]);
  t.same(
    book.debts.map(({ period, sum }) => [formatMonth(period), sum.toFixed(2)]),
    [["2025-12", "54.00"]],
  );
  checked(t, book);
});

t.test("a correction of what was not delivered is refused", async (t) => {
  const corrections = [
    { ...delivery("2026-04", "1.00"), issued: day("2026-05-06"), cause: "METER_ERROR" as const },
  ];
  t.throws(() => salesBook({ ...quarter, corrections }), /was not delivered/);
});
