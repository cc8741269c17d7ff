import { encode as encodeText } from "iconv-lite";
import t from "tap";
import type { PyramidaProfile } from "./config.ts";
import { bytes, message, NAME, PERIOD, read, readInPieces } from "./testing.ts";

const DECLARATION = `<?xml version="1.0" encoding="windows-1251"?>`;
const CUT = message().slice(0, -30);
const deep = (levels: number) => `${"<x>".repeat(levels)}${"</x>".repeat(levels)}`;

const REFUSED = [
  ["cut", bytes(CUT), ["XML_MALFORMED rejected"]],
  ["empty", bytes(""), ["XML_MALFORMED rejected"]],
  ["no markup", bytes("hello"), ["XML_MALFORMED rejected"]],
  ["mis-nested", bytes(message().replace("</area>", "</aria>")), ["XML_MALFORMED rejected"]],
  ["two roots", bytes(`${message()}<message/>`), ["XML_MALFORMED rejected"]],
  [
    "attribute twice",
    bytes(message({ root: `class="80020" class="80020" version="2" number="7"` })),
    ["XML_MALFORMED rejected"],
  ],
  ["unknown entity", bytes(message({ sender: "<inn>&x;</inn>" })), ["XML_MALFORMED rejected"]],
  [
    "cut inside a character",
    encodeText(message({ declaration: "" }), "utf8").subarray(
      0,
      Buffer.from(message({ declaration: "" })).indexOf("Завод") + 1,
    ),
    ["XML_MALFORMED rejected"],
  ],
  [
    "DOCTYPE",
    bytes(message({ declaration: `${DECLARATION}<!DOCTYPE message>` })),
    ["DTD_FORBIDDEN rejected"],
  ],
  [
    "DOCTYPE in UTF-16",
    encodeText(message({ declaration: `<!DOCTYPE message [<!ENTITY a "b">]>` }), "utf16le", {
      addBOM: true,
    }),
    ["DTD_FORBIDDEN rejected"],
  ],
  [
    "DOCTYPE in UTF-16, big end first",
    encodeText(message({ declaration: `<!DOCTYPE message>` }), "utf-16be", { addBOM: true }),
    ["DTD_FORBIDDEN rejected"],
  ],
  [
    "DOCTYPE in a comment",
    bytes(message({ periods: `<!-- <!DOCTYPE x> -->${PERIOD}` })),
    ["DTD_FORBIDDEN rejected"],
  ],
  [
    "UTF-16 without a mark",
    encodeText(message(), "utf16le", { addBOM: false }),
    ["ENCODING_UNSUPPORTED rejected"],
  ],
  [
    "UTF-32",
    Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.from(message())]),
    ["ENCODING_UNSUPPORTED rejected"],
  ],
  [
    "another code page",
    bytes(message({ declaration: `<?xml version="1.0" encoding="koi8-r"?>` })),
    ["ENCODING_UNSUPPORTED rejected"],
  ],
  ["UTF-8 said to be 1251", encodeText(message(), "utf8"), ["ENCODING_MISMATCH rejected"]],
  [
    "UTF-8 with a mark said to be 1251",
    encodeText(message(), "utf8", { addBOM: true }),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "1251 said to be UTF-8",
    bytes(message({ declaration: `<?xml version="1.0" encoding="UTF-8"?>` })),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "1251 without a declaration",
    bytes(message({ declaration: "" })),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "said to be UTF-16, is not",
    bytes(message({ declaration: `<?xml version="1.0" encoding="utf-16"?>` })),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "byte that 1251 does not have",
    Buffer.concat([bytes(message().slice(0, 300)), Buffer.from([0x98])]),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "UTF-8 encoded twice",
    encodeText(message({ declaration: "" }).replace("Завод", "Ð\u0097Ð°"), "utf8"),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "replacement character",
    encodeText(message({ declaration: "" }).replace("Завод", "З\ufffd"), "utf8"),
    ["ENCODING_MISMATCH rejected"],
  ],
  [
    "too deep",
    bytes(message({ periods: deep(29) + PERIOD })),
    ["UNKNOWN_FIELD", "LIMIT_EXCEEDED rejected"],
  ],
  [
    "endless token",
    bytes(message({ periods: `<!--${"x".repeat(1 << 20)}-->` })),
    ["LIMIT_EXCEEDED rejected"],
  ],
  ["another root", bytes("<html/>"), ["FORMAT_UNKNOWN quarantined"]],
  [
    "class unknown",
    bytes(message({ root: `class="80021" version="2" number="7"` })),
    ["CLASS_MISMATCH rejected", "CLASS_NOT_SUPPORTED quarantined"],
  ],
  [
    "version unknown",
    bytes(message({ root: `class="80020" version="3" number="7"` })),
    ["UNSUPPORTED_VERSION rejected"],
  ],
  [
    "no attributes",
    bytes(message({ root: "" })),
    ["MISSING_REQUIRED rejected", "MISSING_REQUIRED rejected", "MISSING_REQUIRED rejected"],
  ],
  [
    "number is no number",
    bytes(message({ root: `class="80020" version="2" number="7a"` })),
    ["SCHEMA_INVALID rejected"],
  ],
  [
    "no day",
    bytes(message({ datetime: "<timestamp>20220516030800</timestamp>" })),
    ["MISSING_REQUIRED rejected"],
  ],
  [
    "day that does not exist",
    bytes(message({ datetime: "<timestamp>20220516030800</timestamp><day>20220230</day>" })),
    ["BAD_DATE rejected", "DATE_MISMATCH rejected"],
  ],
  [
    "day twice",
    bytes(
      message({
        datetime: "<timestamp>20220516030800</timestamp><day>20220515</day><day>20220516</day>",
      }),
    ),
    ["SCHEMA_INVALID rejected"],
  ],
  ["no sender", bytes(message({ sender: "" })), ["MISSING_REQUIRED rejected"]],
  ["no channel", bytes(message({ point: `<measuringpoint code="1"/>` })), ["NO_RECORDS rejected"]],
] as const;

t.test("each refusal ends in its code", async (t) => {
  for (const [why, given, want] of REFUSED) {
    t.same((await read(given)).codes, want, why);
    if (given.length > 10_000) continue;
    t.same(readInPieces(given, 3).codes, want, `${why}, in pieces of 3 bytes`);
  }
  const large = bytes(message({ periods: PERIOD.repeat(100) }));
  t.same((await read(large, NAME, { sizeBytesMax: 4000 })).codes, ["LIMIT_EXCEEDED rejected"]);
  t.same((await read(bytes(message({ periods: deep(28) + PERIOD })))).codes, ["UNKNOWN_FIELD"]);
});

const NAMES = [
  ["80020_7801001231_20220515_7.xml", []],
  ["80020_7801001231_20220515_007_4705004562.XML", []],
  ["80020_7801001231_20220515_7_Площадка «Северная».xml", []],
  ["C:\\out\\80020_7801001231_20220515_7.xml", []],
  ["report.xml", ["FILE_NAME_UNKNOWN"]],
  ["80020_7801001231_2022-05-15_7.xml", ["FILE_NAME_UNKNOWN"]],
  ["80025_7801001231_20220515_7.xml", ["CLASS_MISMATCH rejected"]],
  ["80020_7801001232_20220515_7.xml", ["INN_MISMATCH rejected"]],
  ["80020_7801001231_20220516_7.xml", ["DATE_MISMATCH rejected"]],
  ["80020_7801001231_20220515_8.xml", ["NUMBER_MISMATCH rejected"]],
  [
    "80020_1_20220516_8.xml",
    ["INN_MISMATCH rejected", "DATE_MISMATCH rejected", "NUMBER_MISMATCH rejected"],
  ],
] as const;

t.test("name against body", async (t) => {
  for (const [name, want] of NAMES) t.same((await read(bytes(message()), name)).codes, want, name);
});

t.test("a class is read when it is enabled, for all or for one sender", async (t) => {
  const text = bytes(message({ root: `class="80040" version="2" number="7"` }));
  const name = NAME.replace("80020", "80040");
  const alias = { classAliases: ["80040"], decimalComma: false };
  const cases = [
    [{}, ["CLASS_NOT_SUPPORTED quarantined"]],
    [{ classAliases: ["80040"] }, []],
    [{ partners: { "7801001231": alias } }, []],
    [{ partners: { "7700000000": alias } }, ["CLASS_NOT_SUPPORTED quarantined"]],
  ] as const;
  for (const [profile, want] of cases) {
    t.same((await read(text, name, profile as Partial<PyramidaProfile>)).codes, want);
  }
});
