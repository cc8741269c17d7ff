import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { type Day, daysIn, type Month, monthOf } from "../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { Line, PostedLine, Trace } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { kopecks, volume } from "../../normalizer/model/units.ts";
import type { LineDifference } from "../recalculation/difference.ts";
import { type RuleName, type Rules, ruleOf, versionOf } from "../rules.ts";
import { switchNumber, switchOneOf } from "../switches.ts";
import { type Charge, chargedOf, NO_CHARGES, noPrice } from "./charges/charge.ts";
import { monthCharges } from "./charges/month.ts";
import type { AccountContext } from "./context.ts";
import { raisedParts } from "./estimate.ts";
import { explainCharges, explainDifference, explainMonth } from "./explain.ts";
import type { MonthConsumption, Portion } from "./month-consumption.ts";
import { consumptionOf } from "./points.ts";
import type { EnergyPart, PricedLine } from "./pricing.ts";
import type { RangeRule } from "./ranges.ts";
import { tariffsOf } from "./tariffs.ts";

export type AccountBill =
  | {
      readonly ok: true;
      readonly lines: readonly Line[];
      /** What the bill leaves out, and why; holds nothing. */
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Lines of the period, regular ones and what bends them, then the difference lines of origin months
 * that the facts known now change. Refused, and the account held, when a day has no price or no
 * norm.
 */
export function billAccount(
  facts: AccountFacts,
  site: SiteFacts,
  rules: Rules,
  trace: Trace | undefined,
): AccountBill {
  const { law, period } = site;
  const switches = facts.switches ?? site.switches;
  const tariffs = tariffsOf(facts.category, law);
  const context: AccountContext = { facts, law, switches, period, rules, tariffs };
  const origins = originsOf(facts, period);
  const consumption = consumptionOf(context, [...origins, period]);
  const changed: MonthConsumption[] = [];
  for (const origin of origins) {
    const result = consumption.of(origin);
    if (!result.ok) return result;
    if (facts.late.includes(origin) || consumption.overlaps(origin)) changed.push(result.value);
  }
  const result = consumption.of(period);
  if (!result.ok) return result;
  return billMonths(context, { regular: result.value, changed }, trace);
}

/** What an account consumed in the period, and in origin months that have to be computed again. */
export interface ConsumedMonths {
  readonly regular: MonthConsumption;
  /** Ascending. */
  readonly changed: readonly MonthConsumption[];
}

/**
 * Lines of the consumption of an account, or of its part of a premises with several accounts, and of
 * what bends them.
 */
export function billMonths(
  context: AccountContext,
  { regular, changed }: ConsumedMonths,
  trace: Trace | undefined,
): AccountBill {
  const origins: ChargedMonth[] = [];
  for (const month of changed) {
    const charged = chargeMonth(context, month);
    if (!charged.ok) return charged;
    origins.push(charged.value);
  }
  const charged = chargeMonth(context, regular);
  if (!charged.ok) return charged;
  const { priced, charges } = charged.value;
  const lines = priced.map((line, index) => lineOf(context, regular, line, index + 1));
  for (const charge of charges)
    lines.push(lineOfCharge(context, regular.month, charge, lines.length + 1));
  if (trace !== undefined) {
    explainMonth(context, regular, priced, lines, trace);
    explainCharges(context, charges, lines.slice(priced.length), trace);
  }
  for (const origin of origins) addDifferences(context, origin, lines, trace);
  const problems = [...origins, charged.value].flatMap((item) => item.problems);
  return { ok: true, lines, problems: problems.length < 2 ? problems : withoutRepeats(problems) };
}

/** A document that touches several months says once why it changes nothing. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    ({ code, at }, index) =>
      problems.findIndex((item) => item.code === code && item.at === at) === index,
  );
}

/** Closed months that facts known now may change, ascending. */
export function originsOf(facts: AccountFacts, period: Month): Month[] {
  if (facts.late.length === 0 && facts.posted.length === 0) return [];
  const origins = new Set(facts.late);
  for (const line of facts.posted) origins.add(line.origin);
  return [...origins].filter((origin) => origin < period).sort((a, b) => a - b);
}

/** A month as it is charged now: its consumption, its regular lines, what stands beside them. */
interface ChargedMonth {
  readonly month: MonthConsumption;
  readonly priced: readonly PricedLine[];
  readonly charges: readonly Charge[];
  readonly problems: readonly Problem[];
}

type ChargingMonth =
  | { readonly ok: true; readonly value: ChargedMonth }
  | { readonly ok: false; readonly problem: Problem };

function chargeMonth(context: AccountContext, month: MonthConsumption): ChargingMonth {
  const priced = priceMonth(context, month);
  if (!priced.ok) return priced;
  const beside =
    context.facts.circumstances === NO_CIRCUMSTANCES
      ? NO_CHARGES
      : monthCharges(context, month, priced.lines);
  if (!beside.ok) return beside;
  const { charges, problems } = beside;
  return { ok: true, value: { month, priced: priced.lines, charges, problems } };
}

type PricedMonth =
  | { readonly ok: true; readonly lines: readonly PricedLine[] }
  | { readonly ok: false; readonly problem: Problem };

function priceMonth(context: AccountContext, month: MonthConsumption): PricedMonth {
  if (month.parts.length === 0) return { ok: true, lines: [] };
  const ranges = rangesOf(context, month);
  const rule = ruleOf(context.rules, pricingRule(month));
  const priced = rule.price({ parts: month.parts, tariffs: context.tariffs, ranges });
  if (!priced.ok) return { ok: false, problem: noPrice(context, priced) };
  const raised = raisedParts(month.estimates);
  if (raised.length === 0) return { ok: true, lines: priced.lines };
  const total = rule.price({ parts: raised, tariffs: context.tariffs, ranges });
  if (!total.ok) return { ok: false, problem: noPrice(context, total) };
  return { ok: true, lines: [...priced.lines, ...surcharges(priced.lines, total.lines)] };
}

function pricingRule(month: MonthConsumption) {
  if (month.portion !== undefined) return month.portion.rule;
  if (month.pieces.length > 0) return "households.meter";
  if (month.estimates.length === 0) return "households.fixed";
  return month.estimates[0]?.norm === null ? "households.average" : "households.norm";
}

/** KPOV = round2(round4(V × K) × T) − round2(V × T) of each line of the norm. */
function surcharges(base: readonly PricedLine[], total: readonly PricedLine[]): PricedLine[] {
  return total.flatMap((line) => {
    const plain = base.find(
      (item) =>
        item.kind === "NORM" &&
        item.version === line.version &&
        item.point === line.point &&
        item.range === line.range,
    );
    if (plain?.volume === line.volume) return [];
    return [
      {
        ...line,
        kind: "KPOV" as const,
        volume: volume(line.volume - (plain?.volume ?? 0)),
        amount: kopecks(line.amount - (plain?.amount ?? 0)),
      },
    ];
  });
}

function rangesOf(context: AccountContext, month: MonthConsumption): RangeRule | null {
  const { switches } = context;
  if (switchOneOf(switches, "tariff.scheme", ["FLAT", "RANGES", "SOCIAL_NORM"]) === "FLAT")
    return null;
  const first = month.pieces[0];
  const point = first?.span.point;
  const spans: RangeRule["spans"][number][] = month.pieces
    .filter((piece) => piece.span.point === point)
    .map((piece) => spanOf(month.parts, piece.from, piece.to));
  for (const { spans: days } of [...month.estimates.map(({ gap }) => gap), ...month.fixed])
    for (const { from, to } of days) spans.push(spanOf(month.parts, from, to));
  return {
    seasonKe4: switchNumber(switches, "ranges.seasonK", 4),
    months: limitsOf(month.portion, coveredMonths(context, month)),
    allocation: switchOneOf(switches, "ranges.zoneAllocation", ["PROPORTIONAL", "SEQUENTIAL"]),
    spans,
  };
}

/** Months since the state that the month's first piece starts from; an estimate covers one. */
function coveredMonths(context: AccountContext, month: MonthConsumption): RangeRule["months"] {
  const mode = switchOneOf(context.switches, "ranges.multiMonth", [
    "PRORATE_MONTHS",
    "BY_DAYS",
    "NONE",
  ]);
  const first = month.pieces[0];
  const last = month.pieces.at(-1);
  if (mode === "NONE" || first === undefined || last === undefined)
    return { numerator: 1, denominator: 1 };
  if (mode === "BY_DAYS")
    return { numerator: last.to - first.from, denominator: daysIn(month.month) };
  const since = monthOf((first.from - 1) as Day);
  return { numerator: Math.max(1, month.month - since), denominator: 1 };
}

/** The limits are per household: an account of a part has that part of them. */
function limitsOf(portion: Portion | undefined, months: RangeRule["months"]): RangeRule["months"] {
  if (portion === undefined) return months;
  return {
    numerator: months.numerator * portion.limits.numerator,
    denominator: months.denominator * portion.limits.denominator,
  };
}

function spanOf(parts: readonly EnergyPart[], from: Day, to: Day) {
  return { from, to, pricedOn: parts[0]?.pricedOn ?? null };
}

const RULE_OF_KIND: Readonly<Partial<Record<Line["kind"], RuleName>>> = {
  FIXED: "households.fixed",
  AVERAGE: "households.average",
  NORM: "households.norm",
  KPOV: "households.norm",
};

function lineOf(
  context: AccountContext,
  { month, portion }: MonthConsumption,
  priced: PricedLine,
  ordinal: number,
): Line {
  const rule = portion?.rule ?? RULE_OF_KIND[priced.kind] ?? "households.meter";
  return {
    account: context.facts.account,
    ordinal,
    kind: priced.kind,
    rule,
    ruleVersion: versionOf(context.rules, rule),
    point: priced.point,
    zone: priced.zone,
    range: priced.range,
    origin: month,
    tariffFrom: priced.version.from,
    volume: priced.volume,
    price: priced.price,
    amount: priced.amount,
    vat: null,
  };
}

function lineOfCharge(
  context: AccountContext,
  origin: Month,
  { rule, line }: Charge,
  ordinal: number,
): Line {
  const ruleVersion = versionOf(context.rules, rule);
  return { ...line, account: context.facts.account, ordinal, rule, ruleVersion, origin };
}

function addDifferences(
  context: AccountContext,
  { month, priced, charges }: ChargedMonth,
  into: Line[],
  trace: Trace | undefined,
): void {
  const origin = month.month;
  // ОДН is a matter of the house: what changes here leaves it as it was posted (`retro.recalcOdn`).
  const posted: PostedLine[] = context.facts.posted.filter(
    (line) => line.origin === origin && line.kind !== "ODN",
  );
  const rule = ruleOf(context.rules, "recalculation.difference");
  const now = [...priced.map(chargedOf), ...charges.map((charge) => charge.line)];
  const differences = rule.differences({ now, posted });
  const added: { line: Line; difference: LineDifference }[] = [];
  for (const difference of differences) {
    const line: Line = {
      ...difference.line,
      account: context.facts.account,
      ordinal: into.length + 1,
      rule: "recalculation.difference",
      ruleVersion: versionOf(context.rules, "recalculation.difference"),
      origin,
    };
    into.push(line);
    added.push({ line, difference });
  }
  if (trace !== undefined && added.length > 0) {
    explainMonth(context, month, priced, null, trace);
    explainCharges(context, charges, null, trace);
    for (const { line, difference } of added)
      explainDifference(context, line, difference, posted, trace);
  }
}
