import type { Answer, ObjectResult, OutboundObject, StoredBatch } from "../../adapters/contract.ts";
import { DeliveryError } from "../../adapters/contract.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DueDelivery } from "../../normalizer/store/deliveries.ts";
import type { ExchangeEnd, OpenExchange } from "../../normalizer/store/exchanges.ts";
import {
  endExchange,
  markAccepted,
  markPolled,
  markSent,
  namesUnderWay,
  objectsUnderWay,
  storeRest,
} from "../../normalizer/store/exchanges.ts";
import type { DeliveredEnd } from "./account-names.ts";
import { takeAccountNames } from "./account-names.ts";
import type { DeliveryBoundary, Destination } from "./destination.ts";
import type { Breaker, Clock, Random } from "./pace.ts";
import { backoffMs, repeatsMax } from "./pace.ts";

/** What the steps of a message work with. */
export interface MessageWork {
  readonly database: Database;
  readonly destination: Destination;
  readonly clock: Clock;
  readonly random: Random;
  readonly breaker: Breaker;
  readonly signal: AbortSignal;
  readonly boundary: (name: DeliveryBoundary) => void;
  /** Told of defects: what an edge throws beside DeliveryError. */
  readonly onFailure: (error: unknown) => void;
}

/** Author of a rest that nobody ordered. */
const ENGINE = "hub";

/** The contract's view of a row. */
export function outboundOf(delivery: DueDelivery): OutboundObject {
  return {
    key: delivery.object,
    kind: delivery.kind,
    contentHash: delivery.contentHash,
    content: delivery.content,
    foreignIds: delivery.foreignIds,
    needs: delivery.needs,
  };
}

/**
 * Sends a prepared message and stores what came back. That it is perhaps sent is committed before the first byte
 * leaves, so that whoever finds it without an answer reads back instead of sending again.
 */
export async function sendMessage(
  work: MessageWork,
  prepared: OpenExchange,
  objects: readonly DueDelivery[],
  request: Uint8Array,
): Promise<void> {
  const { database, destination, clock } = work;
  const sentAtMs = clock.nowMs();
  if (!(await markSent(database, prepared.id, sentAtMs))) return;
  const exchange: OpenExchange = { ...prepared, state: "sent", sentAtMs };
  work.boundary("marked sent");
  let answer: Answer;
  try {
    const batch = batchOf(exchange, objects, request);
    answer = await destination.open.send(batch, work.signal);
  } catch (error) {
    work.boundary("answer received");
    return sendFailed(work, exchange, objects, deliveryErrorOf(work, error));
  }
  work.boundary("answer received");
  work.breaker.succeeded();
  if (answer.kind === "results") return storeResults(work, exchange, objects, answer);
  const { foreignMessage } = { foreignMessage: "", ...answer };
  if (answer.kind === "pending" || destination.open.poll === undefined) {
    const text = "Контрагент принял сообщение, но результата спросить нельзя";
    return becomeUnknown(work, exchange, objects, "OUTCOME_UNKNOWN", text);
  }
  const nowMs = clock.nowMs();
  const nextAtMs = nowMs + pollDelayMs(work, 0);
  await database.transaction((transaction) =>
    markAccepted(transaction, destination.id, exchange.id, objects, {
      foreignMessage,
      bytes: answer.bytes,
      nowMs,
      nextAtMs,
    }),
  );
  work.boundary("accepted");
}

function batchOf(
  { operation, messageId }: OpenExchange,
  objects: readonly DueDelivery[],
  bytes: Uint8Array,
): StoredBatch {
  return { operation, bytes, messageId, objects: objects.map(outboundOf) };
}

/** By the ladder of the edge or of the configuration; the last wait repeats, a tenth of it is chance. */
function pollDelayMs({ destination, random }: MessageWork, polls: number): number {
  const delaysMs =
    destination.limits.pollDelaysMs ??
    destination.open.pollDelaysMs ??
    destination.target.pollDelaysMs;
  const delayMs = delaysMs[Math.min(polls, delaysMs.length - 1)] ?? 0;
  return Math.ceil(delayMs * (1 + random() / 10));
}

/** An edge that throws anything else has a defect: what it was doing is of unknown outcome. */
function deliveryErrorOf(work: MessageWork, error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  work.onFailure(error);
  const text = error instanceof Error ? error.message : String(error);
  return new DeliveryError("OUTCOME_UNKNOWN", "unknown", text, { cause: error });
}

async function sendFailed(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  error: DeliveryError,
): Promise<void> {
  const { code, message, remedy } = error;
  if (remedy === "park") return splitOrRefuse(work, exchange, objects, error);
  if (remedy === "stop") {
    await stopDestination(work, error);
    return returnObjects(work, exchange, objects, error, 0);
  }
  const restMs = work.breaker.failed(work.clock.nowMs());
  if (code === "COUNTERPART_MAINTENANCE") {
    await restDestination(work, work.destination.limits.maintenanceRestMs, error);
  } else if (restMs !== null) await restDestination(work, restMs, error);
  if (remedy === "unknown") return becomeUnknown(work, exchange, objects, code, message);
  const repeats = repeatsMax(code);
  if (repeats !== null && objects.some(({ limitedFailures }) => limitedFailures >= repeats)) {
    return splitOrRefuse(work, exchange, objects, error);
  }
  const attempts = Math.max(...objects.map((object) => object.attempts)) + 1;
  const waitMs = backoffMs(code, attempts, work.destination.limits, work.random);
  return returnObjects(work, exchange, objects, error, waitMs);
}

/** The message surely had no effect: its objects wait again. */
async function returnObjects(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  { code, message }: DeliveryError,
  waitMs: number,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  const ends = objects.map((object) => ({
    ...endOf(object, "returned"),
    code,
    text: message,
    nextAtMs: nowMs + waitMs,
    limited: repeatsMax(code) !== null && waitMs > 0,
  }));
  await end(work, exchange, { state: "failed", code, text: message, nowMs }, ends, []);
}

/** A message refused whole: one of its objects may be to blame, so its halves are tried apart until it stands alone. */
async function splitOrRefuse(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  { code, message }: DeliveryError,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  const half = Math.ceil(objects.length / 2);
  const ends = objects.map((object, index) => ({
    ...endOf(object, objects.length === 1 ? "refused" : "returned"),
    code,
    text: message,
    nextAtMs: nowMs,
    batch: objects.length === 1 ? null : `${exchange.id}/${index < half ? 1 : 2}`,
  }));
  await end(work, exchange, { state: "failed", code, text: message, nowMs }, ends, []);
}

function endOf(object: DueDelivery, outcome: DeliveredEnd["outcome"]): DeliveredEnd {
  return {
    shard: object.shard,
    object: object.object,
    contentHash: object.contentHash,
    content: object.content,
    outcome,
    foreignIds: {},
    code: null,
    foreignCode: null,
    text: null,
    nextAtMs: 0,
    limited: false,
    batch: null,
  };
}

async function becomeUnknown(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  code: string,
  text: string,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  const nextAtMs = nowMs + work.destination.limits.readBackMs;
  await end(work, exchange, { state: "unknown", code, text, nowMs, nextAtMs }, [], objects);
}

async function end(
  work: MessageWork,
  exchange: OpenExchange,
  end: Pick<ExchangeEnd, "state" | "code" | "text" | "nowMs"> &
    Partial<Pick<ExchangeEnd, "answer" | "nextAtMs">>,
  objects: readonly DeliveredEnd[],
  unknown: readonly DueDelivery[],
): Promise<void> {
  const { database, destination } = work;
  const whole = { answer: null, nextAtMs: end.nowMs, ...end };
  const { id, kind, state } = exchange;
  const others = await database.transaction(async (transaction) => {
    const ended = { destination: destination.id, id, kind, state };
    const isEnded = await endExchange(transaction, ended, whole, objects, unknown);
    return isEnded ? takeAccountNames(transaction, destination, kind, objects) : [];
  });
  if (others.length > 0) {
    work.onFailure(new Error(`${destination.id} names two accounts alike: ${others.join(", ")}`));
  }
}

/** What the counterpart said of each object; those that it does not name are of unknown outcome. */
async function storeResults(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  answer: Extract<Answer, { readonly kind: "results" }>,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  const results = new Map(answer.results.map((result) => [result.key, result]));
  const ends: DeliveredEnd[] = [];
  const unnamed: DueDelivery[] = [];
  let stop: DeliveryError | null = null;
  for (const object of objects) {
    const result = results.get(object.object);
    if (result === undefined) unnamed.push(object);
    else {
      ends.push(endOfResult(work, object, result, nowMs));
      if (result.outcome === "refused" && result.remedy === "stop") {
        stop = new DeliveryError(result.code ?? "ACCESS_DENIED", "stop", result.text ?? "");
      }
    }
  }
  if (stop !== null) await stopDestination(work, stop);
  const isWhole = unnamed.length === 0;
  await end(
    work,
    exchange,
    {
      state: isWhole ? "done" : "unknown",
      answer: answer.bytes,
      code: isWhole ? null : "OUTCOME_UNKNOWN",
      text: isWhole ? null : `В ответе нет объектов: ${unnamed.length}`,
      nowMs,
      nextAtMs: nowMs + work.destination.limits.readBackMs,
    },
    ends,
    unnamed,
  );
  work.boundary("results stored");
}

function endOfResult(
  { destination, random }: MessageWork,
  object: DueDelivery,
  result: ObjectResult,
  nowMs: number,
): DeliveredEnd {
  if (result.outcome === "accepted") {
    return { ...endOf(object, "accepted"), foreignIds: result.foreignIds ?? {} };
  }
  const code = result.code ?? "OBJECT_REFUSED";
  const said = { code, foreignCode: result.foreignCode ?? null, text: result.text ?? null };
  if (result.remedy === "stop") return { ...endOf(object, "returned"), ...said, nextAtMs: nowMs };
  const repeats = repeatsMax(code);
  const mayRepeat = repeats === null || object.limitedFailures < repeats;
  if (result.remedy !== "retry" || !mayRepeat) return { ...endOf(object, "refused"), ...said };
  return {
    ...endOf(object, "returned"),
    ...said,
    nextAtMs: nowMs + backoffMs(code, object.attempts, destination.limits, random),
    limited: repeats !== null,
  };
}

/** Asks for the result of an accepted message. */
export async function pollMessage(work: MessageWork, exchange: OpenExchange): Promise<void> {
  const { database, destination, clock } = work;
  // Most questions find no result yet: contents are read when there is one.
  const objects = () => objectsUnderWay(database, destination.id, exchange);
  const { poll } = destination.open;
  const giveUpMs = destination.open.giveUpMs ?? destination.target.giveUpMs;
  const isOver = clock.nowMs() - (exchange.sentAtMs ?? 0) > giveUpMs;
  if (poll === undefined || exchange.foreignMessage === null || isOver) {
    const text = `Результата нет после ${exchange.polls} вопросов`;
    return becomeUnknown(work, exchange, await objects(), "OUTCOME_UNKNOWN", text);
  }
  const { operation, messageId, kind } = exchange;
  const names = await namesUnderWay(database, exchange.id);
  const batch = { operation, messageId, kind, keys: names.map(({ object }) => object) };
  let answer: Answer;
  try {
    answer = await poll.call(destination.open, batch, exchange.foreignMessage, work.signal);
  } catch (error) {
    return pollFailed(work, exchange, objects, deliveryErrorOf(work, error));
  }
  work.boundary("polled");
  if (answer.kind === "results") return storeResults(work, exchange, await objects(), answer);
  const nextAtMs = clock.nowMs() + pollDelayMs(work, exchange.polls + 1);
  await markPolled(database, exchange.id, {
    answer: answer.bytes,
    nextAtMs,
    code: null,
    text: null,
  });
}

async function pollFailed(
  work: MessageWork,
  exchange: OpenExchange,
  objects: () => Promise<readonly DueDelivery[]>,
  error: DeliveryError,
): Promise<void> {
  const { code, message, remedy } = error;
  if (remedy === "park") return splitOrRefuse(work, exchange, await objects(), error);
  if (code === "REMOTE_MESSAGE_LOST") {
    return becomeUnknown(work, exchange, await objects(), code, message);
  }
  if (remedy === "stop") await stopDestination(work, error);
  if (code === "COUNTERPART_MAINTENANCE") {
    await restDestination(work, work.destination.limits.maintenanceRestMs, error);
  }
  // The answer is a refusal of the whole message: it stays so, and what stands is asked before it is sent anew.
  if (error.keys !== undefined) {
    return becomeUnknown(work, exchange, await objects(), code, message);
  }
  // A question that found no answer is simply asked again at its next turn.
  await askAgain(work, exchange, error);
}

async function askAgain(
  work: MessageWork,
  exchange: OpenExchange,
  { code, message }: DeliveryError,
): Promise<void> {
  const waitMs = backoffMs(code, exchange.polls + 1, work.destination.limits, work.random);
  await markPolled(work.database, exchange.id, {
    answer: null,
    nextAtMs: work.clock.nowMs() + waitMs,
    code,
    text: message,
  });
}

/**
 * Ends a message of unknown outcome by what stands at the counterpart: found objects are confirmed, those proven absent
 * are sent again. Where it cannot be asked the objects park, for a person to find out.
 */
export async function readBack(work: MessageWork, exchange: OpenExchange): Promise<void> {
  const { database, destination, clock } = work;
  const objects = await objectsUnderWay(database, destination.id, exchange);
  const { findDelivered } = destination.open;
  if (findDelivered === undefined) {
    return park(work, exchange, objects, "Исход неизвестен, а спросить контрагента нельзя");
  }
  let found: Awaited<ReturnType<typeof findDelivered>>;
  try {
    const asked = objects.map(outboundOf);
    found = await findDelivered.call(destination.open, exchange.kind, asked, work.signal);
  } catch (thrown) {
    const error = deliveryErrorOf(work, thrown);
    if (error.remedy === "park") return park(work, exchange, objects, error.message);
    if (error.remedy === "stop") await stopDestination(work, error);
    return askAgain(work, exchange, error);
  }
  work.boundary("read back");
  const nowMs = clock.nowMs();
  const ends = objects.map((object) => {
    const foreignIds = found.get(object.object);
    return foreignIds === undefined
      ? { ...endOf(object, "returned"), code: "OUTCOME_UNKNOWN", nextAtMs: nowMs }
      : { ...endOf(object, "accepted"), foreignIds };
  });
  const text = `Сверка: есть ${found.size} из ${objects.length}`;
  await end(work, exchange, { state: "done", code: "OUTCOME_UNKNOWN", text, nowMs }, ends, []);
}

async function park(
  work: MessageWork,
  exchange: OpenExchange,
  objects: readonly DueDelivery[],
  text: string,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  const code = "OUTCOME_UNKNOWN";
  const ends = objects.map((object) => ({ ...endOf(object, "refused"), code, text }));
  await end(work, exchange, { state: "failed", code, text, nowMs }, ends, []);
}

/** A message that a dead process left: surely unsent, it goes back; perhaps sent, it is read back. */
export async function recoverMessage(work: MessageWork, exchange: OpenExchange): Promise<void> {
  const objects = await objectsUnderWay(work.database, work.destination.id, exchange);
  if (exchange.state === "prepared") {
    const nowMs = work.clock.nowMs();
    const ends = objects.map((object) => ({ ...endOf(object, "returned"), nextAtMs: nowMs }));
    return end(work, exchange, { state: "failed", code: null, text: null, nowMs }, ends, []);
  }
  const text = "Работа прервана между отправкой и ответом";
  return becomeUnknown(work, exchange, objects, "OUTCOME_UNKNOWN", text);
}

async function stopDestination(work: MessageWork, error: DeliveryError): Promise<void> {
  await storeRest(work.database, work.destination.id, work.destination.organisation, {
    stopped: true,
    code: error.code,
    text: error.message,
    untilMs: null,
    author: ENGINE,
    nowMs: work.clock.nowMs(),
  });
}

async function restDestination(
  work: MessageWork,
  restMs: number,
  error: DeliveryError,
): Promise<void> {
  const nowMs = work.clock.nowMs();
  await storeRest(work.database, work.destination.id, work.destination.organisation, {
    stopped: false,
    code: error.code,
    text: error.message,
    untilMs: nowMs + restMs,
    author: ENGINE,
    nowMs,
  });
}
