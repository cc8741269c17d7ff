import type { SourceAdapter } from "../contract.ts";
import type { TabularConfig, TabularProfile } from "./config.ts";
import { TabularConfigSchema, TabularProfileSchema } from "./config.ts";
import { parse } from "./parse.ts";

/** Register readings as tables of people: csv by upload and by `hub ingest`. */
export const adapter: SourceAdapter<TabularConfig, TabularProfile> = {
  kind: "tabular",
  configSchema: TabularConfigSchema,
  profileSchema: TabularProfileSchema,
  open: () => Promise.resolve({ close: () => Promise.resolve() }),
  parse,
};
