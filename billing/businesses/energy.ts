import { type Day, SLOTS_PER_DAY, type Slot } from "../../normalizer/model/dates.ts";
import type { ContractPoint, IntervalDay } from "../../normalizer/model/facts.ts";
import type { Origin } from "../../normalizer/model/ids.ts";

/** What the half-hours of one point sum to, and what of them is missing. */
export interface PointEnergy {
  readonly point: ContractPoint;
  /** 10⁻⁶ kWh; a safe integer up to 9 · 10⁹ kWh. */
  readonly microKwh: number;
  readonly slots: number;
  /** Runs of slots without a value that may be billed. */
  readonly gaps: readonly SlotRun[];
  /** Messages the values came from, in the order of the days. */
  readonly origins: readonly Origin[];
}

export interface SlotRun {
  readonly from: Slot;
  readonly to: Slot;
  /** True where every value is there but its source calls it questionable. */
  readonly questionable: boolean;
}

/**
 * Sum of the half-hours of [from, to). An absent value is a gap, never 0; a questionable one is a
 * gap too unless the contract says that such values are billed (`questionableIntervals=USE`).
 */
export function energyOf(
  point: ContractPoint,
  from: Slot,
  to: Slot,
  useQuestionable: boolean,
): PointEnergy {
  const days = new Map<Day, IntervalDay>(point.days.map((item) => [item.day, item]));
  const gaps: SlotRun[] = [];
  const origins: Origin[] = [];
  let microKwh = 0;
  for (let slot: number = from; slot < to; slot += 1) {
    const number = Math.floor(slot / SLOTS_PER_DAY);
    const day = days.get(number as Day);
    const index = slot - number * SLOTS_PER_DAY;
    const value = day?.values[index] ?? null;
    const questionable = value !== null && day?.qualities[index] === "Q" && !useQuestionable;
    if (day === undefined || value === null || questionable) {
      addGap(gaps, slot as Slot, questionable);
      continue;
    }
    microKwh += value;
    const origin = day.origins[day.originOf[index] ?? -1];
    if (origin !== undefined && !origins.includes(origin)) origins.push(origin);
  }
  return { point, microKwh, slots: to - from, gaps, origins };
}

function addGap(gaps: SlotRun[], slot: Slot, questionable: boolean): void {
  const last = gaps[gaps.length - 1];
  const next = (slot + 1) as Slot;
  if (last !== undefined && last.to === slot && last.questionable === questionable)
    gaps[gaps.length - 1] = { ...last, to: next };
  else gaps.push({ from: slot, to: next, questionable });
}
