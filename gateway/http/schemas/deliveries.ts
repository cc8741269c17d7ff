import { type Static, Type } from "typebox";
import { DELIVERY_STATES } from "../../../normalizer/model/outbound.ts";
import { CodeText, Count, Instant, literals, object, orNull } from "./common.ts";

export const State = literals(DELIVERY_STATES);
export const DestinationName = Type.String({ minLength: 1, maxLength: 64 });
export const ObjectKey = Type.String({ minLength: 1, maxLength: 200 });
export const DestinationParams = object({ destination: DestinationName });
export const Destinations = object({
  destinations: Type.Array(
    object({
      destination: DestinationName,
      counts: object(
        Object.fromEntries(DELIVERY_STATES.map((state) => [state, Count])) as Record<
          (typeof DELIVERY_STATES)[number],
          typeof Count
        >,
      ),
      /** Since when the oldest unsettled delivery stands as it does. */
      oldestSince: orNull(Instant),
      lastSuccess: orNull(Instant),
      /** Why nothing is sent now; `stopped` until a person releases it. */
      pause: orNull(
        object({
          stopped: Type.Boolean(),
          code: orNull(Type.String()),
          text: Type.String(),
          remedy: Type.String(),
          until: orNull(Instant),
          author: Type.String(),
          at: Instant,
        }),
      ),
    }),
  ),
});
const deliveryFields = {
  destination: DestinationName,
  shard: Type.Integer(),
  object: ObjectKey,
  kind: Type.String(),
  account: orNull(Type.String()),
  state: State,
  attempts: Count,
  nextAt: orNull(Instant),
  changedAt: Instant,
  code: orNull(Type.String()),
  /** The counterpart's own code and words. */
  foreignCode: orNull(Type.String()),
  text: orNull(Type.String()),
  /** What to do, by our code. */
  remedy: Type.String(),
};
export const DeliveryQuery = object({
  destination: DestinationName,
  state: Type.Optional(State),
  code: Type.Optional(CodeText),
  account: Type.Optional(Type.String({ maxLength: 32 })),
  /** `next` of the page before. */
  cursor: Type.Optional(ObjectKey),
});
export const Deliveries = object({
  deliveries: Type.Array(object(deliveryFields)),
  next: orNull(ObjectKey),
  /** Causes of the whole destination, the most frequent first. */
  causes: Type.Array(
    object({ state: State, code: Type.String(), text: Type.String(), count: Count }),
  ),
});
export const AccountDeliveries = object({ deliveries: Type.Array(object(deliveryFields)) });
export const DeliveryParams = object({
  destination: DestinationName,
  shard: Type.Integer({ minimum: 0, maximum: 256 }),
  object: ObjectKey,
});
export const DeliveryCard = object({
  ...deliveryFields,
  foreignIds: Type.Record(Type.String(), Type.String()),
  needs: Type.Array(object({ object: Type.String(), state: orNull(State) })),
  attemptList: Type.Array(
    object({
      exchange: Type.Integer(),
      operation: Type.String(),
      messageId: Type.String(),
      foreignMessage: orNull(Type.String()),
      state: Type.String(),
      outcome: orNull(Type.String()),
      createdAt: Instant,
      sentAt: orNull(Instant),
      endedAt: orNull(Instant),
      polls: Count,
      objects: Count,
      requestBytes: Count,
      answerBytes: orNull(Count),
      code: orNull(Type.String()),
      foreignCode: orNull(Type.String()),
      text: orNull(Type.String()),
    }),
  ),
});
export const ExchangeParams = object({
  exchange: Type.Integer({ minimum: 1 }),
  part: literals(["request", "answer"]),
});
export const ExchangeQuery = object({
  /** Byte to begin with. */
  offset: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Text to look for instead. */
  find: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
});
export const ExchangeText = object({
  exchange: Type.Integer(),
  destination: DestinationName,
  operation: Type.String(),
  sizeBytes: Count,
  masked: Type.Boolean(),
  pieces: Type.Array(object({ label: Type.String(), text: Type.String(), marked: Type.Boolean() })),
  /** Byte that the next window begins with; null = this was the last. */
  next: orNull(Count),
});
export const MoveParams = object({
  destination: DestinationName,
  move: literals(["hold", "release", "resend", "withdraw"]),
});
/** Some deliveries by their objects, or all of a cause; code null = those without one, "any" = whatever it is. */
export const MoveBody = Type.Union([
  object({ objects: Type.Array(ObjectKey, { minItems: 1, maxItems: 300 }) }),
  object({ state: State, code: orNull(CodeText) }),
]);
export const Moved = object({ moved: Count });

export type DestinationsAnswer = Static<typeof Destinations>;
export type DeliveriesAnswer = Static<typeof Deliveries>;
export type AccountDeliveriesAnswer = Static<typeof AccountDeliveries>;
export type DeliveryCardAnswer = Static<typeof DeliveryCard>;
export type ExchangeTextAnswer = Static<typeof ExchangeText>;
export type MovedAnswer = Static<typeof Moved>;
