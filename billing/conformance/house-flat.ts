import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import {
  addMonths,
  type Day,
  day,
  endDay,
  firstDay,
  type Month,
} from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  Dated,
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
import type { PostedLine, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { registerDifference } from "../households/meter.ts";
import { normRow } from "../households/norm.ts";
import { billSite } from "../households/site.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { valueAt } from "../validity.ts";
import type { HouseLine } from "./house-line.ts";
import { tariffVersions, zoneVolumes } from "./households.ts";
import type { Input } from "./input.ts";

const NOWHERE: Origin = { message: 0 as Origin["message"], at: 0 };
const LONG_AGO = day("1990-01-01");

type States = Readonly<Partial<Record<Zone, Volume>>>;

/** Meters, residents and posted lines of one flat, month by month. */
export class Flat {
  private readonly item: Input;
  private readonly input: Input;
  private readonly zones: readonly Zone[];
  private readonly readings: MeterReading[] = [];
  /** Last and previous states of the flat («flat»), its rooms and sections. */
  private readonly states = new Map<string, { readonly from: States; readonly to: States }>();
  private readonly before: readonly MeteredMonth[];
  private readonly startMissed: number;
  private readonly first: Month;
  readonly posted: PostedLine[] = [];
  readonly residents: readonly Dated<number>[];
  readonly norms: readonly Volume[];

  constructor(item: Input, input: Input, first: Month) {
    this.item = item;
    this.input = input;
    this.first = first;
    this.zones = item.has("meter") ? ZONES.filter((zone) => item.at("meter").has(zone)) : [];
    if (item.has("meter")) {
      const states = zoneVolumes(item.at("meter"));
      this.states.set("flat", { from: states, to: states });
      this.readings.push(this.readingOf(states, firstDay(first)));
    }
    for (const room of item.listOrNone("rooms"))
      if (room.has("meter")) this.start(room.text("id"), room.at("meter"));
    if (item.has("sections"))
      for (const [id, states] of item.entries("sections")) this.start(id, states);
    const history = item.listOrNone("history");
    this.startMissed = item.integerOr("missed", 0);
    this.before = history.map((volumes, index) => ({
      month: addMonths(first, index - history.length - this.startMissed),
      method: "METER",
      volumes: zoneVolumes(volumes),
    }));
    this.residents = item.listOrNone("residents").map((row) => ({
      value: row.integer("count"),
      from: row.has("from") ? row.day("from") : LONG_AGO,
      to: row.has("to") ? ((row.day("to") + 1) as Day) : null,
      origin: NOWHERE,
    }));
    this.norms = item.listOrNone("normTable").map((value) => value.asVolume());
  }

  private start(id: string, meter: Input): void {
    const states = zoneVolumes(meter);
    this.states.set(id, { from: states, to: states });
  }

  private readingOf(states: States, stateAt: Day): MeterReading {
    const values = this.zones.map((zone) => states[zone] ?? volume(0));
    return { stateAt, values, source: "PORTAL", origin: NOWHERE };
  }

  /** Takes the states of the month's last day from `readings`. */
  read(row: Input, period: Month): void {
    if (!row.has("readings")) return;
    const readings = row.at("readings");
    const take = (id: string, name: string): void => {
      const known = this.states.get(id);
      if (known === undefined || !readings.has(name)) return;
      this.states.set(id, { from: known.to, to: zoneVolumes(readings.at(name)) });
    };
    const own = this.item.text("id");
    take("flat", own);
    for (const id of this.states.keys()) if (id !== "flat") take(id, id);
    if (readings.has(own) && this.zones.length > 0)
      this.readings.push(this.readingOf(zoneVolumes(readings.at(own)), endDay(period)));
  }

  /** Energy of the last month by the meter of the flat, a room or a section. */
  moved(id: string): Volume {
    const states = this.states.get(id);
    invariant(states !== undefined, `no meter ${id}`);
    let sum = 0;
    for (const zone of ZONES) {
      const { from, to } = states;
      if (from[zone] === undefined || to[zone] === undefined) continue;
      const digits = this.item.integerOr("digits", 6);
      sum += registerDifference(from[zone], to[zone], digits, 1);
    }
    return volume(sum);
  }

  get hasMeter(): boolean {
    return this.zones.length > 0;
  }

  /** Persons and the norm per person on a day. */
  normOn(on: Day): { readonly persons: number; readonly norm: Volume } {
    let persons = 0;
    for (const row of this.residents) persons += valueAt([row], on) ?? 0;
    const norm = normRow(this.norms, persons);
    invariant(norm !== undefined, "no norm");
    return { persons, norm };
  }

  /** Regular lines of the month and differences of estimated months, posted at once. */
  bill(period: Month): readonly HouseLine[] {
    const history = this.history();
    const account: AccountFacts = {
      account: 1 as AccountId,
      number: this.item.text("id") as AccountNumber,
      served: { from: LONG_AGO, to: null },
      category: [{ value: "HOUSE", from: LONG_AGO, to: null, origin: NOWHERE }],
      norm:
        this.norms.length === 0
          ? []
          : [{ value: "NORM", from: LONG_AGO, to: null, origin: NOWHERE }],
      residents: this.personsByDay(),
      circumstances: NO_CIRCUMSTANCES,
      points: this.hasMeter ? [{ point: 1, meters: [this.meter()] }] : [],
      history,
      missedPeriods: this.missedBefore(history, period),
      posted: this.posted.filter((line) => this.isEstimated(line.origin)),
      late: [],
    };
    const billed = billSite(this.siteOf(account, period), rulesOf(CURRENT_RULES));
    const [problem] = billed.problems;
    invariant(problem === undefined, `held: ${problem?.problem.code}`);
    for (const line of billed.lines) this.posted.push({ ...line, run: 1 as RunId, period });
    return billed.lines.map((line) => {
      invariant(line.price !== null, "a line without price");
      const origin = line.origin === period ? null : line.origin;
      const { kind, zone, range, amount, price } = line;
      return { kind, zone, range, origin, volume: line.volume, price, amount };
    });
  }

  private meter() {
    return {
      meter: 1 as MeterId,
      serial: "1",
      installed: { from: LONG_AGO, to: null },
      zones: this.zones,
      digits: this.item.integerOr("digits", 6),
      ratio: 1,
      faults: [],
      readings: this.readings,
      origin: NOWHERE,
    };
  }

  private siteOf(account: AccountFacts, period: Month): SiteFacts {
    const limits = this.input.has("ranges")
      ? this.input
          .at("ranges")
          .list("limits")
          .map((limit) => limit.asVolume())
      : [];
    const norm = { from: LONG_AGO, to: null, perPerson: this.norms, act: "", origin: NOWHERE };
    const rows = this.input.list("tariffs");
    const three = this.zones.includes("T3");
    const versions = tariffVersions(rows, limits, three ? "prices3" : "prices");
    return {
      site: 1 as SiteId,
      shard: 0 as Shard,
      siteKind: "MKD",
      address: "",
      period,
      accounts: [account],
      premises: [],
      house: null,
      law: { tariffs: { HOUSE: versions }, norms: { NORM: [norm] }, odnNorms: {}, plotNorms: {} },
      switches: this.input.has("ranges") ? { "tariff.scheme": "RANGES" } : {},
    };
  }

  /** Rows of residents that overlap become one row per span of days. */
  private personsByDay(): readonly Dated<number>[] {
    const edges = new Set<Day>([LONG_AGO]);
    for (const row of this.residents) {
      edges.add(row.from);
      if (row.to !== null) edges.add(row.to);
    }
    const sorted = [...edges].sort((a, b) => a - b);
    return sorted.map((from, index) => {
      let value = 0;
      for (const row of this.residents) value += valueAt([row], from) ?? 0;
      return { value, from, to: sorted[index + 1] ?? null, origin: NOWHERE };
    });
  }

  private history(): MeteredMonth[] {
    const months = new Map<Month, MeteredMonth>(this.before.map((item) => [item.month, item]));
    for (const line of this.posted) {
      const known = months.get(line.origin);
      const volumes: Partial<Record<Zone, Volume>> = { ...known?.volumes };
      volumes[line.zone] = volume((volumes[line.zone] ?? 0) + line.volume);
      const method = line.kind === "AVERAGE" || line.kind === "NORM" ? line.kind : "METER";
      const kept = known?.method === "METER" ? "METER" : method;
      months.set(line.origin, { month: line.origin, method: kept, volumes });
    }
    return [...months.values()].sort((a, b) => a.month - b.month);
  }

  private isEstimated(origin: Month): boolean {
    return this.history().some((entry) => entry.month === origin && entry.method !== "METER");
  }

  private missedBefore(history: readonly MeteredMonth[], period: Month): number {
    let missed = 0;
    while (history.some((entry) => entry.month === period - missed - 1 && entry.method !== "METER"))
      missed += 1;
    return period - missed === this.first ? missed + this.startMissed : missed;
  }
}
