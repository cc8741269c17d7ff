import type { Day, Month } from "./dates.ts";
import type { AccountId, Origin, RunId } from "./ids.ts";
import type { Kopecks, Price, Volume } from "./units.ts";

/** Зоны суток: T0 one rate, T1 day or peak, T2 night, T3 half-peak. */
export const ZONES = ["T0", "T1", "T3", "T2"] as const;
export type Zone = (typeof ZONES)[number];

export const LINE_KINDS = [
  "METER",
  "METER_DELTA",
  "AVERAGE",
  "NORM",
  "KPOV",
  "KDELAY",
  "FIXED",
  "OWN",
  "SECTION",
  "COMMON",
  "ODN",
  "ABSENCE",
  "TAMPER",
  "MANUAL",
  "ENERGY",
  "CAPACITY",
  "TRANSMISSION_POWER",
  "FACT_OVER_PLAN",
  "PLAN_OVER_FACT",
  "PLAN_SUM",
  "DEVIATION_ABS",
  "BENEFIT",
  "PLOT",
  "UNAUTHORISED",
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/**
 * One charge line (строка начисления): one combination of service, metering point, tariff version, zone, range and
 * kind. `ordinal` is the place inside the account and run, so that the key (run, account, ordinal) is derived.
 */
export interface Line {
  readonly account: AccountId;
  readonly ordinal: number;
  readonly kind: LineKind;
  /** Rule and version that computed the line: explanation re-runs exactly this one. */
  readonly rule: string;
  readonly ruleVersion: number;
  /** Metering point; 0 where the line has none (norm). */
  readonly point: number;
  readonly zone: Zone;
  /** Диапазон, 1–3; 1 where the price list has no ranges. */
  readonly range: number;
  /** Month the energy belongs to; differs from the run's period on a difference line. */
  readonly origin: Month;
  /** First day of the tariff version that priced the line; null where each hour has its own price. */
  readonly tariffFrom: Day | null;
  readonly volume: Volume;
  /** Null where no single price exists (hourly price categories, manual amounts). */
  readonly price: Price | null;
  /** What the consumer owes by this line, VAT included. */
  readonly amount: Kopecks;
  /** VAT inside `amount`; null where the price is published with VAT and the bill does not split it (households). */
  readonly vat: Kopecks | null;
}

/** A line with the run that posted it; a difference line subtracts these. */
export interface PostedLine extends Line {
  readonly run: RunId;
  readonly period: Month;
}

/**
 * One step of an explanation. Rules push steps in the order of the arithmetic; the last step of a line has its
 * `ordinal` and result equal to the stored amount.
 */
export interface TraceStep {
  readonly account: AccountId;
  /** Null for a step that several lines share (the difference of a register). */
  readonly ordinal: number | null;
  /** Act and clause: "ПП РФ 354, п. 42, прил. 2, формула 1". */
  readonly clause: string;
  /** What is computed, in words a consumer at the counter understands. */
  readonly text: string;
  /** Formula with its numbers: "(4523 − 4310) × 1". */
  readonly formula: string;
  /** Result with its unit: "213 кВт·ч". */
  readonly result: string;
  /** The unrounded value when the step rounded: "290,3201 ₽ → 290,32 ₽". */
  readonly rounding?: string;
  /** Readings, intervals and dated facts that the step used. */
  readonly sources?: readonly TraceSource[];
}

export interface TraceSource {
  /** "показание 4523 прибора 0012345 на 25.03.2021" */
  readonly text: string;
  readonly origin: Origin;
}

/** Absent on a mass run; rules write to it only when it is there. */
export type Trace = TraceStep[];
