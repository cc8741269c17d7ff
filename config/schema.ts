import type { Static } from "typebox";
import { Type } from "typebox";

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
    channels: Type.Optional(Type.Array(Channel, { default: [], description: "Configured edges." })),
  },
  { additionalProperties: false },
);

export type HubConfigFile = Static<typeof HubConfig>;
export type ChannelConfig = Static<typeof Channel>;
