import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Transaction } from "../../normalizer/store/database.ts";
import { DELIVERY_CHANNEL, takeDestination } from "../../normalizer/store/deliveries.ts";
import type { DeliveryBoundary, Destination } from "./destination.ts";
import type { Clock, Random } from "./pace.ts";
import { projectNews } from "./projector.ts";
import { Sender } from "./sender.ts";

export interface EngineOptions {
  readonly database: Database;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  readonly random: Random;
  readonly newMessageId: () => string;
  /** Gets what went wrong; the work goes on. */
  readonly onFailure: (error: unknown) => void;
  readonly boundary?: (name: DeliveryBoundary) => void;
  /** How often is looked for work when no wake-up comes. */
  readonly pollMs: number;
}

/** After a failure of our own side: the store is away. */
const AFTER_FAILURE_MS = 1_000;
/** Another process sends to the destination; it may end. */
const LOCKED_MS = 5_000;
/** What is under way when the hub stops may end in this time; then it is broken off, and read back later. */
const GRACE_MS = 10_000;

/** Projectors and senders of all destinations. Any number of hub processes may run them on one store. */
export async function startDeliveries(options: EngineOptions): Promise<{ stop(): Promise<void> }> {
  const stop = new AbortController();
  const bell = new Bell();
  const { database, destinations } = options;
  if (destinations.length === 0) return { stop: async () => undefined };
  const stopListening = await database.listen(DELIVERY_CHANNEL, () => bell.ring());
  const loops = destinations.flatMap((destination) => [
    runProjector(options, destination, stop.signal),
    runSender(options, destination, bell, stop.signal),
  ]);
  return {
    async stop() {
      stop.abort();
      bell.ring();
      await Promise.all(loops);
      await stopListening();
    },
  };
}

async function runProjector(
  { database, clock, onFailure, pollMs, boundary }: EngineOptions,
  { id, organisation, projection }: Destination,
  signal: AbortSignal,
): Promise<void> {
  if (projection === null) return;
  const projector = {
    database,
    clock,
    destination: id,
    organisation,
    projection,
    ...(boundary === undefined ? {} : { boundary }),
  };
  while (!signal.aborted) {
    try {
      const { failures } = await projectNews(projector);
      for (const failure of failures) onFailure(failure);
    } catch (error) {
      onFailure(error);
    }
    await pause(pollMs, signal);
  }
}

/** One sender per destination over all processes: the lock lasts as long as its connection, and a kill frees it. */
async function runSender(
  options: EngineOptions,
  destination: Destination,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let isTaken = false;
    try {
      isTaken = await options.database.transaction(async (lock) => {
        if (!(await takeDestination(lock, destination.id))) return false;
        await sendUntil(options, destination, lock, bell, signal);
        return true;
      });
    } catch (error) {
      options.onFailure(error);
    }
    if (!signal.aborted) await pause(isTaken ? AFTER_FAILURE_MS : LOCKED_MS, signal);
  }
}

async function sendUntil(
  options: EngineOptions,
  destination: Destination,
  lock: Transaction,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const breakOff = new AbortController();
  const lost = new AbortController();
  const ending = AbortSignal.any([signal, lost.signal]);
  const sender = new Sender({ ...options, destination, signal: breakOff.signal });
  const lane = async () => {
    while (!ending.aborted) {
      let job: Awaited<ReturnType<Sender["next"]>> = null;
      try {
        job = await sender.next();
        await job?.();
      } catch (error) {
        options.onFailure(error);
        await pause(AFTER_FAILURE_MS, ending);
      }
      if (job !== null) bell.ring();
      else await bell.wait(waitMs(options, sender), ending);
    }
  };
  const watch = async () => {
    while (!ending.aborted) {
      try {
        await lock.query("select");
      } catch (error) {
        lost.abort();
        throw error;
      }
      await pause(options.pollMs, ending);
    }
  };
  const lanes = Array.from({ length: destination.limits.concurrency }, lane);
  const grace = async () => {
    await pause(Number.MAX_SAFE_INTEGER, ending);
    await sleep(GRACE_MS, undefined, { ref: false });
    breakOff.abort();
  };
  void grace();
  // All have ended before a failure is told: the next sender must not find what this one still sends.
  for (const ended of await Promise.allSettled([...lanes, watch()])) {
    if (ended.status === "rejected") throw ended.reason;
  }
}

function waitMs({ clock, pollMs }: EngineOptions, sender: Sender): number {
  const untilMs = sender.nextAtMs;
  return untilMs === null ? pollMs : Math.max(1, Math.min(pollMs, untilMs - clock.nowMs()));
}

/** Wakes everybody who waits. */
class Bell {
  #rung = new AbortController();

  ring(): void {
    this.#rung.abort();
    this.#rung = new AbortController();
  }

  wait(timeMs: number, signal: AbortSignal): Promise<void> {
    return pause(timeMs, AbortSignal.any([signal, this.#rung.signal]));
  }
}

/** Node's timers hold 2³¹ − 1 ms. */
const TIMER_MS_MAX = 2_147_483_647;

async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(timeMs, TIMER_MS_MAX), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
