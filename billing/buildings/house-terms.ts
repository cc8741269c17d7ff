import { type Day, endDay } from "../../normalizer/model/dates.ts";
import type { SiteFacts, UnitNormVersion } from "../../normalizer/model/facts.ts";
import type { HouseFacts, Management } from "../../normalizer/model/house-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { switchOneOf } from "../switches.ts";
import { valueAt } from "../validity.ts";
import type { HouseTerms } from "./odn.ts";

/** Terms of a house on the last day of the period, or what is missing for them. */
export type Terms =
  | {
      readonly ok: true;
      readonly terms: HouseTerms;
      readonly management: Management;
      readonly norm: UnitNormVersion;
    }
  | { readonly ok: false; readonly problem: Problem };

/** @param hasDifferences whether the period corrects the consumption of earlier months */
export function houseTerms(
  house: HouseFacts,
  site: SiteFacts,
  hasDifferences: () => boolean,
): Terms {
  const { switches } = site;
  const day = (endDay(site.period) - 1) as Day;
  const refused = refusedSwitch(site, hasDifferences);
  if (refused !== null) return { ok: false, problem: refused };
  const management = valueAt(house.management, day);
  const totalAreaE4 = valueAt(house.totalAreaE4, day) ?? 0;
  const commonAreaE4 = valueAt(house.commonAreaE4, day);
  const code = valueAt(house.odnNorm, day);
  const norm = site.law.odnNorms[code ?? ""]?.find(
    ({ from, to }) => from <= day && (to === null || day < to),
  );
  if (management === undefined) return missing("management", site);
  if (totalAreaE4 <= 0) return missing("totalArea", site);
  if (commonAreaE4 === undefined) return missing("commonArea", site);
  if (norm === undefined)
    return { ok: false, problem: { code: "NO_NORM", at: "odnNorm", object: site.address } };
  const terms: HouseTerms = {
    totalAreaE4,
    commonAreaE4,
    normE4: norm.perUnit,
    management: management === "MANAGED" ? "MANAGED" : "DIRECT",
    negativeMode: switchOneOf(switches, "odn.negative.mode", [
      "CARRY",
      "REDUCE_BY_RESIDENTS",
      "ZERO",
    ]),
    negativeOrder: switchOneOf(switches, "odn.negative.order", [
      "OFFSET_THEN_CAP",
      "CAP_THEN_OFFSET",
    ]),
    distributeAll: switchOneOf(switches, "odn.distributeAll", ["false", "true"]) === "true",
  };
  return { ok: true, terms, management, norm };
}

function missing(at: string, { address }: SiteFacts): Terms {
  return { ok: false, problem: { code: "MISSING_REQUIRED", at, object: address } };
}

/** A value that has no rule: the common lines wait, nothing is charged by another rule in silence. */
function refusedSwitch(
  { switches, address }: SiteFacts,
  hasDifferences: () => boolean,
): Problem | null {
  const again = switchOneOf(switches, "retro.recalcOdn", ["false", "true"]);
  if (again === "false" || !hasDifferences()) return null;
  const unit = "ОДН закрытых месяцев не пересчитывается";
  return { code: "HELD_BY", at: "retro.recalcOdn", object: address, values: { unit } };
}
