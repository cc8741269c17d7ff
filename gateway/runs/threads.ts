import { Worker } from "node:worker_threads";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { isRunDone } from "../../normalizer/store/runs.ts";
import type { Progress, WorkOptions } from "./work.ts";

export interface ThreadOptions extends Omit<WorkOptions, "registry"> {
  /** Address of the store in the hub's role: each thread has a connection of its own. */
  readonly hubUrl: string;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly hubUrl: string;
  readonly run: RunId;
}

/** Room for the objects of a few batches of sites, which die young and at once. */
const YOUNG_GENERATION_MEBIBYTES = 48;

/**
 * Like `workOn`, by `workers` threads of this process, for as many cores.
 *
 * @throws whatever a thread failed with; the others stop after their chunk
 */
export async function workInThreads(
  database: Database,
  run: RunId,
  { workers, hubUrl, onProgress, signal }: ThreadOptions,
): Promise<boolean> {
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const threads = Array.from({ length: workers }, () =>
    thread({ hubUrl, run }, onProgress, stopped).catch((error) => {
      stop.abort();
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(threads)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return isRunDone(database, run);
}

function thread(
  task: ThreadTask,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEBIBYTES },
    });
    const stop = () => worker.postMessage("stop");
    signal.addEventListener("abort", stop);
    worker.on("message", onProgress);
    worker.on("error", reject);
    worker.on("exit", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
