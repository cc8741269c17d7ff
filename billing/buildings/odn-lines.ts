import { type Day, endDay, formatDay } from "../../normalizer/model/dates.ts";
import type { Line, Zone } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { amountOf, type Volume } from "../../normalizer/model/units.ts";
import { versionAt } from "../households/pricing.ts";
import { tariffsOf } from "../households/tariffs.ts";
import { versionOf } from "../rules.ts";
import { type CommonVolume, explainOdn } from "./explain-odn.ts";
import type { HouseContext, PayerBill } from "./premises.ts";

/** Volume of an account in one zone; T0 = all of it round the clock. */
export interface ZonePart {
  readonly zone: Zone;
  readonly volume: Volume;
}

/**
 * The ОДН lines of an account, range 1, priced by its own category on the last day of the period:
 * one round the clock, or one in each zone of the ОДПУ. Zero keeps its line.
 *
 * @param of what the volume was taken from, for an explanation
 */
export function odnLines(
  payer: PayerBill,
  parts: readonly ZonePart[],
  of: () => CommonVolume,
  house: HouseContext,
):
  | { readonly ok: true; readonly lines: readonly Line[] }
  | { readonly ok: false; readonly problem: Problem } {
  const { site, rules, trace } = house;
  const { facts } = payer;
  const day = (endDay(site.period) - 1) as Day;
  const version = versionAt(tariffsOf(facts.category, site.law), day);
  const lines: Line[] = [];
  for (const part of parts) {
    const price = version?.prices[part.zone]?.[0];
    if (version === null || price === undefined) {
      const values = { zone: part.zone };
      return {
        ok: false,
        problem: { code: "NO_PRICE", at: formatDay(day), object: facts.number, values },
      };
    }
    lines.push({
      account: facts.account,
      ordinal: payer.lines.length + lines.length + 1,
      kind: "ODN",
      rule: "buildings.odn",
      ruleVersion: versionOf(rules, "buildings.odn"),
      point: 0,
      zone: part.zone,
      range: 1,
      origin: site.period,
      tariffFrom: version.from,
      volume: part.volume,
      price,
      amount: amountOf(part.volume, price),
      vat: null,
    });
  }
  if (trace !== undefined && version !== null) explainOdn(payer, of(), lines, version, trace);
  return { ok: true, lines };
}
