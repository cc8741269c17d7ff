import type { MarkupSubgroup } from "../../normalizer/model/facts.ts";
import type { Exact } from "../exact.ts";

const SUBGROUP_670_KW = 670;
const SUBGROUP_10_MW_KW = 10_000;

/**
 * Подгруппа сбытовой надбавки of a balance boundary: < 670 kW, < 10 000 kW, >= 10 000 kW (ПП РФ
 * 1178).
 */
export function subgroupOf(maxPowerKw: Exact): MarkupSubgroup {
  if (maxPowerKw.lt(SUBGROUP_670_KW)) return "LT_670";
  return maxPowerKw.lt(SUBGROUP_10_MW_KW) ? "670_10000" : "GE_10000";
}

/**
 * Price categories open to a consumer of a price zone: 1 and 2 below 670 kW; connected through ЕНЭС
 * only 4 and 6; in non-price zones from 670 kW only 4 and 6.
 * @see ПП РФ 442 п. 97, 108
 */
export function openCategories(
  maxPowerKw: Exact,
  connection: { readonly direct: boolean; readonly priceZone: boolean },
): readonly number[] {
  if (connection.direct) return [4, 6];
  const small = maxPowerKw.lt(SUBGROUP_670_KW);
  if (small) return [1, 2, 3, 4, 5, 6];
  return connection.priceZone ? [3, 4, 5, 6] : [4, 6];
}
