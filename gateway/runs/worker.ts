import { parentPort, workerData } from "node:worker_threads";
import { connect } from "../../normalizer/store/database.ts";
import type { ThreadTask } from "./threads.ts";
import { workOn } from "./work.ts";

const { hubUrl, run } = workerData as ThreadTask;
const stop = new AbortController();
parentPort?.once("message", () => stop.abort());

const database = connect({
  url: hubUrl,
  connectionsMax: 2,
  application: "hub bill",
  onIdleError: (error) => process.stderr.write(`${error.message}\n`),
});
try {
  await workOn(database, run, {
    workers: 1,
    onProgress: (progress) => parentPort?.postMessage(progress),
    signal: stop.signal,
  });
} finally {
  await database.close();
  parentPort?.close();
}
