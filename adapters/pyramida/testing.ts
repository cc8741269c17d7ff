import { encode as encodeText } from "iconv-lite";
import type { IntervalRecord } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import { parse } from "./parse.ts";
import { Reading } from "./reading.ts";
import { Refusal } from "./refusal.ts";

export const NAME = "80020_7801001231_20220515_7.xml";

export interface Read {
  readonly parsed: readonly Parsed[];
  readonly records: readonly IntervalRecord[];
  /** `CODE` of every problem, of records too; those that end the message with its outcome. */
  readonly codes: readonly string[];
}

export async function read(
  bytes: Uint8Array,
  name: string = NAME,
  profile: Partial<PyramidaProfile> = {},
): Promise<Read> {
  async function* whole() {
    yield bytes;
  }
  const parsed: Parsed[] = [];
  const input = { name, bytes: whole(), profile: { ...DEFAULT_PROFILE, ...profile } };
  for await (const item of parse(input)) parsed.push(item);
  return sorted(parsed);
}

/** Every edge between two pieces falls somewhere else; parse itself reads in blocks of one size. */
export function readInPieces(bytes: Uint8Array, pieceBytes: number): Read {
  const parsed: Parsed[] = [];
  const reading = new Reading({ name: NAME, profile: DEFAULT_PROFILE });
  try {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      reading.write(bytes.subarray(from, from + pieceBytes));
    }
    reading.end();
    parsed.push(...reading.taken());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    parsed.push(...reading.taken(), error.parsed);
  }
  return sorted(parsed);
}

function sorted(parsed: readonly Parsed[]): Read {
  const records: IntervalRecord[] = [];
  const codes: string[] = [];
  for (const item of parsed) {
    if (item.kind === "problem") {
      codes.push(item.problem.code + (item.outcome === "none" ? "" : ` ${item.outcome}`));
    } else if (item.kind === "record" && item.record.kind === "intervals") {
      records.push(item.record);
      codes.push(...item.record.problems.map(({ code }) => code));
    }
  }
  return { parsed, records, codes };
}

export interface Parts {
  readonly declaration?: string;
  readonly root?: string;
  readonly datetime?: string;
  readonly sender?: string;
  readonly area?: string;
  readonly point?: string;
  readonly periods?: string;
}

export const PERIOD = `<period start="0000" end="0030"><value>12</value></period>`;

export function message(parts: Parts = {}): string {
  const periods = parts.periods ?? PERIOD;
  const point =
    parts.point ??
    `<measuringpoint code="472070015107101" name="ТП-1"><measuringchannel code="01" desc="x">${periods}</measuringchannel></measuringpoint>`;
  const datetime =
    parts.datetime ??
    "<timestamp>20220516030800</timestamp><daylightsavingtime>0</daylightsavingtime><day>20220515</day>";
  return [
    parts.declaration ?? `<?xml version="1.0" encoding="windows-1251"?>`,
    `<message ${parts.root ?? `class="80020" version="2" number="7"`}>`,
    `<datetime>${datetime}</datetime>`,
    `<sender>${parts.sender ?? "<inn>7801001231</inn><name>Завод</name>"}</sender>`,
    `<area>${parts.area ?? `<inn>4705004562</inn><name>Площадка</name>${point}`}</area>`,
    "</message>",
  ].join("\r\n");
}

export function bytes(text: string, encoding = "win1251"): Buffer {
  return encodeText(text, encoding);
}
