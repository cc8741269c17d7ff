import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf } from "../../normalizer/model/dates.ts";
import type { OutboundPaymentOrder } from "../../normalizer/model/outbound.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { ProblemCode } from "../../normalizer/model/problems.ts";
import { isAccountKeyValid, isInnValid } from "../../normalizer/model/requisites.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";
import { DOCUMENT_END, DOCUMENT_START, FILE_END, FILE_START } from "./keys.ts";

export interface OrderFile {
  /** At least one; each without a fault (`faultOf`). */
  readonly orders: readonly OutboundPaymentOrder[];
  readonly sender: string;
  /** Local day and time of writing, "13.01.2026" and "09:00:00". */
  readonly createdOn: string;
  readonly createdAt: string;
}

const KIND = "Платежное поручение";
/** Lengths of a payment order (Положение Банка России 762-П, приложение 11). */
const NUMBER = /^\d{1,6}$/;
const NAME_LENGTH_MAX = 160;
const PURPOSE_LENGTH_MAX = 210;

/**
 * Payment orders as `1c_to_kl.txt` of format 1.03 (money-and-documents.md, 1.1): windows-1251, CRLF. The same input
 * gives the same bytes.
 */
export function encode({ orders, sender, createdOn, createdAt }: OrderFile): Uint8Array {
  const days = orders.map(({ day }) => day);
  const accounts = new Set(orders.map(({ payer }) => payer.bankAccount));
  const lines = [
    FILE_START,
    ...fields([
      ["ВерсияФормата", "1.03"],
      ["Кодировка", "Windows"],
      ["Отправитель", sender],
      ["Получатель", ""],
      ["ДатаСоздания", createdOn],
      ["ВремяСоздания", createdAt],
      ["ДатаНачала", formatDate(Math.min(...days) as Day)],
      ["ДатаКонца", formatDate(Math.max(...days) as Day)],
      ...[...accounts].map((account) => ["РасчСчет", account] as const),
      ["Документ", KIND],
    ]),
    ...orders.flatMap(orderLines),
    FILE_END,
    "",
  ];
  return iconv.encode(lines.join("\r\n"), "win1251");
}

function orderLines(order: OutboundPaymentOrder): readonly string[] {
  const { payer, payee } = order;
  return fields([
    [DOCUMENT_START, KIND],
    ["Номер", order.number],
    ["Дата", formatDate(order.day)],
    ["Сумма", formatFixed(order.amount, MONEY_SCALE)],
    ["ПлательщикСчет", payer.bankAccount],
    ["Плательщик", `ИНН ${payer.inn} ${payer.name}`],
    ["ПлательщикИНН", payer.inn],
    ["ПлательщикКПП", payer.kpp],
    ["Плательщик1", payer.name],
    ["ПлательщикРасчСчет", payer.bankAccount],
    ["ПлательщикБанк1", payer.bankName],
    ["ПлательщикБИК", payer.bic],
    ["ПлательщикКорсчет", payer.correspondentAccount],
    ["ПолучательСчет", payee.account],
    ["Получатель", payee.inn === "" ? payee.name : `ИНН ${payee.inn} ${payee.name}`],
    ["ПолучательИНН", payee.inn],
    ["Получатель1", payee.name],
    ["ПолучательРасчСчет", payee.account],
    ["ПолучательБанк1", payee.bankName],
    ["ПолучательБИК", payee.bic],
    ["ПолучательКорсчет", payee.correspondentAccount],
    ["ВидПлатежа", "Электронно"],
    ["ВидОплаты", "01"],
    ["Очередность", "5"],
    ["НазначениеПлатежа", order.purpose],
    ["НазначениеПлатежа1", order.purpose],
  ]).concat(DOCUMENT_END);
}

function fields(pairs: readonly (readonly [key: string, value: string])[]): string[] {
  return pairs.map(([key, value]) => `${key}=${oneLine(value)}`);
}

/** Everything that some reader takes for the end of a line, or that text does not have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const NO_TEXT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** A value stays one line: a line of its own could say another amount or end the document. */
function oneLine(value: string): string {
  return value.replace(NO_TEXT, " ").trim();
}

function formatDate(date: Day): string {
  const { year, month, day } = civilOf(date);
  return `${String(day).padStart(2, "0")}.${String(month).padStart(2, "0")}.${year}`;
}

export interface OrderFault {
  readonly code: ProblemCode;
  /** In Russian. */
  readonly text: string;
}

/** Why the bank could not take an order; our own document has to be right before it leaves. Null = it can. */
export function faultOf(order: OutboundPaymentOrder): OrderFault | null {
  const { payer, payee, purpose } = order;
  const required = {
    Получатель1: payee.name,
    НазначениеПлатежа: purpose,
    Плательщик1: payer.name,
    ПлательщикБанк1: payer.bankName,
    ПолучательБанк1: payee.bankName,
  };
  for (const [name, value] of Object.entries(required)) {
    if (oneLine(value) === "") return fault("MISSING_REQUIRED", { name });
    if (
      oneLine(value).length > (name === "НазначениеПлатежа" ? PURPOSE_LENGTH_MAX : NAME_LENGTH_MAX)
    ) {
      return fault("TOO_LONG", { name });
    }
    const strange = notInWindows1251(oneLine(value));
    if (strange !== null) return fault("SCHEMA_INVALID", { reason: `символ «${strange}»` });
  }
  if (!NUMBER.test(order.number)) {
    return fault("SCHEMA_INVALID", { reason: `номер «${order.number}», нужно до шести цифр` });
  }
  if (!Number.isSafeInteger(order.amount) || order.amount <= 0) {
    return fault("BAD_AMOUNT", { given: String(order.amount) });
  }
  if (!isInnValid(payer.inn)) return fault("INN_INVALID", { given: payer.inn });
  if (payee.inn !== "" && payee.inn !== "0" && !isInnValid(payee.inn)) {
    return fault("INN_INVALID", { given: payee.inn });
  }
  for (const [account, bic] of [
    [payer.bankAccount, payer.bic],
    [payer.correspondentAccount, payer.bic],
    [payee.account, payee.bic],
    [payee.correspondentAccount, payee.bic],
  ] as const) {
    if (!isAccountKeyValid(account, bic)) return fault("ACCOUNT_KEY_INVALID", { given: account });
  }
  return null;
}

function fault(code: ProblemCode, values: Readonly<Record<string, string>>): OrderFault {
  return { code, text: problemText({ code, values }) };
}

function notInWindows1251(text: string): string | null {
  for (const character of text) {
    const back = iconv.decode(iconv.encode(character, "win1251"), "win1251");
    if (back !== character) return character;
  }
  return null;
}
