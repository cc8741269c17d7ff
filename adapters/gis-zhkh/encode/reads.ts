import type { Day, Month } from "../../../normalizer/model/dates.ts";
import { formatDay } from "../../../normalizer/model/dates.ts";
import { request } from "../envelope.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";

/** Every status: a payment that somebody has acknowledged already is still a payment, a cancelled one a reversal. */
const STATUSES = [0, 1, 2, 3, 4, 5];

/** Accounts of one house; an account that has no GUID yet is only found so. */
export function accountsOfHouse(houseGuid: string): XmlElement {
  const house = element("hm:FIASHouseGuid", houseGuid);
  return request("hm:exportAccountRequest", "exportAccountData", [house]);
}

/** At most 1000 accounts by their GUIDs. */
export function accountsByGuid(guids: readonly string[]): XmlElement {
  const keys = guids.map((guid) => element("hm:AccountGUID", guid));
  return request("hm:exportAccountRequest", "exportAccountData", keys);
}

/** Documents of one month of at most 1000 accounts. Year before month here, the other way round in the import. */
export function documentsOfMonth(month: Month, accountGuids: readonly string[]): XmlElement {
  return request("bills:exportPaymentDocumentRequest", "exportPaymentDocumentData", [
    element("base:Year", String(Math.floor(month / 12))),
    element("base:Month", String((month % 12) + 1)),
    ...accountGuids.map((guid) => element("bills:AccountGUID", guid)),
  ]);
}

/** At most 1000 documents by the ids they were given. */
export function documentsById(ids: readonly string[]): XmlElement {
  const keys = ids.map((id) => element("bb:PaymentDocumentID", id));
  return request("bills:exportPaymentDocumentRequest", "exportPaymentDocumentData", keys);
}

const NOTICES = "bills:exportNotificationsOfOrderExecutionPaginalRequest";

/**
 * One page of payment notices.
 *
 * @param days 1–7, from `from`
 * @param page what the answer before gave; null = the first page
 */
export function noticesOfDays(
  from: Day,
  days: number,
  pageSize: number,
  page: string | null,
): XmlElement {
  return request(NOTICES, "exportNotificationsOfOrderExecutionPaginal", [
    element("bills:Notifications", [
      element("bills:DaysInterval", String(days)),
      ...STATUSES.map((status) => element("bills:AckStatus", String(status))),
      element("bills:DateFrom", formatDay(from)),
    ]),
    optional("bills:ExportNotificationsOfOrderExecutionGUID", page),
    element("bills:PageSize", String(pageSize)),
  ]);
}

/** One notice with what it was acknowledged to. */
export function noticeByGuid(guid: string): XmlElement {
  return request(NOTICES, "exportNotificationsOfOrderExecutionPaginal", [
    element("bills:Notifications", [element("pb:NotificationsOfOrderExecutionGUID", guid)]),
  ]);
}
