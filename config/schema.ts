import type { Static } from "typebox";
import { Type } from "typebox";

const seconds = (fallback: number, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 86_400, default: fallback, description }));

/** Hours [from, to) of the counterpart's local time on days of the month; from > to passes midnight. */
const Window = Type.Object(
  {
    fromDay: Type.Integer({ minimum: 1, maximum: 31, description: "First day of the month." }),
    toDay: Type.Integer({ minimum: 1, maximum: 31, description: "Last day of the month." }),
    fromHour: Type.Integer({ minimum: 0, maximum: 23, description: "Hour at which it opens." }),
    toHour: Type.Integer({
      minimum: 1,
      maximum: 24,
      description: "Hour at which it closes; below fromHour = on the next day.",
    }),
  },
  { additionalProperties: false },
);

const Delivery = Type.Object(
  {
    zone: Type.Optional(
      Type.String({
        default: "Europe/Moscow",
        description: "IANA time zone of the counterpart, for its windows.",
      }),
    ),
    windows: Type.Optional(
      Type.Array(Window, { default: [], description: "When messages may be sent; none = always." }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: 4,
        description: "Calls of the counterpart at once.",
      }),
    ),
    messagesPerMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: "Messages sent in a minute at most; without it there is no limit.",
      }),
    ),
    breakerFailures: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 5,
        description: "Failures in a row after which the destination rests.",
      }),
    ),
    breakerRestSeconds: seconds(30, "First rest; each failure of the trial after it doubles it."),
    breakerRestSecondsMax: seconds(1800, "Longest rest."),
    retrySeconds: seconds(5, "First wait before a repeat; each further one doubles it."),
    retrySecondsMax: seconds(900, "Longest wait before a repeat."),
    maintenanceRestSeconds: seconds(900, "Rest after the counterpart announced works."),
    readBackSeconds: seconds(
      60,
      "After a lost answer: when to ask what arrived; longer than the counterpart works on a message.",
    ),
    pollDelaysSeconds: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: 86_400 }), {
        minItems: 1,
        description: "Waits before the questions for a result instead of the edge's own.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description: "How messages go out, on a channel whose edge sends.",
  },
);

const Channel = Type.Object(
  {
    id: Type.String({
      pattern: "^[a-z0-9][a-z0-9-]{0,62}$",
      description: "Name of the channel in URLs, logs, metrics and the console.",
    }),
    kind: Type.String({ description: "Edge that speaks on it: a folder of adapters/." }),
    organisation: Type.Integer({ minimum: 1, description: "Organisation that the channel is of." }),
    secretEnvironment: Type.Optional(
      Type.String({
        pattern: "^[A-Z][A-Z0-9_]*$",
        description:
          "Environment variable with the sender's secret; without it HTTP upload is off.",
      }),
    ),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "Settings of the edge; its README lists them.",
      }),
    ),
    profile: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "How the edge reads the bytes; its README lists the keys.",
      }),
    ),
    delivery: Type.Optional(Delivery),
  },
  { additionalProperties: false },
);

/** config/hub.yaml. Secrets are named here and live only in the environment. */
export const HubConfig = Type.Object(
  {
    http: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(
            Type.String({ default: "127.0.0.1", description: "Address to listen on." }),
          ),
          port: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 65_535,
              default: 8080,
              description: "0 = any free.",
            }),
          ),
          secureCookies: Type.Optional(
            Type.Boolean({ default: true, description: "Off only for plain HTTP on loopback." }),
          ),
        },
        { additionalProperties: false, description: "Console, API and uploads." },
      ),
    ),
    dataFolder: Type.Optional(
      Type.String({
        default: "data",
        description: "Embedded database and watched folders; relative to the working folder.",
      }),
    ),
    normalisers: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: 2,
        description: "Messages taken from the inbox at once.",
      }),
    ),
    runWorkers: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 64,
        default: 2,
        description:
          "Threads that compute billing runs started in the console; 0 = another hub does.",
      }),
    ),
    channels: Type.Optional(Type.Array(Channel, { default: [], description: "Configured edges." })),
  },
  { additionalProperties: false },
);

export type HubConfigFile = Static<typeof HubConfig>;
export type ChannelConfig = Static<typeof Channel>;
export type DeliveryConfig = Static<typeof Delivery>;
