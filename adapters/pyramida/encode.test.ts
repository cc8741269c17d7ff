import t from "tap";
import type { IntervalRecord } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import type { EncodedMessage } from "./encode.ts";
import { encode } from "./encode.ts";
import { parse } from "./parse.ts";

async function read({ name, bytes }: EncodedMessage): Promise<Parsed[]> {
  async function* whole() {
    yield bytes;
  }
  const parsed: Parsed[] = [];
  for await (const item of parse({ name, bytes: whole(), profile: DEFAULT_PROFILE })) {
    parsed.push(item);
  }
  return parsed;
}

const HEADER = {
  messageClass: "80020",
  senderInn: "7801001231",
  senderName: 'ООО "АИИС & Ко" <1> № 5 ≈',
  day: 19127,
  messageNumber: 12,
  timestamp: "20220516030800",
  daylightFlag: 2,
} as unknown as Parameters<typeof encode>[0]["header"];

function record(of: IntervalRecord["of"], pointCode: string, channelCode: string): IntervalRecord {
  const value = { summer: null, refused: false, status: "commercial", at: 0 } as const;
  return {
    kind: "intervals",
    at: 0,
    source: { senderInn: HEADER.senderInn, areaInn: "4705004562", pointCode, channelCode },
    of,
    pointName: "ТП «Север»",
    areaTimezone: "1",
    day: HEADER.day,
    periods: [
      { ...value, startMinute: 0, endMinute: 30, value: 12_500_000 },
      { ...value, startMinute: 60, endMinute: 120, value: 1, summer: true },
      { ...value, startMinute: 60, endMinute: 120, value: 7_000_000, status: "questionable" },
      { ...value, startMinute: 1410, endMinute: 1440, value: null, status: "questionable" },
    ],
    problems: [],
  };
}

t.test("what is written is what is read", async (t) => {
  const records = [
    record("point", "472070015107101", "01"),
    record("point", "472070015107101", "77"),
    record("point", "2", "01"),
    record("group", "G", "group"),
    record("flow", "A:B", "peretok"),
    { ...record("point", "3", "02"), areaTimezone: null },
  ];
  const last = records.at(-1);
  const other = { ...last?.source, areaInn: "1300000300" } as IntervalRecord["source"];
  records.push({ ...(last as IntervalRecord), source: other });
  const areaNames = { "4705004562": "Площадка" };
  const message = encode({ header: HEADER, areaNames, records });
  t.equal(message.name, "80020_7801001231_20220515_12.xml");
  const [header, ...parsed] = await read(message);
  t.same(header, { kind: "header", header: HEADER });
  const withoutPlaces = parsed.map((item) => {
    if (item.kind !== "record" || item.record.kind !== "intervals") return item;
    const { record } = item;
    return { ...record, at: 0, periods: record.periods.map((period) => ({ ...period, at: 0 })) };
  });
  t.same(withoutPlaces, records);
});

t.test("the bytes are those of the real files", async (t) => {
  const { bytes } = encode({
    header: HEADER,
    areaNames: {},
    records: [record("group", "G", "group")],
  });
  const text = new TextDecoder("windows-1251").decode(bytes);
  const lines = text.split("\r\n");
  t.equal(lines[0], `<?xml version="1.0" encoding="windows-1251"?>`);
  t.equal(lines[1], `<message class="80020" version="2" number="12">`);
  t.ok(text.includes("№ 5 &#8776;</name>"), "what windows-1251 lacks is a reference");
  t.ok(text.includes(`<period start="2330" end="0000">`));
  t.ok(text.includes(`<value status="1"></value>`), "a gap is empty, never zero");
  t.ok(text.includes(`<value status="0">12.5</value>`));
  t.notOk(text.replaceAll("\r\n", "").includes("\n"));
  t.throws(() =>
    encode({ header: { ...HEADER, senderName: "a\u0007" }, areaNames: {}, records: [] }),
  );
});
