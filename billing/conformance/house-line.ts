import type { Month } from "../../normalizer/model/dates.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { Kopecks, Price, Volume } from "../../normalizer/model/units.ts";

/** A line of an account of the house, regular or of a document. */
export interface HouseLine {
  readonly kind: string;
  readonly zone: Zone;
  readonly range: number;
  readonly origin: Month | null;
  readonly volume: Volume;
  readonly price: Price;
  readonly amount: Kopecks;
}
