import type { Problem } from "../../../normalizer/model/problems.ts";
import type { AccountContext } from "../context.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import type { PricedLine } from "../pricing.ts";
import { absenceCharges } from "./absence.ts";
import { benefitCharges } from "./benefit.ts";
import type { Charge, Charges } from "./charge.ts";
import { delayCharges } from "./delay.ts";
import { manualCharges } from "./manual.ts";
import { plotCharges } from "./plot.ts";
import { tamperCharges } from "./tamper.ts";

/**
 * Everything that the month charges beside its regular lines, as the facts are known now: land
 * plot, delay of the supplier, benefits, absences, acts, manual sums, in this order. None of it
 * feeds ОДН or an average.
 *
 * @param lines the regular lines of the month
 */
export function monthCharges(
  context: AccountContext,
  month: MonthConsumption,
  lines: readonly PricedLine[],
): Charges {
  const plot = plotCharges(context, month);
  if (!plot.ok) return plot;
  const consumed = [...lines, ...plot.lines];
  const charges: Charge[] = [...plot.charges, ...delayCharges(context, month, consumed)];
  const problems: Problem[] = [];
  for (const result of [
    benefitCharges(context, month, lines),
    absenceCharges(context, month),
    tamperCharges(context, month, lines),
  ]) {
    if (!result.ok) return result;
    charges.push(...result.charges);
    problems.push(...result.problems);
  }
  charges.push(...manualCharges(context, month.month));
  return { ok: true, charges, problems };
}
