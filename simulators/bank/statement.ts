import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { formatDay } from "../../normalizer/model/dates.ts";

/** One document of the bank's day: money came to the account, or left it. */
export interface BankMovement {
  readonly kind: string;
  readonly number: string;
  readonly day: Day;
  readonly amountKopecks: number;
  readonly direction: "IN" | "OUT";
  readonly other: Party;
  readonly purpose: string;
}

export interface Party {
  readonly name: string;
  readonly inn: string;
  readonly account: string;
  readonly bic: string;
}

/** What the bank says of one account for a period. */
export interface BankStatement {
  readonly holder: Party;
  readonly from: Day;
  readonly to: Day;
  readonly openingKopecks: number;
  readonly movements: readonly BankMovement[];
}

export interface StatementFaults {
  /** «Кодировка» says the other code page. */
  readonly wrongEncoding?: boolean;
  /** Cut after this share of the bytes. */
  readonly cutAt?: number;
}

/** kl_to_1c.txt as a bank's client program writes it: windows-1251, CRLF, one section of the account. */
export function encodeStatement(
  { holder, from, to, openingKopecks, movements }: BankStatement,
  faults: StatementFaults = {},
): Uint8Array {
  const sum = (direction: "IN" | "OUT") =>
    movements
      .filter((movement) => movement.direction === direction)
      .reduce((total, { amountKopecks }) => total + amountKopecks, 0);
  const lines = [
    "1CClientBankExchange",
    "ВерсияФормата=1.03",
    `Кодировка=${faults.wrongEncoding === true ? "DOS" : "Windows"}`,
    "Отправитель=Учебный банк-клиент",
    `ДатаСоздания=${dotted(to)}`,
    "ВремяСоздания=21:00:00",
    `ДатаНачала=${dotted(from)}`,
    `ДатаКонца=${dotted(to)}`,
    `РасчСчет=${holder.account}`,
    "СекцияРасчСчет",
    `ДатаНачала=${dotted(from)}`,
    `ДатаКонца=${dotted(to)}`,
    `РасчСчет=${holder.account}`,
    `НачальныйОстаток=${rubles(openingKopecks)}`,
    `ВсегоПоступило=${rubles(sum("IN"))}`,
    `ВсегоСписано=${rubles(sum("OUT"))}`,
    `КонечныйОстаток=${rubles(openingKopecks + sum("IN") - sum("OUT"))}`,
    "КонецРасчСчет",
    ...movements.flatMap((movement) => documentLines(holder, movement)),
    "КонецФайла",
  ];
  const bytes = iconv.encode(`${lines.join("\r\n")}\r\n`, "win1251");
  return faults.cutAt === undefined
    ? bytes
    : bytes.subarray(0, Math.floor(bytes.length * faults.cutAt));
}

function documentLines(holder: Party, movement: BankMovement): readonly string[] {
  const { kind, number, day, amountKopecks, direction, other, purpose } = movement;
  const [payer, payee] = direction === "IN" ? [other, holder] : [holder, other];
  return [
    `СекцияДокумент=${kind}`,
    `Номер=${number}`,
    `Дата=${dotted(day)}`,
    `Сумма=${rubles(amountKopecks)}`,
    ...side("Плательщик", payer),
    ...(direction === "OUT" ? [`ДатаСписано=${dotted(day)}`] : []),
    ...side("Получатель", payee),
    ...(direction === "IN" ? [`ДатаПоступило=${dotted(day)}`] : []),
    "ВидОплаты=01",
    "Очередность=5",
    `НазначениеПлатежа=${purpose}`,
    "КонецДокумента",
  ];
}

function side(role: string, { name, inn, account, bic }: Party): readonly string[] {
  return [
    `${role}Счет=${account}`,
    `${role}=${name}`,
    `${role}ИНН=${inn}`,
    `${role}РасчСчет=${account}`,
    `${role}БИК=${bic}`,
  ];
}

/** "700.00": the bank writes both digits and a dot. */
function rubles(kopecks: number): string {
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  return `${kopecks < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** «ДД.ММ.ГГГГ» */
function dotted(day: Day): string {
  return formatDay(day).split("-").reverse().join(".");
}
