import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encode as encodeText } from "iconv-lite";
import t from "tap";
import { bytes, message, NAME, PERIOD, read, readInPieces } from "./testing.ts";

const root = import.meta.dirname.replace(/(\/build)?\/adapters\/pyramida$/, "");

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
