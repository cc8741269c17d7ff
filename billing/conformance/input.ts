import {
  type Day,
  day,
  formatDay,
  formatMonth,
  type Month,
  month,
} from "../../normalizer/model/dates.ts";
import { InvariantError, invariant } from "../../normalizer/model/result.ts";
import {
  formatFixed,
  formatScaled,
  type Kopecks,
  kopecks,
  MONEY_SCALE,
  PRICE_SCALE,
  type Price,
  parseScaled,
  price,
  VOLUME_SCALE,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";
import { Exact } from "../exact.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Typed access to the input of a case; what is missing or of another form throws with its path. */
export class Input {
  readonly value: Json;
  readonly path: string;

  constructor(value: Json, path: string) {
    this.value = value;
    this.path = path;
  }

  has(name: string): boolean {
    const value = this.object()[name];
    return value !== undefined && value !== null;
  }

  at(name: string): Input {
    const value = this.object()[name];
    if (value === undefined) throw new InvariantError(`${this.path}.${name} is absent`);
    return new Input(value, `${this.path}.${name}`);
  }

  list(name: string): readonly Input[] {
    return this.at(name).items();
  }

  /** The list, or an empty one where the key is absent. */
  listOrNone(name: string): readonly Input[] {
    return this.has(name) ? this.list(name) : [];
  }

  items(): readonly Input[] {
    invariant(Array.isArray(this.value), `${this.path} is no list`);
    return this.value.map((item: Json, index: number) => new Input(item, `${this.path}[${index}]`));
  }

  entries(name: string): readonly (readonly [string, Input])[] {
    const inner = this.at(name);
    return Object.keys(inner.object()).map((key) => [key, inner.at(key)] as const);
  }

  keys(): readonly string[] {
    return Object.keys(this.object());
  }

  text(name: string): string {
    return this.at(name).asText();
  }

  textOr(name: string, otherwise: string): string {
    return this.has(name) ? this.text(name) : otherwise;
  }

  /** A string, or a number as its shortest text. */
  asText(): string {
    if (typeof this.value === "number") return String(this.value);
    invariant(typeof this.value === "string", `${this.path} is no text`);
    return this.value;
  }

  flag(name: string, otherwise: boolean): boolean {
    if (!this.has(name)) return otherwise;
    const { value } = this.at(name);
    invariant(typeof value === "boolean", `${this.path}.${name} is no flag`);
    return value;
  }

  integer(name: string): number {
    return this.scaled(name, 0);
  }

  integerOr(name: string, otherwise: number): number {
    return this.has(name) ? this.integer(name) : otherwise;
  }

  scaled(name: string, scale: number): number {
    return this.at(name).asScaled(scale);
  }

  scaledOr(name: string, scale: number, otherwise: number): number {
    return this.has(name) ? this.scaled(name, scale) : otherwise;
  }

  asScaled(scale: number): number {
    const value = parseScaled(this.asText(), scale);
    invariant(value !== null, `${this.path}: ${this.asText()} has more than ${scale} decimals`);
    return value;
  }

  day(name: string): Day {
    return this.at(name).asDay();
  }

  asDay(): Day {
    return day(this.asText());
  }

  /** "2026-01-15T00:30", local time, as minutes since 1970-01-01. */
  asMinute(): number {
    const [date, clock] = this.asText().split("T");
    const [hours, minutes] = (clock ?? "00:00").split(":").map(Number);
    return day(date ?? "") * 1440 + (hours ?? 0) * 60 + (minutes ?? 0);
  }

  month(name: string): Month {
    return month(this.text(name));
  }

  volume(name: string): Volume {
    return volume(this.scaled(name, VOLUME_SCALE));
  }

  asVolume(): Volume {
    return volume(this.asScaled(VOLUME_SCALE));
  }

  asPrice(): Price {
    return price(this.asScaled(PRICE_SCALE));
  }

  price(name: string): Price {
    return this.at(name).asPrice();
  }

  money(name: string): Kopecks {
    return kopecks(this.scaled(name, MONEY_SCALE));
  }

  asMoney(): Kopecks {
    return kopecks(this.asScaled(MONEY_SCALE));
  }

  exact(name: string): Exact {
    return this.at(name).asExact();
  }

  exactOr(name: string, otherwise: string): Exact {
    return this.has(name) ? this.exact(name) : new Exact(otherwise);
  }

  asExact(): Exact {
    return new Exact(this.asText());
  }

  private object(): JsonObject {
    const { value } = this;
    invariant(
      typeof value === "object" && value !== null && !Array.isArray(value),
      `${this.path} is no object`,
    );
    return value as JsonObject;
  }
}

/** "50.6667", "0": without trailing zeros. */
export function volumeText(value: Volume): string {
  return formatScaled(value, VOLUME_SCALE);
}

export function priceText(value: Price): string {
  return formatScaled(value, PRICE_SCALE);
}

/** "945.45", "-0.50": always 2 decimals. */
export function moneyText(value: Kopecks | number): string {
  return formatFixed(value, MONEY_SCALE);
}

export function dayText(value: Day): string {
  return formatDay(value);
}

export function monthText(value: Month): string {
  return formatMonth(value);
}
