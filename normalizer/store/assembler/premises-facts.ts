import type { Month } from "../../model/dates.ts";
import { addMonths, monthOf } from "../../model/dates.ts";
import type { MeteredMonth, PointFacts } from "../../model/facts.ts";
import type {
  CarriedVolume,
  HouseFacts,
  PremisesFacts,
  PremisesPayer,
} from "../../model/house-facts.ts";
import type { AccountId } from "../../model/ids.ts";
import type { LineKind, PostedLine } from "../../model/lines.ts";
import type { PostedHouseMonth } from "../house-months.ts";
import { dated, quantityE4, volumeOf } from "./circumstances.ts";
import type { FactRow } from "./fact-rows.ts";
import { historyOf, monthsOfLines, withPasts } from "./history.ts";
import type { HouseRows, MeterRows, PremisesRows } from "./household-rows.ts";
import { isReadIn, pointsOf } from "./meter-facts.ts";
import { overlapsMonth } from "./timeline.ts";

/** What the facts of a house's past are made from. */
export interface HousePast {
  readonly period: Month;
  /** First month that was looked at. */
  readonly lookedBackTo: Month;
  /** In the order of posting. */
  readonly posted: readonly PostedHouseMonth[];
  readonly linesOf: (account: AccountId) => readonly PostedLine[];
}

/** The common part of a house; null where the supplier knows nothing of it. */
export function houseFactsOf(
  { versions, carries, meters }: HouseRows,
  { period, lookedBackTo, posted }: HousePast,
): HouseFacts | null {
  const newest = versions.findLast(({ from }) => overlapsMonth({ from, to: null }, period));
  if (newest === undefined) return null;
  const points = pointsOf(meters);
  const before = posted.filter((one) => one.period < period);
  const { months, missedPeriods } = historyOf(points, odpuMonths(before), lookedBackTo, period);
  const last = before.reduce<PostedHouseMonth | null>(
    (newer, one) => (newer === null || one.period >= newer.period ? one : newer),
    null,
  );
  return {
    management: versions.map((fact) => dated(fact, fact.body.management)),
    totalAreaE4: versions.map((fact) => dated(fact, quantityE4(fact.body.totalAreaM2))),
    commonAreaE4: versions.map((fact) => dated(fact, quantityE4(fact.body.commonAreaM2))),
    odnNorm: versions.map((fact) => dated(fact, fact.body.odnNorm)),
    category: newest.body.category,
    points,
    history: months,
    missedPeriods,
    carried: carriedInto(carries, last, period),
  };
}

/**
 * What the last posted month left, unless a balance opens a month after it: of that one no month is
 * known, it counts as the one before its opening.
 */
function carriedInto(
  carries: HouseRows["carries"],
  last: PostedHouseMonth | null,
  period: Month,
): readonly CarriedVolume[] {
  const opened = carries.findLast(({ from }) => monthOf(from) <= period);
  if (opened !== undefined && (last === null || monthOf(opened.from) > last.period)) {
    const left = volumeOf(opened.body.volume);
    return left === 0 ? [] : [{ month: addMonths(monthOf(opened.from), -1), volume: left }];
  }
  return last === null ? [] : last.result.carried;
}

/** Months that were billed by the ОДПУ or by its mean; a held month kept what the meter had shown. */
function odpuMonths(posted: readonly PostedHouseMonth[]): readonly MeteredMonth[] {
  return posted.flatMap(({ period, result: { method, odpu, zones } }) =>
    odpu === null || method === "NORM"
      ? []
      : [
          {
            month: period,
            method: method === "AVERAGE" ? ("AVERAGE" as const) : ("METER" as const),
            volumes:
              zones.length === 0
                ? { T0: odpu }
                : Object.fromEntries(zones.map((zone) => [zone.zone, zone.odpu])),
          },
        ],
  );
}

/** Premises of the house by id; one that only meters or payers name waits for its own fact. */
export function premisesFactsOf(house: HouseRows, past: HousePast): readonly PremisesFacts[] {
  return [...house.premises.values()]
    .sort((a, b) => a.premises - b.premises)
    .flatMap((rows) => {
      const current = inForce(rows.versions, past.period);
      return current === undefined ? [] : [premisesOf(rows, current, past)];
    });
}

function premisesOf(
  { premises, versions, payers, meters }: PremisesRows,
  { body }: FactRow<"premises">,
  past: HousePast,
): PremisesFacts {
  const { period } = past;
  return {
    premises,
    number: body.number,
    use: body.use,
    areaE4: versions.map((fact) => dated(fact, quantityE4(fact.body.areaM2))),
    payers: payersOf(payers, period),
    ...(meters.length === 0 ? NOT_MEASURED : measuresOf({ meters, payers }, past)),
    contract:
      body.contract === undefined ? null : { account: body.contract as AccountId, volume: null },
  };
}

type Measures = Pick<PremisesFacts, "points" | "sections" | "history" | "missedPeriods">;

/** Most flats have meters of their accounts alone. */
const NOT_MEASURED: Measures = { points: [], sections: [], history: [], missedPeriods: 0 };

function measuresOf(
  { meters, payers }: Pick<PremisesRows, "meters" | "payers">,
  { period, lookedBackTo, linesOf }: HousePast,
): Measures {
  const metersOf = (section: string): MeterRows[] =>
    meters.filter((meter) => meter.section === section).map(({ rows }) => rows);
  const accounts = new Set(payers.map(({ subject }) => Number(subject) as AccountId));
  const lines = [...accounts].flatMap((account) => linesOf(account));
  const points = withPasts(pointsOf(metersOf("")), lines, lookedBackTo, period);
  const names = [...new Set(meters.map(({ section }) => section))].filter((name) => name !== "");
  const sections = names
    .sort()
    .map((section) => ({ section, points: pointsOf(metersOf(section)) }));
  if (points.length === 0) return { ...NOT_MEASURED, sections };
  const { months, missedPeriods } = historyOf(
    points,
    flatMonths(points, lines),
    lookedBackTo,
    period,
  );
  return { points, sections, history: months, missedPeriods };
}

/** Lines of rooms say not how their flat was measured: its readings do. */
const ROOM_KINDS: readonly LineKind[] = ["OWN", "SECTION", "COMMON"];

/** What all payers of a flat together were billed by its meter, month by month. */
function flatMonths(
  points: readonly PointFacts[],
  lines: readonly PostedLine[],
): readonly MeteredMonth[] {
  const asMeter = lines.map((line): PostedLine => {
    if (!ROOM_KINDS.includes(line.kind)) return line;
    return { ...line, kind: isReadIn(points, line.origin) ? "METER" : "AVERAGE" };
  });
  return monthsOfLines(asMeter);
}

function payersOf(
  occupancies: readonly FactRow<"occupancy">[],
  period: Month,
): readonly PremisesPayer[] {
  const byAccount = new Map<AccountId, FactRow<"occupancy">>();
  for (const fact of occupancies) {
    if (overlapsMonth(fact, period)) byAccount.set(Number(fact.subject) as AccountId, fact);
  }
  return [...byAccount]
    .sort(([a], [b]) => a - b)
    .map(([account, { body }]) => ({ account, part: partOf(body) }));
}

function partOf(body: FactRow<"occupancy">["body"]): PremisesPayer["part"] {
  if (body.part === "WHOLE") return { kind: "WHOLE" };
  if (body.part === "ROOM") {
    return {
      kind: "ROOM",
      livingAreaE4: quantityE4(body.livingAreaM2 ?? ""),
      section: body.section ?? null,
    };
  }
  return { kind: "SHARE", weight: body.weight ?? 0, isPrimary: body.primary === true };
}

function inForce(
  versions: readonly FactRow<"premises">[],
  period: Month,
): FactRow<"premises"> | undefined {
  return versions.findLast((fact) => overlapsMonth(fact, period));
}
