import type { Day } from "../model/dates.ts";
import { SLOTS_PER_DAY } from "../model/dates.ts";
import type {
  ChannelRoute,
  IntervalContext,
  IntervalIntake,
  IntervalPatchFact,
  IntervalSum,
  NormalisedIntervals,
  PartnerRoute,
  WaitingEntry,
} from "../model/intake-facts.ts";
import { channelKey } from "../model/intake-facts.ts";
import { definitionOf } from "../model/problem-catalogue.ts";
import type { Problem, ProblemCode, RecordOutcome } from "../model/problems.ts";
import type { IntervalMessageHeader, IntervalRecord } from "../model/records.ts";
import type { MicroKwh } from "../model/units.ts";
import type { LaidOut } from "./channel-day.ts";
import { Grid } from "./channel-day.ts";
import { DayStore } from "./day-store.ts";
import type { LocalDay } from "./local-day.ts";
import { localDay } from "./local-day.ts";

/** Where no partner is known (metering.md 1.1). */
const DEFAULT_ZONE = "Europe/Moscow";
/** The only zone attribute that was ever seen, and what it means. */
const MOSCOW_ATTRIBUTE = "1";
const SLOT_MS = 1_800_000;
const FUTURE_TOLERANCE_MS = 300_000;
const USUAL_CHANNELS = new Set(["01", "02", "03", "04", "group", "peretok"]);
const REACTIVE_CHANNELS = new Set(["03", "04"]);

/** The sender's registration on the message's day; null = not registered (UNKNOWN_PARTNER). */
export function partnerOn(day: Day, context: IntervalContext): PartnerRoute | null {
  return context.partner.find((route) => covers(route, day)) ?? null;
}

/**
 * Takes the channels of one 80020 message one by one and gives patches, problems and counts at its
 * end (metering.md 1.1, 1.3, 1.5). Which version of a channel-day is the valid one is decided where
 * the stored ones are known: `versionKind`.
 */
export function intervalIntake(
  header: IntervalMessageHeader,
  context: IntervalContext,
): IntervalIntake {
  return new MessageIntake(header, context);
}

/** A channel of the message with every place where it stands. */
interface Channel {
  readonly key: string;
  readonly at: number;
  readonly source: IntervalRecord["source"];
  /** Areas in which it stands once more; null for nearly all. */
  copies: IntervalRecord["source"][] | null;
  /** Place of its half-hours in the store of days. */
  readonly day: number;
  readonly laidOut: LaidOut;
}

class MessageIntake implements IntervalIntake {
  readonly #header: IntervalMessageHeader;
  readonly #context: IntervalContext;
  readonly #zone: string;
  readonly #day: LocalDay;
  readonly #segments: readonly Segment[];
  readonly #grid: Grid;
  readonly #days: DayStore;
  readonly #channels = new Map<string, Channel>();
  readonly #messageProblems: Problem[] = [];
  readonly #timezones = new Set<string>();

  constructor(header: IntervalMessageHeader, context: IntervalContext) {
    this.#header = header;
    this.#context = context;
    this.#zone = partnerOn(header.day, context)?.zone ?? DEFAULT_ZONE;
    this.#day = localDay(context.slotTable(this.#zone), header.day);
    this.#segments = segmentsOf(this.#day);
    this.#grid = new Grid(this.#day);
    this.#days = new DayStore(this.#day.length);
    this.#checkDaylightFlag();
  }

  add(record: IntervalRecord): void {
    this.#checkTimezone(record);
    const key = `${record.source.pointCode}/${record.source.channelCode}`;
    const laidOut = this.#grid.layOut(record);
    const known = this.#channels.get(key);
    if (known === undefined) {
      const { at, source } = record;
      const day = this.#days.add(this.#grid.values, this.#grid.qualities);
      this.#channels.set(key, { key, at, source, copies: null, day, laidOut });
      return;
    }
    known.copies ??= [];
    known.copies.push(record.source);
    const code = this.#isSameDay(known, laidOut) ? "DUPLICATE" : "DUPLICATE_CHANNEL";
    known.laidOut.problems.push({ code, at: String(record.at), object: key });
  }

  end(): NormalisedIntervals {
    const patches: IntervalPatchFact[] = [];
    const waiting: WaitingEntry[] = [];
    const sums: IntervalSum[] = [];
    const counts = { accepted: 0, warned: 0, waiting: 0, held: 0, rejected: 0 };
    const knownPoints = this.#knownPoints();
    for (const channel of this.#channels.values()) {
      const isRefused = channel.laidOut.problems.some(
        ({ code }) => definitionOf(code).outcome === "rejected",
      );
      if (!isRefused) {
        sums.push(sumOf(channel));
        const held = this.#isFuture(channel);
        if (held) {
          const at = String(channel.at);
          channel.laidOut.problems.push({ code: "FUTURE_TIME", at, object: channel.key });
        }
        const route = this.#routeOf(channel);
        if (route !== undefined) patches.push(...this.#patchesOf(channel, route, held));
        else if (this.#context.routes !== null) waiting.push(this.#wait(channel, knownPoints));
      }
      const outcome = outcomeOf(channel.laidOut.problems);
      const waits = this.#context.routes === null && !isRefused && outcome !== "held";
      counts[waits ? "waiting" : outcome] += 1;
    }
    const problems = [...this.#channels.values()].flatMap((channel) => channel.laidOut.problems);
    return { patches, waiting, problems: [...this.#messageProblems, ...problems], counts, sums };
  }

  #routeOf(channel: Channel): ChannelRoute | undefined {
    for (const place of [channel.source, ...(channel.copies ?? [])]) {
      const routes = this.#context.routes?.get(channelKey(place)) ?? [];
      const route = routes.find((candidate) => covers(candidate, this.#header.day));
      if (route !== undefined) return route;
    }
    return undefined;
  }

  /** Points of the message that have at least one mapped channel. */
  #knownPoints(): ReadonlySet<string> {
    const points = new Set<string>();
    for (const channel of this.#channels.values()) {
      if (this.#routeOf(channel) !== undefined) points.add(channel.source.pointCode);
    }
    return points;
  }

  #wait(channel: Channel, knownPoints: ReadonlySet<string>): WaitingEntry {
    const place = channel.source;
    const isPointKnown = knownPoints.has(place.pointCode);
    const code: ProblemCode =
      isPointKnown || !USUAL_CHANNELS.has(place.channelCode) ? "UNKNOWN_CHANNEL" : "UNKNOWN_POINT";
    channel.laidOut.problems.push({
      code,
      at: String(channel.at),
      object: channel.key,
      values: { point: place.pointCode, channel: place.channelCode },
    });
    return { kind: "channel-map", key: channelKey(place), code, at: channel.at };
  }

  #patchesOf(channel: Channel, route: ChannelRoute, held: boolean): IntervalPatchFact[] {
    const values = this.#days.valuesAt(channel.day);
    const qualities = this.#days.qualitiesAt(channel.day);
    return this.#segments.map((segment) => {
      const cut: (MicroKwh | null)[] = [];
      for (let index = segment.from; index < segment.to; index += 1) {
        const value = values[index] as number;
        cut.push(Number.isNaN(value) ? null : (value as MicroKwh));
      }
      return {
        shard: route.shard,
        channel: route.channel,
        day: segment.day,
        firstSlot: segment.firstSlot,
        values: cut,
        qualities: String.fromCharCode(...qualities.subarray(segment.from, segment.to)),
        source: "80020",
        version: this.#header.messageNumber,
        versionTimestamp: this.#header.timestamp,
        held,
        at: channel.at,
      };
    });
  }

  #isFuture(channel: Channel): boolean {
    const { valuesEnd } = channel.laidOut;
    if (valuesEnd === 0) return false;
    const endMs = (this.#day.firstSlot + valuesEnd) * SLOT_MS;
    return endMs > this.#context.receivedAtMs + FUTURE_TOLERANCE_MS;
  }

  /** Equal half-hours of equal quality, as the grid has them now. */
  #isSameDay(known: Channel, laidOut: LaidOut): boolean {
    const values = this.#days.valuesAt(known.day);
    const qualities = this.#days.qualitiesAt(known.day);
    const isEqual = (x: number, y: number) => x === y || (Number.isNaN(x) && Number.isNaN(y));
    return (
      known.laidOut.count === laidOut.count &&
      this.#grid.values.every((value, index) => isEqual(value, values[index] as number)) &&
      this.#grid.qualities.every((quality, index) => quality === qualities[index])
    );
  }

  #checkDaylightFlag(): void {
    const { daylightFlag } = this.#header;
    if (daylightFlag === null || this.#day.daylightFlags.includes(daylightFlag)) return;
    const at = "message/datetime/daylightsavingtime";
    this.#reportZone(at, String(daylightFlag));
  }

  #checkTimezone({ areaTimezone, at }: IntervalRecord): void {
    if (areaTimezone === null || this.#timezones.has(areaTimezone)) return;
    this.#timezones.add(areaTimezone);
    const isMoscow = this.#zone === DEFAULT_ZONE;
    if (areaTimezone !== MOSCOW_ATTRIBUTE || !isMoscow) this.#reportZone(String(at), areaTimezone);
  }

  #reportZone(at: string, given: string): void {
    const values = { given, zone: this.#zone };
    this.#messageProblems.push({ code: "TIMEZONE_MISMATCH", at, values });
  }
}

/** Part of the local day that lies in one UTC day. */
interface Segment {
  readonly day: Day;
  readonly firstSlot: number;
  readonly from: number;
  readonly to: number;
}

function segmentsOf(day: LocalDay): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  while (from < day.length) {
    const slot = day.firstSlot + from;
    const firstSlot = slot % SLOTS_PER_DAY;
    const to = Math.min(day.length, from + SLOTS_PER_DAY - firstSlot);
    segments.push({ day: Math.floor(slot / SLOTS_PER_DAY) as Day, firstSlot, from, to });
    from = to;
  }
  return segments;
}

function sumOf({ key, source, laidOut }: Channel): IntervalSum {
  const unit = REACTIVE_CHANNELS.has(source.channelCode) ? "kvarh" : "kWh";
  return { key, count: laidOut.count, total: laidOut.total, unit };
}

const WORST_FIRST = ["rejected", "held", "waiting"] as const;

/** The worst of a record's problems decides (problem-codes.md, rule 4). */
function outcomeOf(problems: readonly Problem[]): RecordOutcome {
  const effects = new Set(problems.map(({ code }) => definitionOf(code).outcome));
  for (const outcome of WORST_FIRST) if (effects.has(outcome)) return outcome;
  return effects.size === 0 ? "accepted" : "warned";
}

function covers(range: { readonly from: Day; readonly to: Day | null }, day: Day): boolean {
  return range.from <= day && (range.to === null || day < range.to);
}
