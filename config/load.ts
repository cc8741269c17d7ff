import { readFile } from "node:fs/promises";
import { Compile } from "typebox/compile";
import { parseDocument } from "yaml";
import type { ChannelConfig, HubConfigFile } from "./schema.ts";
import { HubConfig } from "./schema.ts";

/** hub.yaml with every default filled in. */
export interface HubSettings {
  readonly http: { readonly host: string; readonly port: number; readonly secureCookies: boolean };
  readonly dataFolder: string;
  readonly normalisers: number;
  readonly runWorkers: number;
  readonly channels: readonly ChannelConfig[];
}

/** All problems of a configuration at once, each with its path: "/channels/0/id must match …". */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(file: string, problems: readonly string[]) {
    super(`${file}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const validator = Compile(HubConfig);

/**
 * Reads and checks hub.yaml.
 *
 * @throws ConfigError when the file is no YAML, has unknown keys or values out of range; never a half-read config
 */
export async function loadConfig(file: string): Promise<HubSettings> {
  return parseConfig(await readFile(file, "utf8"), file);
}

export function parseConfig(text: string, file: string): HubSettings {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => error.message),
    );
  }
  const value: unknown = document.toJS() ?? {};
  if (!validator.Check(value)) {
    throw new ConfigError(
      file,
      validator.Errors(value).map((error) => `${error.instancePath || "/"} ${error.message}`),
    );
  }
  return withDefaults(value, file);
}

function withDefaults(value: HubConfigFile, file: string): HubSettings {
  const channels = value.channels ?? [];
  const repeated = channels
    .map(({ id }) => id)
    .filter((id, index, ids) => ids.indexOf(id) !== index);
  if (repeated.length > 0) {
    throw new ConfigError(
      file,
      repeated.map((id) => `/channels: id «${id}» stands more than once`),
    );
  }
  return {
    http: {
      host: value.http?.host ?? "127.0.0.1",
      port: value.http?.port ?? 8080,
      secureCookies: value.http?.secureCookies ?? true,
    },
    dataFolder: value.dataFolder ?? "data",
    normalisers: value.normalisers ?? 2,
    runWorkers: value.runWorkers ?? 2,
    channels,
  };
}
