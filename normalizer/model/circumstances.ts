import type { Day, DayRange, Month } from "./dates.ts";
import type { Dated } from "./facts.ts";
import type { Origin } from "./ids.ts";
import type { Kopecks, Volume } from "./units.ts";

/** Неисправен, утрачен, истёк срок поверки: the meter counts nothing from the day on (п. 59 «а», 81(12) ПП 354). */
export type MeterFault = "BROKEN" | "LOST" | "EXPIRED";

/** Why nothing is charged: the supply is suspended (п. 117), or charging was stopped by the supplier's document. */
export type Stop = "SUSPENDED" | "CHARGING_STOPPED";

/** What bends the regular charge of one household account. Every list ascends by its first day. */
export interface Circumstances {
  /** Собственники, who count where nobody is registered (п. 56(2)). */
  readonly owners: readonly Dated<number>[];
  /** Договорной объём, kWh a month: wins over the meter and the norm. */
  readonly fixedVolumes: readonly Dated<Volume>[];
  readonly stops: readonly Dated<Stop>[];
  /** From the act on two refusals of access to the act of the check; the value is the number of the act (п. 60(1)). */
  readonly accessRefused: readonly Dated<string>[];
  /**
   * From the day when the duty to install, replace or verify a meter arose to the day when the supplier did it; the
   * term (`meterDelay.months`) runs from that day. The value is «акт».
   */
  readonly meterDelays: readonly Dated<string>[];
  readonly absences: readonly AbsenceFact[];
  readonly breaches: readonly BreachFact[];
  readonly benefits: readonly Dated<BenefitFact>[];
  readonly plotUses: readonly Dated<PlotUseFact>[];
  /** Установка прибора технически невозможна, by act: the condition of a recalculation for absence. */
  readonly meterImpossible: readonly DayRange[];
  readonly manual: readonly ManualRecalculation[];
}

export const NO_CIRCUMSTANCES: Circumstances = {
  owners: [],
  fixedVolumes: [],
  stops: [],
  accessRefused: [],
  meterDelays: [],
  absences: [],
  breaches: [],
  benefits: [],
  plotUses: [],
  meterImpossible: [],
  manual: [],
};

/** Временное отсутствие by an accepted application (п. 86–97). */
export interface AbsenceFact {
  readonly application: string;
  /** Day of departure and day of arrival: neither is a full day (п. 91). */
  readonly left: Day;
  readonly returned: Day;
  readonly persons: number;
  readonly origin: Origin;
}

/** Акт of tampering (п. 81(11)) or of an unauthorised connection (п. 62). */
export interface BreachFact {
  readonly act: string;
  readonly type: "TAMPER" | "UNAUTHORISED";
  readonly detected: Day;
  readonly eliminated: Day;
  readonly sealed: Day | null;
  readonly previousCheck: Day | null;
  readonly connected: Day | null;
  /** 10⁻⁴ kW of the connected equipment; null = not known, the norm × 10 counts. */
  readonly powerKwE4: number | null;
  readonly origin: Origin;
}

/** Льгота given in the receipt (`benefit.method=IN_RECEIPT`). */
export interface BenefitFact {
  readonly category: string;
  readonly beneficiaries: number;
  /** kWh per person and month. */
  readonly standard: Volume;
  /** 10⁻² percent. */
  readonly percentE2: number;
  readonly isFamily: boolean;
}

/** One direction of use of a land plot without a meter (п. 49, прил. 2, формула 22). */
export interface PlotUseFact {
  /** Code of the norm: `HouseholdLaw.plotNorms`. */
  readonly use: string;
  /** 10⁻⁴ units. */
  readonly unitsE4: number;
}

/** Ручной перерасчёт: a sum for one month, by two people, on a stated ground. */
export interface ManualRecalculation {
  readonly document: string;
  readonly month: Month;
  readonly amount: Kopecks;
  readonly ground: string;
  readonly origin: Origin;
}
