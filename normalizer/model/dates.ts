import { invariant } from "./result.ts";
import type { Branded } from "./units.ts";

/** A calendar date as days since 1970-01-01. Has no zone and no hour. */
export type Day = Branded<number, "day">;
/** A calendar month as year · 12 + (month − 1). */
export type Month = Branded<number, "month">;
/** Half an hour of UTC, counted from 1970-01-01T00:00Z: slot s covers [s · 1800, (s + 1) · 1800) seconds. */
export type Slot = Branded<number, "half-hour slot">;

/** Half-open range of days; `to` null = still in force. */
export interface DayRange {
  readonly from: Day;
  readonly to: Day | null;
}

export const SLOTS_PER_DAY = 48;

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ISO_MONTH = /^(\d{4})-(\d{2})$/;

/** Days since the epoch of a proleptic Gregorian date; the arithmetic of eras of 400 years, exact for any year. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function civilOf(date: Day): CivilDate {
  const z = date + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** The date, or null when it does not exist (2025-02-29). */
export function dayOfCivil(year: number, month: number, day: number): Day | null {
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  const date = daysFromCivil(year, month, day) as Day;
  const back = civilOf(date);
  return back.day === day && back.month === month ? date : null;
}

/** "2025-03-31" → Day, or null for any other text. */
export function parseDay(text: string): Day | null {
  const match = ISO_DATE.exec(text);
  if (match === null) return null;
  return dayOfCivil(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** For text that our own code or store wrote; throws when it is no date. */
export function day(text: string): Day {
  const date = parseDay(text);
  invariant(date !== null, `not a date: ${text}`);
  return date;
}

export function formatDay(date: Day): string {
  const known = texts.get(date);
  if (known !== undefined) return known;
  const { year, month, day: dayOfMonth } = civilOf(date);
  const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`;
  if (texts.size >= TEXTS_MAX) texts.clear();
  texts.set(date, text);
  return text;
}

/** A million rows are of a few days. */
const texts = new Map<Day, string>();
const TEXTS_MAX = 4_096;

/** Days of the month that the date falls in are counted by `daysIn(monthOf(date))`. */
export function monthOf(date: Day): Month {
  const { year, month } = civilOf(date);
  return (year * 12 + month - 1) as Month;
}

export function parseMonth(text: string): Month | null {
  const match = ISO_MONTH.exec(text);
  if (match === null) return null;
  const month = Number(match[2]);
  if (month < 1 || month > 12) return null;
  return (Number(match[1]) * 12 + month - 1) as Month;
}

export function month(text: string): Month {
  const value = parseMonth(text);
  invariant(value !== null, `not a month: ${text}`);
  return value;
}

export function formatMonth(value: Month): string {
  return `${pad(Math.floor(value / 12), 4)}-${pad((value % 12) + 1, 2)}`;
}

export function firstDay(value: Month): Day {
  return daysFromCivil(Math.floor(value / 12), (value % 12) + 1, 1) as Day;
}

/** First day after the month: with `firstDay` the half-open range of the month. */
export function endDay(value: Month): Day {
  return firstDay((value + 1) as Month);
}

export function daysIn(value: Month): number {
  return endDay(value) - firstDay(value);
}

export function addDays(date: Day, days: number): Day {
  return (date + days) as Day;
}

export function addMonths(value: Month, months: number): Month {
  return (value + months) as Month;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
