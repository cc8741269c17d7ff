import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import type { AccountFacts, MeterFacts, PointFacts } from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { formatScaled } from "../../normalizer/model/units.ts";
import { CURRENT_RULES, type Rules, rulesOf } from "../rules.ts";
import { billSite } from "./site.ts";
import {
  account,
  circumstances,
  dated,
  history,
  kwh,
  lawOf,
  meter,
  norms,
  posted,
  reading,
  site,
  tariffs,
} from "./testing.ts";

// Two points of one account, A = 1 and B = 2. Price 1 ₽: a sum is a volume. Two persons, 77 each:
// 154 by norm. Before June A took 90 a month; B 30, 30 and 36: a mean of 96 / 3 = 32.
const RULES_NOW = rulesOf(CURRENT_RULES);
const LAW = lawOf({ URBAN_GAS: tariffs([["2010-01-01", { T0: "1" }]]) }, { N77: norms("77") });
const OF_A = history("2025-03", ["90", "90", "90"]);
const OF_B = history("2025-03", ["30", "30", "36"]);
const MAY = ["2025-05-31", "500"] as const;

type States = readonly (readonly [string, string])[];

function point(
  number: number,
  states: States,
  past: Partial<NonNullable<PointFacts["past"]>> = {},
  more: Partial<MeterFacts> = {},
): PointFacts {
  const readings = states.map(([on, value]) => reading(on, [value]));
  return {
    point: number,
    meters: [meter(number === 1 ? "A-11" : "B-22", readings, more)],
    past: { history: number === 1 ? OF_A : OF_B, missedPeriods: 0, ...past },
  };
}

const A = point(1, [
  ["2025-05-31", "100"],
  ["2025-06-30", "180"],
]);
const broken = (from: string): Partial<MeterFacts> => ({
  faults: [dated("BROKEN", from)],
});

function accountOf(points: readonly PointFacts[], more: Partial<AccountFacts> = {}): AccountFacts {
  const norm = [dated("N77")];
  return account(1, { norm, residents: [dated(2)], points, ...more });
}

function bill(facts: AccountFacts, rules: Rules = RULES_NOW, trace?: Trace): readonly Line[] {
  const { lines, problems } = billSite(site("2025-06", [facts], [], { law: LAW }), rules, trace);
  t.same(problems, []);
  return lines;
}

/** "2 AVERAGE 32": point, kind and volume. */
function text({ point, kind, volume }: Line): string {
  return `${point} ${kind} ${formatScaled(volume, 4)}`;
}

const noMean = { history: OF_B.slice(0, 2) };
const cases: readonly (readonly [string, readonly PointFacts[], readonly string[]])[] = [
  [
    "B broken all the month: its own mean",
    [A, point(2, [MAY], {}, broken("2025-06-01"))],
    ["1 METER 80", "2 AVERAGE 32"],
  ],
  [
    "B broken from the 11th, without a reading: the days since its last one",
    [A, point(2, [MAY], {}, broken("2025-06-11"))],
    ["1 METER 80", "2 AVERAGE 32"],
  ],
  [
    "B broken from the 11th, read on the 10th: 20 of 30 days by mean, 21.3333",
    [A, point(2, [MAY, ["2025-06-10", "510"]], {}, broken("2025-06-11"))],
    ["1 METER 80", "2 METER 10", "2 AVERAGE 21.3333"],
  ],
  ["B not read", [A, point(2, [MAY])], ["1 METER 80", "2 AVERAGE 32"]],
  [
    "B read, A not: the mean of A",
    [point(1, [["2025-05-31", "100"]]), point(2, [MAY, ["2025-06-30", "507"]])],
    ["2 METER 7", "1 AVERAGE 90"],
  ],
  [
    "neither read",
    [point(1, [["2025-05-31", "100"]]), point(2, [MAY])],
    ["1 AVERAGE 90", "2 AVERAGE 32"],
  ],
  [
    "B not read for three periods before: the norm",
    [A, point(2, [MAY], { missedPeriods: 3 })],
    ["1 METER 80", "2 NORM 154"],
  ],
  [
    "two periods before: the third is by mean",
    [A, point(2, [MAY], { missedPeriods: 2 })],
    ["1 METER 80", "2 AVERAGE 32"],
  ],
  ["two months make no mean of B", [A, point(2, [MAY], noMean)], ["1 METER 80", "2 NORM 154"]],
  [
    "no mean at either: the household has one norm",
    [point(1, [["2025-05-31", "100"]], noMean), point(2, [MAY], noMean)],
    ["1 NORM 154"],
  ],
  [
    "the norm of 20 days at A, 102.6667, leaves B 10 days, 51.3333",
    [
      point(
        1,
        [
          ["2025-05-31", "100"],
          ["2025-06-10", "180"],
        ],
        noMean,
        broken("2025-06-11"),
      ),
      point(2, [MAY], noMean),
    ],
    ["1 METER 80", "1 NORM 102.6667", "2 NORM 51.3333"],
  ],
  [
    "B added on the 16th: nothing of it before",
    [
      A,
      point(
        2,
        [
          ["2025-06-15", "0"],
          ["2025-06-30", "20"],
        ],
        { history: [] },
        {
          installed: { from: day("2025-06-16"), to: null },
        },
      ),
    ],
    ["1 METER 80", "2 METER 20"],
  ],
  [
    "B removed in May: no point of June",
    [A, point(2, [MAY], {}, { installed: { from: day("2010-01-01"), to: day("2025-06-01") } })],
    ["1 METER 80"],
  ],
];

for (const [why, points, want] of cases) {
  t.test(why, async (t) => {
    t.same(bill(accountOf(points)).map(text), want);
  });
}

t.test("both meters removed: the point that had one last is estimated", async (t) => {
  const until = (to: string) => ({ installed: { from: day("2010-01-01"), to: day(to) } });
  const points = [point(1, [], {}, until("2025-04-01")), point(2, [MAY], {}, until("2025-06-01"))];
  t.same(bill(accountOf(points)).map(text), ["2 AVERAGE 32"]);
});

t.test("a договорной объём is charged once", async (t) => {
  const fixed = circumstances({ fixedVolumes: [dated(kwh("100"), "2025-06-01")] });
  t.same(bill(accountOf([A, point(2, [MAY])], { circumstances: fixed })).map(text), [
    "1 FIXED 100",
  ]);
});

// May: A by meter 80, B by its mean 32. B moved 61 in the 61 days of May and June: 31 and 30.
t.test("a reading of B after an estimated month corrects May at B alone", async (t) => {
  const points = [
    point(
      1,
      [
        ["2025-04-30", "20"],
        ["2025-05-31", "100"],
        ["2025-06-30", "180"],
      ],
      { history: [...OF_A.slice(0, 2), ...history("2025-05", ["80"])] },
    ),
    point(
      2,
      [
        ["2025-04-30", "500"],
        ["2025-06-30", "561"],
      ],
      {
        history: [
          ...history("2025-02", ["36"]),
          ...OF_B.slice(0, 2),
          ...history("2025-05", ["32"], "AVERAGE"),
        ],
        missedPeriods: 1,
      },
    ),
  ];
  const may = accountOf([
    point(
      1,
      [
        ["2025-04-30", "20"],
        ["2025-05-31", "100"],
      ],
      { history: OF_A.slice(0, 2) },
    ),
    point(2, [["2025-04-30", "500"]], {
      history: [...history("2025-02", ["36"]), ...OF_B.slice(0, 2)],
    }),
  ]);
  const before = billSite(site("2025-05", [may], [], { law: LAW }), RULES_NOW).lines;
  t.same(before.map(text), ["1 METER 80", "2 AVERAGE 32"]);
  const facts = accountOf(points, { posted: posted(before, "2025-05") });
  t.same(bill(facts).map(text), ["1 METER 80", "2 METER 30", "2 METER -1"]);
});

t.test(
  "a run made before the rule is explained as it was: the points were one measure",
  async (t) => {
    const { "households.points": _, ...before } = CURRENT_RULES;
    const points = [A, point(2, [MAY], {}, broken("2025-06-01"))];
    t.same(bill(accountOf(points), rulesOf(before)).map(text), ["1 METER 80"]);
  },
);

t.test("the explanation names the point whose meter fails", async (t) => {
  const trace: Trace = [];
  bill(accountOf([A, point(2, [MAY], {}, broken("2025-06-01"))]), RULES_NOW, trace);
  const step = trace.find(({ clause }) => clause === "ПП РФ 354, п. 59 «а», 81(12)");
  t.match(step, {
    text:
      "Точка учёта 2, прибор № B-22: прибор неисправен, 1-й расчётный период подряд: " +
      "среднемесячный расход за 01.06.2025 – 30.06.2025 по месяцам 03.2025, 04.2025, 05.2025",
    formula: "(30 + 30 + 36) / 3",
    result: "T0 32 кВт·ч",
  });
});
