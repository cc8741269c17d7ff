import type { PlotUseFact } from "../../../normalizer/model/circumstances.ts";
import { daysIn } from "../../../normalizer/model/dates.ts";
import type { Dated, UnitNormVersion } from "../../../normalizer/model/facts.ts";
import { formatScaled, type Volume } from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { earliestEnd } from "../../validity.ts";
import { energy, kilowattHours } from "../../wording.ts";
import type { AccountContext } from "../context.ts";
import { type Days, within } from "../days.ts";
import type { MonthConsumption } from "../month-consumption.ts";
import type { PricedLine } from "../pricing.ts";
import { amountStep, type Step } from "../steps.ts";
import { type Charge, type Charges, chargedOf, noNorm, noPrice, partOf } from "./charge.ts";

const CLAUSE = "ПП РФ 354, п. 49, прил. 2, формула 22";

interface PlotNorm {
  readonly version: UnitNormVersion;
  readonly norm: Volume;
  readonly days: number;
}

type PlotCharges =
  | (Extract<Charges, { ok: true }> & { readonly lines: readonly PricedLine[] })
  | Extract<Charges, { ok: false }>;

/**
 * PLOT lines of each direction of use on the days that the month charged by norm, at the price of
 * the house: a meter at the border counts house and plot together, the norm of the house does not.
 * Always range 1.
 */
export function plotCharges(context: AccountContext, month: MonthConsumption): PlotCharges {
  const { facts } = context;
  const charges: Charge[] = [];
  const byNorm = month.estimates.flatMap(({ gap, norm }) => (norm === null ? [] : gap.spans));
  const rule = ruleOf(context.rules, "households.plot");
  const lines: PricedLine[] = [];
  for (const use of facts.circumstances.plotUses) {
    const spans = byNorm.flatMap((days) => within(days, [use]));
    if (spans.length === 0) continue;
    const norms = plotNorms(context.law.plotNorms[use.value.use] ?? [], spans);
    if (norms === null) return { ok: false, problem: noNorm(context, month.month, use.value.use) };
    const daysOfMonth = daysIn(month.month);
    const volume = rule.volume(norms, use.value.unitsE4, daysOfMonth);
    const parts = [partOf("PLOT", volume, spans)];
    const priced = rule.price({ parts, tariffs: context.tariffs, ranges: null });
    if (!priced.ok) return { ok: false, problem: noPrice(context, priced) };
    for (const line of priced.lines) {
      lines.push(line);
      charges.push({
        rule: "households.plot",
        line: chargedOf(line),
        steps: () => [
          volumeStep(use, norms, daysOfMonth, volume),
          amountStep(line, CLAUSE, `Земельный участок, ${use.value.use}`),
        ],
      });
    }
  }
  return { ok: true, charges, problems: [], lines };
}

/** Days of the spans by edition of the norm; null when a day has none. */
function plotNorms(
  versions: readonly UnitNormVersion[],
  spans: readonly Days[],
): readonly PlotNorm[] | null {
  const norms: { -readonly [Key in keyof PlotNorm]: PlotNorm[Key] }[] = [];
  for (const span of spans) {
    let at = span.from;
    while (at < span.to) {
      const day = at;
      const version = versions.find(
        (item) => item.from <= day && (item.to === null || day < item.to),
      );
      if (version === undefined) return null;
      const end = earliestEnd(span.to, [version.to]);
      const known = norms.find((item) => item.version === version);
      if (known === undefined) norms.push({ version, norm: version.perUnit, days: end - day });
      else known.days += end - day;
      at = end;
    }
  }
  return norms;
}

function volumeStep(
  { value, origin }: Dated<PlotUseFact>,
  norms: readonly PlotNorm[],
  daysOfMonth: number,
  volume: Volume,
): Step {
  const units = formatScaled(value.unitsE4, 4).replace(".", ",");
  return {
    clause: CLAUSE,
    text: `Использование участка без прибора, ${value.use}: единицы × норматив × дни / дней в месяце`,
    formula: norms
      .map(({ norm, days }) => `${units} × ${energy(norm)} × ${days} / ${daysOfMonth}`)
      .join(" + "),
    result: kilowattHours(volume),
    rounding: "до 0,0001 кВт·ч",
    sources: [
      { text: `использование участка, ${value.use}: ${units}`, origin },
      ...norms.map(({ version }) => ({ text: version.act, origin: version.origin })),
    ],
  };
}
