import type { OutboundAcknowledgement } from "../../../normalizer/model/outbound.ts";
import type { OutboundObject } from "../../contract.ts";
import type { GisZhkhConfig } from "../config.ts";
import { transportGuid } from "../guid.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";
import { foreignId } from "./foreign-id.ts";
import { ObjectRefusal } from "./refusal.ts";

const REASON_LENGTH_MAX = 210;

/**
 * `AcknowledgmentRequestInfo` (gis-zhkh.md 9.7): the payment goes to the document that the object needs, or cannot.
 * Kopecks here, roubles in the document.
 */
export function acknowledgementElement(object: OutboundObject, config: GisZhkhConfig): XmlElement {
  const { notice, document, reason } = object.content as OutboundAcknowledgement;
  const outcome =
    document === null
      ? element("pb:AckImpossible", [
          optional("pb:Reason", reason?.slice(0, REASON_LENGTH_MAX) ?? null),
        ])
      : element("pb:PaymentDocumentAck", [
          element("bb:PaymentDocumentID", foreignId(object, "PaymentDocumentID")),
          element("pb:MSType", acknowledgedService(config)),
          element("pb:Amount", String(document.amount)),
        ]);
  return element("bills:AcknowledgmentRequestInfo", [
    element("pb:NotificationsOfOrderExecutionGUID", notice),
    outcome,
    element("base:TransportGUID", transportGuid(config.organisation, object.key)),
  ]);
}

function acknowledgedService(config: GisZhkhConfig): string {
  const guid = config.acknowledgedService ?? config.services[0]?.guid;
  if (guid === undefined) {
    throw new ObjectRefusal("SCHEMA_INVALID", "настройка services: нет услуги для квитирования");
  }
  return guid;
}
