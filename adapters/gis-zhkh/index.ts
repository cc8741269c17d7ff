import type { SourceAdapter } from "../contract.ts";
import type { GisZhkhConfig, GisZhkhProfile } from "./config.ts";
import { GisZhkhConfigSchema, GisZhkhProfileSchema } from "./config.ts";
import { openNotices } from "./notices.ts";
import { parse } from "./parse.ts";

export { target } from "./target.ts";

/** Payment notices that banks have placed in ГИС ЖКХ. */
export const adapter: SourceAdapter<GisZhkhConfig, GisZhkhProfile> = {
  kind: "gis-zhkh",
  configSchema: GisZhkhConfigSchema,
  profileSchema: GisZhkhProfileSchema,
  open: (config, context) => openNotices(config, context, process.env),
  parse,
};
