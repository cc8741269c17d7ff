import fc from "fast-check";
import t from "tap";
import { firstDay, formatMonth, type Month } from "../../normalizer/model/dates.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import { billAtOnce, inTime, type LogFact, playByFact, playInOnePass } from "./testing.ts";
import { type DrawnLog, lifeOf, logOf } from "./testing-logs.ts";

// «A closed period is never edited»: what the months post depends on the facts and on the closings
// between them alone. NUM_RUNS plays more logs than the tests of every day.
const runs = (few: number) => Number(process.env["NUM_RUNS"] ?? few);

const reading = fc.record({
  moved: fc.integer({ min: 0, max: 4_000_000 }),
  before: fc.integer({ min: 0, max: 9 }),
  delay: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, null),
  isCheck: fc.constantFrom(false, false, false, true),
  corrected: fc.option(
    fc.record({ delay: fc.integer({ min: 1, max: 3 }), percent: fc.integer({ min: 1, max: 100 }) }),
    { freq: 6 },
  ),
});
const days = fc.record({
  from: fc.integer({ min: 0, max: 200 }),
  days: fc.integer({ min: 1, max: 90 }),
  known: fc.integer({ min: 0, max: 7 }),
});
const few = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(days, { minLength: 1, maxLength: 2 }) },
);
const zones = fc.integer({ min: 1, max: 3 });
const change = fc
  .tuple(days, fc.constantFrom("residents" as const, "account" as const), fc.nat(4))
  .map(([of, what, number]) => ({ ...of, what, number }));
const scheme = fc.constantFrom({}, { "tariff.scheme": "RANGES" });

const anyLog: fc.Arbitrary<DrawnLog> = fc.record({
  months: fc.integer({ min: 4, max: 8 }),
  zones: fc.constantFrom(0, 1, 1, 2, 3),
  broughtMonths: fc.integer({ min: 0, max: 7 }),
  readings: fc.array(reading, { minLength: 8, maxLength: 8 }),
  replaced: fc.option(
    fc.tuple(days, zones).map(([of, number]) => ({ ...of, zones: number })),
    { freq: 2 },
  ),
  changes: fc.array(change, { maxLength: 3 }),
  faults: few,
  stops: few,
  fixed: few,
  absences: few,
  breaches: few,
  benefits: few,
  manual: few,
  switches: fc
    .tuple(
      scheme,
      fc.constantFrom(
        {},
        { "lateReading.mode.consumer": "CURRENT_PERIOD_DELTA" },
        { "lateReading.mode.controller": "REDISTRIBUTE_BY_DAYS" },
      ),
    )
    .map(([one, other]) => ({ ...one, ...other })),
});

function textOf(line: Line & { readonly period?: Month }): string {
  const { kind, rule, point, zone, range, tariffFrom, volume, price, amount, ordinal } = line;
  const place = `${line.period ?? ""} ${ordinal} ${formatMonth(line.origin)}`;
  return `${place} ${kind} ${rule} ${point} ${zone}/${range} ${tariffFrom} ${volume} ${price} ${amount}`;
}

/** The same facts in another order inside each month. */
function shuffled(log: readonly LogFact[], keys: readonly number[]): readonly LogFact[] {
  const keyed = log.map((fact, index) => ({ fact, key: keys[index % keys.length] ?? 0 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ fact }) => fact);
}

t.test("fact by fact with closings is one pass over the same log with their marks", async (t) => {
  const keys = fc.array(fc.nat(), { minLength: 20, maxLength: 40 });
  let lines = 0;
  let differences = 0;
  fc.assert(
    fc.property(anyLog, keys, (of, order) => {
      const life = lifeOf(of);
      const log = logOf(of);
      const posted = playByFact(log, life);
      const again = playInOnePass(shuffled(log, order), life);
      lines += posted.length;
      differences += posted.filter(({ origin, period }) => origin !== period).length;
      const [one, other] = [posted, again].map((all) => all.map(textOf).join("\n"));
      if (one !== other) throw new Error(`fact by fact:\n${one}\none pass:\n${other}`);
    }),
    { numRuns: runs(80), seed: 20_260_301 },
  );
  t.ok(lines > 0 && differences > lines / 10, `${lines} lines, ${differences} differences`);
});

/** Σ by what a line is of; consumption is one whatever it was estimated or measured by. */
function sums(lines: readonly Line[], skipped: ReadonlySet<Month>): ReadonlyMap<string, string> {
  const sums = new Map<string, { volume: number; amount: number }>();
  for (const line of lines) {
    if (skipped.has(line.origin)) continue;
    const kind = CONSUMPTION.includes(line.kind) ? "CONSUMPTION" : line.kind;
    // A price in force since before the month: since when is no matter of the month.
    const since = Math.max(line.tariffFrom ?? 0, firstDay(line.origin));
    const key = `${formatMonth(line.origin)} ${kind} ${line.point} ${line.zone}/${line.range} ${since}`;
    const sum = sums.get(key) ?? { volume: 0, amount: 0 };
    sums.set(key, { volume: sum.volume + line.volume, amount: sum.amount + line.amount });
  }
  const kept = [...sums].filter(([, { volume, amount }]) => volume !== 0 || amount !== 0);
  return new Map(
    kept.map(([key, { volume, amount }]): [string, string] => [key, `${volume} ${amount}`]).sort(),
  );
}

const CONSUMPTION: readonly Line["kind"][] = ["METER", "AVERAGE", "NORM", "FIXED"];

function same(got: ReadonlyMap<string, string>, want: ReadonlyMap<string, string>, how: string) {
  const texts = [got, want].map((all) => [...all].map(([key, sum]) => `${key}: ${sum}`).join("\n"));
  if (texts[0] !== texts[1]) throw new Error(`late:\n${texts[0]}\n${how}:\n${texts[1]}`);
}

/** п. 61: a check falls into its own month and leaves the ones before it as they are, by definition not as in time. */
const ORIGIN_PRICES = { "lateReading.mode.controller": "REDISTRIBUTE_BY_DAYS" };

/**
 * Months of a meter that stay estimated. п. 59: their mean is of the months before as they were known when the
 * month was billed, and their count of missed periods too; a late fact elsewhere does not reopen them.
 */
function estimatedMonths(lines: readonly Line[], { zones }: DrawnLog): ReadonlySet<Month> {
  if (zones === 0) return new Set();
  const estimated = lines.filter(({ kind }) => kind === "AVERAGE" || kind === "NORM");
  return new Set(estimated.map(({ origin }) => origin));
}

t.test("late is in time where the law gives the prices of the origin", async (t) => {
  let differences = 0;
  let compared = 0;
  const log = anyLog.map((of) => ({
    ...of,
    switches: {
      ...of.switches,
      "lateReading.mode.consumer": "REDISTRIBUTE_BY_DAYS",
      ...ORIGIN_PRICES,
    },
  }));
  fc.assert(
    fc.property(log, (of) => {
      const life = lifeOf(of);
      const facts = logOf(of);
      const late = playByFact(facts, life);
      const known = inTime(facts, life);
      const punctual = playByFact(known, life);
      const atOnce = billAtOnce(facts, life);
      const skipped = estimatedMonths(atOnce, of);
      differences += late.filter(({ origin, period }) => origin !== period).length;
      const want = sums(atOnce, skipped);
      compared += want.size;
      same(sums(late, skipped), want, "at once");
      same(sums(punctual, skipped), want, "in time, at once");
    }),
    { numRuns: runs(80), seed: 20_260_302 },
  );
  t.ok(differences > 0 && compared > 0, `${compared} sums, ${differences} differences`);
});
