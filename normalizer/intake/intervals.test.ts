import t from "tap";
import { day, formatDay } from "../model/dates.ts";
import type { SlotTable } from "../model/facts.ts";
import type { ChannelId, Inn, Shard, SiteId } from "../model/ids.ts";
import type { ChannelRoute, IntervalContext, NormalisedIntervals } from "../model/intake-facts.ts";
import type { IntervalPeriod, IntervalRecord } from "../model/records.ts";
import { intervalIntake, partnerOn } from "./intervals.ts";
import { receiptStatus } from "./receipt-status.ts";

// Offsets of Moscow by the IANA database, in half-hours, around the days that are used here.
const MOSCOW: SlotTable = {
  zone: "Europe/Moscow",
  offsets: [
    { fromSlot: 0, offsetSlots: 6 },
    { fromSlot: day("2008-03-29") * 48 + 46, offsetSlots: 8 },
    { fromSlot: day("2008-10-25") * 48 + 46, offsetSlots: 6 },
    { fromSlot: day("2009-03-28") * 48 + 46, offsetSlots: 8 },
  ] as unknown as SlotTable["offsets"],
};

const ROUTE: ChannelRoute = {
  shard: 3 as Shard,
  site: 11 as SiteId,
  channel: 77 as ChannelId,
  role: "CONSUMPTION",
  from: day("2000-01-01"),
  to: null,
};
const DAY_MS = 86_400_000;
const LATER = day("2030-01-01") * DAY_MS;

interface Channel {
  readonly area?: string;
  readonly point?: string;
  readonly code?: string;
  readonly timezone?: string | null;
  readonly periods: readonly IntervalPeriod[];
  readonly problems?: IntervalRecord["problems"];
}

function take(
  channels: readonly Channel[],
  date = "2008-02-29",
  changes: Partial<IntervalContext> = {},
  daylightFlag: 0 | 1 | 2 | null = null,
): NormalisedIntervals {
  const header = {
    messageClass: "80020",
    senderInn: "7801001231" as Inn,
    senderName: "АИИС",
    day: day(date),
    messageNumber: 7,
    timestamp: "20080301000000",
    daylightFlag,
  };
  const routes = new Map([["7801001231/A/P/01", [ROUTE]]]);
  const context = { partner: [], routes, receivedAtMs: LATER, slotTable: () => MOSCOW, ...changes };
  const intake = intervalIntake(header, context);
  for (const [index, channel] of channels.entries()) {
    intake.add({
      kind: "intervals",
      at: 100 + index,
      source: {
        senderInn: header.senderInn,
        areaInn: channel.area ?? "A",
        pointCode: channel.point ?? "P",
        channelCode: channel.code ?? "01",
      },
      of: "point",
      pointName: "ТП-1",
      areaTimezone: channel.timezone ?? null,
      day: header.day,
      periods: channel.periods,
      problems: channel.problems ?? [],
    });
  }
  return intake.end();
}

function period(
  startMinute: number,
  endMinute: number,
  value: number | null,
  more: Partial<IntervalPeriod> = {},
): IntervalPeriod {
  return {
    at: startMinute,
    startMinute,
    endMinute,
    summer: null,
    value,
    refused: false,
    status: "commercial",
    ...more,
  };
}

const halfHours = (count = 48, at = (index: number): number | null => index) =>
  Array.from({ length: count }, (_, index) => period(index * 30, index * 30 + 30, at(index)));
const codes = ({ problems }: NormalisedIntervals) => problems.map(({ code }) => code);
const gaps = ({ problems }: NormalisedIntervals) =>
  problems.flatMap(({ code, values }) =>
    code === "GAP" ? [`${values?.["from"]}-${values?.["to"]}`] : [],
  );

t.test("a local day is cut at the UTC midnight: Moscow's starts six slots before it", async (t) => {
  const taken = take([{ periods: halfHours() }]);
  t.same(codes(taken), []);
  t.same(
    taken.patches.map((patch) => [
      formatDay(patch.day),
      patch.firstSlot,
      ...patch.values.slice(0, 2),
      patch.values.length,
    ]),
    [
      ["2008-02-28", 42, 0, 1, 6],
      ["2008-02-29", 0, 6, 7, 42],
    ],
  );
  t.match(taken.patches[0], {
    shard: 3,
    channel: 77,
    qualities: "AAAAAA",
    source: "80020",
    version: 7,
    held: false,
    at: 100,
  });
  t.same(taken.counts, { accepted: 1, warned: 0, waiting: 0, held: 0, rejected: 0 });
  t.same(taken.sums, [{ key: "P/01", count: 48, total: (47 * 48) / 2, unit: "kWh" }]);
});

t.test("an hour v is v−⌊v/2⌋ and ⌊v/2⌋, marked by small letters, and counts once", async (t) => {
  const periods = [
    period(0, 60, 7),
    period(60, 120, 8, { status: "questionable" }),
    ...halfHours().slice(4),
  ];
  const { patches, sums, problems } = take([{ periods }]);
  t.same(patches[0]?.values, [4, 3, 4, 4, 4, 5]);
  t.equal(patches[0]?.qualities, "aaqqAA");
  t.equal(sums[0]?.count, 46);
  t.match(problems, [{ code: "NON_COMMERCIAL", object: "P/01", values: { count: "1" } }]);
});

t.test("gaps: one per run, empty is not zero, a refused text is no gap of its own", async (t) => {
  const periods = halfHours(47, (index) => (index === 3 || index === 4 ? null : 0)).filter(
    ({ startMinute }) => startMinute !== 600,
  );
  const refused = periods.map((one) =>
    one.startMinute === 660 ? { ...one, value: null, refused: true } : one,
  );
  const bad = { code: "BAD_NUMBER", at: "660", object: "P/01" } as const;
  const taken = take([{ periods: refused, problems: [bad] }]);
  t.same(gaps(taken), ["01:30-02:30", "10:00-10:30", "23:30-24:00"]);
  t.same(codes(taken), ["BAD_NUMBER", "GAP", "GAP", "GAP"]);
  t.equal(taken.counts.warned, 1);
  t.equal(taken.sums[0]?.count, 48 - 2 - 1 - 1 - 1);
  t.equal(taken.patches[1]?.values[16], null, "10:30 local − 6 slots = slot 15; 11:00 = 16");
  const empty = take([{ periods: [] }]);
  t.same([gaps(empty), empty.counts.warned], [["00:00-24:00"], 1], "only gaps is a record");
});

const REFUSED = [
  ["a quarter of an hour", [period(0, 15, 1)], "PERIOD_INVALID"],
  ["off the half-hour", [period(15, 45, 1)], "PERIOD_INVALID"],
  ["an hour off the hour", [period(30, 90, 1)], "PERIOD_INVALID"],
  ["reversed", [period(60, 30, 1)], "PERIOD_INVALID"],
  ["the whole day", [period(0, 1440, 1)], "PERIOD_INVALID"],
  ["the same half-hour twice", [period(0, 30, 1), period(0, 30, 1)], "OVERLAP"],
  ["half an hour inside an hour", [period(0, 60, 1), period(30, 60, 1)], "OVERLAP"],
  ["an hour over half an hour", [period(30, 60, null), period(0, 60, 1)], "OVERLAP"],
] as const;

t.test("a period off the grid or a covered time refuses the channel, not the file", async (t) => {
  for (const [why, periods, code] of REFUSED) {
    const taken = take([{ periods }, { code: "02", periods: halfHours() }]);
    t.ok(codes(taken).includes(code), why);
    t.equal(taken.counts.rejected, 1, why);
    t.same(
      taken.sums.map(({ key }) => key),
      ["P/02"],
      `${why}: the other channel stays`,
    );
    t.equal(taken.patches.length, 0);
  }
});

t.test("days of 46 and 50 half-hours", async (t) => {
  const spring = take(
    [{ periods: halfHours().filter(({ startMinute }) => startMinute < 120 || startMinute >= 180) }],
    "2008-03-30",
    {},
    2,
  );
  t.same(codes(spring), []);
  t.equal(spring.patches.flatMap(({ values }) => values).length, 46);
  t.same(
    spring.patches[0]?.values.concat(spring.patches[1]?.values.slice(0, 1) ?? []),
    [0, 1, 2, 3, 6, 7, 8],
  );
  const written = take(
    [{ periods: halfHours(48, (index) => (index === 4 || index === 5 ? null : 1)) }],
    "2008-03-30",
  );
  t.same(codes(written), [], "an empty hour that does not exist");
  const invented = take([{ periods: halfHours() }], "2008-03-30");
  t.ok(codes(invented).includes("PERIOD_INVALID"), "a value in an hour that does not exist");

  // 2008-10-26: 02:00–03:00 comes twice, first in summer time.
  const before = halfHours().slice(0, 4);
  const after = halfHours().slice(6);
  const hour = (value: number, summer: boolean | null) => [
    period(120, 150, value, { summer }),
    period(150, 180, value + 1, { summer }),
  ];
  const want = [0, 1, 2, 3, 500, 501, 900, 901, 6];
  const cases = [
    ["by the order of the document", [...before, ...hour(500, null), ...hour(900, null), ...after]],
    [
      "by the attribute, in reversed order",
      [...before, ...hour(900, false), ...hour(500, true), ...after],
    ],
    ["hours apart from each other", [...hour(500, true), ...after, ...before, ...hour(900, null)]],
  ] as const;
  for (const [why, periods] of cases) {
    const taken = take([{ periods }], "2008-10-26", {}, 2);
    t.same(codes(taken), [], why);
    const values = taken.patches.flatMap((patch) => patch.values);
    t.equal(values.length, 50, why);
    t.same(values.slice(0, 9), want, why);
  }
  const hourly = [
    period(60, 120, 2),
    period(120, 180, 10),
    period(120, 180, 20),
    period(180, 240, 4),
  ];
  const patches = take([{ periods: hourly }], "2008-10-26").patches.flatMap(({ values }) => values);
  t.same(patches.slice(2, 10), [1, 1, 5, 5, 10, 10, 2, 2], "an hour that repeats");
  const twice = [...hour(500, true), ...hour(600, true)];
  t.ok(codes(take([{ periods: twice }], "2008-10-26")).includes("OVERLAP"), "the same hour twice");
});

t.test(
  "a channel that comes again counts once, or not at all when the copies differ",
  async (t) => {
    const other = halfHours(48, (index) => index + (index === 47 ? 1 : 0));
    const same = take([{ periods: halfHours() }, { area: "B", periods: halfHours() }]);
    t.same([codes(same), same.counts.warned, same.sums.length], [["DUPLICATE"], 1, 1]);
    t.equal(same.patches.length, 2);
    const different = take([
      { periods: halfHours() },
      { periods: other },
      { code: "02", periods: other },
    ]);
    t.same(codes(different), ["DUPLICATE_CHANNEL", "UNKNOWN_CHANNEL"]);
    t.same(
      [different.counts.rejected, different.counts.waiting, different.patches.length],
      [1, 1, 0],
    );
    const questionable = halfHours().map((one) => ({ ...one, status: "questionable" as const }));
    t.ok(
      codes(take([{ periods: halfHours() }, { periods: questionable }])).includes(
        "DUPLICATE_CHANNEL",
      ),
      "another status is another value",
    );
    const elsewhere = take([{ area: "B", periods: halfHours() }, { periods: halfHours() }]);
    t.equal(elsewhere.patches.length, 2, "the area that is mapped takes it");
  },
);

t.test("what is not mapped waits, and keeps its sum", async (t) => {
  const cases = [
    ["unknown point", { point: "X" }, "UNKNOWN_POINT", "7801001231/A/X/01"],
    ["other channel of a known point", { code: "02" }, "UNKNOWN_CHANNEL", "7801001231/A/P/02"],
    ["a code of no meaning", { point: "X", code: "77" }, "UNKNOWN_CHANNEL", "7801001231/A/X/77"],
    ["another area", { area: "B", point: "P" }, "UNKNOWN_POINT", "7801001231/B/P/01"],
  ] as const;
  for (const [why, place, code, key] of cases) {
    const known = "code" in place && !("point" in place) ? [{ periods: halfHours() }] : [];
    const taken = take([...known, { ...place, periods: halfHours() }]);
    t.same(codes(taken), [code], why);
    t.match(taken.waiting, [{ kind: "channel-map", key, code }]);
    t.equal(taken.sums.at(-1)?.count, 48);
  }
  const ended = new Map([["7801001231/A/P/01", [{ ...ROUTE, to: day("2008-02-29") }]]]);
  t.same(
    codes(take([{ periods: halfHours() }], "2008-02-29", { routes: ended })),
    ["UNKNOWN_POINT"],
    "mapped until that day",
  );
});

t.test("zone, flag, future", async (t) => {
  const periods = halfHours();
  const zones = [
    ["1", "Europe/Moscow", []],
    ["1", "Asia/Omsk", ["TIMEZONE_MISMATCH"]],
    ["3", "Europe/Moscow", ["TIMEZONE_MISMATCH"]],
  ] as const;
  for (const [timezone, zone, want] of zones) {
    const partner = [
      {
        name: "АИИС",
        zone,
        from: day("2000-01-01"),
        to: null,
      },
    ];
    const taken = take(
      [
        { periods, timezone },
        { periods, timezone, code: "02" },
      ],
      "2008-02-29",
      { partner },
    );
    t.same(
      codes(taken).filter((code) => code === "TIMEZONE_MISMATCH"),
      want,
      `${timezone} in ${zone}`,
    );
  }
  const flags = [
    ["2008-02-29", 0, 0],
    ["2008-02-29", 2, 1],
    ["2008-07-01", 1, 0],
    ["2008-07-01", 0, 1],
    ["2008-10-26", 1, 1],
    ["2008-10-26", null, 0],
  ] as const;
  for (const [date, flag, want] of flags) {
    const taken = take([{ periods: [] }], date, {}, flag);
    t.equal(
      codes(taken).filter((code) => code === "TIMEZONE_MISMATCH").length,
      want,
      `${date} ${flag}`,
    );
  }
  // 2008-02-29 ends in Moscow at 21:00Z; five minutes are forgiven.
  const end = day("2008-02-29") * DAY_MS + 21 * 3_600_000;
  const early = take([{ periods }], "2008-02-29", { receivedAtMs: end - 300_001 });
  t.same(
    [codes(early), early.counts.held, early.patches.every(({ held }) => held)],
    [["FUTURE_TIME"], 1, true],
  );
  t.same(codes(take([{ periods }], "2008-02-29", { receivedAtMs: end - 300_000 })), []);
  const part = halfHours(48, (index) => (index < 10 ? 1 : null));
  t.same(
    codes(take([{ periods: part }], "2008-02-29", { receivedAtMs: end - 19 * 3_600_000 })),
    ["GAP"],
    "hours to come are empty",
  );
});

t.test("registration by day, receipt status", async (t) => {
  const partner = {
    name: "АИИС",
    zone: "Europe/Moscow",
    from: day("2008-01-01"),
    to: day("2009-01-01"),
  };
  const context: IntervalContext = {
    partner: [partner],
    routes: new Map(),
    receivedAtMs: 0,
    slotTable: () => MOSCOW,
  };
  t.equal(partnerOn(day("2008-12-31"), context), partner);
  t.equal(partnerOn(day("2009-01-01"), context), null);
  const cases = [
    [[], 0],
    [["GAP", "ELEMENT_NAME_CASE"], 0],
    [["NON_COMMERCIAL"], 1],
    [["NON_COMMERCIAL", "UNKNOWN_POINT"], 2],
    [["UNKNOWN_CHANNEL"], 2],
    [["UNKNOWN_POINT", "OVERLAP"], 3],
    [["NUMBER_MISMATCH"], 3],
    [["CLASS_NOT_SUPPORTED"], 3],
    [["NUMBER_MISMATCH", "XML_MALFORMED"], 4],
    [["DTD_FORBIDDEN"], 4],
    [["ENCODING_MISMATCH"], 4],
  ] as const;
  for (const [given, want] of cases) t.equal(receiptStatus(given), want, given.join(" "));
});
