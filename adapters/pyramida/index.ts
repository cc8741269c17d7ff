import type { SourceAdapter } from "../contract.ts";
import { acceptUpload, openFolder } from "./client.ts";
import type { PyramidaConfig, PyramidaProfile } from "./config.ts";
import { PyramidaConfigSchema, PyramidaProfileSchema } from "./config.ts";
import { parse } from "./parse.ts";

export { zipLimits } from "./client.ts";
export { encode } from "./encode.ts";
export { isZip, openZip } from "./zip.ts";

/** Half-hours of АСКУЭ «Пирамида» and everyone else who speaks class 80020. */
export const adapter: SourceAdapter<PyramidaConfig, PyramidaProfile> = {
  kind: "pyramida",
  configSchema: PyramidaConfigSchema,
  profileSchema: PyramidaProfileSchema,
  open: openFolder,
  acceptUpload,
  parse,
};
