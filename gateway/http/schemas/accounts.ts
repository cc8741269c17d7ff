import { type Static, Type } from "typebox";
import { ENTRY_KINDS } from "../../../normalizer/model/facts.ts";
import { LINE_KINDS, ZONES } from "../../../normalizer/model/lines.ts";
import {
  DayText,
  Instant,
  Kopecks,
  literals,
  MonthText,
  OriginRef,
  object,
  orNull,
  ProblemText,
  VolumeE4,
} from "./common.ts";

export const SearchQuery = object({ search: Type.String({ minLength: 1, maxLength: 32 }) });
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
      costs: Kopecks,
      paid: Kopecks,
      writtenOff: Kopecks,
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
