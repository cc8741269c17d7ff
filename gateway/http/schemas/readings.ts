import { type Static, Type } from "typebox";
import { READING_DECISIONS, READING_SOURCES } from "../../../normalizer/model/records.ts";
import { Count, DayText, literals, object, orNull, ProblemText, VolumeE4 } from "./common.ts";

export const HeldQuery = object({
  /** `next` of the page before: "message:at". */
  cursor: Type.Optional(Type.String({ pattern: "^\\d{1,15}:\\d{1,15}$" })),
});
export const HeldReadings = object({
  readings: Type.Array(
    object({
      message: Type.Integer(),
      at: Type.Integer(),
      /** Null for a common meter: of a house, a flat or a section. */
      account: orNull(Type.String()),
      meter: Type.String({ description: "serial" }),
      readOn: DayText,
      /** As on the display, in the order of the row. */
      given: Type.Array(object({ zone: Type.String(), text: Type.String() })),
      source: literals(READING_SOURCES),
      priority: Type.Integer({ minimum: 1, description: "1 = the highest" }),
      previous: orNull(object({ readOn: DayText, values: Type.Array(VolumeE4) })),
      /** Since the previous reading, and what is usual for these days. */
      volume: orNull(VolumeE4),
      expected: orNull(VolumeE4),
      problem: ProblemText,
      decision: orNull(
        object({
          kind: literals(READING_DECISIONS),
          author: Type.String(),
          ground: Type.String(),
        }),
      ),
    }),
  ),
  next: orNull(Type.String()),
  /** Of the list that is asked for, and of the other one. */
  held: Count,
  refused: Count,
});
export const ReadingPlaceParams = object({
  message: Type.Integer({ minimum: 1 }),
  at: Type.Integer({ minimum: 0 }),
});
export const DecideBody = object({ ground: Type.String({ minLength: 1, maxLength: 500 }) });
export const DecidedReading = object({
  /** Message of the desk that keeps what was said. */
  message: Type.Integer(),
  /** False: the reading is as it was, and the problems say why. */
  accepted: Type.Boolean(),
  problems: Type.Array(ProblemText),
});

export type HeldReadingsAnswer = Static<typeof HeldReadings>;
export type DecidedReadingAnswer = Static<typeof DecidedReading>;
