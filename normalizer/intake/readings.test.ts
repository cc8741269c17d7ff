import fc from "fast-check";
import t from "tap";
import { addDays, day, month } from "../model/dates.ts";
import type {
  AccountId,
  AccountNumber,
  MeterId,
  MeterSerial,
  Shard,
  SiteId,
} from "../model/ids.ts";
import type { MeterRoute, ReadingContext, StoredReading } from "../model/intake-facts.ts";
import type { Zone } from "../model/lines.ts";
import type { ReadingRecord, ReadingSource } from "../model/records.ts";
import type { Volume } from "../model/units.ts";
import { formatScaled, parseScaled } from "../model/units.ts";
import { normaliseReadings } from "./readings.ts";

const DAY_MS = 86_400_000;
const RECEIVED = day("2021-05-20") * DAY_MS + 9 * 3_600_000;

function meter(serial: string, changes: Partial<MeterRoute> = {}): MeterRoute {
  return {
    shard: 5 as Shard,
    site: 9 as SiteId,
    meter: 100 as MeterId,
    serial: serial as MeterSerial,
    account: 1 as AccountId,
    accountNumber: "0015" as AccountNumber,
    zones: ["T0"],
    digits: 5,
    decimals: 1,
    ratio: 1,
    district: "Энский",
    maxPowerKwE4: null,
    from: day("2020-01-10"),
    to: null,
    ...changes,
  };
}

function stored(
  date: string,
  values: readonly string[],
  source: ReadingSource = "PORTAL",
): StoredReading {
  return {
    meter: 100 as MeterId,
    stateAt: addDays(day(date), 1),
    values: values.map((value) => parseScaled(value, 4) as Volume),
    source,
  };
}

function row(
  date: string | null,
  values: readonly string[] | Readonly<Record<string, string>>,
  changes: Partial<ReadingRecord> = {},
): ReadingRecord {
  const zones = Array.isArray(values)
    ? { T0: values[0] as string }
    : (values as Record<string, string>);
  return {
    kind: "reading",
    at: 1,
    accountNumber: "0015",
    meterSerial: "007",
    readOn: date === null ? null : day(date),
    values: Object.entries(zones).map(([zone, text]) => ({ zone, text })),
    source: "PORTAL",
    problems: [],
    ...changes,
  };
}

function take(
  records: readonly ReadingRecord[],
  given: Partial<ReadingContext> & { readonly meter?: Partial<MeterRoute> } = {},
) {
  const { meter: changes, ...context } = given;
  return normaliseReadings(
    records,
    {
      meters: new Map([["007", [meter("007", changes)]]]),
      accounts: new Set(["0015"]),
      stored: [],
      held: [],
      switches: [],
      ...context,
    },
    RECEIVED,
  );
}

const MARCH = [stored("2021-03-25", ["8000"])];
/** Usual are 5 kWh a day: 450 in the 90 days up to March, and 155 in the 31 days to 25 April. */
const WINTER = [stored("2020-12-25", ["7550"]), ...MARCH];
const HIGH = [stored("2021-03-25", ["99900"])];

// billing-individuals.md 17; the numbers of rows «example» are its own.
const CHECKS = [
  // why, record, stored, meter, code or null, counter
  ["example: 8000 → 8160", row("2021-04-25", ["8160"]), MARCH, {}, null, "accepted"],
  [
    "example: 99900 → 00050 turns over",
    row("2021-04-25", ["00050"]),
    HIGH,
    {},
    "ROLLOVER",
    "warned",
  ],
  ["example: 8000 → 7900", row("2021-04-25", ["7900"]), MARCH, {}, "NEGATIVE_DELTA", "rejected"],
  [
    "below nine tenths no rollover",
    row("2021-04-25", ["50"]),
    [stored("2021-03-25", ["89999.9"])],
    {},
    "NEGATIVE_DELTA",
    "rejected",
  ],
  [
    "at nine tenths and one tenth",
    row("2021-04-25", ["10000"]),
    [stored("2021-03-25", ["90000"])],
    {},
    "ROLLOVER",
    "warned",
  ],
  [
    "above one tenth no rollover",
    row("2021-04-25", ["10000.1"]),
    [stored("2021-03-25", ["90000"])],
    {},
    "NEGATIVE_DELTA",
    "rejected",
  ],
  ["no movement of a new meter", row("2021-04-25", ["8000.0"]), MARCH, {}, null, "accepted"],
  ["the display is full", row("2021-04-25", ["99999.9"]), [], {}, null, "accepted"],
  ["a digit too many", row("2021-04-25", ["100000"]), [], {}, "FORMAT", "rejected"],
  ["a decimal too many", row("2021-04-25", ["1.05"]), [], {}, "FORMAT", "rejected"],
  ["negative", row("2021-04-25", ["-1"]), [], {}, "FORMAT", "rejected"],
  ["minus zero", row("2021-04-25", ["-0"]), [], {}, null, "accepted"],
  ["no number", row("2021-04-25", ["1e3"]), [], {}, "FORMAT", "rejected"],
  ["no value", row("2021-04-25", [""]), [], {}, "FORMAT", "rejected"],
  ["on the day of receipt", row("2021-05-20", ["8160"]), MARCH, {}, null, "accepted"],
  ["after receipt", row("2021-05-22", ["8160"]), MARCH, {}, "DATE", "rejected"],
  ["before the previous", row("2021-03-24", ["7000"]), MARCH, {}, "DATE", "rejected"],
  [
    "between others, by a meter that reports itself",
    row("2021-03-24", ["7000"], { source: "AMI" }),
    [stored("2021-02-25", ["6000"]), ...MARCH],
    {},
    null,
    "accepted",
  ],
  [
    "above the next one",
    row("2021-03-24", ["8001"], { source: "AMI" }),
    MARCH,
    {},
    "NEGATIVE_DELTA",
    "rejected",
  ],
  ["before installation", row("2020-01-08", ["1"]), [], {}, "DATE", "rejected"],
  [
    "state on the eve of the first day",
    row("2020-01-09", ["1"], { source: "CHECK" }),
    [],
    {},
    null,
    "accepted",
  ],
  [
    "last day of service",
    row("2021-04-25", ["8160"]),
    [],
    { to: day("2021-04-26") },
    null,
    "accepted",
  ],
  [
    "after removal",
    row("2021-04-26", ["8160"]),
    [],
    { to: day("2021-04-26") },
    "STATE",
    "rejected",
  ],
  [
    "a zone too few",
    row("2021-04-25", { T1: "1" }),
    [],
    { zones: ["T1", "T2"] as Zone[] },
    "ZONES",
    "rejected",
  ],
  [
    "other zones",
    row("2021-04-25", ["1"]),
    [],
    { zones: ["T1", "T2"] as Zone[] },
    "ZONES",
    "rejected",
  ],
  ["a zone too many", row("2021-04-25", { T0: "1", T1: "2" }), [], {}, "ZONES", "rejected"],
  ["the same again", row("2021-03-25", ["8000"]), MARCH, {}, "DUPLICATE", "warned"],
  [
    "the same by another source",
    row("2021-03-25", ["8000"], { source: "ROBOT" }),
    MARCH,
    {},
    "DUPLICATE",
    "warned",
  ],
  [
    "the same by a higher source, which takes over",
    row("2021-03-25", ["8000"], { source: "CHECK" }),
    MARCH,
    {},
    null,
    "accepted",
  ],
  ["another value", row("2021-03-25", ["8001"]), MARCH, {}, "CONFLICT", "held"],
  [
    "another value, equal rank",
    row("2021-03-25", ["8001"], { source: "PAYMENT" }),
    MARCH,
    {},
    "CONFLICT",
    "held",
  ],
  [
    "a controller's act outranks",
    row("2021-03-25", ["7990"], { source: "CONTROLLER" }),
    MARCH,
    {},
    null,
    "accepted",
  ],
  [
    "lower rank",
    row("2021-03-25", ["8001"]),
    [stored("2021-03-25", ["8000"], "CHECK")],
    {},
    "LOWER_PRIORITY",
    "rejected",
  ],
  ["three times the usual", row("2021-04-25", ["8465"]), WINTER, {}, null, "accepted"],
  ["more than that", row("2021-04-25", ["8465.1"]), WINTER, {}, "DEVIATION_HIGH", "held"],
  [
    "more than that, by a meter that reports itself",
    row("2021-04-25", ["8465.1"], { source: "AMI" }),
    WINTER,
    {},
    "DEVIATION_HIGH",
    "warned",
  ],
  [
    "more than 0.5 kW give: 372 kWh",
    row("2021-04-25", ["8372.1"]),
    WINTER,
    { maxPowerKwE4: 5_000 },
    "OVER_MAX_POWER",
    "rejected",
  ],
  [
    "more than 0.5 kW give, by a meter that reports itself",
    row("2021-04-25", ["8372.1"], { source: "AMI" }),
    WINTER,
    { maxPowerKwE4: 5_000 },
    "OVER_MAX_POWER",
    "warned",
  ],
  ["no movement where it is usual", row("2021-04-25", ["8000"]), WINTER, {}, "ZERO", "warned"],
  [
    "zones that do not make the total",
    row("2021-04-25", { T0: "3", T1: "1", T2: "3.1" }),
    [],
    { zones: ["T1", "T2"] as Zone[] },
    "TOU_SUM_CHECK",
    "held",
  ],
  [
    "zones that make the total",
    row("2021-04-25", { T0: "3", T1: "1", T2: "3" }),
    [],
    { zones: ["T1", "T2"] as Zone[] },
    null,
    "accepted",
  ],
  [
    "heard with low confidence",
    row("2021-04-25", ["8160"], { source: "ROBOT", problems: [{ code: "UNCONFIRMED", at: "1" }] }),
    MARCH,
    {},
    "UNCONFIRMED",
    "held",
  ],
  ["first day of acceptance", row("2021-04-15", ["8160"]), MARCH, {}, null, "accepted"],
  ["the day before it", row("2021-04-14", ["8160"]), MARCH, {}, "WINDOW", "warned"],
  ["the day after the last", row("2021-04-26", ["8160"]), MARCH, {}, "WINDOW", "warned"],
  [
    "a controller comes when he comes",
    row("2021-04-26", ["8160"], { source: "CONTROLLER" }),
    MARCH,
    {},
    null,
    "accepted",
  ],
  [
    "too many digits before the date",
    row("2021-05-22", ["100000"]),
    MARCH,
    {},
    "FORMAT",
    "rejected",
  ],
  [
    "a date before the zones",
    row("2021-05-22", { T1: "1", T2: "2" }),
    MARCH,
    {},
    "DATE",
    "rejected",
  ],
  [
    "unknown account",
    row("2021-04-25", ["1"], { accountNumber: "0016" }),
    [],
    {},
    "UNKNOWN_ACCOUNT",
    "waiting",
  ],
  [
    "unknown meter",
    row("2021-04-25", ["1"], { meterSerial: "008" }),
    [],
    {},
    "UNKNOWN_METER",
    "waiting",
  ],
  ["no account named", row("2021-04-25", ["1"], { accountNumber: null }), [], {}, null, "accepted"],
  [
    "visit without a value",
    row("2021-04-25", {}, { problems: [{ code: "NO_READING", at: "1" }] }),
    [],
    {},
    "NO_READING",
    "warned",
  ],
  [
    "refused by form",
    row(null, ["1"], { problems: [{ code: "BAD_DATE", at: "1" }] }),
    [],
    {},
    "BAD_DATE",
    "rejected",
  ],
] as const;

t.test("reading control: the first check that hits decides", async (t) => {
  for (const [why, record, inForce, changes, code, counter] of CHECKS) {
    const taken = take([record], { stored: inForce, meter: changes });
    t.same(
      taken.problems.map((problem) => problem.code),
      code === null ? [] : [code],
      why,
    );
    t.equal(taken.counts[counter], 1, `${why}: ${counter}`);
    const isNoWord = code === "DUPLICATE" || code === "NO_READING";
    const isWritten = counter === "accepted" || (counter === "warned" && !isNoWord);
    t.equal(taken.writes.length, isWritten ? 1 : 0, `${why}: written`);
    const isKept = (counter === "held" || counter === "rejected") && code !== "BAD_DATE";
    t.same(
      taken.held.map((held) => [held.code, held.status]),
      isKept ? [[code, counter === "held" ? "HELD" : "REJECTED"]] : [],
      `${why}: kept`,
    );
    t.equal(taken.waiting.length, counter === "waiting" ? 1 : 0);
    t.equal(taken.unchanged, code === "DUPLICATE" ? 1 : 0);
  }
});

t.test("what is written", async (t) => {
  const record = row("2021-04-25", { T2: "20.5", T1: "310" }, { at: 4, source: "CONTROLLER" });
  const zones: readonly Zone[] = ["T1", "T2"];
  const values = ["300", "20"];
  const earlier = stored("2021-04-25", values);
  const taken = take([record], { stored: [earlier], meter: { zones } });
  t.same(taken.writes, [
    {
      fact: {
        shard: 5,
        site: 9,
        meter: 100,
        stateAt: day("2021-04-26"),
        values: [3_100_000, 205_000],
        source: "CONTROLLER",
        at: 4,
      },
      replaces: true,
    },
  ]);
  const late = take([row("2021-04-25", ["1"])], { openFrom: day("2021-05-01") });
  t.same([late.problems[0]?.code, late.writes.length, late.counts.warned], ["LATE_FACT", 1, 1]);
  t.same(take([row("2021-05-15", ["1"])], { openFrom: day("2021-05-01") }).problems, []);
  const after = take([row("2021-04-26", ["1"])], { openFrom: day("2021-05-01") });
  t.equal(after.writes[0]?.fact.period, month("2021-05"), "taken for the next month");
  t.same(
    after.problems.map(({ code, values }) => [code, values]),
    [["WINDOW", { period: "2021-05" }]],
    "which is open, though the day is not",
  );
});

t.test("rows of one message are judged in the order of their days", async (t) => {
  const rows = [
    row("2021-05-15", ["300"], { at: 1 }),
    row("2021-03-15", ["100"], { at: 2 }),
    row("2021-04-15", ["90"], { at: 3 }),
    row("2021-05-15", ["300"], { at: 4 }),
    row("2021-05-15", ["301"], { at: 5, source: "CHECK" }),
  ];
  const { writes, problems, counts } = take(rows);
  t.same(
    writes.map(({ fact, replaces }) => [fact.at, formatScaled(fact.values[0] ?? 0, 4), replaces]),
    [
      [2, "100", false],
      [5, "301", false],
    ],
    "one write for one boundary: the row that outranks",
  );
  t.same(
    problems.map(({ code, at }) => `${code}:${at}`),
    ["NEGATIVE_DELTA:3", "DUPLICATE:4"],
  );
  t.same(counts, { accepted: 3, warned: 1, waiting: 0, held: 0, rejected: 1 });
});

t.test("a serial that two accounts have needs the account", async (t) => {
  const meters = new Map([
    [
      "007",
      [
        meter("007"),
        meter("007", { accountNumber: "0016" as AccountNumber, meter: 200 as MeterId }),
      ],
    ],
  ]);
  const accounts = new Set(["0015", "0016"]);
  const unnamed = take([row("2021-04-25", ["1"], { accountNumber: null })], { meters, accounts });
  t.same([unnamed.problems[0]?.code, unnamed.counts.held], ["AMBIGUOUS_ACCOUNT", 1]);
  const named = take([row("2021-04-25", ["1"], { accountNumber: "0016" })], { meters, accounts });
  t.equal(named.writes[0]?.fact.meter, 200);
  const replaced = new Map([
    [
      "007",
      [
        meter("007", { to: day("2021-04-01") }),
        meter("007", { from: day("2021-04-01"), meter: 300 as MeterId }),
      ],
    ],
  ]);
  t.equal(
    take([row("2021-04-25", ["1"])], { meters: replaced }).writes[0]?.fact.meter,
    300,
    "the one in service",
  );
});

t.test("what is kept of a reading that was not let in", async (t) => {
  const { held, counts } = take([row("2021-04-25", ["8475.0"], { at: 9 })], { stored: WINTER });
  t.same(held, [
    {
      ...{ shard: 5, site: 9, meter: 100, serial: "007", accountNumber: "0015" },
      readOn: day("2021-04-25"),
      typed: [{ zone: "T0", text: "8475.0" }],
      values: [84_750_000],
      ...{ source: "PORTAL", priority: 4, status: "HELD", code: "DEVIATION_HIGH" },
      details: { ratio: "3,06" },
      previous: { readOn: day("2021-03-25"), values: [80_000_000] },
      volume: 4_750_000,
      expected: 1_550_000,
      at: 9,
    },
  ]);
  t.equal(counts.held, 1);
  const again = take([row("2021-04-25", ["8475"])], { stored: WINTER, held });
  t.same([again.problems[0]?.code, again.held, again.unchanged], ["DUPLICATE", [], 1]);
  const other = take([row("2021-04-25", ["8476"])], { stored: WINTER, held });
  t.same(other.held.length, 1, "another value waits beside it");
  t.same(take([row("2021-04-25", ["1 000"])]).held[0]?.values, null, "no number of the display");
});

t.test("switches of the place decide", async (t) => {
  const entered = (name: string, value: string) => ({
    ...{ scope: "district:Энский", name, value, from: day("2020-01-01"), to: null },
  });
  const codes = (readOn: string, text: string, switches: ReturnType<typeof entered>[]) =>
    take([row(readOn, [text])], { stored: WINTER, switches }).problems.map(({ code }) => code);
  t.same(codes("2021-04-25", "8465.1", [entered("control.kMax", "4")]), []);
  t.same(codes("2021-04-25", "8160", [entered("readings.window", "20..24")]), ["WINDOW"]);
  const portal = [entered("readings.sourcePriority", "PORTAL > AMI > CONTROLLER")];
  const rivals = take([row("2021-03-25", ["7990"], { source: "CONTROLLER" })], {
    ...{ stored: WINTER, switches: portal },
  });
  t.same(rivals.held[0], { ...rivals.held[0], code: "LOWER_PRIORITY", priority: 3 });
});

t.test("whatever order the readings of a day come in, one of them stands", async (t) => {
  const ranked = ["AMI", "CONTROLLER", "CHECK", "PORTAL"] as const;
  const reading = fc.record({
    source: fc.constantFrom(...ranked),
    // 7999 falls, 8000 stands still, 8465 is the most that is believed, 8466 waits for a person.
    text: fc.constantFrom("7999", "8000", "8160", "8465", "8466", "9x"),
  });
  const day25 = fc.uniqueArray(reading, { selector: ({ source }) => source, minLength: 1 });
  const orders = day25.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(orders, ([inOrder, shuffled]) => {
      const believed = inOrder
        .filter(({ source, text }) => {
          if (text === "7999" || text === "9x") return false;
          return text !== "8466" || source === "AMI";
        })
        .sort((a, b) => ranked.indexOf(a.source) - ranked.indexOf(b.source));
      let inForce: readonly StoredReading[] = WINTER;
      for (const { source, text } of shuffled) {
        const { writes } = take([row("2021-04-25", [text], { source })], { stored: inForce });
        for (const { fact, replaces } of writes) {
          const others = inForce.filter(({ stateAt }) => stateAt !== fact.stateAt);
          t.equal(replaces, others.length < inForce.length);
          inForce = [...others, fact];
        }
      }
      const stands = inForce.find(({ stateAt }) => stateAt === day("2021-04-26"));
      const [best] = believed;
      t.same(stands && { source: stands.source, text: shownOf(stands) }, best);
    }),
  );
});

function shownOf({ values }: StoredReading): string {
  return formatScaled(values[0] ?? 0, 4);
}
