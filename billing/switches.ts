import { type Month, month } from "../normalizer/model/dates.ts";
import type { Switches } from "../normalizer/model/facts.ts";
import { invariant } from "../normalizer/model/result.ts";
import { parseScaled } from "../normalizer/model/units.ts";

/**
 * Switches of billing with the defaults that the rules name; a supplier's facts override them by
 * scope.
 */
export const SWITCH_DEFAULTS = {
  "tariffChange.splitMode": "BY_DAYS",
  "tariff.scheme": "FLAT",
  "ranges.zoneAllocation": "PROPORTIONAL",
  "ranges.seasonK": "1",
  "ranges.multiMonth": "PRORATE_MONTHS",
  "average.source": "METER_ONLY",
  "average.scale": "4",
  "average.maxPeriods": "3",
  "norm.k.noMeter": "1",
  "norm.k.p59a": "1",
  "norm.k.p59b": "1",
  "norm.k.p59v": "1.5",
  "norm.tableRow": "LAST_DAY",
  "p59a.averageUnlimited": "false",
  "meterDelay.k": "0.95",
  "meterDelay.months": "3",
  "meterDelay.partialMonth": "false",
  "tamper.deductCharged": "true",
  "tamper.includeEndDate": "true",
  "tamper.useRanges": "false",
  "tamper.floor": "NONE",
  "benefit.method": "EXTERNAL",
  "lateReading.mode.consumer": "REDISTRIBUTE_BY_DAYS",
  "lateReading.mode.controller": "CURRENT_PERIOD_DELTA",
  "communal.negativeCommon": "ALLOW",
  "communal.section.partialRoomMeters": "FORMULA_7",
  "separateAccounts.splitKey": "SHARE",
  "odn.negative.mode": "CARRY",
  "odn.negative.order": "OFFSET_THEN_CAP",
  /** Months after its own that a negative volume may lower, or NEVER. */
  "odn.negative.expireMonths": "NEVER",
  "odn.distributeAll": "false",
  "odn.residual": "NONE",
  "odn.zoneMode": "TOTAL_ONLY",
  "retro.recalcOdn": "false",
  "penalty.rateMoment": "PAYMENT_DATE",
  "penalty.moratorium.freezeDayCount": "false",
  "penalty.pauseOnAgreement": "true",
  questionableIntervals: "SUBSTITUTE",
  "dueDate.switchBy": "BILLING_PERIOD",
  "dueDate.inclusive": "true",
  /** Day of the month that a contract set before 2026-03, or the law's. */
  "contract.dueDay": "LAW",
} as const;

export type SwitchName = keyof typeof SWITCH_DEFAULTS;

interface EarlierDefault {
  /** First month that the value no longer holds in. */
  readonly until: Month;
  readonly value: string;
}

/** Defaults before the law changed, ascending. */
const EARLIER_DEFAULTS: Readonly<Partial<Record<SwitchName, readonly EarlierDefault[]>>> = {
  "average.maxPeriods": [{ until: month("2017-01"), value: "6" }],
  "norm.k.noMeter": [
    { until: month("2017-01"), value: "1" },
    { until: month("2020-07"), value: "1.5" },
  ],
  "norm.k.p59a": [
    { until: month("2017-01"), value: "1" },
    { until: month("2020-07"), value: "1.5" },
  ],
  "meterDelay.k": [{ until: month("2026-01"), value: "1" }],
  /** By the month in which the duty arose. */
  "meterDelay.months": [{ until: month("2027-01"), value: "6" }],
};

/** Value in force, or the default of the rules: of the month `on`, else of today's law. */
export function switchText(switches: Switches, name: SwitchName, on?: Month): string {
  const set = switches[name];
  if (set !== undefined) return set;
  const earlier =
    on === undefined ? undefined : EARLIER_DEFAULTS[name]?.find(({ until }) => on < until);
  return earlier?.value ?? SWITCH_DEFAULTS[name];
}

/**
 * Value that must be one of `allowed`.
 * @throws InvariantError otherwise: values are checked when the switch is entered
 */
export function switchOneOf<Value extends string>(
  switches: Switches,
  name: SwitchName,
  allowed: readonly Value[],
): Value {
  const text = switchText(switches, name);
  const value = allowed.find((candidate) => candidate === text);
  invariant(value !== undefined, `switch ${name}: ${text}`);
  return value;
}

/**
 * Number of 10⁻ˢᶜᵃˡᵉ, whole for scale 0.
 * @throws InvariantError when it is no such number: values are checked when the switch is entered
 */
export function switchNumber(
  switches: Switches,
  name: SwitchName,
  scale: number,
  on?: Month,
): number {
  const text = switchText(switches, name, on);
  const value = parseScaled(text, scale);
  invariant(value !== null, `switch ${name}: ${text}`);
  return value;
}
