import type { Day, DayRange } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { WaitingReading } from "../../model/facts.ts";
import type { AccountId, MeterId, Origin, PremisesId, SiteId } from "../../model/ids.ts";
import type { Zone } from "../../model/lines.ts";
import type { ReadingSource } from "../../model/records.ts";
import type { Volume } from "../../model/units.ts";
import type { FactRow, Subject } from "./fact-rows.ts";

/** A version of a fact with what decides whether it is news. */
export interface Version extends DayRange {
  readonly seq: number;
  readonly origin: Origin;
}

export interface AccountVersion extends Version {
  readonly number: string;
  readonly category: string;
  readonly norm: string | null;
}

export interface ResidentsVersion extends Version {
  readonly count: number;
}

export interface MeterVersion extends Version {
  readonly point: number;
  readonly serial: string;
  readonly zones: readonly Zone[];
  readonly digits: number;
  readonly ratio: number;
}

export interface ReadingRow {
  readonly stateAt: Day;
  readonly seq: number;
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
  readonly origin: Origin;
}

/** Rows of `readingsQuery` with every state of the site from a day on. */
export interface KeptReadings {
  readonly from: Day;
  readonly bytes: Buffer;
}

export interface MeterRows {
  readonly meter: MeterId;
  readonly site: SiteId;
  readonly versions: MeterVersion[];
  readings: ReadingRow[];
  /** A reading of the period that waits for a person; null for most. */
  waiting: WaitingReading | null;
  /** States of the whole site that were kept with it; null where the store is to be asked. */
  kept: KeptReadings | null;
  /** Ascending; `NO_FACTS` for most. */
  faults: readonly FactRow<"meter-fault">[];
}

/** Rows of one account, each list ascending by its first day. */
export interface AccountRows {
  readonly account: AccountId;
  readonly site: SiteId;
  readonly versions: AccountVersion[];
  readonly residents: ResidentsVersion[];
  readonly meters: Map<MeterId, MeterRows>;
  /** What bends the regular charge, of every kind; `NO_FACTS` for most. */
  circumstances: readonly FactRow[];
  /** Premises of a МКД that it pays for; empty for most. */
  premises: readonly PremisesRows[];
  /** Subjects of which a version ended after the runs of the newest period, without another after it or with one. */
  ended: readonly Subject[];
}

export interface CommonMeter {
  readonly rows: MeterRows;
  /** "" for a meter of the whole premises. */
  readonly section: string;
}

/** One premises of a МКД with what is common to its payers. */
export interface PremisesRows {
  readonly premises: PremisesId;
  readonly versions: FactRow<"premises">[];
  readonly payers: FactRow<"occupancy">[];
  readonly meters: CommonMeter[];
  ended: readonly Subject[];
}

/** The common part of a site; a site without any such fact has none. */
export interface HouseRows {
  readonly site: SiteId;
  readonly versions: FactRow<"house">[];
  /** Balances of negative ОДН that were brought along. */
  readonly carries: FactRow<"odn-carry">[];
  readonly premises: Map<PremisesId, PremisesRows>;
  /** ОДПУ. */
  readonly meters: MeterRows[];
}

/** Everything of the range that is no measurement and no money. */
export interface HouseholdRows {
  readonly sites: ReadonlyMap<SiteId, Pick<FactBodies["site"], "kind" | "address" | "district">>;
  readonly accounts: ReadonlyMap<AccountId, AccountRows>;
  /** Of accounts, premises and houses. */
  readonly meters: ReadonlyMap<MeterId, MeterRows>;
  readonly houses: ReadonlyMap<SiteId, HouseRows>;
}

/** What is counted as known: versions in force at `known`, and by their names those that ended since `seen`. */
export interface KnownSpan {
  readonly known: number;
  /** At most `known`. */
  readonly seen: number;
}
