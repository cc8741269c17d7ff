import iconv from "iconv-lite";
import t from "tap";
import { Create } from "typebox/value";
import type { ReadingRecord } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import type { TabularProfile } from "./config.ts";
import { TabularProfileSchema } from "./config.ts";
import { parse } from "./parse.ts";

const PROFILE = Create(TabularProfileSchema) as TabularProfile;

async function read(content: Uint8Array | string, profile: Partial<TabularProfile> = {}) {
  async function* bytes() {
    yield Buffer.from(content);
  }
  const parsed: Parsed[] = [];
  const records: ReadingRecord[] = [];
  const codes: string[] = [];
  const input = { name: "r.csv", bytes: bytes(), profile: { ...PROFILE, ...profile } };
  for await (const item of parse(input)) {
    parsed.push(item);
    if (item.kind === "problem") codes.push(`${item.problem.code} ${item.outcome}`);
    else if (item.kind === "record" && item.record.kind === "reading") {
      records.push(item.record);
      codes.push(...item.record.problems.map(({ code, at }) => `${code}:${at}`));
    }
  }
  return { records, codes };
}

const HEAD = "account;meter;date;T0;T1;T2\n";

t.test("a row is a reading, as written", async (t) => {
  const { records, codes } = await read(
    `${HEAD}0015;007;2021-03-25;04523.5;;\n;008;25.03.2021;;310;120\n`,
  );
  t.same(codes, []);
  t.same(records, [
    {
      kind: "reading",
      at: 2,
      accountNumber: "0015",
      meterSerial: "007",
      readOn: 18711,
      values: [{ zone: "T0", text: "04523.5" }],
      source: "PORTAL",
      problems: [],
    },
    {
      kind: "reading",
      at: 3,
      accountNumber: null,
      meterSerial: "008",
      readOn: 18711,
      values: [
        { zone: "T1", text: "310" },
        { zone: "T2", text: "120" },
      ],
      source: "PORTAL",
      problems: [],
    },
  ]);
});

t.test("delimiters, encodings, names, quotes", async (t) => {
  const russian = "Лицевой счёт;Номер прибора;Дата;Показание\r\n0015;007;2021-03-25;1\r\n";
  const files = [
    ["windows-1251", iconv.encode(russian, "win1251")],
    ["UTF-8 with a mark", iconv.encode(russian, "utf8", { addBOM: true })],
    ["commas and quotes", 'account,meter,date,T0\n0015,"007",2021-03-25,"1"'],
    ["tabs, other order", "T0\tdate\tmeter\taccount\n1\t2021-03-25\t007\t0015\n\n"],
    ["capitals and blanks", " ACCOUNT ; METER ; DATE ; t0 \n 0015 ; 007 ; 2021-03-25 ; 1 "],
  ] as const;
  for (const [why, content] of files) {
    const { records, codes } = await read(content);
    t.same(codes, [], why);
    t.match(records, [
      { accountNumber: "0015", meterSerial: "007", values: [{ zone: "T0", text: "1" }] },
    ]);
  }
});

const ROWS = [
  ["0015;007;2021-02-29;1;;", ["BAD_DATE:2"]],
  ["0015;007;25.3.21;1;;", ["BAD_DATE:2"]],
  ["0015;007;0021-03-25;1;;", ["BAD_DATE:2"]],
  ["0015;007;2021-03-25;1", ["COLUMN_COUNT:2"]],
  ["0015;;2021-03-25;1;;", ["MISSING_REQUIRED:2"]],
  ["0015;007;2021-03-25;;;", ["NO_READING:2"]],
  ["1,50001E+09;007;2021-03-25;1;;", ["SCIENTIFIC_NOTATION:2"]],
  [`${"1".repeat(65)};007;2021-03-25;1;;`, ["TOO_LONG:2"]],
  [";;;", ["COLUMN_COUNT:2", "MISSING_REQUIRED:2", "BAD_DATE:2", "NO_READING:2"]],
] as const;

t.test("a row of wrong form is a record with every problem of it", async (t) => {
  for (const [row, want] of ROWS) {
    const { records, codes } = await read(`${HEAD}${row}\n0016;008;2021-03-25;1;;\n`);
    t.same(codes, want, row);
    t.equal(records.length, 2, "the other row goes on");
  }
  const comma = `${HEAD}0015;007;2021-03-25;12,5;;\n`;
  t.equal((await read(comma)).records[0]?.values[0]?.text, "12,5");
  const tolerant = await read(comma, { decimalComma: true });
  t.same([tolerant.codes, tolerant.records[0]?.values[0]?.text], [["DECIMAL_COMMA:2"], "12.5"]);
});

const FILES = [
  ["empty", "", "HEADER_NOT_FOUND quarantined"],
  ["no date", "account;meter;T0\n1;2;3", "HEADER_NOT_FOUND quarantined"],
  ["no zone", "account;meter;date\n1;2;2021-03-25", "HEADER_NOT_FOUND quarantined"],
  ["header only", HEAD, "NO_RECORDS rejected"],
  ["cut inside quotes", `${HEAD}0015;"007`, "TRUNCATED quarantined"],
  ["broken quotes", `${HEAD}0015;"0"07;2021-03-25;1;;`, "FORMAT_UNKNOWN quarantined"],
  ["UTF-16", iconv.encode(HEAD, "utf16le", { addBOM: true }), "ENCODING_UNSUPPORTED rejected"],
  ["binary", Buffer.from([0x50, 0x4b, 3, 4, 0, 0x98]), "ENCODING_INVALID rejected"],
  ["too many rows", HEAD + "1;2;2021-03-25;1;;\n".repeat(4), "LIMIT_EXCEEDED rejected"],
  ["too large", HEAD + " ".repeat(5000), "LIMIT_EXCEEDED rejected"],
] as const;

t.test("what is no table of readings", async (t) => {
  for (const [why, content, want] of FILES) {
    const { codes } = await read(content, { rowsMax: 3, sizeBytesMax: 4096 });
    t.same(codes, [want], why);
  }
  const extra = await read("account;meter;date;T0;note\n0015;007;2021-03-25;1;x\n");
  t.same(extra.codes, ["UNKNOWN_FIELD none"]);
});
