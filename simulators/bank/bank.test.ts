import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import { Bank } from "./bank.ts";

const HOLDER = {
  name: "АО «Энск»",
  inn: "7701000000",
  account: "40702810400000000017",
  bic: "044500017",
};
const PAYER = { name: "Иванова А. П.", inn: "", account: "40817810000000000001", bic: "044500225" };

const text = (bytes: Uint8Array) => new TextDecoder("windows-1251", { fatal: true }).decode(bytes);
const value = (statement: string, key: string) =>
  statement
    .split("\r\n")
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);

function paidBank(): Bank {
  const bank = new Bank(HOLDER, 1_000_00);
  const payer = PAYER;
  bank.pay({ day: day("2026-02-03"), amountKopecks: 700_00, payer, purpose: "л/с 1500012721" });
  bank.pay({ day: day("2026-02-04"), amountKopecks: 50, payer, purpose: "л/с 15=7" });
  bank.takeBack({ day: day("2026-02-05"), amountKopecks: 50, payer, purpose: "Сторно платежа" });
  return bank;
}

t.test("a statement balances, and the next one opens where it has closed", async (t) => {
  const bank = paidBank();
  const first = text(bank.statement(day("2026-02-01"), day("2026-02-03")));
  t.match(first, /^1CClientBankExchange\r\n/);
  t.match(first, /\r\nКонецФайла\r\n$/);
  t.equal(value(first, "НачальныйОстаток"), "1000.00");
  t.equal(value(first, "КонечныйОстаток"), "1700.00");
  const second = text(bank.statement(day("2026-02-04"), day("2026-02-05")));
  t.equal(value(second, "НачальныйОстаток"), "1700.00");
  t.equal(value(second, "ВсегоПоступило"), "0.50");
  t.equal(value(second, "ВсегоСписано"), "0.50");
  t.equal(value(second, "КонечныйОстаток"), "1700.00");
  t.equal(value(second, "ДатаСписано"), "05.02.2026", "only what left has its day");
});

t.test("a fault is in the bytes and nowhere else", async (t) => {
  const bank = paidBank();
  const days = [day("2026-02-01"), day("2026-02-05")] as const;
  const whole = bank.statement(...days);
  t.equal(value(text(bank.statement(...days, { wrongEncoding: true })), "Кодировка"), "DOS");
  const cut = bank.statement(...days, { cutAt: 0.5 });
  t.equal(cut.length, Math.floor(whole.length / 2));
  t.notMatch(text(cut), /КонецФайла/);
});
