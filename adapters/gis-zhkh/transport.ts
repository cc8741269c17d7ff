import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Environment } from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { GisZhkhConfig } from "./config.ts";
import type { Service } from "./operations.ts";
import { SERVICE_PATHS } from "./operations.ts";

/** Answers are a thousand objects at most; what is larger is no answer of theirs. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Posts one SOAP message, once. */
export interface Transport {
  /**
   * @param isRead a read that got no answer may be asked again; an import may not
   * @throws DeliveryError CONNECT_FAILED "retry" when nothing was sent, OUTCOME_UNKNOWN when something may have been
   */
  post(
    service: Service,
    operation: string,
    bytes: Uint8Array,
    isRead: boolean,
    signal: AbortSignal,
  ): Promise<HttpAnswer>;
  close(): void;
}

/** @throws DeliveryError ACCESS_DENIED "stop" when the environment lacks a name that the settings give */
export function openTransport(
  config: Pick<GisZhkhConfig, "address" | "timeoutMs" | "basic">,
  environment: Environment,
): Transport {
  const isTls = config.address.startsWith("https:");
  const send = isTls ? httpsRequest : httpRequest;
  // Questions share connections. An import takes a fresh one: on a kept one a reset might mean anything.
  const kept = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const authorization = basicOf(config, environment);
  return {
    post: (service, operation, bytes, isRead, signal) => {
      const request = send(`${config.address}${SERVICE_PATHS[service]}`, {
        method: "POST",
        agent: isRead ? kept : false,
        signal,
        headers: {
          "Content-Type": "text/xml; charset=utf-8",
          "Content-Length": bytes.length,
          SOAPAction: `"urn:${operation}"`,
          ...authorization,
        },
      });
      return answerOf(request, bytes, isRead, isTls, config.timeoutMs);
    },
    close: () => kept.destroy(),
  };
}

function basicOf(
  { basic }: Pick<GisZhkhConfig, "basic">,
  environment: Environment,
): { readonly Authorization?: string } {
  if (basic === undefined) return {};
  const login = secret(environment, basic.login);
  const password = secret(environment, basic.password);
  return { Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}` };
}

/** @throws DeliveryError ACCESS_DENIED "stop" */
export function secret(environment: Environment, name: string): string {
  const value = environment[name];
  if (value !== undefined && value !== "") return value;
  throw new DeliveryError("ACCESS_DENIED", "stop", `переменная окружения ${name} не задана`);
}

function answerOf(
  request: ClientRequest,
  bytes: Uint8Array,
  isRead: boolean,
  isTls: boolean,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer in ${timeoutMs} ms`));
    }, timeoutMs);
    const fail = (cause: Error) => {
      clearTimeout(timer);
      reject(failure(isConnected, isRead, cause));
    };
    request.on("error", fail);
    request.on("close", () => clearTimeout(timer));
    request.on("socket", (socket) => {
      // Before the handshake is over not a byte of the message has left.
      if (!socket.connecting) {
        isConnected = true;
        return;
      }
      socket.once(isTls ? "secureConnect" : "connect", () => {
        isConnected = true;
      });
    });
    request.on("response", (response) => {
      readBody(response).then(resolve, fail);
    });
    request.end(bytes);
  });
}

function failure(isConnected: boolean, isRead: boolean, cause: Error): DeliveryError {
  if (!isConnected) return new DeliveryError("CONNECT_FAILED", "retry", cause.message, { cause });
  const remedy = isRead ? "retry" : "unknown";
  return new DeliveryError("OUTCOME_UNKNOWN", remedy, cause.message, { cause });
}

async function readBody(response: IncomingMessage): Promise<HttpAnswer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > ANSWER_BYTES_MAX) throw new Error(`answer of more than ${ANSWER_BYTES_MAX} bytes`);
    pieces.push(piece);
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(pieces) };
}
