import iconv from "iconv-lite";
import type { MoneyRecord, StatementHeader } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import type { BankProfile } from "./config.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import { parse } from "./parse.ts";

/** Invented requisites with right control digits. */
export const OURS = "40702810200000001001";
export const OUR_BIC = "044599101";
export const PAYER = "40817810400000000001";
export const PAYER_BIC = "044599202";

export interface Read {
  readonly header: StatementHeader | null;
  readonly records: readonly MoneyRecord[];
  /** `CODE:at`, with the outcome where the file ends by it; those of records after those of the file. */
  readonly codes: readonly string[];
  readonly parsed: readonly Parsed[];
}

export async function read(
  bytes: Uint8Array,
  profile: Partial<BankProfile> = {},
  pieceBytes = bytes.length || 1,
): Promise<Read> {
  async function* pieces() {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      yield bytes.subarray(from, from + pieceBytes);
    }
  }
  const parsed: Parsed[] = [];
  const given = {
    name: "kl_to_1c.txt",
    bytes: pieces(),
    profile: { ...DEFAULT_PROFILE, ...profile },
  };
  for await (const item of parse(given)) parsed.push(item);
  let header: StatementHeader | null = null;
  const records: MoneyRecord[] = [];
  const codes: string[] = [];
  for (const item of parsed) {
    if (item.kind === "statement") header = item.statement;
    else if (item.kind === "problem") {
      const { code, at } = item.problem;
      codes.push(`${code}:${at}${item.outcome === "none" ? "" : ` ${item.outcome}`}`);
    } else if (item.kind === "record" && item.record.kind === "money") records.push(item.record);
  }
  codes.push(...records.flatMap(({ problems }) => problems.map(({ code, at }) => `${code}:${at}`)));
  return { header, records, codes, parsed };
}

export type Pairs = Readonly<Record<string, string | null>>;

/** Lines of the pairs; null leaves a key out. */
function linesOf(pairs: Pairs): string[] {
  return Object.entries(pairs).flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${value}`],
  );
}

export function header(changes: Pairs = {}): string[] {
  const pairs = {
    ВерсияФормата: "1.03",
    Кодировка: "Windows",
    Отправитель: "Банк",
    ДатаНачала: "12.01.2026",
    ДатаКонца: "12.01.2026",
    РасчСчет: OURS,
  };
  return ["1CClientBankExchange", ...linesOf({ ...pairs, ...changes })];
}

export function account(changes: Pairs = {}): string[] {
  const pairs = {
    ДатаНачала: "12.01.2026",
    ДатаКонца: "12.01.2026",
    РасчСчет: OURS,
    НачальныйОстаток: "1000.00",
    ВсегоПоступило: "500.00",
    ВсегоСписано: "0.00",
    КонечныйОстаток: "1500.00",
  };
  return ["СекцияРасчСчет", ...linesOf({ ...pairs, ...changes }), "КонецРасчСчет"];
}

/** Money of an individual that came in. */
export function incoming(changes: Pairs = {}, kind = "Платежное поручение"): string[] {
  const pairs = {
    Номер: "77",
    Дата: "11.01.2026",
    Сумма: "500.00",
    ПлательщикСчет: PAYER,
    Плательщик: "ИНН 0 ХОЛОДОВ А Ф",
    Плательщик1: "ХОЛОДОВ А Ф",
    ПлательщикБИК: PAYER_BIC,
    ПолучательСчет: OURS,
    ДатаПоступило: "12.01.2026",
    ПолучательБИК: OUR_BIC,
    НазначениеПлатежа: "Л/С 1500012721",
  };
  return [`СекцияДокумент=${kind}`, ...linesOf({ ...pairs, ...changes }), "КонецДокумента"];
}

/** Commission of the bank. */
export function outgoing(changes: Pairs = {}, kind = "Банковский ордер"): string[] {
  const pairs = {
    Номер: "1",
    Дата: "12.01.2026",
    Сумма: "85.00",
    ПлательщикСчет: OURS,
    ДатаСписано: "12.01.2026",
    ПолучательСчет: "70601810000000000001",
    Получатель1: "БАНК",
    НазначениеПлатежа: "Комиссия",
  };
  return [`СекцияДокумент=${kind}`, ...linesOf({ ...pairs, ...changes }), "КонецДокумента"];
}

export function file(...sections: readonly (readonly string[])[]): string {
  return [...sections.flat(), "КонецФайла", ""].join("\r\n");
}

export function bytes(text: string, encoding = "win1251"): Buffer {
  return iconv.encode(text, encoding);
}
