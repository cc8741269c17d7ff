import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { parseDay } from "../../normalizer/model/dates.ts";

/** A payment order as the bank understood it. */
export interface PaymentOrder {
  readonly number: string;
  readonly day: Day;
  readonly kopecks: number;
  readonly payerAccount: string;
  readonly payeeName: string;
  readonly payeeInn: string;
  readonly payeeAccount: string;
  readonly payeeBic: string;
  readonly purpose: string;
}

/** The bank's client program refuses the whole file: nothing of it is carried out. */
export class OrderFileError extends Error {
  override readonly name = "OrderFileError";
}

const REQUIRED = [
  ...["Номер", "Дата", "Сумма", "ПлательщикСчет", "ПолучательСчет", "ПолучательБИК"],
  ...["Получатель1", "НазначениеПлатежа"],
];

/**
 * Reads `1c_to_kl.txt` as plainly as a bank's client program does: windows-1251, CRLF, one kind of document.
 *
 * @throws OrderFileError for anything else
 */
export function readOrders(bytes: Uint8Array): readonly PaymentOrder[] {
  const lines = iconv.decode(Buffer.from(bytes), "win1251").split("\r\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines[0] !== "1CClientBankExchange") throw new OrderFileError("first line");
  if (lines.at(-1) !== "КонецФайла") throw new OrderFileError("last line");
  if (!lines.includes("Кодировка=Windows")) throw new OrderFileError("Кодировка");
  const orders: PaymentOrder[] = [];
  let fields: Map<string, string> | null = null;
  for (const line of lines) {
    if (line === "СекцияДокумент=Платежное поручение") {
      fields = new Map();
    } else if (line === "КонецДокумента") {
      if (fields === null) throw new OrderFileError(line);
      orders.push(orderOf(fields));
      fields = null;
    } else if (fields !== null) {
      const at = line.indexOf("=");
      if (at < 0) throw new OrderFileError(line);
      fields.set(line.slice(0, at), line.slice(at + 1));
    }
  }
  if (fields !== null) throw new OrderFileError("КонецДокумента");
  return orders;
}

function orderOf(fields: ReadonlyMap<string, string>): PaymentOrder {
  const missing = REQUIRED.filter((key) => (fields.get(key) ?? "") === "");
  if (missing.length > 0) throw new OrderFileError(missing.join(", "));
  const text = (key: string) => fields.get(key) ?? "";
  const amount = /^(\d+)\.(\d\d)$/.exec(text("Сумма"));
  if (amount === null) throw new OrderFileError(`Сумма=${text("Сумма")}`);
  const day = parseDay(text("Дата").split(".").reverse().join("-"));
  if (day === null) throw new OrderFileError(`Дата=${text("Дата")}`);
  return {
    number: text("Номер"),
    day,
    kopecks: Number(`${amount[1]}${amount[2]}`),
    payerAccount: text("ПлательщикСчет"),
    payeeName: text("Получатель1"),
    payeeInn: text("ПолучательИНН"),
    payeeAccount: text("ПолучательСчет"),
    payeeBic: text("ПолучательБИК"),
    purpose: text("НазначениеПлатежа"),
  };
}
