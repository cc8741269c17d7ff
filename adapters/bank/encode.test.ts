import { existsSync, readFileSync } from "node:fs";
import { chmod, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import iconv from "iconv-lite";
import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import type { OutboundPaymentOrder } from "../../normalizer/model/outbound.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { OutboundObject, StoredBatch } from "../contract.ts";
import { encode, faultOf } from "./encode.ts";
import { OutFolder } from "./out-folder.ts";
import { target } from "./target.ts";

const root = import.meta.dirname.replace(/(\/build)?\/adapters\/bank$/, "");
const ORDER: OutboundPaymentOrder = {
  number: "12",
  day: day("2026-01-13"),
  amount: kopecks(35_040),
  payer: {
    name: 'АО "Учебный Энергосбыт"',
    inn: "4705111116",
    kpp: "470501001",
    address: "г Учебный",
    phone: "",
    bankAccount: "40702810200000001001",
    bankName: "УЧЕБНЫЙ БАНК",
    bic: "044599101",
    correspondentAccount: "30101810800000000101",
  },
  payee: {
    name: "ПЕТРОВ ПЕТР ПЕТРОВИЧ",
    inn: "",
    account: "40817810000000000029",
    bankName: "УЧЕБНЫЙ БАНК-2",
    bic: "044599202",
    correspondentAccount: "30101810000000000202",
  },
  purpose:
    "Возврат излишне уплаченных средств по л/с 0000012729, заявление 5 от 10.01.2026. Без НДС",
};
const WRITTEN = { sender: "SupplyHub 0.1", createdOn: "13.01.2026", createdAt: "09:00:00" };

interface NaiveFile {
  readonly header: Record<string, string>;
  readonly documents: Record<string, string>[];
}

/** The second method: knows no key, only lines, the first `=` and the two marks of a document. */
function naive(bytes: Uint8Array): NaiveFile {
  const text = iconv.decode(Buffer.from(bytes), "win1251");
  const header: Record<string, string> = {};
  const documents: Record<string, string>[] = [];
  let into = header;
  for (const line of text.split("\r\n")) {
    const [key = "", ...rest] = line.split("=");
    if (key === "СекцияДокумент") {
      into = { вид: rest.join("=") };
      documents.push(into);
    } else if (key === "КонецДокумента") into = header;
    else if (rest.length > 0) into[key] = rest.join("=");
  }
  return { header, documents };
}

t.test("what is written reads back by another reader; windows-1251, CRLF", async (t) => {
  const second = { ...ORDER, number: "13", day: day("2026-01-15"), amount: kopecks(5) };
  const bytes = encode({ ...WRITTEN, orders: [ORDER, second] });
  const text = iconv.decode(Buffer.from(bytes), "win1251");
  t.notMatch(text.replaceAll("\r\n", ""), /[\r\n]/);
  t.ok(text.startsWith("1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\n"));
  t.ok(text.endsWith("КонецДокумента\r\nКонецФайла\r\n"));
  // «Ё» and «№» are single bytes of the page: A8 and B9.
  const ofName = encode({ ...WRITTEN, orders: [{ ...ORDER, purpose: "Ё№" }] });
  t.ok(Buffer.from(ofName).includes(Buffer.from([0x3d, 0xa8, 0xb9, 0x0d, 0x0a])));
  const { header, documents } = naive(bytes);
  t.match(header, {
    ДатаНачала: "13.01.2026",
    ДатаКонца: "15.01.2026",
    РасчСчет: "40702810200000001001",
    Документ: "Платежное поручение",
  });
  t.match(documents, [
    {
      вид: "Платежное поручение",
      Номер: "12",
      Дата: "13.01.2026",
      Сумма: "350.40",
      ПлательщикСчет: ORDER.payer.bankAccount,
      ПлательщикИНН: ORDER.payer.inn,
      ПлательщикКПП: ORDER.payer.kpp,
      Плательщик1: ORDER.payer.name,
      ПолучательСчет: ORDER.payee.account,
      Получатель1: ORDER.payee.name,
      ПолучательБИК: ORDER.payee.bic,
      ПолучательКорсчет: ORDER.payee.correspondentAccount,
      НазначениеПлатежа: ORDER.purpose,
    },
    { Номер: "13", Дата: "15.01.2026", Сумма: "0.05" },
  ]);
  t.same(encode({ ...WRITTEN, orders: [ORDER, second] }), bytes, "the same bytes again");
});

const sample = join(root, "../shared/reference/money/samples/1c_payment_orders_export_1.03.txt");
const skip = existsSync(sample) ? false : "the reference files are not on this machine";

t.test("the sample has no key that we do not write, and the same values", { skip }, async (t) => {
  const want = naive(readFileSync(sample));
  const got = naive(encode({ ...WRITTEN, orders: [ORDER] }));
  t.match(got.header, want.header);
  t.match(got.documents, want.documents);
});

const HOSTILE = [
  ["x\r\nСумма=1.00", "x Сумма=1.00"],
  ["x\nКонецДокумента\nКонецФайла", "x КонецДокумента КонецФайла"],
  ["x\u2028Сумма=1.00\u0085y\u0000z", "x Сумма=1.00 y z"],
  ["a=b==c", "a=b==c"],
  ["\tКонецФайла\r", "КонецФайла"],
] as const;

t.test("a value stays one line, whatever it holds", async (t) => {
  for (const [purpose, want] of HOSTILE) {
    const order = { ...ORDER, purpose, payee: { ...ORDER.payee, name: purpose } };
    const { documents } = naive(encode({ ...WRITTEN, orders: [order, ORDER] }));
    t.equal(documents.length, 2);
    t.match(documents[0], { Сумма: "350.40", ПолучательСчет: ORDER.payee.account });
    t.equal(documents[0]?.["НазначениеПлатежа"], want);
    t.equal(documents[0]?.["Получатель1"], want);
  }
});

const FAULTS = [
  [{}, null],
  [{ payee: { ...ORDER.payee, inn: "500100732259" } }, null],
  [{ payee: { ...ORDER.payee, inn: "500100732258" } }, "INN_INVALID"],
  [{ payee: { ...ORDER.payee, account: "40817810100000000029" } }, "ACCOUNT_KEY_INVALID"],
  [{ payer: { ...ORDER.payer, bic: "04459910" } }, "ACCOUNT_KEY_INVALID"],
  [{ payer: { ...ORDER.payer, inn: "" } }, "INN_INVALID"],
  [{ payee: { ...ORDER.payee, name: " \n" } }, "MISSING_REQUIRED"],
  [{ purpose: "" }, "MISSING_REQUIRED"],
  [{ purpose: "я".repeat(210) }, null],
  [{ purpose: "я".repeat(211) }, "TOO_LONG"],
  [{ purpose: "Возврат 5 ₽" }, "SCHEMA_INVALID"],
  [{ number: "1234567" }, "SCHEMA_INVALID"],
  [{ amount: kopecks(0) }, "BAD_AMOUNT"],
  [{ amount: kopecks(-1) }, "BAD_AMOUNT"],
] as const;

t.test("our own document is right before it leaves", async (t) => {
  for (const [change, code] of FAULTS) {
    t.equal(faultOf({ ...ORDER, ...change })?.code ?? null, code, JSON.stringify(change));
  }
});

const object = (key: string, content: OutboundPaymentOrder, file?: string): OutboundObject => ({
  key,
  kind: "payment-order",
  contentHash: key,
  content,
  foreignIds: file === undefined ? {} : { file },
  needs: {},
});
const signal = new AbortController().signal;

t.test("to the folder: durable, once, and known afterwards even when it was taken", async (t) => {
  const folder = join(t.testdir({}), "out");
  const open = await target.open({ ordersFolder: folder, timeZone: "Asia/Irkutsk" }, {});
  const objects = [object("refund/1/5", ORDER), object("refund/1/9", { ...ORDER, number: "13" })];
  const [first] = objects;
  // 2026-01-12T17:30Z is the 13th in Irkutsk (UTC+8), 01:30.
  const message = { id: "0f8c", atMs: Date.UTC(2026, 0, 12, 17, 30) };
  const encoded = await open.encode("payment-order", objects, message);
  t.match(naive(encoded.bytes).header, { ДатаСоздания: "13.01.2026", ВремяСоздания: "01:30:00" });
  t.same(await readdir(folder), [".sent"], "encoding sends nothing");
  t.equal((await open.findDelivered?.("payment-order", objects, signal))?.size, 0);
  const batch: StoredBatch = { ...encoded, messageId: message.id, objects };
  for (const time of ["first", "second"]) {
    t.match(
      await open.send(batch, signal),
      {
        kind: "results",
        results: [
          { key: "refund/1/5", outcome: "accepted", foreignIds: { file: "1c_to_kl_0f8c.txt" } },
          { key: "refund/1/9", outcome: "accepted" },
        ],
      },
      time,
    );
    t.same((await readdir(folder)).sort(), [".sent", "1c_to_kl_0f8c.txt"]);
    t.same(await readFile(join(folder, "1c_to_kl_0f8c.txt")), Buffer.from(encoded.bytes));
  }
  await rm(join(folder, "1c_to_kl_0f8c.txt"));
  await open.send(batch, signal);
  t.same(await readdir(folder), [".sent"], "what the bank took is not put there again");
  const others = [...objects, object("refund/2/1", ORDER)];
  const found = await open.findDelivered?.("payment-order", others, signal);
  t.same(
    [...(found ?? [])],
    [
      ["refund/1/5", { file: "1c_to_kl_0f8c.txt" }],
      ["refund/1/9", { file: "1c_to_kl_0f8c.txt" }],
    ],
  );
  const wrong = [
    ["paid a second time", object("a", ORDER, "1c_to_kl_0f8c.txt"), "OBJECT_REFUSED"],
    ["a wrong key", object("a", { ...ORDER, number: "x" }), "SCHEMA_INVALID"],
  ] as const;
  for (const [why, one, code] of wrong) {
    const given = open.encode("payment-order", [first as OutboundObject, one], message);
    await t.rejects(given, { code, remedy: "park", keys: ["a"] }, why);
  }
  await open.close();
});

t.test("killed between the journal and the folder: found, or left to a person", async (t) => {
  const path = t.testdir({});
  const folder = await OutFolder.open(path);
  const put = { name: "a.txt", bytes: Buffer.from("1"), keys: ["k"] };
  await folder.put(put);
  // As if it had died before the entry was marked.
  const entry = join(path, ".sent/a.txt.json");
  await rename(entry, `${entry}.prepared`);
  t.same([...(await folder.find(new Set(["k"])))], [["k", "a.txt"]], "the file is there");
  await rm(join(path, "a.txt"));
  await t.rejects(folder.find(new Set(["k"])), { code: "OUTCOME_UNKNOWN", remedy: "park" });
  await t.rejects(folder.put(put), { code: "OUTCOME_UNKNOWN", remedy: "unknown" });
  t.same([...(await folder.find(new Set(["other"])))], [], "other orders are not in doubt");
  await writeFile(join(path, "a.txt"), "1");
  await folder.put(put);
  t.same(await readdir(join(path, ".sent")), ["a.txt.json"]);
});

const isRoot = process.getuid?.() === 0 ? "root may write everywhere" : false;

t.test("a folder that cannot be written", async (t) => {
  const path = t.testdir({ file: "" });
  const blocked = target.open({ ordersFolder: join(path, "file") }, {});
  await t.rejects(blocked, { code: "ACCESS_DENIED", remedy: "stop" });
  await t.test("read only", { skip: isRoot }, async (t) => {
    const folder = await OutFolder.open(join(path, "out"));
    await chmod(join(path, "out"), 0o500);
    const put = { name: "a.txt", bytes: Buffer.from("1"), keys: ["k"] };
    await t.rejects(folder.put(put), { code: "CONNECT_FAILED", remedy: "retry" });
    await chmod(join(path, "out"), 0o700);
    await folder.put(put);
    t.same([...(await folder.find(new Set(["k"])))], [["k", "a.txt"]]);
  });
  const gone = await OutFolder.open(join(path, "gone"));
  await rm(join(path, "gone"), { recursive: true });
  const put = gone.put({ name: "a.txt", bytes: Buffer.from("1"), keys: ["k"] });
  await t.rejects(put, { code: "CONNECT_FAILED", remedy: "retry" });
});
