import type { DayRange, Month } from "../../model/dates.ts";
import { addMonths, firstDay, monthOf } from "../../model/dates.ts";
import type { PostedLine } from "../../model/lines.ts";
import type { LawChange, PostedRun } from "./context.ts";
import type { FactRow } from "./fact-rows.ts";
import { changedDays, overlapsMonth, readingMonth, type Span } from "./timeline.ts";

/** What the posted lines of an account say about what was seen of it when. */
export interface PostedState {
  readonly lines: readonly PostedLine[];
  /** Newest run that billed the account; null where none did. */
  readonly lastRun: PostedRun | null;
  /** Months before the period that have posted lines. */
  readonly billed: ReadonlySet<Month>;
}

export const NOTHING_POSTED: PostedState = { lines: [], lastRun: null, billed: new Set() };

export function postedState(
  lines: readonly PostedLine[],
  runs: readonly PostedRun[],
  period: Month,
): PostedState {
  const named = new Set(lines.map(({ run }) => run));
  return {
    lines,
    lastRun: runs.findLast(({ run }) => named.has(run)) ?? null,
    billed: new Set(lines.map(({ origin }) => origin).filter((origin) => origin < period)),
  };
}

/**
 * Months on which the versions of one account say something else than at the last run that billed
 * it.
 */
export function monthsOfFacts(
  before: readonly FactRow[],
  after: readonly FactRow[],
  period: Month,
): readonly Month[] {
  const subjects = new Map<string, { readonly before: Span[]; readonly after: Span[] }>();
  const spansOf = (fact: FactRow) => {
    const key = `${fact.kind}/${fact.subject}`;
    const spans = subjects.get(key) ?? { before: [], after: [] };
    subjects.set(key, spans);
    return spans;
  };
  for (const fact of before) spansOf(fact).before.push(spanOf(fact));
  for (const fact of after) spansOf(fact).after.push(spanOf(fact));
  return [...subjects.values()].flatMap((spans) =>
    changedDays(spans.before, spans.after).flatMap((range) => monthsOfDays(range, period)),
  );
}

function spanOf({ from, to, body }: FactRow): Span {
  return { from, to, text: JSON.stringify(body) };
}

/** Months of the days, up to the one before the period. */
export function monthsOfDays(range: DayRange, period: Month): Month[] {
  const months: Month[] = [];
  const to = range.to ?? firstDay(period);
  for (let month = monthOf(range.from); month < period; month = addMonths(month, 1)) {
    if (firstDay(month) >= to) break;
    months.push(month);
  }
  return months;
}

/**
 * Months that a new state of one meter touches: from its own to the next one that has a state, both
 * included.
 *
 * @param states all states of the meter, ascending, with the seq of each
 */
export function monthsOfReadings(
  states: readonly { readonly stateAt: DayRange["from"]; readonly seq: number }[],
  seenSeq: number,
  period: Month,
): readonly Month[] {
  const months: Month[] = [];
  for (const [index, state] of states.entries()) {
    if (state.seq <= seenSeq) continue;
    const from = readingMonth(state.stateAt);
    const next = states.slice(index + 1).find(({ stateAt }) => readingMonth(stateAt) > from);
    const last = next === undefined ? addMonths(period, -1) : readingMonth(next.stateAt);
    for (let month = from; month <= last && month < period; month = addMonths(month, 1)) {
      months.push(month);
    }
  }
  return months;
}

/** Months on which the law of the account's categories, norms and uses of land changed since its last run. */
export function monthsOfLaw(
  changes: readonly LawChange[],
  versions: readonly (DayRange & { readonly category: string; readonly norm: string | null })[],
  circumstances: readonly FactRow[],
): readonly Month[] {
  if (changes.length === 0) return [];
  const uses = circumstances.filter(({ kind }) => kind === "plot-use");
  return changes.flatMap(({ kind, subject, months }) =>
    months.filter(
      (month) =>
        versions.some(
          (version) => overlapsMonth(version, month) && lawOf(version, kind) === subject,
        ) ||
        (kind === "plot-norm" &&
          uses.some((use) => overlapsMonth(use, month) && use.subject.endsWith(`/${subject}`))),
    ),
  );
}

function lawOf(
  { category, norm }: { readonly category: string; readonly norm: string | null },
  kind: string,
): string | null {
  if (kind === "tariff") return category;
  return kind === "norm" ? norm : null;
}
