import { type Static, type TSchema, Type } from "typebox";

// Answers of the console's interface. Money is in whole kopecks, energy of accounts in 10⁻⁴ kWh,
// half-hours in 10⁻⁶ kWh, prices in 10⁻⁵ ₽/kWh, all as integers; days are "2026-01-31", months
// "2026-01", instants ISO with offset.

export const object = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });
export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
export const literals = <Text extends string>(texts: readonly Text[]) =>
  Type.Enum([...texts] as [Text, ...Text[]]);
export const Kopecks = Type.Integer({ description: "kopecks" });
export const VolumeE4 = Type.Integer({ description: "10⁻⁴ kWh" });
export const DayText = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" });
export const MonthText = Type.String({ pattern: "^\\d{4}-\\d{2}$" });
export const Instant = Type.String({ description: "ISO 8601 with offset" });
export const NumberParams = object({ number: Type.String({ minLength: 1, maxLength: 32 }) });
export const MonthQuery = object({ month: MonthText });
export const Refusal = object({
  error: object({ code: Type.String(), text: Type.String(), remedy: Type.String() }),
});
/** Place inside a message; `at` is a byte offset or a row from 1, as the message's kind has it. */
export const OriginRef = object({
  message: Type.Integer({ minimum: 0 }),
  at: Type.Integer({ minimum: 0 }),
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
export const Count = Type.Integer({ minimum: 0 });
export const CodeText = Type.String({ minLength: 1, maxLength: 64 });
export const NumberMonthParams = object({
  number: Type.String({ minLength: 1, maxLength: 32 }),
  month: MonthText,
});

export type ProblemAnswer = Static<typeof ProblemText>;
