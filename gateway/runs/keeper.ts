import { setTimeout as sleep } from "node:timers/promises";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { isPaused, wantedRuns } from "../../normalizer/store/run-control.ts";
import { readProgress } from "../../normalizer/store/runs.ts";
import { checkComplete } from "./check.ts";
import { withChunks } from "./create.ts";
import { workInThreads } from "./threads.ts";

export interface KeeperOptions {
  readonly database: Database;
  /** Address of the store in the hub's role, for the threads. */
  readonly hubUrl: string;
  /** Threads of this hub. */
  readonly workers: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Works on the runs that people have started in the console, the oldest first, until the signal. Any number of hubs may
 * do so at once: they share the chunks. A hub that was killed goes on after its start.
 */
export async function keepRuns(options: KeeperOptions): Promise<void> {
  const { database, pollMs, signal, onFailure } = options;
  while (!signal.aborted) {
    try {
      for (const { run } of await wantedRuns(database)) await workOnWanted(options, run);
    } catch (error) {
      onFailure(error);
    }
    if (!signal.aborted) await sleep(pollMs, undefined, { signal }).catch(ignoreAbort);
  }
}

async function workOnWanted(
  { database, hubUrl, workers, pollMs, signal }: KeeperOptions,
  run: RunId,
): Promise<void> {
  const paused = new AbortController();
  const stop = AbortSignal.any([signal, paused.signal]);
  const look = setInterval(() => {
    isPaused(database, run).then(
      (isSo) => isSo && paused.abort(),
      // The threads ask the same store: they end with its failure.
      () => paused.abort(),
    );
  }, pollMs);
  try {
    // They come in one statement: a run has all of its chunks or none.
    if ((await readProgress(database, run)).chunks === 0) await withChunks(database, run);
    const work = { workers, hubUrl, signal: stop, onProgress: () => undefined };
    if (await workInThreads(database, run, work)) await checkComplete(database, run);
  } finally {
    clearInterval(look);
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== "AbortError") throw error;
}
