import { type Static, Type } from "typebox";
import { DELIVERY_STATES } from "../../../normalizer/model/outbound.ts";
import {
  DayText,
  Instant,
  Kopecks,
  literals,
  OriginRef,
  object,
  orNull,
  ProblemText,
} from "./common.ts";

export const REFUND_STATES = ["ordered", "approved", "sent", "executed", "withdrawn"] as const;

const Ground = Type.String({ minLength: 1, maxLength: 500 });

export const RefundParams = object({
  number: Type.String({ minLength: 1, maxLength: 32 }),
  refund: Type.Integer({ minimum: 1 }),
});
export const RefundOrderBody = object({
  amount: Type.Integer({ minimum: 1, description: "kopecks" }),
  payee: object({
    name: Type.String({ minLength: 1, maxLength: 160 }),
    /** "" where the payee gave none. */
    inn: Type.String({ pattern: "^(\\d{10}|\\d{12})?$" }),
    account: Type.String({ pattern: "^\\d{20}$" }),
    bankName: Type.String({ minLength: 1, maxLength: 160 }),
    bic: Type.String({ pattern: "^\\d{9}$" }),
    correspondentAccount: Type.String({ pattern: "^\\d{20}$" }),
  }),
  /** Absent = as is usual for a household; a contract has to give it. */
  purpose: Type.Optional(Type.String({ minLength: 1, maxLength: 210 })),
  ground: Ground,
});
export const RefundApprovalBody = object({ ground: Ground });
export const RefundWithdrawalBody = object({
  ground: Ground,
  /** The order was sent, and the bank has refused it. */
  refusedByBank: Type.Boolean(),
});
export const RefundAnswerText = object({
  /** Message of the desk that keeps what was said; of an order it is the refund's number. */
  message: Type.Integer(),
  accepted: Type.Boolean(),
  problems: Type.Array(ProblemText),
});

const Refund = object({
  refund: Type.Integer(),
  account: Type.String(),
  amount: Kopecks,
  state: literals(REFUND_STATES),
  /** Masked, as the purpose; of the bank account the last four digits. */
  payee: Type.String(),
  payeeAccount: Type.String(),
  bankName: Type.String(),
  purpose: Type.String(),
  ground: Type.String(),
  orderedBy: Type.String(),
  orderedAt: Instant,
  approvedBy: orNull(Type.String()),
  /** Payment order, once approved. */
  order: orNull(object({ number: Type.Integer(), day: DayText })),
  withdrawnBy: orNull(Type.String()),
  withdrawnFor: orNull(Type.String()),
  /** Row of the statement. */
  executed: orNull(OriginRef),
  delivery: orNull(
    object({
      destination: Type.String(),
      state: literals(DELIVERY_STATES),
      text: orNull(Type.String()),
    }),
  ),
});
export const Refunds = object({ refunds: Type.Array(Refund) });
export const AccountRefunds = object({
  /** What of the advance can still be ordered; 0 where there is none. */
  refundable: Kopecks,
  refunds: Type.Array(Refund),
});

export type RefundRow = Static<typeof Refund>;
export type RefundsAnswer = Static<typeof Refunds>;
export type AccountRefundsAnswer = Static<typeof AccountRefunds>;
export type RefundSaidAnswer = Static<typeof RefundAnswerText>;
