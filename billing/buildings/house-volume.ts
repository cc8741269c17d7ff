import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { addMonths, type Day, day, type Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, MeteredMonth } from "../../normalizer/model/facts.ts";
import type { HouseFacts } from "../../normalizer/model/house-facts.ts";
import type { AccountId, AccountNumber } from "../../normalizer/model/ids.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { AccountConsumption, type MonthConsumption } from "../households/consumption.ts";
import type { AccountContext } from "../households/context.ts";
import { contextOf, type HouseContext } from "./premises.ts";

export interface HouseVolume {
  readonly method: "METER" | "AVERAGE" | "NORM";
  /** Null by norm. */
  readonly volume: Volume | null;
  readonly consumption: MonthConsumption | null;
  readonly context: AccountContext;
}

/**
 * ОДПУ of the period: by its states, else its mean for at most three periods in a row, else null:
 * the norm. A state after periods by the mean is spread over them by days; they stay as they were
 * billed, and what the mean missed joins the balance of this period.
 *
 * @see ПП РФ 354 п. 59(1)
 */
export function houseVolume(house: HouseFacts, context: HouseContext): HouseVolume {
  const { period } = context.site;
  const ofHouse = contextOf(factsOfHouse(house, context), context);
  const missed = missedMonths(house, period);
  const consumption = new AccountConsumption(ofHouse, [...missed, period]);
  let late = 0;
  for (const month of missed) {
    const result = consumption.of(month);
    if (!result.ok || result.value.pieces.length === 0) continue;
    const charged = house.history.find((entry) => entry.month === month);
    if (charged?.method === "AVERAGE") late += volumeOf(result.value) - sumOf(charged);
  }
  const none = { method: "NORM", volume: null, consumption: null, context: ofHouse } as const;
  if (house.points.length === 0) return none;
  const result = consumption.of(period);
  if (!result.ok || result.value.parts.length === 0) return none;
  const isMetered = result.value.pieces.length > 0;
  return {
    method: isMetered ? "METER" : "AVERAGE",
    volume: volume(volumeOf(result.value) + late),
    consumption: result.value,
    context: ofHouse,
  };
}

/** Months before the period that were billed without a state of the ОДПУ, ascending. */
function missedMonths({ missedPeriods }: HouseFacts, period: Month): Month[] {
  return Array.from({ length: missedPeriods }, (_, index) =>
    addMonths(period, index - missedPeriods),
  );
}

const LONG_AGO = day("1900-01-01");

/** The house as an account that has no norm: where no mean can be made, there is no volume. */
function factsOfHouse(house: HouseFacts, { site }: HouseContext): AccountFacts {
  return {
    account: 0 as AccountId,
    number: site.address as AccountNumber,
    served: { from: LONG_AGO as Day, to: null },
    category: [],
    norm: [],
    residents: [],
    circumstances: NO_CIRCUMSTANCES,
    points: house.points,
    history: house.history,
    missedPeriods: house.missedPeriods,
    posted: [],
    late: [],
  };
}

function volumeOf({ parts }: MonthConsumption): number {
  let sum = 0;
  for (const part of parts) sum += part.volume;
  return sum;
}

function sumOf({ volumes }: MeteredMonth): number {
  let sum = 0;
  for (const energy of Object.values(volumes)) sum += energy;
  return sum;
}
