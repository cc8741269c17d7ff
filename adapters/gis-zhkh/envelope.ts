import type { GisZhkhConfig } from "./config.ts";
import type { OperationName } from "./operations.ts";
import { OPERATIONS } from "./operations.ts";
import type { XmlElement } from "./xml.ts";
import { element, serialise } from "./xml.ts";

/** Element that the signature covers. */
export const SIGNED_ID = "signed-data-container";

const MOSCOW_OFFSET_MS = 3 * 3_600_000;

export interface MessageHeader {
  /** MessageGUID: new in every request, questions for a result included. */
  readonly id: string;
  readonly atMs: number;
}

/** The request element of an operation, with the attributes that every one has. */
export function request(
  name: XmlElement["name"],
  operation: OperationName,
  content: readonly (XmlElement | null)[],
): XmlElement {
  const { version } = OPERATIONS[operation];
  return element(name, content, { Id: SIGNED_ID, "base:version": version });
}

/** The question for a result; the schema gives it neither an Id nor a signature. */
export function stateRequest(foreignMessage: string): XmlElement {
  return element("base:getStateRequest", [element("base:MessageGUID", foreignMessage)]);
}

/** SOAP 1.1 message. Without an XML declaration, which canonicalisation would drop: the bytes are canonical whole. */
export function envelope(
  body: XmlElement,
  header: MessageHeader,
  config: Pick<GisZhkhConfig, "organisation" | "operatorSignature">,
): Uint8Array {
  const requestHeader = element("base:RequestHeader", [
    element("base:Date", instant(header.atMs)),
    element("base:MessageGUID", header.id),
    element("base:orgPPAGUID", config.organisation),
    config.operatorSignature ? element("base:IsOperatorSignature", "true") : null,
  ]);
  const message = element("soap:Envelope", [
    element("soap:Header", [requestHeader]),
    element("soap:Body", [body]),
  ]);
  return Buffer.from(serialise(message), "utf8");
}

/** xs:dateTime in the counterpart's zone: "2026-03-23T11:59:58.000+03:00". */
export function instant(atMs: number): string {
  return new Date(atMs + MOSCOW_OFFSET_MS).toISOString().replace("Z", "+03:00");
}
