import type { BenefitFact } from "../../../normalizer/model/circumstances.ts";
import { type Day, daysIn } from "../../../normalizer/model/dates.ts";
import type { Dated } from "../../../normalizer/model/facts.ts";
import type { Problem } from "../../../normalizer/model/problems.ts";
import {
  formatScaled,
  type Kopecks,
  type Volume,
  volume,
} from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { splitVolume } from "../../split.ts";
import { switchOneOf } from "../../switches.ts";
import { energy, kilowattHours, rubles, unitPrice } from "../../wording.ts";
import type { AccountContext } from "../context.ts";
import { monthDays, overlapOf } from "../days.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import { registeredOn, servedDays } from "../norm-days.ts";
import type { PricedLine } from "../pricing.ts";
import type { Step } from "../steps.ts";
import { type Charge, type Charges, chargedOf, NO_CHARGES } from "./charge.ts";

const CLAUSE = "Мера социальной поддержки в квитанции";

/**
 * BENEFIT lines of the month under `benefit.method=IN_RECEIPT`: per category the discounted part
 * of the month's consumption, shared between its lines by volume, at the price of each. A negative
 * amount with volume 0: the energy stands on the regular lines. Where nobody is registered the
 * discount has no base, and the problem says so.
 */
export function benefitCharges(
  context: AccountContext,
  { month }: MonthConsumption,
  lines: readonly PricedLine[],
): Charges {
  const { facts, switches } = context;
  const method = switchOneOf(switches, "benefit.method", ["EXTERNAL", "IN_RECEIPT"]);
  const charged = lines.filter(({ kind, volume }) => kind !== "KPOV" && volume > 0);
  const { benefits } = facts.circumstances;
  if (method === "EXTERNAL" || charged.length === 0 || benefits.length === 0) return NO_CHARGES;
  let total = 0;
  for (const line of lines) if (line.kind !== "KPOV") total += line.volume;
  if (total <= 0) return NO_CHARGES;
  const registered = registeredOn(facts, (servedDays(context, month).to - 1) as Day);
  const charges: Charge[] = [];
  const problems: Problem[] = [];
  for (const benefit of benefits) {
    const days = overlapOf(monthDays(month), benefit);
    if (days === null) continue;
    if (registered === 0) {
      problems.push({ code: "MISSING_REQUIRED", at: "residents", object: facts.number });
      continue;
    }
    const of: BenefitMonth = {
      benefit,
      registered,
      total: volume(total),
      days: days.to - days.from,
      daysOfMonth: daysIn(month),
    };
    charges.push(...discounts(context, of, charged));
  }
  return { ok: true, charges, problems };
}

interface BenefitMonth {
  readonly benefit: Dated<BenefitFact>;
  readonly registered: number;
  readonly total: Volume;
  readonly days: number;
  readonly daysOfMonth: number;
}

function discounts(
  context: AccountContext,
  of: BenefitMonth,
  lines: readonly PricedLine[],
): Charge[] {
  const { value } = of.benefit;
  const rule = ruleOf(context.rules, "households.benefit");
  const beneficiaries = Math.min(value.beneficiaries, of.registered);
  const terms = { ...value, beneficiaries, registered: of.registered };
  const base = rule.volume(of.total, terms, of.days, of.daysOfMonth);
  const shares = splitVolume(
    base,
    lines.map((line) => line.volume),
  );
  return lines.map((line, index) => {
    const share = shares[index] as Volume;
    const amount = rule.discount(share, line.price, value.percentE2);
    return {
      rule: "households.benefit",
      line: { ...chargedOf(line), kind: "BENEFIT", volume: volume(0), price: null, amount },
      steps: () => [baseStep(of, beneficiaries, base), discountStep(of, line, share, amount)],
    };
  });
}

function baseStep(of: BenefitMonth, beneficiaries: number, base: Volume): Step {
  const { benefit, registered, total, days, daysOfMonth } = of;
  const { category, isFamily, standard } = benefit.value;
  const part = days === daysOfMonth ? "" : ` × ${days} / ${daysOfMonth}`;
  const formula = isFamily
    ? `мин(${energy(total)}; ${energy(standard)} × ${registered})${part}`
    : `мин(${energy(total)} × ${beneficiaries} / ${registered}; ${energy(standard)} × ${beneficiaries})${part}`;
  const whose = isFamily
    ? `на всю семью, ${registered} чел.`
    : `на ${beneficiaries} из ${registered} зарегистрированных`;
  return {
    clause: CLAUSE,
    text: `Льгота «${category}» ${whose}: объём в пределах стандарта ${kilowattHours(standard)} на человека`,
    formula,
    result: kilowattHours(base),
    rounding: "до 0,0001 кВт·ч",
    sources: [{ text: `льгота «${category}»`, origin: benefit.origin }],
  };
}

function discountStep(
  { benefit, total }: BenefitMonth,
  line: PricedLine,
  share: Volume,
  amount: Kopecks,
): Step {
  const percent = formatScaled(benefit.value.percentE2, 2).replace(".", ",");
  const part =
    line.volume === total ? "" : `; доля строки ${energy(line.volume)} из ${energy(total)}`;
  return {
    clause: CLAUSE,
    text: `Скидка ${percent} % по льготе «${benefit.value.category}», зона ${line.zone}${part}`,
    formula: `−${kilowattHours(share)} × ${unitPrice(line.price)} × ${percent} %`,
    result: rubles(amount),
    rounding: "до копейки",
    sources: [{ text: line.version.act, origin: line.version.origin }],
  };
}
