import type { Static } from "typebox";
import { Type } from "typebox";

/** What is entered at the hub's own screens comes by itself; there is nothing to set. */
export const DeskConfigSchema = Type.Object({}, { additionalProperties: false });
export type DeskConfig = Static<typeof DeskConfigSchema>;

export const DeskProfileSchema = Type.Object({}, { additionalProperties: false });
export type DeskProfile = Static<typeof DeskProfileSchema>;

const TEXT_LENGTH_MAX = 1_000;
const NUMBER_LENGTH_MAX = 64;
const PARTS_MAX = 10_000;

/** A person says whose an unrecognised payment is. Amounts are whole kopecks. */
export const RecognitionMessageSchema = Type.Object(
  {
    kind: Type.Literal("recognition"),
    payment: Type.Object(
      { message: Type.Integer({ minimum: 1 }), at: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
    parts: Type.Array(
      Type.Object(
        {
          accountNumber: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
          amount: Type.Integer(),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: PARTS_MAX },
    ),
    author: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
    ground: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
  },
  { additionalProperties: false },
);
export type RecognitionMessage = Static<typeof RecognitionMessageSchema>;
