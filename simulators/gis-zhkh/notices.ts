import { randomUUID } from "node:crypto";
import type { ObjectOutcome } from "./answers.ts";
import { moscowTime } from "./answers.ts";
import type { PaymentDocuments } from "./payment-documents.ts";
import { coded } from "./refusal.ts";
import type { Element, Written } from "./xml.ts";
import { child, childrenOf, copied, optional, tag, textAt, together } from "./xml.ts";

/** A payment as a bank places it: извещение о принятии к исполнению распоряжения. */
export interface NoticeInput {
  /** УИП of the order, 32 characters. */
  readonly orderId: string;
  readonly amountKopecks: number;
  /** Day of the order, "2026-03-20". */
  readonly date: string;
  /** PaymentDocumentID, when the payer gave it. */
  readonly document?: string;
  /** ЕЛС, when the payer gave it. */
  readonly account?: string;
  /** Account number as the supplier prints it, when the payer gave that alone. */
  readonly accountNumber?: string;
  /** "2026-02": paid for. Absent = the month of the order. */
  readonly month?: string;
  readonly purpose?: string;
}

/** 0 new, 1 cancelled, 2 acknowledged, 3 partly, 4 preliminarily, 5 impossible (gis-zhkh.md 9.7). */
export type AckStatus = 0 | 1 | 2 | 3 | 4 | 5;

export interface Acknowledgment {
  readonly documentId: string;
  /** GUID of the service in its list. */
  readonly service: string;
  readonly kopecks: number;
  /** As it came: the choice of the service's kind. */
  readonly element: Element;
}

export interface Notice extends NoticeInput {
  readonly guid: string;
  readonly createdAtMs: number;
  status: AckStatus;
  acknowledgments: readonly Acknowledgment[];
  /** Reason of AckImpossible. */
  impossible: string | null;
}

const NOTHING: ReadonlySet<string> = new Set();
const PAGE_DEFAULT = 1000;
const DAY_MS = 86_400_000;

export class Notices {
  readonly byGuid = new Map<string, Notice>();
  readonly #byOrder = new Map<string, Notice>();
  readonly #documents: PaymentDocuments;
  readonly #nowMs: () => number;

  constructor(documents: PaymentDocuments, nowMs: () => number) {
    this.#documents = documents;
    this.#nowMs = nowMs;
  }

  add(input: NoticeInput): Notice {
    if (this.#byOrder.has(input.orderId)) throw new Error(`a second order ${input.orderId}`);
    const notice: Notice = {
      ...input,
      guid: randomUUID(),
      createdAtMs: this.#nowMs(),
      status: 0,
      acknowledgments: [],
      impossible: null,
    };
    this.byGuid.set(notice.guid, notice);
    this.#byOrder.set(notice.orderId, notice);
    return notice;
  }

  /** The bank takes the payment back; what was acknowledged of it stands no more. */
  cancel(guid: string): void {
    const notice = this.byGuid.get(guid);
    if (notice === undefined) throw new Error(`no notice ${guid}`);
    notice.status = 1;
    notice.acknowledgments = [];
  }

  acknowledge(element: Element, transportGuid: string): ObjectOutcome {
    const refused = (code: string, cause: string): ObjectOutcome => ({
      transportGuid,
      error: coded(code, cause),
    });
    const notice = this.#named(element);
    if (notice === undefined) return refused("INT002000", "извещение");
    if (notice.status === 1) return refused("SRV008001", "извещение аннулировано");
    const impossible = child(element, "pb:AckImpossible");
    if (impossible !== undefined) {
      notice.status = 5;
      notice.impossible = textAt(impossible, "pb:Reason") ?? "";
      return { transportGuid, guid: notice.guid };
    }
    const wanted = child(element, "pb:PaymentDocumentAck");
    const documentId = textAt(wanted, "bb:PaymentDocumentID") ?? "";
    const document = this.#documents.byId.get(documentId);
    if (document === undefined || document.withdrawn) {
      return refused("INT002000", `платёжный документ ${documentId}`);
    }
    const named = child(wanted, "pb:MSType") ?? child(wanted, "pb:PServiceType");
    const service = textAt(named, "nsi:GUID") ?? named?.text;
    if (
      named === undefined ||
      service === undefined ||
      !chargedServices(document.element).includes(service)
    ) {
      return refused("INT002000", `услуга ${service} в платёжном документе ${documentId}`);
    }
    const kopecks = Number(textAt(wanted, "pb:Amount"));
    const left = notice.amountKopecks - sumOf(notice.acknowledgments);
    if (!(kopecks > 0 && kopecks <= left)) {
      return refused("SRV008002", `сумма квитирования ${kopecks}, остаток извещения ${left} коп.`);
    }
    notice.acknowledgments = [
      ...notice.acknowledgments,
      { documentId, service, kopecks, element: named },
    ];
    notice.status = kopecks === left ? 2 : 3;
    return { transportGuid, guid: notice.guid };
  }

  cancelAcknowledgment(element: Element, transportGuid: string): ObjectOutcome {
    const notice = this.#named(element);
    const documentId = textAt(element, "bb:PaymentDocumentID");
    const kept = notice?.acknowledgments.filter((each) => each.documentId !== documentId);
    if (notice === undefined || kept?.length === notice.acknowledgments.length) {
      return { transportGuid, error: coded("INT002000", "квитирование") };
    }
    notice.acknowledgments = kept ?? [];
    notice.status = notice.acknowledgments.length === 0 ? 0 : 3;
    return { transportGuid, guid: notice.guid };
  }

  #named(element: Element): Notice | undefined {
    const guid = textAt(element, "pb:NotificationsOfOrderExecutionGUID");
    if (guid !== undefined) return this.byGuid.get(guid);
    const order = textAt(element, "pb:OrderID") ?? textAt(element, "pb:OrderIDMultipurpose");
    return this.#byOrder.get(order ?? "");
  }

  /** @returns one page, with the GUID of the next one where there is more; null when nothing is found */
  export(request: Element, organisationGuid: string): Written | null {
    const all = this.#asked(request);
    const cursor = textAt(request, "bills:ExportNotificationsOfOrderExecutionGUID");
    const from = cursor === undefined ? 0 : all.findIndex(({ guid }) => guid === cursor);
    const size = Number(textAt(request, "bills:PageSize") ?? PAGE_DEFAULT);
    const page = from < 0 ? [] : all.slice(from, from + size);
    if (page.length === 0) return null;
    return together([
      tag(
        "bills:exportNotificationsOfOrderExecutionResult",
        ...page.map((notice) => exported(notice, organisationGuid)),
      ),
      optional("bills:ExportNotificationsOfOrderExecutionGUID", all[from + size]?.guid),
    ]);
  }

  #asked(request: Element): readonly Notice[] {
    const notices = [...this.byGuid.values()];
    const supplier = child(request, "bills:SupplierIDs");
    if (supplier !== undefined) {
      const document = textAt(supplier, "bb:PaymentDocumentID");
      const account = textAt(supplier, "acc:UnifiedAccountNumber");
      return notices.filter((notice) =>
        document === undefined ? notice.account === account : notice.document === document,
      );
    }
    const filter = child(request, "bills:Notifications");
    const guid = textAt(filter, "pb:NotificationsOfOrderExecutionGUID");
    if (guid !== undefined) return notices.filter((notice) => notice.guid === guid);
    const fromMs = Date.parse(textAt(filter, "bills:DateFrom") ?? "");
    const toMs = fromMs + Number(textAt(filter, "bills:DaysInterval")) * DAY_MS;
    const statuses = new Set(childrenOf(filter, "bills:AckStatus").map(({ text }) => text));
    return notices.filter((notice) => {
      const atMs = Date.parse(notice.date);
      return atMs >= fromMs && atMs < toMs && statuses.has(String(notice.status));
    });
  }
}

/** GUIDs of what the document charges, in their lists. */
function chargedServices(document: Element): readonly string[] {
  const charges = [
    ...childrenOf(document, "bills:ChargeInfo").flatMap((each) =>
      childrenOf(each, "bills:MunicipalService"),
    ),
    ...childrenOf(document, "bills:PenaltiesAndCourtCosts"),
  ];
  return charges.flatMap((each) => textAt(each, "bills:ServiceType", "nsi:GUID") ?? []);
}

function sumOf(acknowledgments: readonly Acknowledgment[]): number {
  return acknowledgments.reduce((sum, { kopecks }) => sum + kopecks, 0);
}

function exported(notice: Notice, organisationGuid: string): Written {
  const month = notice.month ?? notice.date.slice(0, 7);
  return tag(
    "bills:NotificationOfOrderExecutionWithStatus",
    tag(
      "pb:OrderInfo",
      tag("pb:OrderID", notice.orderId),
      tag("pb:OrderDate", notice.date),
      tag("pb:Amount", String(notice.amountKopecks)),
      optional("pb:PaymentPurpose", notice.purpose),
      optional("bb:PaymentDocumentID", notice.document),
      tag("base:Year", month.slice(0, 4)),
      tag("base:Month", String(Number(month.slice(5)))),
      optional("acc:UnifiedAccountNumber", notice.account),
      optional("pb:AccountNumber", notice.accountNumber),
    ),
    tag("bills:AckStatus", String(notice.status)),
    tag("bills:CreationDate", moscowTime(notice.createdAtMs)),
    tag(
      "bills:AcknowledgmentRequestsList",
      ...notice.acknowledgments.map(({ documentId, kopecks, element }) =>
        tag(
          "bills:AcknowledgmentRequest",
          tag("pb:NotificationsOfOrderExecutionGUID", notice.guid),
          tag(
            "pb:PaymentDocumentAck",
            tag("bb:PaymentDocumentID", documentId),
            copied(element, NOTHING),
            tag("pb:Amount", String(kopecks)),
          ),
          tag("bills:OrderID", notice.orderId),
        ),
      ),
      ...(notice.impossible === null
        ? []
        : [
            tag(
              "bills:AcknowledgmentRequest",
              tag("pb:NotificationsOfOrderExecutionGUID", notice.guid),
              tag(
                "pb:AckImpossible",
                optional("pb:Reason", notice.impossible === "" ? undefined : notice.impossible),
              ),
              tag("bills:OrderID", notice.orderId),
            ),
          ]),
    ),
    tag("bills:AcknowledgmentAmount", String(sumOf(notice.acknowledgments))),
    tag("pb:NotificationsOfOrderExecutionGUID", notice.guid),
    tag("bills:orgPPAGUID", organisationGuid),
  );
}
