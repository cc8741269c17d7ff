import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { ForeignError, GisAnswer } from "./answers.ts";
import { readAnswer } from "./answers.ts";
import type { GisZhkhConfig } from "./config.ts";
import { envelope, stateRequest } from "./envelope.ts";
import { meaningOf, meaningOfStatus } from "./errors.ts";
import type { OperationName, Service } from "./operations.ts";
import { OPERATIONS } from "./operations.ts";
import { signed } from "./signature.ts";
import type { Signer } from "./signer.ts";
import { gostSigner, rsaSigner } from "./signer.ts";
import type { HttpAnswer, Transport } from "./transport.ts";
import { openTransport, secret } from "./transport.ts";
import type { XmlNode } from "./tree.ts";
import type { XmlElement } from "./xml.ts";

/** Dialogue with one organisation's account at ГИС ЖКХ: request, acknowledgement, questions for the result. */
export interface GisChannel {
  /** Bytes of a message, signed as the settings say. */
  messageOf(
    body: XmlElement,
    message: { readonly id: string; readonly atMs: number },
  ): Promise<Uint8Array>;
  /** Sends a message once. @throws DeliveryError when there is no answer of ГИС ЖКХ */
  send(operation: OperationName, bytes: Uint8Array, signal: AbortSignal): Promise<Answered>;
  /** Asks for the result of an accepted message, once. */
  state(service: Service, foreignMessage: string, signal: AbortSignal): Promise<Answered>;
  /** A whole read: request, acknowledgement, questions by the ladder. Null = nothing to export (INT002012). */
  read(
    operation: OperationName,
    body: XmlElement,
    signal: AbortSignal,
  ): Promise<{ readonly result: XmlNode; readonly bytes: Uint8Array } | null>;
  close(): void;
}

export interface Answered {
  readonly answer: Exclude<GisAnswer, { readonly kind: "strange" }>;
  readonly bytes: Uint8Array;
}

/** @throws DeliveryError ACCESS_DENIED "stop" when key, certificate or login cannot be had */
export async function openChannel(
  config: GisZhkhConfig,
  environment: Environment,
): Promise<GisChannel> {
  const signer = await openSigner(config, environment);
  const transport = openTransport(config, environment);
  const messageOf: GisChannel["messageOf"] = async (body, message) => {
    const whole = signer === null ? body : await signed(body, message, signer);
    return envelope(whole, message, config);
  };
  const send: GisChannel["send"] = (operation, bytes, signal) => {
    const { service, isRead } = OPERATIONS[operation];
    return ask(transport, service, operation, bytes, isRead, signal);
  };
  const state: GisChannel["state"] = (service, foreignMessage, signal) => {
    const header = { id: randomUUID(), atMs: Date.now() };
    const bytes = envelope(stateRequest(foreignMessage), header, config);
    return ask(transport, service, "getState", bytes, true, signal);
  };
  return {
    messageOf,
    send,
    state,
    read: (operation, body, signal) =>
      read({ messageOf, send, state }, config, operation, body, signal),
    close: () => transport.close(),
  };
}

async function openSigner(
  { signature }: GisZhkhConfig,
  environment: Environment,
): Promise<Signer | null> {
  if (signature.kind === "none") return null;
  const keyPem = secret(environment, signature.key);
  try {
    const certificatePem = await readFile(signature.certificate, "utf8");
    const material = { keyPem, certificatePem, issuer: signature.issuer };
    return signature.kind === "rsa" ? rsaSigner(material) : gostSigner(signature.engine, material);
  } catch (cause) {
    const text = `подпись (${signature.kind}): ключ, сертификат или модуль не открываются`;
    throw new DeliveryError("ACCESS_DENIED", "stop", text, { cause });
  }
}

/** The body is read before the HTTP status: a fault comes with 500, a result may come with 400. */
async function ask(
  transport: Transport,
  service: Service,
  operation: string,
  message: Uint8Array,
  isRead: boolean,
  signal: AbortSignal,
): Promise<Answered> {
  const http = await transport.post(service, operation, message, isRead, signal);
  const answer = readAnswer(http.bytes);
  if (answer.kind !== "strange") return { answer, bytes: http.bytes };
  throw strange(http, answer.reason, isRead);
}

function strange({ status }: HttpAnswer, reason: string, isRead: boolean): DeliveryError {
  const text = `HTTP ${status}: ${reason}`;
  const { code, remedy } = meaningOfStatus(status, isRead) ?? {
    code: "OUTCOME_UNKNOWN",
    remedy: isRead ? ("retry" as const) : ("unknown" as const),
  };
  return new DeliveryError(code, remedy ?? "park", text);
}

/** A fault or ErrorMessage of a read or of a question, as the gateway acts on it. */
export function questionError(
  { code: foreignCode, text }: ForeignError,
  keys?: readonly string[],
): DeliveryError {
  const { code, remedy } = meaningOf(foreignCode);
  const options = keys === undefined ? {} : { keys };
  return new DeliveryError(code, remedy ?? "park", `${foreignCode}: ${text}`, options);
}

async function read(
  channel: Pick<GisChannel, "messageOf" | "send" | "state">,
  { pollDelaysMs, giveUpMs }: GisZhkhConfig,
  operation: OperationName,
  body: XmlElement,
  signal: AbortSignal,
): Promise<{ readonly result: XmlNode; readonly bytes: Uint8Array } | null> {
  const message = { id: randomUUID(), atMs: Date.now() };
  const bytes = await channel.messageOf(body, message);
  const { answer } = await channel.send(operation, bytes, signal);
  if (answer.kind === "fault" || answer.kind === "error") throw questionError(answer.error);
  if (answer.kind !== "ack") throw new DeliveryError("OUTCOME_UNKNOWN", "retry", answer.kind);
  for (let asked = 0; Date.now() - message.atMs < giveUpMs; asked += 1) {
    const delayMs = pollDelaysMs[Math.min(asked, pollDelaysMs.length - 1)];
    await sleep(delayMs, undefined, { signal });
    const { service } = OPERATIONS[operation];
    const { answer: state, bytes: stateBytes } = await channel.state(
      service,
      answer.message,
      signal,
    );
    if (state.kind === "done") return { result: state.result, bytes: stateBytes };
    if (state.kind === "error" || state.kind === "fault") {
      if (meaningOf(state.error.code).remedy === null) return null;
      throw questionError(state.error);
    }
  }
  throw new DeliveryError("OUTCOME_UNKNOWN", "retry", `${operation}: нет результата`);
}
