import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import {
  addMonths,
  type Day,
  type DayRange,
  day,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  Dated,
  MeteredMonth,
  MeterFacts,
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
import type { Line, PostedLine, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { tariffVersions, zoneOf, zoneVolumes } from "./households.ts";
import type { Input } from "./input.ts";

const NOWHERE: Origin = { message: 0 as Origin["message"], at: 0 };
const LONG_AGO = day("1990-01-01");
const always = <Value>(value: Value): Dated<Value> => ({
  value,
  from: LONG_AGO,
  to: null,
  origin: NOWHERE,
});

/**
 * What is known of one account as its facts are entered: stands in a case for the store and its
 * assembler.
 */
export class AccountLife {
  private readonly input: Input;
  private readonly meters: MeterFacts[] = [];
  private residents: Dated<number>[];
  private served: DayRange = { from: LONG_AGO, to: null };
  private readonly before: readonly MeteredMonth[];
  readonly posted: PostedLine[] = [];

  constructor(input: Input) {
    this.input = input;
    if (input.has("meter")) {
      const meter = input.at("meter");
      this.install(meter.day("date"), meter.at("readings"), meter.integerOr("digits", 6), LONG_AGO);
    }
    let persons = 0;
    for (const row of input.listOrNone("residents")) persons += row.integer("count");
    this.residents = [always(persons)];
    const history = input.listOrNone("history");
    const from = input.month("from");
    this.before = history.map((volumes, index) => ({
      month: addMonths(from, index - history.length),
      method: "METER",
      volumes: zoneVolumes(volumes),
    }));
  }

  private install(on: Day, values: Input, digits: number, from: Day): void {
    const zones = ZONES.filter((zone) => values.has(zone));
    this.meters.push({
      meter: (this.meters.length + 1) as MeterId,
      serial: String(this.meters.length + 1),
      installed: { from, to: null },
      zones,
      digits,
      ratio: 1,
      faults: [],
      readings: [stateOf(on, zones, values, "PORTAL")],
      origin: NOWHERE,
    });
  }

  /** Enters a fact; returns the closed months before `period` that it changes, ascending. */
  enter(fact: Input, period: Month): readonly Month[] {
    switch (fact.text("fact")) {
      case "READING":
        return this.read(fact, period);
      case "REPLACED":
        return this.replace(fact, period);
      case "DISCONNECTED":
        return this.disconnect(fact, period);
      case "CONNECTED":
        this.served = { from: fact.day("date"), to: null };
        return monthsFrom(monthOf(fact.day("date")), period);
      case "RESIDENTS": {
        const from = fact.day("from");
        const kept = this.residents.filter((row) => row.from < from);
        const cut = kept.map((row) => ({ ...row, to: earlier(row.to, from) }));
        this.residents = [...cut, { ...always(fact.integer("count")), from }];
        return monthsFrom(monthOf(from), period);
      }
      default:
        return [];
    }
  }

  private read(fact: Input, period: Month): readonly Month[] {
    const date = fact.day("date");
    const meter = this.meterOn((date + 1) as Day);
    const source = fact.textOr("source", "CONSUMER") === "CONTROLLER" ? "CONTROLLER" : "PORTAL";
    this.addState(meter, stateOf(date, meter.zones, fact.at("values"), source));
    const month = monthOf(date);
    const next = meter.readings.find((item) => item.stateAt > date + 1);
    const until = next === undefined ? period : monthOf((next.stateAt - 1) as Day) + 1;
    return monthsFrom(month, Math.min(period, until) as Month);
  }

  private replace(fact: Input, period: Month): readonly Month[] {
    const date = fact.day("date");
    const on = (date + 1) as Day;
    const old = this.meterOn(on);
    const at = this.meters.indexOf(old);
    this.addState(old, stateOf(date, old.zones, fact.at("removed"), "CONTROLLER"));
    const removed = this.meters[at];
    invariant(removed !== undefined, "no meter to replace");
    this.meters[at] = { ...removed, installed: { ...removed.installed, to: on } };
    this.install(date, fact.at("installed"), fact.integerOr("digits", 6), on);
    return monthsFrom(monthOf(date), period);
  }

  private disconnect(fact: Input, period: Month): readonly Month[] {
    const date = fact.day("date");
    this.served = { ...this.served, to: (date + 1) as Day };
    if (fact.has("reading")) {
      const meter = this.meterOn((date + 1) as Day);
      const state = stateOf(date, meter.zones, fact.at("reading"), "CONTROLLER");
      // States reported after the final one cannot stand beside it.
      const kept = { ...meter, readings: meter.readings.filter((item) => item.stateAt <= date) };
      this.meters[this.meters.indexOf(meter)] = kept;
      this.addState(kept, state);
    }
    return monthsFrom(monthOf(date), period);
  }

  private meterOn(stateAt: Day): MeterFacts {
    const meter = this.meters.findLast((item) => item.installed.from < stateAt);
    invariant(meter !== undefined, "no meter on the day");
    return meter;
  }

  private addState(meter: MeterFacts, state: MeterReading): void {
    const others = meter.readings.filter((item) => item.stateAt !== state.stateAt);
    const readings = [...others, state].sort((a, b) => a.stateAt - b.stateAt);
    this.meters[this.meters.indexOf(meter)] = { ...meter, readings };
  }

  /**
   * Lines that the open period has as things are known now; difference lines of `late` among them.
   */
  bill(period: Month, late: readonly Month[]): readonly Line[] {
    const history = this.history(period);
    const missed = missedBefore(history, period);
    const account: AccountFacts = {
      account: 1 as AccountId,
      number: "1" as AccountNumber,
      served: this.served,
      category: [always("POPULATION")],
      norm: this.input.has("normTable") ? [always("NORM")] : [],
      residents: this.residents,
      circumstances: NO_CIRCUMSTANCES,
      points: this.meters.length === 0 ? [] : [{ point: 1, meters: this.meters }],
      history,
      missedPeriods: missed,
      posted: this.posted.filter(
        (line) => late.includes(line.origin) || line.origin >= period - missed,
      ),
      late,
    };
    const billed = billSite(this.siteOf(account, period), rulesOf(CURRENT_RULES));
    const [problem] = billed.problems;
    invariant(problem === undefined, `held: ${problem?.problem.code}`);
    return billed.lines;
  }

  private siteOf(account: AccountFacts, period: Month): SiteFacts {
    const norms = this.input.has("normTable")
      ? this.input.list("normTable").map((item) => item.asVolume())
      : [];
    return {
      site: 1 as SiteId,
      shard: 0 as Shard,
      siteKind: "PRIVATE_HOUSE",
      address: "",
      period,
      premises: [],
      house: null,
      accounts: [account],
      law: {
        tariffs: { POPULATION: tariffVersions(this.input.list("tariffs"), []) },
        norms: { NORM: [{ from: LONG_AGO, to: null, perPerson: norms, act: "", origin: NOWHERE }] },
        odnNorms: {},
        plotNorms: {},
      },
      switches: {},
    };
  }

  post(lines: readonly Line[], period: Month): void {
    for (const line of lines) this.posted.push({ ...line, run: 1 as RunId, period });
  }

  private history(period: Month): MeteredMonth[] {
    const months = new Map<Month, MeteredMonth>(this.before.map((item) => [item.month, item]));
    for (const line of this.posted) {
      const known = months.get(line.origin);
      const volumes: Partial<Record<Zone, Volume>> = { ...known?.volumes };
      volumes[line.zone] = volume((volumes[line.zone] ?? 0) + line.volume);
      const method = line.kind === "AVERAGE" || line.kind === "NORM" ? line.kind : "METER";
      const metered = known?.method === "METER" ? "METER" : method;
      months.set(line.origin, { month: line.origin, method: metered, volumes });
    }
    return [...months.values()]
      .filter(({ month }) => month < period && this.isServed(month))
      .sort((a, b) => a.month - b.month);
  }

  /** A month that is not served after all is no month of the history. */
  private isServed(month: Month): boolean {
    if (this.before.some((item) => item.month === month)) return true;
    let energy = 0;
    for (const line of this.posted) if (line.origin === month) energy += Math.abs(line.volume);
    const net = this.posted.filter((line) => line.origin === month);
    let sum = 0;
    for (const line of net) sum += line.volume;
    return energy === 0 || sum !== 0;
  }
}

function stateOf(
  on: Day,
  zones: readonly Zone[],
  values: Input,
  source: MeterReading["source"],
): MeterReading {
  const states = zones.map((zone) => values.volume(zone));
  invariant(
    values.keys().every((key) => zones.includes(zoneOf(key))),
    "zones of another meter",
  );
  return { stateAt: (on + 1) as Day, values: states, source, origin: NOWHERE };
}

function monthsFrom(first: Month, before: Month): readonly Month[] {
  return Array.from({ length: Math.max(0, before - first) }, (_, index) => addMonths(first, index));
}

function earlier(end: Day | null, other: Day): Day {
  return end === null || end > other ? other : end;
}

function missedBefore(history: readonly MeteredMonth[], period: Month): number {
  let missed = 0;
  for (let index = history.length - 1; index >= 0; index -= 1) {
    const entry = history[index];
    if (entry === undefined || entry.method === "METER") break;
    if (entry.month !== period - missed - 1) break;
    missed += 1;
  }
  return missed;
}
