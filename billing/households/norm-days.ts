import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, Dated, NormVersion } from "../../normalizer/model/facts.ts";
import { switchOneOf } from "../switches.ts";
import { datedAt, earliestEnd } from "../validity.ts";
import type { AccountContext } from "./context.ts";
import { type Days, monthDays, overlapOf } from "./days.ts";
import { type NormDays, normRow } from "./norm.ts";

/** Days of a month that one edition of the norm is in force on. */
export interface NormEntry extends NormDays {
  readonly version: NormVersion;
  readonly days: number;
}

/**
 * Person-days of the spans by norm version; the row of the table by the persons of the month
 * (`norm.tableRow`). Null when a day has no norm.
 */
export function normEntries(
  context: AccountContext,
  month: Month,
  spans: readonly Days[],
): readonly NormEntry[] | null {
  const { facts, law } = context;
  const persons = tablePersons(context, month);
  const entries: { -readonly [Key in keyof NormEntry]: NormEntry[Key] }[] = [];
  for (const span of spans) {
    let at = span.from;
    while (at < span.to) {
      const day = at;
      const code = datedAt(facts.norm, day);
      if (code === undefined) return null;
      const version = (law.norms[code.value] ?? []).find(
        (item) => item.from <= day && (item.to === null || day < item.to),
      );
      const norm = version === undefined ? undefined : normRow(version.perPerson, persons);
      if (version === undefined || norm === undefined) return null;
      const end = earliestEnd(span.to, [code.to, version.to]);
      const personDays = personDaysOf(facts, { from: day, to: end });
      const known = entries.find((entry) => entry.version === version);
      if (known === undefined) entries.push({ version, norm, personDays, days: end - day });
      else {
        known.personDays += personDays;
        known.days += end - day;
      }
      at = end;
    }
  }
  return entries;
}

/** Registered persons, the owners where nobody is registered (п. 56(2)). */
export function personsOn({ residents, circumstances }: AccountFacts, day: Day): number {
  const registered = sumOn(residents, day);
  return registered === 0 ? sumOn(circumstances.owners, day) : registered;
}

function personDaysOf(facts: AccountFacts, { from, to }: Days): number {
  const { residents } = facts;
  const { owners } = facts.circumstances;
  let personDays = 0;
  let at = from;
  while (at < to) {
    const end = Math.min(to, edgeAfter(residents, at), edgeAfter(owners, at)) as Day;
    personDays += personsOn(facts, at) * (end - at);
    at = end;
  }
  return personDays;
}

/** Served days of the month; all of it where it has none, as an act may charge days without service. */
export function servedDays({ facts }: AccountContext, month: Month): Days {
  const whole = monthDays(month);
  return overlapOf(whole, facts.served) ?? whole;
}

/** Registered persons without the owners. */
export function registeredOn({ residents }: AccountFacts, day: Day): number {
  return sumOn(residents, day);
}

/** Persons that choose the row of the norm table. */
function tablePersons(context: AccountContext, month: Month): number {
  const { facts, switches } = context;
  const { from, to } = servedDays(context, month);
  const rule = switchOneOf(switches, "norm.tableRow", ["LAST_DAY", "FIRST_DAY", "MAX"]);
  if (rule === "FIRST_DAY") return personsOn(facts, from);
  if (rule === "LAST_DAY") return personsOn(facts, (to - 1) as Day);
  let most = 0;
  for (let day = from; day < to; day = (day + 1) as Day)
    most = Math.max(most, personsOn(facts, day));
  return most;
}

function sumOn(rows: readonly Dated<number>[], day: Day): number {
  let sum = 0;
  for (const row of rows)
    if (row.from <= day && (row.to === null || day < row.to)) sum += row.value;
  return sum;
}

function edgeAfter(rows: readonly Dated<number>[], day: Day): number {
  let edge = Number.POSITIVE_INFINITY;
  for (const { from, to } of rows) {
    if (from > day && from < edge) edge = from;
    if (to !== null && to > day && to < edge) edge = to;
  }
  return edge;
}
