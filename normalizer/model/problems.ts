import type { ProblemCode } from "./problem-catalogue.ts";

/** What became of one record; the worst of its problems decides (problem-codes.md, rules 4 and 6). */
export type RecordOutcome = "accepted" | "warned" | "waiting" | "held" | "rejected";

/** What became of a whole message. */
export type FileOutcome = "accepted" | "partial" | "rejected" | "quarantined";

/**
 * A refusal, doubt or delay: the code names the cause, `at` the place, `object` the thing a person knows it by.
 * `values` fill the placeholders of the Russian text; a counterpart's own words go there too.
 */
export interface Problem {
  readonly code: ProblemCode;
  /** Line or row from 1, byte offset, element path, sheet!cell or field name. */
  readonly at: string;
  /** Point, meter, account, document or file, as a person names it. */
  readonly object?: string;
  readonly values?: Readonly<Record<string, string>>;
}

export type { ProblemCode };
