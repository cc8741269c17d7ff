import type { OutboundObject } from "../../contract.ts";
import type { GisZhkhConfig } from "../config.ts";
import { transportGuid } from "../guid.ts";
import type { XmlElement } from "../xml.ts";
import { element } from "../xml.ts";
import { foreignId } from "./foreign-id.ts";

/** `WithdrawPaymentDocument` of importPaymentDocumentRequest: the document is known by the id it was given. */
export function withdrawalElement(object: OutboundObject, config: GisZhkhConfig): XmlElement {
  return element("bills:WithdrawPaymentDocument", [
    element("base:TransportGUID", transportGuid(config.organisation, object.key)),
    element("bb:PaymentDocumentID", foreignId(object, "PaymentDocumentID")),
  ]);
}
