import type { Static } from "typebox";
import { Type } from "typebox";
import { READING_DECISIONS } from "../../normalizer/model/records.ts";

/** What is entered at the hub's own screens comes by itself; there is nothing to set. */
export const DeskConfigSchema = Type.Object({}, { additionalProperties: false });
export type DeskConfig = Static<typeof DeskConfigSchema>;

export const DeskProfileSchema = Type.Object({}, { additionalProperties: false });
export type DeskProfile = Static<typeof DeskProfileSchema>;

const TEXT_LENGTH_MAX = 1_000;
const NUMBER_LENGTH_MAX = 64;
const PARTS_MAX = 10_000;
/** Lengths of a payment order (Положение Банка России 762-П, приложение 11); `parse` tells the purpose's. */
const NAME_LENGTH_MAX = 160;
export const PURPOSE_LENGTH_MAX = 210;
const DAY = "^\\d{4}-\\d{2}-\\d{2}$";

const Person = {
  author: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
  ground: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
};

const Place = Type.Object(
  { message: Type.Integer({ minimum: 1 }), at: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
);

/** A person says that an unrecognised payment is another sight of one that is known from elsewhere. */
export const SamePaymentMessageSchema = Type.Object(
  {
    kind: Type.Literal("same-payment"),
    payment: Place,
    sameAs: Place,
    author: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
    ground: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX }),
  },
  { additionalProperties: false },
);

/** A person says whose an unrecognised payment is. Amounts are whole kopecks. */
export const RecognitionMessageSchema = Type.Object(
  {
    kind: Type.Literal("recognition"),
    payment: Place,
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
    ...Person,
  },
  { additionalProperties: false },
);
export type RecognitionMessage = Static<typeof RecognitionMessageSchema>;

/** A person orders to send an account's advance back. */
export const RefundOrderMessageSchema = Type.Object(
  {
    kind: Type.Literal("refund-order"),
    accountNumber: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
    amount: Type.Integer(),
    payee: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
        inn: Type.String({ maxLength: 12 }),
        account: Type.String({ maxLength: 20 }),
        bankName: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
        bic: Type.String({ maxLength: 9 }),
        correspondentAccount: Type.String({ maxLength: 20 }),
      },
      { additionalProperties: false },
    ),
    purpose: Type.String({ maxLength: TEXT_LENGTH_MAX }),
    /** Instant, ISO 8601: the same refund ordered again is another message. */
    enteredAt: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
    ...Person,
  },
  { additionalProperties: false },
);
export type RefundOrderMessage = Static<typeof RefundOrderMessageSchema>;

/** A person approves an ordered refund, or withdraws it. */
export const RefundDecisionMessageSchema = Type.Object(
  {
    kind: Type.Literal("refund-decision"),
    refund: Type.Integer({ minimum: 1 }),
    decision: Type.Union([Type.Literal("APPROVED"), Type.Literal("WITHDRAWN")]),
    day: Type.String({ pattern: DAY }),
    refusedByBank: Type.Boolean(),
    enteredAt: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
    ...Person,
  },
  { additionalProperties: false },
);
export type RefundDecisionMessage = Static<typeof RefundDecisionMessageSchema>;

/** A person says what becomes of a reading that its control held. */
export const ReadingDecisionMessageSchema = Type.Object(
  {
    kind: Type.Literal("reading-decision"),
    reading: Type.Object(
      { message: Type.Integer({ minimum: 1 }), at: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
    decision: Type.Enum([...READING_DECISIONS]),
    /** A word that came to nothing may be said again: then its bytes are not the same. */
    enteredAt: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
    ...Person,
  },
  { additionalProperties: false },
);
export type ReadingDecisionMessage = Static<typeof ReadingDecisionMessageSchema>;

const Name = Type.String({ maxLength: TEXT_LENGTH_MAX });
const DayText = Type.Union([Type.String({ maxLength: NUMBER_LENGTH_MAX }), Type.Null()]);

/** A person enters facts, all of them or none. Days and numbers as typed: intake reads them. */
export const FactsMessageSchema = Type.Object(
  {
    kind: Type.Literal("facts"),
    facts: Type.Array(
      Type.Object(
        {
          kind: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
          action: Type.Union([Type.Literal("ADD"), Type.Literal("CORRECT"), Type.Literal("END")]),
          whose: Type.Object(
            {
              account: Type.Optional(Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX })),
              meter: Type.Optional(Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX })),
              site: Type.Optional(Type.Integer({ minimum: 1 })),
            },
            { additionalProperties: false },
          ),
          name: Name,
          from: DayText,
          to: DayText,
          values: Type.Record(Type.String(), Name),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: PARTS_MAX },
    ),
    /** What was taken back may be entered again: then its bytes are not the same. */
    enteredAt: Type.String({ minLength: 1, maxLength: NUMBER_LENGTH_MAX }),
    ...Person,
  },
  { additionalProperties: false },
);

/** A second person approves what a message of facts asks for. */
export const ApprovalMessageSchema = Type.Object(
  {
    kind: Type.Literal("approval"),
    request: Type.Integer({ minimum: 1 }),
    ...Person,
  },
  { additionalProperties: false },
);
