import type { ForeignIds, ObjectResult } from "../contract.ts";
import { meaningOf } from "./errors.ts";
import { transportGuid } from "./guid.ts";
import type { XmlNode } from "./tree.ts";
import { child, childrenOf, find, NotXmlError, readTree, textOf } from "./tree.ts";

/** A code and text of ГИС ЖКХ, as it said them. */
export interface ForeignError {
  readonly code: string;
  readonly text: string;
}

/** What an answer is, whatever HTTP status it came with. */
export type GisAnswer =
  | { readonly kind: "ack"; readonly message: string; readonly requester: string }
  | { readonly kind: "fault"; readonly error: ForeignError }
  /** RequestState 1 and 2. */
  | { readonly kind: "pending" }
  /** The whole message was refused, or an export found nothing. */
  | { readonly kind: "error"; readonly error: ForeignError }
  /** RequestState 3: `getStateResult` with results of an import or an export. */
  | { readonly kind: "done"; readonly result: XmlNode }
  /** No answer of ГИС ЖКХ: a page of a proxy, an empty body. */
  | { readonly kind: "strange"; readonly reason: string };

export function readAnswer(bytes: Uint8Array): GisAnswer {
  let root: XmlNode;
  try {
    root = readTree(bytes);
  } catch (error) {
    if (error instanceof NotXmlError) return { kind: "strange", reason: error.message };
    throw error;
  }
  const fault = find(root, "Fault");
  if (fault !== null) return { kind: "fault", error: faultError(fault) };
  const ack = find(root, "Ack");
  if (ack !== null) return readAck(ack);
  const result = find(root, "getStateResult");
  if (result !== null) return readState(result);
  return { kind: "strange", reason: `<${root.name}>` };
}

/** soap:Fault: its detail has the code, else the faultstring begins with it ("EXP001000: …"). */
function faultError(fault: XmlNode): ForeignError {
  const detail = child(fault, "detail");
  const inner = detail === null ? fault : find(detail, "Fault");
  const faultText = textOf(fault, "faultstring") ?? "";
  const code = textOf(inner, "ErrorCode") ?? /^([A-Z]{3}\d{6}):/.exec(faultText)?.[1] ?? "";
  return { code, text: textOf(inner, "ErrorMessage") ?? faultText };
}

function readAck(ack: XmlNode): GisAnswer {
  const message = textOf(ack, "MessageGUID");
  if (message === null) return { kind: "strange", reason: "Ack без MessageGUID" };
  return { kind: "ack", message, requester: textOf(ack, "RequesterMessageGUID") ?? "" };
}

function readState(result: XmlNode): GisAnswer {
  const state = textOf(result, "RequestState");
  if (state === "1" || state === "2") return { kind: "pending" };
  const message = child(result, "ErrorMessage");
  if (message !== null) return { kind: "error", error: messageError(message) };
  if (state !== "3") return { kind: "strange", reason: `RequestState ${state}` };
  return { kind: "done", result };
}

/** ErrorMessage, Error: code and description. */
function messageError(node: XmlNode): ForeignError {
  return { code: textOf(node, "ErrorCode") ?? "", text: textOf(node, "Description") ?? "" };
}

/** Every object of the message is refused for one reason. */
export function refusedAll(keys: readonly string[], error: ForeignError): ObjectResult[] {
  return keys.map((key) => refused(key, error));
}

/** Our class of a foreign error of one object; INT002012 is of exports and no failure. */
function refused(key: string, error: ForeignError): ObjectResult {
  const { code, remedy } = meaningOf(error.code);
  return {
    key,
    outcome: "refused",
    remedy: remedy ?? "park",
    code,
    foreignCode: error.code,
    text: error.text,
  };
}

/**
 * Results of an import, by TransportGUID. An object that the answer does not name has none, and its outcome stays
 * unknown; a name that is not of this message is not ours to believe.
 */
export function objectResults(
  result: XmlNode,
  kind: string,
  keys: readonly string[],
  organisation: string,
): ObjectResult[] {
  const byGuid = new Map(keys.map((key) => [transportGuid(organisation, key), key]));
  const results = new Map<string, ObjectResult>();
  for (const common of commonResults(result)) {
    const key = byGuid.get(textOf(common, "TransportGUID")?.toLowerCase() ?? "");
    if (key !== undefined) results.set(key, objectResult(key, kind, common));
  }
  // An ImportResult may hold an ErrorMessage in place of results: it is of the whole message.
  const whole = childrenOf(result, "ImportResult").map((one) => child(one, "ErrorMessage"));
  const [error] = whole.filter((one) => one !== null);
  if (error !== undefined && results.size === 0) return refusedAll(keys, messageError(error));
  return [...results.values()];
}

/** HomeManagement puts them into CommonResult, the other services make each ImportResult one. */
function commonResults(result: XmlNode): XmlNode[] {
  return childrenOf(result, "ImportResult").flatMap((one) => {
    const inner = childrenOf(one, "CommonResult");
    return inner.length > 0 ? inner : [one];
  });
}

function objectResult(key: string, kind: string, common: XmlNode): ObjectResult {
  const errors = childrenOf(common, "Error").map(messageError);
  const [first] = errors;
  if (first === undefined) {
    return { key, outcome: "accepted", foreignIds: foreignIdsOf(kind, common) };
  }
  // Several controls may refuse one object: the worst decides, the person reads all.
  const worst = errors.find(({ code }) => meaningOf(code).remedy === "park") ?? first;
  const text = errors.map((error) => `${error.code}: ${error.text}`).join("\n");
  return { ...refused(key, worst), text: errors.length === 1 ? worst.text : text };
}

function foreignIdsOf(kind: string, common: XmlNode): ForeignIds {
  if (kind === "account") {
    const account = child(common, "ImportAccount");
    return named({
      AccountGUID: textOf(common, "GUID"),
      UnifiedAccountNumber: textOf(account, "UnifiedAccountNumber"),
      ServiceID: textOf(account, "ServiceID"),
    });
  }
  if (kind === "payment-document") {
    return named({ PaymentDocumentID: textOf(common, "UniqueNumber") });
  }
  return {};
}

/** Without the ids that the answer does not have: they would erase what is known. */
export function named(ids: Readonly<Record<string, string | null>>): ForeignIds {
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== null)) as ForeignIds;
}
