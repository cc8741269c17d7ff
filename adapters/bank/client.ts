import type { OpenSource, SourceContext } from "../contract.ts";
import { partsOf, openFolder as watchFolder } from "../shared/folder.ts";
import type { BankConfig } from "./config.ts";

/** Watches the configured folder; without one the channel only takes uploads. A statement is one capture. */
export function openFolder(config: BankConfig, context: SourceContext): Promise<OpenSource> {
  return watchFolder(config, context, ({ path, name, envelope }) =>
    context.accept([{ name, receivedAtMs: Date.now(), parts: partsOf(path), envelope }]),
  );
}
