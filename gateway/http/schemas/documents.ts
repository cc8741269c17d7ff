import { type Static, Type } from "typebox";
import { ZONES } from "../../../normalizer/model/lines.ts";
import {
  DayText,
  Instant,
  Kopecks,
  literals,
  MonthText,
  object,
  orNull,
  ProblemText,
  VolumeE4,
} from "./common.ts";
import { DestinationName, ObjectKey, State } from "./deliveries.ts";

export const Documents = object({
  documents: Type.Array(
    object({
      month: MonthText,
      charged: Kopecks,
      deliveries: Type.Array(
        object({
          destination: DestinationName,
          shard: Type.Integer(),
          object: ObjectKey,
          state: State,
          changedAt: Instant,
          text: orNull(Type.String()),
        }),
      ),
    }),
  ),
});
/** Content of п. 69 ПП РФ 354; names masked. */
export const PaymentDocumentContent = object({
  number: Type.String(),
  account: object({
    number: Type.String(),
    holder: Type.String(),
    address: Type.String(),
    premises: Type.String(),
    areaM2: Type.String(),
    residents: orNull(Type.Integer()),
  }),
  executor: object({
    name: Type.String(),
    inn: Type.String(),
    kpp: Type.String(),
    address: Type.String(),
    phone: Type.String(),
    bankAccount: Type.String(),
    bankName: Type.String(),
    bic: Type.String(),
    correspondentAccount: Type.String(),
  }),
  month: MonthText,
  issuedOn: DayText,
  dueOn: DayText,
  services: Type.Array(
    object({
      name: Type.String(),
      zone: literals(ZONES),
      volume: VolumeE4,
      by: literals(["M", "N", "O"]),
      use: literals(["INDIVIDUAL", "COMMON"]),
      price: Type.Integer(),
      charged: Kopecks,
      increase: Kopecks,
      recalculated: Kopecks,
      benefit: Kopecks,
      total: Kopecks,
    }),
  ),
  recalculations: Type.Array(object({ origin: MonthText, ground: Type.String(), amount: Kopecks })),
  readings: Type.Array(
    object({
      serial: Type.String(),
      zone: literals(ZONES),
      from: orNull(VolumeE4),
      to: VolumeE4,
    }),
  ),
  penalty: Kopecks,
  payable: Kopecks,
  debt: Kopecks,
  advance: Kopecks,
  paid: Kopecks,
  lastPaidOn: orNull(DayText),
  payableWithDebt: Kopecks,
  paymentCode: Type.String(),
});
export const PaymentDocumentReply = object({
  /** Null = nothing of the month is posted, or `refusal` says why it cannot be made. */
  document: orNull(PaymentDocumentContent),
  refusal: orNull(ProblemText),
});

export type DocumentsAnswer = Static<typeof Documents>;
export type PaymentDocumentAnswer = Static<typeof PaymentDocumentContent>;
export type PaymentDocumentReplyAnswer = Static<typeof PaymentDocumentReply>;
