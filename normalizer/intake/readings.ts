import type { Day } from "../model/dates.ts";
import { addDays, formatDay } from "../model/dates.ts";
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
import type { ReadingRecord, ReadingSource } from "../model/records.ts";
import type { Volume } from "../model/units.ts";
import { formatScaled, parseScaled, VOLUME_SCALE } from "../model/units.ts";
import { controlReading } from "./reading-control.ts";

/** The easternmost zone of the country is UTC+12: later than its date there no reading can be. */
const EASTERNMOST_MS = 12 * 3_600_000;
const DAY_MS = 86_400_000;

/** Equal ranks do not replace each other (metering.md 7). */
const RANKS: Readonly<Record<ReadingSource, number>> = {
  AMI: 4,
  CONTROLLER: 3,
  CHECK: 2,
  PORTAL: 1,
  GIS_ZHKH: 1,
  ROBOT: 1,
  PAYMENT: 1,
};

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

/** What only the account's history and contract could tell; the store does not hand it over yet. */
const UNKNOWN_LIMITS = {
  installedDay: null,
  averageDaily: null,
  maxPowerKwE4: null,
  excessMaxE4: 30_000,
} as const;

const WORST_CODE_FIRST: readonly ProblemCode[] = [
  "FORMAT",
  "NEGATIVE_DELTA",
  "OVER_MAX_POWER",
  "DEVIATION_HIGH",
  "ROLLOVER",
  "ZERO",
];

type Step<Value> =
  | { readonly value: Value }
  | { readonly code: ProblemCode; readonly values?: Readonly<Record<string, string>> };

class ReadingIntake {
  readonly #context: ReadingContext;
  readonly #receivedOn: Day;
  /** In force, by meter, ascending by `stateAt`; rows of the message join as they are accepted. */
  readonly #inForce = new Map<number, StoredReading[]>();
  readonly #fromMessage = new Set<string>();
  readonly #writes = new Map<string, ReadingWrite>();
  readonly #waiting: WaitingEntry[] = [];
  readonly #problems: Problem[] = [];
  readonly #counts = { ...NO_RECORDS };
  #unchanged = 0;

  constructor(context: ReadingContext, receivedAtMs: number) {
    this.#context = context;
    this.#receivedOn = Math.floor((receivedAtMs + EASTERNMOST_MS) / DAY_MS) as Day;
    for (const reading of [...context.stored].sort((a, b) => a.stateAt - b.stateAt)) {
      this.#readingsOf(reading.meter).push(reading);
    }
  }

  end(): NormalisedReadings {
    return {
      writes: [...this.#writes.values()],
      waiting: this.#waiting,
      problems: this.#problems.sort((a, b) => Number(a.at) - Number(b.at)),
      counts: this.#counts,
      unchanged: this.#unchanged,
    };
  }

  add(record: ReadingRecord): void {
    const problems = [...record.problems];
    const isReadable = problems.every(
      ({ code }) => code !== "NO_READING" && definitionOf(code).outcome !== "rejected",
    );
    if (isReadable && record.readOn !== null) {
      for (const { code, values } of this.#take(record, record.readOn)) {
        problems.push({
          code,
          at: String(record.at),
          object: objectOf(record),
          ...(values === undefined ? {} : { values }),
        });
      }
    }
    this.#problems.push(...problems);
    this.#counts[outcomeOf(problems)] += 1;
  }

  /**
   * @returns what there is to say of the reading; it was written unless one of it refuses or delays
   */
  #take(record: ReadingRecord, readOn: Day): { code: ProblemCode; values?: Problem["values"] }[] {
    const found = this.#meterOf(record, readOn);
    if ("code" in found) return [found];
    const meter = found.value;
    const stateAt = addDays(readOn, 1);
    const inForce = this.#readingsOf(meter.meter);
    const previous = inForce.findLast((reading) => reading.stateAt < stateAt);
    const control = this.#control(record, readOn, meter, previous);
    if (control === "FORMAT") return [formatProblem(record, meter)];
    const same = inForce.find((reading) => reading.stateAt === stateAt);
    const dated = this.#checkDate(record, stateAt, inForce, same);
    if (dated !== null) return [dated];
    const zoned = inOrderOfMeter(record, meter);
    if ("code" in zoned) return [zoned];
    const fact: ReadingFact = {
      shard: meter.shard,
      site: meter.site,
      meter: meter.meter,
      stateAt,
      values: zoned.value,
      source: record.source,
      at: record.at,
    };
    if (same !== undefined) {
      const refusal = againstSameDay(fact, same);
      if (refusal?.code === "DUPLICATE") this.#unchanged += 1;
      if (refusal !== null) return [refusal];
    }
    const values = { previous: shown(previous?.values ?? []), given: shown(fact.values) };
    const code = control ?? (this.#fallsBefore(fact, meter, inForce) ? "NEGATIVE_DELTA" : null);
    const remark = code === null ? null : { code, values };
    if (remark !== null && definitionOf(remark.code).outcome !== "warned") return [remark];
    this.#write(fact, same !== undefined);
    const { openFrom } = this.#context;
    const isLate = openFrom !== undefined && stateAt <= openFrom;
    return [
      ...(remark === null ? [] : [remark]),
      ...(isLate ? [{ code: "LATE_FACT" as const }] : []),
    ];
  }

  /**
   * The worst of what reading control says of each register; limits that are not known are not
   * tested.
   */
  #control(
    record: ReadingRecord,
    readDay: Day,
    meter: MeterRoute,
    previous: StoredReading | undefined,
  ): ProblemCode | null {
    const codes = record.values.map(({ zone, text }) => {
      const index = (meter.zones as readonly string[]).indexOf(zone);
      const context = {
        ...UNKNOWN_LIMITS,
        previous: previous?.values[index] ?? (0 as Volume),
        previousDay: previous === undefined ? null : addDays(previous.stateAt, -1),
        readDay,
        today: this.#receivedOn,
        digits: meter.digits,
        decimals: meter.decimals,
        ratio: meter.ratio,
      };
      return controlReading(text.trim(), context).code;
    });
    return WORST_CODE_FIRST.find((code) => codes.includes(code)) ?? null;
  }

  /** A late reading of a meter that reports itself must fit what comes after it, too. */
  #fallsBefore(fact: ReadingFact, meter: MeterRoute, inForce: readonly StoredReading[]): boolean {
    const next = inForce.find(({ stateAt }) => stateAt > fact.stateAt);
    if (next === undefined) return false;
    return next.values.some((value, index) => {
      const context = {
        ...UNKNOWN_LIMITS,
        previous: fact.values[index] ?? (0 as Volume),
        previousDay: addDays(fact.stateAt, -1),
        readDay: addDays(next.stateAt, -1),
        today: null,
        digits: meter.digits,
        decimals: null,
        ratio: meter.ratio,
      };
      return controlReading(formatScaled(value, VOLUME_SCALE), context).code === "NEGATIVE_DELTA";
    });
  }

  #meterOf(record: ReadingRecord, readOn: Day): Step<MeterRoute> {
    const { accountNumber, meterSerial } = record;
    if (accountNumber !== null && !this.#context.accounts.has(accountNumber)) {
      return this.#wait(record, "UNKNOWN_ACCOUNT", "account", accountNumber);
    }
    const ofSerial = this.#context.meters.get(meterSerial) ?? [];
    const candidates = ofSerial.filter(
      (route) => accountNumber === null || route.accountNumber === accountNumber,
    );
    if (candidates.length === 0) return this.#wait(record, "UNKNOWN_METER", "meter", meterSerial);
    const inService = candidates.filter((route) => isInService(route, readOn));
    const [meter] = inService;
    if (meter === undefined) {
      const installed = Math.min(...candidates.map(({ from }) => from)) as Day;
      if (readOn < installed) {
        const reason = `прибор установлен ${formatDay(installed)}`;
        return { code: "DATE", values: { given: formatDay(readOn), reason } };
      }
      return { code: "STATE", values: { meter: meterSerial } };
    }
    const accounts = new Set(inService.map((route) => route.accountNumber));
    if (accounts.size === 1) return { value: meter };
    return { code: "AMBIGUOUS_ACCOUNT", values: { accounts: [...accounts].join(", ") } };
  }

  #wait(
    record: ReadingRecord,
    code: "UNKNOWN_ACCOUNT" | "UNKNOWN_METER",
    kind: "account" | "meter",
    key: string,
  ): { code: ProblemCode; values: Readonly<Record<string, string>> } {
    this.#waiting.push({ kind, key, code, at: record.at });
    return { code, values: { [kind]: key } };
  }

  /**
   * Automatic sources fill holes of the past; what people report is never older than what stands.
   */
  #checkDate(
    record: ReadingRecord,
    stateAt: Day,
    inForce: readonly StoredReading[],
    same: StoredReading | undefined,
  ): { code: "DATE"; values: Readonly<Record<string, string>> } | null {
    const given = formatDay(addDays(stateAt, -1));
    if (addDays(stateAt, -1) > this.#receivedOn) {
      return { code: "DATE", values: { given, reason: "позже получения" } };
    }
    const last = inForce.at(-1);
    if (last === undefined || same !== undefined || record.source === "AMI") return null;
    if (stateAt > last.stateAt) return null;
    const reason = `есть показание на ${formatDay(addDays(last.stateAt, -1))}`;
    return { code: "DATE", values: { given, reason } };
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

/**
 * The state before the first day and after the last one belong to the meter too: they open and
 * close it.
 */
function isInService(route: MeterRoute, readOn: Day): boolean {
  return route.from - 1 <= readOn && (route.to === null || readOn < route.to);
}

function formatProblem(record: ReadingRecord, meter: MeterRoute) {
  const given = record.values.map(({ text }) => text.slice(0, 40)).join(" / ");
  return {
    code: "FORMAT" as const,
    values: { given, display: `${meter.digits}.${meter.decimals}` },
  };
}

function inOrderOfMeter(record: ReadingRecord, meter: MeterRoute): Step<readonly Volume[]> {
  const texts = meter.zones.map((zone) => record.values.find((one) => one.zone === zone)?.text);
  const values = texts.map((text) => parseScaled(text?.trim() ?? "", VOLUME_SCALE));
  const isComplete = values.every((value) => value !== null);
  if (isComplete && record.values.length === meter.zones.length) {
    return { value: values as Volume[] };
  }
  const given = record.values.map(({ zone }) => zone).join(", ");
  return { code: "ZONES", values: { given, expected: meter.zones.join(", ") } };
}

function againstSameDay(
  fact: ReadingFact,
  same: StoredReading,
): { code: ProblemCode; values: Readonly<Record<string, string>> } | null {
  if (fact.values.every((value, index) => value === same.values[index])) {
    return { code: "DUPLICATE", values: {} };
  }
  const rank = RANKS[fact.source] - RANKS[same.source];
  if (rank > 0) return null;
  if (rank < 0) return { code: "LOWER_PRIORITY", values: { source: same.source } };
  return { code: "CONFLICT", values: { stored: shown(same.values), given: shown(fact.values) } };
}

function shown(values: readonly Volume[]): string {
  return values.map((value) => formatScaled(value, VOLUME_SCALE)).join(" / ");
}

function objectOf(record: ReadingRecord): string {
  const account = record.accountNumber === null ? "" : `л/с ${record.accountNumber}, `;
  return `${account}прибор ${record.meterSerial}`;
}

const WORST_FIRST = ["rejected", "held", "waiting"] as const;

function outcomeOf(problems: readonly Problem[]): RecordOutcome {
  const effects = new Set(problems.map(({ code }) => definitionOf(code).outcome));
  for (const outcome of WORST_FIRST) if (effects.has(outcome)) return outcome;
  return effects.size === 0 ? "accepted" : "warned";
}
