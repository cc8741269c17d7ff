import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf } from "../../normalizer/model/dates.ts";
import { between } from "../random.ts";

/** Statements of one bank account, a day each, payments spread over consumers' accounts. */
export interface StatementPlan {
  readonly files: number;
  readonly rowsPerFile: number;
  readonly accounts: number;
  readonly firstDay: Day;
  /** Of a hundred payments, those that name no account. */
  readonly unnamedPercent: number;
}

export const OUR_ACCOUNT = "40702810200000001001";
const FIRST_NUMBER = 1_500_000_000;
const SEED = 1_102;
/** A bank counts the documents of a day; the payers are as many as there are accounts. */
const PAYER_BANK = "044525225";

export function accountNumber(account: number): string {
  return String(FIRST_NUMBER + account);
}

/** One statement in 1CClientBankExchange 1.03, windows-1251 as banks write it, whose balances meet; in pieces. */
export function* encodeStatement(plan: StatementPlan, file: number): Generator<Buffer> {
  const day = dayText((plan.firstDay + file) as Day);
  let total = 0;
  for (let row = 0; row < plan.rowsPerFile; row += 1) total += amountOf(file, row);
  const head = [
    "1CClientBankExchange\r\n",
    line("ВерсияФормата", "1.03"),
    line("Кодировка", "Windows"),
    line("ДатаНачала", day),
    line("ДатаКонца", day),
    line("РасчСчет", OUR_ACCOUNT),
    "СекцияРасчСчет\r\n",
    line("ДатаНачала", day),
    line("ДатаКонца", day),
    line("РасчСчет", OUR_ACCOUNT),
    line("НачальныйОстаток", "0.00"),
    line("ВсегоПоступило", roubles(total)),
    line("ВсегоСписано", "0.00"),
    line("КонечныйОстаток", roubles(total)),
    "КонецРасчСчет\r\n",
  ];
  yield encoded(head);
  for (let from = 0; from < plan.rowsPerFile; from += ROWS_PER_PIECE) {
    const count = Math.min(ROWS_PER_PIECE, plan.rowsPerFile - from);
    yield encoded(
      Array.from({ length: count }, (_, index) => documentOf(plan, file, from + index, day)),
    );
  }
  yield encoded(["КонецФайла\r\n"]);
}

const ROWS_PER_PIECE = 5_000;

function encoded(texts: readonly string[]): Buffer {
  return iconv.encode(texts.join(""), "win1251");
}

function amountOf(file: number, row: number): number {
  return between(10_000, 500_000, SEED, file, row, 2);
}

function documentOf(plan: StatementPlan, file: number, row: number, day: string): string {
  const account = between(0, plan.accounts - 1, SEED, file, row, 1);
  const isNamed = between(1, 100, SEED, file, row, 3) > plan.unnamedPercent;
  const named = isNamed ? `, л/с ${accountNumber(account)}` : "";
  return [
    line("СекцияДокумент", "Платежное поручение"),
    line("Номер", String(row + 1)),
    line("Дата", day),
    line("Сумма", roubles(amountOf(file, row))),
    line("ПлательщикСчет", payerAccount(account)),
    line("Плательщик1", `Потребитель ${account}`),
    line("ПлательщикБИК", PAYER_BANK),
    line("ПолучательСчет", OUR_ACCOUNT),
    line("ДатаПоступило", day),
    line("Получатель1", "Поставщик"),
    line("НазначениеПлатежа", `Оплата электроэнергии${named}, НДС в том числе`),
    "КонецДокумента\r\n",
  ].join("");
}

const KEY_WEIGHTS = [7, 1, 3];

/** An account of the payers' bank, with the control key that banks give it: a row that warns is rare in a statement. */
function payerAccount(payer: number): string {
  const withKey = (key: number) => `40817810${key}00${String(payer).padStart(9, "0")}`;
  const isKeyed = (account: string) => {
    const digits = [...PAYER_BANK.slice(-3), ...account].map(Number);
    const sum = digits.reduce((total, digit, at) => total + digit * (KEY_WEIGHTS[at % 3] ?? 0), 0);
    return sum % 10 === 0;
  };
  for (let key = 0; key <= 9; key += 1) if (isKeyed(withKey(key))) return withKey(key);
  throw new Error(`no key for payer ${payer}`);
}

function line(key: string, value: string): string {
  return `${key}=${value}\r\n`;
}

function roubles(kopecks: number): string {
  return `${Math.floor(kopecks / 100)}.${String(kopecks % 100).padStart(2, "0")}`;
}

function dayText(day: Day): string {
  const { year, month, day: date } = civilOf(day);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date)}.${two(month)}.${year}`;
}
