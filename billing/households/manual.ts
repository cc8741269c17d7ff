import type { ManualRecalculation } from "../../normalizer/model/circumstances.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";

/** A manual sum is what its document says. */
export function manualAmount({ amount }: ManualRecalculation): Kopecks {
  return amount;
}
