import { month } from "../../normalizer/model/dates.ts";
import type { DueDayVersion, PenaltyStep } from "../../normalizer/model/penalty-law.ts";

/** ЖК РФ ст. 155 ч. 14, which every case takes as given. */
export const HOUSEHOLD_STEPS: readonly PenaltyStep[] = [
  { fromDay: 1, divisor: null },
  { fromDay: 31, divisor: 300 },
  { fromDay: 91, divisor: 130 },
];

/** ЖК РФ ст. 155 ч. 1: the 10th; from 01.03.2026 (177-ФЗ of 24.06.2025) the 15th. */
export const HOUSEHOLD_DUE_DAYS: readonly DueDayVersion[] = [
  { from: month("2005-03"), dayOfMonth: 10 },
  { from: month("2026-03"), dayOfMonth: 15 },
];
