import t from "tap";
import { addDays, day } from "../model/dates.ts";
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
      ...context,
    },
    RECEIVED,
  );
}

const MARCH = [stored("2021-03-25", ["8000"])];
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
  ["no movement", row("2021-04-25", ["8000.0"]), MARCH, {}, null, "accepted"],
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
  ["state on the eve of the first day", row("2020-01-09", ["1"]), [], {}, null, "accepted"],
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
    const isWritten = code === null || code === "ROLLOVER";
    t.equal(taken.writes.length, isWritten ? 1 : 0, `${why}: written`);
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
  t.same(take([row("2021-05-01", ["1"])], { openFrom: day("2021-05-01") }).problems, []);
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
