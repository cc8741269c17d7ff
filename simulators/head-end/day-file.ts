import iconv from "iconv-lite";
import type { Day } from "../../normalizer/model/dates.ts";
import { civilOf } from "../../normalizer/model/dates.ts";

/**
 * The other side's encoder of макет 80020 (metering.md, section 1.1), written from the format and not from our reader: an
 * error of one must not hide in the other.
 */
export interface DayFile {
  readonly senderInn: string;
  readonly senderName: string;
  readonly day: Day;
  readonly messageNumber: number;
  /** YYYYMMDDhhmmss, when the head-end made the file. */
  readonly timestamp: string;
  readonly areas: readonly Area[];
}

export interface Area {
  readonly inn: string;
  readonly name: string;
  readonly points: readonly PointDay[];
  readonly groups: readonly GroupDay[];
}

export interface PointDay {
  readonly code: string;
  readonly name: string;
  readonly channels: readonly ChannelDay[];
}

export interface ChannelDay {
  readonly code: "01" | "02" | "03" | "04";
  /** 48 half-hours of the local day. */
  readonly values: readonly PeriodValue[];
}

/** Energy of a group of points by hours; the format gives it no channel. */
export interface GroupDay {
  readonly code: string;
  readonly name: string;
  /** 24 hours of the local day. */
  readonly values: readonly PeriodValue[];
}

export interface PeriodValue {
  /** kWh or kvarh as text; null = the element is there and empty. */
  readonly text: string | null;
  /** 0 commercial, 1 not reliable. */
  readonly status: 0 | 1;
}

const CHANNEL_NAMES: Readonly<Record<ChannelDay["code"], string>> = {
  "01": "активная прием",
  "02": "активная отдача",
  "03": "реактивная прием",
  "04": "реактивная отдача",
};

export function dayFileName(file: DayFile): string {
  return `80020_${file.senderInn}_${compactDay(file.day)}_${file.messageNumber}.xml`;
}

/** Bytes in windows-1251 with CRLF, as the real producers write them. */
export function encodeDayFile(file: DayFile): Buffer {
  const lines = [
    `<?xml version="1.0" encoding="windows-1251"?>`,
    `<message class="80020" version="2" number="${file.messageNumber}">`,
    `  <datetime>`,
    `    <timestamp>${file.timestamp}</timestamp>`,
    `    <daylightsavingtime>0</daylightsavingtime>`,
    `    <day>${compactDay(file.day)}</day>`,
    `  </datetime>`,
    `  <sender>`,
    `    <inn>${file.senderInn}</inn>`,
    `    <name>${escapeXml(file.senderName)}</name>`,
    `  </sender>`,
  ];
  for (const area of file.areas) {
    lines.push(`  <area timezone="1">`, `    <inn>${area.inn}</inn>`);
    lines.push(`    <name>${escapeXml(area.name)}</name>`);
    for (const point of area.points) pushPoint(lines, point);
    for (const group of area.groups) {
      lines.push(`    <deliverygroup code="${group.code}" name="${escapeXml(group.name)}">`);
      pushPeriods(lines, group.values, 60);
      lines.push(`    </deliverygroup>`);
    }
    lines.push(`  </area>`);
  }
  lines.push(`</message>`, "");
  return iconv.encode(lines.join("\r\n"), "windows-1251");
}

function pushPoint(lines: string[], point: PointDay): void {
  lines.push(`    <measuringpoint code="${point.code}" name="${escapeXml(point.name)}">`);
  for (const channel of point.channels) {
    lines.push(
      `      <measuringchannel code="${channel.code}" desc="${CHANNEL_NAMES[channel.code]}">`,
    );
    pushPeriods(lines, channel.values, 30);
    lines.push(`      </measuringchannel>`);
  }
  lines.push(`    </measuringpoint>`);
}

function pushPeriods(lines: string[], values: readonly PeriodValue[], minutes: 30 | 60): void {
  for (const [index, { text, status }] of values.entries()) {
    const start = clockOf(index * minutes);
    const end = clockOf((index + 1) * minutes);
    lines.push(
      `        <period start="${start}" end="${end}">`,
      `          <value status="${status}">${text ?? ""}</value>`,
      `        </period>`,
    );
  }
}

/** Minutes of the day as HHMM; the end of the day is 0000. */
function clockOf(minutes: number): string {
  const hour = Math.floor(minutes / 60) % 24;
  return `${String(hour).padStart(2, "0")}${String(minutes % 60).padStart(2, "0")}`;
}

export function compactDay(date: Day): string {
  const { year, month, day } = civilOf(date);
  return `${year}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
