/** What a code means for the record, the file or the delivery (problem-codes.md, «Outcomes»). */
export type ProblemEffect =
  | "no-op"
  | "warned"
  | "waiting"
  | "held"
  | "rejected"
  | "file rejected"
  | "quarantined"
  | "value dropped"
  | "request refused"
  | "alarm"
  | "retry"
  | "unknown"
  | "park"
  | "stop";

/** Circumstance under which a code has another outcome than its usual one. */
export type ProblemVariant =
  | "QR"
  | "DBF"
  | "money"
  | "payment"
  /** The field belongs to the file, not to a record. */
  | "file"
  /** Measured by a device, not told by a person. */
  | "automatic"
  /** Our own document, before it leaves. */
  | "ours"
  | "out"
  /** The repeats that the code allows are used up. */
  | "exhausted"
  | "refreshed";

export interface ProblemDefinition {
  /** For measurements and incoming data, where a code has several outcomes. */
  readonly outcome: ProblemEffect;
  readonly variants?: Readonly<Partial<Record<ProblemVariant, ProblemEffect>>>;
  /**
   * What happened, in Russian. {placeholders} are keys of `Problem.values`; a part in [brackets]
   * is left out when one of its placeholders has no value.
   */
  readonly text: string;
  /** What to do, in Russian. */
  readonly remedy: string;
}
