import type { Day } from "../../normalizer/model/dates.ts";
import { dayOfCivil } from "../../normalizer/model/dates.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";
import { parseAmount } from "./amount.ts";
import type { Lines } from "./lines.ts";
import type { ProblemList } from "./problem-list.ts";
import { shown } from "./problem-list.ts";
import type { Section } from "./sections.ts";

const DATE = /^(\d{2})\.(\d{2})\.(\d{4})$/;
/** A payment of another century is a slip of the pen, and would make partitions of its own. */
const YEARS = { from: 1990, to: 2100 };
/** Longer than any form of payment allows, purposes joined of six parts included. */
const FIELD_LENGTH_MAX = 4096;

/** Reads the fields of one section and reports each that is not usable; absent ones are "" or null. */
export class Fields {
  readonly section: Section;
  readonly #problems: ProblemList;
  readonly #lines: Lines;

  /** @param lines of the whole file: a problem names the line of its field */
  constructor(section: Section, lines: Lines, problems: ProblemList) {
    this.section = section;
    this.#lines = lines;
    this.#problems = problems;
  }

  text(key: string): string {
    const text = this.section.fields.get(key) ?? "";
    if (text.length > FIELD_LENGTH_MAX) {
      const values = { name: key, allowed: String(FIELD_LENGTH_MAX) };
      this.#problems.add("quarantined", "TOO_LONG", this.lineOf(key), values, this.name());
      return text.slice(0, FIELD_LENGTH_MAX);
    }
    return text;
  }

  required(key: string): string {
    const text = this.text(key);
    if (text === "") this.missing(key);
    return text;
  }

  missing(name: string): void {
    const { line } = this.section;
    this.#problems.add("quarantined", "MISSING_REQUIRED", line, { name }, this.name());
  }

  /** Null when the field is blank or no date; the latter is reported. */
  day(key: string): Day | null {
    const text = this.text(key);
    if (text === "") return null;
    const day = parseDay(text);
    if (day === null) {
      const values = { given: shown(text) };
      this.#problems.add("quarantined", "BAD_DATE", this.lineOf(key), values, this.name());
    }
    return day;
  }

  requiredDay(key: string): Day | null {
    return this.required(key) === "" ? null : this.day(key);
  }

  /**
   * Kopecks of an amount that has to stand here; null when it is refused.
   *
   * @param limit largest magnitude, kopecks
   */
  amount(key: string, limit: number): number | null {
    const text = this.section.fields.get(key);
    if (text === undefined) {
      this.missing(key);
      return null;
    }
    const amount = parseAmount(text);
    if (amount !== null && Math.abs(amount) <= limit) return amount;
    const values = { given: shown(text) };
    const at = this.lineOf(key);
    if (amount === null) {
      this.#problems.add("quarantined", "BAD_AMOUNT", at, values, this.name());
      return null;
    }
    const allowed = `${formatFixed(limit, MONEY_SCALE)} руб.`;
    this.#problems.add("quarantined", "AMOUNT_TOO_LARGE", at, { ...values, allowed }, this.name());
    return null;
  }

  zero(key: string): void {
    this.#problems.add("quarantined", "ZERO_AMOUNT", this.lineOf(key), undefined, this.name());
  }

  /** Line of the field, else of the section. */
  lineOf(key: string): number {
    const { line } = this.section;
    for (let at = line + 1; at <= this.#lines.length; at += 1) {
      const text = this.#lines.at(at - 1).trim();
      const equals = text.indexOf("=");
      if (equals < 0 && text !== "") return line;
      if (text.slice(0, equals).trimEnd() === key) return at;
    }
    return line;
  }

  /** What a person knows the section by. */
  name(): string {
    const { fields } = this.section;
    const number = fields.get("Номер");
    return shown(number === undefined ? (fields.get("РасчСчет") ?? "") : `№ ${number}`);
  }
}

export function parseDay(text: string): Day | null {
  const match = DATE.exec(text);
  const year = Number(match?.[3]);
  if (match === null || year < YEARS.from || year > YEARS.to) return null;
  return dayOfCivil(year, Number(match[2]), Number(match[1]));
}
