import type { BreachFact } from "../../../normalizer/model/circumstances.ts";
import { type Day, daysIn } from "../../../normalizer/model/dates.ts";
import { type Volume, volume } from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { switchNumber, switchOneOf } from "../../switches.ts";
import { daysText, dayText, energy, kilowattHours } from "../../wording.ts";
import type { AccountContext } from "../context.ts";
import { type Days, monthDays, overlapOf } from "../days.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import { type NormEntry, normEntries } from "../norm-days.ts";
import type { PricedLine } from "../pricing.ts";
import type { RangeRule } from "../ranges.ts";
import { amountStep, type Step } from "../steps.ts";
import { TAMPER_MONTHS_MAX, TAMPER_NORMS } from "../tamper.ts";
import { type Charge, type Charges, chargedOf, noNorm, noPrice, partOf } from "./charge.ts";

interface BreachMonth {
  readonly breach: BreachFact;
  /** First day of the act, and its days in the month. */
  readonly start: Day;
  readonly days: Days;
  /** Empty where the power of the equipment is known. */
  readonly entries: readonly NormEntry[];
  readonly daysOfMonth: number;
  readonly gross: Volume;
  readonly deducted: Volume;
  readonly net: Volume;
}

/**
 * TAMPER and UNAUTHORISED lines of the days of each act in the month, whether the service was on
 * or not; tampering deducts what the regular lines of the month charged.
 */
export function tamperCharges(
  context: AccountContext,
  { month }: MonthConsumption,
  lines: readonly PricedLine[],
): Charges {
  const { facts, switches } = context;
  const charges: Charge[] = [];
  let regular = 0;
  for (const line of lines) regular += line.volume;
  const rule = ruleOf(context.rules, "households.tamper");
  const includesEndDay = isOn(context, "tamper.includeEndDate");
  for (const breach of facts.circumstances.breaches) {
    const whole = rule.days({ ...breach, includesEndDay });
    const days = overlapOf(monthDays(month), whole);
    if (days === null) continue;
    const byPower = breach.type === "UNAUTHORISED" ? breach.powerKwE4 : null;
    const entries = byPower === null ? normEntries(context, month, [days]) : [];
    if (entries === null) return { ok: false, problem: noNorm(context, month) };
    const daysOfMonth = daysIn(month);
    const gross =
      byPower === null
        ? rule.byNorm(entries, daysOfMonth)
        : rule.byPower(byPower, days.to - days.from);
    const isDeducted = breach.type === "TAMPER" && isOn(context, "tamper.deductCharged");
    const deducted = volume(isDeducted ? regular : 0);
    const floor = switchOneOf(switches, "tamper.floor", ["NONE", "ZERO"]);
    const net = volume(floor === "ZERO" ? Math.max(0, gross - deducted) : gross - deducted);
    const kind = breach.type;
    const ranges = isOn(context, "tamper.useRanges") ? rangesOf(context, days) : null;
    const parts = [partOf(kind, net, [days])];
    const priced = rule.price({ parts, tariffs: context.tariffs, ranges });
    if (!priced.ok) return { ok: false, problem: noPrice(context, priced) };
    const of = { breach, start: whole.from, days, entries, daysOfMonth, gross, deducted, net };
    for (const line of priced.lines)
      charges.push({
        rule: "households.tamper",
        line: chargedOf(line),
        steps: () => stepsOf(of, line),
      });
  }
  return { ok: true, charges, problems: [] };
}

function isOn(
  { switches }: AccountContext,
  name: "tamper.deductCharged" | "tamper.includeEndDate" | "tamper.useRanges",
): boolean {
  return switchOneOf(switches, name, ["true", "false"]) === "true";
}

function rangesOf({ switches }: AccountContext, { from, to }: Days): RangeRule {
  return {
    seasonKe4: switchNumber(switches, "ranges.seasonK", 4),
    months: { numerator: 1, denominator: 1 },
    allocation: "PROPORTIONAL",
    spans: [{ from, to, pricedOn: null }],
  };
}

function stepsOf(of: BreachMonth, line: PricedLine): readonly Step[] {
  const { breach, gross, deducted, net } = of;
  const isTamper = breach.type === "TAMPER";
  const clause = isTamper ? "ПП РФ 354, п. 81(11)" : "ПП РФ 354, п. 62";
  const what = isTamper ? "вмешательстве в работу прибора" : "несанкционированном подключении";
  const act = { text: `акт ${breach.act}`, origin: breach.origin };
  const steps: Step[] = [
    startStep(breach, of.start, clause),
    {
      clause,
      text:
        `Акт ${breach.act} о ${what}: выявлено ${dayText(breach.detected)}, устранено ` +
        `${dayText(breach.eliminated)}; дни месяца ${daysText(of.days.from, of.days.to)}`,
      formula: formulaOf(of),
      result: kilowattHours(gross),
      rounding: "до 0,0001 кВт·ч",
      sources: [
        act,
        ...of.entries.map(({ version }) => ({ text: version.act, origin: version.origin })),
      ],
    },
  ];
  if (deducted !== 0)
    steps.push({
      clause,
      text: "Вычтено начисленное за этот месяц обычными строками",
      formula: `${energy(gross)} − ${energy(deducted)}`,
      result: kilowattHours(net),
    });
  return [...steps, amountStep(line, clause, "Доначислено по акту")];
}

/** The first day of the act, and what it was chosen from. */
function startStep(breach: BreachFact, start: Day, clause: string): Step {
  const { type, detected, connected, sealed, previousCheck } = breach;
  const isKnown = type === "UNAUTHORISED" && connected !== null;
  const limit =
    type === "TAMPER"
      ? `${TAMPER_MONTHS_MAX} месяца до проверки ${dayText(detected)}`
      : `${TAMPER_MONTHS_MAX} месяца до месяца проверки ${dayText(detected)}`;
  const days = [limit];
  if (type === "TAMPER" && sealed !== null) days.push(`установка пломбы ${dayText(sealed)}`);
  if (previousCheck !== null) days.push(`предыдущая проверка ${dayText(previousCheck)}`);
  return {
    clause,
    text: `Акт ${breach.act}: первый день неучтённого потребления`,
    formula: isKnown ? `день подключения ${dayText(connected)}` : `позднее из: ${days.join("; ")}`,
    result: dayText(start),
    sources: [{ text: `акт ${breach.act}`, origin: breach.origin }],
  };
}

function formulaOf({ breach, days, entries, daysOfMonth }: BreachMonth): string {
  if (entries.length === 0) {
    const power = energy((breach.powerKwE4 ?? 0) as Volume);
    return `${power} кВт × 24 ч × ${days.to - days.from} дн.`;
  }
  return entries
    .map(
      ({ norm, personDays }) =>
        `${energy(norm)} × ${TAMPER_NORMS} × ${personDays} / ${daysOfMonth}`,
    )
    .join(" + ");
}
