import type { Operation } from "./operations.ts";
import { OPERATIONS, PATHS } from "./operations.ts";
import { Refusal } from "./refusal.ts";
import type { Element } from "./xml.ts";
import { child, childrenOf, textAt } from "./xml.ts";

export interface IncomingMessage {
  readonly operation: Operation;
  readonly messageGuid: string;
  readonly organisation: string;
  readonly body: Element;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The operation of a path and a SOAPAction ("urn:name", in quotes or not). */
export function operationOf(path: string, soapAction: string | undefined): Operation {
  const action = (soapAction ?? "").replace(/^"(.*)"$/, "$1");
  const found = OPERATIONS.find(
    ({ name, service }) => PATHS[service] === path && `urn:${name}` === action,
  );
  if (found === undefined) throw new Refusal("FMT001301", `SOAPAction ${action} по адресу ${path}`);
  return found;
}

/**
 * What is checked of every message before anything of it is done: envelope, header, version, Id, limits, transport GUIDs.
 *
 * @throws Refusal
 */
export function checkMessage(
  operation: Operation,
  envelope: Element,
  organisations: ReadonlySet<string> | null,
): IncomingMessage {
  if (envelope.name !== "soap:Envelope") throw new Refusal("FMT001300", "нет soap:Envelope");
  const header = child(child(envelope, "soap:Header"), "base:RequestHeader");
  const [body, ...more] = child(envelope, "soap:Body")?.children ?? [];
  if (body?.name !== operation.request || more.length > 0) {
    throw new Refusal("FMT001301", `ожидается ${operation.request}, получено ${body?.name}`);
  }
  const messageGuid = textAt(header, "base:MessageGUID") ?? "";
  if (!GUID.test(messageGuid)) throw new Refusal("FMT001301", "MessageGUID");
  if (Number.isNaN(Date.parse(textAt(header, "base:Date") ?? ""))) {
    throw new Refusal("FMT001301", "Date");
  }
  const organisation = textAt(header, "base:orgPPAGUID") ?? "";
  if (!GUID.test(organisation)) throw new Refusal("FMT001301", "orgPPAGUID");
  if (organisations !== null && !organisations.has(organisation)) {
    throw new Refusal("AUT011002", organisation);
  }
  checkBody(operation, body);
  return { operation, messageGuid, organisation, body };
}

function checkBody({ versions, limits }: Operation, body: Element): void {
  if (versions !== null) {
    const version = body.attributes["base:version"] ?? "";
    if (!versions.includes(version)) throw new Refusal("FMT001310", version);
    if (body.attributes["Id"] !== "signed-data-container") {
      throw new Refusal("FMT001301", 'нет Id="signed-data-container"');
    }
  }
  for (const [name, max] of Object.entries(limits)) {
    const count = childrenOf(body, name).length;
    if (count > max) throw new Refusal("FMT001301", `${name}: ${count}, допустимо ${max}`);
  }
  const transports = new Set<string>();
  for (const object of body.children) {
    const guid = textAt(object, "base:TransportGUID");
    if (guid === undefined) continue;
    if (transports.has(guid) || !GUID.test(guid)) {
      throw new Refusal("FMT001301", `TransportGUID ${guid}`);
    }
    transports.add(guid);
  }
}
