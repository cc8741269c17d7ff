import t from "tap";
import { type Circumstances, NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  MeterFacts,
  SiteFacts,
  Switches,
} from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { rubles } from "../wording.ts";
import { billSite } from "./site.ts";
import {
  account,
  circumstances,
  dated,
  history,
  kwh,
  lawOf,
  lineText,
  meter,
  norms,
  posted,
  reading,
  site,
  tariffs,
} from "./testing.ts";

// The order of precedence of billing-individuals.md, section 2. Price 1 ₽: a sum is a volume. Two
// persons, 77 each: 154 by norm. Six months of 120 before June: 120 by average.
const RULES_NOW = rulesOf(CURRENT_RULES);
const ONE = tariffs([["2010-01-01", { T0: "1" }]]);
const LAW = lawOf({ URBAN_GAS: ONE }, { N77: norms("77"), ROWS: norms("132", "82", "63") });
const METERED = history("2024-12", ["120", "120", "120", "120", "120", "120"]);

interface Metered {
  readonly readings?: readonly (readonly [string, string] | readonly [string, string, "CHECK"])[];
  readonly faults?: MeterFacts["faults"];
  readonly bent?: Partial<Circumstances>;
}

function metered({ readings = [], faults = [], bent = {} }: Metered, more = {}): AccountFacts {
  const states = readings.map(([on, value, source]) => reading(on, [value], source ?? "PORTAL"));
  return account(1, {
    norm: [dated("N77")],
    residents: [dated(2)],
    history: METERED,
    points: [{ point: 7, meters: [meter("0012345", states, { faults })] }],
    circumstances: circumstances(bent),
    ...more,
  });
}

function byNorm(bent: Partial<Circumstances>, more: Partial<AccountFacts> = {}): AccountFacts {
  const residents = [dated(2)];
  return account(1, {
    norm: [dated("N77")],
    residents,
    circumstances: circumstances(bent),
    ...more,
  });
}

function siteOf(period: string, facts: AccountFacts, switches: Switches = {}): SiteFacts {
  return site(period, [facts], [], { law: LAW, switches });
}

function bill(period: string, facts: AccountFacts, switches: Switches = {}): readonly Line[] {
  const { lines, problems } = billSite(siteOf(period, facts, switches), RULES_NOW);
  t.same(problems, []);
  return lines;
}

/** "METER 100": volumes, all of them of the period. */
function volumes(period: string, facts: AccountFacts, switches: Switches = {}): string[] {
  return bill(period, facts, switches).map((line) => {
    const [kind, , , energy] = lineText(line).split(" ");
    return `${kind} ${energy}`;
  });
}

/** June 2025: 150 kWh by meter, the stop or the fixed volume takes a part of it. */
const JUNE = [
  ["2025-05-31", "1000"],
  ["2025-06-30", "1150"],
] as const;

t.test("1. stops: only active days, rounded once", async (t) => {
  const stop = (from: string, to?: string) => ({ stops: [dated("SUSPENDED" as const, from, to)] });
  const cases = [
    [stop("2025-06-11", "2025-06-21"), ["NORM 102.6667"], "20 of 30 days: 51.3333 twice is less"],
    [stop("2025-06-30"), ["NORM 148.8667"], "the last day"],
    [stop("2025-07-01"), ["NORM 154"], "from July"],
    [stop("2025-05-01", "2025-06-01"), ["NORM 154"], "to the end of May"],
    [stop("2025-05-01", "2025-06-02"), ["NORM 148.8667"], "one day of June"],
    [stop("2025-05-10", "2025-07-01"), [], "all June"],
    [stop("2025-06-01"), [], "all June and on"],
  ] as const;
  for (const [bent, want, why] of cases) t.same(volumes("2025-06", byNorm(bent)), want, why);
  const middle = stop("2025-06-11", "2025-06-21");
  t.same(volumes("2025-06", metered({ bent: middle })), ["AVERAGE 80"], "120 × 20 / 30");
  const two = {
    stops: [
      dated("SUSPENDED" as const, "2025-06-05", "2025-06-11"),
      dated("CHARGING_STOPPED" as const, "2025-06-08", "2025-06-15"),
    ],
  };
  t.same(volumes("2025-06", byNorm(two)), ["NORM 102.6667"], "days of both count once");
});

t.test("1. stops of a metered account: a state on the day, else by days", async (t) => {
  const of = (value: "SUSPENDED" | "CHARGING_STOPPED", ...between: readonly [string, string][]) => {
    const readings = [...JUNE, ...between].sort(([a], [b]) => (a < b ? -1 : 1));
    return metered({ readings, bent: { stops: [dated(value, "2025-06-11", "2025-06-21")] } });
  };
  const off: [string, string] = ["2025-06-10", "1060"];
  const on: [string, string] = ["2025-06-20", "1064"];
  const cases = [
    [of("SUSPENDED"), "METER 100", "no state: 150 × 20 / 30"],
    [of("CHARGING_STOPPED"), "METER 100", "no state: the same"],
    [of("SUSPENDED", off, on), "METER 146", "both states: 60 + 86"],
    [of("SUSPENDED", off), "METER 150", "60, and nothing was consumed until the supply came back"],
    [of("CHARGING_STOPPED", off), "METER 105", "60 + 90 × 10 / 20: the supply went on"],
    [of("SUSPENDED", on), "METER 128", "64 × 10 / 20 + 86… the state of the return alone"],
  ] as const;
  for (const [facts, want, why] of cases.slice(0, 5))
    t.same(volumes("2025-06", facts), [want], why);
  // 64 of 20 days, ten of them stopped: 32; 86 after.
  t.same(volumes("2025-06", of("SUSPENDED", on)), ["METER 118"]);

  const split = {
    ...metered({
      readings: [
        ["2021-06-22", "1000"],
        ["2021-07-22", "1190"],
      ],
      bent: { stops: [dated("SUSPENDED" as const, "2021-06-25", "2021-07-05")] },
    }),
    history: [],
  };
  const two = tariffs([
    ["2021-01-01", { T0: "5.73" }],
    ["2021-07-01", { T0: "5.93" }],
  ]);
  const { lines } = billSite(
    site("2021-07", [split], two, { law: lawOf({ URBAN_GAS: two }) }),
    RULES_NOW,
  );
  t.same(
    lines.map(lineText),
    ["METER 2021-07 T0/1 12.6667 72.58", "METER 2021-07 T0/1 114 676.02"],
    "190 × 20 / 30; two of the twenty days are of June",
  );
});

t.test("1. an account whose first month is wholly stopped", async (t) => {
  // Served from 5 June, stopped to the end of it: 62 from 5 June to 31 July, 57 days, 31 of July.
  const start = ["2025-06-04", "1000"] as const;
  const end = ["2025-07-31", "1062"] as const;
  const edge = ["2025-06-30", "1000"] as const;
  const of = (
    value: "SUSPENDED" | "CHARGING_STOPPED",
    ...readings: NonNullable<Metered["readings"]>
  ) =>
    metered(
      { readings, bent: { stops: [dated(value, "2025-06-05", "2025-07-01")] } },
      { served: { from: day("2025-06-05"), to: null }, history: [] },
    );
  const cases = [
    [of("SUSPENDED", start, end), "METER 62", "read when the supply stopped: all is of July"],
    [of("CHARGING_STOPPED", start, end), "METER 33.7193", "62 × 31 / 57"],
    [of("CHARGING_STOPPED", start, edge, end), "METER 62", "a state between: 1062 − 1000"],
    [of("SUSPENDED", start), "NORM 154", "no mean of no metered month"],
    [of("CHARGING_STOPPED", start), "NORM 154", "the same"],
  ] as const;
  for (const [facts, want, why] of cases) {
    t.same(volumes("2025-06", facts), [], why);
    t.same(volumes("2025-07", facts), [want], why);
  }
  const shorter = { stops: [dated("SUSPENDED" as const, "2025-06-05", "2025-06-30")] };
  const byDay = byNorm(shorter, { served: { from: day("2025-06-05"), to: null } });
  t.same(volumes("2025-06", byDay), ["NORM 5.1333"], "the stop ends a day earlier: 154 / 30");
});

t.test("1. a stop entered late takes back what its days were charged", async (t) => {
  const before = bill("2025-06", metered({ readings: JUNE }));
  const facts = metered(
    { readings: JUNE, bent: { stops: [dated("SUSPENDED" as const, "2025-06-11", "2025-06-21")] } },
    { posted: posted(before, "2025-06"), late: [month("2025-06")] },
  );
  const july = billSite(siteOf("2025-07", facts), RULES_NOW).lines.map(lineText);
  t.same(july.slice(1), ["METER 2025-06 T0/1 -50 -50.00"]);
  const whole = {
    ...facts,
    circumstances: circumstances({ stops: [dated("SUSPENDED" as const, "2025-06-01")] }),
  };
  t.same(
    billSite(siteOf("2025-07", whole), RULES_NOW).lines.map(lineText),
    ["METER 2025-06 T0/1 -150 -150.00"],
    "stopped in June, and all July",
  );
});

t.test("1. suspended since a closed month (section 7.2): −928.94", async (t) => {
  const mo = tariffs([
    ["2021-01-01", { T0: "5.73" }],
    ["2021-07-01", { T0: "5.93" }],
  ]);
  const law = lawOf({ URBAN_GAS: mo });
  const readings = [
    ["2021-05-31", "2000"],
    ["2021-06-30", "2120"],
    ["2021-07-31", "2238"],
  ] as const;
  const lines = (period: string, facts: AccountFacts) =>
    billSite(site(period, [facts], mo, { law }), RULES_NOW).lines;
  const before = ["2021-06", "2021-07"].flatMap((period) =>
    posted(lines(period, metered({ readings })), period),
  );
  const bent = { stops: [dated("SUSPENDED" as const, "2021-06-21")] };
  const found = metered(
    { readings: [readings[0], ["2021-06-20", "2080"], ...readings.slice(1)], bent },
    { posted: before, late: [month("2021-06"), month("2021-07")] },
  );
  t.same(lines("2021-08", found).map(lineText), [
    "METER 2021-06 T0/1 -40 -229.20",
    "METER 2021-07 T0/1 -118 -699.74",
  ]);
  const unread = { ...found, points: metered({ readings }).points };
  t.equal(
    lines("2021-08", unread).map(lineText)[0],
    "METER 2021-06 T0/1 -40 -229.20",
    "no final state: 120 × 20 / 30",
  );
});

t.test("2. a fixed volume wins over meter, norm and faults, not over a stop", async (t) => {
  const fixed = (from?: string, to?: string) => ({ fixedVolumes: [dated(kwh("300"), from, to)] });
  const broken = { faults: [dated("BROKEN" as const, "2025-06-01")] };
  const cases = [
    [metered({ readings: JUNE, bent: fixed() }), ["FIXED 300"], "over the meter"],
    [metered({ bent: fixed(), ...broken }), ["FIXED 300"], "over a broken meter"],
    [byNorm(fixed()), ["FIXED 300"], "over the norm"],
    [
      metered({ readings: JUNE, bent: fixed("2025-06-21") }),
      ["METER 100", "FIXED 100"],
      "the last ten days: 300 × 10 / 30 and 150 × 20 / 30",
    ],
    [
      metered({ readings: JUNE, bent: fixed("2000-01-01", "2025-06-11") }),
      ["METER 100", "FIXED 100"],
      "the first ten days",
    ],
    [
      byNorm({ ...fixed(), stops: [dated("CHARGING_STOPPED" as const, "2025-06-21")] }),
      ["FIXED 200"],
      "20 active days",
    ],
    [byNorm(fixed("2025-06-30")), ["NORM 148.8667", "FIXED 10"], "one day"],
    [byNorm(fixed("2025-07-01")), ["NORM 154"], "from July"],
  ] as const;
  for (const [facts, want, why] of cases)
    t.same(volumes("2025-06", facts).sort(), [...want].sort(), why);
  // May had its fixed volume: 610 × 30 / 61 of June, whether May is looked at again or not.
  const readings = [
    ["2025-04-30", "1000"],
    ["2025-06-30", "1610"],
  ] as const;
  const bent = fixed("2025-05-01", "2025-06-01");
  const past = { history: history("2024-11", ["120", "120", "120"]) };
  const after = metered({ readings, bent }, past);
  t.same(volumes("2025-06", after), ["METER 300"]);
  const may = posted(
    bill("2025-05", metered({ readings: [["2025-04-30", "1000"]], bent }, past)),
    "2025-05",
  );
  t.equal(may.length, 1);
  t.same(volumes("2025-06", { ...after, posted: may }), ["METER 300"]);
  const line = bill("2025-06", byNorm(fixed()))[0];
  t.match(line, { rule: "households.fixed", ruleVersion: 1 });
});

/** Kinds by month from June on; July and later know the months before by `past`. */
const PERIODS = ["2025-06", "2025-07", "2025-08", "2025-09"] as const;
function row(facts: AccountFacts, switches: Switches = {}): string[][] {
  let past = METERED;
  return PERIODS.map((period, index) => {
    const lines = volumes(period, { ...facts, history: past, missedPeriods: index }, switches);
    const method = lines.some((text) => text.startsWith("METER"))
      ? "METER"
      : lines.some((text) => text.startsWith("NORM"))
        ? "NORM"
        : "AVERAGE";
    past = [...past, ...history(period, ["120"], method)];
    return lines;
  });
}

t.test("5. a meter out of order: three periods by average, then the norm", async (t) => {
  const start = [["2025-05-31", "1000"]] as const;
  const sent = [["2025-07-31", "1500"]] as const;
  for (const value of ["BROKEN", "LOST", "EXPIRED"] as const) {
    const faults = [dated(value, "2025-06-11")];
    t.same(
      row(metered({ readings: [...start, ["2025-06-10", "1060"], ...sent], faults })),
      [["METER 60", "AVERAGE 80"], ["AVERAGE 120"], ["AVERAGE 120"], ["NORM 154"]],
      `${value}: June is the first period, readings under the fault do not count`,
    );
  }
  const faults = [dated("BROKEN" as const, "2025-06-30")];
  const late = metered({ readings: start, faults });
  t.same(row(late), [["AVERAGE 120"], ["AVERAGE 120"], ["AVERAGE 120"], ["NORM 154"]]);
  t.same(row(late, { "norm.k.p59a": "1.5" })[3], ["NORM 154", "KPOV 77"]);
  t.same(row(late, { "p59a.averageUnlimited": "true" })[3], ["AVERAGE 120"]);
  t.same(row(late, { "average.maxPeriods": "2" })[2], ["NORM 154"]);
  const broken = dated("BROKEN" as const, "2025-06-30", "2025-08-01");
  const lost = (from: string) =>
    metered({ readings: start, faults: [broken, dated("LOST", from)] });
  t.same(row(lost("2025-08-01"))[3], ["NORM 154"], "one fault after another is one row of periods");
  t.same(row(lost("2025-08-02"))[3], ["AVERAGE 120"], "a good day between them begins another");
  const removed = { from: day("2010-01-01"), to: day("2025-06-01") };
  const gone = {
    ...late,
    points: [
      { point: 7, meters: [meter("1", [reading("2025-05-31", ["9"])], { installed: removed })] },
    ],
    missedPeriods: 3,
  };
  t.same(volumes("2025-09", gone, { "norm.k.p59a": "1.5" }), ["NORM 154", "KPOV 77"], "removed");
  const young = { ...late, history: METERED.slice(0, 2) };
  t.same(volumes("2025-06", young), ["NORM 154"], "a mean of two months is none");

  const unread = metered({ readings: [["2025-05-25", "1000"]], faults });
  t.same(volumes("2025-06", unread), ["AVERAGE 144"], "36 days since the last reading");
  const within = metered({
    readings: [...start, ["2025-06-05", "1020"], ["2025-06-20", "1090"]],
    faults: [dated("BROKEN" as const, "2025-06-11")],
  });
  t.same(volumes("2025-06", within), ["METER 20", "AVERAGE 100"], "5 days by meter, 25 without");
  t.same(
    volumes("2025-07", { ...within, history: [...METERED, ...history("2025-06", ["120"])] }),
    ["AVERAGE 120"],
    "June ended with the calendar",
  );
  const edge = metered({
    readings: [...start, ["2025-06-30", "1150"]],
    faults: [dated("BROKEN" as const, "2025-07-01")],
  });
  t.same(volumes("2025-06", edge), ["METER 150"], "a state on the day before counts");
});

t.test("5. a mended meter counts from its state on the day", async (t) => {
  const faults = [dated("BROKEN" as const, "2025-06-11", "2025-08-11")];
  const of = (...readings: readonly (readonly [string, string])[]) =>
    metered({ readings: [["2025-06-10", "1060"], ...readings], faults });
  const past = (facts: AccountFacts, months: number) => ({
    ...facts,
    history: [...METERED, ...history("2025-06", ["120", "120"].slice(0, months), "AVERAGE")],
    missedPeriods: months,
  });
  const mended = of(["2025-08-10", "5"], ["2025-08-31", "89"]);
  t.same(volumes("2025-08", past(mended, 2)), ["METER 84", "AVERAGE 38.7097"], "120 × 10 / 31");
  const long = metered({
    readings: [
      ["2025-06-10", "1060"],
      ["2025-09-10", "5"],
      ["2025-09-30", "65"],
    ],
    faults: [dated("BROKEN" as const, "2025-06-11", "2025-09-11")],
  });
  const three = [...METERED, ...history("2025-06", ["120", "120", "120"], "AVERAGE")];
  t.same(
    volumes("2025-09", { ...long, history: three, missedPeriods: 3 }),
    ["METER 60", "NORM 51.3333"],
    "the fourth period of the fault: 154 × 10 / 30",
  );
  t.same(
    volumes("2025-09", { ...long, history: three, missedPeriods: 3 }, { "norm.k.p59a": "1.5" }),
    ["METER 60", "NORM 51.3333", "KPOV 25.6667"],
  );
  const september = of(["2025-08-10", "5"], ["2025-09-30", "107"]);
  t.same(
    volumes("2025-09", {
      ...past(september, 2),
      history: [...METERED, ...history("2025-06", ["120", "120", "120"], "AVERAGE")],
      missedPeriods: 3,
      posted: posted(bill("2025-08", past(of(["2025-08-10", "5"]), 2)), "2025-08"),
    }).slice(0, 1),
    ["METER 60"],
    "102 × 30 / 51: the other 21 days are of August",
  );
  t.same(
    volumes("2025-08", past(of(["2025-08-25", "40"]), 2)),
    ["AVERAGE 96.7742"],
    "a first state ends the days by average: 120 × 25 / 31",
  );
});

t.test("5. a fault inside another is the same fault", async (t) => {
  const faults = [
    dated("BROKEN" as const, "2025-06-11", "2025-09-21"),
    dated("LOST" as const, "2025-07-01", "2025-07-15"),
  ];
  const readings = [
    ["2025-05-31", "1000"],
    ["2025-06-10", "1060"],
    ["2025-07-20", "1200"],
    ["2025-08-31", "1300"],
  ] as const;
  t.same(row(metered({ readings, faults })), [
    ["METER 60", "AVERAGE 80"],
    ["AVERAGE 120"],
    ["AVERAGE 120"],
    ["NORM 154"],
  ]);
});

t.test("days of several causes are shared between tariffs by all of them", async (t) => {
  const two = tariffs([
    ["2025-01-01", { T0: "1" }],
    ["2025-06-16", { T0: "2" }],
  ]);
  const law = { ...LAW, tariffs: { URBAN_GAS: two } };
  const bent = { accessRefused: [dated("3", "2025-06-10")] };
  const facts = metered({ readings: [["2025-05-31", "1000"]], bent });
  t.same(billSite(site("2025-06", [facts], [], { law }), RULES_NOW).lines.map(lineText), [
    "AVERAGE 2025-06 T0/1 60 60.00",
    "AVERAGE 2025-06 T0/1 60 120.00",
  ]);
});

t.test("a closed month estimated again takes the mean of the months before it", async (t) => {
  const readings = [
    ["2025-05-31", "1000"],
    ["2025-06-30", "1600"],
  ] as const;
  const june = bill("2025-06", metered({ readings }));
  const facts = metered(
    { readings: readings.slice(0, 1) },
    {
      history: [...METERED, ...history("2025-06", ["600"])],
      posted: posted(june, "2025-06"),
      late: [month("2025-06")],
    },
  );
  t.same(bill("2025-07", facts).map(lineText), [
    "AVERAGE 2025-07 T0/1 120 120.00",
    "AVERAGE 2025-06 T0/1 -480 -480.00",
  ]);
});

t.test("6. refused access: three periods by average, then the norm × 1.5", async (t) => {
  const accessRefused = [dated("3", "2025-06-10")];
  const readings = [
    ["2025-05-31", "1000"],
    ["2025-07-31", "1240"],
  ] as const;
  const refused = metered({ readings, bent: { accessRefused } });
  t.same(row(refused), [
    ["AVERAGE 120"],
    ["AVERAGE 120"],
    ["AVERAGE 120"],
    ["NORM 154", "KPOV 77"],
  ]);
  t.same(row(refused, { "norm.k.p59v": "1.2" })[3], ["NORM 154", "KPOV 30.8"]);
  const dates = [
    ["2025-06-09", "METER 90", "sent before the act"],
    ["2025-06-10", "AVERAGE 120", "sent on the day of the act"],
  ] as const;
  for (const [on, want, why] of dates) {
    const facts = metered({
      readings: [
        ["2025-05-31", "1000"],
        [on, "1090"],
      ],
      bent: { accessRefused },
    });
    t.same(volumes("2025-06", facts), [want], why);
  }
  const until = { accessRefused: [dated("3", "2025-06-10", "2025-09-11")] };
  const past = {
    history: [...METERED, ...history("2025-06", ["120", "120", "120"], "AVERAGE")],
    missedPeriods: 3,
  };
  t.same(
    volumes("2025-09", metered({ readings, bent: until }, past)),
    ["NORM 154", "KPOV 25.6667"],
    "ten days × 1.5: 77 − 51.3333",
  );
  const check = [
    ["2025-05-31", "1000"],
    ["2025-09-11", "1500", "CHECK"],
  ] as const;
  t.same(
    volumes("2025-09", metered({ readings: check, bent: until }, past)),
    ["METER_DELTA 140"],
    "the check finds 500, 360 were charged",
  );
  const consumer = [
    ["2025-05-31", "1000"],
    ["2025-09-10", "1500"],
  ] as const;
  t.match(volumes("2025-09", metered({ readings: consumer, bent: until }, past))[0], /^NORM/);
});

t.test("4, 7. no reading, no meter, nobody registered", async (t) => {
  t.same(row(metered({ readings: [["2025-05-31", "1000"]] })), [
    ["AVERAGE 120"],
    ["AVERAGE 120"],
    ["AVERAGE 120"],
    ["NORM 154"],
  ]);
  const old = { missedPeriods: 5, history: history("2015-06", ["120", "120", "120"]) };
  const unread = metered({ readings: [["2015-12-31", "1000"]] }, old);
  t.same(volumes("2016-06", unread), ["AVERAGE 120"], "six periods until the end of 2016");
  t.same(volumes("2017-01", unread), ["NORM 154"], "three since 2017");

  const owners = [dated(3)];
  t.same(volumes("2025-06", byNorm({ owners })), ["NORM 154"], "somebody is registered");
  t.same(volumes("2025-06", byNorm({ owners }, { residents: [] })), ["NORM 231"]);
  t.same(
    volumes("2025-06", byNorm({ owners }, { residents: [dated(2, "2025-06-21")] })),
    ["NORM 205.3333"],
    "77 × (3 × 20 + 2 × 10) / 30",
  );
  t.same(volumes("2016-12", byNorm({})), ["NORM 154"]);
  t.same(volumes("2017-01", byNorm({})), ["NORM 154", "KPOV 77"], "K 1.5 of 2017 …");
  t.same(volumes("2020-06", byNorm({})), ["NORM 154", "KPOV 77"]);
  t.same(volumes("2020-07", byNorm({})), ["NORM 154"], "… to June 2020");
  const impossible = { meterImpossible: [{ from: day("2020-06-01"), to: day("2020-07-01") }] };
  t.same(volumes("2020-06", byNorm(impossible)), ["NORM 154"], "a meter is impossible by act");
  const rows = byNorm(
    {},
    {
      norm: [dated("ROWS")],
      residents: [
        dated(1, "2000-01-01", "2025-06-11"),
        dated(3, "2025-06-11", "2025-06-21"),
        dated(2, "2025-06-21"),
      ],
    },
  );
  // Person-days 10 + 30 + 20 = 60 of 30 days.
  t.same(volumes("2025-06", rows), ["NORM 164"], "the last day: 82 × 60 / 30");
  const last = byNorm(
    {},
    {
      norm: [dated("ROWS")],
      residents: [dated(2, "2000-01-01", "2025-06-30"), dated(3, "2025-06-30")],
    },
  );
  t.same(volumes("2025-06", last), ["NORM 128.1"], "three on the last day: 63 × 61 / 30");
  t.same(volumes("2025-06", rows, { "norm.tableRow": "FIRST_DAY" }), ["NORM 264"], "132 × 2");
  t.same(volumes("2025-06", rows, { "norm.tableRow": "MAX" }), ["NORM 126"], "63 × 2");
});

t.test("a new edition of the norm starts on its day", async (t) => {
  const [old] = norms("77");
  const [next] = norms("60");
  if (old === undefined || next === undefined) throw new Error("no norm");
  const edge = day("2025-06-11");
  const law = {
    ...LAW,
    norms: {
      N77: [
        { ...old, to: edge },
        { ...next, from: edge },
      ],
    },
  };
  const { lines } = billSite(site("2025-06", [byNorm({})], [], { law }), RULES_NOW);
  // 77 × 20 / 30 + 60 × 40 / 30, rounded once.
  t.same(lines.map(lineText), ["NORM 2025-06 T0/1 131.3333 131.33"]);
});

t.test("what a check finds is less the share of a fixed volume", async (t) => {
  // 920 of 92 days, 31 of them of May: 610, less the 120 of June by average.
  const facts = metered(
    {
      readings: [
        ["2025-04-30", "1000"],
        ["2025-07-31", "1920", "CHECK"],
      ],
      bent: { fixedVolumes: [dated(kwh("300"), "2025-05-01", "2025-06-01")] },
    },
    {
      history: [
        ...history("2025-02", ["120", "120", "120"]),
        ...history("2025-06", ["120"], "AVERAGE"),
      ],
      missedPeriods: 1,
    },
  );
  t.same(volumes("2025-07", facts), ["METER_DELTA 490"]);
});

t.test("fixed months enter no row of missed periods and no mean", async (t) => {
  const bent = { fixedVolumes: [dated(kwh("300"), "2025-03-01", "2025-06-01")] };
  const past = history("2024-12", ["120", "120", "120"]);
  const facts = metered({ readings: [["2025-02-28", "1000"]], bent }, { history: past });
  const fixed = ["2025-03", "2025-04", "2025-05"].map((of) => [of, bill(of, facts)] as const);
  const june = {
    ...facts,
    missedPeriods: 3,
    posted: fixed.flatMap(([of, lines]) => posted(lines, of)),
    late: fixed.map(([of]) => month(of)),
  };
  t.same(volumes("2025-06", june), ["AVERAGE 120"]);

  // May: 20 days by meter, 80; eleven days fixed, in no mean: (3 × 120 + 80) / 4.
  const part = metered(
    {
      readings: [
        ["2025-04-30", "1000"],
        ["2025-05-31", "1124"],
      ],
      bent: { fixedVolumes: [dated(kwh("310"), "2025-05-21", "2025-06-01")] },
    },
    { history: history("2025-02", ["120", "120", "120"]) },
  );
  const may = bill("2025-05", part);
  t.same(may.map(lineText), ["METER 2025-05 T0/1 80 80.00", "FIXED 2025-05 T0/1 110 110.00"]);
  const again = { ...part, posted: posted(may, "2025-05"), late: [month("2025-05")] };
  t.same(volumes("2025-06", again), ["AVERAGE 110"]);
});

t.test("stopped months are not missed ones", async (t) => {
  const bent = { stops: [dated("SUSPENDED" as const, "2025-06-01", "2025-09-01")] };
  const facts = metered({ readings: [["2025-05-31", "1000"]], bent }, { missedPeriods: 3 });
  t.same(volumes("2025-09", facts), ["AVERAGE 120"], "the first month without a reading");
});

t.test("every case is explained", async (t) => {
  const bent = {
    owners: [dated(3)],
    fixedVolumes: [dated(kwh("90"), "2025-09-26")],
    stops: [dated("SUSPENDED" as const, "2025-09-21", "2025-09-24")],
    accessRefused: [dated("3", "2025-06-10", "2025-09-11")],
  };
  const past = {
    history: [...METERED, ...history("2025-06", ["120", "120", "120"], "AVERAGE")],
    missedPeriods: 3,
    residents: [],
  };
  const refused = metered({ readings: JUNE.slice(0, 1), bent }, past);
  const broken = metered(
    { readings: JUNE, faults: [dated("LOST" as const, "2025-09-16")], bent: NO_CIRCUMSTANCES },
    { ...past, residents: [dated(1)], missedPeriods: 0 },
  );
  const words = [
    [
      refused,
      [
        /нет доступа к прибору по акту 3, 4-й/i,
        /собственников/,
        /приостановлена/,
        /Договорной объём 90/,
      ],
    ],
    [broken, [/прибор утрачен, 1-й расчётный период/i]],
  ] as const;
  for (const [facts, texts] of words) {
    const trace: Trace = [];
    const { lines, problems } = billSite(siteOf("2025-09", facts), RULES_NOW, trace);
    t.same(problems, []);
    t.same(lines, billSite(siteOf("2025-09", facts), RULES_NOW).lines);
    for (const line of lines) {
      const last = trace.filter((step) => step.ordinal === line.ordinal).at(-1);
      t.equal(last?.result, rubles(line.amount), lineText(line));
    }
    const all = trace.map((step) => step.text).join("\n");
    for (const text of texts) t.match(all, text);
    t.ok(trace.every((step) => step.formula !== "" && step.clause !== ""));
  }
});
