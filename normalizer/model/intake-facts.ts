import type { Day, DayRange, Month } from "./dates.ts";
import type { FactBodies } from "./fact-bodies.ts";
import type { SlotTable, SwitchVersion } from "./facts.ts";
import type {
  AccountId,
  AccountNumber,
  ChannelId,
  MeterId,
  MeterSerial,
  Shard,
  SiteId,
} from "./ids.ts";
import type { Zone } from "./lines.ts";
import type { Problem, ProblemCode, RecordOutcome } from "./problems.ts";
import type { HeldReading } from "./reading-facts.ts";
import type { IntervalRecord, ReadingSource } from "./records.ts";
import type { MicroKwh, Volume } from "./units.ts";

/** Rule by which the valid patch of a slot is found: 80020 = greatest version; see interval_patch.source. */
export type IntervalSource = "80020";

/**
 * Half-hours of one channel inside one UTC day as one message states them: a local day of the file makes one patch
 * per UTC day that it touches. A null value is a gap stated by the message; it covers its slot like a value does.
 */
export interface IntervalPatchFact {
  readonly shard: Shard;
  readonly channel: ChannelId;
  /** UTC day. */
  readonly day: Day;
  /** 0–47, slot of `values[0]` inside the UTC day. */
  readonly firstSlot: number;
  readonly values: readonly (MicroKwh | null)[];
  /** One letter of metering.md 8 per value (A, Q, S, F, E, N); small when the slot is half of an hourly value. */
  readonly qualities: string;
  readonly source: IntervalSource;
  /** Order of the versions of one source: message number of a 80020, then its timestamp as text. */
  readonly version: number;
  readonly versionTimestamp: string;
  /** Kept, never read by billing until a person releases it. */
  readonly held: boolean;
  /** Byte offset of the channel's element in the message. */
  readonly at: number;
}

/** What the store has for (channel, UTC day, first slot): the valid patch, never one that is held. */
export interface StoredPatch {
  readonly values: readonly (MicroKwh | null)[];
  readonly qualities: string;
  readonly version: number;
  readonly versionTimestamp: string;
}

/** Key of `StoredPatch` in the maps that the store hands to the pure code. */
export function patchKey(patch: {
  readonly channel: ChannelId;
  readonly day: Day;
  readonly firstSlot: number;
}): string {
  return `${patch.channel}/${patch.day}/${patch.firstSlot}`;
}

/** Where the values of one source key go, for a range of local days. */
export interface ChannelRoute extends DayRange {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly channel: ChannelId;
  readonly role: FactBodies["channel-map"]["role"];
}

/** A registered sender of interval files. */
export interface PartnerRoute extends DayRange {
  readonly name: string;
  readonly zone: string;
}

/** Subject of a `channel-map` fact, and key of the maps below. */
export function channelKey(source: {
  readonly senderInn: string;
  readonly areaInn: string;
  readonly pointCode: string;
  readonly channelCode: string;
}): string {
  return `${source.senderInn}/${source.areaInn}/${source.pointCode}/${source.channelCode}`;
}

/** What intake of intervals has to know before facts exist; read set-wise, before any shard is locked. */
export interface IntervalContext {
  /** Versions of the sender's registration; empty = not registered. */
  readonly partner: readonly PartnerRoute[];
  /**
   * By `channelKey`; a key without routes is absent. Null = there is no store to ask: every channel
   * waits, and nobody can say that it is unknown.
   */
  readonly routes: ReadonlyMap<string, readonly ChannelRoute[]> | null;
  /** When the capture came: what it says of later half-hours is held (FUTURE_TIME), in a replay too. */
  readonly receivedAtMs: number;
  /** Calendar of an IANA zone; config/time-zones.ts builds it. */
  readonly slotTable: (zone: string) => SlotTable;
}

/**
 * What intake makes of the interval records of one message. Records are added as parse yields them, so that periods
 * need not be held as objects; `end` knows the copies of a channel and gives everything at once.
 */
export interface IntervalIntake {
  add(record: IntervalRecord): void;
  end(): NormalisedIntervals;
}

export interface NormalisedIntervals {
  readonly patches: readonly IntervalPatchFact[];
  readonly waiting: readonly WaitingEntry[];
  /** In the order of the bytes; those that parse has put into the records included. */
  readonly problems: readonly Problem[];
  /** Per record; a copy of a channel with equal values is no record of its own. */
  readonly counts: RecordCounts;
  /** In the order of the bytes; channels that are refused have none. */
  readonly sums: readonly IntervalSum[];
}

/** What one channel of a message sums to (metering.md 1.5); waiting channels and every quality are inside. */
export interface IntervalSum {
  /** "point/channel", "code/group", "codefrom:codeto/peretok". */
  readonly key: string;
  /** Periods with a value as the file has them: an hour counts once. */
  readonly count: number;
  /** Exact, 10⁻⁶ of the file's unit. */
  readonly total: number;
  /** kvarh for the channels 03 and 04. */
  readonly unit: "kWh" | "kvarh";
}

/** State of one meter's registers at 00:00 local of `stateAt` (the law's «показание на D» is D + 1). */
export interface ReadingFact {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly meter: MeterId;
  readonly stateAt: Day;
  /** As on the display, 10⁻⁴, in the order of the meter's zones. */
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
  /** Month that it is accepted for (WINDOW); absent = the month of its day. */
  readonly period?: Month;
  /** Row from 1. */
  readonly at: number;
}

/** A reading in force, as the store has it. */
export interface StoredReading {
  readonly meter: MeterId;
  readonly stateAt: Day;
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
}

/** A meter that a serial names, for the days it is installed. */
export interface MeterRoute extends DayRange {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly meter: MeterId;
  readonly serial: MeterSerial;
  /** 0 for a common meter: of a house, a flat or a section. */
  readonly account: AccountId;
  /** Null for a common meter. */
  readonly accountNumber: AccountNumber | null;
  readonly zones: readonly Zone[];
  readonly digits: number;
  readonly decimals: number;
  readonly ratio: number;
  readonly district: string;
  /** Of the account, 10⁻⁴ kW; null = not known. */
  readonly maxPowerKwE4: number | null;
}

/** What intake of register readings has to know to find the meters; read set-wise, before any shard is locked. */
export interface ReadingContext {
  /** By meter serial; an unknown serial is absent. */
  readonly meters: ReadonlyMap<string, readonly MeterRoute[]>;
  /** Account numbers of the message that exist. */
  readonly accounts: ReadonlySet<string>;
  /**
   * Readings in force of these meters: all from HISTORY_MONTHS before the first of the records on,
   * and the last one before that of a meter that has been silent for longer.
   */
  readonly stored: readonly StoredReading[];
  /** Those of these meters that wait for a person. */
  readonly held: readonly Pick<HeldReading, "meter" | "readOn" | "values" | "source">[];
  /** Of the organisation. */
  readonly switches: readonly SwitchVersion[];
  /** First day of the open period; a state before it is LATE_FACT. Absent = nothing was closed yet. */
  readonly openFrom?: Day;
}

/** A reading to write; `replaces` ends the version in force of the same meter and boundary. */
export interface ReadingWrite {
  readonly fact: ReadingFact;
  readonly replaces: boolean;
}

/**
 * What intake makes of the readings of one message that one shard has the meters of. Meters and stored readings are
 * read under the shard's lock; records whose meter is unknown come with an empty context and wait.
 */
export interface NormalisedReadings {
  readonly writes: readonly ReadingWrite[];
  /** What control did not let in. */
  readonly held: readonly HeldReading[];
  readonly waiting: readonly WaitingEntry[];
  readonly problems: readonly Problem[];
  readonly counts: RecordCounts;
  /** Records whose values the store has already: a counted no-op. */
  readonly unchanged: number;
}

/** Kind of fact or key whose appearance lets a waiting record go on. */
export type WaitingKind = "channel-map" | "partner" | "meter" | "account";

/** A record that waits; it is parsed again from the stored bytes when (`kind`, `key`) appears. */
export interface WaitingEntry {
  readonly kind: WaitingKind;
  /** `channelKey`, ИНН, meter serial or account number. */
  readonly key: string;
  readonly code: ProblemCode;
  readonly at: number;
}

/** How the records of a message ended; each record counts once, by the worst of its problems. */
export type RecordCounts = Readonly<Record<RecordOutcome, number>>;

/** Counts of a message before its first record. */
export const NO_RECORDS: RecordCounts = {
  accepted: 0,
  warned: 0,
  waiting: 0,
  held: 0,
  rejected: 0,
};
