import { randomUUID, X509Certificate } from "node:crypto";
import type { IncomingMessage as Request, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { AccountRecord, Duplicate } from "./accounts.ts";
import { Accounts } from "./accounts.ts";
import type { ObjectOutcome, Outcome } from "./answers.ts";
import { ack, fault as faultAnswer, requestsState, stateResult } from "./answers.ts";
import type { IncomingMessage } from "./checks.ts";
import { checkMessage, operationOf } from "./checks.ts";
import type { Fault, FaultRates, ObjectRule } from "./faults.ts";
import { Faults } from "./faults.ts";
import type { Notice, NoticeInput } from "./notices.ts";
import { Notices } from "./notices.ts";
import type { Operation, Service } from "./operations.ts";
import { PATHS } from "./operations.ts";
import type { DocumentRecord } from "./payment-documents.ts";
import { PaymentDocuments } from "./payment-documents.ts";
import { coded, Refusal } from "./refusal.ts";
import { SchemaCheck } from "./schema.ts";
import { verifySignature } from "./signature.ts";
import type { Element, Written } from "./xml.ts";
import { childrenOf, readXml, textAt } from "./xml.ts";

export interface GisZhkhOptions {
  /** 0 or absent = a free one of loopback. */
  readonly port?: number;
  /** orgPPAGUIDs that may send; absent = any. */
  readonly organisations?: readonly string[];
  /** ФИАС GUIDs of the houses that the registry knows; absent = every house. */
  readonly houses?: readonly string[];
  /** Polls that are answered with "in processing" before the result; absent = 0. */
  readonly pollsBeforeResult?: number;
  /** Official schemas (folders bills, house-management, lib): bodies are validated where xmllint is installed. */
  readonly schemaFolder?: string;
  /** PEM of an RSA certificate: every request that can be signed must be, with its key; absent = not looked at. */
  readonly certificatePem?: string;
  readonly faults?: FaultRates;
  /** Clock, ms since 1970; absent = the machine's. */
  readonly nowMs?: () => number;
}

/** What a test may look at. Nothing here is a copy: it is the registry itself. */
export interface GisZhkhState {
  readonly accounts: ReadonlyMap<string, AccountRecord>;
  readonly accountsByNumber: ReadonlyMap<string, AccountRecord>;
  /** By PaymentDocumentID. */
  readonly documents: ReadonlyMap<string, DocumentRecord>;
  /** Those of one account and month ("2026-03") that stand. */
  standing(accountGuid: string, month: string): readonly DocumentRecord[];
  readonly notices: ReadonlyMap<string, Notice>;
  /** What was placed twice; empty when every sender did its work. */
  readonly duplicates: readonly Duplicate[];
  readonly counters: GisZhkhCounters;
}

export interface GisZhkhCounters {
  /** Requests per operation, refused and lost ones too. */
  readonly requests: Readonly<Record<string, number>>;
  /** MessageGUIDs that came again, each time one. */
  readonly duplicateGuids: readonly string[];
  /** Codes of faults that the simulator's own checks answered with. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Time spent between a request's last byte and its answer, without what a fault or a schema check waits. */
  readonly ownMs: number;
  readonly bytesIn: number;
}

export interface GisZhkh {
  /** "http://127.0.0.1:PORT", to which the paths are appended. */
  readonly origin: string;
  readonly paths: Readonly<Record<Service, string>>;
  readonly state: GisZhkhState;
  /** False when there is no folder or no xmllint, and bodies pass unvalidated. */
  readonly validates: boolean;
  addAccount(number: string, guid?: string): AccountRecord;
  addNotice(notice: NoticeInput): Notice;
  cancelNotice(guid: string): void;
  /** The next requests (of the operation, when given) have this fault. */
  inject(fault: Fault, options?: { readonly operation?: string; readonly times?: number }): void;
  /** Objects refused from now on; call what is returned to take the rule back. */
  refuseObjects(rule: ObjectRule): () => void;
  /** Every request is answered with INT002029 for so long; 0 opens the service again. */
  closeForMaintenance(forMs: number): void;
  stop(): Promise<void>;
}

/** ГИС ЖКХ on loopback: stateful, strict where the real one is, and wrong on demand. */
export async function startGisZhkh(options: GisZhkhOptions = {}): Promise<GisZhkh> {
  const counterpart = new Counterpart(options);
  const server = createServer((request, response) => {
    counterpart.take(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    paths: PATHS,
    state: counterpart.state(),
    validates: counterpart.schema !== null,
    addAccount: (number, guid) => counterpart.accounts.add(number, guid),
    addNotice: (notice) => counterpart.notices.add(notice),
    cancelNotice: (guid) => counterpart.notices.cancel(guid),
    inject: (fault, { operation, times = 1 } = {}) =>
      counterpart.faults.inject(fault, operation, times),
    refuseObjects: (rule) => counterpart.faults.addRule(rule),
    closeForMaintenance: (forMs) => counterpart.closeForMaintenance(forMs),
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface TakenMessage {
  readonly service: Service;
  readonly outcome: Outcome;
  pollsLeft: number;
  polls: number;
  readonly forgotten: boolean;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

class Counterpart {
  readonly accounts: Accounts;
  readonly documents: PaymentDocuments;
  readonly notices: Notices;
  readonly faults: Faults;
  readonly schema: SchemaCheck | null;
  readonly #options: GisZhkhOptions;
  readonly #organisations: ReadonlySet<string> | null;
  readonly #certificate: X509Certificate | null;
  readonly #nowMs: () => number;
  readonly #duplicates: Duplicate[] = [];
  readonly #seen = new Set<string>();
  readonly #messages = new Map<string, TakenMessage>();
  readonly #duplicateGuids: string[] = [];
  readonly #requests: Record<string, number> = {};
  readonly #refusals: Record<string, number> = {};
  #ordinal = 0;
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  #ownMs = 0;
  #bytesIn = 0;

  constructor(options: GisZhkhOptions) {
    const { houses, organisations, certificatePem } = options;
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#organisations = organisations === undefined ? null : new Set(organisations);
    this.#certificate = certificatePem === undefined ? null : new X509Certificate(certificatePem);
    this.accounts = new Accounts(this.#duplicates, houses === undefined ? null : new Set(houses));
    this.documents = new PaymentDocuments(this.accounts, this.#duplicates);
    this.notices = new Notices(this.documents, this.#nowMs);
    this.faults = new Faults(options.faults ?? null);
    this.schema = SchemaCheck.of(options.schemaFolder);
  }

  state(): GisZhkhState {
    const counters = (): GisZhkhCounters => ({
      requests: this.#requests,
      duplicateGuids: this.#duplicateGuids,
      refusals: this.#refusals,
      faults: this.faults.happened,
      ownMs: this.#ownMs,
      bytesIn: this.#bytesIn,
    });
    return {
      accounts: this.accounts.byGuid,
      accountsByNumber: this.accounts.byNumber,
      documents: this.documents.byId,
      standing: (account, month) => this.documents.standing(account, month),
      notices: this.notices.byGuid,
      duplicates: this.#duplicates,
      get counters() {
        return counters();
      },
    };
  }

  closeForMaintenance(forMs: number): void {
    this.#closedUntilMs = this.#nowMs() + forMs;
  }

  async take(request: Request, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    this.#bytesIn += bytes.length;
    const path = request.url ?? "";
    if (request.method !== "POST" || !Object.values(PATHS).includes(path)) {
      response.writeHead(request.method === "POST" ? 404 : 405).end();
      return;
    }
    let operation: Operation;
    try {
      operation = operationOf(path, request.headers["soapaction"]?.toString());
      if (!/^text\/xml\b/.test(request.headers["content-type"] ?? "")) {
        throw new Refusal("FMT001301", "Content-Type");
      }
    } catch (error) {
      await send(response, this.#refused(error), null);
      return;
    }
    this.#requests[operation.name] = (this.#requests[operation.name] ?? 0) + 1;
    this.#ordinal += 1;
    const fault = this.faults.next(operation.name, operation.kind !== "state", this.#ordinal);
    if (fault?.kind === "slow") await wait(fault.ms);
    if (fault?.kind === "lost-before") {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "http" && fault.done !== true) {
      response.writeHead(fault.status, { "content-type": "text/html" }).end(PROXY_PAGE);
      return;
    }
    const answer =
      fault?.kind === "soap-fault"
        ? { status: 500, text: faultAnswer(coded(fault.code)) }
        : await this.#answer(operation, bytes, fault, this.#ordinal);
    await send(response, answer, fault);
  }

  /** The answer, with everything done that it says. */
  async #answer(
    operation: Operation,
    bytes: Buffer,
    fault: Fault | null,
    ordinal: number,
  ): Promise<Answer> {
    let startedAtMs = performance.now();
    try {
      if (this.#nowMs() < this.#closedUntilMs) throw new Refusal("INT002029");
      const text = textOfBytes(bytes);
      const message = checkMessage(operation, envelopeOf(text), this.#organisations);
      if (this.#certificate !== null && operation.versions !== null) {
        verifySignature(text, this.#certificate);
      }
      if (this.schema !== null) {
        this.#ownMs += performance.now() - startedAtMs;
        await this.schema.check(operation.service, message.body);
        startedAtMs = performance.now();
      }
      this.#remember(message.messageGuid);
      return { status: 200, text: this.#handle(message, fault, ordinal) };
    } catch (error) {
      return this.#refused(error);
    } finally {
      this.#ownMs += performance.now() - startedAtMs;
    }
  }

  #refused(error: unknown): Answer {
    if (!(error instanceof Refusal)) throw error;
    this.#refusals[error.code] = (this.#refusals[error.code] ?? 0) + 1;
    return { status: 500, text: faultAnswer({ code: error.code, text: error.message }) };
  }

  #remember(messageGuid: string): void {
    const guid = messageGuid.toLowerCase();
    if (this.#seen.has(guid)) {
      this.#duplicateGuids.push(messageGuid);
      throw new Refusal("FMT001307", messageGuid);
    }
    this.#seen.add(guid);
  }

  #handle(message: IncomingMessage, fault: Fault | null, ordinal: number): string {
    const { operation, body } = message;
    if (operation.name === "getState") return this.#poll(operation.service, body);
    if (operation.name === "getRequestsState") {
      const asked = childrenOf(body, "base:MessageGUIDList").map(({ text }) => text);
      const processed = asked.filter((guid) => {
        const taken = this.#messages.get(guid);
        return taken !== undefined && !taken.forgotten && this.#isProcessed(taken);
      });
      return requestsState(processed, this.#nowMs());
    }
    const guid = randomUUID();
    const undone = fault?.kind === "forgotten" && !fault.done;
    const outcome: Outcome =
      fault?.kind === "message-error"
        ? { kind: "error", error: coded(fault.code) }
        : undone
          ? { kind: "objects", objects: [] }
          : this.#process(message, ordinal);
    this.#messages.set(guid, {
      service: operation.service,
      outcome,
      pollsLeft: this.#options.pollsBeforeResult ?? 0,
      polls: 0,
      forgotten: fault?.kind === "forgotten",
    });
    return ack(guid, message.messageGuid, this.#nowMs());
  }

  #poll(service: Service, body: Element): string {
    const guid = textAt(body, "base:MessageGUID") ?? "";
    const taken = this.#messages.get(guid);
    if (taken === undefined || taken.forgotten || taken.service !== service) {
      throw new Refusal("INT002013", guid);
    }
    taken.polls += 1;
    if (this.#isProcessed(taken)) {
      return stateResult(service, 3, guid, taken.outcome, this.#nowMs());
    }
    return stateResult(service, taken.polls === 1 ? 1 : 2, guid, null, this.#nowMs());
  }

  /** Each question about a message brings its result nearer. */
  #isProcessed(taken: TakenMessage): boolean {
    if (taken.pollsLeft === 0) return true;
    taken.pollsLeft -= 1;
    return false;
  }

  #process({ operation, body, organisation }: IncomingMessage, ordinal: number): Outcome {
    switch (operation.name) {
      case "exportAccountData":
        return exportedOr(this.accounts.export(body));
      case "exportPaymentDocumentData":
        return exportedOr(this.documents.export(body));
      case "exportNotificationsOfOrderExecutionPaginal":
        return exportedOr(this.notices.export(body, organisation));
      default:
        return { kind: "objects", objects: this.#import(body, ordinal) };
    }
  }

  #import(body: Element, ordinal: number): readonly ObjectOutcome[] {
    const outcomes: ObjectOutcome[] = [];
    for (const element of body.children) {
      const transport = textAt(element, "base:TransportGUID");
      const put = transport === undefined ? undefined : this.#importer(body, element.name);
      if (transport === undefined || put === undefined) continue;
      const code = this.faults.ofObject(this.#accountOf(element), ordinal, outcomes.length);
      outcomes.push(
        code === null ? put(element, transport) : { transportGuid: transport, error: coded(code) },
      );
    }
    return outcomes;
  }

  #importer(
    body: Element,
    name: string,
  ): ((element: Element, transport: string) => ObjectOutcome) | undefined {
    switch (name) {
      case "hm:Account":
        return (element, transport) => this.accounts.import(element, transport);
      case "bills:PaymentDocument":
        return (element, transport) => this.documents.import(body, element, transport);
      case "bills:WithdrawPaymentDocument":
        return (element, transport) => this.documents.withdraw(element, transport);
      case "bills:AcknowledgmentRequestInfo":
        return (element, transport) => this.notices.acknowledge(element, transport);
      case "bills:AckCancellation":
        return (element, transport) => this.notices.cancelAcknowledgment(element, transport);
      default:
        return undefined;
    }
  }

  /** Number of the account that an object is about, as far as it is known. */
  #accountOf(element: Element): string | undefined {
    const number = textAt(element, "acc:AccountNumber");
    if (number !== undefined) return number;
    const guid = textAt(element, "acc:AccountGuid") ?? textAt(element, "hm:AccountGUID");
    if (guid !== undefined) return this.accounts.byGuid.get(guid)?.number;
    const document =
      textAt(element, "bb:PaymentDocumentID") ??
      textAt(element, "pb:PaymentDocumentAck", "bb:PaymentDocumentID");
    return this.documents.byId.get(document ?? "")?.account.number;
  }
}

const PROXY_PAGE = "<html><body><h1>Bad Gateway</h1></body></html>";

function textOfBytes(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal("FMT001300", "не UTF-8");
  }
}

/** Some XML that is not an envelope is still well-formed; what is not is refused here. */
function envelopeOf(text: string): Element {
  try {
    return readXml(text);
  } catch (error) {
    throw new Refusal("FMT001300", error instanceof Error ? error.message : String(error));
  }
}

function exportedOr(content: Written | null): Outcome {
  return content === null
    ? { kind: "error", error: coded("INT002012") }
    : { kind: "exported", content };
}

async function send(response: ServerResponse, answer: Answer, fault: Fault | null): Promise<void> {
  const { socket } = response;
  if (fault?.kind === "lost-after") {
    socket?.destroy();
    return;
  }
  if (fault?.kind === "http") {
    response.writeHead(fault.status, { "content-type": "text/html" }).end(PROXY_PAGE);
    return;
  }
  const bytes = Buffer.from(answer.text, "utf8");
  response.writeHead(answer.status, {
    "content-type": "text/xml; charset=utf-8",
    "content-length": bytes.length,
  });
  if (fault?.kind !== "cut") {
    response.end(bytes);
    return;
  }
  await new Promise<void>((resolve) => {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => resolve());
  });
  socket?.destroy();
}
