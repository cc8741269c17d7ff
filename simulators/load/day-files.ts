import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf } from "../../normalizer/model/dates.ts";
import type { ChannelDay, DayFile } from "../head-end/day-file.ts";
import { dayFileName, encodeDayFile } from "../head-end/day-file.ts";
import { between, draw } from "../random.ts";

/** A fleet of senders with points spread evenly over the 256 shards. */
export interface Fleet {
  readonly senders: number;
  readonly pointsPerSender: number;
  readonly days: number;
  readonly firstDay: Day;
  /** Of the points of a day, those that its correction states again: half of them with other values. */
  readonly correctedPercent: number;
}

export const AREA_INN = "7704181109";
/** Active and reactive energy taken. */
export const CHANNELS = ["01", "03"] as const;
const SEED = 80_020;
const SLOTS = 48;

export function senderInn(sender: number): string {
  return String(7_801_000_000 + sender);
}

export function pointCode(sender: number, point: number): string {
  return String(780_100_000_000_000 + sender * 100_000 + point);
}

/** The store's channel id of a point's channel; the shard of a point is its number modulo 256. */
export function channelId(fleet: Fleet, sender: number, point: number, channel: number): number {
  return 1_000_000 + (sender * fleet.pointsPerSender + point) * CHANNELS.length + channel;
}

export interface GeneratedFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** Values that stand in it. */
  readonly values: number;
}

/** Day by day the file of each sender, and after the files of a day their corrections. */
export function* generateFiles(fleet: Fleet): Generator<GeneratedFile> {
  for (let index = 0; index < fleet.days; index += 1) {
    for (const isCorrection of [false, true]) {
      for (let sender = 0; sender < fleet.senders; sender += 1) {
        yield generateFile(fleet, sender, index, isCorrection);
      }
    }
  }
}

function generateFile(
  fleet: Fleet,
  sender: number,
  index: number,
  isCorrection: boolean,
): GeneratedFile {
  const day = (fleet.firstDay + index) as Day;
  const points = [];
  for (let point = 0; point < fleet.pointsPerSender; point += 1) {
    const isRestated = between(1, 100, SEED, sender, index, point, 1) <= fleet.correctedPercent;
    if (isCorrection && !isRestated) continue;
    const version = isCorrection && draw(SEED, sender, index, point, 2) % 2 === 0 ? 1 : 0;
    points.push({
      code: pointCode(sender, point),
      name: `ПС ${sender} яч. ${point}`,
      channels: CHANNELS.map((code, channel) =>
        channelDay(code, [sender, index, point, channel, version]),
      ),
    });
  }
  const file: DayFile = {
    senderInn: senderInn(sender),
    senderName: `Сетевая организация ${sender}`,
    day,
    messageNumber: 1 + index * 2 + (isCorrection ? 1 : 0),
    timestamp: timestampAfter(day, isCorrection ? 3 : 1),
    areas: [{ inn: AREA_INN, name: "Потребители", points, groups: [] }],
  };
  return {
    name: dayFileName(file),
    bytes: encodeDayFile(file),
    values: points.length * CHANNELS.length * SLOTS,
  };
}

function channelDay(code: "01" | "03", keys: readonly number[]): ChannelDay {
  const values = Array.from({ length: SLOTS }, (_, slot) => ({
    text: String(draw(SEED, ...keys, slot) % 5000),
    status: 0 as const,
  }));
  return { code, values };
}

function timestampAfter(day: Day, hour: number): string {
  const { year, month, day: date } = civilOf((day + 1) as Day);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${year}${two(month)}${two(date)}${two(hour)}0000`;
}
