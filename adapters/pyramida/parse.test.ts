import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encode as encodeText } from "iconv-lite";
import t from "tap";
import type { IntervalRecord } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import { parse } from "./parse.ts";
import { Reading } from "./reading.ts";
import { Refusal } from "./refusal.ts";

const root = import.meta.dirname.replace(/(\/build)?\/adapters\/pyramida$/, "");
const NAME = "80020_7801001231_20220515_7.xml";

interface Read {
  readonly parsed: readonly Parsed[];
  readonly records: readonly IntervalRecord[];
  /** `CODE` of every problem, of records too; those that end the message with its outcome. */
  readonly codes: readonly string[];
}

async function read(
  bytes: Uint8Array,
  name: string = NAME,
  profile: Partial<PyramidaProfile> = {},
): Promise<Read> {
  async function* whole() {
    yield bytes;
  }
  const parsed: Parsed[] = [];
  const input = { name, bytes: whole(), profile: { ...DEFAULT_PROFILE, ...profile } };
  for await (const item of parse(input)) parsed.push(item);
  return sorted(parsed);
}

/** Every edge between two pieces falls somewhere else; parse itself reads in blocks of one size. */
function readInPieces(bytes: Uint8Array, pieceBytes: number): Read {
  const parsed: Parsed[] = [];
  const reading = new Reading({ name: NAME, profile: DEFAULT_PROFILE });
  try {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      reading.write(bytes.subarray(from, from + pieceBytes));
    }
    reading.end();
    parsed.push(...reading.taken());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    parsed.push(...reading.taken(), error.parsed);
  }
  return sorted(parsed);
}

function sorted(parsed: readonly Parsed[]): Read {
  const records: IntervalRecord[] = [];
  const codes: string[] = [];
  for (const item of parsed) {
    if (item.kind === "problem") {
      codes.push(item.problem.code + (item.outcome === "none" ? "" : ` ${item.outcome}`));
    } else if (item.kind === "record" && item.record.kind === "intervals") {
      records.push(item.record);
      codes.push(...item.record.problems.map(({ code }) => code));
    }
  }
  return { parsed, records, codes };
}

interface Parts {
  readonly declaration?: string;
  readonly root?: string;
  readonly datetime?: string;
  readonly sender?: string;
  readonly area?: string;
  readonly point?: string;
  readonly periods?: string;
}

const PERIOD = `<period start="0000" end="0030"><value>12</value></period>`;

function message(parts: Parts = {}): string {
  const periods = parts.periods ?? PERIOD;
  const point =
    parts.point ??
    `<measuringpoint code="472070015107101" name="ТП-1"><measuringchannel code="01" desc="x">${periods}</measuringchannel></measuringpoint>`;
  const datetime =
    parts.datetime ??
    "<timestamp>20220516030800</timestamp><daylightsavingtime>0</daylightsavingtime><day>20220515</day>";
  return [
    parts.declaration ?? `<?xml version="1.0" encoding="windows-1251"?>`,
    `<message ${parts.root ?? `class="80020" version="2" number="7"`}>`,
    `<datetime>${datetime}</datetime>`,
    `<sender>${parts.sender ?? "<inn>7801001231</inn><name>Завод</name>"}</sender>`,
    `<area>${parts.area ?? `<inn>4705004562</inn><name>Площадка</name>${point}`}</area>`,
    "</message>",
  ].join("\r\n");
}

function bytes(text: string, encoding = "win1251"): Buffer {
  return encodeText(text, encoding);
}

t.test("a message becomes a header and a record per channel", async (t) => {
  const { parsed, records, codes } = await read(bytes(message()));
  t.same(codes, []);
  t.match(parsed[0], {
    kind: "header",
    header: {
      senderInn: "7801001231",
      senderName: "Завод",
      day: 19127,
      messageNumber: 7,
      timestamp: "20220516030800",
      daylightFlag: 0,
    },
  });
  const text = message();
  t.match(records, [
    {
      kind: "intervals",
      at: text.indexOf("<measuringchannel"),
      of: "point",
      pointName: "ТП-1",
      areaTimezone: null,
      day: 19127,
      source: {
        senderInn: "7801001231",
        areaInn: "4705004562",
        pointCode: "472070015107101",
        channelCode: "01",
      },
      periods: [
        {
          at: text.indexOf("<period"),
          startMinute: 0,
          endMinute: 30,
          summer: null,
          value: 12_000_000,
          refused: false,
          status: "commercial",
        },
      ],
    },
  ]);
});

t.test("the same records whatever the pieces and the encoding", async (t) => {
  const periods = `${PERIOD}<period start="0030" end="0100" summer="1"><value status="1"> 1.5 </value></period>`;
  const text = message({ periods });
  const want = (await read(bytes(text))).parsed;
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    t.same(readInPieces(bytes(text), size).parsed, want, `pieces of ${size} bytes`);
  }
  const encodings = [
    ["utf8", "utf-8", false],
    ["utf8", "utf-8", true],
    ["utf16le", "utf-16", true],
    ["utf-16be", "utf-16", true],
  ] as const;
  for (const [codec, declared, mark] of encodings) {
    const other = text.replace("windows-1251", declared);
    const encoded = encodeText(other, codec, { addBOM: mark });
    const { records, codes } = readInPieces(encoded, 5);
    t.same(codes, [], `${codec} ${mark ? "with" : "without"} a mark`);
    t.equal(records[0]?.pointName, "ТП-1");
    const { at = 0 } = records[0] ?? {};
    const start = encodeText("<measuringchannel", codec, { addBOM: false });
    t.equal(encoded.indexOf(start), at, "the offset is one of bytes");
    const periodStart = encodeText(`<period start="0030"`, codec, { addBOM: false });
    t.equal(encoded.indexOf(periodStart), records[0]?.periods[1]?.at);
  }
});

const VALUES = [
  // text, status, 10⁻⁶ kWh or null, problems, comma tolerated
  ["12", undefined, 12_000_000, []],
  ["12", "0", 12_000_000, []],
  ["0", "1", 0, []],
  ["0012", undefined, 12_000_000, []],
  [" \r\n12.5\t", undefined, 12_500_000, []],
  ["12.500000000", undefined, 12_500_000, []],
  ["", undefined, null, []],
  ["  ", "0", null, []],
  ["", "1", null, []],
  ["1e3", undefined, null, ["BAD_NUMBER"]],
  ["0x10", undefined, null, ["BAD_NUMBER"]],
  ["NaN", undefined, null, ["BAD_NUMBER"]],
  ["Infinity", undefined, null, ["BAD_NUMBER"]],
  ["+5", undefined, null, ["BAD_NUMBER"]],
  ["1 000", undefined, null, ["BAD_NUMBER"]],
  ["1\u00a0000", undefined, null, ["BAD_NUMBER"]],
  [".5", undefined, null, ["BAD_NUMBER"]],
  ["5.", undefined, null, ["BAD_NUMBER"]],
  ["1.2.3", undefined, null, ["BAD_NUMBER"]],
  ["12,5", undefined, null, ["BAD_NUMBER"]],
  ["-5", undefined, null, ["NEGATIVE_VALUE"]],
  ["10000000", undefined, 10_000_000_000_000, []],
  ["10000000.000001", undefined, null, ["VALUE_OUT_OF_RANGE"]],
  ["99999999999999999999", undefined, null, ["VALUE_OUT_OF_RANGE"]],
  ["1.0000001", undefined, null, ["VALUE_OUT_OF_RANGE"]],
] as const;

t.test("values: blank is a gap, what is no number is refused alone", async (t) => {
  for (const [text, status, want, problems] of VALUES) {
    const attribute = status === undefined ? "" : ` status="${status}"`;
    const first = `<period start="0000" end="0030"><value${attribute}>${text}</value></period>`;
    const periods = `${first}<period start="0030" end="0100"><value>3</value></period>`;
    const { records, codes } = await read(bytes(message({ periods })));
    const [period, next] = records[0]?.periods ?? [];
    t.equal(period?.value, want, `«${text}»`);
    t.equal(period?.refused, problems.length > 0, `«${text}» refused`);
    t.equal(period?.status, status === "1" ? "questionable" : "commercial");
    t.same(codes, problems, `«${text}» ${problems}`);
    t.equal(next?.value, 3_000_000, "the rest of the channel stays");
  }
  const comma = bytes(
    message({ periods: `<period start="0000" end="0030"><value>12,5</value></period>` }),
  );
  const tolerant = await read(comma, NAME, { decimalComma: true });
  t.same(tolerant.codes, ["DECIMAL_COMMA"]);
  t.equal(tolerant.records[0]?.periods[0]?.value, 12_500_000);
  const partners = { "7801001231": { classAliases: [], decimalComma: true } };
  t.same((await read(comma, NAME, { partners })).codes, ["DECIMAL_COMMA"], "by partner");
  const hour = `<period start="0000" end="0100"><value>20000000</value></period>`;
  t.same((await read(bytes(message({ periods: hour })))).codes, [], "an hour holds twice as much");
});

const GOOD = [
  [
    "order inside datetime and sender",
    message({
      datetime: "<day>20220515</day><timestamp>20220516030800</timestamp>",
      sender: "<name>Завод</name><inn>7801001231</inn>",
    }),
    [],
    1,
  ],
  [
    "area inn after its points",
    message({
      area: `<measuringpoint code="1"><measuringchannel code="01">${PERIOD}</measuringchannel></measuringpoint><inn>4705004562</inn>`,
    }),
    [],
    1,
  ],
  [
    "comment, CDATA and character references",
    message({
      periods: `<!-- > --><period start="0000" end="0030"><value><![CDATA[1]]>&#50;</value></period>`,
    }),
    [],
    1,
  ],
  [
    "both spellings of the extended status",
    message({
      periods: `<period start="0000" end="0030"><value exstendedstatus="1" errofmeasuring="0.5">1</value></period><period start="0030" end="2400"><value extendedstatus="1" param1="x">1</value></period>`,
    }),
    [],
    1,
  ],
  [
    "capitals",
    message().replaceAll("sender>", "Sender>").replaceAll("name>", "Name>"),
    ["ELEMENT_NAME_CASE", "ELEMENT_NAME_CASE"],
    1,
  ],
  [
    "unknown attribute and element",
    message({
      periods: `<period start="0000" end="0030" colour="red"><value>1</value></period><note><period start="0030" end="0100"/></note>`,
    }),
    ["UNKNOWN_FIELD", "UNKNOWN_FIELD"],
    1,
  ],
  [
    "groups, flows and delivery points",
    message({
      point: `<deliverygroup code="G" name="г">${PERIOD}</deliverygroup><peretok name="п" codefrom="A" codeto="B">${PERIOD}</peretok><deliverypoint code="D"><measuringchannel code="77">${PERIOD}</measuringchannel></deliverypoint><accountpoint code="A"><measuringchannel code="02"/></accountpoint>`,
    }),
    [],
    4,
  ],
  [
    "no time at all",
    message({
      periods: `<period start="30" end="0030"><value>1</value></period><period start="0060" end="0030"/><period/>`,
    }),
    ["PERIOD_INVALID", "PERIOD_INVALID", "PERIOD_INVALID"],
    1,
  ],
  [
    "value twice in a period",
    message({
      periods: `<period start="0000" end="0030"><value>1</value><value>2</value></period>`,
    }),
    ["BAD_NUMBER"],
    1,
  ],
  [
    "unknown status",
    message({ periods: `<period start="0000" end="0030"><value status="7">1</value></period>` }),
    ["UNKNOWN_FIELD"],
    1,
  ],
  [
    "point without a code",
    message({
      point: `<measuringpoint><measuringchannel code="01">${PERIOD}</measuringchannel></measuringpoint>`,
    }),
    ["MISSING_REQUIRED"],
    1,
  ],
  [
    "code of 65 characters",
    message({
      point: `<measuringpoint code="${"1".repeat(65)}"><measuringchannel code="01">${PERIOD}</measuringchannel></measuringpoint>`,
    }),
    ["TOO_LONG"],
    1,
  ],
  [
    "area without an owner",
    message({
      area: `<measuringpoint code="1"><measuringchannel code="01">${PERIOD}</measuringchannel></measuringpoint>`,
    }),
    ["MISSING_REQUIRED"],
    1,
  ],
] as const;

t.test("what the format leaves open", async (t) => {
  for (const [why, text, want, records] of GOOD) {
    const got = await read(bytes(text));
    t.same(got.codes, want, why);
    t.equal(got.records.length, records, `${why}: records`);
  }
  const { records } = await read(bytes(GOOD[6][1]));
  t.same(
    records.map(({ of, source }) => [of, `${source.pointCode}/${source.channelCode}`]),
    [
      ["group", "G/group"],
      ["flow", "A:B/peretok"],
      ["point", "D/77"],
      ["point", "A/02"],
    ],
  );
});

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

const shared = join(root, "../shared/reference/metering");
const skip = existsSync(shared) ? false : "the reference files are not on this machine";

/** The second method: no XML at all, only the pattern of a period inside the text of its owner. */
function countByPattern(text: string): Record<string, [count: number, total: number]> {
  const sums: Record<string, [number, number]> = {};
  const seen = new Set<string>();
  const owners =
    /<measuringpoint code="([^"]*)"|<measuringchannel code="([^"]*)"|<deliverygroup[^>]* code="([^"]*)"|<peretok[^>]*>|<value[^>]*>([^<]*)<\/value>/g;
  let point = "";
  let key = "";
  let isRepeat = false;
  const begin = (name: string) => {
    key = name;
    isRepeat = seen.has(key);
    seen.add(key);
    sums[key] ??= [0, 0];
  };
  for (const [found, pointCode, channel, group, value] of text.matchAll(owners)) {
    if (pointCode !== undefined) point = pointCode;
    else if (channel !== undefined) begin(`${point}/${channel}`);
    else if (group !== undefined) begin(`${group}/group`);
    else if (value === undefined) {
      begin(
        `${/codefrom="([^"]*)"/.exec(found)?.[1]}:${/codeto="([^"]*)"/.exec(found)?.[1]}/peretok`,
      );
    } else if (value.trim() !== "" && !isRepeat) {
      const sum = sums[key] as [number, number];
      sum[0] += 1;
      sum[1] += Number(value);
    }
  }
  return sums;
}

t.test("the five real files: sums as a count without an XML parser", { skip }, async (t) => {
  const folder = join(shared, "realdata");
  const files = readdirSync(folder).filter((file) => file.startsWith("80020_"));
  t.equal(files.length, 5);
  for (const file of files) {
    const content = readFileSync(join(folder, file));
    const { records, codes } = await read(content, file);
    t.same(codes, [], file);
    const sums: Record<string, [number, number]> = {};
    for (const { source, periods } of records) {
      const key = `${source.pointCode}/${source.channelCode}`;
      if (sums[key] !== undefined) continue;
      const values = periods.flatMap(({ value }) => (value === null ? [] : [value / 1_000_000]));
      sums[key] = [values.length, values.reduce((sum, value) => sum + value, 0)];
    }
    t.same(sums, countByPattern(content.toString("latin1")), `${file}: ${records.length} channels`);
  }
});
