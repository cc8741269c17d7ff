import type { Day } from "../../normalizer/model/dates.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { formatScaled, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { Household, RegisterState } from "./households.ts";
import { household, periodState } from "./households.ts";
import type { SupplierPlan } from "./plan.ts";

/** One reading as somebody writes it down, right or wrong. */
export interface SentReading {
  readonly accountNumber: string;
  readonly serial: string;
  readonly readOn: Day;
  readonly values: readonly { readonly zone: Zone; readonly text: string }[];
  readonly source: ReadingSource;
}

const KWH = 10_000;

/** What the households send in the month to be billed, by account. */
export function* monthReadings(plan: SupplierPlan): Iterable<SentReading> {
  for (let index = 0; index < plan.households; index += 1) {
    const who = household(plan, index);
    const state = periodState(plan, index, who);
    const sent = state === null ? null : sentInTime(who, state);
    if (sent !== null) yield sent;
  }
}

/** What comes after the month was closed: forgotten readings, and a controller who read another state. */
export function* lateReadings(plan: SupplierPlan): Iterable<SentReading> {
  for (let index = 0; index < plan.households; index += 1) {
    const who = household(plan, index);
    const state = periodState(plan, index, who);
    if (state === null) continue;
    if (who.story === "LATE") yield sentReading(who, state);
    if (who.story === "CORRECTED") yield sentReading(who, { ...state, source: "CONTROLLER" });
  }
}

function sentInTime(who: Household, state: RegisterState): SentReading | null {
  switch (who.story) {
    case "METER":
    case "REPLACED":
      return sentReading(who, state);
    case "NEGATIVE":
      return sentReading(
        who,
        changed(state, (value) => value - 900 * KWH),
      );
    case "TYPO":
      return sentReading(
        who,
        changed(state, (value) => value * 1000),
      );
    case "CORRECTED":
      // Read off in a hurry: 40 kWh too many, in the first zone of the display as in the others.
      return sentReading(
        who,
        changed(state, (value) => value + 40 * KWH),
      );
    case "UNKNOWN_METER":
      return { ...sentReading(who, state), serial: `99${state.meter.serial.slice(2)}` };
    default:
      return null;
  }
}

function changed(state: RegisterState, change: (value: number) => number): RegisterState {
  return { ...state, values: state.values.map(change) };
}

function sentReading(
  who: Household,
  { meter, readOn, values, source }: RegisterState,
): SentReading {
  return {
    accountNumber: who.number,
    serial: meter.serial,
    readOn,
    values: meter.zones.map((zone, place) => ({
      zone,
      text: formatScaled(values[place] ?? 0, VOLUME_SCALE),
    })),
    source,
  };
}
