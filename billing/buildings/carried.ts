import { addMonths, type Month } from "../../normalizer/model/dates.ts";
import type { Switches } from "../../normalizer/model/facts.ts";
import type { CarriedVolume } from "../../normalizer/model/house-facts.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { switchText } from "../switches.ts";

/** A negative balance at the opening of a month. */
export interface Balance {
  /** May lower the month, the oldest first. */
  readonly usable: readonly CarriedVolume[];
  readonly expired: Volume;
}

export function carriedSum(carried: readonly CarriedVolume[]): Volume {
  let sum = 0;
  for (const part of carried) sum += part.volume;
  return volume(sum);
}

/**
 * With a limit of N months what arose in month m may lower m + 1 … m + N and is lost after them.
 * The law knows no such limit: it is a decision of the supplier.
 *
 * @throws InvariantError for a limit that is neither NEVER nor 1 … 999
 */
export function openingBalance(
  carried: readonly CarriedVolume[],
  period: Month,
  switches: Switches,
): Balance {
  const text = switchText(switches, "odn.negative.expireMonths");
  if (text === "NEVER") return { usable: carried, expired: volume(0) };
  invariant(/^[1-9]\d{0,2}$/.test(text), `switch odn.negative.expireMonths: ${text}`);
  const oldest = addMonths(period, -Number(text));
  return {
    usable: carried.filter(({ month }) => month >= oldest),
    expired: carriedSum(carried.filter(({ month }) => month < oldest)),
  };
}

/**
 * What of the balance, and of the negative volume of the period itself, goes on: the oldest was used
 * first.
 *
 * @param carryUsed of the usable balance
 * @param carryOut all that goes on; less than the rest where a negative balance is not carried
 */
export function closingBalance(
  usable: readonly CarriedVolume[],
  period: Month,
  { carryUsed, carryOut }: { readonly carryUsed: Volume; readonly carryOut: Volume },
): readonly CarriedVolume[] {
  const rest = carriedSum(usable) - carryUsed;
  let gone = carryUsed + Math.max(0, rest - carryOut);
  const left: CarriedVolume[] = [];
  for (const { month, volume: had } of usable) {
    const taken = Math.min(had, gone);
    gone -= taken;
    if (taken < had) left.push({ month, volume: volume(had - taken) });
  }
  if (carryOut > rest) left.push({ month: period, volume: volume(carryOut - rest) });
  return left;
}
