import type { Static } from "typebox";
import { Type } from "typebox";
import { Create } from "typebox/value";

const MEBIBYTE = 1024 * 1024;

/** How the statements of a channel are read. */
export const BankProfileSchema = Type.Object(
  {
    sizeBytesMax: Type.Integer({
      minimum: 1024,
      maximum: 1024 * MEBIBYTE,
      default: 64 * MEBIBYTE,
      description: "Largest statement; it is held whole while it is read. More is LIMIT_EXCEEDED.",
    }),
    rowsMax: Type.Integer({
      minimum: 1,
      maximum: 2_000_000,
      default: 200_000,
      description: "Most documents of one statement; more is LIMIT_EXCEEDED.",
    }),
    amountMaxKopecks: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 100_000_000_000,
      description: "Largest amount of one document, kopecks; more is AMOUNT_TOO_LARGE.",
    }),
  },
  { additionalProperties: false },
);
export type BankProfile = Static<typeof BankProfileSchema>;

/** Every key at its default. */
export const DEFAULT_PROFILE: BankProfile = Create(BankProfileSchema) as BankProfile;

export const DEFAULT_TIME_ZONE = "Europe/Moscow";
export const DEFAULT_SENDER = "energohub";

/**
 * Where statements come from and payment orders go. HTTP upload needs no settings here: the channel's secret switches
 * it on.
 */
export const BankConfigSchema = Type.Object(
  {
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Watched folder of statements; one is taken when its size has stood still, then moved to done/.",
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
    ordersFolder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Folder from which the bank's client program takes 1c_to_kl files; without it nothing is paid.",
      }),
    ),
    sender: Type.Optional(
      Type.String({
        minLength: 1,
        default: DEFAULT_SENDER,
        description: "«Отправитель» of the order files: the program that the bank knows.",
      }),
    ),
    timeZone: Type.Optional(
      Type.String({
        minLength: 1,
        default: DEFAULT_TIME_ZONE,
        description: "IANA zone of the day and time of writing an order file.",
      }),
    ),
  },
  { additionalProperties: false },
);
export type BankConfig = Static<typeof BankConfigSchema>;
