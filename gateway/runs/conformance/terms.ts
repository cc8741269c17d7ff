import { zoneOf } from "../../../billing/conformance/households.ts";
import {
  type Input,
  type Json,
  moneyText,
  priceText,
  volumeText,
} from "../../../billing/conformance/input.ts";
import {
  addMonths,
  type Day,
  daysIn,
  firstDay,
  formatDay,
  type Month,
} from "../../../normalizer/model/dates.ts";
import { ZONES, type Zone } from "../../../normalizer/model/lines.ts";
import {
  formatScaled,
  kopecks,
  type Price,
  price,
  VOLUME_SCALE,
  volume,
} from "../../../normalizer/model/units.ts";
import type { AccountTerms, Play, PlayedAccount } from "./play.ts";
import { LONG_AGO } from "./play.ts";
import type { Played, StoredLine } from "./store.ts";

/** How the result of a case is read out of the store, in the shape of its `expected`. */
export type Read = (played: Played) => Json | Promise<Json>;

/** A kind of case as facts of a store. */
export interface StoredKind {
  readonly site: "PRIVATE_HOUSE" | "MKD";
  readonly put: (play: Play, input: Input) => Read;
  /** `expected` without what no store holds: what stands on the way to a line, which the explanation shows. */
  readonly want?: (expected: Json) => Json;
}

/** The case says something that is no fact of a store; the text says what. */
export class NoFactError extends Error {
  override readonly name = "NoFactError";
}

export function requireFact(holds: boolean, why: string): void {
  if (!holds) throw new NoFactError(why);
}

export const lastDayOf = (month: Month): Day => (firstDay(addMonths(month, 1)) - 1) as Day;
export const kwh = (value: number): string => formatScaled(value, VOLUME_SCALE);
export const volumeOf = (value: number): string => volumeText(volume(value));
export const moneyOf = (value: number): string => moneyText(kopecks(value));
export const priceOf = (value: number | null): string => priceText(price(value ?? 0) as Price);

/** `tariffs` of a case as law; `limits` of its ranges stand in every version. */
export function putTariffs(
  play: Play,
  subject: string,
  rows: readonly Input[],
  limits: readonly string[] = [],
  list: "prices" | "prices3" = "prices",
): string {
  for (const [index, row] of rows.entries()) {
    const prices: Partial<Record<Zone, string[]>> = {};
    if (list === "prices3" && !row.at("prices").has("T0"))
      requireFact(false, "no rate round the clock");
    if (list === "prices3") prices.T0 = [row.at("prices").text("T0")];
    for (const [zone, value] of row.entries(list)) {
      prices[zoneOf(zone)] = Array.isArray(value.value)
        ? value.items().map((item) => item.asText())
        : [value.asText()];
    }
    const body = { prices, ...(limits.length === 0 ? {} : { limits }) };
    const to = rows[index + 1]?.day("from") ?? null;
    play.law.push(play.lawFact("tariff", play.name(subject), row.text("from"), body, to));
  }
  return play.name(subject);
}

export function putPrice(play: Play, text: string, subject = "one"): string {
  const body = { prices: { T0: [text] } };
  play.law.push(play.lawFact("tariff", play.name(subject), LONG_AGO, body));
  return play.name(subject);
}

/** kWh per person by the number of persons. */
export function putNorm(play: Play, perPerson: readonly string[], subject = "norm"): string {
  play.law.push(play.lawFact("norm", play.name(subject), LONG_AGO, { perPerson }));
  return play.name(subject);
}

export function limitsOf(input: Input): readonly string[] {
  if (!input.has("ranges")) return [];
  return input
    .at("ranges")
    .list("limits")
    .map((limit) => limit.asText());
}

/** An account with nobody registered, unless the case says so. */
export function putAccount(
  play: Play,
  month: Month,
  terms: AccountTerms,
  persons = 1,
): PlayedAccount {
  const account = play.account(terms);
  const whose = { account: account.number };
  play.enter(month, "residents", { whose, values: { count: String(persons) } });
  return account;
}

export interface MeterTerms {
  readonly serial: string;
  readonly zones: readonly Zone[];
  readonly whose: { readonly account: string } | { readonly site: number };
  readonly common?: Readonly<Record<string, string>>;
  readonly digits?: number;
  readonly ratio?: string;
  readonly replaces?: string;
  /** Law's days of the acts. */
  readonly from?: Day;
  readonly to?: Day;
}

export function putMeter(play: Play, month: Month, terms: MeterTerms): void {
  const { serial, zones, whose, common = {}, digits = 6, ratio = "1", replaces, from, to } = terms;
  play.enter(month, "meter", {
    whose: { ...whose, meter: serial },
    from: from === undefined ? LONG_AGO : formatDay(from),
    to: to === undefined ? null : formatDay(to),
    values: {
      ...common,
      ...(replaces === undefined ? {} : { replaces }),
      zones: ZONES.filter((zone) => zones.includes(zone)).join(","),
      digits: String(digits),
      decimals: "4",
      ratio,
    },
  });
}

/** States of past months that gave these volumes, the newest of `end` on the last day of `last`. */
export function putHistory(
  play: Play,
  month: Month,
  serial: string,
  of: {
    readonly last: Month;
    readonly end: Readonly<Partial<Record<Zone, number>>>;
    readonly volumes: readonly Readonly<Partial<Record<Zone, number>>>[];
    readonly digits?: number;
  },
): void {
  const state = { ...of.end };
  const turn = 10 ** (of.digits ?? 6) * 10 ** VOLUME_SCALE;
  const add = (on: Month) => {
    const texts = Object.entries(state).map(([zone, value]) => [zone, kwh(value)]);
    play.read(month, serial, lastDayOf(on), Object.fromEntries(texts));
  };
  add(of.last);
  for (const [index, volumes] of of.volumes.toReversed().entries()) {
    for (const zone of ZONES) {
      const known = state[zone];
      if (known !== undefined) state[zone] = (known - (volumes[zone] ?? 0) + turn) % turn;
    }
    add(addMonths(of.last, -index - 1));
  }
}

export function putSwitches(
  play: Play,
  month: Month,
  input: Input,
  names: Readonly<Record<string, string>>,
): void {
  for (const [short, name] of Object.entries(names))
    if (input.has(short)) {
      const { value } = input.at(short);
      play.switch(month, name, typeof value === "boolean" ? String(value) : input.text(short));
    }
}

/** Spans of days of a month with the persons of each: `persons[{count, days?}]`, the days from the first on. */
export function personSpans(rows: readonly Input[], month: Month) {
  const days = daysIn(month);
  const at = (on: number) => {
    let persons = 0;
    for (const row of rows) if (on < row.integerOr("days", days)) persons += row.integer("count");
    return persons;
  };
  const spans: { from: Day; to: Day; persons: number }[] = [];
  for (let on = 0; on < days; on += 1) {
    const open = spans.at(-1);
    const persons = at(on);
    const from = (firstDay(month) + on) as Day;
    if (open?.persons === persons) open.to = from;
    else spans.push({ from, to: from, persons });
  }
  return spans;
}

export function sumOf(lines: readonly StoredLine[]): { volume: number; amount: number } {
  let energy = 0;
  let amount = 0;
  for (const line of lines) {
    energy += line.volume;
    amount += line.amount;
  }
  return { volume: energy, amount };
}

/** Lines that differ in what the case does not tell apart are one. */
export function merged(
  lines: readonly StoredLine[],
  keyOf: (line: StoredLine) => string,
): readonly StoredLine[] {
  const groups = new Map<string, StoredLine>();
  for (const line of lines) {
    const key = keyOf(line);
    const known = groups.get(key);
    groups.set(
      key,
      known === undefined
        ? line
        : { ...known, volume: known.volume + line.volume, amount: known.amount + line.amount },
    );
  }
  return [...groups.values()];
}

/** The object without some of its keys, in the lists of it too. */
export function without(value: Json, names: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((item: Json) => without(item, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !names.includes(name))
      .map(([name, item]) => [name, without(item as Json, names)]),
  );
}
