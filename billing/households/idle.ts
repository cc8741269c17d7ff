import type { Circumstances } from "../../normalizer/model/circumstances.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import type { AccountFacts, Dated } from "../../normalizer/model/facts.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { countDays, type Days, overlapOf, within, without } from "./days.ts";

/** Served days that neither a meter nor a mean nor the norm charges. */
export interface IdleDays extends Days {
  readonly reason: "SUSPENDED" | "CHARGING_STOPPED" | "FIXED";
}

/** Days of one договорной объём. */
export interface FixedDays {
  readonly fact: Dated<Volume>;
  readonly spans: readonly Days[];
}

const NONE: readonly IdleDays[] = [];

/**
 * Days of a stop, then those of a fixed volume that no stop has taken, ascending, each day once.
 *
 * @param end first day that nobody asks about
 */
export function idleDaysOf(circumstances: Circumstances, end: Day): readonly IdleDays[] {
  const { stops, fixedVolumes } = circumstances;
  if (stops.length === 0 && fixedVolumes.length === 0) return NONE;
  const all: Days = { from: 0 as Day, to: end };
  const idle: IdleDays[] = [];
  for (const stop of stops) {
    const days = overlapOf(all, stop);
    if (days === null) continue;
    for (const rest of without(days, idle)) idle.push({ ...rest, reason: stop.value });
  }
  for (const fact of fixedVolumes)
    for (const rest of fixedSpans(fact, all, stops)) idle.push({ ...rest, reason: "FIXED" });
  return idle.sort((a, b) => a.from - b.from);
}

/** Fixed volumes of the days, without the days of a stop. */
export function fixedDaysOf({ circumstances }: AccountFacts, days: Days): readonly FixedDays[] {
  const { stops, fixedVolumes } = circumstances;
  return fixedVolumes.flatMap((fact) => {
    const spans = fixedSpans(fact, days, stops);
    return spans.length === 0 ? [] : [{ fact, spans }];
  });
}

function fixedSpans(
  fact: Dated<Volume>,
  days: Days,
  stops: Circumstances["stops"],
): readonly Days[] {
  return within(days, [fact]).flatMap((span) => without(span, stops));
}

/**
 * Idle days of [from, to) that take a part of a measured span: a meter that was read when the
 * supply stopped has counted nothing since, any other day has its share.
 *
 * @param start first day of the measured span
 */
export function lostDays(idle: readonly IdleDays[], days: Days, start: Day): number {
  const lost = idle.filter((item) => item.reason !== "SUSPENDED" || item.from > start);
  return countDays(within(days, lost));
}
