import type { Day } from "./dates.ts";
import type { AccountNumber, MessageId, MeterId, MeterSerial, Seq, Shard, SiteId } from "./ids.ts";
import type { ProblemCode } from "./problems.ts";
import type { ReadingDecision, ReadingSource } from "./records.ts";
import type { Volume } from "./units.ts";

/** A reading that its control did not let in. It is kept for people; billing never reads it. */
export interface HeldReading {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly meter: MeterId;
  readonly serial: MeterSerial;
  /** Null for a common meter: of a house, a flat or a section. */
  readonly accountNumber: AccountNumber | null;
  /** «Показание на D». */
  readonly readOn: Day;
  readonly typed: readonly TypedRegister[];
  /** In the order of the meter's zones; null where they do not fit its display or its zones. */
  readonly values: readonly Volume[] | null;
  readonly source: ReadingSource;
  /** Of the source when the reading came; 1 = the highest. */
  readonly priority: number;
  /** HELD waits for a person, REJECTED is refused by the rules. */
  readonly status: "HELD" | "REJECTED";
  readonly code: ProblemCode;
  /** Fill the placeholders of the code's text. */
  readonly details: Readonly<Record<string, string>>;
  readonly previous: { readonly readOn: Day; readonly values: readonly Volume[] } | null;
  /** Energy since the previous reading; null where the reading gives none. */
  readonly volume: Volume | null;
  /** What is usual for these days; null = not known. */
  readonly expected: Volume | null;
  /** Row from 1. */
  readonly at: number;
}

/** A register state as on the display. */
export interface TypedRegister {
  readonly zone: string;
  readonly text: string;
}

export interface StoredHeldReading extends HeldReading {
  readonly message: MessageId;
  readonly seq: Seq;
  /** What a person has said of it; null = nothing yet. */
  readonly decision: StoredDecision | null;
}

export interface StoredDecision {
  readonly kind: ReadingDecision;
  readonly author: string;
  readonly ground: string;
  /** Message of the desk, and the seq of the shard from which on it holds. */
  readonly message: MessageId;
  readonly seq: Seq;
}
