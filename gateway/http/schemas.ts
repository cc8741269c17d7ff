import type { Static, TSchema } from "typebox";
import { Type } from "typebox";
import { ENTRY_KINDS } from "../../normalizer/model/facts.ts";
import { LINE_KINDS, ZONES } from "../../normalizer/model/lines.ts";
import { DELIVERY_STATES } from "../../normalizer/model/outbound.ts";
import type { FileOutcome } from "../../normalizer/model/problems.ts";
import { MONEY_SOURCES } from "../../normalizer/model/records.ts";
import { ROLES } from "../access/roles.ts";
import type { SourceKind } from "./names.ts";
import { OUTCOME_NAMES, SOURCE_KIND_NAMES } from "./names.ts";

/**
 * Answers of the console's interface. Money is in whole kopecks, energy of accounts in 10⁻⁴ kWh,
 * half-hours in 10⁻⁶ kWh, prices in 10⁻⁵ ₽/kWh, all as integers; days are "2026-01-31", months
 * "2026-01", instants ISO with offset.
 */
const object = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });
const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const literals = <Text extends string>(texts: readonly Text[]) =>
  Type.Enum([...texts] as [Text, ...Text[]]);

const Kopecks = Type.Integer({ description: "kopecks" });
const VolumeE4 = Type.Integer({ description: "10⁻⁴ kWh" });
const DayText = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" });
const MonthText = Type.String({ pattern: "^\\d{4}-\\d{2}$" });
const Instant = Type.String({ description: "ISO 8601 with offset" });

export const NumberParams = object({ number: Type.String({ minLength: 1, maxLength: 32 }) });
export const SearchQuery = object({ search: Type.String({ minLength: 1, maxLength: 32 }) });
export const MonthQuery = object({ month: MonthText });
export const MessageParams = object({ id: Type.Integer({ minimum: 1 }) });
export const ChannelParams = object({ channel: Type.String({ minLength: 1, maxLength: 64 }) });

export const Refusal = object({
  error: object({ code: Type.String(), text: Type.String(), remedy: Type.String() }),
});

/** Place inside a message; `at` is a byte offset or a row from 1, as the message's kind has it. */
export const OriginRef = object({
  message: Type.Integer({ minimum: 0 }),
  at: Type.Integer({ minimum: 0 }),
});

export const LoginBody = object({
  login: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
export const Me = object({
  login: Type.String(),
  name: Type.String(),
  role: literals(Object.keys(ROLES) as (keyof typeof ROLES)[]),
  roleName: Type.String(),
  districts: orNull(Type.Array(Type.String())),
  csrfToken: Type.String(),
});

export const SiteKind = literals(["PRIVATE_HOUSE", "MKD", "BUSINESS"]);
export const AccountHit = object({
  number: Type.String(),
  holder: Type.String({ description: "masked" }),
  address: Type.String(),
  premises: Type.String(),
  siteKind: SiteKind,
});
export const AccountHits = object({ accounts: Type.Array(AccountHit) });
export const AccountCard = object({
  number: Type.String(),
  holder: Type.String({ description: "masked" }),
  siteKind: SiteKind,
  address: Type.String(),
  district: Type.String(),
  premises: Type.String(),
  servedFrom: DayText,
  servedTo: orNull(DayText),
  /** Household: tariff category, residents, area. */
  household: orNull(
    object({
      category: Type.String(),
      norm: orNull(Type.String()),
      residents: orNull(Type.Integer()),
      areaM2: Type.String(),
    }),
  ),
  /** Business contract. */
  contract: orNull(
    object({
      inn: Type.String(),
      priceCategory: Type.Integer(),
      maxPowerKw: Type.String(),
      voltageLevel: Type.String(),
    }),
  ),
});
export const Revealed = object({ holder: Type.String() });

export const Readings = object({
  meters: Type.Array(
    object({
      meter: Type.Integer(),
      serial: Type.String(),
      zones: Type.Array(literals(ZONES)),
      ratio: Type.Integer(),
      from: DayText,
      to: orNull(DayText),
      origin: OriginRef,
    }),
  ),
  readings: Type.Array(
    object({
      meter: Type.Integer(),
      /** The law's day: the state at its end. */
      readOn: DayText,
      values: Type.Array(VolumeE4),
      source: Type.String(),
      /** False = a newer version replaced it. */
      inForce: Type.Boolean(),
      origin: OriginRef,
    }),
  ),
});

export const Intervals = object({
  month: MonthText,
  zone: Type.String(),
  points: Type.Array(
    object({
      point: Type.Integer(),
      name: Type.String(),
      channel: Type.Integer(),
      days: Type.Array(
        object({
          day: DayText,
          /** Half-hours of the local day: 48, on clock-change days 46 or 50; null = gap. */
          values: Type.Array(orNull(Type.Integer())),
          qualities: Type.String(),
          origins: Type.Array(orNull(OriginRef)),
        }),
      ),
    }),
  ),
});

/** A problem in words, with what to do. */
export const ProblemText = object({
  code: Type.String(),
  text: Type.String(),
  remedy: Type.String(),
  at: Type.String(),
  object: orNull(Type.String()),
  /** A remark: nothing was held back for it. */
  harmless: Type.Boolean(),
});

const lineFields = {
  run: Type.Integer(),
  period: MonthText,
  ordinal: Type.Integer(),
  kind: literals(LINE_KINDS),
  rule: Type.String(),
  ruleVersion: Type.Integer(),
  zone: literals(ZONES),
  range: Type.Integer(),
  origin: MonthText,
  volume: VolumeE4,
  price: orNull(Type.Integer()),
  amount: Kopecks,
  vat: orNull(Kopecks),
};
export const ChargeLine = object(lineFields);
export const Charges = object({
  months: Type.Array(
    object({
      period: MonthText,
      volume: VolumeE4,
      amount: Kopecks,
      /** Part of `amount` that belongs to earlier months. */
      recalculated: Kopecks,
      lines: Type.Array(ChargeLine),
      /** Why the account, or a part of it, was not billed in the month. */
      problems: Type.Array(ProblemText),
    }),
  ),
});

export const Balance = object({
  /** Positive = долг, negative = переплата. */
  balance: Kopecks,
  months: Type.Array(
    object({
      period: MonthText,
      opening: Kopecks,
      charged: Kopecks,
      corrected: Kopecks,
      penalty: Kopecks,
      paid: Kopecks,
      closing: Kopecks,
      entries: Type.Array(
        object({
          kind: literals(ENTRY_KINDS),
          valueDay: DayText,
          origin: orNull(MonthText),
          amount: Kopecks,
          source: orNull(OriginRef),
        }),
      ),
    }),
  ),
});

export const TimelineEvent = object({
  /** Day the event is about. */
  day: DayText,
  kind: literals(["fact", "reading", "charge", "payment", "document"]),
  title: Type.String(),
  detail: Type.String(),
  amount: orNull(Kopecks),
  /** Month whose explanation shows the amount. */
  month: orNull(MonthText),
  origin: orNull(OriginRef),
  /** When the hub got to know of it; null for what the hub computed. */
  recordedAt: orNull(Instant),
  author: orNull(Type.String()),
  inForce: Type.Boolean(),
});
export const Timeline = object({ events: Type.Array(TimelineEvent) });

export const ExplainedSource = object({
  text: Type.String(),
  origin: OriginRef,
  /** Name of the message; null when it is not kept any more. */
  message: orNull(Type.String()),
});
export const ExplainedStep = object({
  clause: Type.String(),
  text: Type.String(),
  formula: Type.String(),
  result: Type.String(),
  rounding: orNull(Type.String()),
  sources: Type.Array(ExplainedSource),
});
export const Explanation = object({
  month: MonthText,
  /** Steps that several lines share. */
  shared: Type.Array(ExplainedStep),
  lines: Type.Array(
    object({
      ...lineFields,
      steps: Type.Array(ExplainedStep),
      /** The repeated computation gave the stored amount. */
      equal: Type.Boolean(),
    }),
  ),
});

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

const State = literals(DELIVERY_STATES);
const Count = Type.Integer({ minimum: 0 });
const DestinationName = Type.String({ minLength: 1, maxLength: 64 });
const ObjectKey = Type.String({ minLength: 1, maxLength: 200 });
const CodeText = Type.String({ minLength: 1, maxLength: 64 });

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

export const NumberMonthParams = object({
  number: Type.String({ minLength: 1, maxLength: 32 }),
  month: MonthText,
});
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

const checkedProblem = object({
  code: Type.String(),
  at: Type.String(),
  text: Type.String(),
  object: Type.Optional(Type.String()),
  remedy: Type.String(),
  harmless: Type.Boolean(),
});
const checkedFields = {
  source: Type.String(),
  file: Type.String(),
  sha256: Type.String(),
  outcome: literals(Object.keys(OUTCOME_NAMES) as FileOutcome[]),
  problems: Type.Array(checkedProblem),
  records: object({
    accepted: Type.Integer(),
    warned: Type.Integer(),
    waiting: Type.Integer(),
    rejected: Type.Integer(),
  }),
  sums: Type.Array(
    object({
      key: Type.String(),
      count: Type.Integer(),
      total: Type.String({ description: "exact decimal in `unit`" }),
      unit: Type.String(),
      /** Entry of a zip of several. */
      file: Type.Optional(Type.String()),
    }),
  ),
  receipt: orNull(Type.Integer()),
};
export const CheckQuery = object({
  source: literals(Object.keys(SOURCE_KIND_NAMES) as SourceKind[]),
  /** "store": senders, points, meters and earlier readings are asked for; "none": the file only. */
  against: Type.Optional(literals(["store", "none"])),
});
/** What `hub check-file --json` prints, and the remedy of each problem. */
export const Checked = object({
  ...checkedFields,
  entries: Type.Optional(Type.Array(object(checkedFields))),
});

export const UploadReceipts = object({
  receipts: Type.Array(
    object({ message: Type.Integer(), sha256: Type.String(), duplicate: Type.Boolean() }),
  ),
});

export type ProblemAnswer = Static<typeof ProblemText>;
export type MeAnswer = Static<typeof Me>;
export type AccountHitAnswer = Static<typeof AccountHit>;
export type AccountCardAnswer = Static<typeof AccountCard>;
export type ReadingsAnswer = Static<typeof Readings>;
export type IntervalsAnswer = Static<typeof Intervals>;
export type ChargeLineAnswer = Static<typeof ChargeLine>;
export type ChargesAnswer = Static<typeof Charges>;
export type BalanceAnswer = Static<typeof Balance>;
export type TimelineEventAnswer = Static<typeof TimelineEvent>;
export type ExplanationAnswer = Static<typeof Explanation>;
export type ExplainedStepAnswer = Static<typeof ExplainedStep>;
export type MessageCardAnswer = Static<typeof MessageCard>;
export type MessageListAnswer = Static<typeof MessageList>;
export type ExcerptAnswer = Static<typeof Excerpt>;
export type CheckedAnswer = Static<typeof Checked>;
export type DestinationsAnswer = Static<typeof Destinations>;
export type DeliveriesAnswer = Static<typeof Deliveries>;
export type AccountDeliveriesAnswer = Static<typeof AccountDeliveries>;
export type DeliveryCardAnswer = Static<typeof DeliveryCard>;
export type ExchangeTextAnswer = Static<typeof ExchangeText>;
export type MovedAnswer = Static<typeof Moved>;
export type UnrecognisedAnswer = Static<typeof Unrecognised>;
export type RecognisedAnswer = Static<typeof Recognised>;
export type AccountPaymentsAnswer = Static<typeof AccountPayments>;
export type DocumentsAnswer = Static<typeof Documents>;
export type PaymentDocumentAnswer = Static<typeof PaymentDocumentContent>;
export type PaymentDocumentReplyAnswer = Static<typeof PaymentDocumentReply>;
