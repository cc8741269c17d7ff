import type { MeteredMonth } from "../../normalizer/model/facts.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { divideRoundBig, type Volume, volume } from "../../normalizer/model/units.ts";

/** Months that a mean takes, and the fewest that make one (п. 59 ПП РФ 354). */
export const MEAN_MONTHS_MAX = 6;
export const MEAN_MONTHS_MIN = 3;

export interface AverageInput {
  /** Billing months before the one to estimate, oldest first. */
  readonly history: readonly MeteredMonth[];
  /** Days to estimate and days of their month; equal for a whole month. */
  readonly days: number;
  readonly daysOfMonth: number;
  /** Which months enter the mean: those billed by meter, or all of them. */
  readonly source: "METER_ONLY" | "ALL";
  /** Decimals of the result: 4, or 0 for whole kWh. */
  readonly scale: number;
}

export type Average =
  | {
      readonly possible: true;
      /** The months the mean was taken from, oldest first. */
      readonly months: readonly MeteredMonth[];
      readonly volumes: Readonly<Partial<Record<Zone, Volume>>>;
    }
  | { readonly possible: false; readonly months: readonly MeteredMonth[] };

/**
 * Mean monthly consumption by meter: the last six metered months, or all of them when there are
 * three to five; zone by zone, a month without a zone counts as 0 in it. For a part of a month:
 * mean × days / days of month. Rounded once, at the end, half away from zero. Impossible with fewer
 * than three metered months.
 *
 * @see ПП РФ 354 п. 59
 */
export function averageVolumes(input: AverageInput): Average {
  const metered: MeteredMonth[] = [];
  for (let index = input.history.length - 1; index >= 0; index -= 1) {
    const month = input.history[index] as MeteredMonth;
    if (month.method === "METER" || input.source === "ALL") metered.push(month);
    if (metered.length === MEAN_MONTHS_MAX) break;
  }
  metered.reverse();
  if (metered.length < MEAN_MONTHS_MIN) return { possible: false, months: metered };
  const step = 10 ** (4 - input.scale);
  const divisor = BigInt(metered.length) * BigInt(input.daysOfMonth) * BigInt(step);
  const volumes: Partial<Record<Zone, Volume>> = {};
  for (const zone of ZONES) {
    let sum = 0;
    let present = false;
    for (const month of metered) {
      const value = month.volumes[zone];
      if (value === undefined) continue;
      present = true;
      sum += value;
    }
    if (!present) continue;
    const rounded = divideRoundBig(BigInt(sum) * BigInt(input.days), divisor);
    volumes[zone] = volume(Number(rounded) * step);
  }
  return { possible: true, months: metered, volumes };
}
