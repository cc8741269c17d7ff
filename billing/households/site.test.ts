import t from "tap";
import { day, formatDay, formatMonth, month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { rubles } from "../wording.ts";
import { billSite } from "./site.ts";
import {
  account,
  dated,
  history,
  kwh,
  lawOf,
  meter,
  ORIGIN,
  posted,
  reading,
  site,
  tariffs,
} from "./testing.ts";

// Worked examples of billing-individuals.md; Moscow region 2021, gas stoves.
const MO_2021 = tariffs([
  ["2021-01-01", { T0: "5.73", T1: "6.59", T2: "2.52" }],
  ["2021-07-01", { T0: "5.93", T1: "6.82", T2: "2.65" }],
]);
const RULES_NOW = rulesOf(CURRENT_RULES);

function bill(facts: SiteFacts): readonly Line[] {
  const billed = billSite(facts, RULES_NOW);
  t.same(billed.problems, []);
  return billed.lines;
}

/** "METER 2021-07 T0 1: 213 → 1220.49" */
function text(line: Line): string {
  const volume = formatScaled(line.volume, 4);
  const amount = formatFixed(line.amount, 2);
  return `${line.kind} ${formatMonth(line.origin)} ${line.zone}/${line.range} ${volume} ${amount}`;
}

const oneMeter = (...readings: readonly [string, string][]): Partial<AccountFacts> => ({
  points: [
    {
      point: 7,
      meters: [
        meter(
          "0012345",
          readings.map(([on, value]) => reading(on, [value])),
        ),
      ],
    },
  ],
});

t.test("by meter: the examples of sections 3 and 4", async (t) => {
  const cases = [
    [
      "3",
      oneMeter(["2021-02-28", "4310"], ["2021-03-31", "4523"]),
      "2021-03",
      ["METER 2021-03 T0/1 213 1220.49"],
    ],
    [
      "3.2 tariff of July",
      oneMeter(["2021-06-22", "1000"], ["2021-07-22", "1190"]),
      "2021-07",
      ["METER 2021-07 T0/1 50.6667 290.32", "METER 2021-07 T0/1 139.3333 826.25"],
    ],
    [
      "rollover of 6 digits",
      oneMeter(["2021-02-28", "999990"], ["2021-03-31", "10"]),
      "2021-03",
      ["METER 2021-03 T0/1 20 114.60"],
    ],
    [
      "no movement keeps its line",
      oneMeter(["2021-02-28", "10"], ["2021-03-31", "10"]),
      "2021-03",
      ["METER 2021-03 T0/1 0 0.00"],
    ],
    [
      "a reading between is not used",
      oneMeter(["2021-02-25", "0"], ["2021-03-15", "90"], ["2021-03-25", "100"]),
      "2021-03",
      ["METER 2021-03 T0/1 100 573.00"],
    ],
  ] as const;
  for (const [why, facts, period, want] of cases)
    t.same(bill(site(period, [account(1, facts)], MO_2021)).map(text), want, why);
});

t.test("two zones, replacement and tariff of July: 995.14 (section 3.2)", async (t) => {
  const zones = ["T1", "T2"] as const;
  const points = [
    {
      point: 1,
      meters: [
        meter("OLD", [reading("2021-06-22", ["100", "50"]), reading("2021-07-03", ["144", "73"])], {
          zones,
          installed: { from: day("2015-01-01"), to: day("2021-07-04") },
        }),
        meter("NEW", [reading("2021-07-03", ["0", "0"]), reading("2021-07-22", ["80", "37"])], {
          zones,
          installed: { from: day("2021-07-04"), to: null },
        }),
      ],
    },
  ];
  const lines = bill(site("2021-07", [account(1, { points })], MO_2021));
  t.same(lines.map(text), [
    "METER 2021-07 T1/1 32 210.88",
    "METER 2021-07 T2/1 16.7273 42.15",
    "METER 2021-07 T1/1 92 627.44",
    "METER 2021-07 T2/1 43.2727 114.67",
  ]);
  t.same(
    lines.map((line) => formatDay(line.tariffFrom ?? day("1970-01-01"))),
    ["2021-01-01", "2021-01-01", "2021-07-01", "2021-07-01"],
  );
});

t.test("replaced after the month's reading: the days after it are of the next month", async (t) => {
  const old = [
    ["2021-02-28", "100"],
    ["2021-03-22", "144"],
    ["2021-03-24", "150"],
  ] as const;
  const next = [
    ["2021-03-24", "0"],
    ["2021-04-22", "80"],
  ] as const;
  const states = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([on, value]) => reading(on, [value]));
  const installed = { from: day("2015-01-01"), to: day("2021-03-25") };
  const points = [
    {
      point: 1,
      meters: [
        meter("OLD", states(old), { installed }),
        meter("NEW", states(next), { installed: { from: day("2021-03-25"), to: null } }),
      ],
    },
  ];
  const march = bill(site("2021-03", [account(1, { points })], MO_2021));
  t.same(march.map(text), ["METER 2021-03 T0/1 44 252.12"], "44 × 5.73");
  const history = [{ month: month("2021-03"), method: "METER" as const, volumes: {} }];
  const april = bill(site("2021-04", [account(1, { points, history })], MO_2021));
  t.same(april.map(text), ["METER 2021-04 T0/1 86 492.78"], "(6 + 80) × 5.73");
});

t.test("three ranges: 25 173.96 (section 4.2)", async (t) => {
  const kaliningrad = tariffs(
    [["2025-01-01", { T1: ["6.22", "6.24", "10.91"], T2: ["4.41", "4.42", "7.71"] }]],
    ["1200", "3900"],
  );
  const values = [reading("2025-01-31", ["0", "0"]), reading("2025-02-28", ["2500", "1800"])];
  const points = [{ point: 1, meters: [meter("M", values, { zones: ["T1", "T2"] })] }];
  const facts = site("2025-02", [account(1, { points })], kaliningrad, {
    switches: { "tariff.scheme": "RANGES" },
  });
  t.same(bill(facts).map(text), [
    "METER 2025-02 T1/1 697.6744 4339.53",
    "METER 2025-02 T1/2 1569.7674 9795.35",
    "METER 2025-02 T1/3 232.5582 2537.21",
    "METER 2025-02 T2/1 502.3256 2215.26",
    "METER 2025-02 T2/2 1130.2326 4995.63",
    "METER 2025-02 T2/3 167.4418 1290.98",
  ]);
});

const NORM_77 = lawOf(
  {
    URBAN_GAS: tariffs([["2025-01-01", { T0: "5.51" }]]),
  },
  {
    N77: [
      {
        from: day("2000-01-01"),
        to: null,
        perPerson: [kwh("77")],
        act: "норматив",
        origin: ORIGIN,
      },
    ],
  },
);

t.test("by norm (section 5)", async (t) => {
  const residents = [
    dated(2, "2000-01-01", "2025-01-10"),
    dated(3, "2025-01-10", "2025-01-19"),
    dated(2, "2025-01-19"),
  ];
  const facts = account(1, { norm: [dated("N77")], residents });
  const law = NORM_77;
  const base = site("2025-01", [facts], [], { law });
  t.same(bill(base).map(text), ["NORM 2025-01 T0/1 176.3548 971.71"], "2 persons + 1 for 9 days");

  const three = account(1, { norm: [dated("N77")], residents: [dated(3)] });
  const raised = site("2025-01", [three], [], { law, switches: { "norm.k.noMeter": "1.5" } });
  t.same(
    bill(raised).map(text),
    ["NORM 2025-01 T0/1 231 1272.81", "KPOV 2025-01 T0/1 115.5 636.41"],
    "K = 1.5: 1 909.22 in all",
  );

  const half = account(1, {
    norm: [dated("N77")],
    residents: [dated(2)],
    served: { from: day("2025-01-11"), to: day("2025-01-21") },
  });
  t.same(
    bill(site("2025-01", [half], [], { law })).map(text),
    ["NORM 2025-01 T0/1 49.6774 273.72"],
    "10 of 31 days: 77 × 2 × 10 / 31",
  );
});

// 1000 on 30.04.2021, May and June by average 100, 1330 on 31.07.2021.
const METERED = history("2020-11", ["100", "100", "100", "100", "100", "100"]);

function estimatedMonth(period: string, missed: number): readonly Line[] {
  const more = oneMeter(["2021-04-30", "1000"]);
  const past = [...METERED, ...history("2021-05", ["100", "100"].slice(0, missed), "AVERAGE")];
  return bill(
    site(period, [account(1, { ...more, history: past, missedPeriods: missed })], MO_2021),
  );
}

function lateReading(source: "PORTAL" | "CONTROLLER"): AccountFacts {
  const may = posted(estimatedMonth("2021-05", 0), "2021-05");
  const june = posted(estimatedMonth("2021-06", 1), "2021-06");
  const readings = [reading("2021-04-30", ["1000"]), reading("2021-07-31", ["1330"], source)];
  return account(1, {
    points: [{ point: 7, meters: [meter("0012345", readings)] }],
    history: [...METERED, ...history("2021-05", ["100", "100"], "AVERAGE")],
    missedPeriods: 2,
    posted: [...may, ...june],
  });
}

t.test("a reading after estimated periods (section 7.1)", async (t) => {
  t.same(estimatedMonth("2021-05", 0).map(text), ["AVERAGE 2021-05 T0/1 100 573.00"]);
  t.same(
    bill(site("2021-07", [lateReading("PORTAL")], MO_2021)).map(text),
    [
      "METER 2021-07 T0/1 111.1956 659.39",
      "METER 2021-05 T0/1 11.1957 64.15",
      "METER 2021-06 T0/1 7.6087 43.60",
    ],
    "REDISTRIBUTE_BY_DAYS: 1 913.14 in all",
  );
  t.same(
    bill(site("2021-07", [lateReading("CONTROLLER")], MO_2021)).map(text),
    ["METER_DELTA 2021-07 T0/1 130 770.90"],
    "CURRENT_PERIOD_DELTA: 1 916.90 in all",
  );
});

t.test("three periods by average, then norm; a short history goes to norm at once", async (t) => {
  const law = { ...NORM_77, tariffs: { URBAN_GAS: MO_2021 } };
  const facts = (missed: number, past: AccountFacts["history"]) =>
    account(1, {
      ...oneMeter(["2021-04-30", "1000"]),
      norm: [dated("N77")],
      residents: [dated(2)],
      history: past,
      missedPeriods: missed,
    });
  const kinds = (missed: number, past = METERED) =>
    bill(site("2021-06", [facts(missed, past)], [], { law })).map(text);
  t.same(kinds(2), ["AVERAGE 2021-06 T0/1 100 573.00"]);
  t.same(kinds(3), ["NORM 2021-06 T0/1 154 882.42"]);
  const estimated = [...METERED.slice(0, 5), ...history("2021-05", ["100"], "AVERAGE")];
  t.same(kinds(3, estimated), ["NORM 2021-06 T0/1 154 882.42"], "two of the three are older");
  t.same(kinds(0, METERED.slice(0, 2)), ["NORM 2021-06 T0/1 154 882.42"]);
});

t.test("days between two meters by average", async (t) => {
  // Average 165: (165 × 5 / 31 = 26.6129); 60 + 91 by meter.
  const points = [
    {
      point: 1,
      meters: [
        meter("OLD", [reading("2021-02-28", ["45670"]), reading("2021-03-10", ["45730"])], {
          installed: { from: day("2015-01-01"), to: day("2021-03-11") },
        }),
        meter("NEW", [reading("2021-03-15", ["0"]), reading("2021-03-31", ["91"])], {
          installed: { from: day("2021-03-16"), to: null },
        }),
      ],
    },
  ];
  const facts = account(1, { points, history: history("2020-12", ["165", "165", "165"]) });
  t.same(bill(site("2021-03", [facts], MO_2021)).map(text), [
    "METER 2021-03 T0/1 151 865.23",
    "AVERAGE 2021-03 T0/1 26.6129 152.49",
  ]);
});

t.test("an account without a price or a norm is held, the others go on", async (t) => {
  const good = account(2, oneMeter(["2021-02-28", "4310"], ["2021-03-31", "4523"]));
  const noPrice = account(1, { ...good, account: 1 as AccountFacts["account"], category: [] });
  const noNorm = account(3, { residents: [dated(2)] });
  const nobody = account(4, { norm: [dated("N77")], residents: [] });
  const accounts = [noPrice, good, noNorm, nobody];
  const law = lawOf({ URBAN_GAS: MO_2021 }, NORM_77.norms);
  const billed = billSite(site("2021-03", accounts, [], { law }), RULES_NOW);
  t.same(billed.lines.map(text), ["METER 2021-03 T0/1 213 1220.49"]);
  t.same(
    billed.problems.map(({ account, held, problem }) => [account, held, problem.code]),
    [
      [1, true, "NO_PRICE"],
      [3, true, "NO_NORM"],
      [4, true, "MISSING_REQUIRED"],
    ],
  );
});

t.test("every line is explained: its last step is its amount", async (t) => {
  const sites = [
    site("2021-07", [lateReading("PORTAL")], MO_2021),
    site("2021-07", [lateReading("CONTROLLER")], MO_2021),
    site("2025-01", [account(1, { norm: [dated("N77")], residents: [dated(3)] })], [], {
      law: NORM_77,
      switches: { "norm.k.noMeter": "1.5" },
    }),
  ];
  for (const facts of sites) {
    const trace: Trace = [];
    const plain = billSite(facts, RULES_NOW);
    const { lines } = billSite(facts, RULES_NOW, trace);
    t.same(lines, plain.lines, "a trace changes nothing");
    for (const line of lines) {
      const own = trace.filter((step) => step.ordinal === line.ordinal);
      t.equal(own.at(-1)?.result, rubles(line.amount), text(line));
      t.match(own.at(-1)?.clause ?? "", /ПП РФ 354/);
    }
    t.ok(trace.every((step) => step.formula !== ""));
  }
});

t.test("late facts of a closed month make difference lines of their origin", async (t) => {
  // March was billed 4310 → 4523; the reading of March turns out to be 4500; April is by meter.
  const march = bill(
    site(
      "2021-03",
      [account(1, oneMeter(["2021-02-28", "4310"], ["2021-03-31", "4523"]))],
      MO_2021,
    ),
  );
  const april = bill(
    site(
      "2021-04",
      [account(1, oneMeter(["2021-03-31", "4523"], ["2021-04-30", "4600"]))],
      MO_2021,
    ),
  );
  const facts = account(1, {
    ...oneMeter(
      ["2021-02-28", "4310"],
      ["2021-03-31", "4500"],
      ["2021-04-30", "4600"],
      ["2021-05-31", "4700"],
    ),
    posted: [...posted(march, "2021-03"), ...posted(april, "2021-04")],
    late: [month("2021-03"), month("2021-04")],
  });
  // 190 × 5.73 = 1088.70 − 1220.49; 100 × 5.73 = 573.00 − 441.21.
  t.same(bill(site("2021-05", [facts], MO_2021)).map(text), [
    "METER 2021-05 T0/1 100 573.00",
    "METER 2021-03 T0/1 -23 -131.79",
    "METER 2021-04 T0/1 23 131.79",
  ]);
});

t.test(
  "a row of the category that changes nothing cuts nothing; a new category does",
  async (t) => {
    const readings = oneMeter(["2021-02-28", "0"], ["2021-03-31", "310"]);
    const rural = tariffs([["2021-01-01", { T0: "4.01" }]]);
    const law = lawOf({ URBAN_GAS: MO_2021, RURAL: rural });
    const rows = (second: string) => [
      dated("URBAN_GAS", "2021-02-10", "2021-03-11"),
      dated(second, "2021-03-11"),
    ];
    const lines = (second: string) =>
      bill(site("2021-03", [account(1, { ...readings, category: rows(second) })], [], { law }));
    const same = lines("URBAN_GAS");
    t.same(same.map(text), ["METER 2021-03 T0/1 310 1776.30"]);
    t.equal(same[0]?.tariffFrom, day("2021-01-01"), "the version keeps its own first day");
    const changed = lines("RURAL");
    t.same(changed.map(text), ["METER 2021-03 T0/1 100 573.00", "METER 2021-03 T0/1 210 842.10"]);
    t.equal(changed[1]?.tariffFrom, day("2021-03-11"));
  },
);

t.test(
  "nothing is consumed before the service is on; its end cuts an interval by days",
  async (t) => {
    const readings = oneMeter(["2021-08-20", "2180"], ["2021-11-30", "2235"]);
    const on = account(1, { ...readings, served: { from: day("2021-11-10"), to: null } });
    t.same(bill(site("2021-11", [on], MO_2021)).map(text), ["METER 2021-11 T0/1 55 326.15"]);
    const off = account(1, {
      ...oneMeter(["2021-05-31", "2000"], ["2021-06-30", "2120"]),
      served: { from: day("2000-01-01"), to: day("2021-06-21") },
    });
    t.same(bill(site("2021-06", [off], MO_2021)).map(text), ["METER 2021-06 T0/1 80 458.40"]);
  },
);

t.test("zones fill the ranges in turn; limits of a longer interval by each mode", async (t) => {
  const prices = {
    T0: ["5.51", "5.52", "9.66"],
    T1: ["6.22", "6.24", "10.91"],
    T2: ["4.41", "4.42", "7.71"],
  };
  const versions = tariffs([["2025-01-01", prices]], ["1200", "3900"]);
  const ranges = { "tariff.scheme": "RANGES" };
  const lines = (facts: Partial<AccountFacts>, switches: SiteFacts["switches"]) =>
    bill(
      site("2025-03", [account(1, facts)], versions, { switches: { ...ranges, ...switches } }),
    ).map((line) => `${line.zone}/${line.range} ${formatScaled(line.volume, 4)}`);
  const zoned = {
    points: [
      {
        point: 7,
        meters: [
          meter("7", [reading("2025-02-28", ["0", "0"]), reading("2025-03-31", ["2500", "1800"])], {
            zones: ["T1", "T2"],
          }),
        ],
      },
    ],
  };
  // T1 has range 1 and 1 300 of range 2, T2 the 1 400 that are left of it.
  t.same(lines(zoned, { "ranges.zoneAllocation": "SEQUENTIAL" }), [
    "T1/1 1200",
    "T1/2 1300",
    "T2/2 1400",
    "T2/3 400",
  ]);
  // 59 days, two months: limits 2 400, or 1 200 × 59 / 31 = 2 283.871, or those of one month.
  const long = oneMeter(["2025-01-31", "0"], ["2025-03-31", "4300"]);
  t.same(lines(long, {}), ["T0/1 2400", "T0/2 1900"]);
  t.same(lines(long, { "ranges.multiMonth": "BY_DAYS" }), ["T0/1 2283.871", "T0/2 2016.129"]);
  t.same(lines(long, { "ranges.multiMonth": "NONE" }), ["T0/1 1200", "T0/2 2700", "T0/3 400"]);
  // Upper bounds are inclusive; nothing used is a line of range 1.
  t.same(lines(oneMeter(["2025-02-28", "0"], ["2025-03-31", "1200"]), {}), ["T0/1 1200"]);
  t.same(lines(oneMeter(["2025-02-28", "0"], ["2025-03-31", "1200.0001"]), {}), [
    "T0/1 1200",
    "T0/2 0.0001",
  ]);
  t.same(lines(oneMeter(["2025-02-28", "5"], ["2025-03-31", "5"]), {}), ["T0/1 0"]);
});
