import { addMonths, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import type { PenaltyPause } from "../../normalizer/model/penalty-law.ts";
import { kopecks, volume } from "../../normalizer/model/units.ts";
import { turnoverRow } from "../balances/turnover.ts";
import { dueDateOf } from "../penalties/due-date.ts";
import type { PenaltyTerms } from "../penalties/penalty.ts";
import { instalmentSchedule } from "../receivables/instalment.ts";
import {
  type ClosedMonth,
  type CorrectionNet,
  changedAllocations,
  closeMonth,
  type MonthCharge,
} from "../settlement/close.ts";
import type { Allocation, PaymentFact, ReversalFact } from "../settlement/derive.ts";
import { instalmentText } from "./acts.ts";
import { AccountLife } from "./history.ts";
import {
  dayText,
  type Input,
  type Json,
  moneyText,
  monthText,
  priceText,
  volumeText,
} from "./input.ts";
import { calendar, penaltyTerms, purposeOf, switchBy } from "./money.ts";
import { turnoverText } from "./osv.ts";
import { HOUSEHOLD_DUE_DAYS } from "./penalty-law.ts";

interface MonthResult {
  readonly period: Month;
  readonly lines: readonly Line[];
  readonly corrections: readonly Json[];
  readonly schedule: readonly Json[] | null;
}

/** Facts entered month by month into one account; each month billed, closed and settled. */
export function accountHistory(input: Input): Json {
  const ledger = new HistoryLedger(input);
  const months: Json[] = [];
  const from = input.month("from");
  let before: readonly Allocation[] = [];
  for (let period = from; period <= input.month("to"); period = addMonths(period, 1)) {
    const result = ledger.bill(period);
    const closed = ledger.close(period);
    months.push(monthJson(result, closed, before, ledger.receipts()));
    before = closed.settlement.allocations;
  }
  return { months, osv: turnoverText(ledger.turnover()) };
}

class HistoryLedger {
  private readonly input: Input;
  private readonly life: AccountLife;
  private readonly charges: MonthCharge[] = [];
  private readonly corrections: CorrectionNet[] = [];
  private readonly money: (PaymentFact | ReversalFact)[] = [];
  private readonly penalties: MonthCharge[] = [];
  private readonly pauses: PenaltyPause[] = [];
  private readonly opening: readonly MonthCharge[];
  private recalculated = 0;

  constructor(input: Input) {
    this.input = input;
    this.life = new AccountLife(input);
    this.opening = input
      .listOrNone("opening")
      .map((row) => ({ period: row.month("period"), amount: row.money("amount") }));
  }

  bill(period: Month): MonthResult {
    const corrections: Json[] = [];
    let schedule: Json[] | null = null;
    const ownReadings: Input[] = [];
    for (const fact of this.input.list("facts")) {
      if (fact.month("known") !== period) continue;
      const name = fact.text("fact");
      if (name === "READING" && fact.day("date") >= firstDay(period)) {
        ownReadings.push(fact);
        continue;
      }
      if (name === "INSTALMENT") schedule = this.agree(fact);
      this.enterMoney(fact, period, corrections);
      const late = this.life.enter(fact, period);
      if (late.length > 0) this.correct(name, period, late, corrections);
    }
    for (const fact of ownReadings) this.life.enter(fact, period);
    const billed = this.life.bill(period, []);
    const lines = billed.filter((line) => line.origin === period);
    this.addCorrections("READING", period, billed, corrections);
    this.life.post(billed, period);
    let sum = 0;
    for (const line of lines) sum += line.amount;
    this.charges.push({ period, amount: kopecks(sum) });
    return { period, lines, corrections, schedule };
  }

  private correct(reason: string, period: Month, late: readonly Month[], into: Json[]): void {
    const differences = this.life.bill(period, late).filter((line) => line.origin !== period);
    this.addCorrections(reason, period, differences, into);
    this.life.post(differences, period);
  }

  /** One document per fact: its lines, and its net per origin month. */
  private addCorrections(
    reason: string,
    period: Month,
    lines: readonly Line[],
    into: Json[],
  ): void {
    const origins = new Set(lines.map((line) => line.origin).filter((item) => item !== period));
    for (const origin of [...origins].sort((a, b) => a - b)) {
      let net = 0;
      for (const zone of ZONES) {
        const own = lines.filter((line) => line.origin === origin && line.zone === zone);
        if (own.length === 0) continue;
        const row = this.correctionRow(reason, origin, own);
        net += row.amount;
        into.push(row.json);
      }
      this.recalculated += net;
      this.corrections.push({ posted: period, origin, amount: kopecks(net) });
    }
  }

  private correctionRow(reason: string, origin: Month, own: readonly Line[]) {
    const [first] = own;
    let before = 0;
    for (const line of this.life.posted)
      if (line.origin === origin && line.zone === first?.zone) before += line.volume;
    let delta = 0;
    let amount = 0;
    for (const line of own) {
      delta += line.volume;
      amount += line.amount;
    }
    const json = {
      period: monthText(origin),
      reason,
      zone: first?.zone ?? null,
      oldVolume: volumeText(volume(before)),
      newVolume: volumeText(volume(before + delta)),
      deltaVolume: volumeText(volume(delta)),
      deltaAmount: moneyText(amount),
    };
    return { amount, json };
  }

  private enterMoney(fact: Input, period: Month, corrections: Json[]): void {
    const name = fact.text("fact");
    if (name === "PAYMENT")
      this.money.push({
        kind: "PAYMENT",
        day: fact.day("date"),
        id: fact.text("id"),
        amount: fact.money("amount"),
        purpose: purposeOf(fact),
      });
    if (name === "REVERSAL")
      this.money.push({
        kind: "REVERSAL",
        day: fact.day("date"),
        id: fact.text("id"),
        of: fact.text("of"),
      });
    if (name === "MANUAL") {
      const origin = fact.month("period");
      const amount = fact.money("amount");
      corrections.push({
        period: monthText(origin),
        reason: name,
        deltaAmount: moneyText(amount),
      });
      this.recalculated += amount;
      this.corrections.push({ posted: period, origin, amount });
    }
    const open = this.pauses.at(-1);
    if (name === "INSTALMENT_ENDED" && open !== undefined)
      this.pauses[this.pauses.length - 1] = { ...open, to: fact.day("date") };
  }

  private agree(fact: Input): Json[] {
    const sum = fact.money("amount");
    const rows = instalmentSchedule(sum, fact.integer("months"), fact.day("firstDue"));
    const to = rows.at(-1)?.due ?? fact.day("date");
    this.pauses.push({ from: fact.day("date"), to, onlyDueBefore: null });
    return rows.map(instalmentText);
  }

  close(period: Month): ClosedMonth {
    const base = penaltyTerms(this.input);
    const terms: PenaltyTerms = { ...base, pauses: [...base.pauses, ...this.pauses] };
    const closed = closeMonth(
      period,
      {
        charges: [...this.opening, ...this.charges],
        corrections: this.corrections,
        costs: [],
        money: this.money,
        penalties: this.penalties,
      },
      terms,
      (month) =>
        dueDateOf(month, switchBy(this.input), calendar(this.input), HOUSEHOLD_DUE_DAYS).due,
    );
    this.penalties.push({ period, amount: closed.posted });
    return closed;
  }

  receipts(): readonly string[] {
    return this.money.map((item) => item.id);
  }

  turnover() {
    const sum = (rows: readonly MonthCharge[]) => {
      let total = 0;
      for (const row of rows) total += row.amount;
      return kopecks(total);
    };
    let paid = 0;
    for (const item of this.money) {
      if (item.kind === "PAYMENT") paid += item.amount;
      else
        for (const other of this.money)
          if (other.kind === "PAYMENT" && other.id === item.of) paid -= other.amount;
    }
    return turnoverRow({
      opening: sum(this.opening),
      charged: sum(this.charges),
      recalculated: kopecks(this.recalculated),
      penalty: sum(this.penalties),
      costs: kopecks(0),
      paid: kopecks(paid),
      writtenOff: kopecks(0),
    });
  }
}

function monthJson(
  result: MonthResult,
  closed: ClosedMonth,
  before: readonly Allocation[],
  receipts: readonly string[],
): Json {
  const { settlement } = closed;
  const open = (type: "PRINCIPAL" | "PENALTY") => {
    let sum = 0;
    for (const debt of settlement.debts) if (debt.type === type) sum += debt.left;
    return moneyText(sum);
  };
  const changed = [...changedAllocations(before, settlement.allocations)].sort(
    (a, b) =>
      a.day - b.day ||
      placeOf(a.source, receipts) - placeOf(b.source, receipts) ||
      (a.type === b.type ? 0 : a.type === "PRINCIPAL" ? -1 : 1) ||
      a.period - b.period,
  );
  return {
    period: monthText(result.period),
    lines: result.lines.map((line) => ({
      kind: line.kind,
      zone: line.zone,
      volume: volumeText(line.volume),
      price: line.price === null ? null : priceText(line.price),
      amount: moneyText(line.amount),
    })),
    corrections: result.corrections,
    ...(result.schedule === null ? {} : { schedule: result.schedule }),
    allocations: changed.map((item) => ({
      source: item.source ?? "ADVANCE",
      date: dayText(item.day),
      period: monthText(item.period),
      type: item.type,
      amount: moneyText(item.amount),
    })),
    penalty: { accrued: moneyText(closed.accrued), posted: moneyText(closed.posted) },
    closing: {
      principal: open("PRINCIPAL"),
      penalty: open("PENALTY"),
      advance: moneyText(settlement.advance),
      balance: moneyText(settlement.balance),
    },
  };
}

/** ADVANCE first, then in the order of receipt. */
function placeOf(source: string | null, receipts: readonly string[]): number {
  return source === null ? -1 : receipts.indexOf(source);
}
