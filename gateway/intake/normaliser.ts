import { setTimeout as sleep } from "node:timers/promises";
import type { MessageId } from "../../normalizer/model/ids.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import { claimMessages } from "../../normalizer/store/messages.ts";
import { INBOX_CHANNEL } from "./accept.ts";
import type { Intake } from "./process.ts";
import { processMessages } from "./process.ts";
import { WaitingDesk } from "./waiting.ts";

export interface NormaliserOptions {
  readonly signal: AbortSignal;
  /** Messages of one transaction per shard; larger groups cost memory and save commits. */
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** How often the inbox is looked at when no wake-up comes. */
  readonly pollMs: number;
  /** Told of what stops the work for now: the store is away, or one message fails time and again. */
  readonly onFailure: (error: unknown, message: MessageId | null) => void;
}

/** A message that fails for another reason than its bytes is tried again after this. */
const RETRY_MS = 10_000;

/**
 * Takes the inbox to its end and then waits for more, until the signal. Any number may run at once, in threads or
 * processes: a message is claimed by one of them, and a shard's lock orders what they write.
 */
export async function runNormaliser(intake: Intake, options: NormaliserOptions): Promise<void> {
  const { signal, onFailure } = options;
  const desk = new WaitingDesk(intake);
  const wake = new Wake();
  const stopListening = await intake.database.listen(INBOX_CHANNEL, () => wake.ring());
  const failedUntilMs = new Map<MessageId, number>();
  while (!signal.aborted) {
    let takenCount = 0;
    try {
      takenCount = await processNext(intake, options, failedUntilMs);
      if (takenCount === 0) await desk.take();
    } catch (error) {
      onFailure(error, null);
    }
    if (takenCount === 0) await wake.wait(options.pollMs, signal);
  }
  await stopListening();
}

/**
 * Claims the next messages and brings them to their end. When a group fails, its messages are tried one by one, so
 * that one of them cannot hold up the others.
 *
 * @returns number of messages claimed; 0 = the inbox is empty
 */
async function processNext(
  intake: Intake,
  { messagesMax, bytesMax, onFailure }: NormaliserOptions,
  failedUntilMs: Map<MessageId, number>,
): Promise<number> {
  const nowMs = performance.now();
  for (const [message, untilMs] of failedUntilMs) {
    if (untilMs <= nowMs) failedUntilMs.delete(message);
  }
  return intake.database.transaction(async (claim) => {
    const except = new Set(failedUntilMs.keys());
    const messages = await claimMessages(claim, { messagesMax, bytesMax, except });
    if (messages.length === 0) return 0;
    try {
      await processMessages(intake, messages);
    } catch (error) {
      if (messages.length === 1) failed(messages[0], error);
      else {
        for (const message of messages) {
          try {
            await processAgain(intake, message);
          } catch (failure) {
            failed(message, failure);
          }
        }
      }
    }
    return messages.length;
  });

  function failed(message: InboxMessage | undefined, error: unknown): void {
    if (message !== undefined) failedUntilMs.set(message.message, nowMs + RETRY_MS);
    onFailure(error, message?.message ?? null);
  }
}

/** The claim still holds; the group may have brought the message to its end before it failed. */
async function processAgain(intake: Intake, message: InboxMessage): Promise<void> {
  await processMessages(intake, [message]);
}

class Wake {
  #rung = false;
  #waiting: AbortController | null = null;

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort();
  }

  /** Resolves at the next ring, at once when it rang since the last wait, or after the time. */
  async wait(timeMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      this.#waiting = new AbortController();
      const either = AbortSignal.any([signal, this.#waiting.signal]);
      try {
        await sleep(timeMs, undefined, { signal: either });
      } catch (error) {
        if (!either.aborted) throw error;
      }
      this.#waiting = null;
    }
    this.#rung = false;
  }
}
