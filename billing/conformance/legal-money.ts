import { invariant } from "../../normalizer/model/result.ts";
import { vatInsideOf } from "../businesses/document.ts";
import {
  AMENDED_CAUSES,
  advanceCycle,
  CORRECTIVE_CAUSES,
  type CorrectionCause,
  correctionDocument,
  deliveryOf,
} from "../documents/vat-books.ts";
import type { Exact } from "../exact.ts";
import { sumOf } from "../exact.ts";
import {
  BUSINESS_STEPS,
  type BusinessPayer,
  type BusinessPenaltyRow,
  type BusinessPenaltyTerms,
  businessPenalty,
} from "../penalties/business.ts";
import { allocateByDue } from "../settlement/business.ts";
import { moneyOf } from "./documents.ts";
import { dayText, type Input, type Json } from "./input.ts";

export function payerOf(input: Input): BusinessPayer {
  const payer = input.text("payer");
  return payer === "uo" || payer === "tsj" ? payer : "general";
}

export function penaltyTerms(input: Input): BusinessPenaltyTerms {
  return {
    steps: BUSINESS_STEPS[input.has("payer") ? payerOf(input) : "general"],
    upTo: input.day("calcDate"),
    rate: input.exact("rate"),
    rateCap: input.has("rateCap") ? input.exact("rateCap") : null,
    moratoria: input.listOrNone("moratoria").map((pair) => {
      const [from, to] = pair.items();
      invariant(from !== undefined && to !== undefined, `${pair.path} is no pair`);
      return [from.asDay(), to.asDay()] as const;
    }),
  };
}

export function penalty(input: Input): Json {
  const payments = input.list("payments").map((row) => ({
    day: row.day("date"),
    sum: row.exact("sum"),
    rate: row.exact("rate"),
  }));
  const debt = { due: input.day("due"), sum: input.exact("debt") };
  const rows = businessPenalty(debt, payments, penaltyTerms(input));
  return { rows: rows.map(penaltyRow), total: moneyOf(sumOf(rows.map((row) => row.sum))) };
}

export function penaltyRow(row: BusinessPenaltyRow): { readonly [key: string]: Json } {
  return {
    part: moneyOf(row.part),
    from: dayText(row.from),
    to: dayText(row.to),
    days: row.days,
    div: row.divisor,
    rate: row.rate.toFixed(),
    sum: moneyOf(row.sum),
  };
}

export function vatAdvance(input: Input): Json {
  const rate = input.exact("rate");
  const vat = vatInsideOf(input.exact("sum"), rate);
  return { vat: moneyOf(vat), rate: `${rate.toFixed()}/${rate.plus(100).toFixed()}` };
}

export function vatCycle(input: Input): Json {
  const advances = input.list("advances").map((row) => ({
    day: row.day("date"),
    sum: row.exact("sum"),
    ratePercent: row.exact("rate"),
  }));
  const { entries, debt } = advanceCycle(advances, {
    net: input.exact("shipNet"),
    day: input.day("shipDate"),
    ratePercent: input.exact("rate"),
  });
  return {
    entries: entries.map((entry) => ({
      book: entry.book,
      code: entry.code,
      date: dayText(entry.day),
      gross: moneyOf(entry.gross),
      vat: moneyOf(entry.vat),
    })),
    debtAfterOffset: moneyOf(debt),
  };
}

export function causeOf(text: string): CorrectionCause {
  const cause = [...AMENDED_CAUSES, ...CORRECTIVE_CAUSES].find((item) => item === text);
  invariant(cause !== undefined, `unknown cause ${text}`);
  return cause;
}

export function corr(input: Input): Json {
  const rate = input.exact("rate");
  const before = deliveryOf(input.exact("q0"), input.exact("p0"), rate);
  const after = deliveryOf(input.exact("q1"), input.exact("p1"), rate);
  const net = after.net.minus(before.net);
  const vat = after.vat.minus(before.vat);
  const document = correctionDocument(causeOf(input.text("cause")));
  const common = {
    net0: moneyOf(before.net),
    net1: moneyOf(after.net),
    dNet: moneyOf(net.abs()),
    dVat: moneyOf(vat.abs()),
    dGross: moneyOf(net.plus(vat).abs()),
    document,
  };
  if (document === "corrective") {
    const isIncrease = net.plus(vat).gt(0);
    return { ...common, book: isIncrease ? "sales" : "purchases", code: isIncrease ? "01" : "18" };
  }
  const sums = (of: { net: Exact; vat: Exact }) => ({ net: moneyOf(of.net), vat: moneyOf(of.vat) });
  return {
    ...common,
    book: input.flag("sameQuarter", true) ? "sales" : "sales.additionalSheet",
    code: "01",
    reverse: sums({ net: before.net.neg(), vat: before.vat.neg() }),
    new: sums(after),
  };
}

export function alloc(input: Input): Json {
  const debts = input.list("debts").map((row) => ({
    id: row.text("id"),
    due: row.day("due"),
    sum: row.exact("sum"),
  }));
  const named =
    input.text("mode") === "purpose"
      ? input.listOrNone("purpose").map((item) => item.asText())
      : [];
  const spill = input.flag("spill", true);
  const { shares, advance } = allocateByDue(input.exact("payment"), debts, named, spill);
  return {
    alloc: shares.map((share) => ({ id: share.id, sum: moneyOf(share.sum) })),
    advance: moneyOf(advance),
  };
}
