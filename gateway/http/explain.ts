import type { Month } from "../../normalizer/model/dates.ts";
import type { PostedLine, TraceStep } from "../../normalizer/model/lines.ts";
import type { AccountPlace } from "../../normalizer/store/account-place.ts";

/** A posted line and what the repeated computation says about it. */
export interface ExplainedLine {
  readonly line: PostedLine;
  /** Steps of this line alone, in the order of the arithmetic. */
  readonly steps: readonly TraceStep[];
  /** The repeated computation gave the stored line. */
  readonly equal: boolean;
}

export interface ExplainedMonth {
  readonly lines: readonly ExplainedLine[];
  /** Steps that several lines rest on. */
  readonly shared: readonly TraceStep[];
}

/** Computes again, with a trace, all that was posted for the account in the month. */
export type ExplainMonth = (place: AccountPlace, month: Month) => Promise<ExplainedMonth>;
