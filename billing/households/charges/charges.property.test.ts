import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import type { Circumstances } from "../../../normalizer/model/circumstances.ts";
import {
  addMonths,
  type Day,
  day,
  daysIn,
  endDay,
  firstDay,
  formatDay,
  type Month,
  month,
} from "../../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../../normalizer/model/facts.ts";
import type { Line, LineKind } from "../../../normalizer/model/lines.ts";
import { formatFixed, formatScaled, kopecks, volume } from "../../../normalizer/model/units.ts";
import { CURRENT_RULES, rulesOf } from "../../rules.ts";
import { billSite } from "../site.ts";
import {
  account,
  circumstances,
  dated,
  kwh,
  lawOf,
  norms,
  ORIGIN,
  posted,
  site,
  tariffs,
} from "../testing.ts";

// Random accounts without a meter. The second method is decimal.js from the formulas of
// billing-individuals.md, sections 5.2 and 10 to 13: one price, one norm, the same residents all
// the time.
const RULES_NOW = rulesOf(CURRENT_RULES);
const PRICE = "6.24";
const NORM = "63";
const PLOT_NORM = "0.35";
const LAW = {
  ...lawOf({ URBAN_GAS: tariffs([["2024-01-01", { T0: PRICE }]]) }, { N: norms(NORM) }),
  plotNorms: {
    LIGHT: [
      { from: day("2000-01-01"), to: null, perUnit: kwh(PLOT_NORM), act: "", origin: ORIGIN },
    ],
  },
};
const FIRST = month("2026-03");
const MONTHS = [0, 1, 2].map((index) => addMonths(FIRST, index));
const START = firstDay(FIRST);

const dayIn = fc.integer({ min: 0, max: 91 }).map((offset) => (START + offset) as Day);
const form = fc.record({
  persons: fc.integer({ min: 1, max: 5 }),
  unitsE4: fc.integer({ min: 1, max: 9_000_000 }),
  left: dayIn,
  away: fc.integer({ min: 0, max: 60 }),
  gone: fc.integer({ min: 1, max: 2 }),
  detected: dayIn,
  undone: fc.integer({ min: 0, max: 20 }),
  checked: fc.integer({ min: 1, max: 40 }),
  percentE2: fc.integer({ min: 1, max: 10_000 }),
  standardE4: fc.integer({ min: 1, max: 2_000_000 }),
  isFamily: fc.boolean(),
  benefitFrom: dayIn,
  delayFrom: fc.integer({ min: 0, max: 60 }).map((back) => (day("2025-11-20") - back) as Day),
  amount: fc.integer({ min: -100_000, max: 100_000 }),
});
type Form = typeof form extends fc.Arbitrary<infer Value> ? Value : never;

function bentOf(of: Form): Circumstances {
  const category = "Льгота";
  const { standardE4, percentE2, isFamily } = of;
  const standard = volume(standardE4);
  return circumstances({
    meterImpossible: [{ from: day("2020-01-01"), to: null }],
    plotUses: [dated({ use: "LIGHT", unitsE4: of.unitsE4 })],
    meterDelays: [{ ...dated("акт"), from: of.delayFrom }],
    absences: [
      {
        application: "1",
        left: of.left,
        returned: (of.left + of.away) as Day,
        persons: of.gone,
        origin: ORIGIN,
      },
    ],
    breaches: [
      {
        act: "1",
        type: "TAMPER",
        detected: of.detected,
        eliminated: (of.detected + of.undone) as Day,
        sealed: null,
        previousCheck: (of.detected - of.checked) as Day,
        connected: null,
        powerKwE4: null,
        origin: ORIGIN,
      },
    ],
    benefits: [
      {
        ...dated({ category, beneficiaries: 1, standard, percentE2, isFamily }),
        from: of.benefitFrom,
      },
    ],
    manual: [
      {
        document: "1",
        month: addMonths(FIRST, 1),
        amount: kopecks(of.amount),
        ground: "",
        origin: ORIGIN,
      },
    ],
  });
}

function accountOf(of: Form, bent: Circumstances): AccountFacts {
  return account(1, { norm: [dated("N")], residents: [dated(of.persons)], circumstances: bent });
}

function siteOf(period: Month, facts: AccountFacts): SiteFacts {
  const switches = { "benefit.method": "IN_RECEIPT" };
  return site("2026-03", [facts], [], { period, law: LAW, switches });
}

function bill(period: Month, facts: AccountFacts): readonly Line[] {
  const { lines, problems } = billSite(siteOf(period, facts), RULES_NOW);
  if (problems.some(({ held }) => held)) throw new Error(JSON.stringify(problems));
  return lines;
}

const round = (value: Decimal, scale: number) =>
  value.toDecimalPlaces(scale, Decimal.ROUND_HALF_UP);

/** "volume amount" by kind, from the formulas. */
function wanted(of: Form, period: Month): Record<string, string> {
  const dim = daysIn(period);
  const first = firstDay(period);
  const end = endDay(period);
  const daysIn_ = (from: number, to: number) =>
    Math.max(0, Math.min(to, end) - Math.max(from, first));
  const money = (energy: Decimal) => round(energy.times(PRICE), 2);
  const result: Record<string, string> = {};
  const put = (kind: LineKind, energy: Decimal, amount: Decimal) => {
    if (!energy.isZero() || !amount.isZero())
      result[kind] = `${energy.toFixed()} ${amount.toFixed(2)}`;
  };
  const regular = new Decimal(NORM).times(of.persons);
  put("NORM", regular, money(regular));
  const plot = round(new Decimal(of.unitsE4).div(10_000).times(PLOT_NORM), 4);
  put("PLOT", plot, money(plot));
  const [year, number, dayOfMonth] = formatDay(of.delayFrom).split("-").map(Number) as [
    number,
    number,
    number,
  ];
  const term = (year * 12 + number - 1 + 6) as Month;
  if (first > firstDay(term) + Math.min(dayOfMonth, daysIn(term)) - 1) {
    const reduced = [regular, plot].map((energy) =>
      round(energy.times(PRICE).times("0.95"), 2).minus(money(energy)),
    );
    put("KDELAY", new Decimal(0), Decimal.sum(...reduced));
  }
  const benefitDays = daysIn_(of.benefitFrom, end);
  if (benefitDays > 0) {
    const standard = new Decimal(of.standardE4).div(10_000);
    const base = of.isFamily
      ? Decimal.min(regular, standard.times(of.persons))
      : Decimal.min(regular.div(of.persons), standard);
    const energy = round(base.times(benefitDays).div(dim), 4);
    const percent = new Decimal(of.percentE2).div(1_000_000);
    put("BENEFIT", new Decimal(0), round(energy.times(PRICE).times(percent).times(100), 2).neg());
  }
  const absent = of.away - 1 > 5 ? daysIn_(of.left + 1, of.left + of.away) : 0;
  if (absent > 0) {
    const energy = round(new Decimal(NORM).times(of.gone).times(absent).div(dim), 4).neg();
    put("ABSENCE", energy, money(energy));
  }
  const caught = daysIn_(of.detected - of.checked, of.detected + of.undone + 1);
  if (caught > 0) {
    const gross = round(regular.times(10).times(caught).div(dim), 4);
    const net = gross.minus(regular);
    put("TAMPER", net, money(net));
  }
  if (period === addMonths(FIRST, 1) && of.amount !== 0)
    put("MANUAL", new Decimal(0), new Decimal(of.amount).div(100));
  return result;
}

function sums(lines: readonly Line[], origin: Month): Record<string, string> {
  const byKind = new Map<LineKind, [number, number]>();
  for (const line of lines) {
    if (line.origin !== origin) continue;
    const [energy, amount] = byKind.get(line.kind) ?? [0, 0];
    byKind.set(line.kind, [energy + line.volume, amount + line.amount]);
  }
  const texts: Record<string, string> = {};
  for (const [kind, [energy, amount]] of byKind)
    if (energy !== 0 || amount !== 0)
      texts[kind] = `${formatScaled(energy, 4)} ${formatFixed(amount, 2)}`;
  return texts;
}

/** Months one after another; `bentFrom` is the month in whose open period the facts are entered. */
function life(of: Form, bentFrom: number): readonly Line[] {
  const lines: Line[] = [];
  const bent = bentOf(of);
  for (const [index, period] of [...MONTHS, addMonths(FIRST, 3)].entries()) {
    const late = index === bentFrom ? MONTHS.slice(0, index) : [];
    const facts = accountOf(of, index >= bentFrom ? bent : account(1).circumstances);
    const before = late.flatMap((origin) => lines.filter((line) => line.origin === origin));
    lines.push(...bill(period, { ...facts, late, posted: posted(before, "2026-03") }));
  }
  return lines;
}

t.test("every month is what the formulas give, entered in time or late", async (t) => {
  fc.assert(
    fc.property(form, fc.integer({ min: 0, max: 3 }), (of, bentFrom) => {
      const lines = life(of, bentFrom);
      for (const period of MONTHS) {
        const got = JSON.stringify(sums(lines, period));
        const want = wanted(of, period);
        const sorted = Object.fromEntries(
          Object.keys(sums(lines, period)).map((kind) => [kind, want[kind]]),
        );
        if (
          Object.keys(want).length !== Object.keys(sorted).length ||
          got !== JSON.stringify(sorted)
        )
          throw new Error(`${period}: ${got} but ${JSON.stringify(want)}`);
      }
    }),
    { numRuns: 400 },
  );
  t.pass("400 lives");
});
