import { type Day, endDay, formatDay } from "../../normalizer/model/dates.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { amountOf, type Volume } from "../../normalizer/model/units.ts";
import { versionAt } from "../households/pricing.ts";
import { tariffsOf } from "../households/tariffs.ts";
import { versionOf } from "../rules.ts";
import { type CommonVolume, explainOdn } from "./explain-odn.ts";
import type { HouseContext, PayerBill } from "./premises.ts";

/**
 * The ОДН line of an account: price round the clock, range 1, of its own category on the last day
 * of the period. Zero keeps its line.
 *
 * @param of what the volume was taken from, for an explanation
 */
export function odnLine(
  payer: PayerBill,
  energy: Volume,
  of: () => CommonVolume,
  house: HouseContext,
): { readonly ok: true; readonly line: Line } | { readonly ok: false; readonly problem: Problem } {
  const { site, rules, trace } = house;
  const { facts, lines } = payer;
  const day = (endDay(site.period) - 1) as Day;
  const version = versionAt(tariffsOf(facts.category, site.law), day);
  const price = version?.prices.T0?.[0];
  if (version === null || price === undefined) {
    const values = { zone: "T0" };
    return {
      ok: false,
      problem: { code: "NO_PRICE", at: formatDay(day), object: facts.number, values },
    };
  }
  const line: Line = {
    account: facts.account,
    ordinal: lines.length + 1,
    kind: "ODN",
    rule: "buildings.odn",
    ruleVersion: versionOf(rules, "buildings.odn"),
    point: 0,
    zone: "T0",
    range: 1,
    origin: site.period,
    tariffFrom: version.from,
    volume: energy,
    price,
    amount: amountOf(energy, price),
    vat: null,
  };
  if (trace !== undefined) explainOdn(payer, of(), line, version, trace);
  return { ok: true, line };
}
