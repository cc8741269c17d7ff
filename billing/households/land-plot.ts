import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";

/** One direction of use of a plot: units (heads of livestock, m²) × norm of the direction. */
export interface PlotUse {
  readonly use: string;
  /** kWh per unit and month, 10⁻⁴. */
  readonly norm: Volume;
  /** 10⁻⁴ units. */
  readonly unitsE4: number;
}

/**
 * Volume of one direction of use: units × Σ N × days / days of month, rounded once.
 *
 * @param norms    kWh per unit and month with the days that each edition is charged for
 * @param unitsE4  10⁻⁴ units
 * @see ПП РФ 354 п. 49, прил. 2, формула 22
 */
export function plotVolume(
  norms: readonly { readonly norm: Volume; readonly days: number }[],
  unitsE4: number,
  daysOfMonth: number,
): Volume {
  let normDays = 0;
  for (const { norm, days } of norms) normDays += norm * days;
  return volume(multiplyDivideRound(normDays, unitsE4, daysOfMonth * 10_000));
}

/**
 * Volume of a private house without a meter: persons × norm of the house, then units × norm of each
 * use of the plot.
 * @param personsE4 10⁻⁴ persons
 * @see ПП РФ 354 п. 49, прил. 2, формулы 4 и 22
 */
export function landPlotVolumes(
  norm: Volume,
  personsE4: number,
  uses: readonly PlotUse[],
): readonly { readonly use: string | null; readonly volume: Volume }[] {
  const house = { use: null, volume: volume(multiplyDivideRound(norm, personsE4, 10_000)) };
  const plot = uses.map((item) => ({
    use: item.use,
    volume: plotVolume([{ norm: item.norm, days: 1 }], item.unitsE4, 1),
  }));
  return [house, ...plot];
}
