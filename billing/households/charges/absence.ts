import type { AbsenceFact } from "../../../normalizer/model/circumstances.ts";
import { type Day, daysIn } from "../../../normalizer/model/dates.ts";
import type { Problem } from "../../../normalizer/model/problems.ts";
import type { Volume } from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { daysText, dayText, energy, kilowattHours } from "../../wording.ts";
import { type AbsenceRefusal, refusalOf } from "../absence.ts";
import type { AccountContext } from "../context.ts";
import { countDays, type Days, isCovered, monthDays, overlapOf, within } from "../days.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import type { NormEntry } from "../norm-days.ts";
import { amountStep, type Step } from "../steps.ts";
import { type Charge, type Charges, chargedOf, noPrice, partOf } from "./charge.ts";

const CLAUSE = "ПП РФ 354, п. 86–97";

/**
 * ABSENCE lines of the month: the norm of the absent persons on the full days of absence that the
 * month charged by norm, at the tariff of these days. An application that gives no recalculation
 * is named with its reason and holds nothing.
 */
export function absenceCharges(context: AccountContext, month: MonthConsumption): Charges {
  const charges: Charge[] = [];
  const problems: Problem[] = [];
  const whole = monthDays(month.month);
  const { absences } = context.facts.circumstances;
  for (const absence of absences) {
    if (absence.left >= whole.to || absence.returned < whole.from) continue;
    const full = fullDays(context, absence);
    const code = refusal(context, month, full);
    if (code === null) {
      if (isLeftOver(context, absence, full, whole)) problems.push(tooLong(context, absence));
      const entries = absentNorms(month, full);
      const charged = entries.length === 0 ? null : chargesOf(context, month, absence, entries);
      if (charged?.ok === false) return charged;
      if (charged !== null) charges.push(...charged.charges);
    } else problems.push({ code, at: absence.application, object: context.facts.number });
  }
  return { ok: true, charges, problems };
}

/** Neither the day of departure nor that of arrival is a full day (п. 91). */
function fullDays({ rules }: AccountContext, absence: AbsenceFact): Days {
  const from = (absence.left + 1) as Day;
  return { from, to: ruleOf(rules, "households.absence").end(absence) };
}

/** Whether the month has days of absence that neither this application nor another one gives. */
function isLeftOver(
  context: AccountContext,
  absence: AbsenceFact,
  full: Days,
  whole: Days,
): boolean {
  const beyond = overlapOf({ from: full.to, to: absence.returned }, whole);
  if (beyond === null) return false;
  const { absences } = context.facts.circumstances;
  const given = absences.map((other) => fullDays(context, other));
  return !isCovered(beyond, given);
}

/** The days after six months are charged as usual until another application goes on. */
function tooLong({ facts }: AccountContext, { application }: AbsenceFact): Problem {
  return { code: "GT_6_MONTHS", at: application, object: facts.number };
}

function refusal(
  { facts }: AccountContext,
  month: MonthConsumption,
  full: Days,
): AbsenceRefusal | null {
  const meters = facts.points.flatMap((point) => point.meters);
  const hasMeter =
    meters.some(({ installed }) => overlapOf(full, installed) !== null) ||
    month.pieces.length > 0 ||
    month.estimates.some(({ gap }) => gap.hasMeter);
  const isMeterFeasible = !isCovered(full, facts.circumstances.meterImpossible);
  return refusalOf({ hasMeter, isMeterFeasible }, Math.max(0, full.to - full.from));
}

interface AbsentNorm extends Pick<NormEntry, "norm" | "version" | "days"> {
  readonly spans: readonly Days[];
}

/** Full days of absence by the edition of the norm that charged them. */
function absentNorms(month: MonthConsumption, full: Days): readonly AbsentNorm[] {
  return month.estimates.flatMap(({ gap, norm }) =>
    (norm?.entries ?? []).flatMap(({ version, norm: perPerson }) => {
      const spans = within(full, gap.spans).flatMap((span) => overlapOf(span, version) ?? []);
      const days = countDays(spans);
      return days === 0 ? [] : [{ norm: perPerson, version, spans, days }];
    }),
  );
}

function chargesOf(
  context: AccountContext,
  { month }: MonthConsumption,
  absence: AbsenceFact,
  entries: readonly AbsentNorm[],
): Charges {
  const rule = ruleOf(context.rules, "households.absence");
  const volume = rule.volume(entries, absence.persons, daysIn(month));
  const part = partOf(
    "ABSENCE",
    volume,
    entries.flatMap((entry) => entry.spans),
  );
  const priced = rule.price({ parts: [part], tariffs: context.tariffs, ranges: null });
  if (!priced.ok) return { ok: false, problem: noPrice(context, priced) };
  const charges = priced.lines.map((line) => ({
    rule: "households.absence" as const,
    line: chargedOf(line),
    steps: () => [
      volumeStep(absence, entries, daysIn(month), volume),
      amountStep(line, CLAUSE, "Снижение платы за время отсутствия"),
    ],
  }));
  return { ok: true, charges, problems: [] };
}

function volumeStep(
  { application, left, returned, persons, origin }: AbsenceFact,
  entries: readonly AbsentNorm[],
  daysOfMonth: number,
  volume: Volume,
): Step {
  const terms = entries.map(
    ({ norm, days }) => `${energy(norm)} × ${persons} × ${days} / ${daysOfMonth}`,
  );
  const spans = entries.flatMap((entry) => entry.spans);
  const days = spans.map(({ from, to }) => daysText(from, to)).join(", ");
  return {
    clause: CLAUSE,
    text:
      `Временное отсутствие по заявлению ${application}: ${persons} чел., выезд ${dayText(left)}, ` +
      `приезд ${dayText(returned)}; полные дни без дней выезда и приезда: ${days}`,
    formula: `−(${terms.join(" + ")})`,
    result: kilowattHours(volume),
    rounding: "до 0,0001 кВт·ч",
    sources: [
      { text: `заявление ${application}`, origin },
      ...entries.map(({ version }) => ({ text: version.act, origin: version.origin })),
    ],
  };
}
