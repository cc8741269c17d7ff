import type { Day, Month } from "../../normalizer/model/dates.ts";
import { addDays, daysIn, firstDay, formatMonth } from "../../normalizer/model/dates.ts";
import { draw } from "../random.ts";
import type { Area, ChannelDay, DayFile, PeriodValue, PointDay } from "./day-file.ts";
import { compactDay, dayFileName, encodeDayFile } from "./day-file.ts";
import { halfHourKwh } from "./profile.ts";
import { zipOf } from "./zip.ts";

/** A point that the head-end reads; nobody asks whether the receiver knows it. */
export interface MeteredPoint {
  readonly areaInn: string;
  readonly areaName: string;
  readonly code: string;
  readonly name: string;
  /** Mean of a working half-hour, kWh. */
  readonly loadKwh: number;
}

export interface MonthPlan {
  readonly seed: number;
  readonly period: Month;
  readonly senderInn: string;
  readonly senderName: string;
  readonly points: readonly MeteredPoint[];
  /** Number of the first message; one sequence per sender, +1 per message. */
  readonly firstNumber: number;
}

/** What the wire or the head-end does to a file; each fault comes once a month, on a day drawn by the seed. */
export type SendingEvent =
  | "regular"
  /** The same bytes once more. */
  | "duplicate"
  /** A greater number with the values of one channel that were wrong, empty or not reliable before. */
  | "correction"
  /** A day that comes after the next one. */
  | "out of order"
  /** Cut in the middle; the whole file follows under the same name. */
  | "broken"
  | "resent"
  /** Two hours of the first point have no value. */
  | "gap"
  /** Three hours of the first point are marked as not reliable. */
  | "questionable"
  /** A wrong value that nothing marks as wrong. */
  | "wrong value"
  /** The connection breaks in the middle of the upload; the file follows. */
  | "reset";

export interface Sending {
  readonly event: SendingEvent;
  /** Day of the values. */
  readonly day: Day;
  /** Day on which it is sent. */
  readonly sentOn: Day;
  readonly name: string;
  readonly bytes: Buffer;
  readonly via: "upload" | "folder";
}

type Spoilt = Extract<SendingEvent, "gap" | "questionable" | "wrong value">;
const FAULTS = [
  "duplicate",
  "out of order",
  "broken",
  "gap",
  "questionable",
  "wrong value",
  "reset",
] as const;
/** Days until the head-end notices and sends the correction. */
const CORRECTED_AFTER_DAYS = 3;
const REACTIVE_PERCENT = 38;
const TRAIT_FAULT_DAY = 201;

/** A month of files in the order of sending, faults included. The same plan gives the same bytes. */
export function monthOfSendings(plan: MonthPlan): readonly Sending[] {
  const faults = faultDays(plan);
  const sendings: Sending[] = [];
  let held: Sending | null = null;
  let number = plan.firstNumber;
  const corrections = new Map<Day, Day>();
  const first = firstDay(plan.period);
  for (let date = first; date < first + daysIn(plan.period) + 1; date = addDays(date, 1)) {
    const sentOn = addDays(date, 1);
    const corrected = corrections.get(date);
    if (corrected !== undefined) {
      sendings.push(correctionOf(plan, corrected, number, sentOn));
      number += 1;
    }
    if (date === first + daysIn(plan.period)) break;
    const fault = faults.get(date) ?? "regular";
    const file = dayFile(plan, date, number, spoiltBy(fault));
    number += 1;
    if (spoiltBy(fault) !== null) {
      const last = addDays(first, daysIn(plan.period));
      const when = Math.min(date + CORRECTED_AFTER_DAYS, last) as Day;
      corrections.set(when, date);
    }
    const sending: Sending = {
      event: fault,
      day: date,
      sentOn,
      name: dayFileName(file),
      bytes: encodeDayFile(file),
      via: fault === "reset" || date % 2 === 0 ? "upload" : "folder",
    };
    if (fault === "out of order") {
      held = { ...sending, sentOn: addDays(sentOn, 1) };
      continue;
    }
    sendings.push(...asSent(sending));
    if (held !== null) sendings.push(held);
    held = null;
  }
  return sendings;
}

/** A month without a fault as one archive, named as a mail names it. */
export function monthArchive(plan: MonthPlan): { readonly name: string; readonly bytes: Buffer } {
  const first = firstDay(plan.period);
  const entries = Array.from({ length: daysIn(plan.period) }, (_, index) => {
    const file = dayFile(plan, addDays(first, index), plan.firstNumber + index, null);
    return { name: dayFileName(file), bytes: encodeDayFile(file) };
  });
  return { name: `${plan.senderInn}_${formatMonth(plan.period)}.zip`, bytes: zipOf(entries) };
}

/** The first channel of the first point of a day once more, right this time, under a greater number. */
export function correctionOf(plan: MonthPlan, day: Day, number: number, sentOn: Day): Sending {
  const whole = dayFile(plan, day, number, null);
  const area = whole.areas[0] as Area;
  const point = area.points[0] as PointDay;
  const channels = point.channels.slice(0, 1);
  const file: DayFile = {
    ...whole,
    timestamp: `${compactDay(sentOn)}103000`,
    areas: [{ ...area, points: [{ ...point, channels }], groups: [] }],
  };
  return {
    event: "correction",
    day,
    sentOn,
    name: dayFileName(file),
    bytes: encodeDayFile(file),
    via: "upload",
  };
}

/** The file of one day; `spoilt` is what is wrong with its first channel. */
export function dayFile(plan: MonthPlan, day: Day, number: number, spoilt: Spoilt | null): DayFile {
  const areas = new Map<string, PointDay[]>();
  const names = new Map<string, string>();
  for (const [index, point] of plan.points.entries()) {
    const points = areas.get(point.areaInn) ?? [];
    points.push(pointDay(plan, point, index, day, index === 0 ? spoilt : null));
    areas.set(point.areaInn, points);
    names.set(point.areaInn, point.areaName);
  }
  return {
    senderInn: plan.senderInn,
    senderName: plan.senderName,
    day,
    messageNumber: number,
    timestamp: `${compactDay(addDays(day, 1))}030800`,
    areas: [...areas].map(([inn, points]) => ({
      inn,
      name: names.get(inn) ?? "",
      points,
      groups: [],
    })),
  };
}

function pointDay(
  plan: MonthPlan,
  point: MeteredPoint,
  index: number,
  day: Day,
  spoilt: Spoilt | null,
): PointDay {
  const active: PeriodValue[] = [];
  const reactive: PeriodValue[] = [];
  for (let slot = 0; slot < 48; slot += 1) {
    const kwh = halfHourKwh(plan.seed, index, point.loadKwh, day, slot);
    active.push(spoil({ text: String(kwh), status: 0 }, slot, spoilt));
    reactive.push({ text: String(Math.round((kwh * REACTIVE_PERCENT) / 100)), status: 0 });
  }
  const channels: ChannelDay[] = [
    { code: "01", values: active },
    { code: "03", values: reactive },
  ];
  return { code: point.code, name: point.name, channels };
}

function spoil(value: PeriodValue, slot: number, spoilt: Spoilt | null): PeriodValue {
  if (spoilt === "gap" && slot >= 20 && slot < 24) return { text: null, status: 1 };
  if (spoilt === "questionable" && slot >= 12 && slot < 18) return { ...value, status: 1 };
  if (spoilt === "wrong value" && slot === 30) return { ...value, text: `${value.text}7` };
  return value;
}

function asSent(sending: Sending): readonly Sending[] {
  if (sending.event === "duplicate") return [{ ...sending, event: "regular" }, sending];
  if (sending.event !== "broken") return [sending];
  const cut = sending.bytes.subarray(0, Math.floor(sending.bytes.length * 0.6));
  return [
    { ...sending, bytes: cut, via: "upload" },
    { ...sending, event: "resent", via: "upload" },
  ];
}

function spoiltBy(fault: SendingEvent): Spoilt | null {
  return fault === "gap" || fault === "questionable" || fault === "wrong value" ? fault : null;
}

/** Each fault on a day of its own; the last two days stay whole, so that what is late comes inside the month. */
function faultDays(plan: MonthPlan): ReadonlyMap<Day, SendingEvent> {
  const first = firstDay(plan.period);
  const days: Day[] = [];
  for (let offset = 1; offset < daysIn(plan.period) - 2; offset += 1) {
    days.push(addDays(first, offset));
  }
  days.sort(
    (left, right) =>
      draw(plan.seed, TRAIT_FAULT_DAY, left) - draw(plan.seed, TRAIT_FAULT_DAY, right),
  );
  return new Map(FAULTS.map((fault, index) => [days[index] as Day, fault]));
}
