import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { Dated, OneRateVersion } from "../../normalizer/model/facts.ts";
import type { BusinessLine } from "./document.ts";
import type { PointEnergy } from "./energy.ts";

/** One line of the first price category with everything it was computed from. */
export interface OneRateCharge {
  readonly origin: Month;
  readonly from: Day;
  readonly to: Day;
  readonly version: OneRateVersion;
  readonly vat: Dated<number>;
  readonly energies: readonly PointEnergy[];
  /** Sum of the points, 10⁻⁶ kWh, before it is rounded to 1 kWh. */
  readonly microKwh: number;
  readonly line: BusinessLine;
}
