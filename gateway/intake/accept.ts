import type { Capture, Receipt } from "../../adapters/contract.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { storeMessages } from "../../normalizer/store/messages.ts";
import type { IntakeChannel } from "./channels.ts";

/** NOTIFY channel on which normalisers hear that the inbox has something. */
export const INBOX_CHANNEL = "energohub_inbox";

/**
 * Commits captures to the inbox; once it resolves the sender may be acknowledged. One transaction for all of them:
 * either each has its receipt or the sender sends them again.
 */
export async function acceptCaptures(
  database: Database,
  channel: Pick<IntakeChannel, "id" | "organisation">,
  captures: readonly Capture[],
): Promise<readonly Receipt[]> {
  const stored = await storeMessages(
    database,
    captures.map((capture) => ({
      organisation: channel.organisation,
      channel: channel.id,
      name: capture.name,
      receivedAtMs: capture.receivedAtMs,
      parts: capture.parts,
      envelope: capture.envelope,
    })),
  );
  await database.execute("select pg_notify($1, '')", [INBOX_CHANNEL]);
  return stored;
}
