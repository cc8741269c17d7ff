import { setTimeout as sleep } from "node:timers/promises";
import type { Receipt, SourceAdapter, Upload } from "../../adapters/contract.ts";
import type { MessageId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { InboxMessage, MessageOutcome } from "../../normalizer/store/messages.ts";
import { lockMessage, readMessages, readOutcome } from "../../normalizer/store/messages.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { acceptCaptures } from "./accept.ts";
import type { IntakeChannel } from "./channels.ts";
import { processMessages } from "./process.ts";
import { SenderBook } from "./routes.ts";

/** A message that was brought in, at its end. */
export interface Ingested {
  readonly message: InboxMessage;
  readonly duplicate: boolean;
  readonly outcome: MessageOutcome | null;
}

export interface IngestRequest {
  readonly channel: IntakeChannel;
  readonly adapter: SourceAdapter<unknown, unknown>;
  /** Settings of the edge, for taking an archive apart. */
  readonly settings: unknown;
  readonly upload: Upload;
  readonly receivedAtMs: number;
  readonly signal: AbortSignal;
}

const LEGS_AT_ONCE = 2;
const OTHER_POLL_MS = 50;

/**
 * Brings a file in as an upload would: committed to the inbox first, then taken to its end here, or
 * by a running hub if that was quicker.
 */
export async function ingest(
  database: Database,
  request: IngestRequest,
): Promise<readonly Ingested[]> {
  const ingested: Ingested[] = [];
  for (const receipt of await accept(database, request)) {
    const message = await toItsEnd(database, request, receipt.message as MessageId);
    const outcome = await readOutcome(database, message.message);
    ingested.push({ message, duplicate: receipt.duplicate, outcome });
  }
  return ingested;
}

async function accept(
  database: Database,
  { channel, adapter, settings, upload, receivedAtMs, signal }: IngestRequest,
): Promise<readonly Receipt[]> {
  const context = {
    accept: (captures: Parameters<typeof acceptCaptures>[2]) =>
      acceptCaptures(database, channel, captures),
    signal,
  };
  if (adapter.acceptUpload !== undefined) return adapter.acceptUpload(upload, settings, context);
  const { name, bytes, envelope } = upload;
  return context.accept([{ name, receivedAtMs, parts: bytes, envelope }]);
}

async function toItsEnd(
  database: Database,
  { channel }: IngestRequest,
  id: MessageId,
): Promise<InboxMessage> {
  const intake = {
    database,
    channels: new Map([[channel.id, channel]]),
    senders: new SenderBook(database),
    legsAtOnce: LEGS_AT_ONCE,
    run: inShard,
  };
  for (;;) {
    const message = await database.transaction(async (claim) => {
      const mine = await lockMessage(claim, id);
      const [found] = await readMessages(database, [id]);
      if (found === undefined) throw new Error(`message ${id} has gone from the inbox`);
      if (found.state !== "received" && found.state !== "posting") return found;
      if (mine) await processMessages(intake, [found]);
      return null;
    });
    if (message !== null) return message;
    await sleep(OTHER_POLL_MS);
  }
}
