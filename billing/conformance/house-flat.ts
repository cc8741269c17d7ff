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
  PointFacts,
} from "../../normalizer/model/facts.ts";
import type { PremisesFacts, PremisesPayer } from "../../normalizer/model/house-facts.ts";
import type {
  AccountId,
  AccountNumber,
  MeterId,
  Origin,
  PremisesId,
  RunId,
} from "../../normalizer/model/ids.ts";
import type { Line, PostedLine, Zone } from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { normRow } from "../households/norm.ts";
import { valueAt } from "../validity.ts";
import { zoneVolumes } from "./households.ts";
import type { Input } from "./input.ts";

export const NOWHERE: Origin = { message: 0 as Origin["message"], at: 0 };
export const LONG_AGO = day("1990-01-01");

export const always = <Value>(value: Value): Dated<Value> => ({
  value,
  from: LONG_AGO,
  to: null,
  origin: NOWHERE,
});

interface CaseMeter {
  readonly point: number;
  readonly zones: readonly Zone[];
  readonly readings: MeterReading[];
}

export interface CaseAccount {
  readonly id: string;
  readonly account: AccountId;
  readonly part: PremisesPayer["part"];
  readonly item: Input;
  readonly posted: PostedLine[];
}

/** What is known of one premises of a house month by month: stands for the store and its assembler. */
export class Flat {
  readonly item: Input;
  readonly accounts: readonly CaseAccount[];
  readonly residents: readonly Dated<number>[];
  readonly norms: readonly Volume[];
  private readonly place: number;
  private readonly first: Month;
  /** By the id of the flat, its rooms and sections. */
  private readonly meters = new Map<string, CaseMeter>();
  private readonly before: readonly MeteredMonth[];
  private readonly startMissed: number;

  constructor(item: Input, first: Month, place: number) {
    this.item = item;
    this.first = first;
    this.place = place;
    const id = item.text("id");
    if (item.has("meter")) this.install(id, item.at("meter"));
    for (const room of item.listOrNone("rooms"))
      if (room.has("meter")) this.install(room.text("id"), room.at("meter"));
    if (item.has("sections"))
      for (const [section, states] of item.entries("sections")) this.install(section, states);
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
    this.accounts = this.accountsOf();
  }

  private install(id: string, states: Input): void {
    const zones = ZONES.filter((zone) => states.has(zone));
    const point = this.place * 100 + this.meters.size + 1;
    const readings = [readingOf(zones, states, firstDay(this.first))];
    this.meters.set(id, { point, zones, readings });
  }

  private accountsOf(): readonly CaseAccount[] {
    const of = (item: Input, index: number, part: PremisesPayer["part"]): CaseAccount => {
      const account = (this.place * 100 + index + 1) as AccountId;
      return { id: item.text("id"), account, part, item, posted: [] };
    };
    if (this.item.has("rooms"))
      return this.item.list("rooms").map((room, index) =>
        of(room, index, {
          kind: "ROOM",
          livingAreaE4: room.scaled("area", 4),
          section: room.has("section") ? room.text("section") : null,
        }),
      );
    if (this.item.has("accounts"))
      return this.item.list("accounts").map((row, index) =>
        of(row, index, {
          kind: "SHARE",
          weight: row.scaled("share", 4),
          isPrimary: row.flag("primary", false),
        }),
      );
    return [of(this.item, 0, { kind: "WHOLE" })];
  }

  /** Takes the states of the month's last day from `readings`. */
  read(row: Input, period: Month): void {
    if (!row.has("readings")) return;
    const readings = row.at("readings");
    for (const [id, { zones, readings: known }] of this.meters)
      if (readings.has(id)) known.push(readingOf(zones, readings.at(id), endDay(period)));
  }

  get hasMeter(): boolean {
    return this.meters.has(this.item.text("id"));
  }

  get norm(): string {
    return `NORM ${this.item.text("id")}`;
  }

  /** Persons and the norm per person on a day. */
  normOn(on: Day): { readonly persons: number; readonly norm: Volume } {
    let persons = 0;
    for (const row of this.residents) persons += valueAt([row], on) ?? 0;
    const norm = normRow(this.norms, persons);
    invariant(norm !== undefined, "no norm");
    return { persons, norm };
  }

  /**
   * The premises of one month. A held reading is none: without a mean and a norm nobody knows the
   * volume.
   */
  premises(): PremisesFacts {
    const isShared = this.accounts.some(({ part }) => part.kind !== "WHOLE");
    const sections = this.item.has("sections") ? this.item.at("sections").keys() : [];
    return {
      premises: (this.place + 1) as PremisesId,
      number: this.item.text("id"),
      use: "RESIDENTIAL",
      areaE4: [always(this.item.scaled("area", 4))],
      payers: this.accounts.map(({ account, part }) => ({ account, part })),
      points: isShared ? this.pointsOf(this.item.text("id")) : [],
      sections: sections.map((section) => ({ section, points: this.pointsOf(section) })),
      history: [],
      missedPeriods: 0,
      contract: null,
    };
  }

  accountFacts(of: CaseAccount, period: Month, isHeld: boolean): AccountFacts {
    const history = isHeld || of.part.kind === "ROOM" ? [] : this.history();
    const isOwn = of.part.kind !== "SHARE";
    return {
      account: of.account,
      number: of.id as AccountNumber,
      served: { from: LONG_AGO, to: null },
      category: [always(this.zones.includes("T3") ? "HOUSE 3" : "HOUSE")],
      norm: this.norms.length === 0 || isHeld ? [] : [always(this.norm)],
      residents: of.part.kind === "ROOM" ? [always(of.item.scaled("persons", 4))] : this.byDay(),
      circumstances: NO_CIRCUMSTANCES,
      points: isOwn ? this.pointsOf(of.id) : [],
      history,
      missedPeriods: isHeld ? 0 : this.missedBefore(history, period),
      posted: isHeld ? [] : of.posted.filter((line) => this.isEstimated(line.origin)),
      late: [],
    };
  }

  post(of: CaseAccount, lines: readonly Line[], period: Month): void {
    for (const line of lines) of.posted.push({ ...line, run: 1 as RunId, period });
  }

  private get zones(): readonly Zone[] {
    return this.meters.get(this.item.text("id"))?.zones ?? [];
  }

  private pointsOf(id: string): readonly PointFacts[] {
    const found = this.meters.get(id);
    if (found === undefined) return [];
    const { point, zones, readings } = found;
    return [
      {
        point,
        meters: [
          {
            meter: point as MeterId,
            serial: id,
            installed: { from: LONG_AGO, to: null },
            zones,
            digits: this.item.integerOr("digits", 6),
            ratio: 1,
            faults: [],
            readings,
            origin: NOWHERE,
          },
        ],
      },
    ];
  }

  /** Rows of residents that overlap become one row per span of days. */
  private byDay(): readonly Dated<number>[] {
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
    for (const line of this.accounts.flatMap(({ posted }) => posted)) {
      if (line.kind === "ODN") continue;
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

function readingOf(zones: readonly Zone[], states: Input, stateAt: Day): MeterReading {
  const known = zoneVolumes(states);
  const values = zones.map((zone) => known[zone] ?? volume(0));
  return { stateAt, values, source: "PORTAL", origin: NOWHERE };
}
