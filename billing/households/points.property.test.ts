import fc from "fast-check";
import t from "tap";
import {
  addMonths,
  type Day,
  endDay,
  firstDay,
  formatMonth,
  type Month,
  month,
} from "../../normalizer/model/dates.ts";
import type { AccountFacts, MeteredMonth, PointFacts } from "../../normalizer/model/facts.ts";
import type { Line, PostedLine } from "../../normalizer/model/lines.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { billSite } from "./site.ts";
import { account, dated, history, lawOf, meter, ORIGIN, posted, site, tariffs } from "./testing.ts";

// An account of two points owes what two accounts of one point each owe together, where nothing is
// the household's: no norm (the mean never ends), no ranges.
const RULES_NOW = rulesOf(CURRENT_RULES);
const LAW = lawOf({
  URBAN_GAS: tariffs([
    ["2010-01-01", { T0: "5.73" }],
    ["2025-07-01", { T0: "5.93" }],
  ]),
});
const SWITCHES = { "average.maxPeriods": "99", "p59a.averageUnlimited": "true" };
const FIRST = month("2025-06");
const MONTHS = [0, 1, 2, 3].map((index) => addMonths(FIRST, index));

/** A life of a point: its mean before, what each month moved and on which day it was read, a fault. */
const life = fc.record({
  before: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 3, maxLength: 6 }),
  months: fc.array(
    fc.record({
      moved: fc.integer({ min: 0, max: 300 }),
      readOn: fc.option(fc.integer({ min: 20, max: 30 }), { nil: null }),
    }),
    { minLength: MONTHS.length, maxLength: MONTHS.length },
  ),
  fault: fc.option(
    fc.record({ from: fc.integer({ min: 0, max: 115 }), days: fc.integer({ min: 1, max: 60 }) }),
    { nil: null },
  ),
});
type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

/** The point as known when `period` is billed. */
function pointOf(
  number: number,
  { before, months, fault }: Life,
  period: Month,
  lines: readonly PostedLine[],
): PointFacts {
  let state = 1000;
  const readings = [
    {
      stateAt: firstDay(FIRST),
      values: [volume(state * 10_000)],
      source: "PORTAL" as const,
      origin: ORIGIN,
    },
  ];
  for (const [index, { moved, readOn }] of months.entries()) {
    const on = addMonths(FIRST, index);
    state += moved;
    if (readOn === null || on > period) continue;
    const stateAt = Math.min(firstDay(on) + readOn, endDay(on)) as Day;
    readings.push({ stateAt, values: [volume(state * 10_000)], source: "PORTAL", origin: ORIGIN });
  }
  const start = (firstDay(FIRST) + (fault?.from ?? 0)) as Day;
  const faults =
    fault === null
      ? []
      : [{ ...dated("BROKEN" as const), from: start, to: (start + fault.days) as Day }];
  return {
    point: number,
    meters: [meter(String(number), readings, { faults })],
    past: pastOf(number, before, period, lines),
  };
}

function pastOf(
  number: number,
  before: readonly number[],
  period: Month,
  lines: readonly PostedLine[],
) {
  const brought = history(formatMonth(addMonths(FIRST, -before.length)), before.map(String));
  const billed = MONTHS.filter((one) => one < period).map((one): MeteredMonth => {
    const own = lines.filter((line) => line.point === number && line.origin === one);
    const method = own.some(({ kind }) => kind === "METER") ? "METER" : "AVERAGE";
    let sum = 0;
    for (const line of own) sum += line.volume;
    return { month: one, method, volumes: { T0: sum as Volume } };
  });
  let missedPeriods = 0;
  while (billed.at(-1 - missedPeriods)?.method === "AVERAGE") missedPeriods += 1;
  return { history: [...brought, ...billed], missedPeriods };
}

function lived(number: number, lives: ReadonlyMap<number, Life>): readonly PostedLine[] {
  const lines: PostedLine[] = [];
  for (const period of MONTHS) {
    const points = [...lives].map(([point, one]) => pointOf(point, one, period, lines));
    const only = points.length === 1 ? points[0]?.past : undefined;
    const facts: AccountFacts = account(number, { points, posted: [...lines], ...only });
    const at = site(formatMonth(period), [facts], [], { law: LAW, switches: SWITCHES });
    const bill = billSite(at, RULES_NOW);
    if (bill.problems.length > 0) throw new Error(JSON.stringify(bill.problems));
    lines.push(...posted(bill.lines, formatMonth(period)));
  }
  return lines;
}

function texts(lines: readonly (Line & { readonly period: Month })[]): readonly string[] {
  return lines
    .map(({ period, point, kind, origin, tariffFrom, volume, amount }) =>
      [period, point, kind, origin, tariffFrom, volume, amount].join(" "),
    )
    .sort();
}

t.test("points of one account are independent", async (t) => {
  let estimated = 0;
  fc.assert(
    fc.property(life, life, (a, b) => {
      const together = lived(
        1,
        new Map([
          [1, a],
          [2, b],
        ]),
      );
      const apart = [...lived(1, new Map([[1, a]])), ...lived(1, new Map([[2, b]]))];
      estimated += together.filter(({ kind }) => kind === "AVERAGE").length;
      const got = texts(together);
      const want = texts(apart);
      if (JSON.stringify(got) !== JSON.stringify(want))
        throw new Error(`${JSON.stringify(got, null, 1)}\nnot\n${JSON.stringify(want, null, 1)}`);
    }),
    { numRuns: 300 },
  );
  t.ok(estimated > 300, `${estimated} lines by mean`);
});
