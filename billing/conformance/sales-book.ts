import { day, type Month, month } from "../../normalizer/model/dates.ts";
import { quarterOf } from "../documents/recalculation.ts";
import { type SalesBookEntry, type SalesBookFacts, salesBook } from "../documents/sales-book.ts";
import { sumOf } from "../exact.ts";
import { moneyOf } from "./documents.ts";
import { dayText, type Input, type Json, monthText } from "./input.ts";
import { causeOf } from "./legal-money.ts";

/** НК РФ ст. 164 п. 3; cases of the books name no rate. */
const VAT: SalesBookFacts["vat"] = [
  { from: day("2004-01-01"), to: day("2019-01-01"), value: 18 },
  { from: day("2019-01-01"), to: day("2026-01-01"), value: 20 },
  { from: day("2026-01-01"), to: null, value: 22 },
];

export function salesBookCase(input: Input): Json {
  const mode = input.textOr("advanceInvoice", "MONTH_END_BALANCE");
  const opening = input.has("opening") ? input.at("opening") : null;
  const book = salesBook({
    advanceInvoice: mode === "PER_PAYMENT" ? "PER_PAYMENT" : "MONTH_END_BALANCE",
    months: input.list("months").map((item) => month(item.asText())),
    openingAdvances: (opening?.listOrNone("advances") ?? []).map((row) => ({
      day: row.day("date"),
      sum: row.exact("sum"),
    })),
    openingDeliveries: (opening?.listOrNone("deliveries") ?? []).map((row) => ({
      period: row.month("period"),
      net: row.exact("net"),
      debt: row.exact("debt"),
    })),
    deliveries: input
      .entries("deliveries")
      .map(([period, net]) => ({ period: month(period), net: net.asExact() })),
    payments: input.list("payments").map((row) => ({
      day: row.day("date"),
      sum: row.exact("sum"),
      period: row.month("period"),
    })),
    corrections: input.listOrNone("corrections").map((row) => ({
      issued: row.day("issued"),
      cause: causeOf(row.text("cause")),
      period: row.month("period"),
      net: row.exact("net"),
    })),
    vat: VAT,
  });
  const of = (name: SalesBookEntry["book"]) => book.entries.filter((item) => item.book === name);
  const [sales, purchases] = [of("sales"), of("purchases")];
  const sheets = of("sales.additionalSheet");
  return {
    sales: sales.map(entryJson),
    purchases: purchases.map(entryJson),
    additionalSheets: sheets.map((entry) => ({
      ...("period" in entry.of ? { quarter: quarterText(entry.of.period) } : {}),
      ...entryJson(entry),
    })),
    totals: {
      sales: totalJson(sales),
      purchases: totalJson(purchases),
      additionalSheets: totalJson(sheets),
      vatPayable: moneyOf(book.vatPayable),
    },
    check: book.checks.map((check) => ({
      of: check.of,
      books: moneyOf(check.books),
      documents: moneyOf(check.documents),
      diff: moneyOf(check.books.minus(check.documents)),
    })),
    debts: book.debts.map(({ period, sum }) => ({ period: monthText(period), sum: moneyOf(sum) })),
    advance: moneyOf(book.advance),
  };
}

function entryJson(entry: SalesBookEntry): { readonly [key: string]: Json } {
  return {
    code: entry.code,
    date: dayText(entry.day),
    ref: "period" in entry.of ? monthText(entry.of.period) : dayText(entry.of.advanceDay),
    gross: moneyOf(entry.gross),
    vat: moneyOf(entry.vat),
  };
}

function totalJson(entries: readonly SalesBookEntry[]): Json {
  return {
    gross: moneyOf(sumOf(entries.map((entry) => entry.gross))),
    vat: moneyOf(sumOf(entries.map((entry) => entry.vat))),
  };
}

/** "2025-Q4". */
function quarterText(period: Month): string {
  const [year] = monthText(period).split("-");
  return `${year}-Q${(quarterOf(period) % 4) + 1}`;
}
