import { formatDay } from "../../normalizer/model/dates.ts";
import type {
  OutboundAccount,
  OutboundAcknowledgement,
  PaymentDocument,
} from "../../normalizer/model/outbound.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { formatFixed, MONEY_SCALE, parseScaled } from "../../normalizer/model/units.ts";
import type { ForeignIds, OutboundObject } from "../contract.ts";
import { named } from "./answers.ts";
import type { GisChannel } from "./channel.ts";
import type { GisZhkhConfig } from "./config.ts";
import { acknowledgedItem } from "./encode/acknowledgement.ts";
import { foreignId } from "./encode/foreign-id.ts";
import {
  accountsByGuid,
  accountsOfHouse,
  documentsById,
  documentsOfMonth,
  noticeByGuid,
} from "./encode/reads.ts";
import { noticesOf } from "./parse.ts";
import type { XmlNode } from "./tree.ts";
import { child, childrenOf, textOf } from "./tree.ts";

/** maxOccurs of the keys of a read (gis-zhkh.md 7). */
const KEYS_MAX = 1000;

type Reading = Pick<GisChannel, "read">;
type Reader = (
  channel: Reading,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
  config: Lists,
) => Promise<ReadonlyMap<string, ForeignIds>>;
/** Items of lists by which ГИС ЖКХ names services. */
type Lists = Pick<GisZhkhConfig, "services" | "penalty">;

const READERS: Readonly<Record<string, Reader>> = {
  account: findAccounts,
  "payment-document": findDocuments,
  "payment-document-withdrawal": findWithdrawn,
  acknowledgement: findAcknowledged,
};

/** Objects that stand at ГИС ЖКХ as they were sent. One with an older content is not among them. */
export async function findDelivered(
  channel: Reading,
  kind: string,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
  lists: Lists,
): Promise<ReadonlyMap<string, ForeignIds>> {
  return (await READERS[kind]?.(channel, objects, signal, lists)) ?? new Map();
}

/** By GUID where one is known; a new account only by its house and our number. */
async function findAccounts(
  channel: Reading,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ForeignIds>> {
  const guids = objects.flatMap(({ foreignIds }) => foreignIds["AccountGUID"] ?? []);
  const houses = objects
    .filter(({ foreignIds }) => foreignIds["AccountGUID"] === undefined)
    .flatMap(({ content }) => (content as OutboundAccount).houseGuid ?? []);
  const requests = [
    ...chunks(guids, KEYS_MAX).map(accountsByGuid),
    ...[...new Set(houses)].map(accountsOfHouse),
  ];
  const standing = new Map<string, XmlNode>();
  for (const request of requests) {
    const read = await channel.read("exportAccountData", request, signal);
    for (const account of read === null ? [] : childrenOf(read.result, "exportAccountResult")) {
      const number = textOf(account, "AccountNumber");
      if (number !== null) standing.set(number, account);
    }
  }
  const found = new Map<string, ForeignIds>();
  for (const { key, content } of objects) {
    const account = standing.get((content as OutboundAccount).number);
    if (account === undefined || !accountStands(content as OutboundAccount, account)) continue;
    const ids = ["AccountGUID", "UnifiedAccountNumber", "ServiceID"].map((name) => [
      name,
      textOf(account, name),
    ]);
    found.set(key, named(Object.fromEntries(ids)));
  }
  return found;
}

function accountStands(account: OutboundAccount, standing: XmlNode): boolean {
  const closed = child(standing, "Closed");
  const closeDate = textOf(closed, "CloseDate")?.slice(0, 10) ?? null;
  const wanted = account.closedOn === null ? null : formatDay(account.closedOn);
  if (closeDate !== wanted) return false;
  const residents = textOf(standing, "LivingPersonsNumber");
  if (account.residents !== null && residents !== String(account.residents)) return false;
  const area = textOf(standing, "TotalSquare");
  return account.areaM2 === "" || isEqualDecimal(area, account.areaM2, 4);
}

/** By month and account; the number says which document of the account it is. */
async function findDocuments(
  channel: Reading,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ForeignIds>> {
  const standing = new Map<string, XmlNode>();
  for (const month of new Set(objects.map(monthOf))) {
    const ofMonth = objects.filter((object) => monthOf(object) === month);
    for (const part of chunks(ofMonth, KEYS_MAX)) {
      const guids = part.map((object) => foreignId(object, "AccountGUID"));
      const request = documentsOfMonth(month, guids);
      for (const document of await readDocuments(channel, request, signal)) {
        const number = textOf(document, "PaymentDocumentNumber") ?? "";
        if (child(document, "Withdraw") === null) standing.set(number, document);
      }
    }
  }
  const found = new Map<string, ForeignIds>();
  for (const { key, content } of objects) {
    const wanted = content as PaymentDocument;
    const document = standing.get(wanted.number);
    if (document === undefined || !documentStands(wanted, document)) continue;
    found.set(key, named({ PaymentDocumentID: textOf(document, "PaymentDocumentID") }));
  }
  return found;
}

function monthOf({ content }: OutboundObject): PaymentDocument["month"] {
  return (content as PaymentDocument).month;
}

/** What the read repeats of what we wrote; a sum that it does not repeat proves nothing. */
function documentStands(wanted: PaymentDocument, standing: XmlNode): boolean {
  const sums: readonly (readonly [string, Kopecks])[] = [
    ["TotalPayableByPD", wanted.payable],
    ["TotalPayableByPDWithDebtAndAdvance", wanted.payableWithDebt],
  ];
  return sums.every(([name, amount]) =>
    isEqualDecimal(textOf(standing, name), formatFixed(amount, MONEY_SCALE), MONEY_SCALE),
  );
}

/** A document that is withdrawn, or is no longer there to withdraw. */
async function findWithdrawn(
  channel: Reading,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ForeignIds>> {
  const exposed = new Set<string>();
  for (const part of chunks(objects, KEYS_MAX)) {
    const ids = part.map((object) => foreignId(object, "PaymentDocumentID"));
    for (const document of await readDocuments(channel, documentsById(ids), signal)) {
      const id = textOf(document, "PaymentDocumentID");
      if (id !== null && child(document, "Withdraw") === null) exposed.add(id);
    }
  }
  const withdrawn = objects.filter(
    (object) => !exposed.has(foreignId(object, "PaymentDocumentID")),
  );
  return new Map(withdrawn.map(({ key }) => [key, {}]));
}

async function readDocuments(
  channel: Reading,
  request: Parameters<GisChannel["read"]>[1],
  signal: AbortSignal,
): Promise<XmlNode[]> {
  const read = await channel.read("exportPaymentDocumentData", request, signal);
  if (read === null) return [];
  return childrenOf(read.result, "exportPaymentDocResult").flatMap((one) =>
    childrenOf(one, "PaymentDocument"),
  );
}

/** A notice at a time: the schema gives no list of them. */
async function findAcknowledged(
  channel: Reading,
  objects: readonly OutboundObject[],
  signal: AbortSignal,
  lists: Lists,
): Promise<ReadonlyMap<string, ForeignIds>> {
  const byNotice = new Map<string, OutboundObject[]>();
  for (const object of objects) {
    const { notice } = object.content as OutboundAcknowledgement;
    byNotice.set(notice, [...(byNotice.get(notice) ?? []), object]);
  }
  const found = new Map<string, ForeignIds>();
  for (const [guid, wanted] of byNotice) {
    const request = noticeByGuid(guid);
    const read = await channel.read("exportNotificationsOfOrderExecutionPaginal", request, signal);
    const notices = read === null ? [] : noticesOf(read.result);
    for (const object of wanted) {
      if (notices.some((notice) => acknowledgementStands(object, notice, lists))) {
        found.set(object.key, {});
      }
    }
  }
  return found;
}

function acknowledgementStands(object: OutboundObject, notice: XmlNode, lists: Lists): boolean {
  const { document } = object.content as OutboundAcknowledgement;
  if (document === null) return textOf(notice, "AckStatus") === "5";
  const list = child(notice, "AcknowledgmentRequestsList");
  const requests = list === null ? [] : childrenOf(list, "AcknowledgmentRequest");
  const id = foreignId(object, "PaymentDocumentID");
  const item = acknowledgedItem(document.service, lists).guid.toLowerCase();
  return requests.some((one) => {
    const acknowledged = child(one, "PaymentDocumentAck");
    const service =
      textOf(acknowledged, "MSType") ?? textOf(child(acknowledged, "PServiceType"), "GUID");
    return (
      textOf(acknowledged, "PaymentDocumentID") === id &&
      service?.toLowerCase() === item &&
      isEqualDecimal(textOf(acknowledged, "Amount"), String(document.amount), MONEY_SCALE)
    );
  });
}

function isEqualDecimal(text: string | null, wanted: string, scale: number): boolean {
  if (text === null) return false;
  const value = parseScaled(text, scale);
  return value !== null && value === parseScaled(wanted, scale);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}
