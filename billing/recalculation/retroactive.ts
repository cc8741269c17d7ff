import type { Day, Month } from "../../normalizer/model/dates.ts";
import {
  amountOf,
  type Kopecks,
  kopecks,
  multiplyDivideRound,
  type Price,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";

/** A closed period of one account, billed over the half-open days [from, to). */
export interface ChargedPeriod {
  readonly period: Month;
  readonly from: Day;
  readonly to: Day;
  readonly volume: Volume;
  readonly price: Price;
  readonly isMetered: boolean;
  /** State of the register at the start, where metered. */
  readonly startState: Volume | null;
  /** Volume had the service been on all the period. */
  readonly fullVolume: Volume;
}

export interface PeriodCorrection {
  readonly period: Month;
  readonly oldVolume: Volume;
  readonly newVolume: Volume;
  readonly amount: Kopecks;
}

/**
 * Corrections of closed periods after a disconnection found late. The day of it is served to its
 * end; the period that holds it keeps what a final reading shows, else old × served days / interval
 * days; later periods become 0.
 *
 * @param finalState register state on the day; null without a final reading
 * @see ПП РФ 354; closed periods are corrected in the open one
 */
export function disconnectPeriods(
  periods: readonly ChargedPeriod[],
  on: Day,
  finalState: Volume | null,
): readonly PeriodCorrection[] {
  const end = on + 1;
  return corrections(periods, (item) => {
    if (item.to <= end) return item.volume;
    if (item.from >= end) return volume(0);
    if (item.isMetered && finalState !== null && item.startState !== null)
      return volume(finalState - item.startState);
    return volume(multiplyDivideRound(item.volume, end - item.from, item.to - item.from));
  });
}

/**
 * Corrections after a connection entered late. The day of it is served from its start; the period
 * that holds it has full × served days / interval days, later periods are full, earlier ones stay
 * as they were charged.
 */
export function connectPeriods(
  periods: readonly ChargedPeriod[],
  on: Day,
): readonly PeriodCorrection[] {
  return corrections(periods, (item) => {
    if (item.to <= on) return item.volume;
    if (item.from >= on) return item.fullVolume;
    return volume(multiplyDivideRound(item.fullVolume, item.to - on, item.to - item.from));
  });
}

/** Δamount = round2(new × T) − round2(old × T); unchanged periods are not listed. */
function corrections(
  periods: readonly ChargedPeriod[],
  newVolumeOf: (period: ChargedPeriod) => Volume,
): PeriodCorrection[] {
  return periods.flatMap((item) => {
    const newVolume = newVolumeOf(item);
    if (newVolume === item.volume) return [];
    const amount = kopecks(amountOf(newVolume, item.price) - amountOf(item.volume, item.price));
    return [{ period: item.period, oldVolume: item.volume, newVolume, amount }];
  });
}

export interface RepricedLine {
  readonly oldAmount: Kopecks;
  readonly newAmount: Kopecks;
  readonly difference: Kopecks;
}

/**
 * A line of a closed period under a price published later with effect from before; every line is
 * listed.
 */
export function repricedLine(energy: Volume, oldPrice: Price, newPrice: Price): RepricedLine {
  const oldAmount = amountOf(energy, oldPrice);
  const newAmount = amountOf(energy, newPrice);
  return { oldAmount, newAmount, difference: kopecks(newAmount - oldAmount) };
}
