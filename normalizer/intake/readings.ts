import type { Day } from "../model/dates.ts";
import { addDays, addMonths, civilOf, formatMonth, monthOf } from "../model/dates.ts";
import type {
  MeterRoute,
  NormalisedReadings,
  ReadingContext,
  ReadingFact,
  ReadingWrite,
  StoredReading,
  WaitingEntry,
} from "../model/intake-facts.ts";
import { NO_RECORDS } from "../model/intake-facts.ts";
import { definitionOf } from "../model/problem-catalogue.ts";
import type { Problem, ProblemCode, RecordOutcome } from "../model/problems.ts";
import type { HeldReading } from "../model/reading-facts.ts";
import type { ReadingRecord, ReadingSource } from "../model/records.ts";
import type { ControlLimits } from "./control-limits.ts";
import { ControlSwitches } from "./control-limits.ts";
import type { GivenReading, KnownOfMeter, Verdict } from "./reading-checks.ts";
import { judgeReading } from "./reading-checks.ts";

/** The easternmost zone of the country is UTC+12: later than its date there no reading can be. */
const EASTERNMOST_MS = 12 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Register readings of one message whose meters are in one shard, on what the store knows of them
 * (billing-individuals.md 17: the first check that hits decides; metering.md 7 and 8). A reading on
 * D is the state at D + 1.
 *
 * @param receivedAtMs receipt of the capture: a reading dated later is refused, in a replay too
 */
export function normaliseReadings(
  records: readonly ReadingRecord[],
  context: ReadingContext,
  receivedAtMs: number,
): NormalisedReadings {
  const intake = new ReadingIntake(context, receivedAtMs);
  for (const record of inTime(records)) intake.add(record);
  return intake.end();
}

/** Rows of one meter may stand in any order; each is judged by those of the days before it. */
function inTime(records: readonly ReadingRecord[]): readonly ReadingRecord[] {
  return [...records].sort((a, b) => (a.readOn ?? 0) - (b.readOn ?? 0) || a.at - b.at);
}

export function lastDayOfReceipt(receivedAtMs: number): Day {
  return Math.floor((receivedAtMs + EASTERNMOST_MS) / DAY_MS) as Day;
}

interface Remark {
  readonly code: ProblemCode;
  readonly effect: RecordOutcome | "no-op";
  readonly values?: Problem["values"];
}

class ReadingIntake {
  readonly #context: ReadingContext;
  readonly #switches: ControlSwitches;
  readonly #receivedOn: Day;
  /** In force, by meter, ascending by `stateAt`; rows of the message join as they are accepted. */
  readonly #inForce = new Map<number, StoredReading[]>();
  readonly #fromMessage = new Set<string>();
  readonly #writes = new Map<string, ReadingWrite>();
  readonly #held: HeldReading[] = [];
  readonly #waiting: WaitingEntry[] = [];
  readonly #problems: Problem[] = [];
  readonly #counts = { ...NO_RECORDS };
  #unchanged = 0;

  constructor(context: ReadingContext, receivedAtMs: number) {
    this.#context = context;
    this.#switches = new ControlSwitches(context.switches);
    this.#receivedOn = lastDayOfReceipt(receivedAtMs);
    for (const reading of [...context.stored].sort((a, b) => a.stateAt - b.stateAt)) {
      this.#readingsOf(reading.meter).push(reading);
    }
  }

  end(): NormalisedReadings {
    return {
      writes: [...this.#writes.values()],
      held: this.#held,
      waiting: this.#waiting,
      problems: this.#problems.sort((a, b) => Number(a.at) - Number(b.at)),
      counts: this.#counts,
      unchanged: this.#unchanged,
    };
  }

  add(record: ReadingRecord): void {
    const isReadable = record.problems.every(
      ({ code }) => code !== "NO_READING" && definitionOf(code).outcome !== "rejected",
    );
    const remarks = isReadable && record.readOn !== null ? this.#take(record, record.readOn) : [];
    const object = meterText(record.accountNumber, record.meterSerial);
    this.#problems.push(...record.problems);
    for (const { code, values } of remarks) {
      const problem = { code, at: String(record.at), object };
      this.#problems.push(values === undefined ? problem : { ...problem, values });
    }
    const effects = [
      ...record.problems.map(({ code }) => definitionOf(code).outcome),
      ...remarks.map(({ effect }) => effect),
    ];
    this.#counts[worstOf(effects)] += 1;
  }

  /** @returns what there is to say of the reading; it was written unless one of it refuses or delays */
  #take(record: ReadingRecord, readOn: Day): readonly Remark[] {
    const found = this.#meterOf(record, readOn);
    if ("code" in found) return [found];
    const { meter } = found;
    const known = this.#knownOf(meter, readOn);
    const { limits } = known;
    const verdict = judgeReading(found, known);
    const remark: Remark[] =
      verdict.code === null
        ? []
        : [{ code: verdict.code, effect: verdict.effect, values: verdict.details }];
    if (verdict.effect === "no-op") {
      this.#unchanged += 1;
      return remark;
    }
    const isLetIn = verdict.effect === "accepted" || verdict.effect === "warned";
    const doubt = record.problems.find(({ code }) => definitionOf(code).outcome === "held");
    if (!isLetIn) this.#hold(record, found, verdict, limits);
    else if (doubt === undefined) remark.push(...this.#accept(record, found, verdict, limits));
    else {
      const details = doubt.values ?? {};
      const doubted = { ...verdict, code: doubt.code, details, effect: "held" } as const;
      this.#hold(record, found, doubted, limits);
    }
    return remark;
  }

  #accept(
    { at }: ReadingRecord,
    given: GivenReading,
    verdict: Verdict,
    limits: ControlLimits,
  ): readonly Remark[] {
    const { fact, isOutside } = factOf(given, verdict, limits, at);
    this.#write(fact, verdict.isSameDay);
    const remarks: Remark[] = [];
    if (isOutside && verdict.code === null) {
      const period = formatMonth(fact.period ?? monthOf(given.readOn));
      remarks.push({ code: "WINDOW", effect: "warned", values: { period } });
    }
    if (isLate(fact, this.#context.openFrom)) remarks.push({ code: "LATE_FACT", effect: "warned" });
    return remarks;
  }

  #hold(
    { at }: ReadingRecord,
    { meter, readOn, typed, source }: GivenReading,
    { code, details, effect, values, previous, volume, expected }: Verdict,
    { priorities }: ControlLimits,
  ): void {
    if (code === null) return;
    this.#held.push({
      ...{ shard: meter.shard, site: meter.site, meter: meter.meter, serial: meter.serial },
      accountNumber: meter.accountNumber,
      ...{ readOn, typed, values, source, priority: priorities[source] },
      status: effect === "held" ? "HELD" : "REJECTED",
      ...{ code, details, volume, expected, at },
      previous:
        previous === null
          ? null
          : { readOn: addDays(previous.stateAt, -1), values: previous.values },
    });
  }

  #knownOf(meter: MeterRoute, readOn: Day): KnownOfMeter {
    return {
      inForce: this.#readingsOf(meter.meter),
      held: this.#context.held.filter((held) => held.meter === meter.meter),
      limits: this.#switches.limitsAt(meter, readOn),
      receivedOn: this.#receivedOn,
      isConfirmed: false,
    };
  }

  #meterOf(record: ReadingRecord, readOn: Day): GivenReading | Remark {
    const { accountNumber, meterSerial, values: typed, source } = record;
    if (accountNumber !== null && !this.#context.accounts.has(accountNumber)) {
      return this.#wait(record, "UNKNOWN_ACCOUNT", "account", accountNumber);
    }
    const ofSerial = this.#context.meters.get(meterSerial) ?? [];
    const candidates = ofSerial.filter(
      (route) => accountNumber === null || route.accountNumber === accountNumber,
    );
    const route = routeOn(candidates, readOn);
    if (route === null) return this.#wait(record, "UNKNOWN_METER", "meter", meterSerial);
    if (route.accounts.length > 1) {
      const values = { accounts: route.accounts.join(", ") };
      return { code: "AMBIGUOUS_ACCOUNT", effect: "held", values };
    }
    const { meter, installed, isInService } = route;
    return { meter, installed, isInService, readOn, typed, source };
  }

  #wait(
    record: ReadingRecord,
    code: "UNKNOWN_ACCOUNT" | "UNKNOWN_METER",
    kind: "account" | "meter",
    key: string,
  ): Remark {
    this.#waiting.push({ kind, key, code, at: record.at });
    return { code, effect: "waiting", values: { [kind]: key } };
  }

  #write(fact: ReadingFact, isSameDay: boolean): void {
    const key = `${fact.meter}/${fact.stateAt}`;
    const inForce = this.#readingsOf(fact.meter);
    const others = inForce.filter((reading) => reading.stateAt !== fact.stateAt);
    others.push(fact);
    others.sort((a, b) => a.stateAt - b.stateAt);
    this.#inForce.set(fact.meter, others);
    // A row that outranks another row of the same message takes its place; only what is stored is
    // replaced.
    const replaces = isSameDay && !this.#fromMessage.has(key);
    this.#writes.set(key, { fact, replaces: replaces || this.#writes.get(key)?.replaces === true });
    this.#fromMessage.add(key);
  }

  #readingsOf(meter: number): StoredReading[] {
    let readings = this.#inForce.get(meter);
    if (readings === undefined) {
      readings = [];
      this.#inForce.set(meter, readings);
    }
    return readings;
  }
}

/** In the place of an account, for people. */
const COMMON_METER = "общий прибор";

/** The version of a meter that a day falls into, or the nearest one; null without versions. */
export function routeOn(
  versions: readonly MeterRoute[],
  readOn: Day,
):
  | (Pick<GivenReading, "meter" | "installed" | "isInService"> & {
      /** More than one where the serial alone does not tell. */
      readonly accounts: readonly string[];
    })
  | null {
  const inService = versions.filter((route) => isInService(route, readOn));
  const meter = inService[0] ?? versions.findLast(({ from }) => from <= readOn) ?? versions[0];
  if (meter === undefined) return null;
  return {
    meter,
    installed: Math.min(...versions.map(({ from }) => from)) as Day,
    isInService: inService.length > 0,
    accounts: [...new Set(inService.map(({ accountNumber }) => accountNumber ?? COMMON_METER))],
  };
}

/**
 * The state before the first day and after the last one belong to the meter too: they open and
 * close it.
 */
function isInService(route: MeterRoute, readOn: Day): boolean {
  return route.from - 1 <= readOn && (route.to === null || readOn < route.to);
}

/** Whom the days of acceptance bind; the others read the meter when they come to it. */
const OF_CONSUMERS: readonly ReadingSource[] = ["PORTAL", "GIS_ZHKH", "ROBOT", "PAYMENT"];

/** The reading as a fact; after the days of acceptance it is one of the next month. */
export function factOf(
  { meter, readOn, source }: GivenReading,
  { values }: Verdict,
  { window }: ControlLimits,
  at: number,
): { readonly fact: ReadingFact; readonly isOutside: boolean } {
  const { day } = civilOf(readOn);
  const isBound = OF_CONSUMERS.includes(source);
  const isAfter = isBound && day > window.to;
  return {
    fact: {
      shard: meter.shard,
      site: meter.site,
      meter: meter.meter,
      stateAt: addDays(readOn, 1),
      values: values ?? [],
      source,
      ...(isAfter ? { period: addMonths(monthOf(readOn), 1) } : {}),
      at,
    },
    isOutside: isAfter || (isBound && day < window.from),
  };
}

/** It says something of a month that is closed. */
export function isLate({ stateAt, period }: ReadingFact, openFrom: Day | undefined): boolean {
  if (openFrom === undefined) return false;
  return (period ?? monthOf(addDays(stateAt, -1))) < monthOf(openFrom);
}

/** What a reading is of, for people; without an account where the row names none or the meter is a common one. */
export function meterText(accountNumber: string | null, serial: string): string {
  const account = accountNumber === null ? "" : `л/с ${accountNumber}, `;
  return `${account}прибор ${serial}`;
}

const WORST_FIRST = ["rejected", "held", "waiting"] as const;

function worstOf(effects: readonly string[]): RecordOutcome {
  for (const outcome of WORST_FIRST) if (effects.includes(outcome)) return outcome;
  return effects.length === 0 ? "accepted" : "warned";
}
