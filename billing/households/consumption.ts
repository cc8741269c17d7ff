import {
  addDays,
  addMonths,
  type Day,
  daysIn,
  endDay,
  firstDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import type { MeteredMonth, PointFacts } from "../../normalizer/model/facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { switchOneOf } from "../switches.ts";
import type { AccountContext } from "./context.ts";
import { countDays, type Days, isCovered, monthDays, within, without } from "./days.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { type CausedDays, causedDays, type Gap } from "./gaps.ts";
import { fixedDaysOf, type IdleDays, idleDaysOf } from "./idle.ts";
import {
  type FixedEnergy,
  fixedPart,
  historyOf,
  type MeasuredPiece,
  type MonthConsumption,
  measuredParts,
} from "./month-consumption.ts";
import { faultsOf, pointsInService } from "./service.ts";
import { deltaShare, monthShare } from "./shares.ts";
import {
  hasMeter,
  isRead,
  lastReadingOf,
  type MeasuredSpan,
  type MonthSpan,
  measuredSpans,
  monthOfReading,
  monthSpan,
} from "./timeline.ts";

export type { MonthConsumption, Portion } from "./month-consumption.ts";

/** Consumption of an account or a unit, month by month. */
export interface ConsumptionOfMonths {
  overlaps(month: Month): boolean;
  of(month: Month): Consumption;
}

export type Consumption =
  | { readonly ok: true; readonly value: MonthConsumption }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Consumption of the months `months` (ascending, the billed period last), each as its facts are
 * known now. A span between two readings is spread over its months by days; a check of the
 * controller leaves estimated months as they stand and falls into its own month less what they
 * charged.
 *
 * @see ПП РФ 354 п. 42, 59–61
 */
export class AccountConsumption implements ConsumptionOfMonths {
  readonly context: AccountContext;
  readonly months: readonly Month[];
  /** What may be counted by, without faults and refused readings. */
  private readonly points: readonly PointFacts[];
  private readonly idle: readonly IdleDays[];
  private readonly history: MeteredMonth[];
  private readonly edges: readonly (readonly MonthSpan[])[];
  private readonly spans: readonly (readonly MeasuredSpan[])[];

  constructor(context: AccountContext, months: readonly Month[]) {
    this.context = context;
    this.months = months;
    this.history = [...context.facts.history];
    const { facts, period } = context;
    const end = endDay(period);
    this.points = pointsInService(facts, end);
    this.idle = idleDaysOf(facts.circumstances, end);
    const idleEdges = this.idle.flatMap(({ from, to }) => [from, to]);
    this.spans = this.points.map((point) =>
      measuredSpans(point, facts.served.to, period, (month) => this.reads(month), idleEdges),
    );
    this.edges = this.points.map((point, index) =>
      months.map((month) =>
        monthSpan(
          facts,
          point,
          month,
          (before) => this.reads(before) && !this.failsAfterReading(index, before),
          (before) => this.isBilled(before),
        ),
      ),
    );
  }

  /**
   * Months before the period whose part of a measured span differs from what an estimate charged.
   */
  overlaps(month: Month): boolean {
    const index = this.months.indexOf(month);
    return this.spans.some((spans, point) => {
      const edge = this.edges[point]?.[index];
      return (
        edge !== undefined &&
        spans.some(
          (span) =>
            span.start.stateAt < edge.to &&
            span.end.stateAt > edge.from &&
            (monthOfReading(span.end) === month || !this.isDelta(span)),
        )
      );
    });
  }

  /**
   * Why the month cannot be billed yet: its only reading waits for a person's word. An estimate in its place would be
   * taken back as soon as the word is said, and would put a doubtful volume on the neighbours.
   */
  private waitingReading(month: Month): Problem | null {
    for (const { meters } of this.context.facts.points) {
      for (const { waiting, readings } of meters) {
        if (waiting === undefined || monthOf(addDays(waiting.stateAt, -1)) !== month) continue;
        const isRead = readings.some(({ stateAt }) => monthOf(addDays(stateAt, -1)) === month);
        if (!isRead) return waiting.problem;
      }
    }
    return null;
  }

  /**
   * Consumption of one of the months; call in ascending order, each sees the ones before it as
   * history.
   *
   * @param normed days of the month that the household is charged by norm already
   */
  of(month: Month, normed: readonly Days[] = []): Consumption {
    const { facts } = this.context;
    const from = Math.max(firstDay(month), facts.served.from) as Day;
    const to = Math.min(endDay(month), facts.served.to ?? endDay(month)) as Day;
    if (from >= to) {
      const none = { pieces: [], charged: [], estimates: [], fixed: [], parts: [] };
      return this.done({ month, ...none });
    }
    const waiting = month === this.context.period ? this.waitingReading(month) : null;
    if (waiting !== null) return { ok: false, problem: waiting };
    const pieces: MeasuredPiece[] = [];
    let charged: readonly MeteredMonth[] = [];
    for (const [point, spans] of this.spans.entries()) {
      for (const span of spans) {
        const piece = this.pieceOf(span, point, month);
        if (piece === null) continue;
        pieces.push(piece);
        if (this.isDelta(span)) charged = this.chargedBefore(month, span);
      }
    }
    const estimates: Estimate[] = [];
    for (const gap of this.gaps(month, pieces, from, to)) {
      const result = estimate(this.context, gap, this.history, normed);
      if (!result.ok) return result;
      estimates.push(...result.values);
    }
    const fixed = this.fixedEnergy(month, { from, to });
    const parts = [
      ...measuredParts(pieces, charged, month, this.context),
      ...estimates.flatMap((item) => item.parts),
      ...fixed.map((item) => fixedPart(item, facts.points[0]?.point ?? 0)),
    ];
    return this.done({ month, pieces, charged, estimates, fixed, parts });
  }

  private fixedEnergy(month: Month, days: Days): readonly FixedEnergy[] {
    const { facts, rules } = this.context;
    if (facts.circumstances.fixedVolumes.length === 0) return [];
    const rule = ruleOf(rules, "households.fixed");
    return fixedDaysOf(facts, days).map((item) => ({
      ...item,
      volume: rule.volume(item.fact.value, countDays(item.spans), daysIn(month)),
    }));
  }

  /** A fault that no later reading of the month follows: the month's days end with the calendar. */
  private failsAfterReading(index: number, month: Month): boolean {
    const { facts } = this.context;
    const inService = this.points[index];
    const point = facts.points[index];
    if (inService === undefined || point === undefined || inService === point) return false;
    const last = lastReadingOf(inService, month, facts.served.to)?.stateAt ?? firstDay(month);
    return point.meters.some(({ installed, faults }) =>
      faults.some(
        ({ from }) =>
          from >= last && from < endDay(month) && (installed.to === null || from < installed.to),
      ),
    );
  }

  private done(value: MonthConsumption): Consumption {
    const at = this.history.findIndex((entry) => entry.month >= value.month);
    const entry = historyOf(value);
    if (entry !== null && value.month !== this.context.period) {
      if (at < 0) this.history.push(entry);
      else this.history.splice(at, this.history[at]?.month === value.month ? 1 : 0, entry);
    }
    return { ok: true, value };
  }

  /** A reading bounds the month when the month was, or is now, billed by it. */
  private reads(month: Month): boolean {
    const { facts } = this.context;
    if (this.months.includes(month)) return isRead(this.points, facts.served.to, month);
    const entry = facts.history.find((item) => item.month === month);
    return entry === undefined || entry.method === "METER";
  }

  private isBilled(month: Month): boolean {
    const { facts } = this.context;
    if (this.months.includes(month)) return true;
    return endDay(month) > facts.served.from && facts.history.some((item) => item.month === month);
  }

  private pieceOf(span: MeasuredSpan, point: number, month: Month): MeasuredPiece | null {
    const edges = this.edges[point] ?? [];
    const edge = edges[this.months.indexOf(month)];
    if (edge === undefined) return null;
    const a = span.start.stateAt;
    const b = span.end.stateAt;
    if (a >= edge.to || b <= edge.from) return null;
    const { meter } = span;
    const rule = ruleOf(this.context.rules, "households.meter");
    const whole = meter.zones.map((_zone, index) =>
      rule.difference(
        span.start.values[index] as Volume,
        span.end.values[index] as Volume,
        meter.digits,
        meter.ratio,
      ),
    );
    if (this.isDelta(span)) {
      if (monthOfReading(span.end) !== month) return null;
      return { span, from: a, to: b, ...deltaShare(span, whole, this.idle) };
    }
    const share = monthShare(span, edges, month, this.context.facts, this.idle);
    if (share === null) return null;
    const { of, ...days } = share;
    return { span, whole, ...days, volumes: of(whole) };
  }

  /** A check that ends a row of estimated months (mode CURRENT_PERIOD_DELTA). */
  private isDelta(span: MeasuredSpan): boolean {
    const { source } = span.end;
    const mode = switchOneOf(
      this.context.switches,
      source === "CONTROLLER" || source === "CHECK"
        ? "lateReading.mode.controller"
        : "lateReading.mode.consumer",
      ["REDISTRIBUTE_BY_DAYS", "CURRENT_PERIOD_DELTA"],
    );
    if (mode === "REDISTRIBUTE_BY_DAYS") return false;
    return this.chargedBefore(monthOfReading(span.end), span).length > 0;
  }

  private chargedBefore(month: Month, span: MeasuredSpan): readonly MeteredMonth[] {
    return this.history.filter(
      (entry) =>
        entry.month < month && endDay(entry.month) > span.start.stateAt && entry.method !== "METER",
    );
  }

  /** Days of the month without a measure: all its charged days, or what lies between two meters. */
  private gaps(month: Month, pieces: readonly MeasuredPiece[], from: Day, to: Day): Gap[] {
    const { facts } = this.context;
    const gaps: Gap[] = [];
    const add = (at: number, ranges: readonly Days[], whole: boolean): void => {
      const spans = this.causedBy(at, month, ranges);
      const first = spans[0];
      const last = spans.at(-1);
      if (first === undefined || last === undefined) return;
      gaps.push({
        month,
        point: facts.points[at]?.point ?? 0,
        from: first.from,
        to: last.to,
        spans,
        whole,
        hasMeter: this.points.some((item) => hasMeter(item, month)),
        everMetered: facts.points.length > 0,
      });
    };
    const index = this.months.indexOf(month);
    if (pieces.length === 0) {
      add(0, [this.wholeGap(month, { from, to })], true);
      return gaps;
    }
    for (const [at, item] of this.points.entries()) {
      const edge = this.edges[at]?.[index];
      const own = pieces.filter((piece) => piece.span.point === item.point);
      if (edge === undefined || own.length === 0) continue;
      const start = Math.max(edge.from, facts.served.from) as Day;
      const end = Math.min(edge.to, facts.served.to ?? edge.to) as Day;
      for (const range of without({ from: start, to: end }, own)) add(at, [range], false);
    }
    return gaps;
  }

  /**
   * The served days of a month without any measure. A meter that fails in it leaves the days since
   * its last reading unmeasured for ever, and a reading that nothing precedes ends them.
   */
  private wholeGap(month: Month, { from, to }: Days): Days {
    const { facts } = this.context;
    if (this.points === facts.points) return { from, to };
    const edge = this.edges[0]?.[this.months.indexOf(month)];
    const point = facts.points[0];
    if (edge === undefined || point === undefined) return { from, to };
    const fails = faultsOf(point, endDay(month)).some((fault) => monthOf(fault.from) === month);
    const start = fails ? Math.max(Math.min(edge.from, from), facts.served.from) : from;
    const end = edge.to > from ? Math.min(edge.to, to) : to;
    return { from: start as Day, to: end as Day };
  }

  /** The charged days of the ranges, each with the reason why no meter measured it. */
  private causedBy(at: number, month: Month, ranges: readonly Days[]): readonly CausedDays[] {
    const { facts } = this.context;
    const missed = this.missedBefore(month);
    const spans =
      this.idle.length === 0 ? ranges : ranges.flatMap((range) => without(range, this.idle));
    if (this.points === facts.points)
      return spans.map(({ from, to }) => ({ from, to, cause: "NO_READING", periods: missed }));
    const end = endDay(month);
    const point = facts.points[at];
    const faults = point === undefined ? [] : faultsOf(point, end);
    const refused = within({ from: 0 as Day, to: end }, facts.circumstances.accessRefused);
    return causedDays(month, spans, faults, refused, missed);
  }

  /** Periods in a row without a reading; months older than the history stand in `missedPeriods`. */
  private missedBefore(month: Month): number {
    const { facts, period } = this.context;
    const run = estimatedRun(this.history, month);
    if (run !== estimatedRun(facts.history, month)) return run;
    return Math.max(run, facts.missedPeriods - (period - month) - this.idleMonths(month));
  }

  /** Months of the row before `month` on which nothing was to be read: nobody missed them. */
  private idleMonths(month: Month): number {
    if (this.idle.length === 0) return 0;
    const { facts, period } = this.context;
    let months = 0;
    for (
      let before = addMonths(period, -facts.missedPeriods);
      before < month;
      before = addMonths(before, 1)
    )
      if (isCovered(monthDays(before), this.idle)) months += 1;
    return months;
  }
}

function estimatedRun(history: readonly MeteredMonth[], month: Month): number {
  let run = 0;
  for (let index = history.length - 1; index >= 0; index -= 1) {
    const entry = history[index] as MeteredMonth;
    if (entry.month >= month) continue;
    if (entry.method === "METER" || entry.month !== month - run - 1) return run;
    run += 1;
  }
  return run;
}
