import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type {
  Answer,
  ForeignIds,
  ObjectResult,
  OpenTarget,
  OutboundObject,
  StoredBatch,
} from "../../adapters/contract.ts";
import { DeliveryError } from "../../adapters/contract.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { DeliveryLimits, Destination } from "./destination.ts";
import type { Clock } from "./pace.ts";

/** What a counterpart of tests does wrong with a message; "none" = nothing. */
export type Fault =
  | "none"
  | "lost before effect"
  | "lost after effect"
  | "busy"
  | "internal error"
  | "maintenance"
  | "access denied";

interface Item {
  readonly key: string;
  readonly hash: string;
  readonly kind: string;
  readonly content: { readonly refuse?: boolean; readonly poison?: boolean; readonly of?: string };
}

/** A counterpart on loopback that takes messages, works on them for some polls and keeps what it was given. */
export class Counterpart {
  /** What stands there, by key: hash of the content. */
  readonly objects = new Map<string, string>();
  /** Each effect in its order. */
  readonly applied: { readonly key: string; readonly hash: string; readonly kind: string }[] = [];
  readonly messages: { readonly id: string; readonly items: readonly Item[] }[] = [];
  readonly repeatedMessages: string[] = [];
  findCount = 0;
  readonly #faultOf: (ordinal: number) => Fault;
  readonly #pollsOf: (ordinal: number) => number;
  readonly #results = new Map<
    string,
    { polls: number; readonly results: readonly ObjectResult[] }
  >();
  readonly #server: Server;

  constructor(faultOf: (ordinal: number) => Fault, pollsOf: (ordinal: number) => number) {
    this.#faultOf = faultOf;
    this.#pollsOf = pollsOf;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as never;
    const say = (status: number, answer: unknown) =>
      response.writeHead(status).end(JSON.stringify(answer));
    if (request.url === "/find") say(200, this.#find(body));
    else if (request.url === "/result") say(200, this.#result(body));
    else this.#take(body, response, say);
  }

  #take(
    { id, items }: { readonly id: string; readonly items: readonly Item[] },
    response: ServerResponse,
    say: (status: number, answer: unknown) => void,
  ): void {
    if (this.messages.some((message) => message.id === id)) this.repeatedMessages.push(id);
    const ordinal = this.messages.push({ id, items }) - 1;
    const fault = this.#faultOf(ordinal);
    const refusal = items.some(({ content }) => content.poison) ? 400 : STATUSES[fault];
    if (fault === "lost before effect") response.destroy();
    else if (refusal !== undefined) say(refusal, {});
    else this.#work(id, items, ordinal, fault, response, say);
  }

  #work(
    id: string,
    items: readonly Item[],
    ordinal: number,
    fault: Fault,
    response: ServerResponse,
    say: (status: number, answer: unknown) => void,
  ): void {
    const results = items.map((item) => this.#apply(item));
    this.#results.set(`foreign-${id}`, { polls: this.#pollsOf(ordinal), results });
    if (fault === "lost after effect") response.destroy();
    else say(200, { foreignMessage: `foreign-${id}` });
  }

  #apply({ key, hash, kind, content }: Item): ObjectResult {
    if (content.refuse === true) {
      const text = "площадь не сходится";
      return {
        key,
        outcome: "refused",
        remedy: "park",
        code: "OBJECT_REFUSED",
        foreignCode: "SRV1",
        text,
      };
    }
    this.applied.push({ key, hash, kind });
    if (kind.endsWith("-withdrawal")) this.objects.delete(key);
    else this.objects.set(key, hash);
    return { key, outcome: "accepted", foreignIds: { id: `id-${key}` } };
  }

  #result({ foreignMessage }: { readonly foreignMessage: string }): unknown {
    const work = this.#results.get(foreignMessage);
    if (work === undefined) return { lost: true };
    work.polls -= 1;
    return work.polls < 0 ? { results: work.results } : { pending: true };
  }

  #find({ items }: { readonly items: readonly Item[] }): unknown {
    this.findCount += 1;
    return items
      .filter(({ key, hash, kind }) =>
        kind.endsWith("-withdrawal") ? !this.objects.has(key) : this.objects.get(key) === hash,
      )
      .map(({ key }) => key);
  }
}

const itemsOf = (objects: readonly OutboundObject[]) =>
  objects.map(({ key, contentHash, kind, content }) => ({ key, hash: contentHash, kind, content }));

/** The edge to the counterpart of tests. */
export function openTestTarget(origin: string): OpenTarget {
  const ask = async (path: string, bytes: Uint8Array, signal: AbortSignal) => {
    let response: Response;
    try {
      response = await fetch(origin + path, { method: "POST", body: Buffer.from(bytes), signal });
    } catch (error) {
      const isUnsent =
        String((error as { cause?: { code?: string } }).cause?.code) === "ECONNREFUSED";
      if (isUnsent) throw new DeliveryError("CONNECT_FAILED", "retry", "не соединиться");
      throw new DeliveryError("OUTCOME_UNKNOWN", "unknown", "ответа нет", { cause: error });
    }
    const answer = new Uint8Array(await response.arrayBuffer());
    const failure = FAILURES[response.status];
    if (failure !== undefined)
      throw new DeliveryError(failure[0], failure[1], String(response.status));
    return answer;
  };
  const parsed = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
  return {
    async encode(kind, objects, { id }) {
      if (objects.some(({ content }) => (content as Item["content"]).of === "unsayable")) {
        throw new DeliveryError("SCHEMA_INVALID", "park", "нет обязательного поля");
      }
      const bytes = Buffer.from(JSON.stringify({ id, items: itemsOf(objects) }));
      return { operation: `import-${kind}`, bytes };
    },
    async send(batch: StoredBatch, signal): Promise<Answer> {
      const bytes = await ask("/import", batch.bytes, signal);
      return { kind: "accepted", foreignMessage: parsed(bytes).foreignMessage, bytes };
    },
    async poll(_batch, foreignMessage, signal): Promise<Answer> {
      const bytes = await ask("/result", Buffer.from(JSON.stringify({ foreignMessage })), signal);
      const { results, lost } = parsed(bytes);
      if (lost === true) throw new DeliveryError("REMOTE_MESSAGE_LOST", "unknown", "INT002013");
      return results === undefined
        ? { kind: "pending", bytes }
        : { kind: "results", results, bytes };
    },
    async findDelivered(_kind, objects, signal) {
      const body = Buffer.from(JSON.stringify({ items: itemsOf(objects) }));
      const keys = parsed(await ask("/find", body, signal)) as string[];
      return new Map<string, ForeignIds>(keys.map((key) => [key, { id: `id-${key}` }]));
    },
    close: async () => undefined,
  };
}

const STATUSES: Readonly<Partial<Record<Fault, number>>> = {
  busy: 429,
  "internal error": 500,
  maintenance: 503,
  "access denied": 403,
};
const FAILURES: Readonly<Record<number, readonly [string, DeliveryError["remedy"]]>> = {
  400: ["FORMAT_REFUSED", "park"],
  403: ["ACCESS_DENIED", "stop"],
  429: ["COUNTERPART_BUSY", "retry"],
  500: ["COUNTERPART_ERROR", "retry"],
  503: ["COUNTERPART_MAINTENANCE", "retry"],
};

/** Stands still until it is moved. */
export class TestClock implements Clock {
  #nowMs: number;
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }
  nowMs(): number {
    return this.#nowMs;
  }
  moveTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }
}

export const TEST_LIMITS: DeliveryLimits = {
  zone: slotTableOf("Europe/Moscow"),
  windows: [],
  concurrency: 3,
  messagesPerMinute: null,
  breakerFailures: 3,
  breakerRestMs: 30_000,
  breakerRestMsMax: 600_000,
  retryMs: 5_000,
  retryMsMax: 900_000,
  maintenanceRestMs: 900_000,
  readBackMs: 60_000,
  pollDelaysMs: null,
};

export function testDestination(
  id: string,
  open: OpenTarget,
  limits: Partial<DeliveryLimits> = {},
): Destination {
  return {
    id,
    organisation: 1 as OrganisationId,
    target: {
      objects: {
        account: { batchMax: 4 },
        "payment-document": { batchMax: 5 },
        "payment-document-withdrawal": { batchMax: 5 },
      },
      pollDelaysMs: [10_000, 60_000, 300_000],
      giveUpMs: 86_400_000,
    },
    open,
    projection: null,
    limits: { ...TEST_LIMITS, ...limits },
  };
}
