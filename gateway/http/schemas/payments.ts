import { type Static, Type } from "typebox";
import { MONEY_SOURCES } from "../../../normalizer/model/records.ts";
import {
  Count,
  DayText,
  Kopecks,
  literals,
  MonthText,
  OriginRef,
  object,
  orNull,
  ProblemText,
} from "./common.ts";

const paymentFields = {
  message: Type.Integer(),
  at: Type.Integer(),
  source: literals(MONEY_SOURCES),
  direction: literals(["IN", "OUT", "OWN"]),
  paidOn: DayText,
  postedOn: DayText,
  amount: Kopecks,
  /** Masked, as the purpose. */
  payer: Type.String(),
  inn: Type.String(),
  purpose: Type.String(),
  documentNumber: Type.String(),
  documentOn: DayText,
  /** Month that the payer names. */
  period: orNull(MonthText),
  /** Why no account was recognised, in words. */
  cause: orNull(Type.String()),
  /** Payment that this movement takes back. */
  reversed: orNull(OriginRef),
};
export const UnrecognisedQuery = object({
  /** `next` of the page before: "message:at". */
  cursor: Type.Optional(Type.String({ pattern: "^\\d{1,15}:\\d{1,15}$" })),
});
export const Unrecognised = object({
  payments: Type.Array(
    object({
      ...paymentFields,
      /** Not yet given to any account. */
      left: Kopecks,
      suggestions: Type.Array(
        object({ number: Type.String(), reason: literals(["number", "payer", "similar"]) }),
      ),
    }),
  ),
  next: orNull(Type.String()),
  count: Count,
  left: Kopecks,
});
export const PaymentParams = object({
  message: Type.Integer({ minimum: 1 }),
  at: Type.Integer({ minimum: 0 }),
});
export const RecogniseBody = object({
  parts: Type.Array(
    object({
      account: Type.String({ minLength: 1, maxLength: 32 }),
      amount: Type.Integer({ minimum: 1, description: "kopecks" }),
    }),
    { minItems: 1, maxItems: 200 },
  ),
  ground: Type.String({ minLength: 1, maxLength: 500 }),
});
export const Recognised = object({
  /** Message of the desk that keeps what was said. */
  message: Type.Integer(),
  accepted: Type.Boolean(),
  problems: Type.Array(ProblemText),
});
export const AccountPayments = object({
  payments: Type.Array(
    object({
      ...paymentFields,
      /** Of the amount, what is this account's. */
      part: Kopecks,
      recognisedBy: orNull(Type.String()),
    }),
  ),
});

export type UnrecognisedAnswer = Static<typeof Unrecognised>;
export type RecognisedAnswer = Static<typeof Recognised>;
export type AccountPaymentsAnswer = Static<typeof AccountPayments>;
