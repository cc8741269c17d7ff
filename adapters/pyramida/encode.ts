import iconv from "iconv-lite";
import { formatDay } from "../../normalizer/model/dates.ts";
import type {
  IntervalMessageHeader,
  IntervalPeriod,
  IntervalRecord,
} from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { formatScaled, INTERVAL_SCALE } from "../../normalizer/model/units.ts";

export interface OutgoingMessage {
  readonly header: IntervalMessageHeader;
  /** Name of each area by its ИНН. */
  readonly areaNames: Readonly<Record<string, string>>;
  /** Of the header's day; channels of one point, and points of one area, stand together. */
  readonly records: readonly IntervalRecord[];
}

export interface EncodedMessage {
  /** `80020_<ИНН>_<YYYYMMDD>_<number>.xml` (metering.md 1.2). */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Description that producers print beside a channel's code; readers use the code alone. */
const CHANNEL_NAMES: Readonly<Record<string, string>> = {
  "01": "активная прием",
  "02": "активная отдача",
  "03": "реактивная прием",
  "04": "реактивная отдача",
};

/**
 * One 80020 message as the real ones are written: windows-1251, CRLF, two blanks a level, values
 * without trailing zeros, a period without a value as an empty element of status 1.
 *
 * @throws InvariantError for a control character in a name: our own data, never a sender's
 */
export function encode(message: OutgoingMessage): EncodedMessage {
  const { header } = message;
  const day = formatDay(header.day).replaceAll("-", "");
  const { messageClass, messageNumber, senderInn } = header;
  const root = `class="${messageClass}" version="2" number="${messageNumber}"`;
  const lines = [
    `<?xml version="1.0" encoding="windows-1251"?>`,
    `<message ${root}>`,
    "  <datetime>",
    `    <timestamp>${header.timestamp}</timestamp>`,
    `    <daylightsavingtime>${header.daylightFlag ?? 0}</daylightsavingtime>`,
    `    <day>${day}</day>`,
    "  </datetime>",
    "  <sender>",
    `    <inn>${escaped(senderInn)}</inn>`,
    `    <name>${escaped(header.senderName)}</name>`,
    "  </sender>",
    ...areaLines(message),
    "</message>",
    "",
  ];
  return {
    name: `${messageClass}_${senderInn}_${day}_${messageNumber}.xml`,
    bytes: iconv.encode(lines.join("\r\n"), "win1251"),
  };
}

function areaLines({ records, areaNames }: OutgoingMessage): string[] {
  const lines: string[] = [];
  for (const area of runsOf(records, areaKey)) {
    const inn = area[0]?.source.areaInn ?? "";
    const timezone = area[0]?.areaTimezone;
    const attribute = timezone == null ? "" : ` timezone="${escaped(timezone)}"`;
    lines.push(`  <area${attribute}>`, `    <inn>${escaped(inn)}</inn>`);
    lines.push(`    <name>${escaped(areaNames[inn] ?? "")}</name>`);
    for (const owner of runsOf(area, ({ of, source }) => `${of} ${source.pointCode}`)) {
      lines.push(...ownerLines(owner));
    }
    lines.push("  </area>");
  }
  return lines;
}

function areaKey({ source, areaTimezone }: IntervalRecord): string {
  return `${source.areaInn} ${areaTimezone ?? ""}`;
}

function ownerLines(records: readonly IntervalRecord[]): string[] {
  return records.flatMap((record, index) => {
    const { of, pointName, source } = record;
    const name = `name="${escaped(pointName)}"`;
    const periods = record.periods.flatMap((period) => periodLines(period, "        "));
    if (of === "group") {
      const open = `    <deliverygroup code="${escaped(source.pointCode)}" ${name}>`;
      return [open, ...periods, "    </deliverygroup>"];
    }
    if (of === "flow") {
      const [from = "", to = ""] = source.pointCode.split(":");
      const codes = `codefrom="${escaped(from)}" codeto="${escaped(to)}"`;
      return [`    <peretok ${name} ${codes}>`, ...periods, "    </peretok>"];
    }
    const code = escaped(source.channelCode);
    const description = escaped(CHANNEL_NAMES[source.channelCode] ?? "");
    const isFirst = index === 0;
    const isLast = index === records.length - 1;
    return [
      ...(isFirst ? [`    <measuringpoint code="${escaped(source.pointCode)}" ${name}>`] : []),
      `      <measuringchannel code="${code}" desc="${description}">`,
      ...periods,
      "      </measuringchannel>",
      ...(isLast ? ["    </measuringpoint>"] : []),
    ];
  });
}

function periodLines(period: IntervalPeriod, indent: string): string[] {
  const { startMinute, endMinute, summer, value, status } = period;
  const season = summer === null ? "" : ` summer="${summer ? 1 : 0}"`;
  const isCommercial = status === "commercial" && value !== null;
  const text = value === null ? "" : formatScaled(value, INTERVAL_SCALE);
  return [
    `${indent}<period start="${clock(startMinute)}" end="${clock(endMinute % 1440)}"${season}>`,
    `${indent}  <value status="${isCommercial ? 0 : 1}">${text}</value>`,
    `${indent}</period>`,
  ];
}

/** Neighbours with the same key. */
function runsOf(
  records: readonly IntervalRecord[],
  keyOf: (record: IntervalRecord) => string,
): IntervalRecord[][] {
  const runs: IntervalRecord[][] = [];
  let key: string | null = null;
  for (const record of records) {
    if (keyOf(record) !== key) runs.push([]);
    key = keyOf(record);
    runs.at(-1)?.push(record);
  }
  return runs;
}

function clock(minute: number): string {
  const hours = String(Math.trunc(minute / 60)).padStart(2, "0");
  return `${hours}${String(minute % 60).padStart(2, "0")}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text and attributes alike; what windows-1251 lacks becomes a character reference. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  invariant(!/[\u0000-\u001f\u007f-\u009f\ufffd]/.test(text), "control character in a name");
  return text.replace(/[&<>"]|[^\u0020-\u007e]/gu, (character) => {
    const entity = ENTITIES[character];
    if (entity !== undefined) return entity;
    const encoded = iconv.encode(character, "win1251");
    const isKnown = iconv.decode(encoded, "win1251") === character;
    return isKnown ? character : `&#${character.codePointAt(0)};`;
  });
}
