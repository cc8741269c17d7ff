import type { Month } from "../../normalizer/model/dates.ts";
import { month as monthOfText } from "../../normalizer/model/dates.ts";
import { integralKwh } from "../businesses/integral.ts";
import {
  type ChangedLine,
  type ChangedPeriod,
  correctPeriods,
  type DeliveredLine,
  type DeliveredPeriod,
  type LineChange,
  type Sums,
  spreadByHours,
  sumOf,
} from "../documents/recalculation.ts";
import { correctionDocument } from "../documents/vat-books.ts";
import { moneyOf } from "./documents.ts";
import { type Input, type Json, monthText } from "./input.ts";
import { causeOf } from "./legal-money.ts";

export function recalc(input: Input): Json {
  let periods: readonly DeliveredPeriod[] = input.list("periods").map((row) => ({
    period: row.month("period"),
    ratePercent: row.exact("vat"),
    lines: row.list("lines").map((line) => ({
      line: line.text("line"),
      quantity: line.exact("qty"),
      price: line.exact("price"),
    })),
  }));
  const corrections = input.list("corrections").map((row) => {
    const chosen = row.has("document") ? row.text("document") : null;
    const document =
      chosen === null
        ? correctionDocument(causeOf(row.text("cause")))
        : chosen === "amended"
          ? "amended"
          : "corrective";
    const changes = row.list("changes").flatMap(changesOf);
    const result = correctPeriods(periods, changes, document, row.day("issued"));
    periods = result.periods;
    return {
      document,
      rows: result.changed.map(rowJson),
      diff: sumsJson(sumOf(result.changed.map((item) => item.difference))),
    };
  });
  return { corrections };
}

function changesOf(change: Input): LineChange[] {
  if (change.has("reading")) {
    const reading = change.at("reading");
    const coefficient = reading.exactOr("ktt", "1").times(reading.exactOr("ktn", "1"));
    const digits = reading.integer("digits");
    const kwh = integralKwh(reading.exact("start"), reading.exact("end"), digits, coefficient);
    const months: Month[] = change.list("periods").map((item) => monthOfText(item.asText()));
    const parts = spreadByHours(kwh, months);
    return months.map((period, index) => ({
      period,
      line: "energy",
      quantity: parts[index]?.div(1000) ?? null,
      price: null,
    }));
  }
  return [
    {
      period: change.month("period"),
      line: change.textOr("line", "energy"),
      quantity: change.has("qty") ? change.exact("qty") : null,
      price: change.has("price") ? change.exact("price") : null,
    },
  ];
}

function rowJson(row: ChangedPeriod): Json {
  return {
    period: monthText(row.period),
    lines: row.lines.map(lineJson),
    diff: sumsJson(row.difference),
    entries: row.entries.map((entry) => ({
      book: entry.book,
      code: entry.code,
      ...sumsJson(entry),
    })),
  };
}

function lineJson(line: ChangedLine): Json {
  const version = (of: DeliveredLine & Sums) => ({
    qty: of.quantity.toFixed(3),
    price: of.price.toFixed(2),
    ...sumsJson(of),
  });
  return {
    line: line.before.line,
    before: version(line.before),
    after: version(line.after),
    diff: sumsJson(line.difference),
  };
}

function sumsJson(sums: Sums): { readonly [key: string]: Json } {
  return { net: moneyOf(sums.net), vat: moneyOf(sums.vat), gross: moneyOf(sums.gross) };
}
