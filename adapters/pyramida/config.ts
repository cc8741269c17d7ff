import type { Static } from "typebox";
import { Type } from "typebox";
import { Create } from "typebox/value";

const MEBIBYTE = 1024 * 1024;

const Tolerances = {
  classAliases: Type.Array(Type.String({ pattern: "^[0-9]{5}$" }), {
    default: [],
    description: "Further message classes that are read as 80020, e.g. 80025 or 80040.",
  }),
  decimalComma: Type.Boolean({
    default: false,
    description: "Reads «12,5» as a number, with the warning DECIMAL_COMMA.",
  }),
};

/** How the bytes of a channel are read. */
export const PyramidaProfileSchema = Type.Object(
  {
    ...Tolerances,
    partners: Type.Record(Type.String(), Type.Object(Tolerances, { additionalProperties: false }), {
      default: {},
      description: "The same two settings for one sender only, by its ИНН.",
    }),
    sizeBytesMax: Type.Integer({
      minimum: 1024,
      maximum: 1024 * MEBIBYTE,
      default: 64 * MEBIBYTE,
      description: "Largest XML, unpacked; more is LIMIT_EXCEEDED.",
    }),
    depthMax: Type.Integer({
      minimum: 8,
      maximum: 256,
      default: 32,
      description: "Deepest nesting of elements; more is LIMIT_EXCEEDED.",
    }),
  },
  { additionalProperties: false },
);
export type PyramidaProfile = Static<typeof PyramidaProfileSchema>;

/** Every key at its default. */
export const DEFAULT_PROFILE: PyramidaProfile = Create(PyramidaProfileSchema) as PyramidaProfile;

/**
 * Where files come from. HTTP upload needs no settings here: the channel's secret switches it on.
 */
export const PyramidaConfigSchema = Type.Object(
  {
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Watched folder; a file is taken when its size has stood still, then moved to done/.",
      }),
    ),
    settleMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        default: 2_000,
        description: "How long a file must not have been written to before it is taken, ms.",
      }),
    ),
    uploadBytesMax: Type.Optional(
      Type.Integer({
        minimum: 1024,
        default: 64 * MEBIBYTE,
        description: "Largest body of an upload; more is answered with HTTP 413.",
      }),
    ),
    archive: Type.Optional(
      Type.Object(
        {
          entriesMax: Type.Optional(
            Type.Integer({ minimum: 1, default: 400, description: "Files in one zip." }),
          ),
          ratioMax: Type.Optional(
            Type.Integer({ minimum: 1, default: 100, description: "Unpacked to packed size." }),
          ),
          entryBytesMax: Type.Optional(
            Type.Integer({
              minimum: 1024,
              default: 64 * MEBIBYTE,
              description: "Largest file in a zip, unpacked.",
            }),
          ),
        },
        { additionalProperties: false, description: "Limits of a zip." },
      ),
    ),
  },
  { additionalProperties: false },
);
export type PyramidaConfig = Static<typeof PyramidaConfigSchema>;
