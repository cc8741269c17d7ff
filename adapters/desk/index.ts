import type { SourceAdapter } from "../contract.ts";
import type { DeskConfig, DeskProfile } from "./config.ts";
import { DeskConfigSchema, DeskProfileSchema } from "./config.ts";
import { parse } from "./parse.ts";

/** What people enter at the hub's own screens and command line. */
export const adapter: SourceAdapter<DeskConfig, DeskProfile> = {
  kind: "desk",
  configSchema: DeskConfigSchema,
  profileSchema: DeskProfileSchema,
  open: () => Promise.resolve({ close: () => Promise.resolve() }),
  parse,
};
