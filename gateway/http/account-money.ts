import type { Month } from "../../normalizer/model/dates.ts";
import { formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { EntryKind, LedgerEntry } from "../../normalizer/model/facts.ts";
import type { LineKind, PostedLine, TraceStep } from "../../normalizer/model/lines.ts";
import type { RunProblem } from "../../normalizer/store/account-page.ts";
import type { KnownRun } from "../../normalizer/store/posted.ts";
import type { ExplainedMonth } from "./explain.ts";
import { problemAnswer } from "./problem-answer.ts";
import type {
  BalanceAnswer,
  ChargeLineAnswer,
  ChargesAnswer,
  ExplainedStepAnswer,
  ExplanationAnswer,
} from "./schemas/accounts.ts";
import type { MessageNames } from "./timeline.ts";
import { originRef } from "./timeline.ts";

/** Kinds whose volume is not energy consumed: the same kilowatt-hours stand in another line. */
const NOT_CONSUMPTION: readonly LineKind[] = ["KPOV", "KDELAY", "CAPACITY", "TRANSMISSION_POWER"];

export function lineAnswer(line: PostedLine): ChargeLineAnswer {
  return {
    run: line.run,
    period: formatMonth(line.period),
    ordinal: line.ordinal,
    kind: line.kind,
    rule: line.rule,
    ruleVersion: line.ruleVersion,
    zone: line.zone,
    range: line.range,
    origin: formatMonth(line.origin),
    volume: line.volume,
    price: line.price,
    amount: line.amount,
    vat: line.vat,
  };
}

/**
 * Lines, and what kept lines from being there, by the month in which they were billed. Totals are
 * sums of the rounded lines.
 */
export function chargesAnswer(
  runs: readonly KnownRun[],
  lines: readonly PostedLine[],
  problems: readonly RunProblem[],
): ChargesAnswer {
  const linesOf = groupBy(lines, ({ period }) => period);
  const periods = new Map(runs.map(({ run, period }) => [run, period]));
  const problemsOf = groupBy(problems, ({ run }) => periods.get(run));
  const months = [...new Set(periods.values())]
    .sort((left, right) => left - right)
    .map((period) => ({
      period,
      of: linesOf.get(period) ?? [],
      refused: problemsOf.get(period) ?? [],
    }));
  return {
    months: months.filter(hasContent).map(({ period, of, refused }) => ({
      period: formatMonth(period),
      volume: sum(of.map((line) => (NOT_CONSUMPTION.includes(line.kind) ? 0 : line.volume))),
      amount: sum(of.map(({ amount }) => amount)),
      recalculated: sum(of.map(({ amount, origin }) => (origin === period ? 0 : amount))),
      lines: of.map(lineAnswer),
      problems: refused.map(problemAnswer),
    })),
  };
}

function hasContent(month: {
  readonly of: readonly unknown[];
  readonly refused: readonly unknown[];
}): boolean {
  return month.of.length > 0 || month.refused.length > 0;
}

/** Movement of the balance by period; the closing of one month is the opening of the next. */
export function balanceAnswer(entries: readonly LedgerEntry[]): BalanceAnswer {
  let balance = 0;
  const ordered = [...entries].sort((left, right) => left.period - right.period);
  const months = [...groupBy(ordered, ({ period }) => period)].map(([period, of]) => {
    const total = (...kinds: readonly EntryKind[]): number =>
      sum(of.filter(({ kind }) => kinds.includes(kind)).map(({ amount }) => amount));
    const opening = balance + total("OPENING");
    balance += sum(of.map(({ amount }) => amount));
    return {
      period: formatMonth(period),
      opening,
      charged: total("CHARGE"),
      corrected: total("CORRECTION"),
      penalty: total("PENALTY"),
      costs: total("COURT_COSTS"),
      paid: total("PAYMENT", "REVERSAL", "REFUND"),
      writtenOff: total("WRITE_OFF", "PENALTY_WRITE_OFF", "COURT_COSTS_WRITE_OFF"),
      closing: balance,
      entries: of.map(({ kind, valueDay, origin, amount, source }) => ({
        kind,
        valueDay: formatDay(valueDay),
        origin: origin === null ? null : formatMonth(origin),
        amount,
        source: source === null ? null : originRef(source),
      })),
    };
  });
  return { balance, months };
}

/** Messages that the explanation rests on. */
export function messagesOf({ shared, lines }: ExplainedMonth): readonly number[] {
  const steps = [...shared, ...lines.flatMap((line) => line.steps)];
  const sources = steps.flatMap((step) => step.sources ?? []);
  return [...new Set(sources.map(({ origin }) => origin.message))];
}

export function explanationAnswer(
  month: Month,
  explained: ExplainedMonth,
  messages: MessageNames,
): ExplanationAnswer {
  const stepOf = (step: TraceStep) => stepAnswer(step, messages);
  return {
    month: formatMonth(month),
    shared: explained.shared.map(stepOf),
    lines: explained.lines.map(({ line, steps, equal }) => ({
      ...lineAnswer(line),
      steps: steps.map(stepOf),
      equal,
    })),
  };
}

function stepAnswer(step: TraceStep, messages: MessageNames): ExplainedStepAnswer {
  const { clause, text, formula, result, rounding = null, sources = [] } = step;
  // A local day lies in two days of UTC, so its message is named twice.
  const distinct = new Map(
    sources.map((source) => [
      `${source.text}/${source.origin.message}/${source.origin.at}`,
      source,
    ]),
  );
  return {
    clause,
    text,
    formula,
    result,
    rounding,
    sources: [...distinct.values()].map((source) => ({
      text: source.text,
      origin: originRef(source.origin),
      message: messages.get(source.origin.message)?.name ?? null,
    })),
  };
}

function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
