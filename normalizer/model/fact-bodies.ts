import type { MeterFault, Stop } from "./circumstances.ts";
import type { MarkupSubgroup, VoltageLevel } from "./facts.ts";
import type { Management } from "./house-facts.ts";
import type { Zone } from "./lines.ts";
import type { PenaltyHold } from "./penalty-law.ts";

/**
 * Bodies of versioned facts by kind, as they stand in `fact.body`. Numbers that carry money or energy are decimal
 * texts; validity, author, ground and message are columns of the row. Unless said otherwise the row lives in the
 * shard and site it is about; «common» means shard 256, site 0.
 */
export interface FactBodies {
  /** Common, subject = organisation id. */
  readonly organisation: {
    readonly name: string;
    readonly inn: string;
    readonly address: string;
    /** Absent for an individual entrepreneur. */
    readonly kpp?: string;
    /** Absent = the documents name none. */
    readonly phone?: string;
  };
  /** Common, subject = 20 digits. Accounts of the organisation; statements of others are refused (NOT_OUR_ACCOUNT). */
  readonly "bank-account": {
    readonly bankName: string;
    readonly bic: string;
    readonly correspondentAccount: string;
    /** The account that documents name as payee's. */
    readonly main: boolean;
  };
  /** Common, subject = sender ИНН of interval files. */
  readonly partner: {
    readonly name: string;
    /** IANA zone of the day and hours in its files. */
    readonly zone: string;
  };
  /** Common, subject = senderInn/areaInn/pointCode/channelCode. */
  readonly "channel-map": {
    readonly shard: number;
    readonly site: number;
    readonly channel: number;
    readonly point: number;
    /** Energy that counts as consumption, as generation, or reactive (kept, not billed). */
    readonly role: "CONSUMPTION" | "GENERATION" | "REACTIVE";
  };
  /** Common, subject = tariff category. Prices in ₽/kWh with VAT by zone, one per range. */
  readonly tariff: {
    readonly prices: Readonly<Partial<Record<Zone, readonly string[]>>>;
    /** Upper bounds of the ranges but the last, kWh a month; absent where the prices have no ranges. */
    readonly limits?: readonly string[];
    readonly act: string;
  };
  /** Common, subject = norm code. kWh per person and month; the last row also for more persons. */
  readonly norm: { readonly perPerson: readonly string[]; readonly act: string };
  /** Common, subject = code. ОДН norm, kWh per m² of common property and month. */
  readonly "odn-norm": { readonly perUnit: string; readonly act: string };
  /** Common, subject = direction of use of a land plot. kWh per unit and month. */
  readonly "plot-norm": { readonly perUnit: string; readonly unit: string; readonly act: string };
  /** Common, subject = level/subgroup. ЦК1 components without VAT, ₽/MWh with at most 2 decimals. */
  readonly "one-rate": {
    readonly voltageLevel: VoltageLevel;
    readonly subgroup: MarkupSubgroup;
    readonly wholesale: string;
    readonly transmission: string;
    readonly markup: string;
    readonly otherServices: string;
    readonly act: string;
  };
  /** Common, subject = "general". Percent. */
  readonly vat: { readonly rate: string; readonly act: string };
  /** Common, subject = "general". Key rate of the Bank of Russia, percent. */
  readonly "key-rate": { readonly rate: string; readonly act: string };
  /** Common, subject = "households". Day of the next month until which a month is paid. */
  readonly "due-day": { readonly dayOfMonth: number; readonly act: string };
  /** Common, subject = "households". From which day of delay the rate is divided by what; null = nothing accrues. */
  readonly "penalty-steps": {
    readonly steps: readonly { readonly fromDay: number; readonly divisor: number | null }[];
    readonly act: string;
  };
  /** Common, subject = "general". Limit of the rate of penalties, percent. */
  readonly "penalty-cap": {
    readonly rate: string;
    readonly mode: "CAP" | "FIXED";
    readonly act: string;
  };
  /** Common, subject = number of the act. Days without penalty (мораторий). */
  readonly "penalty-pause": {
    /** ISO date: only debts that fell due before it; absent = all. */
    readonly onlyDueBefore?: string;
    readonly act: string;
  };
  /** Common, subject = "RU". Week days that are days off, and Saturdays and Sundays that are not, as ISO dates. */
  readonly calendar: {
    readonly daysOff: readonly string[];
    readonly workingWeekends: readonly string[];
    readonly act: string;
  };
  /** Common, subject = scope/name, scope "organisation" or "district:…", "site:…", "account:…". */
  readonly switch: { readonly value: string };
  /** Subject = site id. */
  readonly site: {
    readonly kind: "PRIVATE_HOUSE" | "MKD" | "BUSINESS";
    readonly address: string;
    readonly district: string;
    /** IANA zone of the site's local days. */
    readonly zone: string;
    /** ФИАС of the house; absent = not known. */
    readonly houseGuid?: string;
  };
  /** Subject = account id. A change of category, norm or area is a new version. */
  readonly account: {
    readonly number: string;
    readonly holder: string;
    readonly premises: string;
    readonly areaM2: string;
    /** Tariff category. */
    readonly category: string;
    /** Norm code; null where no norm can apply. */
    readonly norm: string | null;
    /** Of the contract, kW: more energy than it gives is no reading. Absent = not known. */
    readonly maxPowerKw?: string;
  };
  /** Subject = account id. */
  readonly residents: { readonly count: number };
  /** Subject = meter id; valid from the day of installation to the day of removal. */
  readonly meter: {
    /** 0 for a common meter. */
    readonly account: number;
    /** ОДПУ, общий прибор of a flat or of a section; absent = the account's own. */
    readonly common?: {
      readonly of: "HOUSE" | "FLAT" | "SECTION";
      /** 0 for the house. */
      readonly premises: number;
      /** "" unless of a section. */
      readonly section: string;
    };
    readonly point: number;
    readonly serial: string;
    readonly zones: readonly Zone[];
    readonly digits: number;
    readonly decimals: number;
    readonly ratio: number;
  };
  /** Subject = meter id; valid from the event to the mend (п. 59 «а»). */
  readonly "meter-fault": { readonly fault: MeterFault };
  /** Subject = site id of a МКД. */
  readonly house: {
    readonly management: Management;
    readonly totalAreaM2: string;
    readonly commonAreaM2: string;
    readonly odnNorm: string;
    readonly category: string;
  };
  /**
   * Subject = site id of a МКД; valid in the month it opens. Negative ОДН of the months before, kWh: what another
   * system billed, or what a check found.
   */
  readonly "odn-carry": { readonly volume: string };
  /** Subject = premises id. */
  readonly premises: {
    readonly number: string;
    readonly use: "RESIDENTIAL" | "NON_RESIDENTIAL";
    readonly areaM2: string;
    /** Account id of the business contract that pays for it; absent = households pay. */
    readonly contract?: number;
  };
  /** Subject = account id: which premises it pays for, and as what. */
  readonly occupancy: {
    readonly premises: number;
    readonly part: "WHOLE" | "ROOM" | "SHARE";
    /** ROOM only. */
    readonly livingAreaM2?: string;
    readonly section?: string;
    /** SHARE only: whole weight, «2» of 2 : 1. */
    readonly weight?: number;
    readonly primary?: boolean;
  };
  /** Subject = account id. */
  readonly owners: { readonly count: number };
  /** Subject = account id. kWh a month. */
  readonly "fixed-volume": { readonly volume: string };
  /** Subject = account id. */
  readonly stop: { readonly reason: Stop };
  /** Subject = account id; valid from the act on two refusals to the act of the check. */
  readonly "access-refused": { readonly act: string };
  /** Subject = account id; valid from the day the duty to give a meter arose to the day it was done. */
  readonly "meter-delay": { readonly act: string };
  /** Subject = account id; valid while the act on the impossibility of a meter holds. */
  readonly "meter-impossible": { readonly act: string };
  /** Subject = account id/number of the document; valid on the days on which no penalty accrues. */
  readonly "penalty-hold": { readonly reason: PenaltyHold };
  /** Subject = account id/number of the application; valid from the day of departure to the day of arrival. */
  readonly absence: { readonly persons: number };
  /** Subject = account id/number of the act; valid from the first day to the day after the elimination. Days as ISO dates. */
  readonly breach: {
    readonly type: "TAMPER" | "UNAUTHORISED";
    readonly detected: string;
    readonly eliminated: string;
    readonly sealed?: string;
    readonly previousCheck?: string;
    readonly connected?: string;
    readonly powerKw?: string;
  };
  /** Subject = account id/category. */
  readonly benefit: {
    readonly beneficiaries: number;
    /** kWh per person and month. */
    readonly standard: string;
    readonly percent: string;
    readonly family: boolean;
  };
  /** Subject = account id/direction of use. */
  readonly "plot-use": { readonly units: string };
  /**
   * Subject = account id/number of the document; valid in the month it is for. `author` of the row asked for it,
   * another person approved it.
   */
  readonly "manual-recalculation": {
    readonly amount: string;
    readonly approvedBy: string;
  };
  /**
   * Subject = account id/number of the order; valid in the month whose debt is given up. Its posting is an entry of
   * the ledger, and so is the one that takes it back.
   */
  readonly "write-off": {
    readonly debt: "PRINCIPAL" | "PENALTY" | "COURT_COSTS";
    readonly amount: string;
    readonly on: string;
    readonly reason: "LIMITATION" | "BANKRUPTCY" | "DEATH" | "IMPOSSIBLE" | "SMALL_BALANCE";
    readonly approvedBy: string;
  };
  /** Subject = account id/number of the court's act; valid in the month of its day, posted as write-off is. */
  readonly "court-costs": {
    readonly type: "STATE_DUTY" | "EXPENSES";
    readonly amount: string;
    readonly on: string;
    readonly approvedBy: string;
  };
  /** Subject = account id of the contract; the contract is its own site. */
  readonly contract: {
    readonly number: string;
    readonly party: string;
    readonly inn: string;
    readonly priceCategory: 1 | 2 | 3 | 4 | 5 | 6;
    readonly maxPowerKw: string;
    readonly voltageLevel: VoltageLevel;
  };
  /** Subject = point id. */
  readonly "supply-point": {
    readonly account: number;
    readonly name: string;
    readonly channel: number;
  };
}

export type FactKind = keyof FactBodies;
