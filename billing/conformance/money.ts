import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { WorkCalendar } from "../../normalizer/model/penalty-law.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { formatScaled, kopecks } from "../../normalizer/model/units.ts";
import { accountPenalty } from "../penalties/account.ts";
import { dueDateOf } from "../penalties/due-date.ts";
import { type PenaltyLine, type PenaltyTerms, penaltyLines } from "../penalties/penalty.ts";
import {
  type AllocationPolicy,
  allocate,
  DEBT_TYPES,
  type DebtType,
  type OpenDebt,
  type Purpose,
} from "../settlement/allocation.ts";
import { deriveSettlement, type SettlementFact } from "../settlement/derive.ts";
import { dayText, type Input, type Json, moneyText, monthText } from "./input.ts";
import { HOUSEHOLD_DUE_DAYS, HOUSEHOLD_STEPS } from "./penalty-law.ts";

export function dueDate(input: Input): Json {
  const result = dueDateOf(
    input.month("period"),
    switchBy(input),
    calendar(input),
    HOUSEHOLD_DUE_DAYS,
  );
  return {
    nominalDay: result.nominalDay,
    due: dayText(result.due),
    firstPenaltyDay: dayText(result.firstPenaltyDay),
    first130Day: dayText(result.first130Day),
  };
}

export function switchBy(input: Input): "BILLING_PERIOD" | "DUE_MONTH" {
  return input.textOr("switchBy", "BILLING_PERIOD") === "DUE_MONTH"
    ? "DUE_MONTH"
    : "BILLING_PERIOD";
}

export function calendar(input: Input): WorkCalendar {
  const holidays = input.listOrNone("holidays").map((item) => item.asDay());
  return { holidays, movedWorkdays: [] };
}

/** `keyRates`, `caps?`, `moratoria?`, `rateMoment?` of a case. */
export function penaltyTerms(input: Input): PenaltyTerms {
  return {
    steps: HOUSEHOLD_STEPS,
    keyRates: input
      .list("keyRates")
      .map((row) => ({ from: row.day("from"), rateE2: row.scaled("rate", 2) })),
    caps: input.listOrNone("caps").map((row) => ({
      from: row.day("from"),
      to: row.day("to"),
      rateE2: row.scaled("rate", 2),
      mode: row.textOr("mode", "CAP") === "FIXED" ? "FIXED" : "CAP",
    })),
    pauses: input.listOrNone("moratoria").map((row) => ({
      from: row.day("from"),
      to: row.day("to"),
      onlyDueBefore: row.has("onlyDueBefore") ? row.day("onlyDueBefore") : null,
    })),
    rateMoment: input.textOr("rateMoment", "PAYMENT_DATE") === "DAILY" ? "DAILY" : "PAYMENT_DATE",
    pauseStopsCount: input.flag("freezeDayCount", false),
  };
}

export function penalty(input: Input): Json {
  const terms = penaltyTerms(input);
  const payments = input.list("payments").map((row) => ({
    period: row.month("period"),
    day: row.day("date"),
    amount: row.money("amount"),
  }));
  const lines = input.list("debts").flatMap((row) => {
    const period = row.month("period");
    const debt = { period, amount: row.money("amount"), due: row.day("due") };
    const own = payments.filter((payment) => payment.period === period);
    return penaltyLines(debt, own, input.day("calcDate"), terms);
  });
  return { lines: lines.map(penaltyLine), total: penaltyTotal(lines) };
}

export function penaltyLine(line: PenaltyLine): Json {
  return {
    period: monthText(line.period),
    base: moneyText(line.base),
    from: dayText(line.from),
    to: dayText(line.to),
    days: line.days,
    fraction: `1/${line.divisor}`,
    rate: formatScaled(line.rateE2, 2),
    amount: moneyText(line.amount),
  };
}

export function penaltyTotal(lines: readonly PenaltyLine[]): string {
  let total = 0;
  for (const line of lines) total += line.amount;
  return moneyText(total);
}

export function debtType(text: string): DebtType {
  const type = DEBT_TYPES.find((candidate) => candidate === text);
  invariant(type !== undefined, `unknown type of debt ${text}`);
  return type;
}

export function purposeOf(payment: Input): Purpose | null {
  if (!payment.has("purpose")) return null;
  const purpose = payment.at("purpose");
  return {
    ...(purpose.has("period") ? { period: purpose.month("period") } : {}),
    ...(purpose.has("type") ? { type: debtType(purpose.text("type")) } : {}),
    ...(purpose.has("service") ? { service: purpose.text("service") } : {}),
  };
}

export function allocation(input: Input): Json {
  const debts: OpenDebt[] = input.list("debts").map((row) => ({
    period: row.month("period"),
    type: debtType(row.text("type")),
    service: row.textOr("service", "EE"),
    left: row.money("amount"),
    expires: row.has("limitationExpires") ? row.day("limitationExpires") : null,
  }));
  const policy: AllocationPolicy = {
    mode: input.textOr("mode", "EARLIEST") === "PROPORTIONAL" ? "PROPORTIONAL" : "EARLIEST",
    order: input.has("order")
      ? input.list("order").map((item) => debtType(item.asText()))
      : DEBT_TYPES,
  };
  const payments = [...input.list("payments")].sort((a, b) => a.day("date") - b.day("date"));
  let total = 0;
  const rows = payments.map((row) => {
    const sum = row.money("amount");
    const { shares, advance } = allocate(sum, row.day("date"), purposeOf(row), debts, policy);
    total += advance;
    return {
      payment: row.text("id"),
      allocations: shares.map(({ debt, amount }) => ({
        period: monthText(debt.period),
        service: debt.service,
        type: debt.type,
        amount: moneyText(amount),
      })),
      advance: moneyText(advance),
    };
  });
  return {
    payments: rows,
    remaining: debts
      .filter((debt) => debt.left > 0)
      .map((debt) => ({
        period: monthText(debt.period),
        service: debt.service,
        type: debt.type,
        amount: moneyText(debt.left),
      })),
    advance: moneyText(total),
  };
}

/** Charges, payments and penalty of one account up to a day. */
export function scenario(input: Input): Json {
  const upTo = input.day("calcDate");
  const charges = input
    .list("charges")
    .map((row) => ({ period: row.month("period"), amount: row.money("amount") }));
  const facts: SettlementFact[] = charges.map(({ period, amount }) => ({
    kind: "POSTING",
    day: lastDayOf(period),
    period,
    type: "PRINCIPAL",
    service: "EE",
    amount,
    expires: null,
  }));
  for (const row of input.list("payments"))
    facts.push({
      kind: "PAYMENT",
      day: row.day("date"),
      id: row.text("id"),
      amount: row.money("amount"),
      purpose: purposeOf(row),
    });
  const policy: AllocationPolicy = { mode: "EARLIEST", order: DEBT_TYPES };
  const settled = deriveSettlement({ debts: [], advance: kopecks(0) }, facts, upTo, policy);
  const debts = charges.map(({ period, amount }) => {
    const { due } = dueDateOf(period, switchBy(input), calendar(input), HOUSEHOLD_DUE_DAYS);
    return { period, amount, due };
  });
  const lines = accountPenalty(debts, settled.allocations, upTo, penaltyTerms(input));
  let principal = 0;
  for (const debt of settled.debts) principal += debt.left;
  let accrued = 0;
  for (const line of lines) accrued += line.amount;
  return {
    dueDates: debts.map(({ period, due }) => ({ period: monthText(period), due: dayText(due) })),
    allocations: settled.allocations.map((item) => ({
      source: item.source ?? "ADVANCE",
      period: monthText(item.period),
      date: dayText(item.day),
      amount: moneyText(item.amount),
    })),
    penalty: { lines: lines.map(penaltyLine), total: penaltyTotal(lines) },
    principalDebt: moneyText(principal),
    advance: moneyText(settled.advance),
    balance: moneyText(principal + accrued - settled.advance),
  };
}

export function lastDayOf(period: Month): Day {
  return (endDay(period) - 1) as Day;
}
