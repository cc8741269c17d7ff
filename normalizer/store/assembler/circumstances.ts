import type {
  AbsenceFact,
  BenefitFact,
  BreachFact,
  Circumstances,
  ManualRecalculation,
  MeterFault,
  PlotUseFact,
} from "../../model/circumstances.ts";
import { NO_CIRCUMSTANCES } from "../../model/circumstances.ts";
import { day, monthOf } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { Dated } from "../../model/facts.ts";
import { invariant } from "../../model/result.ts";
import {
  kopecks,
  MONEY_SCALE,
  parseScaled,
  VOLUME_SCALE,
  type Volume,
  volume,
} from "../../model/units.ts";
import type { FactRow } from "./fact-rows.ts";

/** Areas, units and powers have 4 decimals, percents 2. */
const QUANTITY_SCALE = 4;
const PERCENT_SCALE = 2;

/** What bends the charge of one account, from its facts in the order of their first days. */
export function circumstancesOf(facts: readonly FactRow[]): Circumstances {
  if (facts.length === 0) return NO_CIRCUMSTANCES;
  const of = <Kind extends keyof FactBodies>(kind: Kind) =>
    facts.filter((fact): fact is FactRow<Kind> => fact.kind === kind);
  return {
    owners: of("owners").map((fact) => dated(fact, fact.body.count)),
    fixedVolumes: of("fixed-volume").map((fact) => dated(fact, volumeOf(fact.body.volume))),
    stops: of("stop").map((fact) => dated(fact, fact.body.reason)),
    accessRefused: of("access-refused").map((fact) => dated(fact, fact.body.act)),
    meterDelays: of("meter-delay").map((fact) => dated(fact, fact.body.act)),
    absences: of("absence").map(absenceOf),
    breaches: of("breach").map(breachOf),
    benefits: of("benefit").map((fact) => dated(fact, benefitOf(fact))),
    plotUses: of("plot-use").map((fact) => dated(fact, plotUseOf(fact))),
    meterImpossible: of("meter-impossible").map(({ from, to }) => ({ from, to })),
    manual: of("manual-recalculation").map(manualOf),
  };
}

export function faultsOf(facts: readonly FactRow<"meter-fault">[]): readonly Dated<MeterFault>[] {
  return facts.length === 0 ? NONE : facts.map((fact) => dated(fact, fact.body.fault));
}

const NONE: readonly never[] = [];

export function dated<Value>(
  { from, to, origin }: Pick<FactRow, "from" | "to" | "origin">,
  value: Value,
): Dated<Value> {
  return { from, to, value, origin };
}

function absenceOf({ subject, from, to, origin, body }: FactRow<"absence">): AbsenceFact {
  invariant(to !== null, `absence ${subject} without a day of arrival`);
  const application = nameOf(subject);
  return { application, left: from, returned: to, persons: body.persons, origin };
}

function breachOf({ subject, origin, body }: FactRow<"breach">): BreachFact {
  const dayOrNull = (text: string | undefined) => (text === undefined ? null : day(text));
  return {
    act: nameOf(subject),
    type: body.type,
    detected: day(body.detected),
    eliminated: day(body.eliminated),
    sealed: dayOrNull(body.sealed),
    previousCheck: dayOrNull(body.previousCheck),
    connected: dayOrNull(body.connected),
    powerKwE4: body.powerKw === undefined ? null : scaled(body.powerKw, QUANTITY_SCALE),
    origin,
  };
}

function benefitOf({ subject, body }: FactRow<"benefit">): BenefitFact {
  return {
    category: nameOf(subject),
    beneficiaries: body.beneficiaries,
    standard: volumeOf(body.standard),
    percentE2: scaled(body.percent, PERCENT_SCALE),
    isFamily: body.family,
  };
}

function plotUseOf({ subject, body }: FactRow<"plot-use">): PlotUseFact {
  return { use: nameOf(subject), unitsE4: scaled(body.units, QUANTITY_SCALE) };
}

/** The query puts the ground of this kind into its body. */
function manualOf(fact: FactRow<"manual-recalculation">): ManualRecalculation {
  const { ground } = fact.body as FactBodies["manual-recalculation"] & { readonly ground: string };
  return {
    document: nameOf(fact.subject),
    month: monthOf(fact.from),
    amount: kopecks(scaled(fact.body.amount, MONEY_SCALE)),
    ground,
    origin: fact.origin,
  };
}

/** What follows the account in a subject: the number of a document, a category. */
function nameOf(subject: string): string {
  return subject.slice(subject.indexOf("/") + 1);
}

export function volumeOf(text: string): Volume {
  return volume(scaled(text, VOLUME_SCALE));
}

export function quantityE4(text: string): number {
  return scaled(text, QUANTITY_SCALE);
}

/** Facts are checked when they are entered. */
function scaled(text: string, scale: number): number {
  const value = parseScaled(text, scale);
  invariant(value !== null, `number ${text} in a fact`);
  return value;
}
