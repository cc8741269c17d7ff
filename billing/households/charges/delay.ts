import { daysIn, monthOf } from "../../../normalizer/model/dates.ts";
import { kopecks, volume } from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { switchNumber, switchOneOf } from "../../switches.ts";
import { dayText, energy, rubles, unitPrice } from "../../wording.ts";
import type { AccountContext } from "../context.ts";
import { delayTermEnd, type ExactVolume, type LateDays, lateDaysOf } from "../delay.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import { COEFFICIENT_ONE, exactNorm } from "../norm.ts";
import type { PricedLine } from "../pricing.ts";
import type { Step } from "../steps.ts";
import { type Charge, chargedOf } from "./charge.ts";

const CLAUSE = "ПП РФ 354, снижение платы при нарушении срока установки прибора (с 01.01.2026)";

/**
 * KDELAY of each line of consumption in a month that lies wholly after the supplier's term, or in
 * any with days after it under `meterDelay.partialMonth`.
 */
export function delayCharges(
  context: AccountContext,
  month: MonthConsumption,
  lines: readonly PricedLine[],
): readonly Charge[] {
  const { facts, switches } = context;
  const coefficient = switchNumber(switches, "meterDelay.k", 2, month.month);
  if (coefficient >= COEFFICIENT_ONE) return [];
  const delays = facts.circumstances.meterDelays.map((delay) => ({
    ...delay,
    months: switchNumber(switches, "meterDelay.months", 0, monthOf(delay.from)),
  }));
  const late = lateDaysOf(month.month, delays);
  const isPartial = switchOneOf(switches, "meterDelay.partialMonth", ["false", "true"]) === "true";
  if (late.days === 0 || (late.days < late.daysOfMonth && !isPartial)) return [];
  const terms = delays.map(
    ({ value, from, months }) =>
      `${value} (срок ${dayText(from)} – ${dayText(delayTermEnd(from, months))})`,
  );
  const sources = delays.map(({ value, origin }) => ({ text: value, origin }));
  const { reduction } = ruleOf(context.rules, "households.delay");
  return lines
    .filter(({ kind }) => kind !== "KPOV")
    .map((line) => {
      const exact = exactOf(month, lines, line);
      const amount = reduction(exact, line.price, coefficient, line.amount, late);
      return {
        rule: "households.delay" as const,
        line: { ...chargedOf(line), kind: "KDELAY" as const, volume: volume(0), amount },
        steps: () => [{ ...step(line, amount, coefficient, late, terms.join("; ")), sources }],
      };
    });
}

/** V before its rounding: of a month that is one line of the norm; else the line's own volume. */
function exactOf(
  month: MonthConsumption,
  lines: readonly PricedLine[],
  line: PricedLine,
): ExactVolume {
  const [estimate, other] = month.estimates;
  const isAlone = lines.every((item) => item === line || item.kind === "KPOV");
  const norm = other === undefined ? estimate?.norm : null;
  if (line.kind !== "NORM" || !isAlone || norm === null || norm === undefined)
    return { numerator: BigInt(line.volume), denominator: 1n };
  const daysOfMonth = daysIn(month.month);
  return exactNorm({ entries: norm.entries, daysOfMonth, activeDays: daysOfMonth });
}

function step(
  line: PricedLine,
  amount: number,
  coefficient: number,
  { days, daysOfMonth }: LateDays,
  terms: string,
): Step {
  const k = String(coefficient / COEFFICIENT_ONE).replace(".", ",");
  const factor = days === daysOfMonth ? k : `(1 − (1 − ${k}) × ${days} / ${daysOfMonth})`;
  const payable = kopecks(line.amount + amount);
  return {
    clause: CLAUSE,
    text: `Поставщик не поставил прибор в срок: ${terms}; к оплате с коэффициентом ${k}, зона ${line.zone}`,
    formula:
      `${energy(line.volume)} × ${unitPrice(line.price)} × ${factor} = ${rubles(payable)}; ` +
      `${rubles(payable)} − ${rubles(line.amount)}`,
    result: rubles(kopecks(amount)),
    rounding: `к оплате до копейки: ${rubles(payable)}`,
  };
}
