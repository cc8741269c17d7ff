import type { Static } from "typebox";
import { Type } from "typebox";
import { READING_SOURCES } from "../../normalizer/model/records.ts";

const MEBIBYTE = 1024 * 1024;

/**
 * How the rows of a channel are read. Column names are compared without letter case and outer
 * blanks.
 */
export const TabularProfileSchema = Type.Object(
  {
    source: Type.Union(
      READING_SOURCES.map((source) => Type.Literal(source)),
      { default: "PORTAL", description: "Who read the meters: decides between two readings." },
    ),
    account: Type.Array(Type.String({ minLength: 1 }), {
      default: ["account", "лицевой счёт", "лицевой счет", "лс"],
      description: "Names of the account's column; the column may be absent.",
    }),
    meter: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      default: ["meter", "прибор", "номер прибора", "пу"],
      description: "Names of the meter serial's column.",
    }),
    date: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      default: ["date", "дата", "дата показания"],
      description: "Names of the column with the day of the reading: 2021-03-25 or 25.03.2021.",
    }),
    zones: Type.Record(
      Type.Union([Type.Literal("T0"), Type.Literal("T1"), Type.Literal("T2"), Type.Literal("T3")]),
      Type.Array(Type.String({ minLength: 1 })),
      {
        default: {
          T0: ["t0", "показание"],
          T1: ["t1", "день"],
          T2: ["t2", "ночь"],
          T3: ["t3", "полупик"],
        },
        description: "Names of the columns with register states, by zone.",
      },
    ),
    decimalComma: Type.Boolean({
      default: false,
      description: "Reads «12,5» as a number, with the warning DECIMAL_COMMA.",
    }),
    sizeBytesMax: Type.Integer({
      minimum: 1024,
      maximum: 64 * MEBIBYTE,
      default: 16 * MEBIBYTE,
      description: "Largest file; more is LIMIT_EXCEEDED.",
    }),
    rowsMax: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 200_000,
      description: "Most rows of one file; more is LIMIT_EXCEEDED.",
    }),
  },
  { additionalProperties: false },
);
export type TabularProfile = Static<typeof TabularProfileSchema>;

/** Files come by upload or by `hub ingest`; there is nothing to set. */
export const TabularConfigSchema = Type.Object({}, { additionalProperties: false });
export type TabularConfig = Static<typeof TabularConfigSchema>;
