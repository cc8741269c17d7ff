import { readFile } from "node:fs/promises";
import iconv from "iconv-lite";
import t from "tap";
import { addDays, day, formatDay } from "../../normalizer/model/dates.ts";
import { Bank } from "./bank.ts";
import type { StatementEvent } from "./files.ts";
import { DAYS, monthOfMoney } from "./month.ts";
import { readOrders } from "./orders.ts";
import { PAYERS_BIC, personalAccount } from "./requisites.ts";

const OURS = { name: "АО «Поставщик»", inn: "", account: "40702810400000000017", bic: "044500017" };
const SECOND = { ...OURS, account: "40702810400000000018" };
const FIRST = day("2026-02-02");
const PLAN = {
  seed: 7,
  from: FIRST,
  own: [OURS, SECOND] as const,
  payers: Array.from({ length: 30 }, (_, index) => ({
    accountNumber: String(1_500_000_000 + index),
    name: `Плательщик ${index}`,
    kopecks: 10_000 + index,
  })),
};

const textOf = (bytes: Uint8Array) => iconv.decode(Buffer.from(bytes), "win1251");
const kopecksOf = (text: string) => Number(text.replace(".", ""));
const valuesOf = (text: string, key: string) =>
  text
    .split("\r\n")
    .flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

t.test("statements of days add up by what stands in them", async (t) => {
  const { bank, totals } = monthOfMoney(PLAN);
  const texts = Array.from({ length: DAYS }, (_, index) => {
    const today = addDays(FIRST, index);
    return textOf(bank.statement(today, today));
  });
  const [opening, incoming, outgoing, closing] = (
    ["НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано", "КонечныйОстаток"] as const
  ).map((key) => texts.map((text) => valuesOf(text, key).map(kopecksOf)));
  for (const account of [0, 1]) {
    for (let index = 0; index < DAYS; index += 1) {
      const at = (figures?: number[][]) => figures?.[index]?.[account] ?? Number.NaN;
      t.equal(at(opening) + at(incoming) - at(outgoing), at(closing));
      const before = closing?.[index - 1]?.[account];
      if (before !== undefined) t.equal(at(opening), before, "a day begins as the last ended");
    }
  }
  const sum = (values: readonly number[][] = []) =>
    values.flat().reduce((total, value) => total + value, 0);
  // 30 payers of 10000 … 10029 kopecks; the fifth of them pays twice; the first is taken back.
  const paid = 30 * 10_000 + (29 * 30) / 2 + 10_004;
  t.equal(totals.paid, paid);
  t.equal(totals.reversed, 10_000);
  t.equal(sum(incoming), paid + totals.moved);
  t.equal(sum(outgoing), totals.reversed + totals.moved);
});

t.test("the faults of a month", async (t) => {
  const { sendings, paid, unnamed } = monthOfMoney(PLAN);
  const again = monthOfMoney(PLAN);
  t.same(
    sendings.map(({ bytes }) => bytes.toString()),
    again.sendings.map(({ bytes }) => bytes.toString()),
    "the same seed, the same bytes",
  );
  const of = (wanted: StatementEvent) => {
    const found = sendings.find(({ event }) => event === wanted);
    if (found === undefined) throw new Error(`no ${wanted}`);
    return { ...found, text: textOf(found.bytes) };
  };
  t.notOk(of("truncated").text.includes("КонецФайла"));
  t.ok(of("resent").text.startsWith(of("truncated").text));
  t.equal(sendings.filter(({ name }) => name === of("twice").name).length, 2);
  t.ok(of("wrong encoding").text.includes("Кодировка=DOS"));
  const overlap = of("overlap");
  const [from] = valuesOf(overlap.text, "ДатаНачала");
  t.equal(from, formatDay(addDays(overlap.sentOn, -2)).split("-").reverse().join("."));
  const repeated = of("repeated row").text;
  const inRows = valuesOf(repeated, "Номер").length - 1;
  t.equal(
    new Set(
      repeated
        .split("СекцияДокумент=")
        .slice(1)
        .map((each) => each.split("Конец")[0]),
    ).size,
    inRows,
  );
  t.equal(paid.get("1500000000"), undefined, "taken back");
  t.equal(paid.get("1500000004"), 20_008, "the same order twice, both genuine");
  t.same(
    unnamed.map(({ parts }) => parts.map(({ accountNumber }) => accountNumber)),
    [["1500000001"], ["1500000002", "1500000003"]],
  );
});

t.test("control digit of an account", async (t) => {
  // By the rule of money-and-documents.md, 1.1, with the weights in the other order of summing.
  const account = personalAccount(10_001);
  const digits = `${PAYERS_BIC.slice(6)}${account}`;
  const byWeight = [7, 1, 3].map((weight, rest) =>
    [...digits].reduce((sum, digit, at) => sum + (at % 3 === rest ? Number(digit) * weight : 0), 0),
  );
  t.equal(byWeight.reduce((sum, value) => sum + value) % 10, 0);
});

t.test("payment orders", async (t) => {
  const order = [
    "1CClientBankExchange",
    "ВерсияФормата=1.03",
    "Кодировка=Windows",
    "СекцияДокумент=Платежное поручение",
    "Номер=12",
    "Дата=03.02.2026",
    "Сумма=350.40",
    `ПлательщикСчет=${OURS.account}`,
    `ПолучательСчет=${personalAccount(9)}`,
    "Получатель1=ПЕТРОВ ПЕТР",
    `ПолучательБИК=${PAYERS_BIC}`,
    "НазначениеПлатежа=Возврат, a=b",
    "КонецДокумента",
    "КонецФайла",
    "",
  ];
  const bytes = (lines: readonly string[]) => iconv.encode(lines.join("\r\n"), "win1251");
  const bank = new Bank(OURS, 100_000);
  t.equal(bank.takeOrders(bytes(order), FIRST), 1);
  t.equal(bank.takeOrders(bytes(order), addDays(FIRST, 1)), 0, "once, however often sent");
  t.equal(bank.balance(OURS.account, FIRST), 100_000 - 35_040);
  t.ok(textOf(bank.statement(FIRST, FIRST)).includes("НазначениеПлатежа=Возврат, a=b"));
  for (const [what, wrong] of [
    ["cut", order.slice(0, -3)],
    ["amount", order.map((line) => line.replace("350.40", "350,4"))],
    ["no payee", order.filter((line) => !line.startsWith("Получатель1"))],
    ["other encoding", order.map((line) => line.replace("Windows", "DOS"))],
  ] as const) {
    t.throws(() => readOrders(bytes(wrong)), { name: "OrderFileError" }, what);
  }
});

const SAMPLE = "../shared/reference/money/samples/1c_payment_orders_export_1.03.txt";
t.test("the sample of payment orders", async (t) => {
  let bytes: Buffer;
  try {
    bytes = await readFile(SAMPLE);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return t.plan(0, "the samples are not beside the project");
  }
  // Two of its figures as they stand in the file.
  const [first] = readOrders(bytes);
  t.match(first, { number: "12", kopecks: 35_040, payeeAccount: "40817810000000000029" });
});
