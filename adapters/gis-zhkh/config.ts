import type { Static } from "typebox";
import { Type } from "typebox";

const GUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const ENVIRONMENT_NAME = "^[A-Z][A-Z0-9_]{0,63}$";

/** `nsiRef`: code and GUID must both match the list's current element (gis-zhkh.md 8). */
const ListItem = {
  code: Type.String({
    pattern: "^(A?[0-9]{1,4}\\.?)+$",
    maxLength: 20,
    description: "Code of the list item.",
  }),
  guid: Type.String({ pattern: GUID, description: "GUID of the list item." }),
  name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1200, description: "Name of the list item." }),
  ),
};

const Secret = (of: string) =>
  Type.String({
    pattern: ENVIRONMENT_NAME,
    description: `Name of the environment variable with ${of}.`,
  });

/** Reference to an item of a list (НСИ). */
export interface ListReference {
  readonly code: string;
  readonly guid: string;
  readonly name?: string | undefined;
}

/** How ГИС ЖКХ is reached, and in whose name. The same for documents out and payment notices in. */
export const GisZhkhConfigSchema = Type.Object(
  {
    address: Type.String({
      pattern: "^https?://[^\\s/]+$",
      description:
        "Scheme, host and port: the tunnel's loopback port, a test stand, or https://api.dom.gosuslugi.ru.",
    }),
    organisation: Type.String({
      pattern: GUID,
      description: "orgPPAGUID: in whose name messages are sent.",
    }),
    operatorSignature: Type.Boolean({
      default: true,
      description: "IsOperatorSignature: the signing certificate is the system operator's.",
    }),
    basic: Type.Optional(
      Type.Object(
        { login: Secret("the login"), password: Secret("the password") },
        { additionalProperties: false, description: "HTTP Basic of the test stands." },
      ),
    ),
    signature: Type.Union(
      [
        Type.Object({ kind: Type.Literal("none") }, { additionalProperties: false }),
        Type.Object(
          {
            kind: Type.Literal("rsa"),
            key: Secret("the key, PEM"),
            certificate: Type.String({ minLength: 1, description: "File, PEM." }),
            issuer: Type.Optional(
              Type.String({ minLength: 1, description: "X509IssuerName as ГИС ЖКХ spells it." }),
            ),
          },
          { additionalProperties: false },
        ),
        Type.Object(
          {
            kind: Type.Literal("gost"),
            engine: Type.String({ minLength: 1, description: "File of OpenSSL's GOST engine." }),
            key: Secret("the key, PEM"),
            certificate: Type.String({ minLength: 1, description: "File, PEM." }),
            issuer: Type.Optional(
              Type.String({ minLength: 1, description: "X509IssuerName as ГИС ЖКХ spells it." }),
            ),
          },
          { additionalProperties: false },
        ),
      ],
      { description: "How requests are signed; «none» only for stands that do not ask for it." },
    ),
    timeoutMs: Type.Integer({
      minimum: 100,
      maximum: 600_000,
      default: 120_000,
      description: "Longest wait for one HTTP answer, ms.",
    }),
    pollDelaysMs: Type.Array(Type.Integer({ minimum: 1 }), {
      minItems: 1,
      default: [10_000, 60_000, 300_000, 900_000, 1_800_000],
      description: "Waits before the questions for a result, ms; the last one repeats.",
    }),
    giveUpMs: Type.Integer({
      minimum: 1_000,
      default: 86_400_000,
      description: "After this time without a result the outcome is unknown, ms.",
    }),
    contract: Type.Optional(
      Type.String({
        pattern: GUID,
        description: "ContractGUID of the supply contract that accounts are opened under.",
      }),
    ),
    closeReason: Type.Object(ListItem, {
      additionalProperties: false,
      default: {
        code: "11",
        guid: "7ee8b4db-dabc-40eb-9009-f4f80b36bfe5",
        name: "Расторжение договора",
      },
      description: "Item of list 22 for a closed account.",
    }),
    services: Type.Array(
      Type.Object(
        {
          zone: Type.Union([
            Type.Literal("T0"),
            Type.Literal("T1"),
            Type.Literal("T2"),
            Type.Literal("T3"),
          ]),
          ...ListItem,
        },
        { additionalProperties: false },
      ),
      { minItems: 1, description: "Own list 51: the main service of each zone." },
    ),
    penalty: Type.Optional(
      Type.Object(
        {
          ...ListItem,
          cause: Type.String({
            minLength: 1,
            maxLength: 1000,
            default: "Пени, ч. 14 ст. 155 ЖК РФ",
            description: "Ground as the document states it.",
          }),
        },
        { additionalProperties: false, description: "Item of list 329 for penalties." },
      ),
    ),
    confirmAmounts: Type.Boolean({
      default: false,
      description: "ConfirmAmountsCorrect: ГИС ЖКХ does not recompute the sums.",
    }),
    noticeDays: Type.Integer({
      minimum: 1,
      maximum: 7,
      default: 7,
      description: "How many days back payment notices are read at each poll.",
    }),
    noticePageSize: Type.Integer({
      minimum: 100,
      maximum: 1000,
      default: 1000,
      description: "Notices per answer.",
    }),
  },
  { additionalProperties: false },
);
export type GisZhkhConfig = Static<typeof GisZhkhConfigSchema>;

/** How notices are read; there is nothing to choose. */
export const GisZhkhProfileSchema = Type.Object({}, { additionalProperties: false });
export type GisZhkhProfile = Static<typeof GisZhkhProfileSchema>;
