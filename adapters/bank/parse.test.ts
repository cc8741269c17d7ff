import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { day, formatDay } from "../../normalizer/model/dates.ts";
import { isAccountKeyValid, isInnValid } from "../../normalizer/model/requisites.ts";
import { parseAmount } from "./amount.ts";
import type { Pairs } from "./testing.ts";
import { account, bytes, file, header, incoming, OURS, outgoing, PAYER, read } from "./testing.ts";

const root = import.meta.dirname.replace(/(\/build)?\/adapters\/bank$/, "");
const GOOD = file(header(), account(), incoming());

t.test("one payment in full", async (t) => {
  const { header, records, codes } = await read(bytes(GOOD));
  t.same(codes, []);
  t.same(header, { accounts: [OURS], from: day("2026-01-12"), to: day("2026-01-12") });
  t.same(records, [
    {
      kind: "money",
      at: 17,
      source: "BANK",
      ourAccount: OURS,
      direction: "IN",
      other: { name: "ХОЛОДОВ А Ф", inn: "", account: PAYER, bic: "044599202" },
      documentKind: "Платежное поручение",
      documentNumber: "77",
      documentDay: day("2026-01-11"),
      paidDay: day("2026-01-12"),
      postedDay: day("2026-01-12"),
      amount: 50_000,
      purpose: "Л/С 1500012721",
      period: null,
      accountNumber: null,
      operationId: null,
      reverses: null,
      occurrence: 1,
      problems: [],
    },
  ]);
});

// Grammar of money-and-documents.md, R3; kopecks by hand.
const AMOUNTS = [
  ["500.00", 50_000],
  ["500", 50_000],
  ["500,5", 50_050],
  [" 0500.50 ", 50_050],
  ["1 234,56", 123_456],
  ["1\u00a0234\u202f567.8", 123_456_780],
  ["-85.00", -8500],
  ["0.01", 1],
  ["0", 0],
  ["-0.00", 0],
  ["1.234,56", null],
  ["1,234.56", null],
  ["12,345", null],
  ["12 34", null],
  ["1  234", null],
  ["1e3", null],
  ["10,00-", null],
  ["+5", null],
  ["５００", null],
  ["500.", null],
  [".5", null],
  ["- 5", null],
  ["5 руб", null],
  ["", null],
  ["NaN", null],
  ["99999999999999999999", Number.POSITIVE_INFINITY],
] as const;

t.test("amounts by the grammar, in whole kopecks", async (t) => {
  for (const [text, want] of AMOUNTS) t.equal(parseAmount(text), want, `«${text}»`);
});

t.test("control digits", async (t) => {
  // By hand, last digits of digit × 7, 1, 3 over 101 40702810200000001001: 7+3+8+1+2+4+7+6+1+1 = 40; key 3 makes 43.
  t.ok(isAccountKeyValid(OURS, "044599101"));
  t.notOk(isAccountKeyValid("40702810300000001001", "044599101"));
  t.ok(isAccountKeyValid("30101810800000000101", "044599101"), "correspondent: 0 and digits 5–6");
  t.notOk(isAccountKeyValid("4070281020000000100", "044599101"));
  t.notOk(isAccountKeyValid(OURS, "44599101"));
  for (const inn of ["4705222225", "7705333330", "7707083893", "500100732259"]) {
    t.ok(isInnValid(inn), inn);
  }
  for (const inn of ["4705222226", "500100732258", "500100732269", "123", "470522222x"]) {
    t.notOk(isInnValid(inn), inn);
  }
});

/** Rows, then `direction amount paidDay reversal other` of each. */
const DIRECTIONS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "a commission goes out",
    file(
      header(),
      account({ ВсегоПоступило: "0", ВсегоСписано: "85.00", КонечныйОстаток: "915.00" }),
      outgoing(),
    ),
    ["OUT 8500 2026-01-12 - 70601810000000000001"],
  ],
  [
    "the payer's day when it is given",
    file(header(), account(), incoming({ ДатаСписано: "09.01.2026" })),
    [`IN 50000 2026-01-09 - ${PAYER}`],
  ],
  [
    "else the bank's stamp",
    file(header(), account(), incoming({ КвитанцияДата: "10.01.2026" })),
    [`IN 50000 2026-01-10 - ${PAYER}`],
  ],
  [
    "only ПолучательРасчСчет is ours",
    file(
      header(),
      account(),
      incoming({ ПолучательСчет: "30101810800000000101", ПолучательРасчСчет: OURS }),
    ),
    [`IN 50000 2026-01-12 - ${PAYER}`],
  ],
  [
    "the posting date stands on the other side",
    file(header(), account(), incoming({ ДатаПоступило: "", ДатаСписано: "12.01.2026" })),
    [`IN 50000 2026-01-12 - ${PAYER}`],
  ],
  [
    "a red amount lowers its turnover and goes the other way",
    file(
      header(),
      account({ ВсегоПоступило: "-500.00", КонечныйОстаток: "500.00" }),
      incoming({ Сумма: "-500.00" }),
    ),
    [`OUT 50000 2026-01-12 reverses ${PAYER}`],
  ],
  [
    "a red amount of money out comes back",
    file(
      header(),
      account({ ВсегоПоступило: "0", ВсегоСписано: "-85.00", КонечныйОстаток: "1085.00" }),
      outgoing({ Сумма: "-85.00" }),
    ),
    ["IN 8500 2026-01-12 - 70601810000000000001"],
  ],
  ...(
    [
      // Only what takes back money that came in is a reversal; a payer's words on money that comes in never are.
      ["Платежное поручение", "Сторно платежа", "IN", false],
      ["Платежное поручение", "Возврат долга по л/с 1", "IN", false],
      ["Мемориальный ордер", "СТОРНО операции 5", "IN", false],
      ["Банковский ордер", "Возврат ошибочно списанной комиссии", "IN", false],
      ["Сторно", "Исправление", "OUT", true],
      ["Платежное поручение", "Возврат излишне уплаченных средств", "OUT", false],
      ["Платежное поручение", "сторно зачисления", "OUT", true],
      ["Мемориальный ордер", "Возврат ошибочно зачисленной суммы", "OUT", true],
      ["Банковский ордер", "Комиссия за возврат", "OUT", false],
    ] as const
  ).map(([kind, purpose, direction, reverses]) => {
    const isIn = direction === "IN";
    const totals = isIn
      ? {}
      : { ВсегоПоступило: "0.00", ВсегоСписано: "85.00", КонечныйОстаток: "915.00" };
    const row = isIn
      ? incoming({ НазначениеПлатежа: purpose }, kind)
      : outgoing({ НазначениеПлатежа: purpose }, kind);
    const want = `${direction} ${isIn ? 50_000 : 8500} 2026-01-12 ${reverses ? "reverses" : "-"} ${isIn ? PAYER : "70601810000000000001"}`;
    return [`${kind}: ${purpose}`, file(header(), account(totals), row), [want]] as const;
  }),
];

t.test("direction, day and reversal", async (t) => {
  for (const [why, text, want] of DIRECTIONS) {
    const { records, codes } = await read(bytes(text));
    t.same(
      codes.filter((code) => !code.startsWith("UNKNOWN_FIELD")),
      [],
      why,
    );
    t.same(
      records.map(({ direction, amount, paidDay, reverses, other }) =>
        [direction, amount, formatDay(paidDay), reverses ? "reverses" : "-", other.account].join(
          " ",
        ),
      ),
      want,
      why,
    );
  }
});

const SECOND = "40702810500000001002";
const both = { РасчСчет: SECOND, ВсегоПоступило: "85.00", КонечныйОстаток: "1085.00" };
const spent = { ВсегоПоступило: "0.00", ВсегоСписано: "85.00", КонечныйОстаток: "915.00" };
const transfer = (changes: Pairs = {}) =>
  outgoing(
    { ПолучательСчет: SECOND, ДатаПоступило: "12.01.2026", ...changes },
    "Платежное поручение",
  );

t.test(
  "a transfer between two accounts of the statement: both sides, each at its own place",
  async (t) => {
    const text = file(header(), account(spent), account(both), transfer());
    const { records, codes, header: found } = await read(bytes(text));
    t.same(codes, []);
    t.same(found?.accounts, [OURS, SECOND]);
    t.same(
      records.map(({ direction, ourAccount, other }) => [direction, ourAccount, other.account]),
      [
        ["OUT", OURS, SECOND],
        ["IN", SECOND, OURS],
      ],
    );
    t.equal(new Set(records.map(({ at }) => at)).size, 2);
    const lines = text.split("\r\n");
    t.equal(lines[(records[1]?.at ?? 0) - 1], `ПолучательСчет=${SECOND}`);
    const listed = [transfer({ ДатаПоступило: "" }), transfer({ ДатаСписано: "" })];
    const twice = await read(bytes(file(header(), account(spent), account(both), ...listed)));
    t.same(twice.codes, [], "one document under each account, each with its own date");
    t.equal(twice.records.length, 2);
    const dated = await read(
      bytes(file(header(), account(spent), account(both), transfer(), transfer())),
    );
    t.same(
      dated.codes.map((code) => code.split(":")[0]),
      ["DUPLICATE_ROW", "DUPLICATE_ROW"],
      "one document under each account, both dates in each",
    );
    t.equal(dated.records.length, 2);
  },
);

const twoDays = [
  header({ ДатаКонца: "13.01.2026" }),
  account(),
  account({
    ДатаНачала: "13.01.2026",
    ДатаКонца: "13.01.2026",
    НачальныйОстаток: "1500.00",
    КонечныйОстаток: "2000.00",
  }),
];
const next = incoming({ ДатаПоступило: "13.01.2026" });
const double = { ВсегоПоступило: "1000.00", КонечныйОстаток: "2000.00" };

/** What the whole file comes to: codes, and occurrences of the records. */
const FILES: readonly (readonly [string, string, readonly string[], readonly number[]])[] = [
  ["LF, blank lines and blanks at the ends", GOOD.replaceAll("\r\n", " \n\n  "), [], [1]],
  ["version 1.01", GOOD.replace("1.03", "1.01"), [], [1]],
  ["version 1.02", GOOD.replace("1.03", "1.02"), [], [1]],
  ["a DOS end of file", `${GOOD}\u001a`, [], [1]],
  [
    "amount with a comma",
    file(header(), account({ ВсегоПоступило: "500,00" }), incoming({ Сумма: "500" })),
    [],
    [1],
  ],
  [
    "identical rows that the balance holds",
    file(header(), account(double), incoming(), incoming()),
    [],
    [1, 2],
  ],
  [
    "identical rows that it does not hold",
    file(header(), account(), incoming(), incoming()),
    ["DUPLICATE_ROW:30"],
    [1],
  ],
  [
    "three rows of which two are in the balance",
    file(header(), account(double), incoming(), incoming(), incoming()),
    ["BALANCE_MISMATCH:8 quarantined"],
    [],
  ],
  [
    "same number and day of two payers",
    file(
      header(),
      account(double),
      incoming(),
      incoming({ ПлательщикСчет: "40817810700000000002" }),
    ),
    [],
    [1, 1],
  ],
  ["a section for each day", file(...twoDays, incoming(), next), [], [1, 1]],
  [
    "a day genuine, a day repeated",
    file(
      twoDays[0] ?? [],
      account(double),
      account({
        ДатаНачала: "13.01.2026",
        ДатаКонца: "13.01.2026",
        НачальныйОстаток: "2000.00",
        КонечныйОстаток: "2500.00",
      }),
      incoming(),
      incoming(),
      next,
      next,
    ),
    ["DUPLICATE_ROW:65"],
    [1, 2, 1],
  ],
  ["the same section twice", file(header(), account(), account(), incoming()), [], [1]],
  [
    "two sections of one day that differ",
    file(
      header(),
      account(),
      account({ НачальныйОстаток: "1.00", КонечныйОстаток: "501.00" }),
      incoming(),
    ),
    ["BALANCE_MISMATCH:17 quarantined", "BALANCE_MISMATCH:17 quarantined"],
    [],
  ],
  [
    "a section of the whole period beside those of its days",
    file(
      ...twoDays,
      account({ ДатаКонца: "13.01.2026", ВсегоПоступило: "1000.00", КонечныйОстаток: "2000.00" }),
      incoming(),
      next,
    ),
    [],
    [1, 1],
  ],
  [
    "a day does not begin with what the last ended with",
    file(
      twoDays[0] ?? [],
      account(),
      account({ ДатаНачала: "13.01.2026", ДатаКонца: "13.01.2026" }),
      incoming(),
      next,
    ),
    ["BALANCE_MISMATCH:17 quarantined"],
    [],
  ],
  [
    "a row of a day that no section has",
    file(...twoDays, incoming(), next, incoming({ ДатаПоступило: "14.01.2026" })),
    ["BALANCE_MISMATCH:52 quarantined"],
    [],
  ],
  [
    "closing balance",
    file(header(), account({ КонечныйОстаток: "1500.01" }), incoming()),
    ["BALANCE_MISMATCH:8 quarantined"],
    [],
  ],
  [
    "a row is missing",
    file(header(), account(double), incoming()),
    ["BALANCE_MISMATCH:8 quarantined"],
    [],
  ],
  [
    "turnover in the wrong direction",
    file(header(), account({ ВсегоПоступило: "0.00", ВсегоСписано: "-500.00" }), incoming()),
    ["BALANCE_MISMATCH:8 quarantined", "BALANCE_MISMATCH:8 quarantined"],
    [],
  ],
  [
    "unknown keys and kinds, each once",
    file(
      header({ Подпись: "1" }),
      account({ Валюта: "RUB" }),
      incoming({ Новое: "=" }),
      outgoing({ Новое: "", Сумма: "0.01" }, "Чек"),
    )
      .replace("ВсегоСписано=0.00", "ВсегоСписано=0.01")
      .replace("1500.00", "1499.99"),
    ["UNKNOWN_FIELD:8", "UNKNOWN_FIELD:17", "UNKNOWN_FIELD:31", "UNKNOWN_FIELD:33"],
    [1, 1],
  ],
  [
    "control digits of both sides",
    file(
      header(),
      account(),
      incoming({ ПлательщикИНН: "4705222226", ПлательщикСчет: "40817810500000000001" }),
    ),
    ["ACCOUNT_KEY_INVALID:17", "INN_INVALID:17"],
    [1],
  ],
  ["a payer without an ИНН", file(header(), account(), incoming({ ПлательщикИНН: "0" })), [], [1]],
  ["empty", "", ["NO_RECORDS:1 rejected"], []],
  ["blank", "\r\n \r\n", ["NO_RECORDS:1 rejected"], []],
  [
    "no document",
    file(header(), account({ ВсегоПоступило: "0", КонечныйОстаток: "1000" })),
    ["NO_RECORDS:1 rejected"],
    [],
  ],
  ["another format", "account;sum\r\n1;2\r\n", ["FORMAT_UNKNOWN:1 quarantined"], []],
  [
    "mark with something behind it",
    GOOD.replace("Exchange", "Exchange2"),
    ["FORMAT_UNKNOWN:1 quarantined"],
    [],
  ],
  ["version 2.00", GOOD.replace("1.03", "2.00"), ["UNSUPPORTED_VERSION:2 rejected"], []],
  [
    "no version",
    file(header({ ВерсияФормата: null }), account(), incoming()),
    ["MISSING_REQUIRED:1 rejected"],
    [],
  ],
  ["no balances", file(header(), incoming()), ["MISSING_REQUIRED:1 quarantined"], []],
  ["no end of the file", GOOD.replace("КонецФайла\r\n", ""), ["TRUNCATED:30 quarantined"], []],
  [
    "cut inside a document",
    GOOD.slice(0, GOOD.indexOf("ДатаПоступило")),
    ["TRUNCATED:17 quarantined", "TRUNCATED:26 quarantined"],
    [],
  ],
  [
    "no end of a document",
    file(header(), account(), incoming().slice(0, -1), incoming()),
    ["TRUNCATED:17 quarantined"],
    [],
  ],
  [
    "no start of a document",
    file(header(), account(), incoming().slice(1), incoming()),
    [
      ...Array(11)
        .fill(0)
        .map((_, index) => `UNKNOWN_FIELD:${17 + index}`),
      "TRUNCATED:28 quarantined",
    ],
    [],
  ],
  [
    "no end of an account",
    file(header(), account().slice(0, -1), incoming()),
    ["MISSING_REQUIRED:1 quarantined", "TRUNCATED:8 quarantined"],
    [],
  ],
  ["two files in one", GOOD + GOOD, ["FORMAT_UNKNOWN:31 quarantined"], []],
  [
    "a statement inside a statement",
    file(header(), account(), incoming(), header()),
    ["TRUNCATED:30 quarantined"],
    [],
  ],
  [
    "foreign account",
    file(header(), account(), incoming({ ПолучательСчет: "40702810900000009999" })),
    ["NOT_OUR_ACCOUNT:17 quarantined"],
    [],
  ],
  [
    "no account at all",
    file(header(), account(), incoming({ ПолучательСчет: null, ПлательщикСчет: null })),
    ["MISSING_REQUIRED:17 quarantined"],
    [],
  ],
  [
    "account of 19 digits",
    file(
      header({ РасчСчет: null }),
      account({ РасчСчет: "4070281020000000100" }),
      incoming({ ПолучательСчет: "4070281020000000100", ПолучательБИК: "" }),
    ),
    ["NOT_OUR_ACCOUNT:10 quarantined"],
    [],
  ],
  [
    "dollars",
    file(
      header({ РасчСчет: null }),
      account({ РасчСчет: "40702840200000001001" }),
      incoming({ ПолучательСчет: "40702840200000001001", ПолучательБИК: "" }),
    ),
    ["CURRENCY_UNSUPPORTED:7 quarantined"],
    [],
  ],
  [
    "a value stated twice in two ways",
    file(header(), account(), [...incoming().slice(0, -1), "Сумма=0.01", "КонецДокумента"]),
    ["COLUMN_COUNT:29 quarantined"],
    [],
  ],
  [
    "a value stated twice alike",
    file(header(), account(), [...incoming().slice(0, -1), "Сумма=500.00", "КонецДокумента"]),
    [],
    [1],
  ],
  ["a control character", GOOD.replace("Л/С", "Л\u0000С"), ["ENCODING_INVALID:1 rejected"], []],
];

t.test("files: what is kept, what is refused and why", async (t) => {
  for (const [why, text, codes, occurrences] of FILES) {
    const got = await read(bytes(text));
    t.same(got.codes, codes, why);
    t.same(
      got.records.map(({ occurrence }) => occurrence),
      occurrences,
      `${why}: records`,
    );
    t.same((await read(bytes(text), {}, 7)).parsed, got.parsed, `${why}: in pieces`);
  }
});

/** Changes of one document; the line of its first field is 18. */
const ROWS: readonly (readonly [Pairs, readonly string[]])[] = [
  [{ Сумма: "" }, ["BAD_AMOUNT:20"]],
  [{ Сумма: "1.234,56" }, ["BAD_AMOUNT:20"]],
  [{ Сумма: "0.00" }, ["ZERO_AMOUNT:20"]],
  [{ Сумма: "1000000000.01" }, ["AMOUNT_TOO_LARGE:20"]],
  [{ Сумма: "-1000000000.01" }, ["AMOUNT_TOO_LARGE:20"]],
  [{ Сумма: null }, ["MISSING_REQUIRED:17"]],
  [{ Номер: "" }, ["MISSING_REQUIRED:17"]],
  [{ Дата: null }, ["MISSING_REQUIRED:17"]],
  [{ НазначениеПлатежа: " " }, ["MISSING_REQUIRED:17"]],
  [{ ДатаПоступило: "" }, ["MISSING_REQUIRED:17"]],
  [{ Дата: "31.02.2026" }, ["BAD_DATE:19"]],
  [{ Дата: "2026-01-11" }, ["BAD_DATE:19"]],
  [{ Дата: "11.01.26" }, ["BAD_DATE:19"]],
  [{ ДатаПоступило: "12.01.1026" }, ["BAD_DATE:26"]],
  [{ ДатаСписано: "00.01.2026" }, ["BAD_DATE:29"]],
  [{ НазначениеПлатежа: "x".repeat(1_000_000) }, ["TOO_LONG:28"]],
  [
    { Номер: null, Дата: "1", Сумма: "x", НазначениеПлатежа: null, ДатаПоступило: "1" },
    ["MISSING_REQUIRED:17", "MISSING_REQUIRED:17", "BAD_DATE:18", "BAD_AMOUNT:19", "BAD_DATE:25"],
  ],
];

t.test("an unusable row quarantines the file; all faults of all rows are listed", async (t) => {
  for (const [changes, want] of ROWS) {
    const { codes, records } = await read(bytes(file(header(), account(), incoming(changes))));
    t.same(
      codes,
      want.map((code) => `${code} quarantined`),
      JSON.stringify(changes).slice(0, 80),
    );
    t.equal(records.length, 0);
  }
  const bad = incoming({ Сумма: "12,345" });
  const { parsed } = await read(bytes(file(header(), account(), bad, incoming(), bad)));
  t.match(parsed, [
    { problem: { code: "BAD_AMOUNT", at: "20", object: "№ 77", values: { given: "12,345" } } },
    { problem: { code: "BAD_AMOUNT", at: "46" } },
  ]);
  t.equal(parsed.length, 2);
  const sections = [
    "РасчСчет",
    "ДатаНачала",
    "ДатаКонца",
    "НачальныйОстаток",
    "ВсегоПоступило",
    "ВсегоСписано",
    "КонечныйОстаток",
  ];
  for (const key of sections) {
    const { codes } = await read(bytes(file(header(), account({ [key]: null }), incoming())));
    t.same(codes, ["MISSING_REQUIRED:8 quarantined"], `account without ${key}`);
  }
  const limit = { amountMaxKopecks: 49_999 };
  t.same((await read(bytes(GOOD), limit)).codes, ["AMOUNT_TOO_LARGE:20 quarantined"]);
});

t.test("limits: bytes and documents", async (t) => {
  t.same((await read(bytes(GOOD), { sizeBytesMax: 200 }, 64)).codes, ["LIMIT_EXCEEDED:1 rejected"]);
  const two = bytes(file(header(), account(double), incoming(), incoming()));
  t.same((await read(two, { rowsMax: 2 })).codes, []);
  t.same((await read(two, { rowsMax: 1 })).codes, ["LIMIT_EXCEEDED:30 rejected"]);
});

/** Purposes that a careless reader cuts, ends the document at, or takes for a key. */
const PURPOSES = [
  "л/с=1500012721; сумма=500=500",
  "КонецДокумента",
  "СекцияДокумент=Платежное поручение",
  "КонецФайла",
  "=СУММ(A1)",
  "1CClientBankExchange",
];

t.test(
  "a mark is a whole line, a value keeps its equals signs; six parts make one purpose",
  async (t) => {
    for (const purpose of PURPOSES) {
      const text = file(header(), account(), incoming({ НазначениеПлатежа: purpose }));
      const { records, codes } = await read(bytes(text));
      t.same(codes, []);
      t.equal(records[0]?.purpose, purpose);
    }
    const parts = {
      НазначениеПлатежа1: "Л/С",
      НазначениеПлатежа2: "1500012721",
      НазначениеПлатежа6: "за 12.2025",
    };
    for (const whole of [null, ""]) {
      const text = file(header(), account(), incoming({ НазначениеПлатежа: whole, ...parts }));
      t.equal((await read(bytes(text))).records[0]?.purpose, "Л/С 1500012721 за 12.2025");
    }
    const chosen = file(header(), account(), incoming(parts));
    t.equal((await read(bytes(chosen))).records[0]?.purpose, "Л/С 1500012721");
  },
);

const ENCODINGS = [
  // written, mark, declared, warned
  ["win1251", false, "Windows", false],
  ["win1251", false, "DOS", true],
  ["win1251", false, "UTF-8", true],
  ["win1251", false, "Русская", true],
  ["cp866", false, "DOS", false],
  ["cp866", false, "Windows", true],
  ["koi8-r", false, "KOI8-R", false],
  ["koi8-r", false, "Windows", true],
  ["utf8", false, "UTF-8", false],
  ["utf8", false, "Windows", true],
  ["utf8", true, "Windows", true],
  ["utf16le", true, "Windows", true],
  ["utf-16be", true, "Windows", true],
] as const;

t.test("the bytes say the encoding, the declaration is compared", async (t) => {
  const want = (await read(bytes(GOOD))).records;
  for (const [codec, mark, declared, isWarned] of ENCODINGS) {
    const text = GOOD.replace("=Windows", `=${declared}`);
    const encoded = bytes(mark ? `\ufeff${text}` : text, codec);
    // However the store cuts the file: inside a mark, a character, the end of a line.
    for (const piece of [encoded.length, 1, 2, 3, 7, 64]) {
      const { records, codes } = await read(encoded, {}, piece);
      const name = `${codec} declared ${declared} in pieces of ${piece}`;
      t.same(codes, isWarned ? ["ENCODING_MISMATCH:3"] : [], name);
      t.same(records, want, name);
    }
  }
  const torn = Buffer.concat([bytes(GOOD, "utf8").subarray(0, -2), Buffer.from([0xd0])]);
  for (const piece of [torn.length, 1, 5]) {
    const { records } = await read(torn, {}, piece);
    t.same(records, [], "a character without its end is no UTF-8");
  }
  const capitals = GOOD.replaceAll("ХОЛОДОВ", "ЩУКИНА ЁЛКА ЪЫЬ");
  for (const codec of ["win1251", "cp866", "koi8-r"]) {
    t.equal(
      (await read(bytes(capitals, codec))).records[0]?.other.name,
      "ЩУКИНА ЁЛКА ЪЫЬ А Ф",
      codec,
    );
  }
});

const samples = join(root, "../shared/reference/money/samples");
const skip = existsSync(samples) ? false : "the reference files are not on this machine";

t.test("the samples: what stands beside them", { skip }, async (t) => {
  for (const name of ["1c_statement_1.03_cp1251.txt", "1c_statement_1.02_dos_cp866.txt"]) {
    const { records, codes } = await read(readFileSync(join(samples, name)));
    t.same(codes, [], name);
    t.same(
      records.map(({ direction, amount, documentNumber }) => [direction, amount, documentNumber]),
      [
        ["IN", 125_000, "151"],
        ["IN", 123_500, "565656"],
        ["IN", 50_000, "77"],
        ["OUT", 8500, "1"],
      ],
      name,
    );
  }
  const orders = await read(readFileSync(join(samples, "1c_payment_orders_export_1.03.txt")));
  t.same(orders.codes, ["MISSING_REQUIRED:1 quarantined", "MISSING_REQUIRED:12 quarantined"]);
});
