import type { SourceAdapter } from "../contract.ts";
import { openFolder } from "./client.ts";
import type { BankConfig, BankProfile } from "./config.ts";
import { BankConfigSchema, BankProfileSchema } from "./config.ts";
import { parse } from "./parse.ts";

export { target } from "./target.ts";

/** Bank statements in 1CClientBankExchange. */
export const adapter: SourceAdapter<BankConfig, BankProfile> = {
  kind: "bank",
  configSchema: BankConfigSchema,
  profileSchema: BankProfileSchema,
  open: openFolder,
  parse,
};
