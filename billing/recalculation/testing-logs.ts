import {
  addDays,
  addMonths,
  type Day,
  day,
  endDay,
  firstDay,
  formatDay,
  type Month,
  month,
} from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type { Switches } from "../../normalizer/model/facts.ts";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { lawOf, norms, tariffs } from "../households/testing.ts";
import { ACCOUNT, type Life, type LogFact, stateFact, versionFact } from "./testing.ts";

// Logs of one account from a few drawn numbers.
export const FIRST = month("2025-06");
const LONG_AGO = day("2010-01-01");
const ALWAYS = { from: LONG_AGO, to: null };
/** The old meter and the one in its place. */
export const METERS = [11, 12] as const;

const LIMITS = ["150", "300"];
const PRICES = (base: number): Record<Zone, readonly string[]> => ({
  T0: prices(base),
  T1: prices(base + 1.07),
  T3: prices(base - 0.11),
  T2: prices(base - 1.93),
});

function prices(first: number): readonly string[] {
  return [first, first * 1.31, first * 2.17].map((price) => price.toFixed(2));
}

export const LAW = lawOf(
  {
    URBAN_GAS: tariffs(
      [
        ["2024-01-01", PRICES(5.51)],
        ["2025-08-11", PRICES(6.04)],
      ],
      LIMITS,
    ),
    RURAL: tariffs([["2024-01-01", PRICES(3.86)]], LIMITS),
  },
  { N77: norms("77", "63", "49"), N100: norms("100") },
);

export interface DrawnReading {
  /** 10⁻⁴ kWh that each register moved in the month. */
  readonly moved: number;
  /** Days before the end of the month. */
  readonly before: number;
  /** Months until it is known; null = never. */
  readonly delay: number | null;
  readonly isCheck: boolean;
  /** Months until a correction of it, by this part of the movement of the month; null = none. */
  readonly corrected: { readonly delay: number; readonly percent: number } | null;
}

/** Days counted from the first month's first, and the month after the first in which they become known. */
export interface DrawnDays {
  readonly from: number;
  readonly days: number;
  readonly known: number;
}

export interface DrawnChange extends DrawnDays {
  readonly what: "residents" | "account";
  readonly number: number;
}

export interface DrawnLog {
  readonly months: number;
  /** Zones of the meter, of the one that takes its place; 0 = none. */
  readonly zones: number;
  readonly broughtMonths: number;
  readonly readings: readonly DrawnReading[];
  readonly replaced: (DrawnDays & { readonly zones: number }) | null;
  readonly changes: readonly DrawnChange[];
  readonly faults: readonly DrawnDays[];
  readonly stops: readonly DrawnDays[];
  readonly fixed: readonly DrawnDays[];
  readonly absences: readonly DrawnDays[];
  readonly breaches: readonly DrawnDays[];
  readonly benefits: readonly DrawnDays[];
  readonly manual: readonly DrawnDays[];
  readonly switches: Switches;
}

export function lifeOf(of: DrawnLog): Life {
  const switches = { "benefit.method": "IN_RECEIPT", ...of.switches };
  return { first: FIRST, last: addMonths(FIRST, of.months - 1), law: LAW, switches };
}

/** The facts by the month in which they become known; what was known from the start stands in the month before. */
export function logOf(of: DrawnLog): readonly LogFact[] {
  const start = addMonths(FIRST, -1);
  const log: LogFact[] = [
    versionFact(start, "account", String(ACCOUNT), ALWAYS, accountBody("URBAN_GAS", "N77")),
    versionFact(start, "residents", String(ACCOUNT), ALWAYS, { count: 2 }),
  ];
  if (of.zones > 0) log.push(...meterFacts(of));
  else log.push(versionFact(start, "meter-impossible", String(ACCOUNT), ALWAYS, { act: "1" }));
  // One version of a subject a month: which of two is the later one is not a matter of order.
  const taken = new Set<string>();
  for (const change of of.changes) {
    const known = addMonths(FIRST, change.known);
    if (taken.has(`${change.what}/${known}`)) continue;
    taken.add(`${change.what}/${known}`);
    log.push(changeFact(known, change));
  }
  const subject = (index: number) => `${ACCOUNT}/${index + 1}`;
  const account = String(ACCOUNT);
  if (of.zones > 0)
    for (const item of apart(of.faults))
      log.push(version("meter-fault", String(METERS[0]), item, { fault: "BROKEN" }));
  for (const item of apart(of.stops))
    log.push(version("stop", account, item, { reason: "CHARGING_STOPPED" }));
  for (const item of apart(of.fixed))
    log.push(version("fixed-volume", account, item, { volume: "123.4567" }));
  for (const [index, item] of of.absences.entries())
    log.push(version("absence", subject(index), item, { persons: 1 }));
  for (const [index, item] of of.breaches.entries()) log.push(breachFact(subject(index), item));
  for (const [index, item] of of.benefits.entries())
    log.push(version("benefit", subject(index), item, BENEFIT));
  for (const [index, item] of of.manual.entries()) log.push(manualFact(subject(index), item));
  return log.filter(({ known }) => known <= addMonths(FIRST, of.months - 1));
}

const BENEFIT = { beneficiaries: 1, standard: "40", percent: "50", family: false };

function daysOf({ from, days }: DrawnDays) {
  const first = addDays(firstDay(FIRST), from);
  return { from: first, to: addDays(first, days) };
}

function version<Kind extends keyof FactBodies>(
  kind: Kind,
  subject: string,
  item: DrawnDays,
  body: FactBodies[Kind],
): LogFact {
  return versionFact(addMonths(FIRST, item.known), kind, subject, daysOf(item), body);
}

/** Those without a day in common with an earlier one. */
function apart(all: readonly DrawnDays[]): readonly DrawnDays[] {
  const kept: DrawnDays[] = [];
  for (const item of all)
    if (kept.every(({ from, days }) => item.from > from + days || item.from + item.days < from))
      kept.push(item);
  return kept;
}

export function accountBody(category: string, norm: string): FactBodies["account"] {
  const number = String(ACCOUNT);
  return { number, holder: "", premises: "", areaM2: "50", category, norm };
}

function changeFact(known: Month, { what, number, ...item }: DrawnChange): LogFact {
  const days = number % 2 === 0 ? daysOf({ ...item, known: 0 }) : { ...daysOf(item), to: null };
  if (what === "residents")
    return versionFact(known, "residents", String(ACCOUNT), days, { count: 1 + number });
  const category = number < 3 ? "RURAL" : "URBAN_GAS";
  const body = accountBody(category, number % 3 === 0 ? "N77" : "N100");
  return versionFact(known, "account", String(ACCOUNT), days, body);
}

function breachFact(subject: string, item: DrawnDays): LogFact {
  const { from, to } = daysOf(item);
  // In force from the first day that the act charges: the check before.
  return versionFact(
    addMonths(FIRST, item.known),
    "breach",
    subject,
    { from, to },
    {
      type: "TAMPER",
      detected: formatDay(addDays(to, -1)),
      eliminated: formatDay(addDays(to, -1)),
      previousCheck: formatDay(from),
    },
  );
}

function manualFact(subject: string, item: DrawnDays): LogFact {
  const of = addMonths(FIRST, Math.min(item.known, item.from % 8));
  const days = { from: firstDay(of), to: endDay(of) };
  const body = { amount: `${item.from - 100}.07`, approvedBy: "Б" };
  return versionFact(addMonths(FIRST, item.known), "manual-recalculation", subject, days, body);
}

const ZONES_OF: readonly (readonly Zone[])[] = [[], ["T0"], ["T1", "T2"], ["T1", "T3", "T2"]];

export function meterBody(meter: number, zones: number): FactBodies["meter"] {
  const serial = String(meter);
  const more = { digits: 6, decimals: 4, ratio: 1 };
  return { account: ACCOUNT, point: 1, serial, zones: ZONES_OF[zones] ?? [], ...more };
}

/** A state at the end of every month before the first, then those that were drawn. */
function meterFacts(of: DrawnLog): readonly LogFact[] {
  const start = addMonths(FIRST, -1);
  const [old, next] = METERS;
  const log: LogFact[] = [
    versionFact(start, "meter", String(old), ALWAYS, meterBody(old, of.zones)),
  ];
  let zones = of.zones;
  let meter: number = old;
  let values: readonly number[] = Array.from({ length: zones }, () => 10_000_000);
  for (let back = of.broughtMonths; back >= 0; back -= 1) {
    values = values.map((value, zone) => value + 900_000 + zone * 70_000 + back * 10_000);
    log.push(stateFact(start, old, firstDay(addMonths(FIRST, -back)), values, "PORTAL"));
  }
  const replacedOn = of.replaced === null ? null : addDays(firstDay(FIRST), of.replaced.from);
  let replacedKnown = FIRST;
  for (const [index, drawn] of of.readings.slice(0, of.months).entries()) {
    const period = addMonths(FIRST, index);
    const stateAt = addDays(endDay(period), -drawn.before);
    if (of.replaced !== null && replacedOn !== null && meter === old && stateAt >= replacedOn) {
      const known = addMonths(FIRST, Math.max(of.replaced.known, index));
      values = values.map((value) => value + Math.floor(drawn.moved / 3));
      zones = of.replaced.zones;
      const first = Array.from({ length: zones }, () => 0);
      log.push(...replacement(known, replacedOn, values, zones, first));
      [values, meter, replacedKnown] = [first, next, known];
    }
    values = values.map((value, zone) => value + Math.floor(drawn.moved / (zone + 1)));
    if (drawn.delay === null || stateAt === replacedOn) continue;
    const source: ReadingSource = drawn.isCheck ? "CONTROLLER" : "PORTAL";
    const known = Math.max(period + drawn.delay, meter === next ? replacedKnown : 0) as Month;
    log.push(stateFact(known, meter, stateAt, values, source));
    if (drawn.corrected === null) continue;
    const { delay, percent } = drawn.corrected;
    const less = Math.floor((drawn.moved * percent) / 400);
    const right = values.map((value, zone) => value - Math.floor(less / (zone + 1)));
    log.push(stateFact(addMonths(known, delay), meter, stateAt, right, source));
  }
  return log;
}

function replacement(
  known: Month,
  on: Day,
  removed: readonly number[],
  zones: number,
  installed: readonly number[],
): readonly LogFact[] {
  const [old, next] = METERS;
  const days = { from: on, to: null };
  return [
    versionFact(known, "meter", String(old), days, null),
    stateFact(known, old, on, removed, "CONTROLLER"),
    versionFact(known, "meter", String(next), days, meterBody(next, zones)),
    stateFact(known, next, on, installed, "CONTROLLER"),
  ];
}
