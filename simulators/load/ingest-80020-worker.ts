/** One normaliser in a thread of its own, as the hub runs them. */
import { workerData } from "node:worker_threads";
import { DEFAULT_PROFILE } from "../../adapters/pyramida/config.ts";
import { parse } from "../../adapters/pyramida/parse.ts";
import type { IntakeChannel } from "../../gateway/intake/channels.ts";
import { runNormaliser } from "../../gateway/intake/normaliser.ts";
import { SenderBook } from "../../gateway/intake/routes.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { connect } from "../../normalizer/store/database.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";

export interface WorkerRequest {
  readonly url: string;
  readonly legsAtOnce: number;
  readonly messagesMax: number;
  /** Set to 1 when the normaliser shall end. */
  readonly stop: SharedArrayBuffer;
}

const request = workerData as WorkerRequest;
const database = connect({
  url: request.url,
  connectionsMax: request.legsAtOnce + 4,
  application: "bench ingest-80020",
  onIdleError: (error) => {
    throw error;
  },
});
const channel: IntakeChannel = {
  id: "bench",
  organisation: 1 as OrganisationId,
  parse: parse as IntakeChannel["parse"],
  profile: DEFAULT_PROFILE,
};
const stopping = new AbortController();
const watch = setInterval(() => {
  if (Atomics.load(new Int32Array(request.stop), 0) === 1) stopping.abort();
}, 20);
await runNormaliser(
  {
    database,
    channels: new Map([[channel.id, channel]]),
    senders: new SenderBook(database),
    legsAtOnce: request.legsAtOnce,
    run: inShard,
  },
  {
    signal: stopping.signal,
    messagesMax: request.messagesMax,
    bytesMax: 256 * 1_048_576,
    pollMs: 100,
    onFailure: (error) => {
      throw error;
    },
  },
);
clearInterval(watch);
await database.close();
