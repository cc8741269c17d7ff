import type { MeterFault, Stop } from "../../normalizer/model/circumstances.ts";
import { type Day, daysIn, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { TraceSource } from "../../normalizer/model/lines.ts";
import type { Volume } from "../../normalizer/model/units.ts";
import { daysText, energy, kilowattHours, monthText } from "../wording.ts";
import type { AccountContext } from "./context.ts";
import { countDays, monthDays, overlapOf, within } from "./days.ts";
import type { Estimate } from "./estimate.ts";
import type { Cause, CausedDays, Gap } from "./gaps.ts";
import { idleDaysOf } from "./idle.ts";
import type { FixedEnergy, MonthConsumption } from "./month-consumption.ts";
import { COEFFICIENT_ONE } from "./norm.ts";
import { registeredOn } from "./norm-days.ts";
import type { Step } from "./steps.ts";

const BY_NORM = "ПП РФ 354, п. 42, прил. 2, формула 4";
const AVERAGE_CLAUSES: Readonly<Record<Cause, string>> = {
  NO_READING: "ПП РФ 354, п. 59 «б»",
  FAULT: "ПП РФ 354, п. 59 «а», 81(12)",
  REFUSED: "ПП РФ 354, п. 59 «в», 60(1)",
};
const FAULTS: Readonly<Record<MeterFault, string>> = {
  BROKEN: "прибор неисправен",
  LOST: "прибор утрачен",
  EXPIRED: "срок поверки прибора истёк",
};
const STOPS: Readonly<Record<Stop | "FIXED", string>> = {
  SUSPENDED: "подача приостановлена",
  CHARGING_STOPPED: "начисление остановлено",
  FIXED: "договорной объём",
};

/** Days of the month without a charge by meter, mean or norm; none where there is no such day. */
export function idleSteps({ facts }: AccountContext, { month }: MonthConsumption): Step[] {
  const whole = monthDays(month);
  const { stops, fixedVolumes } = facts.circumstances;
  const idle = idleDaysOf(facts.circumstances, endDay(month)).flatMap(({ reason, ...days }) => {
    const inMonth = overlapOf(whole, days);
    return inMonth === null ? [] : [{ reason, ...inMonth }];
  });
  if (idle.length === 0) return [];
  const texts = idle.map(({ reason, from, to }) => `${STOPS[reason]} ${daysText(from, to)}`);
  const sources = [...stops, ...fixedVolumes]
    .filter((fact) => overlapOf(whole, fact) !== null)
    .map(({ origin }) => ({ text: "документ", origin }));
  const days = countDays(idle);
  return [
    {
      clause: "ПП РФ 354, п. 42, 117",
      text: `По прибору, среднему и нормативу не начисляется: ${texts.join("; ")}`,
      formula: `${daysIn(month)} − ${days}`,
      result: `${daysIn(month) - days} дн.`,
      sources,
    },
  ];
}

/** A договорной объём of the days of the month. */
export function fixedStep({ fact, spans, volume }: FixedEnergy, month: Month): Step {
  const periods = spans.map(({ from, to }) => daysText(from, to)).join(", ");
  const days = countDays(spans);
  return {
    clause: "Договор: фиксированный объём",
    text: `Договорной объём ${kilowattHours(fact.value)} в месяц за ${periods}`,
    formula: `${energy(fact.value)} × ${days} / ${daysIn(month)}`,
    result: kilowattHours(volume),
    rounding: "до 0,0001 кВт·ч",
    sources: [{ text: "договорной объём", origin: fact.origin }],
  };
}

/** The volume of days without a measure, and why they have none. */
export function estimateStep(context: AccountContext, estimate: Estimate): Step {
  const { gap, average, norm } = estimate;
  const days = countDays(gap.spans);
  const of = daysIn(gap.month);
  const part = days === of ? "" : ` × ${days} / ${of}`;
  const volumes = estimate.parts.map((item) => `${item.zone} ${kilowattHours(item.volume)}`);
  const result = volumes.join(", ");
  const reason = reasonOf(context, gap);
  const period = gap.spans.map(({ from, to }) => daysText(from, to)).join(", ");
  const sources = sourcesOf(context, gap);
  if (average !== null) {
    const zones = estimate.parts.map(({ zone }) => {
      const terms = average.months.map((month) => energy(month.volumes[zone] ?? (0 as Volume)));
      return `(${terms.join(" + ")}) / ${average.months.length}${part}`;
    });
    const months = average.months.map((month) => monthText(month.month)).join(", ");
    return {
      clause: [...new Set(gap.spans.map(({ cause }) => AVERAGE_CLAUSES[cause]))].join("; "),
      text: `${reason}: среднемесячный расход за ${period} по месяцам ${months}`,
      formula: zones.join("; "),
      result,
      rounding: "до 0,0001 кВт·ч",
      sources,
    };
  }
  const entries = norm?.entries ?? [];
  const coefficient = norm?.coefficient ?? COEFFICIENT_ONE;
  const persons =
    registeredOn(context.facts, (gap.to - 1) as Day) === 0
      ? "человеко-дни по числу собственников (п. 56(2))"
      : "человеко-дни";
  const raised =
    coefficient === COEFFICIENT_ONE
      ? ""
      : `; с коэффициентом ${String(coefficient / COEFFICIENT_ONE).replace(".", ",")} — отдельной строкой`;
  return {
    clause: gap.everMetered ? `${BY_NORM}; п. 60` : BY_NORM,
    text: `${reason}: по нормативу за ${period}, норматив × ${persons} / дней в месяце${raised}`,
    formula: entries.map((item) => `${energy(item.norm)} × ${item.personDays} / ${of}`).join(" + "),
    result,
    rounding: "до 0,0001 кВт·ч",
    sources: [
      ...entries.map((item) => ({ text: item.version.act, origin: item.version.origin })),
      ...sources,
    ],
  };
}

function reasonOf(context: AccountContext, gap: Gap): string {
  if (!gap.everMetered) return "Прибора нет";
  const texts = new Set(gap.spans.map((days) => causeText(context, gap, days)));
  const text = `${placeOf(context, gap)}${[...texts].join("; ")}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Which of several points has the days. */
function placeOf({ facts: { points } }: AccountContext, { point, to }: Gap): string {
  if (points.length < 2) return "";
  const meters = points.find((item) => item.point === point)?.meters ?? [];
  const serial = meters.findLast(({ installed }) => installed.from < to)?.serial;
  return `точка учёта ${point}${serial === undefined ? "" : `, прибор № ${serial}`}: `;
}

function causeText({ facts }: AccountContext, gap: Gap, days: CausedDays): string {
  const period = `${days.periods + 1}-й расчётный период подряд`;
  if (days.cause === "REFUSED") {
    const acts = facts.circumstances.accessRefused.filter((fact) => overlapOf(days, fact) !== null);
    return `нет доступа к прибору по акту ${acts.map(({ value }) => value).join(", ")}, ${period}`;
  }
  if (days.cause === "FAULT") {
    const faults = faultFacts(facts, gap, days).map(({ value }) => FAULTS[value]);
    return `${[...new Set(faults)].join(", ")}, ${period}`;
  }
  if (!gap.whole) return "дни без прибора или показания";
  return `показаний нет, ${period}`;
}

function faultFacts({ points }: AccountContext["facts"], { point }: Gap, days: CausedDays) {
  return points
    .filter((item) => item.point === point)
    .flatMap(({ meters }) => meters.flatMap(({ faults }) => faults))
    .filter((fault) => overlapOf(days, fault) !== null);
}

function sourcesOf({ facts }: AccountContext, gap: Gap): TraceSource[] {
  const { accessRefused } = facts.circumstances;
  const sources: TraceSource[] = [];
  for (const days of gap.spans) {
    if (days.cause === "FAULT")
      for (const { value, origin } of faultFacts(facts, gap, days))
        sources.push({ text: FAULTS[value], origin });
    if (days.cause === "REFUSED" && within(days, accessRefused).length > 0)
      for (const { value, origin } of accessRefused)
        sources.push({ text: `акт об отказе в доступе ${value}`, origin });
  }
  return sources;
}
