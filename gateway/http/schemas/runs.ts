import { type Static, Type } from "typebox";
import { LINE_KINDS } from "../../../normalizer/model/lines.ts";
import { OUTLIER_REASONS } from "../../../normalizer/store/run-outliers.ts";
import {
  Count,
  Instant,
  Kopecks,
  literals,
  MonthText,
  object,
  orNull,
  VolumeE4,
} from "./common.ts";

const RunState = literals(["OPEN", "APPROVED", "DISCARDED"]);
const Run = object({
  run: Type.Integer(),
  month: MonthText,
  /** As `hub bill --scope` takes it: "all", "district:Энский". */
  scope: Type.String(),
  author: Type.String(),
  state: RunState,
  /** Null: nobody but `hub bill` works on it. */
  wanted: orNull(literals(["WORK", "PAUSE"])),
  chunks: Count,
  chunksDone: Count,
  accounts: Count,
  lines: Count,
});
export const Runs = object({ runs: Type.Array(Run) });
export const RunParams = object({ run: Type.Integer({ minimum: 1 }) });
export const RunStartBody = object({
  month: MonthText,
  scope: Type.String({ minLength: 1, maxLength: 100 }),
});
const Sums = { accounts: Count, lines: Count, volume: VolumeE4, amount: Kopecks };
export const RunDetails = object({
  run: Run,
  /** Wall-clock time that the rest takes at the pace of the last minute, ms. */
  remainingMs: orNull(Type.Integer({ minimum: 0 })),
  workers: Type.Array(
    object({ worker: Type.String(), chunks: Count, accounts: Count, at: Instant }),
  ),
  /** By district and kind of lines; `before` are the posted lines of the month before. */
  totals: Type.Array(
    object({
      district: Type.String(),
      kind: literals(LINE_KINDS),
      correction: Type.Boolean(),
      now: object(Sums),
      before: object(Sums),
    }),
  ),
  /** Null until the run is complete and compared with the month before. */
  check: orNull(
    object({
      counts: Type.Array(object({ reason: literals(OUTLIER_REASONS), accounts: Count })),
      outliers: Type.Array(
        object({
          account: Type.String(),
          address: Type.String(),
          district: Type.String(),
          reason: literals(OUTLIER_REASONS),
          amount: Kopecks,
          before: orNull(Kopecks),
          correction: Kopecks,
        }),
      ),
    }),
  ),
  /** Who is not billed and why, with some examples. */
  problems: Type.Array(
    object({
      code: Type.String(),
      remedy: Type.String(),
      accounts: Count,
      examples: Type.Array(
        object({ object: Type.String(), text: Type.String(), at: Type.String() }),
      ),
    }),
  ),
});
export const RunAnswer = object({ run: Type.Integer() });

export type RunRow = Static<typeof Run>;
export type RunsAnswer = Static<typeof Runs>;
export type RunDetailsAnswer = Static<typeof RunDetails>;
