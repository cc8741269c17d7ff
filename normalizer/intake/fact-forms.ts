import type { FactKind } from "../model/fact-bodies.ts";

/** What one field of a fact may hold; a person types all of them as text. */
export type FieldForm =
  | { readonly type: "text"; readonly optional?: true }
  | { readonly type: "count"; readonly min: number; readonly optional?: true }
  | {
      readonly type: "decimal";
      readonly scale: number;
      readonly sign: "ABOVE_ZERO" | "NOT_ZERO" | "FROM_ZERO";
      readonly optional?: true;
    }
  | { readonly type: "day"; readonly optional?: true }
  | { readonly type: "flag"; readonly optional?: true }
  | { readonly type: "word"; readonly words: readonly string[]; readonly optional?: true }
  | { readonly type: "zones"; readonly optional?: true };

/** How a person states the days of a fact, and how these become its half-open validity. */
export type DaysForm =
  /** «с D», «по D включительно»: the day after the last one is the first that is over. */
  | "INCLUSIVE"
  /** Day of departure and day of arrival, neither a full day of absence (п. 91): they are the validity. */
  | "LEFT_RETURNED"
  /** Act of installation on D, with the reading of D: counts from the day after; likewise the removal. */
  | "ACT"
  /** One month, «ГГГГ-ММ». */
  | "MONTH"
  /** Made from the days of the act itself. */
  | "BREACH"
  /** Month of the day `on` of the document. */
  | "ON";

export interface FactForm {
  /** What the fact is about. */
  readonly of: "ACCOUNT" | "METER" | "SITE" | "PREMISES" | "SWITCH";
  /** What names one of several facts of the same account: a document, a category; null where there is one at a time. */
  readonly name: string | null;
  readonly days: DaysForm;
  readonly fields: Readonly<Record<string, FieldForm>>;
  /** A second person approves what the first has entered. */
  readonly fourEyes?: true;
}

const above = (scale: number): FieldForm => ({ type: "decimal", scale, sign: "ABOVE_ZERO" });
const persons: FieldForm = { type: "count", min: 1 };
const text: FieldForm = { type: "text" };
const optionalDay: FieldForm = { type: "day", optional: true };
const ofAct: FactForm = { of: "ACCOUNT", name: null, days: "INCLUSIVE", fields: { act: text } };

/** Facts that people enter, by kind. Areas, units and powers have at most 4 decimals, money and percents 2. */
export const FACT_FORMS = {
  residents: {
    of: "ACCOUNT",
    name: null,
    days: "INCLUSIVE",
    fields: { count: { type: "count", min: 0 } },
  },
  owners: { of: "ACCOUNT", name: null, days: "INCLUSIVE", fields: { count: persons } },
  "fixed-volume": {
    of: "ACCOUNT",
    name: null,
    days: "INCLUSIVE",
    fields: { volume: { type: "decimal", scale: 4, sign: "FROM_ZERO" } },
  },
  stop: {
    of: "ACCOUNT",
    name: null,
    days: "INCLUSIVE",
    fields: { reason: { type: "word", words: ["SUSPENDED", "CHARGING_STOPPED"] } },
  },
  "access-refused": ofAct,
  "meter-delay": ofAct,
  "meter-impossible": ofAct,
  absence: {
    of: "ACCOUNT",
    name: "номер заявления",
    days: "LEFT_RETURNED",
    fields: { persons },
  },
  breach: {
    of: "ACCOUNT",
    name: "номер акта",
    days: "BREACH",
    fields: {
      type: { type: "word", words: ["TAMPER", "UNAUTHORISED"] },
      detected: { type: "day" },
      eliminated: { type: "day" },
      sealed: optionalDay,
      previousCheck: optionalDay,
      connected: optionalDay,
      powerKw: { type: "decimal", scale: 4, sign: "ABOVE_ZERO", optional: true },
    },
  },
  benefit: {
    of: "ACCOUNT",
    name: "категория льготы",
    days: "INCLUSIVE",
    fields: {
      beneficiaries: persons,
      standard: above(4),
      percent: above(2),
      family: { type: "flag" },
    },
  },
  "plot-use": {
    of: "ACCOUNT",
    name: "направление использования",
    days: "INCLUSIVE",
    fields: { units: above(4) },
  },
  "manual-recalculation": {
    of: "ACCOUNT",
    name: "номер документа",
    days: "MONTH",
    fields: { amount: { type: "decimal", scale: 2, sign: "NOT_ZERO" } },
    fourEyes: true,
  },
  "write-off": {
    of: "ACCOUNT",
    name: "номер приказа",
    days: "MONTH",
    fields: {
      debt: { type: "word", words: ["PRINCIPAL", "PENALTY", "COURT_COSTS"] },
      amount: above(2),
      on: { type: "day" },
      reason: {
        type: "word",
        words: ["LIMITATION", "BANKRUPTCY", "DEATH", "IMPOSSIBLE", "SMALL_BALANCE"],
      },
    },
    fourEyes: true,
  },
  "court-costs": {
    of: "ACCOUNT",
    name: "номер судебного акта",
    days: "ON",
    fields: {
      type: { type: "word", words: ["STATE_DUTY", "EXPENSES"] },
      amount: above(2),
      on: { type: "day" },
    },
    fourEyes: true,
  },
  "penalty-hold": {
    of: "ACCOUNT",
    name: "номер документа",
    days: "INCLUSIVE",
    fields: { reason: { type: "word", words: ["INSTALMENT", "DISPUTE", "BANKRUPTCY"] } },
  },
  occupancy: {
    of: "ACCOUNT",
    name: null,
    days: "INCLUSIVE",
    fields: {
      premises: text,
      part: { type: "word", words: ["WHOLE", "ROOM", "SHARE"] },
      livingAreaM2: { type: "decimal", scale: 4, sign: "ABOVE_ZERO", optional: true },
      section: { type: "text", optional: true },
      weight: { type: "count", min: 1, optional: true },
      primary: { type: "flag", optional: true },
    },
  },
  premises: {
    of: "PREMISES",
    name: "номер помещения",
    days: "INCLUSIVE",
    fields: {
      use: { type: "word", words: ["RESIDENTIAL", "NON_RESIDENTIAL"] },
      areaM2: above(4),
      contract: { type: "text", optional: true },
    },
  },
  house: {
    of: "SITE",
    name: null,
    days: "INCLUSIVE",
    fields: {
      management: { type: "word", words: ["MANAGED", "DIRECT", "NONE"] },
      totalAreaM2: above(4),
      commonAreaM2: above(4),
      odnNorm: text,
      category: text,
    },
  },
  "odn-carry": {
    of: "SITE",
    name: null,
    days: "MONTH",
    fields: { volume: { type: "decimal", scale: 4, sign: "FROM_ZERO" } },
  },
  meter: {
    of: "METER",
    name: null,
    days: "ACT",
    fields: {
      common: { type: "word", words: ["HOUSE", "FLAT", "SECTION"], optional: true },
      premises: { type: "text", optional: true },
      section: { type: "text", optional: true },
      replaces: { type: "text", optional: true },
      zones: { type: "zones" },
      digits: { type: "count", min: 1 },
      decimals: { type: "count", min: 0 },
      ratio: { type: "count", min: 1 },
    },
  },
  "meter-fault": {
    of: "METER",
    name: null,
    days: "INCLUSIVE",
    fields: { fault: { type: "word", words: ["BROKEN", "LOST", "EXPIRED"] } },
  },
  switch: { of: "SWITCH", name: "имя переключателя", days: "INCLUSIVE", fields: { value: text } },
} as const satisfies Partial<Record<FactKind, FactForm>>;

export type EnteredKind = keyof typeof FACT_FORMS;

export function isEnteredKind(kind: string): kind is EnteredKind {
  return Object.hasOwn(FACT_FORMS, kind);
}

export function formOf(kind: EnteredKind): FactForm {
  return FACT_FORMS[kind];
}
