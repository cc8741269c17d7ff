import type { MarkupSubgroup, VoltageLevel } from "./facts.ts";
import type { Zone } from "./lines.ts";

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
  };
  /** Subject = account id. */
  readonly residents: { readonly count: number };
  /** Subject = meter id; valid from the day of installation to the day of removal. */
  readonly meter: {
    readonly account: number;
    readonly point: number;
    readonly serial: string;
    readonly zones: readonly Zone[];
    readonly digits: number;
    readonly decimals: number;
    readonly ratio: number;
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
