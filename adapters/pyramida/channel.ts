import type { Day } from "../../normalizer/model/dates.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type {
  IntervalMessageHeader,
  IntervalPeriod,
  IntervalRecord,
} from "../../normalizer/model/records.ts";
import { readValue } from "./value.ts";

/** Half-hours and hours of the longest day are 75; a channel with many more only repeats itself. */
const PERIODS_MAX = 200;
const CODE_LENGTH_MAX = 64;
const SHOWN_LENGTH_MAX = 40;

export interface Area {
  inn: string | null;
  timezone: string | null;
}

/** A point, group or flow that channels or periods stand under. */
export interface Owner {
  readonly of: IntervalRecord["of"];
  readonly code: string;
  readonly name: string;
  readonly problems: readonly Problem[];
}

/** Checks an identifier: opaque, 1 to 64 characters. */
export function codeProblems(code: string | undefined, name: string, at: number): Problem[] {
  if (code === undefined || code === "") {
    return [{ code: "MISSING_REQUIRED", at: String(at), values: { name } }];
  }
  if (code.length <= CODE_LENGTH_MAX) return [];
  const values = { name, allowed: String(CODE_LENGTH_MAX) };
  return [{ code: "TOO_LONG", at: String(at), values }];
}

/** Collects one channel of one point; periods stay in the order of the document. */
export class ChannelReader {
  readonly at: number;
  readonly #owner: Owner;
  readonly #channelCode: string;
  readonly #decimalComma: boolean;
  readonly #periods: IntervalPeriod[] = [];
  readonly #problems: Problem[];

  constructor(
    owner: Owner,
    channelCode: string,
    problems: readonly Problem[],
    at: number,
    decimalComma: boolean,
  ) {
    this.at = at;
    this.#owner = owner;
    this.#channelCode = channelCode;
    this.#decimalComma = decimalComma;
    this.#problems = [...owner.problems, ...problems];
  }

  /** Texts as written; `value` null = no such element. */
  addPeriod(
    attributes: { readonly start?: string; readonly end?: string; readonly summer?: string },
    status: string | undefined,
    value: string | null,
    at: number,
  ): void {
    const { start = "", end = "", summer } = attributes;
    const startMinute = STARTS.get(start);
    const endMinute = ENDS.get(end);
    if (startMinute === undefined || endMinute === undefined) {
      this.#problem("PERIOD_INVALID", at, { from: shown(start), to: shown(end) });
      return;
    }
    if (this.#periods.length === PERIODS_MAX) {
      this.#problem("OVERLAP", at, { from: start, to: end });
      return;
    }
    const read = readValue(value ?? "", endMinute - startMinute, this.#decimalComma);
    if ("refusedAs" in read) {
      const place = { from: clock(startMinute), to: clock(endMinute) };
      this.#problem(read.refusedAs, at, { given: shown(value ?? ""), ...place });
    } else if (read.comma) {
      this.#problemOnce("DECIMAL_COMMA", at, { given: shown(value ?? "") });
    }
    this.#periods.push({
      at,
      startMinute,
      endMinute,
      summer: summer === "1" ? true : summer === "0" ? false : null,
      value: "refusedAs" in read ? null : read.value,
      refused: "refusedAs" in read,
      status: status === undefined || status === "0" ? "commercial" : "questionable",
    });
  }

  /** A second `value` in one period: neither can be chosen. */
  refuseRepeatedValue(at: number): void {
    const last = this.#periods.pop();
    if (last === undefined) return;
    this.#periods.push({ ...last, value: null, refused: true });
    if (last.refused) return;
    this.#problem("BAD_NUMBER", at, {
      from: clock(last.startMinute),
      to: clock(last.endMinute),
    });
  }

  finish(header: IntervalMessageHeader, area: Area): IntervalRecord {
    const areaProblems =
      area.inn === null ? codeProblems(undefined, "area/inn", this.at) : ([] as Problem[]);
    return {
      kind: "intervals",
      at: this.at,
      source: {
        senderInn: header.senderInn,
        areaInn: area.inn ?? "",
        pointCode: this.#owner.code,
        channelCode: this.#channelCode,
      },
      of: this.#owner.of,
      pointName: this.#owner.name,
      areaTimezone: area.timezone,
      day: header.day satisfies Day,
      periods: this.#periods,
      problems: [...this.#problems, ...areaProblems],
    };
  }

  #problem(code: ProblemCode, at: number, values: Readonly<Record<string, string>>): void {
    // A channel that is wrong throughout says so often enough in this many lines.
    if (this.#problems.length >= PERIODS_MAX) return;
    this.#problems.push({
      code,
      at: String(at),
      object: `${this.#owner.code}/${this.#channelCode}`,
      values,
    });
  }

  #problemOnce(code: ProblemCode, at: number, values: Readonly<Record<string, string>>): void {
    if (!this.#problems.some((problem) => problem.code === code)) this.#problem(code, at, values);
  }
}

/**
 * HHMM to minutes of the local day; what is no time is absent. An end of 0000 or 2400 is the end of
 * the day. Whether the two fit the grid is judged with the day's calendar, not here.
 */
const STARTS = new Map<string, number>();
const ENDS = new Map<string, number>([
  ["0000", 1440],
  ["2400", 1440],
]);
for (let minute = 0; minute < 1440; minute += 1) {
  const hour = String(Math.trunc(minute / 60)).padStart(2, "0");
  const text = `${hour}${String(minute % 60).padStart(2, "0")}`;
  STARTS.set(text, minute);
  if (minute > 0) ENDS.set(text, minute);
}

/** 90 → "01:30", for people; the end of the day is "24:00". */
function clock(minute: number): string {
  const hours = String(Math.trunc(minute / 60)).padStart(2, "0");
  return `${hours}:${String(minute % 60).padStart(2, "0")}`;
}

function shown(text: string): string {
  return text.slice(0, SHOWN_LENGTH_MAX);
}
