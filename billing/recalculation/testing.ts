import { type Circumstances, NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import {
  addMonths,
  type Day,
  type DayRange,
  day,
  endDay,
  firstDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import type { FactBodies, FactKind } from "../../normalizer/model/fact-bodies.ts";
import type {
  AccountFacts,
  Dated,
  HouseholdLaw,
  MeteredMonth,
  MeterFacts,
  MeterReading,
  PointFacts,
  Switches,
} from "../../normalizer/model/facts.ts";
import type { AccountId, AccountNumber, MeterId, RunId } from "../../normalizer/model/ids.ts";
import type { Line, PostedLine, Zone } from "../../normalizer/model/lines.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Kopecks, parseScaled, volume } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { kwh, ORIGIN, site } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";

// The log of one account and the months it is played in: what the store keeps of it, in memory.
const RULES_NOW = rulesOf(CURRENT_RULES);

/** What became known of the account in the month `known`, before its closing. */
export type LogFact = { readonly known: Month } & (
  | { readonly fact: "STATE"; readonly meter: number; readonly state: MeterReading }
  /** In force on its days in the place of what was said of them before. */
  | (DayRange & {
      readonly fact: "VERSION";
      readonly kind: FactKind;
      readonly subject: string;
      /** Null: nothing holds on these days. */
      readonly body: FactBodies[FactKind] | null;
    })
);

export interface Life {
  readonly first: Month;
  readonly last: Month;
  readonly law: HouseholdLaw;
  readonly switches: Switches;
}

export const ACCOUNT = 1;

export function stateFact(
  known: Month,
  meter: number,
  stateAt: Day,
  values: readonly number[],
  source: ReadingSource,
): LogFact {
  const state = { stateAt, values: values.map(volume), source, origin: ORIGIN };
  return { known, fact: "STATE", meter, state };
}

export function versionFact<Kind extends FactKind>(
  known: Month,
  kind: Kind,
  subject: string,
  { from, to }: DayRange,
  body: FactBodies[Kind] | null,
): LogFact {
  return { known, fact: "VERSION", kind, subject, from, to, body };
}

interface Version<Kind extends FactKind = FactKind> extends DayRange {
  readonly kind: Kind;
  readonly subject: string;
  readonly body: FactBodies[Kind];
}

/** What is known of the account at one moment. */
export class Knowledge {
  readonly versions = new Map<string, readonly Version[]>();
  readonly states = new Map<number, readonly MeterReading[]>();

  enter(fact: LogFact): void {
    if (fact.fact === "STATE") {
      const { meter, state } = fact;
      const others = (this.states.get(meter) ?? []).filter(
        ({ stateAt }) => stateAt !== state.stateAt,
      );
      this.states.set(
        meter,
        [...others, state].sort((a, b) => a.stateAt - b.stateAt),
      );
      return;
    }
    const { kind, subject, from, to, body } = fact;
    const key = `${kind}/${subject}`;
    const rest = (this.versions.get(key) ?? []).flatMap((version) => [
      { ...version, to: earlier(version.to, from) },
      { ...version, from: Math.max(version.from, to ?? Number.MAX_SAFE_INTEGER) as Day },
    ]);
    const kept = rest.filter((version) => version.to === null || version.from < version.to);
    const known = kept.filter((version) => version.from < Number.MAX_SAFE_INTEGER);
    const added = body === null ? [] : [{ kind, subject, from, to, body }];
    this.versions.set(key, [...known, ...added].sort(byFirstDay));
  }

  copy(): Knowledge {
    const copy = new Knowledge();
    for (const [key, versions] of this.versions) copy.versions.set(key, versions);
    for (const [meter, states] of this.states) copy.states.set(meter, states);
    return copy;
  }

  of<Kind extends FactKind>(kind: Kind): readonly Version<Kind>[] {
    return [...this.versions.values()]
      .flat()
      .filter((version): version is Version<Kind> => version.kind === kind)
      .sort(byFirstDay);
  }

  bodyOn(key: string, on: Day): FactBodies[FactKind] | null {
    const versions = this.versions.get(key) ?? [];
    return versions.find(({ from, to }) => from <= on && (to === null || on < to))?.body ?? null;
  }
}

/** Lines by the month they were posted in, and what was known at the newest closing that posted any. */
class Ledger {
  readonly posted: PostedLine[] = [];
  seen: Knowledge | null = null;
  private readonly closed: Month[] = [];

  post(lines: readonly Line[], period: Month, known: Knowledge): void {
    this.closed.push(period);
    for (const line of lines) this.posted.push({ ...line, run: period as number as RunId, period });
    if (lines.length > 0) this.seen = known;
  }

  /** Closed months that have no line yet, and billed months that say something else than was seen. */
  late(now: Knowledge): readonly Month[] {
    const { seen } = this;
    const billed = new Set(this.posted.map(({ origin }) => origin));
    return this.closed.filter((month) => {
      if (!billed.has(month)) return true;
      if (seen === null) return false;
      if (hasOtherFacts(seen, now, month) || hasNewStates(seen, now, month)) return true;
      // Measured days begin with the reading of the month before.
      return this.isMeasured(month) && hasOtherFacts(seen, now, addMonths(month, -1));
    });
  }

  private isMeasured(month: Month): boolean {
    return this.posted.some(({ origin, kind }) => origin === month && kind === "METER");
  }
}

/** Day by day, by what stands on the day. */
function hasOtherFacts(seen: Knowledge, now: Knowledge, month: Month): boolean {
  for (const [key, versions] of now.versions) {
    if (versions === seen.versions.get(key)) continue;
    for (let on = firstDay(month); on < endDay(month); on = (on + 1) as Day)
      if (JSON.stringify(seen.bodyOn(key, on)) !== JSON.stringify(now.bodyOn(key, on))) return true;
  }
  return false;
}

/** A state moves the months from its own to that of the next one. */
function hasNewStates(seen: Knowledge, now: Knowledge, month: Month): boolean {
  return [...now.states].some(([meter, states]) =>
    states.some((state) => {
      if (seen.states.get(meter)?.includes(state)) return false;
      const own = monthOfState(state);
      const next = states.map(monthOfState).find((other) => other > own);
      return own <= month && (next === undefined || month <= next);
    }),
  );
}

function monthOfState({ stateAt }: MeterReading): Month {
  return monthOf((stateAt - 1) as Day);
}

/** Fact by fact, each entered as it comes; a draft before them changes nothing, what the closing finds is posted. */
export function playByFact(log: readonly LogFact[], life: Life): readonly PostedLine[] {
  const ledger = new Ledger();
  const known = new Knowledge();
  for (const fact of log) if (fact.known < life.first) known.enter(fact);
  for (const period of monthsOf(life)) {
    billAt(known, ledger, period, life);
    for (const fact of log) if (fact.known === period) known.enter(fact);
    ledger.post(billAt(known, ledger, period, life), period, known.copy());
  }
  return ledger.posted;
}

/** One pass: what is known at each closing mark is read anew from the whole log, in any order inside a month. */
export function playInOnePass(log: readonly LogFact[], life: Life): readonly PostedLine[] {
  const ledger = new Ledger();
  for (const period of monthsOf(life)) {
    const known = new Knowledge();
    const until = log.filter((fact) => fact.known <= period);
    for (const fact of until.sort((a, b) => a.known - b.known)) known.enter(fact);
    ledger.post(billAt(known, ledger, period, life), period, known);
  }
  return ledger.posted;
}

/** The log as if everything had been known before the first month was billed. */
export function inTime(log: readonly LogFact[], { first }: Life): readonly LogFact[] {
  const sorted = [...log].sort((a, b) => a.known - b.known);
  return sorted.map((fact) => ({ ...fact, known: addMonths(first, -1) }));
}

/** Every month in one bill of the last one, nothing posted before. */
export function billAtOnce(log: readonly LogFact[], life: Life): readonly Line[] {
  const known = new Knowledge();
  for (const fact of inTime(log, life)) known.enter(fact);
  const ledger = new Ledger();
  for (const month of monthsOf(life)) if (month < life.last) ledger.post([], month, known);
  return billAt(known, ledger, life.last, life);
}

export function monthsOf({ first, last }: Life): readonly Month[] {
  return Array.from({ length: last - first + 1 }, (_, index) => addMonths(first, index));
}

/** An account that cannot be billed has no lines and is billed by a later month. */
function billAt(known: Knowledge, ledger: Ledger, period: Month, life: Life): readonly Line[] {
  const late = ledger.late(known);
  const points = pointsOf(known);
  const history = historyOf(points, ledger.posted, period, life.first);
  const account: AccountFacts = {
    ...accountOf(known),
    points,
    ...history,
    posted: mayChange(
      ledger.posted,
      (month) =>
        metersIn(points, month).length === 0 ||
        (isRead(points, month) &&
          history.history.some((entry) => entry.month === month && entry.method === "METER")),
      late,
      period,
    ),
    late,
  };
  const { law, switches } = life;
  const facts = site("2000-01", [account], [], { period, law, switches });
  return billSite(facts, RULES_NOW).lines;
}

function accountOf(known: Knowledge) {
  const versions = known.of("account");
  return {
    account: ACCOUNT as AccountId,
    number: String(ACCOUNT) as AccountNumber,
    served: { from: versions[0]?.from ?? (0 as Day), to: versions.at(-1)?.to ?? null },
    category: versions.map((version) => dated(version, version.body.category)),
    norm: versions.flatMap((version) =>
      version.body.norm === null ? [] : [dated(version, version.body.norm)],
    ),
    residents: known.of("residents").map((version) => dated(version, version.body.count)),
    circumstances: circumstancesOf(known),
  };
}

function dated<Value>({ from, to }: DayRange, value: Value): Dated<Value> {
  return { from, to, value, origin: ORIGIN };
}

function circumstancesOf(known: Knowledge): Circumstances {
  const of: Circumstances = {
    ...NO_CIRCUMSTANCES,
    fixedVolumes: known.of("fixed-volume").map((item) => dated(item, kwh(item.body.volume))),
    stops: known.of("stop").map((item) => dated(item, item.body.reason)),
    accessRefused: known.of("access-refused").map((item) => dated(item, item.body.act)),
    meterDelays: known.of("meter-delay").map((item) => dated(item, item.body.act)),
    absences: known.of("absence").map(({ subject, from, to, body }) => ({
      application: nameOf(subject),
      left: from,
      returned: to as Day,
      persons: body.persons,
      origin: ORIGIN,
    })),
    breaches: known.of("breach").map(({ subject, body }) => ({
      act: nameOf(subject),
      type: body.type,
      detected: day(body.detected),
      eliminated: day(body.eliminated),
      sealed: null,
      previousCheck: body.previousCheck === undefined ? null : day(body.previousCheck),
      connected: null,
      powerKwE4: null,
      origin: ORIGIN,
    })),
    benefits: known.of("benefit").map((item) =>
      dated(item, {
        category: nameOf(item.subject),
        beneficiaries: item.body.beneficiaries,
        standard: kwh(item.body.standard),
        percentE2: scaled(item.body.percent, 2),
        isFamily: item.body.family,
      }),
    ),
    meterImpossible: known.of("meter-impossible").map(({ from, to }) => ({ from, to })),
    manual: known.of("manual-recalculation").map(({ subject, from, body }) => ({
      document: nameOf(subject),
      month: monthOf(from),
      amount: scaled(body.amount, 2) as Kopecks,
      ground: "",
      origin: ORIGIN,
    })),
  };
  return Object.values(of).every((list) => list.length === 0) ? NO_CIRCUMSTANCES : of;
}

function nameOf(subject: string): string {
  return subject.slice(subject.indexOf("/") + 1);
}

function scaled(text: string, scale: number): number {
  const value = parseScaled(text, scale);
  invariant(value !== null, `no number: ${text}`);
  return value;
}

/** All meters stand at one point. */
function pointsOf(known: Knowledge): readonly PointFacts[] {
  const meters = new Map<number, MeterFacts>();
  for (const { subject, from, to, body } of known.of("meter")) {
    const meter = Number(subject);
    const before = meters.get(meter);
    const faults = known.of("meter-fault").filter((fault) => fault.subject === subject);
    meters.set(meter, {
      meter: meter as MeterId,
      serial: body.serial,
      installed: { from: before?.installed.from ?? from, to },
      zones: body.zones,
      digits: body.digits,
      ratio: body.ratio,
      faults: faults.map((fault) => dated(fault, fault.body.fault)),
      readings: known.states.get(meter) ?? [],
      origin: ORIGIN,
    });
  }
  const sorted = [...meters.values()].sort((a, b) => a.installed.from - b.installed.from);
  return sorted.length === 0 ? [] : [{ point: 1, meters: sorted }];
}

type Volumes = Partial<Record<Zone, number>>;

/** Posted months by their lines; months before the first by the states that were brought along, one a month. */
function historyOf(
  points: readonly PointFacts[],
  posted: readonly PostedLine[],
  period: Month,
  first: Month,
) {
  const months = new Map<Month, { method: MeteredMonth["method"]; volumes: Volumes }>();
  for (const { kind, origin, zone, volume } of posted) {
    const method = kind === "METER_DELTA" ? "METER" : kind;
    if (method !== "METER" && method !== "AVERAGE" && method !== "NORM") continue;
    const month = months.get(origin) ?? { method, volumes: {} };
    if (method === "METER") month.method = method;
    month.volumes[zone] = (month.volumes[zone] ?? 0) + volume;
    months.set(origin, month);
  }
  let firstState = Number.POSITIVE_INFINITY;
  for (const { readings, zones } of points.flatMap(({ meters }) => meters)) {
    firstState = Math.min(firstState, readings[0]?.stateAt ?? firstState);
    for (const [index, end] of readings.entries()) {
      const start = readings[index - 1];
      const month = monthOfState(end);
      if (start === undefined || month >= first) continue;
      invariant(monthOfState(start) === month - 1, "a month without a state was brought along");
      const moved = zones.map((zone, at) => [
        zone,
        (end.values[at] ?? 0) - (start.values[at] ?? 0),
      ]);
      months.set(month, { method: "METER", volumes: Object.fromEntries(moved) });
    }
  }
  const history = [...months]
    .map(
      ([month, { method, volumes }]): MeteredMonth => ({ month, method, volumes: shown(volumes) }),
    )
    .sort((a, b) => a.month - b.month);
  let missedPeriods = 0;
  for (let month = addMonths(period, -1); ; month = addMonths(month, -1), missedPeriods += 1) {
    const known = months.get(month);
    if (known?.method === "METER") break;
    if (known === undefined && (points.length === 0 || month <= monthOf(firstState as Day))) break;
  }
  return { history, missedPeriods };
}

/** A zone that differences took away is not there, but a month is. */
function shown(volumes: Volumes): MeteredMonth["volumes"] {
  const all = Object.entries(volumes);
  const kept = all.filter(([, value]) => value !== 0);
  return Object.fromEntries(kept.length > 0 ? kept : all.slice(0, 1)) as MeteredMonth["volumes"];
}

/** Lines of late months and of the months not billed by a reading directly before one of these or the period. */
function mayChange(
  posted: readonly PostedLine[],
  isMetered: (month: Month) => boolean,
  late: readonly Month[],
  period: Month,
): readonly PostedLine[] {
  const billed = new Set(posted.map(({ origin }) => origin));
  const months = new Set(late);
  for (const edge of [...late, period])
    for (let month = addMonths(edge, -1); billed.has(month); month = addMonths(month, -1)) {
      if (isMetered(month)) break;
      months.add(month);
    }
  return posted.filter(({ origin }) => months.has(origin));
}

function metersIn(points: readonly PointFacts[], month: Month): readonly MeterFacts[] {
  return points
    .flatMap(({ meters }) => meters)
    .filter(
      ({ installed: { from, to } }) =>
        from < endDay(month) && (to === null || to > firstDay(month)),
    );
}

/** Where a meter is in service, by a state that is no act. */
function isRead(points: readonly PointFacts[], month: Month): boolean {
  return metersIn(points, month).some(({ installed, readings }) =>
    readings.some(
      (state) =>
        monthOfState(state) === month &&
        state.stateAt !== installed.from &&
        state.stateAt !== installed.to,
    ),
  );
}

function earlier(end: Day | null, other: Day): Day {
  return end === null || end > other ? other : end;
}

/** Of the same first day by subject: the order of arrival is no order. */
function byFirstDay(a: Version, b: Version): number {
  return a.from - b.from || (a.subject < b.subject ? -1 : 1);
}
