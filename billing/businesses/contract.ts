import { type Day, endDay, firstDay, formatDay, type Month } from "../../normalizer/model/dates.ts";
import type {
  ContractFacts,
  Dated,
  MarkupSubgroup,
  OneRateVersion,
} from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { Exact, roundTo } from "../exact.ts";
import type { Billed, BillingProblem } from "../outcome.ts";
import type { ChargedLine } from "../recalculation/difference.ts";
import { type Rules, ruleOf, versionOf } from "../rules.ts";
import { switchOneOf } from "../switches.ts";
import { datedAt, earliestEnd } from "../validity.ts";
import type { OneRateCharge } from "./charge.ts";
import { energyOf, type PointEnergy } from "./energy.ts";
import { explainContractDifference, explainOneRate } from "./explain.ts";
import { localText, slotsOf } from "./slots.ts";
import { subgroupOf } from "./subgroup.ts";

type MonthCharges =
  | { readonly ok: true; readonly charges: readonly OneRateCharge[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Lines of one business contract for `facts.period`: price category 1 from half-hours, VAT by line;
 * then difference lines of the months of `late`. A month with gaps is held: substituting
 * information is a decision of its own.
 *
 * @param rules resolved from the versions that the run stores (`rulesOf`)
 * @param trace receives the steps of the explanation; absent on a mass run
 * @see ПП РФ 442, раздел V; ПП РФ 1179 п. 4
 */
export function billContract(facts: ContractFacts, rules: Rules, trace?: Trace): Billed {
  const problems: BillingProblem[] = [];
  const lines: Line[] = [];
  const current = chargeMonth(facts, facts.period, rules);
  if (!current.ok) return { lines, problems: heldBy(facts, current.problems) };
  for (const charge of current.charges) {
    const line = lineOf(facts, charge, rules, lines.length + 1);
    lines.push(line);
    if (trace !== undefined) explainOneRate(facts, charge, line, trace);
  }
  for (const origin of facts.late) {
    const month = chargeMonth(facts, origin, rules);
    if (!month.ok) return { lines: [], problems: heldBy(facts, month.problems) };
    addDifferences(facts, origin, month.charges, rules, lines, trace);
  }
  return { lines, problems };
}

function heldBy(facts: ContractFacts, problems: readonly Problem[]): BillingProblem[] {
  return problems.map((problem) => ({ account: facts.contract, held: true, problem }));
}

function chargeMonth(facts: ContractFacts, month: Month, rules: Rules): MonthCharges {
  const charges: OneRateCharge[] = [];
  const problems: Problem[] = [];
  let at = firstDay(month);
  while (at < endDay(month)) {
    const terms = termsOn(facts, at, month);
    if (!terms.ok) return { ok: false, problems: [terms.problem] };
    const to = earliestEnd(endDay(month), terms.ends);
    const charge = chargeSpan(facts, month, at, to, terms, rules, problems);
    if (charge !== null) charges.push(charge);
    at = to;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, charges };
}

interface Terms {
  readonly ok: true;
  readonly version: OneRateVersion;
  readonly vat: Dated<number>;
  readonly ends: readonly (Day | null)[];
}

/**
 * Level, subgroup, price and VAT of the day; the days until one of them changes are billed
 * together.
 */
function termsOn(
  facts: ContractFacts,
  day: Day,
  month: Month,
): Terms | { readonly ok: false; readonly problem: Problem } {
  const refuse = (code: Problem["code"], values: Readonly<Record<string, string>> = {}) => {
    const problem = { code, at: formatDay(day), object: facts.number, values };
    return { ok: false, problem } as const;
  };
  const category = datedAt(facts.priceCategory, day);
  if (category?.value !== 1)
    return refuse("NO_LAW_DATA", { category: String(category?.value ?? "не указана") });
  const power = datedAt(facts.maxPowerKw, day);
  if (power === undefined) return refuse("NO_MAX_POWER");
  const level = datedAt(facts.voltageLevel, day);
  if (level === undefined) return refuse("NO_PRICE");
  const subgroup: MarkupSubgroup = subgroupOf(new Exact(power.value));
  const version = facts.law.oneRate.find(
    (item) =>
      item.voltageLevel === level.value &&
      item.subgroup === subgroup &&
      item.from <= day &&
      (item.to === null || day < item.to),
  );
  if (version === undefined) return refuse("NO_PRICE", { level: level.value, subgroup });
  const vat = datedAt(facts.law.vat, (endDay(month) - 1) as Day);
  if (vat === undefined) return refuse("NO_LAW_DATA", { rate: "НДС" });
  return { ok: true, version, vat, ends: [category.to, power.to, level.to, version.to] };
}

function chargeSpan(
  facts: ContractFacts,
  month: Month,
  from: Day,
  to: Day,
  terms: Terms,
  rules: Rules,
  problems: Problem[],
): OneRateCharge | null {
  const use = switchOneOf(facts.switches, "questionableIntervals", ["SUBSTITUTE", "USE"]) === "USE";
  const energies: PointEnergy[] = [];
  for (const point of facts.points) {
    const served = slotsOf(
      facts.slots,
      month,
      Math.max(from, point.served.from) as Day,
      point.served.to === null || point.served.to > to ? to : point.served.to,
    );
    if (served === null) continue;
    const energy = energyOf(point, served.from, served.to, use);
    for (const gap of energy.gaps)
      problems.push({
        code: gap.questionable ? "NON_COMMERCIAL" : "GAP",
        at: localText(facts.slots, gap.from),
        object: point.name,
        values: { to: localText(facts.slots, gap.to), slots: String(gap.to - gap.from) },
      });
    energies.push(energy);
  }
  if (energies.length === 0) return null;
  let microKwh = 0;
  for (const energy of energies) microKwh += energy.microKwh;
  const { version, vat } = terms;
  const kwh = new Exact(microKwh).div(1_000_000);
  const components = {
    wholesale: perMwh(version.wholesale),
    transmission: perMwh(version.transmission),
    markup: perMwh(version.markup),
    other: perMwh(version.otherServices),
  };
  const line = ruleOf(rules, "businesses.oneRate").line(kwh, components, new Exact(vat.value));
  return { origin: month, from, to, version, vat, energies, microKwh, line };
}

/** 10⁻⁵ ₽/kWh is 0.01 ₽/МВт·ч. */
function perMwh(price: number): Exact {
  return new Exact(price).div(100);
}

function lineOf(facts: ContractFacts, charge: OneRateCharge, rules: Rules, ordinal: number): Line {
  return {
    ...chargedOf(charge),
    account: facts.contract,
    ordinal,
    rule: "businesses.oneRate",
    ruleVersion: versionOf(rules, "businesses.oneRate"),
    origin: charge.origin,
  };
}

function chargedOf({ line, version }: OneRateCharge): ChargedLine {
  return {
    kind: "ENERGY",
    point: 0,
    zone: "T0",
    range: 1,
    tariffFrom: version.from,
    volume: whole(line.quantity, 7) as ChargedLine["volume"],
    price: line.price === null ? null : (whole(line.price, 2) as NonNullable<ChargedLine["price"]>),
    amount: whole(line.gross, 2) as ChargedLine["amount"],
    vat: whole(line.vat, 2) as NonNullable<ChargedLine["vat"]>,
  };
}

/** A rounded decimal as an integer of 10⁻ˢᶜᵃˡᵉ. */
function whole(value: Exact, scale: number): number {
  return roundTo(value.times(new Exact(10).pow(scale)), 0).toNumber();
}

function addDifferences(
  facts: ContractFacts,
  origin: Month,
  charges: readonly OneRateCharge[],
  rules: Rules,
  into: Line[],
  trace: Trace | undefined,
): void {
  const posted = facts.posted.filter((line) => line.origin === origin);
  const rule = ruleOf(rules, "recalculation.difference");
  const differences = rule.differences({ now: charges.map(chargedOf), posted });
  if (trace !== undefined && differences.length > 0)
    for (const charge of charges) explainOneRate(facts, charge, null, trace);
  for (const difference of differences) {
    const line: Line = {
      ...difference.line,
      account: facts.contract,
      ordinal: into.length + 1,
      rule: "recalculation.difference",
      ruleVersion: versionOf(rules, "recalculation.difference"),
      origin,
    };
    into.push(line);
    if (trace !== undefined) explainContractDifference(facts, line, difference, posted, trace);
  }
}
