import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import {
  addMonths,
  type Day,
  day,
  daysIn,
  endDay,
  firstDay,
  type Month,
  month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import type { AccountFacts, Dated } from "../../normalizer/model/facts.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import { formatScaled, volume } from "../../normalizer/model/units.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
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

// The second method goes day by day through section 2 of billing-individuals.md, with decimal.js.
const RULES_NOW = rulesOf(CURRENT_RULES);
const ONE = tariffs([["2010-01-01", { T0: "1" }]]);
const LAW = lawOf({ URBAN_GAS: ONE }, { N77: norms("77") });
const FIRST = month("2025-06");
const MONTHS = [0, 1, 2, 3, 4, 5].map((index) => addMonths(FIRST, index));
const START = firstDay(FIRST);

const range = fc
  .tuple(fc.integer({ min: 0, max: 183 }), fc.integer({ min: 1, max: 150 }))
  .map(([from, days]) => ({ from: (START + from) as Day, to: (START + from + days) as Day }));
type Range = typeof range extends fc.Arbitrary<infer Value> ? Value : never;

const isIn = (days: Range, on: number) => days.from <= on && on < days.to;

function bill(period: Month, facts: AccountFacts): readonly Line[] {
  const { lines, problems } = billSite(
    site("2025-06", [facts], [], { period, law: LAW }),
    RULES_NOW,
  );
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return lines;
}

function sums(lines: readonly Line[], origin: Month): Record<string, string> {
  const byKind: Record<string, number> = {};
  for (const line of lines)
    if (line.origin === origin) byKind[line.kind] = (byKind[line.kind] ?? 0) + line.volume;
  const texts: Record<string, string> = {};
  for (const kind of Object.keys(byKind).sort())
    if (byKind[kind] !== 0) texts[kind] = formatScaled(byKind[kind] ?? 0, 4);
  return texts;
}

const round4 = (value: Decimal) => value.toDecimalPlaces(4, Decimal.ROUND_HALF_UP);

function same(got: Record<string, string>, want: Record<string, Decimal>, where: string): void {
  const texts: Record<string, string> = {};
  for (const kind of Object.keys(want).sort())
    if (want[kind]?.isZero() === false) texts[kind] = want[kind].toFixed();
  if (JSON.stringify(got) !== JSON.stringify(texts))
    throw new Error(`${where}: ${JSON.stringify(got)} but ${JSON.stringify(texts)}`);
}

t.test("faults and refused access, day by day", async (t) => {
  const past = history("2024-12", ["120", "120", "120", "120", "120", "120"]);
  const check = (fault: Range, refused: Range): void => {
    let known = past;
    for (const [missed, period] of MONTHS.entries()) {
      const states = [reading("2025-05-31", ["1000"])];
      const facts = account(1, {
        norm: [dated("N77")],
        residents: [dated(2)],
        history: known,
        missedPeriods: missed,
        points: [
          {
            point: 1,
            meters: [meter("M", states, { faults: [{ ...dated("BROKEN" as const), ...fault }] })],
          },
        ],
        circumstances: circumstances({ accessRefused: [{ ...dated("1"), ...refused }] }),
      });
      const days = { average: 0, plain: 0, raised: 0 };
      for (let on = firstDay(period); on < endDay(period); on = (on + 1) as Day) {
        const event = isIn(fault, on) ? fault : isIn(refused, on) ? refused : null;
        const periods = event === null ? missed : period - monthOf(event.from);
        if (periods < 3) days.average += 1;
        else if (event === refused) days.raised += 1;
        else days.plain += 1;
      }
      const dim = daysIn(period);
      const norm = (count: number, k: string) => new Decimal(154).times(count).div(dim).times(k);
      const base = round4(norm(days.plain, "1")).plus(round4(norm(days.raised, "1")));
      const billed = round4(norm(days.plain, "1")).plus(round4(norm(days.raised, "1.5")));
      const want = {
        AVERAGE: round4(new Decimal(120).times(days.average).div(dim)),
        NORM: base,
        KPOV: billed.minus(base),
      };
      same(sums(bill(period, facts), period), want, `${period}`);
      const method = days.plain + days.raised > 0 ? "NORM" : "AVERAGE";
      known = [
        ...known,
        ...history("2025-06", ["120"], method).map((item) => ({ ...item, month: period })),
      ];
    }
  };
  fc.assert(fc.property(range, range, check), { numRuns: 300 });
  t.pass("300 accounts");
});

/** Months read at their ends; the fault is known from the first month on, or in the last one only. */
function faultyLife(steps: readonly number[], fault: Dated<"BROKEN">, isLate: boolean): Line[] {
  const lines: Line[] = [];
  const states = [reading("2025-05-31", ["1000"])];
  let at = 1000;
  for (const [index, step] of steps.entries()) {
    at += step;
    const period = addMonths(FIRST, index);
    states.push({ ...reading("2025-05-31", [String(at)]), stateAt: endDay(period) });
    const isLast = index === steps.length - 1;
    const faults = isLate && !isLast ? [] : [fault];
    const late = isLate && isLast ? MONTHS.slice(0, index) : [];
    const billed = MONTHS.slice(0, index).map((origin) => {
      const own = lines.filter((line) => line.origin === origin);
      const method = own.some(({ kind }) => kind === "METER") ? "METER" : own[0]?.kind;
      let sum = 0;
      for (const line of own) sum += line.volume;
      return { month: origin, method: method as "METER", volumes: { T0: volume(sum) } };
    });
    let missed = 0;
    while (missed < billed.length && billed.at(-1 - missed)?.method !== "METER") missed += 1;
    const facts = account(1, {
      norm: [dated("N77")],
      residents: [dated(2)],
      history: [...history("2024-12", ["120", "120", "120", "120", "120", "120"]), ...billed],
      missedPeriods: missed,
      points: [{ point: 1, meters: [meter("M", states, { faults })] }],
      posted: posted(
        lines.filter(({ origin }) => late.includes(origin) || origin >= period - missed),
        "2025-06",
      ),
      late,
    });
    lines.push(...bill(period, facts));
  }
  return lines;
}

t.test("a fault entered late ends with the same sums as one in time", async (t) => {
  const steps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 6, maxLength: 6 });
  const total = (lines: readonly Line[], origin: Month) => {
    let sum = 0;
    for (const line of lines) if (line.origin === origin) sum += line.volume;
    return sum;
  };
  const check = (moves: readonly number[], days: Range, isOpen: boolean): void => {
    const fault = { ...dated("BROKEN" as const), ...days, ...(isOpen ? { to: null } : {}) };
    const inTime = faultyLife(moves, fault, false);
    const late = faultyLife(moves, fault, true);
    for (const period of MONTHS)
      if (total(inTime, period) !== total(late, period))
        throw new Error(`${period}: ${total(inTime, period)} but ${total(late, period)}`);
  };
  fc.assert(fc.property(steps, range, fc.boolean(), check), { numRuns: 300 });
  t.pass("300 lives");
});

const dates = (days: Range): Dated<number> => ({ ...dated(1), ...days });
const bent = fc.record({
  stops: fc.array(range, { maxLength: 2 }),
  fixed: range,
  registered: range,
});

t.test("stops and fixed volumes, day by day, in time or late", async (t) => {
  const check = (
    { stops, fixed, registered }: { stops: Range[]; fixed: Range; registered: Range },
    isLate: boolean,
  ): void => {
    const circumstance = circumstances({
      owners: [dated(3)],
      fixedVolumes: [{ ...dated(kwh("300")), ...fixed }],
      stops: [...stops]
        .sort((a, b) => a.from - b.from)
        .map((days) => ({ ...dated("CHARGING_STOPPED" as const), ...days })),
    });
    const facts = account(1, { norm: [dated("N77")], residents: [dates(registered)] });
    const lines: Line[] = [];
    for (const period of MONTHS)
      lines.push(...bill(period, isLate ? facts : { ...facts, circumstances: circumstance }));
    if (isLate)
      lines.push(
        ...bill(addMonths(FIRST, 6), {
          ...facts,
          circumstances: circumstance,
          posted: posted(lines, "2025-06"),
          late: MONTHS,
        }),
      );
    for (const period of MONTHS) {
      let fixedDays = 0;
      let personDays = 0;
      for (let on = firstDay(period); on < endDay(period); on = (on + 1) as Day) {
        if (stops.some((days) => isIn(days, on))) continue;
        if (isIn(fixed, on)) fixedDays += 1;
        else personDays += isIn(registered, on) ? 1 : 3;
      }
      const dim = daysIn(period);
      const want = {
        FIXED: round4(new Decimal(300).times(fixedDays).div(dim)),
        NORM: round4(new Decimal(77).times(personDays).div(dim)),
      };
      const got = sums(lines, period);
      // A late difference has the kind of the line it comes from: only the sum is the same.
      if (!isLate) same(got, want, `${period}`);
      else {
        let sum = new Decimal(0);
        for (const text of Object.values(got)) sum = sum.plus(text);
        if (!sum.equals(want.FIXED.plus(want.NORM))) throw new Error(`${period}: ${sum}`);
      }
    }
  };
  // Facts entered late need somebody on record before: nobody is not zero consumption.
  const always = bent.map((of) => ({
    ...of,
    registered: { from: START, to: (START + 400) as Day },
  }));
  fc.assert(
    fc.property(bent, (of) => check(of, false)),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(always, (of) => check(of, true)),
    { numRuns: 200 },
  );
  t.pass("500 accounts");
});

t.test("a metered month with a stop: volume × active days / days of the interval", async (t) => {
  const form = fc.tuple(range, fc.integer({ min: 0, max: 9_999_999 }));
  const check = ([stop, energyE4]: [Range, number]): void => {
    const end = { ...reading("2025-06-30", ["0"]), values: [kwh(formatScaled(energyE4, 4))] };
    const facts = account(1, {
      points: [{ point: 1, meters: [meter("M", [reading("2025-05-31", ["0"]), end])] }],
      circumstances: circumstances({ stops: [{ ...dated("CHARGING_STOPPED" as const), ...stop }] }),
    });
    const stopped = Math.max(0, Math.min(stop.to, day("2025-07-01")) - Math.max(stop.from, START));
    const want = round4(
      new Decimal(energyE4)
        .div(10_000)
        .times(30 - stopped)
        .div(30),
    );
    same(sums(bill(FIRST, facts), FIRST), { METER: want }, `${stopped} days`);
  };
  fc.assert(fc.property(form, check), { numRuns: 300 });
  t.pass("300 months");
});
