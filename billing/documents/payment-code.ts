import { type Day, formatMonth, type Month } from "../../normalizer/model/dates.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { Payee } from "../../normalizer/model/outbound.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant, type Result } from "../../normalizer/model/result.ts";
import {
  formatScaled,
  type Kopecks,
  VOLUME_SCALE,
  type Volume,
} from "../../normalizer/model/units.ts";
import { dayText, monthText } from "../wording.ts";
import { FIELDS, formProblem, REQUIRED } from "./payment-code-fields.ts";

/** What the code of one payment document asks a payer's bank to fill in. */
export interface PaymentRequest {
  readonly payee: Payee;
  readonly account: {
    readonly number: string;
    readonly holder: string;
    readonly address: string;
  };
  readonly documentNumber: string;
  readonly issuedOn: Day;
  readonly month: Month;
  /** Zero or less = the payer enters the sum. */
  readonly amount: Kopecks;
  /** One register: an alias cannot be repeated, and banks know no names for more. */
  readonly reading: {
    readonly serial: string;
    readonly zone: Zone;
    readonly value: Volume;
  } | null;
}

/** Byte capacity of the largest symbol (version 40) at error correction level M (ISO/IEC 18004). */
const CAPACITY_BYTES = 2331;

/** Any one-byte character may separate; the first that no value holds is taken, `|` by default. */
const SEPARATORS = ["|", "~", "^", ";", "#", "*", "!", "$", "&", "%", "\u001f"];

/** What the payer knows himself: left out when the code would be larger than a symbol. */
const DISPENSABLE = ["LastName", "FirstName", "MiddleName", "PayerAddress"];

/**
 * Text of the QR code, to be encoded in UTF-8. Refused with TOO_LONG or MISSING_REQUIRED when a
 * value does not fit the format; none is cut, for what is cut pays somebody else.
 *
 * @see ГОСТ Р 56042-2014; aliases in the order in which a bank without a contract joins them
 */
export function paymentCode(request: PaymentRequest): Result<string, Problem> {
  const pairs: (readonly [alias: string, value: string])[] = [];
  for (const [alias, text] of Object.entries(valuesOf(request))) {
    const value = printable(text);
    const problem = formProblem(alias, value === "" ? undefined : value);
    if (problem !== null) return { ok: false, problem };
    if (value !== "") pairs.push([alias, value]);
  }
  const full = codeOf(pairs);
  if (utf8Bytes(full) <= CAPACITY_BYTES) return { ok: true, value: full };
  const short = codeOf(pairs.filter(([alias]) => !DISPENSABLE.includes(alias)));
  if (utf8Bytes(short) <= CAPACITY_BYTES) return { ok: true, value: short };
  const values = { name: "QR", allowed: String(CAPACITY_BYTES) };
  return { ok: false, problem: { code: "TOO_LONG", at: "QR", values } };
}

function codeOf(pairs: readonly (readonly [alias: string, value: string])[]): string {
  const separator = SEPARATORS.find((sign) => pairs.every(([, value]) => !value.includes(sign)));
  invariant(separator !== undefined, "control characters are not left in a value");
  return ["ST00012", ...pairs.map(([alias, value]) => `${alias}=${value}`)].join(separator);
}

function valuesOf(request: PaymentRequest): Readonly<Record<string, string>> {
  const { payee, account, documentNumber, month, amount, reading } = request;
  const [year, number] = formatMonth(month).split("-");
  return {
    Name: payee.name,
    PersonalAcc: payee.bankAccount,
    BankName: payee.bankName,
    BIC: payee.bic,
    CorrespAcc: payee.correspondentAccount === "" ? "0" : payee.correspondentAccount,
    PayeeINN: payee.inn,
    KPP: payee.kpp,
    PersAcc: account.number,
    ...nameOf(account.holder),
    PayerAddress: account.address,
    Purpose: `Электроэнергия, л/с ${account.number}, ${monthText(month)}`,
    PaymPeriod: `${number}${year}`,
    Sum: String(Math.max(amount, 0)),
    ...(reading === null
      ? {}
      : {
          CounterId: reading.serial,
          // Banks number registers from T1, the only one of a meter of one rate included.
          ServiceName: reading.zone === "T0" ? "T1" : reading.zone,
          CounterVal: formatScaled(reading.value, VOLUME_SCALE),
        }),
    DocIdx: `ПД-${documentNumber}`,
    QuittId: documentNumber,
    QuittDate: dayText(request.issuedOn),
    Category: "Электроэнергия",
    TechCode: "02",
  };
}

/** Surname, name and patronymic apart, or the whole of it where it is no such name. */
function nameOf(holder: string): Readonly<Record<string, string>> {
  const [last, first, middle, ...more] = holder.split(/[\s.]+/).filter((part) => part !== "");
  if (last === undefined || first === undefined || more.length > 0) return { LastName: holder };
  return { LastName: last, FirstName: first, MiddleName: middle ?? "" };
}

/** As it is printed: line breaks and other control characters are blanks. */
function printable(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const sign of text) {
    const point = sign.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** Encoding of the bytes as the reader of the image found it, never as the code states it. */
export type FoundEncoding = "ascii" | "windows-1251" | "utf-8" | "koi8-r";

export interface PaymentCode {
  /** By alias in lower case, in the order of the code; of a repeated alias the last value. */
  readonly fields: ReadonlyMap<string, string>;
  /** Null = the payer enters it. */
  readonly amount: Kopecks | null;
  readonly month: Month | null;
  readonly warnings: readonly Problem[];
}

const STATED_ENCODING: Readonly<Record<string, FoundEncoding>> = {
  "1": "windows-1251",
  "2": "utf-8",
  "3": "koi8-r",
};
const SERVICE_BLOCK = 8;

/**
 * Reads a payment code of whatever maker. All problems of the fields are listed; before them the
 * first one ends the reading.
 *
 * @param text    decoded by what the bytes are, not by the digit inside
 * @param encoding how it was decoded; compared with the digit
 */
export function readPaymentCode(
  text: string,
  encoding: FoundEncoding,
): Result<PaymentCode, readonly Problem[]> {
  if (!text.startsWith("ST")) return refused("NOT_ST", "0");
  if (text.length < SERVICE_BLOCK) return refused("TRUNCATED", String(text.length));
  const version = text.slice(2, 6);
  if (version !== "0001") return refused("UNSUPPORTED_VERSION", "2", { version });
  const warnings: Problem[] = [];
  const stated = STATED_ENCODING[text.charAt(6)];
  if (stated !== encoding && (encoding !== "ascii" || stated === undefined)) {
    const declared = stated ?? text.charAt(6);
    warnings.push({ code: "ENCODING_MISMATCH", at: "6", values: { declared } });
  }
  const separator = text.charAt(7);
  const pairs = text.slice(SERVICE_BLOCK).split(separator);
  if (pairs.at(-1) === "") {
    pairs.pop();
    warnings.push({ code: "TRAILING_SEPARATOR", at: String(text.length - 1) });
  }
  const fields = new Map<string, string>();
  let at = SERVICE_BLOCK;
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    // A pair that ends before its sign: the code was cut, or its separator stands in a value.
    if (equals < 1) return refused("TRUNCATED", String(at));
    const name = pair.slice(0, equals);
    const alias = name.toLowerCase();
    if (fields.has(alias)) warnings.push({ code: "DUPLICATE_ALIAS", at: name, values: { name } });
    fields.set(alias, pair.slice(equals + 1));
    at += pair.length + 1;
  }
  if (REQUIRED.some((name, place) => [...fields.keys()][place] !== name.toLowerCase())) {
    warnings.push({ code: "REQUIRED_ORDER", at: String(SERVICE_BLOCK) });
  }
  return fieldsOf(fields, warnings);
}

function fieldsOf(
  fields: ReadonlyMap<string, string>,
  warnings: readonly Problem[],
): Result<PaymentCode, readonly Problem[]> {
  const problems: Problem[] = [];
  for (const { alias } of FIELDS) {
    const problem = formProblem(alias, fields.get(alias.toLowerCase()));
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) return { ok: false, problem: problems };
  const sum = fields.get("sum");
  const amount = sum === undefined || /^0+$/.test(sum) ? null : (Number(sum) as Kopecks);
  const month = paidMonth(fields.get("paymperiod"));
  return { ok: true, value: { fields, amount, month, warnings } };
}

const MONTH_FIRST = /^(0[1-9]|1[0-2])\.?((?:19|20)\d\d)$/;
const YEAR_FIRST = /^((?:19|20)\d\d)(0[1-9]|1[0-2])$/;

/** ММГГГГ, ММ.ГГГГ or ГГГГММ; no text is two of them. */
function paidMonth(text: string | undefined): Month | null {
  const [, month, year] = MONTH_FIRST.exec(text ?? "") ?? [];
  if (month !== undefined) return monthOfNumbers(Number(year), Number(month));
  const [, first, second] = YEAR_FIRST.exec(text ?? "") ?? [];
  return first === undefined ? null : monthOfNumbers(Number(first), Number(second));
}

function monthOfNumbers(year: number, month: number): Month {
  return (year * 12 + month - 1) as Month;
}

function refused(
  code: "NOT_ST" | "TRUNCATED" | "UNSUPPORTED_VERSION",
  at: string,
  values: Readonly<Record<string, string>> = {},
): Result<PaymentCode, readonly Problem[]> {
  return { ok: false, problem: [{ code, at, values }] };
}
