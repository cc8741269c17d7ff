import type { ProblemCode } from "../../../normalizer/model/problems.ts";
import type { OutboundObject } from "../../contract.ts";
import { DeliveryError } from "../../contract.ts";
import type { GisZhkhConfig } from "../config.ts";
import { request } from "../envelope.ts";
import type { QName } from "../namespaces.ts";
import type { OperationName } from "../operations.ts";
import { invalidTexts } from "../validate.ts";
import type { XmlElement } from "../xml.ts";
import { element, TextError } from "../xml.ts";
import { accountElement } from "./account.ts";
import { acknowledgementElement } from "./acknowledgement.ts";
import { monthOfDocument, payeeElements, paymentDocumentElement } from "./payment-document.ts";
import { ObjectRefusal } from "./refusal.ts";
import { withdrawalElement } from "./withdrawal.ts";

/** One kind of object: which message carries it, how many, and how one is written. */
interface Kind {
  /** maxOccurs of the schema (gis-zhkh.md 7). */
  readonly batchMax: number;
  readonly operation: OperationName;
  readonly request: QName;
  readonly object: (object: OutboundObject, config: GisZhkhConfig) => XmlElement;
  /** What stands before the objects. */
  readonly head?: (objects: readonly OutboundObject[], config: GisZhkhConfig) => Children;
  /** Objects of one message have equal groups. */
  readonly groupOf?: (object: OutboundObject) => string;
  /** Foreign ids by which notices of payment name the account. */
  readonly namesAccounts?: readonly string[];
}
type Children = readonly (XmlElement | null)[];

/** In the order of need: a document needs its account, a withdrawal and an acknowledgement the document. */
export const KINDS = {
  account: {
    batchMax: 100,
    operation: "importAccountData",
    request: "hm:importAccountRequest",
    object: accountElement,
    namesAccounts: ["UnifiedAccountNumber", "ServiceID"],
  },
  "payment-document": {
    batchMax: 500,
    operation: "importPaymentDocumentData",
    request: "bills:importPaymentDocumentRequest",
    object: paymentDocumentElement,
    head: documentHead,
    groupOf: monthOfDocument,
  },
  "payment-document-withdrawal": {
    batchMax: 1000,
    operation: "importPaymentDocumentData",
    request: "bills:importPaymentDocumentRequest",
    object: withdrawalElement,
  },
  acknowledgement: {
    batchMax: 100,
    operation: "importAcknowledgment",
    request: "bills:importAcknowledgmentRequest",
    object: acknowledgementElement,
  },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

/**
 * Request element of some objects of one kind, unsigned.
 *
 * @throws DeliveryError "park" with the keys of the objects that cannot be said, LIMIT_EXCEEDED for too many
 */
export function message(
  kindName: string,
  objects: readonly OutboundObject[],
  config: GisZhkhConfig,
): { readonly operation: OperationName; readonly body: XmlElement } {
  if (!(kindName in KINDS)) {
    throw new DeliveryError("SCHEMA_INVALID", "park", `вид объекта «${kindName}» неизвестен`);
  }
  const kind: Kind = KINDS[kindName as KindName];
  if (objects.length > kind.batchMax) {
    const text = `в сообщении ${kind.operation} не больше ${kind.batchMax}, дано ${objects.length}`;
    throw new DeliveryError("LIMIT_EXCEEDED", "park", text);
  }
  refuseStrangers(kind, objects);
  const head = writeHead(kind, objects, config);
  const written = writeObjects(kind, objects, config);
  const body = request(kind.request, kind.operation, [...head, ...written]);
  return { operation: kind.operation, body };
}

/** The month that the first object sets is the message's. */
function refuseStrangers(kind: Kind, objects: readonly OutboundObject[]): void {
  const [first] = objects;
  if (first === undefined || kind.groupOf === undefined) return;
  const group = kind.groupOf(first);
  const strangers = objects.filter((object) => kind.groupOf?.(object) !== group);
  if (strangers.length === 0) return;
  const keys = strangers.map(({ key }) => key);
  throw new DeliveryError("LIMIT_EXCEEDED", "park", `сообщение за ${group}`, { keys });
}

/** What all objects share: a fault in it is nobody's alone. */
function writeHead(
  kind: Kind,
  objects: readonly OutboundObject[],
  config: GisZhkhConfig,
): readonly XmlElement[] {
  try {
    const head = (kind.head?.(objects, config) ?? []).filter((one) => one !== null);
    const invalid = head.flatMap(invalidTexts);
    if (invalid.length === 0) return head;
    throw new DeliveryError("SCHEMA_INVALID", "park", invalid.join(", "));
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw new DeliveryError("SCHEMA_INVALID", "park", error.message, { cause: error });
  }
}

function writeObjects(
  kind: Kind,
  objects: readonly OutboundObject[],
  config: GisZhkhConfig,
): XmlElement[] {
  const written: XmlElement[] = [];
  const refused: { readonly key: string; readonly code: ProblemCode; readonly text: string }[] = [];
  for (const object of objects) {
    try {
      const one = kind.object(object, config);
      const [invalid] = invalidTexts(one);
      if (invalid !== undefined) throw new ObjectRefusal("SCHEMA_INVALID", invalid);
      written.push(one);
    } catch (error) {
      if (error instanceof ObjectRefusal) {
        refused.push({ key: object.key, code: error.code, text: error.message });
      } else if (error instanceof TextError) {
        refused.push({ key: object.key, code: "SCHEMA_INVALID", text: error.message });
      } else throw error;
    }
  }
  const [worst] = refused;
  if (worst === undefined) return written;
  const same = refused.filter(({ code }) => code === worst.code);
  const text = same.map((one) => `${one.key}: ${one.text}`).join("\n");
  throw new DeliveryError(worst.code, "park", text, { keys: same.map(({ key }) => key) });
}

/** Month before year here; the sums are ours unless the settings vouch for them. */
function documentHead(objects: readonly OutboundObject[], config: GisZhkhConfig): Children {
  const [first] = objects;
  const [year = "", month = ""] = first === undefined ? [] : monthOfDocument(first).split("-");
  return [
    config.confirmAmounts ? element("bills:ConfirmAmountsCorrect", "true") : null,
    element("base:Month", String(Number(month))),
    element("base:Year", year),
    ...payeeElements(objects, config),
  ];
}
