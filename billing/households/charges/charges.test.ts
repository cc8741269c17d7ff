import t from "tap";
import type { Circumstances } from "../../../normalizer/model/circumstances.ts";
import { addMonths, day, month } from "../../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts, Switches } from "../../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../../normalizer/model/lines.ts";
import { kopecks } from "../../../normalizer/model/units.ts";
import { CURRENT_RULES, rulesOf } from "../../rules.ts";
import { rubles } from "../../wording.ts";
import { billSite } from "../site.ts";
import {
  absence,
  account,
  breach,
  circumstances,
  dated,
  kwh,
  lawOf,
  lineText,
  meter,
  norms,
  ORIGIN,
  posted,
  reading,
  site,
  tariffs,
} from "../testing.ts";

// Worked examples of billing-individuals.md, sections 5.2 and 10 to 13, as facts of an account.
const RULES_NOW = rulesOf(CURRENT_RULES);
const PRICE_551 = tariffs([["2024-01-01", { T0: "5.51" }]]);
const plotNorm = (perUnit: string) => [
  { from: day("2000-01-01"), to: null, perUnit: kwh(perUnit), act: "участок", origin: ORIGIN },
];
const LAW = {
  ...lawOf(
    { URBAN_GAS: PRICE_551, RURAL: tariffs([["2024-01-01", { T0: "3.86" }]]) },
    { N77: norms("77") },
  ),
  plotNorms: { CATTLE: plotNorm("5.5"), LIGHTING: plotNorm("0.5") },
};

/** An account by norm, without a meter and without the possibility of one. */
function byNorm(persons: number, bent: Partial<Circumstances>): AccountFacts {
  return account(1, {
    norm: [dated("N77")],
    residents: [dated(persons)],
    circumstances: circumstances({
      meterImpossible: [{ from: day("2000-01-01"), to: null }],
      ...bent,
    }),
  });
}

/** Read on the last days of the month and of the one before. */
function byMeter(
  period: string,
  [before, after]: readonly [string, string],
  bent: Partial<Circumstances>,
): AccountFacts {
  const ends = (of: string) => reading(`${of}-01`, [before]).stateAt - 1;
  const first = ends(period);
  const next = ends(addMonthText(period));
  const states = [
    { ...reading("2020-01-01", [before]), stateAt: first },
    { ...reading("2020-01-01", [after]), stateAt: next },
  ] as ReturnType<typeof reading>[];
  return account(1, {
    norm: [dated("N77")],
    residents: [dated(1)],
    points: [{ point: 7, meters: [meter("M", states)] }],
    circumstances: circumstances(bent),
  });
}

function addMonthText(period: string): string {
  const next = addMonths(month(period), 1);
  return `${Math.floor(next / 12)}-${String((next % 12) + 1).padStart(2, "0")}`;
}

function siteOf(period: string, facts: AccountFacts, switches: Switches = {}): SiteFacts {
  return site(period, [facts], [], { law: LAW, switches });
}

function bill(period: string, facts: AccountFacts, switches: Switches = {}): readonly Line[] {
  const billed = billSite(siteOf(period, facts, switches), RULES_NOW);
  t.same(billed.problems, []);
  return billed.lines;
}

const texts = (period: string, facts: AccountFacts, switches: Switches = {}) =>
  bill(period, facts, switches).map(lineText);

t.test("supplier late with the meter (section 5.2): −63.64", async (t) => {
  const meterDelays = [dated("акт 5", "2025-06-10")];
  t.same(texts("2026-06", byNorm(3, { meterDelays })), [
    "NORM 2026-06 T0/1 231 1272.81",
    "KDELAY 2026-06 T0/1 0 -63.64",
  ]);
  t.same(texts("2026-06", byMeter("2026-06", ["0", "231"], { meterDelays })), [
    "METER 2026-06 T0/1 231 1272.81",
    "KDELAY 2026-06 T0/1 0 -63.64",
  ]);
  const days: readonly (readonly [string, string | undefined, string, boolean, string])[] = [
    ["2025-06-10", undefined, "2025-12", false, "the law begins in 2026"],
    ["2025-05-10", undefined, "2025-12", false, "a whole month after the term of 10.11"],
    ["2025-06-10", undefined, "2026-01", true, "an older case too"],
    ["2025-12-31", undefined, "2026-06", false, "the term ends on 30.06"],
    ["2025-12-31", undefined, "2026-07", true, "all July is after it"],
    ["2026-01-01", undefined, "2026-07", false, "01.07 is still in time"],
    ["2026-01-01", undefined, "2026-08", true, "the first full month"],
    ["2026-01-01", "2026-08-31", "2026-08", false, "installed on the last day"],
    ["2026-01-01", "2026-09-01", "2026-08", true, "installed on the day after"],
    ["2026-12-31", undefined, "2027-06", false, "six months for a case of 2026"],
    ["2026-12-31", undefined, "2027-07", true, "its first full month"],
    ["2027-01-01", undefined, "2027-04", false, "three months for a case of 2027"],
    ["2027-01-01", undefined, "2027-05", true, "its first full month"],
  ];
  for (const [from, to, period, isLate, why] of days) {
    const delays = to === undefined ? [dated("акт", from)] : [dated("акт", from, to)];
    const lines = bill(period, byNorm(3, { meterDelays: delays }));
    t.equal(lines.length, isLate ? 2 : 1, `${from} ${period}: ${why}`);
  }
  // 21.06 on and 11.04 to 24.06: together all June.
  const both = [
    dated("акт 1", "2026-12-20", "2027-07-10"),
    dated("акт 2", "2027-01-10", "2027-06-25"),
  ];
  t.equal(bill("2027-06", byNorm(3, { meterDelays: both })).length, 2);
  const gap = [both[0], dated("акт 2", "2027-01-10", "2027-06-20")] as typeof both;
  t.equal(bill("2027-06", byNorm(3, { meterDelays: gap })).length, 1, "20.06 is in no delay");
  // 1272.81 exact: × (1 − 0.05 × 30 / 31) of July, 30 days after 01.07.
  const part = { "meterDelay.partialMonth": "true" };
  t.same(texts("2026-07", byNorm(3, { meterDelays: [dated("акт", "2026-01-01")] }), part), [
    "NORM 2026-07 T0/1 231 1272.81",
    "KDELAY 2026-07 T0/1 0 -61.59",
  ]);
  // The unrounded volume: 77 × 2 × 20/30 = 102.66…67 × 5.51 × 0.95 = 537.4086… − 565.69.
  const half = { ...byNorm(2, { meterDelays }), served: { from: day("2026-06-11"), to: null } };
  t.same(texts("2026-06", half), [
    "NORM 2026-06 T0/1 102.6667 565.69",
    "KDELAY 2026-06 T0/1 0 -28.28",
  ]);
});

t.test("the reduction is of the volume before its rounding (section 5.2)", async (t) => {
  // 77 × 2 × 10 / 30 = 51.33…: × 3.15 × 0.95 = 153.615, and 153.6139 of the rounded 51.3333.
  const meterDelays = [dated("акт 5", "2025-06-10")];
  const facts = { ...byNorm(2, { meterDelays }), served: { from: day("2026-06-21"), to: null } };
  const law = { ...LAW, tariffs: { URBAN_GAS: tariffs([["2024-01-01", { T0: "3.15" }]]) } };
  t.same(billSite(site("2026-06", [facts], [], { law }), RULES_NOW).lines.map(lineText), [
    "NORM 2026-06 T0/1 51.3333 161.70",
    "KDELAY 2026-06 T0/1 0 -8.08",
  ]);
});

const use = (name: string, units: number, from = "2000-01-01", to?: string) =>
  dated({ use: name, unitsE4: units * 10_000 }, from, to);

t.test("land plot without a meter (section 10): 696.73", async (t) => {
  const plotUses = [use("CATTLE", 3), use("LIGHTING", 20)];
  const rural = { ...byNorm(2, { plotUses }), category: [dated("RURAL")] };
  t.same(texts("2025-04", rural), [
    "NORM 2025-04 T0/1 154 594.44",
    "PLOT 2025-04 T0/1 16.5 63.69",
    "PLOT 2025-04 T0/1 10 38.60",
  ]);
  t.same(texts("2025-04", byMeter("2025-04", ["0", "10"], { plotUses })), [
    "METER 2025-04 T0/1 10 55.10",
  ]);
  const history = ["2025-01", "2025-02", "2025-03"].map((of) => ({
    month: month(of),
    method: "METER" as const,
    volumes: { T0: kwh("120") },
  }));
  const unread = { ...byMeter("2025-01", ["0", "10"], { plotUses }), history };
  t.same(texts("2025-04", unread), ["AVERAGE 2025-04 T0/1 120 661.20"], "a mean holds the plot");
  // 3 × 5.5 × 20/30 = 11: the cattle are there from 11.04.
  const part = byNorm(2, { plotUses: [use("CATTLE", 3, "2025-04-11")] });
  t.equal(texts("2025-04", part)[1], "PLOT 2025-04 T0/1 11 60.61");
  const unknown = byNorm(2, { plotUses: [use("BEES", 3)] });
  t.match(billSite(siteOf("2025-04", unknown), RULES_NOW).problems, [
    { held: true, problem: { code: "NO_NORM", values: { name: "BEES" } } },
  ]);
  t.same(
    texts("2025-04", byNorm(2, { plotUses: [use("BEES", 3, "2025-05-01")] })),
    ["NORM 2025-04 T0/1 154 848.54"],
    "not kept in the month",
  );
});

/** Facts with the lines of closed months posted and these months late. */
function lateOf(facts: AccountFacts, before: readonly (readonly [string, readonly Line[]])[]) {
  return {
    ...facts,
    posted: before.flatMap(([period, lines]) => posted(lines, period)),
    late: before.map(([period]) => month(period)),
  };
}

t.test("temporary absence (section 11): −343.98, entered in time or late", async (t) => {
  const absences = [absence("2025-05-10", "2025-06-05")];
  const away = byNorm(2, { absences });
  t.same(texts("2025-05", away), [
    "NORM 2025-05 T0/1 154 848.54",
    "ABSENCE 2025-05 T0/1 -52.1613 -287.41",
  ]);
  t.same(texts("2025-06", away), [
    "NORM 2025-06 T0/1 154 848.54",
    "ABSENCE 2025-06 T0/1 -10.2667 -56.57",
  ]);
  const home = byNorm(2, {});
  const before = ["2025-05", "2025-06"].map((period) => [period, bill(period, home)] as const);
  t.same(texts("2025-07", lateOf(away, before)), [
    "NORM 2025-07 T0/1 154 848.54",
    "ABSENCE 2025-05 T0/1 -52.1613 -287.41",
    "ABSENCE 2025-06 T0/1 -10.2667 -56.57",
  ]);
  const given = ["2025-05", "2025-06"].map((period) => [period, bill(period, away)] as const);
  for (const facts of [home, { ...home, circumstances: account(1).circumstances }])
    t.same(
      texts("2025-07", lateOf(facts, given)).slice(1),
      ["ABSENCE 2025-05 T0/1 52.1613 287.41", "ABSENCE 2025-06 T0/1 10.2667 56.57"],
      "a withdrawn application is taken back",
    );
});

t.test("an absence that gives nothing says why and holds nothing", async (t) => {
  const from = day("2025-05-11");
  const full = day("2025-06-05");
  const impossible = (to: number | null, since: number = from) => ({
    meterImpossible: [{ from: since, to }] as unknown as Circumstances["meterImpossible"],
  });
  const away = { absences: [absence("2025-05-10", "2025-06-05")] };
  const cases: readonly (readonly [AccountFacts, string | null, string])[] = [
    [byNorm(1, { absences: [absence("2025-05-10", "2025-05-16")] }), "LE_5_FULL_DAYS", "5 days"],
    [byNorm(1, { absences: [absence("2025-05-10", "2025-05-17")] }), null, "6 days"],
    [byNorm(1, { absences: [absence("2025-05-10", "2025-05-10")] }), "LE_5_FULL_DAYS", "a day"],
    [byNorm(1, { ...away, ...impossible(full) }), null, "the act holds to the arrival"],
    [byNorm(1, { ...away, ...impossible(full - 1) }), "METER_OR_FEASIBLE", "a day too short"],
    [byNorm(1, { ...away, ...impossible(null, from + 1) }), "METER_OR_FEASIBLE", "a day late"],
    [byNorm(1, { ...away, meterImpossible: [] }), "METER_OR_FEASIBLE", "no act"],
    [
      byNorm(1, {
        ...away,
        meterImpossible: [
          { from: day("2025-05-20"), to: null },
          { from: day("2025-05-01"), to: day("2025-05-20") },
        ],
      }),
      null,
      "one act after another, the newer entered first",
    ],
    [
      byMeter("2025-05", ["0", "9"], { ...away, ...impossible(null) }),
      "METER_OR_FEASIBLE",
      "a meter",
    ],
    [
      byMeter("2025-05", ["0", "9"], { absences: [absence("2025-05-10", "2025-05-12")] }),
      "METER_OR_FEASIBLE",
      "the meter is asked first",
    ],
  ];
  for (const [facts, code, why] of cases) {
    const { lines, problems } = billSite(siteOf("2025-05", facts), RULES_NOW);
    t.equal(lines.length, code === null ? 2 : 1, why);
    t.same(
      problems.map(({ held, problem }) => [held, problem.code]),
      code === null ? [] : [[false, code]],
      why,
    );
  }
  const home = bill("2025-05", byNorm(1, {}));
  const late = lateOf(byNorm(1, { ...away, meterImpossible: [] }), [["2025-05", home]]);
  const { lines, problems } = billSite(siteOf("2025-06", late), RULES_NOW);
  t.equal(lines.length, 1);
  t.equal(problems.length, 1, "once for both months");
  const later = billSite(siteOf("2025-07", byNorm(1, { ...away, meterImpossible: [] })), RULES_NOW);
  t.same(later.problems, [], "no matter of July");
  const next = byNorm(1, { absences: [absence("2025-06-01", "2025-06-03")] });
  t.same(billSite(siteOf("2025-05", next), RULES_NOW).problems, [], "left on the first of June");
});

t.test("one application gives six months; another goes on", async (t) => {
  // July: 77 × 10 / 31 = 24.8387, at 5.51 = 136.86; its other 21 days 52.1613, 287.41.
  const first = absence("2025-01-10", "2025-08-01");
  const charged = "NORM 2025-07 T0/1 77 424.27";
  const cut = "ABSENCE 2025-07 T0/1 -24.8387 -136.86";
  const rest = "ABSENCE 2025-07 T0/1 -52.1613 -287.41";
  const long = byNorm(1, { absences: [first] });
  const both = byNorm(1, { absences: [first, absence("2025-07-10", "2025-08-01")] });
  const exact = byNorm(1, { absences: [absence("2025-01-10", "2025-07-11")] });
  const codes = (period: string, facts: AccountFacts, rules = RULES_NOW) =>
    billSite(siteOf(period, facts), rules).problems.map(({ problem }) => problem.code);
  t.same(texts("2025-07", exact), [charged, cut]);
  t.same(codes("2025-07", exact), [], "the day after six months is that of arrival");
  t.same(codes("2025-07", long), ["GT_6_MONTHS"]);
  t.same(billSite(siteOf("2025-07", long), RULES_NOW).lines.map(lineText), [charged, cut]);
  t.same(texts("2025-07", both), [charged, cut, rest]);
  const earlier = rulesOf({ ...CURRENT_RULES, "households.absence": 1 });
  t.same(codes("2025-07", long, earlier), [], "as lines of version 1 were charged: to the arrival");
  t.equal(billSite(siteOf("2025-07", long), earlier).lines[1]?.volume, kwh("-77"));
  const year = byNorm(1, { absences: [absence("2025-01-10", "2026-01-01")] });
  t.equal(billSite(siteOf("2025-08", year), RULES_NOW).lines.length, 1, "August by norm alone");
  t.same(codes("2025-08", year), ["GT_6_MONTHS"]);
  t.same(codes("2025-06", year), [], "June lies within");
});

t.test("acts (section 12): 7 869.20 and 2 909.28", async (t) => {
  const breaches = [breach("2025-04-14", "2025-04-16", { previousCheck: day("2025-02-20") })];
  const plain = { "tamper.deductCharged": "false" };
  const honest = byNorm(1, {});
  const before = ["2025-02", "2025-03"].map((period) => [period, bill(period, honest)] as const);
  const found = lateOf(byNorm(1, { breaches }), before);
  t.same(texts("2025-04", found, plain), [
    "NORM 2025-04 T0/1 77 424.27",
    "TAMPER 2025-04 T0/1 410.6667 2262.77",
    "TAMPER 2025-02 T0/1 247.5 1363.73",
    "TAMPER 2025-03 T0/1 770 4242.70",
  ]);
  t.same(
    texts("2025-04", found).slice(1),
    [
      "TAMPER 2025-04 T0/1 333.6667 1838.50",
      "TAMPER 2025-02 T0/1 170.5 939.46",
      "TAMPER 2025-03 T0/1 693 3818.43",
    ],
    "less the 77 kWh that each month was charged: the default",
  );
  const noEnd = { ...plain, "tamper.includeEndDate": "false" };
  t.equal(texts("2025-04", found, noEnd)[1], "TAMPER 2025-04 T0/1 385 2121.35", "15 of 30 days");
  const large = byMeter("2025-04", ["0", "5000"], { breaches });
  t.match(texts("2025-04", large)[1], /^TAMPER 2025-04 T0\/1 -4589.3333 /);
  t.equal(texts("2025-04", large, { "tamper.floor": "ZERO" })[1], "TAMPER 2025-04 T0/1 0 0.00");

  const type = "UNAUTHORISED";
  const powerKwE4 = 22_000;
  const connected = day("2025-04-07");
  const joined = breach("2025-04-14", "2025-04-16", { type, powerKwE4, connected });
  t.same(texts("2025-04", byNorm(1, { breaches: [joined] })), [
    "NORM 2025-04 T0/1 77 424.27",
    "UNAUTHORISED 2025-04 T0/1 528 2909.28",
  ]);
  const powered = byNorm(1, { breaches: [{ ...(breaches[0] as typeof joined), powerKwE4 }] });
  t.equal(texts("2025-04", powered)[1], "TAMPER 2025-04 T0/1 333.6667 1838.50", "always by norm");
  const ranged = {
    ...LAW,
    tariffs: { URBAN_GAS: tariffs([["2024-01-01", { T0: ["5", "6"] }]], ["400"]) },
  };
  const inRanges = (switches: Switches) =>
    billSite(
      site("2025-04", [byNorm(1, { breaches: [joined] })], [], { law: ranged, switches }),
      RULES_NOW,
    ).lines.map(lineText);
  t.same(inRanges({}).slice(1), ["UNAUTHORISED 2025-04 T0/1 528 2640.00"], "range 1");
  t.same(inRanges({ "tamper.useRanges": "true" }).slice(1), [
    "UNAUTHORISED 2025-04 T0/1 400 2000.00",
    "UNAUTHORISED 2025-04 T0/2 128 768.00",
  ]);
  const owned = {
    ...byNorm(0, {
      breaches: [{ ...joined, powerKwE4: null }],
      owners: [dated(2)],
    }),
  };
  t.same(
    texts("2025-04", owned),
    ["NORM 2025-04 T0/1 154 848.54", "UNAUTHORISED 2025-04 T0/1 513.3333 2828.47"],
    "power not known: 77 × 10 × 2 owners × 10 / 30",
  );
});

t.test("start of an act: three months back and not before the seal or the check", async (t) => {
  const firsts: readonly (readonly [Parameters<typeof breach>[2], string, string])[] = [
    [{}, "2025-01", "three months before 14.04"],
    [{ sealed: day("2025-01-31") }, "2025-01", "sealed on the last day of January"],
    [{ sealed: day("2025-02-01") }, "2025-02", "sealed a day later"],
    [{ previousCheck: day("2025-03-31") }, "2025-03", "checked in March"],
    [{ previousCheck: day("2025-04-01") }, "2025-04", "checked in April"],
    [{ type: "UNAUTHORISED", connected: day("2024-12-31") }, "2024-12", "a known day is not cut"],
  ];
  for (const [more, first, why] of firsts) {
    const breaches = [breach("2025-04-14", "2025-04-16", more)];
    const charged = ["2024-11", "2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05"];
    const kinds = charged.filter((period) => bill(period, byNorm(1, { breaches })).length > 1);
    t.equal(kinds[0], first, why);
    t.equal(kinds.at(-1), "2025-04", why);
  }
});

const benefit = (more: object, from = "2000-01-01", to?: string) =>
  dated(
    {
      category: "Ветеран труда",
      beneficiaries: 1,
      standard: kwh("60"),
      percentE2: 5000,
      isFamily: false,
      ...more,
    },
    from,
    to,
  );
const IN_RECEIPT = { "benefit.method": "IN_RECEIPT" };

t.test("benefit in the receipt (section 13): −165.30", async (t) => {
  const of = (more: object, from?: string, to?: string) => ({
    ...byMeter("2025-04", ["0", "210"], { benefits: [benefit(more, from, to)] }),
    residents: [dated(3)],
  });
  const cases = [
    [of({}), ["BENEFIT 2025-04 T0/1 0 -165.30"], "60 of min(70, 60)"],
    [of({ standard: kwh("80") }), ["BENEFIT 2025-04 T0/1 0 -192.85"], "70 of min(70, 80)"],
    [of({ isFamily: true }), ["BENEFIT 2025-04 T0/1 0 -495.90"], "180 of min(210, 180)"],
    [of({ beneficiaries: 5 }), ["BENEFIT 2025-04 T0/1 0 -495.90"], "not more than registered"],
    [
      {
        ...of({ standard: kwh("80") }),
        residents: [dated(3, "2000-01-01", "2025-05-01"), dated(1, "2025-05-01")],
      },
      ["BENEFIT 2025-04 T0/1 0 -192.85"],
      "registered on the last day of the month",
    ],
    [of({}, "2025-04-16"), ["BENEFIT 2025-04 T0/1 0 -82.65"], "15 of 30 days"],
    [of({}, "2025-05-01"), [], "from May"],
    [of({}, "2000-01-01", "2025-04-01"), [], "to the end of March"],
  ] as const;
  for (const [facts, want, why] of cases) {
    t.same(texts("2025-04", facts, IN_RECEIPT).slice(1), want, why);
    t.equal(bill("2025-04", facts).length, 1, "EXTERNAL: nothing in the receipt");
  }
  const nobody = { ...of({}), residents: [] };
  t.match(billSite(siteOf("2025-04", nobody, IN_RECEIPT), RULES_NOW).problems, [
    { held: false, problem: { code: "MISSING_REQUIRED", at: "residents" } },
  ]);
});

t.test("manual sums: each a line of its month, a closed month by its difference", async (t) => {
  const document = (name: string, of: string, amount: number) => ({
    document: name,
    month: month(of),
    amount: kopecks(amount),
    ground: "решение комиссии",
    origin: ORIGIN,
  });
  const manual = [
    document("1", "2025-04", -150_00),
    document("2", "2025-05", 20_05),
    document("3", "2025-05", -1_00),
  ];
  const facts = byNorm(1, { manual });
  const april = bill("2025-04", byNorm(1, {}));
  const lines = bill("2025-05", lateOf(facts, [["2025-04", april]]));
  t.same(lines.map(lineText), [
    "NORM 2025-05 T0/1 77 424.27",
    "MANUAL 2025-05 T0/1 0 20.05",
    "MANUAL 2025-05 T0/1 0 -1.00",
    "MANUAL 2025-04 T0/1 0 -150.00",
  ]);
  t.same(
    lines.map((line) => line.price === null),
    [false, true, true, true],
  );
});

t.test("ОДН of a posted month stays when something else of it changes", async (t) => {
  const regular = bill("2025-04", byNorm(1, {}));
  const odn = { ...(regular[0] as Line), ordinal: 2, kind: "ODN" } as Line;
  const facts = lateOf(byNorm(2, {}), [["2025-04", [...regular, odn]]]);
  t.same(texts("2025-05", facts), ["NORM 2025-05 T0/1 154 848.54", "NORM 2025-04 T0/1 77 424.27"]);
});

t.test("conformance cases of single rules, as facts of an account", async (t) => {
  const at = (prices: readonly (readonly [string, string])[], norm: string) =>
    lawOf(
      { URBAN_GAS: tariffs(prices.map(([from, price]) => [from, { T0: price }])) },
      { N77: norms(norm) },
    );
  const of = (period: string, facts: AccountFacts, law: SiteFacts["law"], switches = {}) =>
    billSite(site(period, [facts], [], { law, switches }), RULES_NOW).lines.map(lineText);
  const f01 = { absences: [absence("2025-03-03", "2025-03-24")] };
  const f04 = { absences: [absence("2025-03-03", "2025-03-10")] };
  const n93 = at([["2025-01-01", "5.51"]], "93");
  t.equal(of("2025-03", byNorm(1, f01), n93)[1], "ABSENCE 2025-03 T0/1 -60 -330.60", "F01");
  t.equal(of("2025-03", byNorm(1, f04), n93)[1], "ABSENCE 2025-03 T0/1 -18 -99.18", "F04");

  // F06: 40, 151, 149 and 120 kWh by meter from February on.
  const changing = at(
    [
      ["2025-01-01", "5.51"],
      ["2025-07-01", "6.24"],
    ],
    "93",
  );
  const readings = [
    reading("2025-01-31", ["0"]),
    reading("2025-02-28", ["40"]),
    reading("2025-03-31", ["191"]),
    reading("2025-04-30", ["340"]),
    reading("2025-05-31", ["460"]),
  ];
  const honest = {
    ...byNorm(2, {}),
    points: [{ point: 7, meters: [meter("M", readings)] }],
  };
  const months = ["2025-02", "2025-03", "2025-04"];
  const before = months.map(
    (period) =>
      [period, billSite(site(period, [honest], [], { law: changing }), RULES_NOW).lines] as const,
  );
  const sealed = { sealed: day("2024-01-10"), previousCheck: day("2024-11-01") };
  const breaches = [breach("2025-05-20", "2025-05-27", sealed)];
  t.same(
    of(
      "2025-05",
      lateOf({ ...honest, circumstances: circumstances({ breaches }) }, before),
      changing,
    ),
    [
      "METER 2025-05 T0/1 120 661.20",
      "TAMPER 2025-05 T0/1 1500 8265.00",
      "TAMPER 2025-02 T0/1 557.8571 3073.79",
      "TAMPER 2025-03 T0/1 1709 9416.59",
      "TAMPER 2025-04 T0/1 1711 9427.61",
    ],
    "F06",
  );

  const n103 = at(
    [
      ["2025-01-01", "5.51"],
      ["2025-07-01", "6.24"],
    ],
    "103",
  );
  const unknown = breach("2025-07-10", "2025-07-12", {
    type: "UNAUTHORISED",
    previousCheck: day("2025-05-15"),
  });
  const owned = { ...byNorm(0, { breaches: [unknown], owners: [dated(2)] }), residents: [] };
  t.same(
    ["2025-05", "2025-06", "2025-07"].map((period) => of(period, owned, n103)[1]),
    [
      "UNAUTHORISED 2025-05 T0/1 1129.6774 6224.52",
      "UNAUTHORISED 2025-06 T0/1 2060 11350.60",
      "UNAUTHORISED 2025-07 T0/1 797.4194 4975.90",
    ],
    "F09",
  );
  const uses = [
    ["LIGHTING_OUTBUILDINGS", 40],
    ["CATTLE", 2],
    ["WATERING_SEASON", 600],
  ] as const;
  const garden = {
    ...at([["2025-01-01", "3.86"]], "82"),
    plotNorms: {
      LIGHTING_OUTBUILDINGS: plotNorm("0.35"),
      CATTLE: plotNorm("6.8"),
      WATERING_SEASON: plotNorm("0.12"),
    },
  };
  const house = byNorm(3, { plotUses: uses.map(([name, units]) => use(name, units)) });
  t.same(
    of("2025-05", house, garden),
    [
      "NORM 2025-05 T0/1 246 949.56",
      "PLOT 2025-05 T0/1 14 54.04",
      "PLOT 2025-05 T0/1 13.6 52.50",
      "PLOT 2025-05 T0/1 72 277.92",
    ],
    "F11",
  );
  const f12 = {
    ...byMeter("2025-04", ["0", "187"], { benefits: [benefit({ standard: kwh("80") })] }),
    residents: [dated(2)],
  };
  t.equal(of("2025-04", f12, n93, IN_RECEIPT)[1], "BENEFIT 2025-04 T0/1 0 -220.40", "F12");

  const guests = byNorm(3, {});
  const b07 = {
    ...guests,
    residents: [dated(4, "2000-01-01", "2020-06-08"), dated(3, "2020-06-08")],
  };
  const impossible = { ...b07, circumstances: circumstances({}) };
  t.same(
    of("2020-06", impossible, at([["2020-01-01", "4.57"]], "77")),
    ["NORM 2020-06 T0/1 248.9667 1137.78", "KPOV 2020-06 T0/1 124.4833 568.89"],
    "B07: the coefficient of June 2020 is the default",
  );
  const b04 = {
    ...guests,
    residents: [dated(3, "2000-01-01", "2025-04-18"), dated(2, "2025-04-18")],
  };
  const n72 = at([["2025-01-01", "5.51"]], "72");
  t.same(of("2025-04", b04, n72), ["NORM 2025-04 T0/1 184.8 1018.25"], "B04");
});

t.test("an act where no norm can apply holds the account", async (t) => {
  const breaches = [breach("2025-04-14", "2025-04-16")];
  const facts = { ...byMeter("2025-04", ["0", "10"], { breaches }), norm: [] };
  t.match(billSite(siteOf("2025-04", facts), RULES_NOW).problems, [
    { held: true, problem: { code: "NO_NORM", at: "2025-04" } },
  ]);
  const power = breach("2025-04-14", "2025-04-16", { type: "UNAUTHORISED", powerKwE4: 10_000 });
  const known = { ...facts, circumstances: circumstances({ breaches: [power] }) };
  t.equal(texts("2025-04", known).length, 2, "by power it needs none");
});

t.test("documents in another order charge the same", async (t) => {
  const bent = {
    plotUses: [use("CATTLE", 3), use("LIGHTING", 7)],
    absences: [absence("2025-04-01", "2025-04-12"), absence("2025-04-09", "2025-04-20", 2)],
    breaches: [
      breach("2025-04-14", "2025-04-16"),
      breach("2025-04-20", "2025-04-21", { type: "UNAUTHORISED", powerKwE4: 5_000 }),
    ],
    benefits: [benefit({}), benefit({ category: "Ещё одна", percentE2: 3000 })],
  };
  const backwards = Object.fromEntries(
    Object.entries(bent).map(([name, list]) => [name, [...list].reverse()]),
  );
  const one = texts("2025-04", byNorm(3, bent), IN_RECEIPT);
  t.same([...texts("2025-04", byNorm(3, backwards), IN_RECEIPT)].sort(), [...one].sort());
  t.equal(one.length, 9);
});

t.test("each of them is explained to its amount", async (t) => {
  const all = {
    meterDelays: [dated("акт 5", "2025-06-10")],
    plotUses: [use("CATTLE", 3)],
    absences: [absence("2026-06-10", "2026-06-25")],
    breaches: [breach("2026-06-14", "2026-06-16")],
    benefits: [benefit({}), benefit({ isFamily: true, category: "Многодетная семья" })],
    manual: [
      {
        document: "7",
        month: month("2026-06"),
        amount: kopecks(-5_00),
        ground: "жалоба",
        origin: ORIGIN,
      },
    ],
  };
  const may = bill("2026-05", byNorm(2, {}));
  const facts = siteOf("2026-06", lateOf(byNorm(2, all), [["2026-05", may]]), IN_RECEIPT);
  const trace: Trace = [];
  const { lines } = billSite(facts, RULES_NOW, trace);
  t.same(lines, billSite(facts, RULES_NOW).lines, "a trace changes nothing");
  const kinds = ["NORM", "PLOT", "KDELAY", "BENEFIT", "ABSENCE", "TAMPER", "MANUAL"];
  t.same([...new Set(lines.map(({ kind }) => kind))], kinds);
  const words = trace.map((step) => `${step.text}: ${step.formula} = ${step.result}`).join("\n");
  for (const said of [
    "позднее из: 3 месяца до проверки 14.06.2026 = 14.03.2026",
    "Перерасчёт за 05.2026, вмешательство в прибор, зона T0: не начислялось",
    "срок 10.06.2025 – 10.12.2025",
    "полные дни без дней выезда и приезда: 11.06.2026 – 24.06.2026",
    "Вычтено начисленное за этот месяц обычными строками: 821,3333 − 154 = 667,3333 кВт·ч",
    "мин(154 × 1 / 2; 60 × 1) = 60 кВт·ч",
  ])
    t.ok(words.includes(said), said);
  // In full: text, formula, result, rounding and papers of the lines beside the norm of 154 kWh.
  const full = trace
    .filter(({ ordinal }) => ordinal !== null && ordinal > 1 && ordinal < 10)
    .map((step) => [
      step.text,
      step.formula,
      step.result,
      step.rounding ?? "",
      (step.sources ?? []).map((source) => source.text).join("; "),
    ]);
  const act = "приказ о тарифах с 2024-01-01";
  const tariff = `тариф с 01.01.2024: ${act}`;
  const fine = "до 0,0001 кВт·ч";
  const late = "Поставщик не поставил прибор в срок: акт 5 (срок 10.06.2025 – 10.12.2025)";
  for (const want of [
    // 3 × 5.5; 16.5 × 5.51 = 90.915.
    [
      "Использование участка без прибора, CATTLE: единицы × норматив × дни / дней в месяце",
      "3 × 5,5 × 30 / 30",
      "16,5 кВт·ч",
      fine,
      "использование участка, CATTLE: 3; участок",
    ],
    [
      `Земельный участок, CATTLE, зона T0, ${tariff}`,
      "16,5 кВт·ч × 5,51 ₽/кВт·ч",
      "90,92 ₽",
      "90,915 ₽ → 90,92 ₽",
      act,
    ],
    // 154 × 5.51 × 0.95 = 806.113, of 848.54.
    [
      `${late}; к оплате с коэффициентом 0,95, зона T0`,
      "154 × 5,51 ₽/кВт·ч × 0,95 = 806,11 ₽; 806,11 ₽ − 848,54 ₽",
      "-42,43 ₽",
      "к оплате до копейки: 806,11 ₽",
      "акт 5",
    ],
    // 60 × 5.51 / 2 = 165.30, 120 × 5.51 / 2 = 330.60.
    [
      "Льгота «Ветеран труда» на 1 из 2 зарегистрированных: объём в пределах стандарта 60 кВт·ч на человека",
      "мин(154 × 1 / 2; 60 × 1)",
      "60 кВт·ч",
      fine,
      "льгота «Ветеран труда»",
    ],
    [
      "Скидка 50 % по льготе «Ветеран труда», зона T0",
      "−60 кВт·ч × 5,51 ₽/кВт·ч × 50 %",
      "-165,30 ₽",
      "до копейки",
      act,
    ],
    [
      "Льгота «Многодетная семья» на всю семью, 2 чел.: объём в пределах стандарта 60 кВт·ч на человека",
      "мин(154; 60 × 2)",
      "120 кВт·ч",
      fine,
      "льгота «Многодетная семья»",
    ],
    // 77 × 14 / 30 = 35.9333 × 5.51 = 197.992.
    [
      `Снижение платы за время отсутствия, зона T0, ${tariff}`,
      "-35,9333 кВт·ч × 5,51 ₽/кВт·ч",
      "-197,99 ₽",
      "-197,992483 ₽ → -197,99 ₽",
      act,
    ],
    // Two persons for 16 days; 667.3333 × 5.51 = 3 677.006.
    [
      "Акт 12-А: первый день неучтённого потребления",
      "позднее из: 3 месяца до проверки 14.06.2026",
      "14.03.2026",
      "",
      "акт 12-А",
    ],
    [
      "Акт 12-А о вмешательстве в работу прибора: выявлено 14.06.2026, устранено 16.06.2026; дни месяца 01.06.2026 – 16.06.2026",
      "77 × 10 × 32 / 30",
      "821,3333 кВт·ч",
      fine,
      "акт 12-А; норматив",
    ],
    [
      `Доначислено по акту, зона T0, ${tariff}`,
      "667,3333 кВт·ч × 5,51 ₽/кВт·ч",
      "3677,01 ₽",
      "3677,006483 ₽ → 3677,01 ₽",
      act,
    ],
    ["Ручной перерасчёт за 06.2026, документ 7: жалоба", "-5,00 ₽", "-5,00 ₽", "", "документ 7"],
  ])
    t.ok(
      full.some((step) => step.join("|") === want.join("|")),
      want.join(" | "),
    );
  t.ok(lines.some(({ origin }) => origin === month("2026-05")));
  for (const line of lines) {
    const last = trace.filter((step) => step.ordinal === line.ordinal).at(-1);
    t.equal(last?.result, rubles(line.amount), lineText(line));
    t.ok((last?.clause ?? "") !== "" && (last?.formula ?? "") !== "");
  }
});
