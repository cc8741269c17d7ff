import { type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type { MeteredMonth } from "../../normalizer/model/facts.ts";
import type { TraceStep, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { ruleOf } from "../rules.ts";
import { splitVolume } from "../split.ts";
import { switchOneOf } from "../switches.ts";
import type { AccountContext } from "./context.ts";
import { type Estimate, estimate, type Gap } from "./estimate.ts";
import type { EnergyPart } from "./pricing.ts";
import {
  hasMeter,
  isRead,
  type MeasuredSpan,
  type MonthSpan,
  measuredSpans,
  monthOfReading,
  monthSpan,
} from "./timeline.ts";

/** The part of one measured span that belongs to one month. */
export interface MeasuredPiece {
  readonly span: MeasuredSpan;
  readonly from: Day;
  readonly to: Day;
  /** By zone of the meter; `whole` is the span's, `volumes` this month's part of it. */
  readonly whole: readonly Volume[];
  readonly volumes: readonly Volume[];
  /** Days of the whole span that the parts were weighed by. */
  readonly spanDays: number;
}

/** What an account consumed in one month, before prices. */
export interface MonthConsumption {
  readonly month: Month;
  readonly pieces: readonly MeasuredPiece[];
  /** Estimated months whose volumes a check of the controller deducts (п. 61). */
  readonly charged: readonly MeteredMonth[];
  readonly estimates: readonly Estimate[];
  readonly parts: readonly EnergyPart[];
  /** Where the parts are those of one account of a premises that several pay for. */
  readonly portion?: Portion;
}

/** How the month of one account was taken from the meters of its premises. */
export interface Portion {
  readonly rule: "buildings.communal" | "buildings.separate";
  /** Its part of the monthly limits of the ranges, a fraction. */
  readonly limits: { readonly numerator: number; readonly denominator: number };
  /** The explanation between the meters and the lines. */
  readonly steps: () => readonly Omit<TraceStep, "account" | "ordinal">[];
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
export class AccountConsumption {
  readonly context: AccountContext;
  readonly months: readonly Month[];
  private readonly history: MeteredMonth[];
  private readonly edges: readonly (readonly MonthSpan[])[];
  private readonly spans: readonly (readonly MeasuredSpan[])[];

  constructor(context: AccountContext, months: readonly Month[]) {
    this.context = context;
    this.months = months;
    this.history = [...context.facts.history];
    const { facts, period } = context;
    this.spans = facts.points.map((point) =>
      measuredSpans(point, facts.served.to, period, (month) => this.reads(month)),
    );
    this.edges = facts.points.map((point) =>
      months.map((month) =>
        monthSpan(
          facts,
          point,
          month,
          (before) => this.reads(before),
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
   * Consumption of one of the months; call in ascending order, each sees the ones before it as
   * history.
   */
  of(month: Month): Consumption {
    const { facts } = this.context;
    const from = Math.max(firstDay(month), facts.served.from) as Day;
    const to = Math.min(endDay(month), facts.served.to ?? endDay(month)) as Day;
    if (from >= to) return this.done({ month, pieces: [], charged: [], estimates: [], parts: [] });
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
      const result = estimate(this.context, gap, this.history);
      if (!result.ok) return result;
      estimates.push(result.value);
    }
    const parts = [
      ...measuredParts(pieces, charged, month, this.context),
      ...estimates.flatMap((item) => item.parts),
    ];
    return this.done({ month, pieces, charged, estimates, parts });
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
    if (this.months.includes(month)) return isRead(facts, month);
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
      return { span, from: a, to: b, whole, volumes: whole, spanDays: b - a };
    }
    const share = this.shareOf(span, edges, month);
    const { served } = this.context.facts;
    if (share === null) {
      const from = Math.max(a, served.from) as Day;
      return { span, from, to: b, whole, volumes: whole, spanDays: b - from };
    }
    const from = Math.max(a, edge.from, served.from) as Day;
    const to = Math.min(b, edge.to, served.to ?? b) as Day;
    if (from >= to) return null;
    return {
      span,
      from,
      to,
      whole,
      volumes: whole.map((energy) => splitVolume(energy, share.weights)[share.index] as Volume),
      spanDays: b - a,
    };
  }

  /**
   * Days of the span in each month and which of them is `month`; null when all of it is the
   * month's. Nothing was consumed before the service was on; what lies after its end without a
   * final reading is cut off by days.
   */
  private shareOf(span: MeasuredSpan, edges: readonly MonthSpan[], month: Month) {
    const { facts } = this.context;
    const a = span.start.stateAt;
    const b = span.end.stateAt;
    const weights: number[] = [];
    let index = -1;
    let before = a;
    for (const edge of edges) {
      const from = Math.max(before, edge.from) as Day;
      const to = Math.min(b, edge.to) as Day;
      if (to <= from) continue;
      invariant(
        from === before,
        `account ${facts.account}: posted lines before month ${edge.month} are needed`,
      );
      const servedFrom = Math.max(from, facts.served.from);
      const servedTo = Math.min(to, facts.served.to ?? to);
      if (edge.month === month) index = weights.length;
      weights.push(Math.max(0, servedTo - servedFrom));
      if (servedTo < to) weights.push(to - Math.max(servedTo, servedFrom));
      before = to;
    }
    if (before < b) weights.push(b - before);
    return weights.length === 1 ? null : { weights, index };
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

  /** Days of the month without a measure: all its served days, or what lies between two meters. */
  private gaps(month: Month, pieces: readonly MeasuredPiece[], from: Day, to: Day) {
    const { facts } = this.context;
    const point = facts.points[0]?.point ?? 0;
    const metered = facts.points.some((item) => hasMeter(item, month));
    const missed = this.missedBefore(month);
    const common = {
      month,
      point,
      missed,
      hasMeter: metered,
      everMetered: facts.points.length > 0,
    };
    if (pieces.length === 0) return [{ ...common, from, to, spans: [{ from, to }], whole: true }];
    const gaps: Gap[] = [];
    const add = (of: number, from: Day, to: Day): void => {
      gaps.push({ ...common, point: of, from, to, spans: [{ from, to }], whole: false });
    };
    const index = this.months.indexOf(month);
    for (const [at, item] of facts.points.entries()) {
      const edge = this.edges[at]?.[index];
      const own = pieces.filter((piece) => piece.span.point === item.point);
      if (edge === undefined || own.length === 0) continue;
      let day = Math.max(edge.from, facts.served.from) as Day;
      const end = Math.min(edge.to, facts.served.to ?? edge.to) as Day;
      for (const piece of own) {
        if (piece.from > day) add(item.point, day, piece.from);
        if (piece.to > day) day = piece.to;
      }
      if (day < end) add(item.point, day, end);
    }
    return gaps;
  }

  /** Periods in a row without a reading; months older than the history stand in `missedPeriods`. */
  private missedBefore(month: Month): number {
    const { facts, period } = this.context;
    const run = estimatedRun(this.history, month);
    if (run !== estimatedRun(facts.history, month)) return run;
    return Math.max(run, facts.missedPeriods - (period - month));
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

function measuredParts(
  pieces: readonly MeasuredPiece[],
  charged: readonly MeteredMonth[],
  month: Month,
  context: AccountContext,
): EnergyPart[] {
  const mode = switchOneOf(context.switches, "tariffChange.splitMode", ["BY_DAYS", "BY_PERIOD"]);
  const lastDay = (endDay(month) - 1) as Day;
  const isDelta = charged.length > 0;
  const pricedOn = isDelta || mode === "BY_PERIOD" ? lastDay : null;
  const kind = isDelta ? "METER_DELTA" : "METER";
  const parts: EnergyPart[] = [];
  for (const { span, from, to, volumes } of pieces) {
    for (const [index, zone] of span.meter.zones.entries()) {
      const energy = volumes[index] as Volume;
      parts.push({ kind, point: span.point, zone, volume: energy, from, to, pricedOn });
    }
  }
  const point = pieces[0]?.span.point ?? 0;
  for (const entry of charged) {
    for (const zone of ZONES) {
      const energy = entry.volumes[zone];
      if (energy === undefined) continue;
      const from = firstDay(month);
      const minus = volume(-energy);
      parts.push({ kind, point, zone, volume: minus, from, to: endDay(month), pricedOn });
    }
  }
  return parts;
}

/** The month as later means and counters see it; null when nothing was served. */
function historyOf(value: MonthConsumption): MeteredMonth | null {
  if (value.parts.length === 0) return null;
  const volumes: Partial<Record<Zone, Volume>> = {};
  const raised = value.estimates.flatMap((item) => item.raised ?? []);
  const plain = value.parts.filter((part) => raised.length === 0 || part.kind !== "NORM");
  for (const part of [...plain, ...raised])
    volumes[part.zone] = volume((volumes[part.zone] ?? 0) + part.volume);
  if (value.pieces.length > 0) return { month: value.month, method: "METER", volumes };
  const method = value.estimates[0]?.norm === null ? "AVERAGE" : "NORM";
  return { month: value.month, method, volumes };
}
