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
  "lateReading.mode.consumer": "REDISTRIBUTE_BY_DAYS",
  "lateReading.mode.controller": "CURRENT_PERIOD_DELTA",
  "communal.negativeCommon": "ALLOW",
  "separateAccounts.splitKey": "SHARE",
  "odn.negative.mode": "CARRY",
  "odn.negative.order": "OFFSET_THEN_CAP",
  "odn.distributeAll": "false",
  "odn.residual": "NONE",
  "odn.zoneMode": "TOTAL_ONLY",
  "retro.recalcOdn": "false",
  questionableIntervals: "SUBSTITUTE",
  "dueDate.switchBy": "BILLING_PERIOD",
  "dueDate.inclusive": "true",
  /** Day of the month that a contract set before 2026-03, or the law's. */
  "contract.dueDay": "LAW",
} as const;

export type SwitchName = keyof typeof SWITCH_DEFAULTS;

/** Value in force, or the default of the rules. */
export function switchText(switches: Switches, name: SwitchName): string {
  return switches[name] ?? SWITCH_DEFAULTS[name];
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
export function switchNumber(switches: Switches, name: SwitchName, scale: number): number {
  const text = switchText(switches, name);
  const value = parseScaled(text, scale);
  invariant(value !== null, `switch ${name}: ${text}`);
  return value;
}
