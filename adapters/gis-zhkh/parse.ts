import type { Day } from "../../normalizer/model/dates.ts";
import { parseDay, parseMonth } from "../../normalizer/model/dates.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import { parseScaled } from "../../normalizer/model/units.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import type { GisZhkhProfile } from "./config.ts";
import type { XmlNode } from "./tree.ts";
import { child, childrenOf, find, NotXmlError, readTree, textOf } from "./tree.ts";

const SIZE_BYTES_MAX = 64 * 1024 * 1024;
/** AckStatus of a notice that the acceptor has taken back. */
const CANCELLED = "1";

/**
 * Payment notices of one answer of exportNotificationsOfOrderExecutionPaginal, a record each; the same notice comes
 * with every poll of its week and is one payment by its OrderID. A cancelled one is the payment and its reversal:
 * whatever of the two is known already is a no-op.
 */
export async function* parse(input: ParseInput<GisZhkhProfile>): AsyncIterable<Parsed> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of input.bytes) {
    length += piece.length;
    if (length > SIZE_BYTES_MAX) {
      const values = { limit: "размер файла", allowed: `${SIZE_BYTES_MAX} байт` };
      yield refused("LIMIT_EXCEEDED", SIZE_BYTES_MAX, values);
      return;
    }
    pieces.push(piece);
  }
  let root: XmlNode;
  try {
    root = readTree(Buffer.concat(pieces));
  } catch (error) {
    if (!(error instanceof NotXmlError)) throw error;
    yield refused(error.message === "DOCTYPE" ? "DTD_FORBIDDEN" : "XML_MALFORMED", 0, {
      reason: error.message,
    });
    return;
  }
  const result = find(root, "getStateResult");
  if (result === null) {
    yield refused("FORMAT_UNKNOWN", 0, {});
    return;
  }
  for (const notice of noticesOf(result)) yield* noticeRecords(notice);
}

function refused(code: ProblemCode, at: number, values: Readonly<Record<string, string>>): Parsed {
  return { kind: "problem", problem: { code, at: String(at), values }, outcome: "rejected" };
}

/** Notices of an answer to their export. */
export function noticesOf(result: XmlNode): XmlNode[] {
  return childrenOf(result, "exportNotificationsOfOrderExecutionResult").flatMap((one) =>
    childrenOf(one, "NotificationOfOrderExecutionWithStatus"),
  );
}

function* noticeRecords(notice: XmlNode): Iterable<Parsed> {
  const order = child(notice, "OrderInfo");
  if (order === null) {
    yield refused("MISSING_REQUIRED", notice.at, { name: "OrderInfo" });
    return;
  }
  const payment = paymentOf(order, textOf(notice, "NotificationsOfOrderExecutionGUID"));
  if (typeof payment === "string") {
    const given = textOf(order, payment);
    const values = given === null ? { name: payment } : { given };
    yield refused(faultOf(payment, given), order.at, values);
    return;
  }
  yield { kind: "record", record: payment };
  if (textOf(notice, "AckStatus") !== CANCELLED) return;
  const { operationId } = payment;
  yield {
    kind: "record",
    record: {
      ...payment,
      at: child(notice, "AckStatus")?.at ?? payment.at,
      operationId: `${operationId}/cancelled`,
      reverses: { operationId },
    },
  };
}

/** A field that the schema makes mandatory: the answer that breaks it is not what we believe it to be. */
type Mandatory = "OrderID" | "OrderDate" | "Amount";

function faultOf(name: Mandatory, given: string | null): ProblemCode {
  if (given === null) return "MISSING_REQUIRED";
  return name === "OrderDate" ? "BAD_DATE" : "BAD_AMOUNT";
}

/** The payment, or the name of the field for want of which there is none. */
function paymentOf(order: XmlNode, guid: string | null): MoneyRecord | Mandatory {
  const operationId = textOf(order, "OrderID");
  if (operationId === null) return "OrderID";
  const paidDay = dayOf(textOf(order, "OrderDate"));
  if (paidDay === null) return "OrderDate";
  // Whole kopecks, unlike the payment document, which has roubles.
  const amount = parseScaled(textOf(order, "Amount") ?? "", 0);
  if (amount === null || amount < 0) return "Amount";
  const consumer = child(order, "AddressAndConsumer");
  return {
    kind: "money",
    at: order.at,
    source: "GIS_ZHKH",
    ourAccount: null,
    direction: "IN",
    other: {
      name: personName(child(consumer, "Ind")),
      inn: textOf(consumer, "INN") ?? "",
      account: "",
      bic: "",
      ...(guid === null ? {} : { notice: guid }),
    },
    documentKind: "Извещение ГИС ЖКХ",
    documentNumber: textOf(order, "OrderNum") ?? operationId,
    documentDay: paidDay,
    paidDay,
    postedDay: paidDay,
    amount,
    purpose: textOf(order, "PaymentPurpose") ?? "",
    period: periodOf(order),
    accountNumber: accountOf(order),
    operationId,
    reverses: null,
    occurrence: 1,
    problems: amount === 0 ? [zeroAmount(order)] : [],
  };
}

function zeroAmount(order: XmlNode): Problem {
  return { code: "ZERO_AMOUNT", at: String(order.at) };
}

/** Our own number first; then what ГИС ЖКХ has given: the service's, the account's, the document's. */
function accountOf(order: XmlNode): string | null {
  return (
    textOf(order, "AccountNumber") ??
    textOf(child(order, "Service"), "ServiceID") ??
    textOf(order, "UnifiedAccountNumber") ??
    textOf(order, "PaymentDocumentID")
  );
}

function periodOf(order: XmlNode): MoneyRecord["period"] {
  const month = textOf(order, "Month");
  return month === null ? null : parseMonth(`${textOf(order, "Year")}-${month.padStart(2, "0")}`);
}

function personName(person: XmlNode | null): string {
  const names = ["Surname", "FirstName", "Patronymic"].map((name) => textOf(person, name));
  return names.filter((name) => name !== null).join(" ");
}

/** xs:date may end in a zone, which says nothing of the day: "2026-03-20+03:00". */
function dayOf(text: string | null): Day | null {
  const date = /^(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?$/.exec(text ?? "");
  return date === null ? null : parseDay(date[1] ?? "");
}
