import type {
  Answer,
  Environment,
  OpenTarget,
  SentBatch,
  StoredBatch,
  TargetAdapter,
} from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { ForeignError } from "./answers.ts";
import { objectResults, refusedAll } from "./answers.ts";
import type { GisChannel } from "./channel.ts";
import { openChannel, questionError } from "./channel.ts";
import type { GisZhkhConfig } from "./config.ts";
import { GisZhkhConfigSchema } from "./config.ts";
import { KINDS, message } from "./encode/message.ts";
import { meaningOf } from "./errors.ts";
import { findDelivered } from "./find-delivered.ts";
import { isOperation, OPERATIONS } from "./operations.ts";

/** Official ladder and patience of the operator (gis-zhkh.md 3.2); the channel's settings may say otherwise. */
const POLL_DELAYS_MS = [10_000, 60_000, 300_000, 900_000, 1_800_000];
const GIVE_UP_MS = 24 * 3_600_000;

/** Accounts, payment documents, their withdrawal and acknowledgements to ГИС ЖКХ. */
export const target: TargetAdapter<GisZhkhConfig> = {
  kind: "gis-zhkh",
  configSchema: GisZhkhConfigSchema,
  objects: KINDS,
  pollDelaysMs: POLL_DELAYS_MS,
  giveUpMs: GIVE_UP_MS,
  open: openTarget,
};

async function openTarget(config: GisZhkhConfig, environment: Environment): Promise<OpenTarget> {
  const channel = await openChannel(config, environment);
  return {
    pollDelaysMs: config.pollDelaysMs,
    giveUpMs: config.giveUpMs,
    encode: async (kind, objects, header) => {
      const { operation, body } = message(kind, objects, config);
      return { operation, bytes: await channel.messageOf(body, header) };
    },
    send: (batch, signal) => send(channel, batch, signal),
    poll: (batch, foreignMessage, signal) => poll(channel, config, batch, foreignMessage, signal),
    findDelivered: (kind, objects, signal) => findDelivered(channel, kind, objects, signal, config),
    close: async () => channel.close(),
  };
}

async function send(channel: GisChannel, batch: StoredBatch, signal: AbortSignal): Promise<Answer> {
  const { answer, bytes } = await channel.send(operationOf(batch), batch.bytes, signal);
  if (answer.kind === "fault" || answer.kind === "error") {
    return refusal(answer.error, keysOf(batch), bytes);
  }
  if (answer.kind !== "ack") {
    throw new DeliveryError("OUTCOME_UNKNOWN", "unknown", `вместо подтверждения: ${answer.kind}`);
  }
  // An acknowledgement of another request says nothing of ours.
  if (answer.requester.toLowerCase() !== batch.messageId.toLowerCase()) {
    const text = `подтверждён чужой запрос ${answer.requester}`;
    throw new DeliveryError("OUTCOME_UNKNOWN", "unknown", text);
  }
  return { kind: "accepted", foreignMessage: answer.message, bytes };
}

async function poll(
  channel: GisChannel,
  { organisation }: GisZhkhConfig,
  batch: SentBatch,
  foreignMessage: string,
  signal: AbortSignal,
): Promise<Answer> {
  const { service } = OPERATIONS[operationOf(batch)];
  const { answer, bytes } = await channel.state(service, foreignMessage, signal);
  switch (answer.kind) {
    case "pending":
      return { kind: "pending", bytes };
    case "done": {
      const results = objectResults(answer.result, batch.kind, batch.keys, organisation);
      return { kind: "results", results, bytes };
    }
    case "error":
      return refusal(answer.error, batch.keys, bytes);
    case "fault":
      throw questionError(answer.error);
    case "ack":
      throw new DeliveryError("OUTCOME_UNKNOWN", "retry", "подтверждение вместо результата");
  }
}

/**
 * The whole message is refused. What a new message may mend, and what is wrong with the objects, is said of each;
 * what is wrong with the channel is thrown.
 */
function refusal(error: ForeignError, keys: readonly string[], bytes: Uint8Array): Answer {
  const { code, remedy } = meaningOf(error.code);
  if (remedy === "stop" || remedy === "unknown" || code === "COUNTERPART_MAINTENANCE") {
    throw questionError(error, keys);
  }
  return { kind: "results", results: refusedAll(keys, error), bytes };
}

function keysOf({ objects }: StoredBatch): readonly string[] {
  return objects.map(({ key }) => key);
}

function operationOf({ operation }: Pick<SentBatch, "operation">): keyof typeof OPERATIONS {
  if (isOperation(operation)) return operation;
  throw new DeliveryError("SCHEMA_INVALID", "park", `операция «${operation}» неизвестна`);
}
