import type { Problem, ProblemCode } from "../model/problems.ts";
import type { IntervalPeriod, IntervalRecord } from "../model/records.ts";
import type { LocalDay } from "./local-day.ts";

/** State of one half-hour of a channel, as the letter of its quality. */
const ACTUAL = 65; // A
const QUESTIONABLE = 81; // Q
const NO_DATA = 78; // N
/** Small letters mark a half-hour that is half of an hourly value. */
const HALF_OF_HOUR = 32;

/** What a record says of its day beside the half-hours themselves. */
export interface LaidOut {
  readonly problems: Problem[];
  /** Periods with a value as the file has them, and their exact sum. */
  readonly count: number;
  readonly total: number;
  /** Index after the last half-hour that has a value; 0 = none has. */
  readonly valuesEnd: number;
}

/**
 * The half-hours of one local day, by index of `LocalDay`. One grid serves all channels of a
 * message: a day of a large sender has tens of thousands of them.
 */
export class Grid {
  /** 10⁻⁶ kWh or kvarh of the record that was laid out last; NaN = no value. */
  readonly values: Float64Array;
  /** Codes of the quality letters (metering.md 8). */
  readonly qualities: Uint8Array;
  readonly #day: LocalDay;
  /** 1 where a period stands, 2 where its text was refused. */
  readonly #covered: Uint8Array;
  #record: IntervalRecord | null = null;
  #problems: Problem[] = [];
  #count = 0;
  #total = 0;
  #questionable = 0;

  constructor(day: LocalDay) {
    this.#day = day;
    this.values = new Float64Array(day.length);
    this.qualities = new Uint8Array(day.length);
    this.#covered = new Uint8Array(day.length);
  }

  /**
   * Puts the periods of a record on the grid (metering.md 1.1, 1.3). An hour v becomes v−⌊v/2⌋ and
   * ⌊v/2⌋. Problems of the form (PERIOD_INVALID, OVERLAP) refuse the channel; what it lacks is one
   * GAP per run.
   */
  layOut(record: IntervalRecord): LaidOut {
    this.#record = record;
    this.#problems = record.problems.length === 0 ? [] : [...record.problems];
    this.values.fill(Number.NaN);
    this.qualities.fill(NO_DATA);
    this.#covered.fill(0);
    this.#count = 0;
    this.#total = 0;
    this.#questionable = 0;
    for (const period of record.periods) this.#place(period);
    this.#reportQuestionable();
    const valuesEnd = this.#reportGaps();
    return { problems: this.#problems, count: this.#count, total: this.#total, valuesEnd };
  }

  #place(period: IntervalPeriod): void {
    const { startMinute, endMinute } = period;
    const minutes = endMinute - startMinute;
    if (startMinute % minutes !== 0 || (minutes !== 30 && minutes !== 60)) {
      this.#refuse("PERIOD_INVALID", period);
      return;
    }
    const halfHour = startMinute / 30;
    const first = this.#indexFor(halfHour, period);
    const second = minutes === 60 ? this.#indexFor(halfHour + 1, period) : null;
    if (first === null || (minutes === 60 && second === null)) return;
    const state = period.refused ? 2 : 1;
    this.#covered[first] = state;
    if (second !== null) this.#covered[second] = state;
    if (period.value === null) return;
    this.#count += 1;
    this.#total += period.value;
    const quality = period.status === "commercial" ? ACTUAL : QUESTIONABLE;
    if (quality === QUESTIONABLE) this.#questionable += 1;
    if (second === null) {
      this.#put(first, period.value, quality);
      return;
    }
    const half = Math.floor(period.value / 2);
    this.#put(first, period.value - half, quality + HALF_OF_HOUR);
    this.#put(second, half, quality + HALF_OF_HOUR);
  }

  /**
   * Where the half-hour goes; null when it does not exist on this day or is taken, which is
   * reported.
   */
  #indexFor(halfHour: number, period: IntervalPeriod): number | null {
    const indexes = this.#day.indexesOf[halfHour] ?? [];
    const [first, second] = indexes;
    if (first === undefined) {
      // A sender that writes 48 half-hours on a day of 46 leaves the missing hour empty.
      if (period.value !== null || period.refused) this.#refuse("PERIOD_INVALID", period);
      return null;
    }
    if (second === undefined) {
      if (this.#covered[first] === 0) return first;
      this.#refuse("OVERLAP", period);
      return null;
    }
    // The repeated hour: the attribute tells the two apart, without it the order of the document
    // does.
    const candidates = period.summer === null ? indexes : [period.summer ? first : second];
    const free = candidates.find((index) => this.#covered[index] === 0);
    if (free !== undefined) return free;
    this.#refuse("OVERLAP", period);
    return null;
  }

  get #at(): number {
    return this.#record?.at ?? 0;
  }

  #put(index: number, value: number, quality: number): void {
    this.values[index] = value;
    this.qualities[index] = quality;
  }

  #refuse(code: ProblemCode, period: IntervalPeriod): void {
    this.#problems.push(
      this.#problem(code, period.at, {
        from: clock(period.startMinute),
        to: clock(period.endMinute),
      }),
    );
  }

  #reportQuestionable(): void {
    if (this.#questionable === 0) return;
    const values = { count: String(this.#questionable) };
    this.#problems.push(this.#problem("NON_COMMERCIAL", this.#at, values));
  }

  /**
   * One GAP per run [from, to) of half-hours without a value; a refused text is no gap of its own.
   */
  #reportGaps(): number {
    let valuesEnd = 0;
    let from = -1;
    for (let index = 0; index <= this.#day.length; index += 1) {
      const value = this.values[index] ?? 0;
      const isGap = Number.isNaN(value) && this.#covered[index] !== 2;
      if (isGap) {
        if (from < 0) from = index;
        continue;
      }
      if (from >= 0) this.#reportGap(from, index);
      from = -1;
      if (index < this.#day.length && !Number.isNaN(value)) valuesEnd = index + 1;
    }
    return valuesEnd;
  }

  #reportGap(from: number, to: number): void {
    const start = this.#day.startMinutes[from] ?? 0;
    const end = (this.#day.startMinutes[to - 1] ?? 0) + 30;
    this.#problems.push(
      this.#problem("GAP", this.#at, {
        from: clock(start),
        to: clock(end),
        count: String(to - from),
      }),
    );
  }

  #problem(code: ProblemCode, at: number, values: Readonly<Record<string, string>>): Problem {
    const { pointCode = "", channelCode = "" } = this.#record?.source ?? {};
    return { code, at: String(at), object: `${pointCode}/${channelCode}`, values };
  }
}

/** 90 → "01:30"; the end of the day is "24:00". */
function clock(minute: number): string {
  const hours = String(Math.floor(minute / 60)).padStart(2, "0");
  return `${hours}:${String(minute % 60).padStart(2, "0")}`;
}
