import type { OutboundAcknowledgement, PaymentPart } from "../../../normalizer/model/outbound.ts";
import type { OutboundObject } from "../../contract.ts";
import type { GisZhkhConfig, ListReference } from "../config.ts";
import { transportGuid } from "../guid.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";
import { foreignId } from "./foreign-id.ts";
import { listItem } from "./list-item.ts";
import { ObjectRefusal } from "./refusal.ts";

const REASON_LENGTH_MAX = 210;

/**
 * `AcknowledgmentRequestInfo` (gis-zhkh.md 9.7): a part of the payment goes to one service of the document that the
 * object needs, or the payment cannot go to any. The schema has room for one service, so each is an object of its
 * own. Kopecks here, roubles in the document.
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
          serviceElement(document, config),
          element("pb:Amount", String(document.amount)),
        ]);
  return element("bills:AcknowledgmentRequestInfo", [
    element("pb:NotificationsOfOrderExecutionGUID", notice),
    outcome,
    element("base:TransportGUID", transportGuid(config.organisation, object.key)),
  ]);
}

/** The main service by its GUID alone, the penalty by code and GUID: so the schema has them. */
function serviceElement({ service }: PaymentPart, config: GisZhkhConfig): XmlElement {
  const item = acknowledgedItem(service, config);
  return service === "PENALTY"
    ? listItem("pb:PServiceType", item)
    : element("pb:MSType", item.guid);
}

/** @throws ObjectRefusal SCHEMA_INVALID when the settings have no item of the lists for it */
export function acknowledgedItem(
  service: PaymentPart["service"],
  config: Pick<GisZhkhConfig, "services" | "penalty">,
): ListReference {
  const item =
    service === "PENALTY" ? config.penalty : config.services.find(({ zone }) => zone === service);
  if (item !== undefined) return item;
  const setting =
    service === "PENALTY" ? "настройки penalty нет" : `настройка services не знает зону ${service}`;
  throw new ObjectRefusal("SCHEMA_INVALID", `квитирование: ${setting}`);
}
