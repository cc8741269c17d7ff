/** ГИС ЖКХ in a thread of its own: it must not take the hub's time, nor wait for it. */
import { parentPort, workerData } from "node:worker_threads";
import { startGisZhkh } from "../gis-zhkh/gis-zhkh.ts";

export interface CounterpartRequest {
  readonly organisation: string;
  readonly pollsBeforeResult: number;
}

/** Answer to each message that the thread gets. */
export interface CounterpartReport {
  readonly ownMs: number;
  readonly bytesIn: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly accounts: number;
  readonly documents: number;
  readonly duplicates: number;
  readonly duplicateGuids: number;
}

const { organisation, pollsBeforeResult } = workerData as CounterpartRequest;
const gis = await startGisZhkh({ organisations: [organisation], pollsBeforeResult });
parentPort?.on("message", () => {
  const { counters, accounts, documents, duplicates } = gis.state;
  const report: CounterpartReport = {
    ownMs: counters.ownMs,
    bytesIn: counters.bytesIn,
    requests: { ...counters.requests },
    accounts: accounts.size,
    documents: documents.size,
    duplicates: duplicates.length,
    duplicateGuids: counters.duplicateGuids.length,
  };
  parentPort?.postMessage(report);
});
parentPort?.postMessage(gis.origin);
