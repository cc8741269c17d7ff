import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import { addMonths, type Day, day, type Month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  MeteredMonth,
  MeterReading,
  SiteFacts,
} from "../../normalizer/model/facts.ts";
import type {
  AccountId,
  AccountNumber,
  MeterId,
  Origin,
  RunId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import type { Line, PostedLine } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Kopecks, kopecks, type Volume, volume } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { tariffVersions } from "./households.ts";
import { type Input, type Json, moneyText, monthText, priceText, volumeText } from "./input.ts";

const NOWHERE: Origin = { message: 0 as Origin["message"], at: 0 };
const LONG_AGO = day("1990-01-01");
const always = <Value>(value: Value) => ({ value, from: LONG_AGO, to: null, origin: NOWHERE });

/** Months of one account billed one after the other, each posted before the next is billed. */
export function timeline(input: Input): Json {
  const start = input.at("start");
  const readings: MeterReading[] = [readingOf(start.day("date"), start.volume("reading"))];
  const posted: PostedLine[] = [];
  const months: Json[] = [];
  let total = 0;
  const history = meanHistory(input);
  for (const row of input.list("months")) {
    const period = row.month("period");
    if (row.has("reading")) readings.push(readingOf(row.day("to"), row.volume("reading")));
    const facts = siteOf(input, period, readings, posted, history);
    const billed = billSite(facts, rulesOf(CURRENT_RULES));
    const [problem] = billed.problems;
    invariant(problem === undefined, `held: ${problem?.problem.code}`);
    months.push(monthOf(period, billed.lines, posted));
    for (const line of billed.lines) {
      posted.push({ ...line, run: 1 as RunId, period });
      total += line.amount;
    }
    updateHistory(history, posted, period);
  }
  return { months, total: moneyText(total) };
}

function readingOf(date: Day, value: Volume): MeterReading {
  return { stateAt: (date + 1) as Day, values: [value], source: "PORTAL", origin: NOWHERE };
}

/** Three metered months of the given mean; none where the case has no mean. */
function meanHistory(input: Input): MeteredMonth[] {
  if (!input.has("avg")) return [];
  const [first] = input.list("months");
  invariant(first !== undefined, "no months");
  const mean = input.volume("avg");
  return [-6, -5, -4, -3, -2, -1].map((back) => ({
    month: addMonths(first.month("period"), back),
    method: "METER",
    volumes: { T0: mean },
  }));
}

function siteOf(
  input: Input,
  period: Month,
  readings: readonly MeterReading[],
  posted: readonly PostedLine[],
  history: readonly MeteredMonth[],
): SiteFacts {
  const missed = missedBefore(history);
  const account: AccountFacts = {
    account: 1 as AccountId,
    number: "1" as AccountNumber,
    served: { from: LONG_AGO, to: null },
    category: [always("POPULATION")],
    norm: [always("NORM")],
    residents: [always(1)],
    circumstances: NO_CIRCUMSTANCES,
    points: [
      {
        point: 1,
        meters: [
          {
            meter: 1 as MeterId,
            serial: "1",
            installed: { from: LONG_AGO, to: null },
            zones: ["T0"],
            digits: input.integerOr("digits", 6),
            ratio: 1,
            faults: [],
            readings,
            origin: NOWHERE,
          },
        ],
      },
    ],
    history,
    missedPeriods: missed,
    posted: posted.filter((line) => line.origin >= period - missed),
    late: [],
  };
  const perPerson = [input.volume("normVolume")];
  const norm = { from: LONG_AGO, to: null, perPerson, act: "", origin: NOWHERE };
  return {
    site: 1 as SiteId,
    shard: 0 as Shard,
    siteKind: "MKD",
    address: "",
    period,
    accounts: [account],
    premises: [],
    house: null,
    law: {
      tariffs: { POPULATION: tariffVersions(input.list("tariffs"), []) },
      norms: { NORM: [norm] },
      odnNorms: {},
      plotNorms: {},
    },
    switches: {
      "average.maxPeriods": String(input.integerOr("limit", 3)),
      "norm.k.p59b": input.textOr("kAfter", "1"),
      "lateReading.mode.consumer": input.textOr("trueUp", "REDISTRIBUTE_BY_DAYS"),
    },
  };
}

function missedBefore(history: readonly MeteredMonth[]): number {
  let missed = 0;
  while (history.at(-1 - missed)?.method !== "METER" && missed < history.length) missed += 1;
  return missed;
}

/**
 * What the posted lines of each month up to the period add up to; a reading makes its gap metered.
 */
function updateHistory(
  history: MeteredMonth[],
  posted: readonly PostedLine[],
  period: Month,
): void {
  const own = posted.filter((line) => line.period === period);
  for (const origin of new Set(own.map((line) => line.origin).toSorted((a, b) => a - b))) {
    const lines = posted.filter((line) => line.origin === origin);
    const kind = own.find((line) => line.origin === origin)?.kind;
    const method = kind === "AVERAGE" || kind === "NORM" ? kind : "METER";
    const entry: MeteredMonth = { month: origin, method, volumes: { T0: sumOf(lines).volume } };
    const at = history.findIndex((item) => item.month === origin);
    if (at < 0) history.push(entry);
    else history[at] = entry;
  }
}

function monthOf(period: Month, lines: readonly Line[], posted: readonly PostedLine[]): Json {
  const own = lines.filter((line) => line.origin === period);
  const [first] = own;
  invariant(first !== undefined && first.price !== null, "a month without lines");
  const { volume: energy, amount } = sumOf(own);
  const origins = [...new Set(lines.map((line) => line.origin))].filter((item) => item !== period);
  return {
    period: monthText(period),
    method: first.kind,
    volume: volumeText(energy),
    price: priceText(first.price),
    amount: moneyText(amount),
    corrections: origins.map((origin) => {
      const before = sumOf(posted.filter((line) => line.origin === origin));
      const delta = sumOf(lines.filter((line) => line.origin === origin));
      return {
        period: monthText(origin),
        oldVolume: volumeText(before.volume),
        newVolume: volumeText(volume(before.volume + delta.volume)),
        deltaVolume: volumeText(delta.volume),
        oldAmount: moneyText(before.amount),
        newAmount: moneyText(before.amount + delta.amount),
        deltaAmount: moneyText(delta.amount),
      };
    }),
  };
}

function sumOf(lines: readonly Line[]): { volume: Volume; amount: Kopecks } {
  let energy = 0;
  let amount = 0;
  for (const line of lines) {
    energy += line.volume;
    amount += line.amount;
  }
  return { volume: volume(energy), amount: kopecks(amount) };
}
