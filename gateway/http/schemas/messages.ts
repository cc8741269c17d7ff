import { type Static, Type } from "typebox";
import { Instant, literals, object, ProblemText } from "./common.ts";

export const MessageParams = object({ id: Type.Integer({ minimum: 1 }) });
export const ChannelParams = object({ channel: Type.String({ minLength: 1, maxLength: 64 }) });
export const MessageState = literals([
  "received",
  "posting",
  "posted",
  "waiting",
  "quarantined",
  "rejected",
  "duplicate",
]);
const messageFields = {
  id: Type.Integer(),
  channel: Type.String(),
  name: Type.String(),
  receivedAt: Instant,
  sizeBytes: Type.Integer(),
  state: MessageState,
};
export const MessageList = object({
  messages: Type.Array(object({ ...messageFields, codes: Type.Array(Type.String()) })),
});
export const MessageCard = object({
  ...messageFields,
  sha256: Type.String(),
  envelope: Type.Record(Type.String(), Type.String()),
  problems: Type.Array(ProblemText),
});
export const MessageListQuery = object({
  state: Type.Optional(MessageState),
  code: Type.Optional(Type.String({ maxLength: 64 })),
  /** Messages older than this id: the next page. */
  before: Type.Optional(Type.Integer({ minimum: 1 })),
});
export const ExcerptQuery = object({
  at: Type.Integer({ minimum: 0 }),
  /** Account whose value stands at `at`; required of people who see only some districts. */
  account: Type.Optional(Type.String({ maxLength: 32 })),
});
export const Excerpt = object({
  message: Type.Integer(),
  name: Type.String(),
  channel: Type.String(),
  receivedAt: Instant,
  sizeBytes: Type.Integer(),
  unit: literals(["byte", "row"]),
  at: Type.Integer(),
  encoding: Type.String(),
  masked: Type.Boolean(),
  /** Lines or pieces of text; the one that `at` means is marked. */
  pieces: Type.Array(object({ label: Type.String(), text: Type.String(), marked: Type.Boolean() })),
  /** Sixteen bytes a row; a masked byte is "··". */
  hex: Type.Array(
    object({ offset: Type.Integer(), bytes: Type.Array(Type.String()), text: Type.String() }),
  ),
});
export const UploadReceipts = object({
  receipts: Type.Array(
    object({ message: Type.Integer(), sha256: Type.String(), duplicate: Type.Boolean() }),
  ),
});

export type MessageCardAnswer = Static<typeof MessageCard>;
export type MessageListAnswer = Static<typeof MessageList>;
export type ExcerptAnswer = Static<typeof Excerpt>;
