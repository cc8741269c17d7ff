import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { formatDay } from "../../normalizer/model/dates.ts";

/** One document of the bank's day: money came to an account of its client, left one, or both. */
export interface BankMovement {
  readonly kind: "Платежное поручение" | "Банковский ордер";
  readonly number: string;
  /** On which the bank booked it. */
  readonly day: Day;
  /** Of the document itself; absent = the same. */
  readonly documentDay?: Day;
  readonly amountKopecks: number;
  readonly payer: Party;
  readonly payee: Party;
  readonly purpose: string;
}

export interface Party {
  readonly name: string;
  /** "" for a person who gave none. */
  readonly inn: string;
  /** Twenty digits. */
  readonly account: string;
  readonly bic: string;
}

/** What the bank says of the accounts of one client for a period. */
export interface BankStatement {
  readonly from: Day;
  readonly to: Day;
  readonly accounts: readonly { readonly account: string; readonly openingKopecks: number }[];
  readonly movements: readonly BankMovement[];
}

export interface StatementFaults {
  /** «Кодировка» says the other code page. */
  readonly wrongEncoding?: boolean;
  /** Cut after this share of the bytes. */
  readonly cutAt?: number;
  /** The first document stands in it twice, its balances know of one. */
  readonly repeatedRow?: boolean;
}

/** kl_to_1c.txt as a bank's client program writes it: windows-1251, CRLF, a section per account. */
export function encodeStatement(
  { from, to, accounts, movements }: BankStatement,
  faults: StatementFaults = {},
): Uint8Array {
  const own = new Set(accounts.map(({ account }) => account));
  const rows = faults.repeatedRow === true ? [...movements, ...movements.slice(0, 1)] : movements;
  const lines = [
    "1CClientBankExchange",
    "ВерсияФормата=1.03",
    `Кодировка=${faults.wrongEncoding === true ? "DOS" : "Windows"}`,
    "Отправитель=Учебный банк-клиент",
    `ДатаСоздания=${dotted(to)}`,
    "ВремяСоздания=21:00:00",
    `ДатаНачала=${dotted(from)}`,
    `ДатаКонца=${dotted(to)}`,
    ...accounts.map(({ account }) => `РасчСчет=${account}`),
    ...accounts.flatMap(({ account, openingKopecks }) => {
      const { incoming, outgoing } = turnoverOf(account, movements);
      return [
        "СекцияРасчСчет",
        `ДатаНачала=${dotted(from)}`,
        `ДатаКонца=${dotted(to)}`,
        `РасчСчет=${account}`,
        `НачальныйОстаток=${rubles(openingKopecks)}`,
        `ВсегоПоступило=${rubles(incoming)}`,
        `ВсегоСписано=${rubles(outgoing)}`,
        `КонечныйОстаток=${rubles(openingKopecks + incoming - outgoing)}`,
        "КонецРасчСчет",
      ];
    }),
    ...rows.flatMap((movement) => documentLines(own, movement)),
    "КонецФайла",
  ];
  const bytes = iconv.encode(`${lines.join("\r\n")}\r\n`, "win1251");
  return faults.cutAt === undefined
    ? bytes
    : bytes.subarray(0, Math.floor(bytes.length * faults.cutAt));
}

/** Kopecks that came to the account and that left it. */
export function turnoverOf(
  account: string,
  movements: readonly BankMovement[],
): { readonly incoming: number; readonly outgoing: number } {
  let [incoming, outgoing] = [0, 0];
  for (const { amountKopecks, payer, payee } of movements) {
    if (payee.account === account) incoming += amountKopecks;
    if (payer.account === account) outgoing += amountKopecks;
  }
  return { incoming, outgoing };
}

function documentLines(own: ReadonlySet<string>, movement: BankMovement): readonly string[] {
  const { kind, number, day, amountKopecks, payer, payee, purpose } = movement;
  return [
    `СекцияДокумент=${kind}`,
    `Номер=${number}`,
    `Дата=${dotted(movement.documentDay ?? day)}`,
    `Сумма=${rubles(amountKopecks)}`,
    ...side("Плательщик", payer),
    ...(own.has(payer.account) ? [`ДатаСписано=${dotted(day)}`] : []),
    ...side("Получатель", payee),
    ...(own.has(payee.account) ? [`ДатаПоступило=${dotted(day)}`] : []),
    `ВидОплаты=${kind === "Банковский ордер" ? "17" : "01"}`,
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
