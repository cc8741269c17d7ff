import type { OutboundObject } from "../../adapters/contract.ts";
import { DeliveryError } from "../../adapters/contract.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DueDelivery } from "../../normalizer/store/deliveries.ts";
import { dueDeliveries, markUnsent, nextDeliveryMs } from "../../normalizer/store/deliveries.ts";
import type { OpenExchange } from "../../normalizer/store/exchanges.ts";
import {
  newExchangeId,
  openExchanges,
  prepareExchange,
  readRest,
  storeRest,
} from "../../normalizer/store/exchanges.ts";
import type { DeliveryBoundary, Destination } from "./destination.ts";
import type { MessageWork } from "./message.ts";
import { outboundOf, pollMessage, readBack, recoverMessage, sendMessage } from "./message.ts";
import type { Clock, Random } from "./pace.ts";
import { Breaker, TokenBucket } from "./pace.ts";
import { opensAtMs } from "./windows.ts";

export interface SenderOptions {
  readonly database: Database;
  readonly destination: Destination;
  readonly clock: Clock;
  readonly random: Random;
  /** A GUID that no message ever had. */
  readonly newMessageId: () => string;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
  readonly boundary?: (name: DeliveryBoundary) => void;
}

/** One piece of work that is due. */
type Job = () => Promise<void>;

/**
 * Sends to one destination. Everything that it decides by is stored, so a new one goes on where a killed one was: what
 * is due is a stored message that needs its next step, or rows that wait for a message. At most one works at a time
 * (`runSender` sees to that); were there two, the marks in the store would keep them from sending a message twice.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #work: MessageWork;
  readonly #bucket: TokenBucket;
  readonly #active = new Set<number>();
  #sending = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #nextAtMs: number | null = null;

  constructor(options: SenderOptions) {
    const { database, destination, clock, random, signal, onFailure } = options;
    this.#options = options;
    this.#work = {
      database,
      destination,
      clock,
      random,
      signal,
      onFailure,
      breaker: new Breaker(destination.limits),
      boundary: options.boundary ?? (() => undefined),
    };
    this.#bucket = new TokenBucket(destination.limits.messagesPerMinute, clock);
  }

  /** When something falls due that is not due now, as far as the last look has seen; null = nothing is known to. */
  get nextAtMs(): number | null {
    return this.#nextAtMs;
  }

  /** The next piece of work, or null when nothing is due. One look at a time: two would take the same rows. */
  next(): Promise<Job | null> {
    const look = this.#turn.then(() => this.#look());
    this.#turn = look.catch(() => undefined);
    return look;
  }

  /** Does what is due, several at once, until nothing is. @returns when something will be; null = nothing */
  async drain(): Promise<number | null> {
    const lane = async () => {
      let count = 0;
      for (let job = await this.next(); job !== null; job = await this.next()) {
        await job();
        count += 1;
      }
      return count;
    };
    for (;;) {
      const { concurrency } = this.#work.destination.limits;
      const lanes = await Promise.allSettled(Array.from({ length: concurrency }, lane));
      let count = 0;
      for (const ended of lanes) {
        if (ended.status === "rejected") throw ended.reason;
        count += ended.value;
      }
      if (count === 0) return this.#nextAtMs;
    }
  }

  async #look(): Promise<Job | null> {
    const { database, destination, clock } = this.#work;
    this.#nextAtMs = null;
    const rest = await readRest(database, destination.id);
    if (rest?.stopped === true) return null;
    const nowMs = clock.nowMs();
    const isClosed = rest?.code === "WINDOW_CLOSED";
    if (rest !== null && !isClosed && rest.untilMs !== null && rest.untilMs > nowMs) {
      this.#dueAt(rest.untilMs);
      return null;
    }
    const job = await this.#lookAtOpen(nowMs);
    if (job !== null) return job;
    if (this.#work.breaker.isTrying && this.#sending > 0) return null;
    const opens = opensAtMs(destination.limits.windows, destination.limits.zone, nowMs);
    if (opens !== null) {
      this.#dueAt(opens);
      if (!isClosed || rest?.untilMs !== opens) await this.#restUntilWindow(opens, nowMs);
      return null;
    }
    return this.#lookAtWaiting(nowMs);
  }

  #dueAt(atMs: number): void {
    this.#nextAtMs = Math.min(this.#nextAtMs ?? atMs, atMs);
  }

  async #restUntilWindow(untilMs: number, nowMs: number): Promise<void> {
    const { database, destination } = this.#work;
    await storeRest(database, destination.id, destination.organisation, {
      stopped: false,
      code: "WINDOW_CLOSED",
      text: null,
      untilMs,
      author: "hub",
      nowMs,
    });
  }

  /** Messages under way: left by a dead process, to be asked about, to be read back. */
  async #lookAtOpen(nowMs: number): Promise<Job | null> {
    const { database, destination } = this.#work;
    const states = ["prepared", "sent", "accepted", "unknown"] as const;
    // As of before the look: the step of a message that ends meanwhile has left it in another state than is read here.
    const active = new Set(this.#active);
    for (const exchange of await openExchanges(database, destination.id, states)) {
      if (active.has(exchange.id)) continue;
      const isLeft = exchange.state === "prepared" || exchange.state === "sent";
      if (!isLeft && exchange.nextAtMs > nowMs) {
        this.#dueAt(exchange.nextAtMs);
        continue;
      }
      const step = isLeft ? recoverMessage : exchange.state === "accepted" ? pollMessage : readBack;
      return this.#jobOf(exchange.id, () => step(this.#work, exchange));
    }
    return null;
  }

  #jobOf(exchange: number, step: Job): Job {
    this.#active.add(exchange);
    return async () => {
      try {
        await step();
      } finally {
        this.#active.delete(exchange);
      }
    };
  }

  async #lookAtWaiting(nowMs: number): Promise<Job | null> {
    const { database, destination } = this.#work;
    const readyAtMs = this.#bucket.readyAtMs();
    for (const [kind, { batchMax, groupOf }] of Object.entries(destination.target.objects)) {
      const due = { nowMs, max: batchMax };
      const candidates = await dueDeliveries(database, destination.id, kind, due);
      const objects = groupOf === undefined ? candidates : firstGroup(candidates, groupOf);
      if (objects.length === 0) continue;
      if (readyAtMs > nowMs) {
        this.#dueAt(readyAtMs);
        return null;
      }
      // Without a message the rows have changed, or the destination rests now.
      return (await this.#prepare(kind, objects)) ?? this.#look();
    }
    const waiting = await nextDeliveryMs(database, destination.id, nowMs);
    if (waiting !== null) this.#dueAt(waiting);
    return null;
  }

  /** @returns null when the rows must be looked at again: some have changed, or no message could be made of them */
  async #prepare(kind: string, objects: readonly DueDelivery[]): Promise<Job | null> {
    const { database, destination, clock } = this.#work;
    const nowMs = clock.nowMs();
    const id = await newExchangeId(database);
    const messageId = this.#options.newMessageId();
    const message = { id: messageId, atMs: nowMs };
    let encoded: Awaited<ReturnType<typeof destination.open.encode>>;
    try {
      encoded = await destination.open.encode(kind, objects.map(outboundOf), message);
    } catch (error) {
      await this.#notEncoded(id, objects, error);
      return null;
    }
    const exchange: OpenExchange = {
      id,
      kind,
      operation: encoded.operation,
      state: "prepared",
      messageId,
      foreignMessage: null,
      polls: 0,
      sentAtMs: null,
      nextAtMs: nowMs,
    };
    const { id: destinationId, organisation } = destination;
    const isPrepared = await preparing(database, (transaction) =>
      prepareExchange(
        transaction,
        { ...exchange, organisation, destination: destinationId, request: encoded.bytes },
        objects,
        nowMs,
      ),
    );
    if (!isPrepared) return null;
    this.#work.boundary("prepared");
    this.#bucket.take();
    this.#sending += 1;
    return this.#jobOf(id, async () => {
      try {
        await sendMessage(this.#work, exchange, objects, encoded.bytes);
      } finally {
        this.#sending -= 1;
      }
    });
  }

  /** No message of the rows: halves are tried, and what cannot be said alone is refused. Retrying would say no more. */
  async #notEncoded(id: number, objects: readonly DueDelivery[], error: unknown): Promise<void> {
    const { database, destination, clock, onFailure } = this.#work;
    if (!(error instanceof DeliveryError)) onFailure(error);
    const code = error instanceof DeliveryError ? error.code : "FORMAT_REFUSED";
    const text = error instanceof Error ? error.message : String(error);
    const nowMs = clock.nowMs();
    if (error instanceof DeliveryError && error.remedy === "stop") {
      const rest = { stopped: true, code, text, untilMs: null, author: "hub", nowMs };
      return storeRest(database, destination.id, destination.organisation, rest);
    }
    if (error instanceof DeliveryError && error.remedy !== "park") {
      // What the message is made with is away (a signer, a reference list): not the rows' fault.
      const untilMs = nowMs + destination.limits.retryMs;
      const rest = { stopped: false, code, text, untilMs, author: "hub", nowMs };
      return storeRest(database, destination.id, destination.organisation, rest);
    }
    const keys = new Set(error instanceof DeliveryError ? error.keys : []);
    const named = objects.filter(({ object }) => keys.has(object));
    if (named.length > 0 || objects.length === 1) {
      // The others are looked at again, without them.
      const end = { state: "refused", batch: null, code, text, nowMs } as const;
      const refused = named.length > 0 ? named : objects;
      return markUnsent(database, destination.id, refused, end);
    }
    const half = Math.ceil(objects.length / 2);
    for (const [number, part] of [objects.slice(0, half), objects.slice(half)].entries()) {
      const end = { state: "waiting", batch: `${id}/${number + 1}`, code, text, nowMs } as const;
      await markUnsent(database, destination.id, part, end);
    }
  }
}

/** Those that share a message with the first. */
function firstGroup(
  deliveries: readonly DueDelivery[],
  groupOf: (object: OutboundObject) => string,
): readonly DueDelivery[] {
  const [first] = deliveries;
  if (first === undefined) return [];
  const group = groupOf(outboundOf(first));
  return deliveries.filter((delivery) => groupOf(outboundOf(delivery)) === group);
}

class RowsChanged extends Error {}

/** Commits when the work says so, else leaves nothing. */
async function preparing(
  database: Database,
  work: (transaction: Parameters<Parameters<Database["transaction"]>[0]>[0]) => Promise<boolean>,
): Promise<boolean> {
  try {
    await database.transaction(async (transaction) => {
      if (!(await work(transaction))) throw new RowsChanged();
    });
    return true;
  } catch (error) {
    if (error instanceof RowsChanged) return false;
    throw error;
  }
}
