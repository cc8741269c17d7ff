import { type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { PaymentDocument } from "../../normalizer/model/outbound.ts";
import type { Volume } from "../../normalizer/model/units.ts";

/** A meter of the account with its states that the month can show. */
export interface DocumentMeter {
  readonly serial: string;
  readonly zones: readonly Zone[];
  /** Accepted ones, ascending by `stateAt`: the last up to the month's first day, and the month's. */
  readonly readings: readonly {
    /** «Показание на D» is `stateAt` = D + 1. */
    readonly stateAt: Day;
    readonly values: readonly Volume[];
  }[];
}

/**
 * Registers read within the month, with the state that the difference is counted from: the last one
 * before the month, or the first of a meter installed within it. A meter without a reading in the
 * month shows none.
 */
export function documentReadings(
  meters: readonly DocumentMeter[],
  month: Month,
): PaymentDocument["readings"] {
  return meters.flatMap(({ serial, zones, readings }) => {
    const own = readings.filter(
      ({ stateAt }) => stateAt > firstDay(month) && stateAt <= endDay(month),
    );
    const last = own.at(-1);
    if (last === undefined) return [];
    const before = readings.findLast(({ stateAt }) => stateAt <= firstDay(month));
    const start = before ?? (own.length > 1 ? own[0] : undefined);
    return zones.flatMap((zone, place) => {
      const to = last.values[place];
      return to === undefined ? [] : [{ serial, zone, from: start?.values[place] ?? null, to }];
    });
  });
}
