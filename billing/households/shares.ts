import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts } from "../../normalizer/model/facts.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { splitVolume } from "../split.ts";
import { countDays, type Days, without } from "./days.ts";
import { type IdleDays, lostDays } from "./idle.ts";
import type { MeasuredSpan, MonthSpan } from "./timeline.ts";

/** The part of a measured span that one month is charged. */
export interface MonthShare extends Days {
  /** The charged days inside, where they are not all of them. */
  readonly spans?: readonly Days[];
  /** Days of the part, and of the whole span, that the parts were weighed by. */
  readonly days: number;
  readonly spanDays: number;
  /** Energy of the part by zone. */
  readonly of: (whole: readonly Volume[]) => readonly Volume[];
}

/**
 * Part of the span that the month is charged, by days; null when it is charged nothing of it.
 *
 * @param edges the months that are asked about, ascending
 * @throws InvariantError when a month between them is not there
 */
export function monthShare(
  span: MeasuredSpan,
  edges: readonly MonthSpan[],
  month: Month,
  facts: AccountFacts,
  idle: readonly IdleDays[],
): MonthShare | null {
  const { served } = facts;
  const edge = edges.find((item) => item.month === month);
  const { weights, index } = weightsOf(span, edges, month, facts, idle);
  const days = weights[index] ?? 0;
  if (edge === undefined || days === 0) return null;
  const start = span.start.stateAt;
  const end = span.end.stateAt;
  const isWhole = weights.length === 1;
  const from = Math.max(start, isWhole ? start : edge.from, served.from) as Day;
  const to = isWhole ? end : (Math.min(end, edge.to, served.to ?? end) as Day);
  let spanDays = 0;
  for (const weight of weights) spanDays += weight;
  const of = (whole: readonly Volume[]): readonly Volume[] =>
    isWhole ? whole : whole.map((energy) => splitVolume(energy, weights)[index] as Volume);
  if (idle.length === 0) return { from, to, days, spanDays, of };
  const spans = without({ from, to }, idle);
  return { from: spans[0]?.from ?? from, to: spans.at(-1)?.to ?? to, spans, days, spanDays, of };
}

/** All that a check found, less the share of days that the meter is not charged on. */
export function deltaShare(
  span: MeasuredSpan,
  whole: readonly Volume[],
  idle: readonly IdleDays[],
) {
  const days: Days = { from: span.start.stateAt, to: span.end.stateAt };
  const charged = countDays(without(days, idle));
  const lost = lostDays(idle, days, days.from);
  if (lost === 0) return { whole, volumes: whole, days: charged, spanDays: charged };
  const volumes = whole.map((energy) => splitVolume(energy, [charged, lost])[0] as Volume);
  return { whole, volumes, days: charged, spanDays: charged + lost };
}

/**
 * Days of the span by month, those that take a part without being charged on their own, and the
 * place of `month`. Nothing was consumed before the service was on, nor after a state on the day it
 * was suspended; what lies after the service's end without a final reading, or in a stop or a fixed
 * volume, is cut off by days.
 */
function weightsOf(
  span: MeasuredSpan,
  edges: readonly MonthSpan[],
  month: Month,
  { account, served }: AccountFacts,
  idle: readonly IdleDays[],
): { readonly weights: readonly number[]; readonly index: number } {
  const start = span.start.stateAt;
  const end = span.end.stateAt;
  const weights: number[] = [];
  let index = -1;
  let before = start;
  for (const edge of edges) {
    const from = Math.max(before, edge.from) as Day;
    const to = Math.min(end, edge.to) as Day;
    if (to <= from) continue;
    invariant(
      from === before,
      `account ${account}: posted lines before month ${edge.month} are needed`,
    );
    const servedFrom = Math.max(from, served.from) as Day;
    const servedTo = Math.min(to, served.to ?? to) as Day;
    if (edge.month === month) index = weights.length;
    const range: Days = { from: servedFrom, to: servedTo };
    weights.push(
      idle.length === 0 ? Math.max(0, servedTo - servedFrom) : countDays(without(range, idle)),
    );
    const lost = idle.length === 0 ? 0 : lostDays(idle, range, start);
    if (lost > 0) weights.push(lost);
    if (servedTo < to) weights.push(to - Math.max(servedTo, servedFrom));
    before = to;
  }
  if (before < end) weights.push(end - before);
  return { weights, index };
}
