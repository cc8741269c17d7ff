import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { addMonths, type Day, day, type Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, MeteredMonth } from "../../normalizer/model/facts.ts";
import type { HouseFacts } from "../../normalizer/model/house-facts.ts";
import type { AccountId, AccountNumber } from "../../normalizer/model/ids.ts";
import { ZONES, type Zone } from "../../normalizer/model/lines.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { AccountConsumption, type MonthConsumption } from "../households/consumption.ts";
import type { AccountContext } from "../households/context.ts";
import { addZones, type VolumesByZone } from "./odn-zones.ts";
import { contextOf, type HouseContext } from "./premises.ts";

export interface HouseVolume {
  readonly method: "METER" | "AVERAGE" | "NORM";
  /** Null by norm. */
  readonly volume: Volume | null;
  /** The volume by zones of the meter; empty by norm. */
  readonly zones: VolumesByZone;
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
  const zones = new Map<Zone, number>();
  for (const month of missed) {
    const result = consumption.of(month);
    if (!result.ok || result.value.pieces.length === 0) continue;
    const charged = house.history.find((entry) => entry.month === month);
    if (charged?.method !== "AVERAGE") continue;
    addZones(zones, result.value.parts);
    addZones(zones, chargedParts(charged), -1);
  }
  const none: HouseVolume = {
    method: "NORM",
    volume: null,
    zones: new Map(),
    consumption: null,
    context: ofHouse,
  };
  if (house.points.length === 0) return none;
  const result = consumption.of(period);
  if (!result.ok || result.value.parts.length === 0) return none;
  const isMetered = result.value.pieces.length > 0;
  addZones(zones, result.value.parts);
  let sum = 0;
  for (const energy of zones.values()) sum += energy;
  return {
    method: isMetered ? "METER" : "AVERAGE",
    volume: volume(sum),
    zones,
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

function chargedParts({ volumes }: MeteredMonth): { zone: Zone; volume: Volume }[] {
  return ZONES.map((zone) => ({ zone, volume: volumes[zone] ?? volume(0) }));
}
