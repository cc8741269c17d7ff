import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { addMonths, type Day, day, endDay, type Month, month } from "../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts, TariffVersion } from "../normalizer/model/facts.ts";
import type { Line } from "../normalizer/model/lines.ts";
import { formatFixed, formatScaled, kopecks } from "../normalizer/model/units.ts";
import { billSite } from "./households/site.ts";
import {
  absence,
  account,
  breach,
  circumstances,
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
} from "./households/testing.ts";
import { CURRENT_RULES, rulesOf } from "./rules.ts";

// Golden months: posted bills must come out the same for ever. A row names the rule version that
// made it; who changes a kopeck adds a version and rows of it, and leaves these. Volumes are by
// hand, in the comments; each amount is checked once more by decimal.js.

const MOSCOW_2021 = tariffs([
  ["2021-01-01", { T0: "5.73", T1: "6.59", T2: "2.52" }],
  ["2021-07-01", { T0: "5.93", T1: "6.82", T2: "2.65" }],
]);
const SAMARA_ROWS = ["132", "82", "63", "52", "45"].map(kwh);
const NORMS = {
  ROOMS_2: [
    { from: day("2000-01-01"), to: null, perPerson: SAMARA_ROWS, act: "норматив", origin: ORIGIN },
  ],
};
const LAW = { law: lawOf({ URBAN_GAS: MOSCOW_2021 }, NORMS) };

const byMeter = (...readings: readonly [string, readonly string[]][]): Partial<AccountFacts> => ({
  points: [
    {
      point: 1,
      meters: [
        meter(
          "0012345",
          readings.map(([on, at]) => reading(on, at)),
        ),
      ],
    },
  ],
});

const SITE: SiteFacts = site(
  "2021-07",
  [
    // 301 kWh of 30 days, 6 of them in June: 60.2 and the rest.
    account(1, byMeter(["2021-06-24", ["20000"]], ["2021-07-24", ["20301"]])),
    // Two zones, Ктт 20: (7.13 − 0.50) × 20 = 132.6 and (3.05 − 0.45) × 20 = 52.
    account(2, {
      points: [
        {
          point: 2,
          meters: [
            meter(
              "22",
              [reading("2021-06-30", ["0.50", "0.45"]), reading("2021-07-31", ["7.13", "3.05"])],
              {
                zones: ["T1", "T2"],
                ratio: 20,
              },
            ),
          ],
        },
      ],
    }),
    // Mean of 140, 155, 128, 131, 120, 149 = 823 / 6.
    account(3, {
      ...byMeter(["2021-06-30", ["500"]]),
      history: history("2021-01", ["140", "155", "128", "131", "120", "149"]),
    }),
    // No meter, three persons, one of them from the 11th: row of 3, 63 × (2 × 31 + 21) / 31.
    account(4, {
      norm: [dated("ROOMS_2")],
      residents: [dated(2, "2000-01-01", "2021-07-11"), dated(3, "2021-07-11")],
    }),
    // Removed on the 10th at 45407, new one 0 → 52 / 27: the old part has 5 of its 15 days in June.
    account(5, {
      points: [
        {
          point: 5,
          meters: [
            meter("55", [reading("2021-06-25", ["45331"]), reading("2021-07-10", ["45407"])], {
              digits: 5,
              installed: { from: day("2015-01-01"), to: day("2021-07-11") },
            }),
            meter("56", [reading("2021-07-10", ["0", "0"]), reading("2021-07-25", ["52", "27"])], {
              zones: ["T1", "T2"],
              installed: { from: day("2021-07-11"), to: null },
            }),
          ],
        },
      ],
    }),
  ],
  MOSCOW_2021,
  LAW,
);

const GOLDEN = [
  // account, rule@version, volume, price, amount
  [1, "households.meter@1", "60.2", "5.73", "344.95"],
  [1, "households.meter@1", "240.8", "5.93", "1427.94"],
  [2, "households.meter@1", "132.6", "6.82", "904.33"],
  [2, "households.meter@1", "52", "2.65", "137.80"],
  [3, "households.average@1", "137.1667", "5.93", "813.40"],
  [4, "households.norm@1", "168.6774", "5.93", "1000.26"],
  [5, "households.meter@1", "25.3333", "5.73", "145.16"],
  [5, "households.meter@1", "50.6667", "5.93", "300.45"],
  [5, "households.meter@1", "52", "6.82", "354.64"],
  [5, "households.meter@1", "27", "2.65", "71.55"],
] as const;

function row(line: Line): readonly [number, string, string, string, string] {
  return [
    line.account,
    `${line.rule}@${line.ruleVersion}`,
    formatScaled(line.volume, 4),
    formatScaled(line.price ?? 0, 5),
    formatFixed(line.amount, 2),
  ];
}

t.test("July 2021 comes out to the kopeck by the versions that posted it", async (t) => {
  const versions = { ...CURRENT_RULES };
  for (const name of ["meter", "average", "norm"]) versions[`households.${name}`] = 1;
  const billed = billSite(SITE, rulesOf(versions));
  t.same(billed.problems, []);
  t.same(billed.lines.map(row), GOLDEN);
  for (const [, , volume, price, amount] of GOLDEN) {
    const want = new Decimal(volume).times(price).toFixed(2, Decimal.ROUND_HALF_UP);
    t.equal(amount, want, `${volume} × ${price}`);
  }
});

// One price of 6.24. Account 1, three persons by norm, 63 each: 189. Cattle 2 × 6.8. The duty of
// June 2025 was due in December: × 0.95 of 1179.36 and of 84.864. One of three has the benefit:
// 50 of min(63, 50). Away on 17 full days: 63 × 17 / 28. Account 2: 82 × 10 × 2 persons × 13 days /
// 28 = 761.4286 less its 100 by meter. Account 3: the norm of one, 132 × 10 / 28, then 300 a month
// on 13 days.
const PLOT_2026 = { from: day("2026-01-01"), to: null, act: "участок", origin: ORIGIN };
const BENT: SiteFacts = site(
  "2026-02",
  [
    account(1, {
      norm: [dated("ROOMS_2")],
      residents: [dated(3)],
      circumstances: circumstances({
        meterImpossible: [{ from: day("2020-01-01"), to: null }],
        plotUses: [dated({ use: "CATTLE", unitsE4: 20_000 })],
        meterDelays: [dated("акт 4", "2025-06-10")],
        benefits: [
          dated({
            category: "Ветеран труда",
            beneficiaries: 1,
            standard: kwh("50"),
            percentE2: 5_000,
            isFamily: false,
          }),
        ],
        absences: [absence("2026-02-02", "2026-02-20")],
        manual: [
          {
            document: "12",
            month: month("2026-02"),
            amount: kopecks(-100_00),
            ground: "по решению комиссии",
            origin: ORIGIN,
          },
        ],
      }),
    }),
    account(2, {
      ...byMeter(["2026-01-31", ["500"]], ["2026-02-28", ["600"]]),
      norm: [dated("ROOMS_2")],
      residents: [dated(2)],
      circumstances: circumstances({
        breaches: [breach("2026-02-20", "2026-02-22", { previousCheck: day("2026-02-10") })],
      }),
    }),
    account(3, {
      norm: [dated("ROOMS_2")],
      residents: [dated(1)],
      circumstances: circumstances({
        fixedVolumes: [dated(kwh("300"), "2026-02-11")],
        stops: [dated("SUSPENDED", "2026-02-21", "2026-02-26")],
      }),
    }),
  ],
  [],
  {
    law: {
      ...lawOf({ URBAN_GAS: tariffs([["2026-01-01", { T0: "6.24" }]]) }, NORMS),
      plotNorms: { CATTLE: [{ ...PLOT_2026, perUnit: kwh("6.8") }] },
    },
    switches: { "benefit.method": "IN_RECEIPT" },
  },
);

const GOLDEN_BENT = [
  [1, "NORM households.norm@1", "189", "1179.36"],
  [1, "PLOT households.plot@1", "13.6", "84.86"],
  [1, "KDELAY households.delay@1", "0", "-58.97"],
  [1, "KDELAY households.delay@1", "0", "-4.24"],
  [1, "BENEFIT households.benefit@1", "0", "-156.00"],
  [1, "ABSENCE households.absence@2", "-38.25", "-238.68"],
  [1, "MANUAL households.manual@1", "0", "-100.00"],
  [2, "METER households.meter@1", "100", "624.00"],
  [2, "TAMPER households.tamper@1", "661.4286", "4127.31"],
  [3, "NORM households.norm@1", "47.1429", "294.17"],
  [3, "FIXED households.fixed@1", "139.2857", "869.14"],
] as const;

t.test("February 2026: what bends a bill, by the versions that posted it", async (t) => {
  const versions = { ...CURRENT_RULES };
  for (const [, rule] of GOLDEN_BENT) {
    const [name, version] = (rule.split(" ")[1] as string).split("@");
    versions[name as string] = Number(version);
  }
  const billed = billSite(BENT, rulesOf(versions));
  t.same(billed.problems, []);
  t.same(
    billed.lines.map((line) => [
      line.account,
      `${line.kind} ${line.rule}@${line.ruleVersion}`,
      formatScaled(line.volume, 4),
      formatFixed(line.amount, 2),
    ]),
    GOLDEN_BENT,
  );
});

// Two points: the first moved 60; the mean of the second is (20 + 30 + 35) / 3 = 28.3333.
const POINTS_2021: SiteFacts = site(
  "2021-03",
  [
    account(1, {
      points: [
        {
          point: 1,
          meters: [meter("1", [reading("2021-02-28", ["100"]), reading("2021-03-31", ["160"])])],
          past: { history: history("2020-12", ["90", "90", "90"]), missedPeriods: 0 },
        },
        {
          point: 2,
          meters: [meter("2", [reading("2021-02-28", ["7"])])],
          past: { history: history("2020-12", ["20", "30", "35"]), missedPeriods: 0 },
        },
      ],
    }),
  ],
  MOSCOW_2021,
);

const GOLDEN_POINTS = [
  ["households.points@1", 1, "60", "343.80"],
  ["households.points@1", 2, "28.3333", "162.35"],
] as const;

t.test("March 2021: two points of one account, by the version that parted them", async (t) => {
  const billed = billSite(POINTS_2021, rulesOf({ ...CURRENT_RULES, "households.points": 1 }));
  t.same(billed.problems, []);
  t.same(
    billed.lines.map(({ point, volume, amount }) => [
      "households.points@1",
      point,
      formatScaled(volume, 4),
      formatFixed(amount, 2),
    ]),
    GOLDEN_POINTS,
  );
});

t.test("every current version of a household rule has golden rows", async (t) => {
  const covered = new Set(GOLDEN.map(([, rule]) => rule as string));
  for (const [, rule] of GOLDEN_BENT) covered.add(rule.split(" ")[1] as string);
  for (const [rule] of GOLDEN_POINTS) covered.add(rule);
  for (const [name, version] of Object.entries(CURRENT_RULES))
    if (name.startsWith("households.")) t.ok(covered.has(`${name}@${version}`), name);
});

// One account read at the end of some months only; the others are by average. Whether a reading is
// known in time or later, the months must end with the same sums (ПП РФ 354 п. 61,
// REDISTRIBUTE_BY_DAYS).
const START = month("2021-02");

function lifeOf(states: readonly number[], lateBy: number): readonly Line[] {
  const lines: Line[] = [];
  const past = history("2020-08", ["120", "110", "130", "125", "118", "122"]);
  const all = states.map((value, index) => ({ value, on: endDay(addMonths(START, index)) }));
  for (let index = 0; index < states.length + lateBy; index += 1) {
    // The reading of the second month is known `lateBy` months later, the others in time.
    const known = all.filter((_, place) => index >= place + (place === 1 ? lateBy : 0));
    const isLate = lateBy > 0 && index === 1 + lateBy;
    lines.push(...monthLines(addMonths(START, index), known, lines, past, isLate));
  }
  return lines;
}

function monthLines(
  period: Month,
  states: readonly { readonly value: number; readonly on: Day }[],
  before: readonly Line[],
  past: ReturnType<typeof history>,
  isLate: boolean,
): readonly Line[] {
  const readings = [
    reading("2021-01-31", ["1000"]),
    ...states.map(({ value, on }) => ({ ...reading("2021-01-31", [String(value)]), stateAt: on })),
  ];
  const origins = [...new Set(before.map((line) => line.origin))];
  const months = [
    ...past,
    ...origins.map((origin) => ({
      month: origin,
      method: methodOf(before.filter((line) => line.origin === origin)),
      volumes: {},
    })),
  ];
  let missed = 0;
  while (months.at(-1 - missed)?.method !== "METER") missed += 1;
  const late = isLate ? origins.filter((origin) => origin >= START + 1) : [];
  const facts = account(1, {
    points: [{ point: 1, meters: [meter("M", readings)] }],
    history: months.map((item) =>
      item.method === "METER" && item.month >= START
        ? { ...item, volumes: { T0: kwh("120") } }
        : item,
    ),
    missedPeriods: missed,
    posted: posted(
      before.filter((line) => line.origin >= period - missed || late.includes(line.origin)),
      "2021-02",
    ),
    late,
  });
  const billed = billSite(
    site("2021-02", [facts], MOSCOW_2021, { period }),
    rulesOf(CURRENT_RULES),
  );
  if (billed.problems.length > 0) throw new Error(JSON.stringify(billed.problems));
  return billed.lines;
}

function methodOf(lines: readonly Line[]) {
  return lines.some((line) => line.kind !== "AVERAGE") ? ("METER" as const) : ("AVERAGE" as const);
}

function sumsByOrigin(lines: readonly Line[], until: Month): Record<string, [number, number]> {
  const sums: Record<string, [number, number]> = {};
  for (const line of lines) {
    if (line.origin > until) continue;
    const sum = sums[line.origin] ?? [0, 0];
    sums[line.origin] = [sum[0] + line.volume, sum[1] + line.amount];
  }
  return sums;
}

t.test("a late reading ends with the same sums as one in time", async (t) => {
  const step = fc.integer({ min: 0, max: 400 });
  fc.assert(
    fc.property(fc.tuple(step, step, step), fc.integer({ min: 1, max: 2 }), (steps, lateBy) => {
      const states: number[] = [];
      let at = 1000;
      for (const delta of steps) {
        at += delta;
        states.push(at);
      }
      const inTime = lifeOf(states, 0);
      const late = lifeOf(states, lateBy);
      const until = addMonths(START, 2);
      return (
        JSON.stringify(sumsByOrigin(inTime, until)) === JSON.stringify(sumsByOrigin(late, until))
      );
    }),
    { numRuns: 200 },
  );
  t.pass("200 lives");
});

t.test("parts of a split sum to the whole, and one version prices like no split", async (t) => {
  const versions = (at: number): TariffVersion[] =>
    MOSCOW_2021.map((item, index) => ({
      ...item,
      from: index === 0 ? item.from : ((day("2021-07-01") + at) as Day),
      to: index === 0 ? ((day("2021-07-01") + at) as Day) : null,
    }));
  const form = fc.record({
    change: fc.integer({ min: -40, max: 40 }),
    state: fc.integer({ min: 0, max: 9_999_999 }),
    decimals: fc.constantFrom(1, 100),
  });
  fc.assert(
    fc.property(form, ({ change, state, decimals }) => {
      const end = String(state / decimals);
      const facts = account(1, byMeter(["2021-06-30", ["0"]], ["2021-07-31", [end]]));
      const found = versions(change);
      const { lines } = billSite(site("2021-07", [facts], found, {}), rulesOf(CURRENT_RULES));
      let volume = 0;
      for (const line of lines) volume += line.volume;
      const inside = change > 0 && change < 31;
      return volume === kwh(end) && lines.length === (inside ? 2 : 1);
    }),
    { numRuns: 1_000 },
  );
  t.pass("1 000 splits");
});
