import type { Circumstances, MeterFault } from "./circumstances.ts";
import type { Day, DayRange, Month, Slot } from "./dates.ts";
import type { HouseFacts, PremisesFacts } from "./house-facts.ts";
import type { AccountId, AccountNumber, ChannelId, MeterId, Origin, Shard, SiteId } from "./ids.ts";
import type { PostedLine, Zone } from "./lines.ts";
import type { Problem } from "./problems.ts";
import type { ReadingSource } from "./records.ts";
import type { Kopecks, MicroKwh, Price, Volume } from "./units.ts";

/** A value in force for a range of days, with the message or law file it came from. */
export interface Dated<Value> extends DayRange {
  readonly value: Value;
  readonly origin: Origin;
}

/** Everything that the rules of one site (дом, МКД) need for one period; filled by the one assembler of the store. */
export interface SiteFacts {
  readonly site: SiteId;
  readonly shard: Shard;
  readonly siteKind: "PRIVATE_HOUSE" | "MKD";
  readonly address: string;
  readonly period: Month;
  readonly accounts: readonly AccountFacts[];
  /** Every premises of a МКД, also those without an account; empty for a private house. */
  readonly premises: readonly PremisesFacts[];
  /** The common part of a МКД; null where the supplier knows nothing of it and bills no ОДН. */
  readonly house: HouseFacts | null;
  readonly law: HouseholdLaw;
  readonly switches: Switches;
}

export interface AccountFacts {
  readonly account: AccountId;
  readonly number: AccountNumber;
  readonly served: DayRange;
  readonly category: readonly Dated<string>[];
  /** Code of the norm table, null where no norm can apply. */
  readonly norm: readonly Dated<string>[];
  /** Постоянно и временно проживающие. */
  readonly residents: readonly Dated<number>[];
  /** `NO_CIRCUMSTANCES` for most. */
  readonly circumstances: Circumstances;
  /** All switches of an account that has some of its own; absent = those of the site. */
  readonly switches?: Switches;
  readonly points: readonly PointFacts[];
  /** Metered months before the period, oldest first: the source of the average (п. 59 ПП 354). */
  readonly history: readonly MeteredMonth[];
  /** Periods in a row without an accepted reading before this one. */
  readonly missedPeriods: number;
  /**
   * Lines posted before for origin periods that may change now: the months of `late`, and the months billed by
   * average or norm directly before the period (a reading in the period spreads over them); else empty.
   */
  readonly posted: readonly PostedLine[];
  /**
   * Closed origin periods that have to be computed again, ascending. A late reading of month m touches the months
   * from m to the next month that has a reading, both included.
   */
  readonly late: readonly Month[];
}

export interface PointFacts {
  readonly point: number;
  /** In the order of installation; the periods do not overlap. */
  readonly meters: readonly MeterFacts[];
  /**
   * Only where an account has several points, each billed by itself: a point alone has the past of
   * its account, and the ОДПУ of a house are one measure.
   */
  readonly past?: PointPast;
}

/** What one point was billed by before the period, as `AccountFacts` says it of an account. */
export type PointPast = Pick<AccountFacts, "history" | "missedPeriods">;

export interface MeterFacts {
  readonly meter: MeterId;
  readonly serial: string;
  /** First day on which the meter counts, first day on which it no longer does. */
  readonly installed: DayRange;
  readonly zones: readonly Zone[];
  /** Digits before the point of the display: the register turns over at 10^digits. */
  readonly digits: number;
  /** Ктт × Ктн, 1 for a direct connection. */
  readonly ratio: number;
  /** Days on which its readings do not count (п. 59 «а»). */
  readonly faults: readonly Dated<MeterFault>[];
  /** A reading of the period that waits for a person's word; absent for most. */
  readonly waiting?: WaitingReading;
  /** Accepted readings that the period or a late origin can need, ascending by `stateAt`. */
  readonly readings: readonly MeterReading[];
  readonly origin: Origin;
}

/** What reading control has not let in and nobody has decided on. */
export interface WaitingReading {
  readonly stateAt: Day;
  readonly problem: Problem;
}

/** State of the registers at 00:00 local of `stateAt`: the law's «показание на D» is `stateAt` = D + 1. */
export interface MeterReading {
  readonly stateAt: Day;
  /** As on the display, 10⁻⁴; one per zone of the meter, in the order of `MeterFacts.zones`. */
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
  readonly origin: Origin;
}

export interface MeteredMonth {
  readonly month: Month;
  readonly method: "METER" | "AVERAGE" | "NORM";
  readonly volumes: Readonly<Partial<Record<Zone, Volume>>>;
}

/** Dated law as billing reads it; every table comes from facts of the store, never from the code. */
export interface HouseholdLaw {
  readonly tariffs: Readonly<Record<string, readonly TariffVersion[]>>;
  readonly norms: Readonly<Record<string, readonly NormVersion[]>>;
  /** ОДН norms by code, kWh per m² of common property and month. */
  readonly odnNorms: Readonly<Record<string, readonly UnitNormVersion[]>>;
  /** Norms of a land plot by direction of use, kWh per unit and month. */
  readonly plotNorms: Readonly<Record<string, readonly UnitNormVersion[]>>;
}

/** Published prices of one tariff category from a day on. */
export interface TariffVersion extends DayRange {
  readonly prices: Readonly<Partial<Record<Zone, readonly Price[]>>>;
  /** Upper bounds of the ranges but the last, kWh a month, inclusive; empty where the prices have no ranges. */
  readonly limits: readonly Volume[];
  readonly act: string;
  readonly origin: Origin;
}

/** kWh per person and month by the number of persons: index 0 = one person, the last row also for more. */
export interface NormVersion extends DayRange {
  readonly perPerson: readonly Volume[];
  readonly act: string;
  readonly origin: Origin;
}

/** kWh per unit (m², head of livestock) and month. */
export interface UnitNormVersion extends DayRange {
  readonly perUnit: Volume;
  readonly act: string;
  readonly origin: Origin;
}

/** Named switches in force for the site, after resolving organisation → district → house → account. */
export type Switches = Readonly<Record<string, string>>;

/** A switch as it was entered. */
export interface SwitchVersion extends DayRange {
  /** "organisation", "district:…", "site:…", "account:…". */
  readonly scope: string;
  readonly name: string;
  readonly value: string;
}

/** Everything that the rules of one business contract need for one period. */
export interface ContractFacts {
  readonly contract: AccountId;
  readonly number: AccountNumber;
  readonly site: SiteId;
  readonly shard: Shard;
  readonly party: string;
  readonly period: Month;
  readonly priceCategory: readonly Dated<number>[];
  readonly maxPowerKw: readonly Dated<number>[];
  readonly voltageLevel: readonly Dated<VoltageLevel>[];
  readonly points: readonly ContractPoint[];
  readonly law: BusinessLaw;
  readonly switches: Switches;
  readonly slots: SlotTable;
  readonly posted: readonly PostedLine[];
  readonly late: readonly Month[];
}

export type VoltageLevel = "VN" | "SN1" | "SN2" | "NN";
/** Подгруппа сбытовой надбавки by maximum power of the balance boundary: below 670 kW, below 10 MW, from 10 MW. */
export type MarkupSubgroup = "LT_670" | "670_10000" | "GE_10000";

export interface ContractPoint {
  readonly point: number;
  readonly name: string;
  readonly served: DayRange;
  /** Channel that counts consumption; the direction per point is configuration (metering.md 1.1). */
  readonly channel: ChannelId;
  /** Ascending by day; a day without any value may be absent. */
  readonly days: readonly IntervalDay[];
}

/** One UTC day of one channel: per slot the value of the valid patch. */
export interface IntervalDay {
  readonly channel: ChannelId;
  readonly day: Day;
  /** 48 values; null = gap. Never 0 in the place of an absent value. */
  readonly values: readonly (MicroKwh | null)[];
  /** 48 letters of metering.md 8: A, Q, S, F, E, N. */
  readonly qualities: string;
  /** Per slot the patch it was taken from; index into `origins`, −1 for a gap. */
  readonly originOf: readonly number[];
  readonly origins: readonly Origin[];
}

/** Local calendar of one zone in slots: month edges and offsets, so that billing needs no time zone data. */
export interface SlotTable {
  readonly zone: string;
  /** Ascending; the offset of local time from UTC, in slots, from `fromSlot` on. */
  readonly offsets: readonly { readonly fromSlot: Slot; readonly offsetSlots: number }[];
}

export interface BusinessLaw {
  /** Components of the limit level by month, voltage level and sales-markup subgroup. */
  readonly oneRate: readonly OneRateVersion[];
  readonly vat: readonly Dated<number>[];
}

/** ЦК1: components without VAT, 10⁻⁵ ₽/kWh (0.01 ₽/MWh = 1). */
export interface OneRateVersion extends DayRange {
  readonly voltageLevel: VoltageLevel;
  readonly subgroup: MarkupSubgroup;
  readonly wholesale: Price;
  readonly transmission: Price;
  readonly markup: Price;
  readonly otherServices: Price;
  readonly act: string;
  readonly origin: Origin;
}

/** The store keeps the place in this list: a new kind goes to the end. */
export const ENTRY_KINDS = [
  "OPENING",
  "CHARGE",
  "CORRECTION",
  "PAYMENT",
  "REVERSAL",
  "PENALTY",
  "REFUND",
  /** Госпошлина and издержки of recovering a debt; they are paid before it (ГК РФ ст. 319). */
  "COURT_COSTS",
  /** A debt of one type and month that is given up; above zero, one that was given up is owed again. */
  "WRITE_OFF",
  "PENALTY_WRITE_OFF",
  "COURT_COSTS_WRITE_OFF",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A sum owed or paid on one account, in posting order; settlement derives everything else from these. */
export interface LedgerEntry {
  readonly account: AccountId;
  readonly kind: EntryKind;
  /** Day from which the sum counts: the payment's date, the last day of the billed month. */
  readonly valueDay: Day;
  /** Open period in which it was posted. */
  readonly period: Month;
  /** Month whose debt it raises or lowers; a payment has none until it is allocated. */
  readonly origin: Month | null;
  /** Positive raises the debt, negative lowers it. */
  readonly amount: Kopecks;
  readonly source: Origin | null;
}
