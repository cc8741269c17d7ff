import type { Day } from "../model/dates.ts";
import { SLOTS_PER_DAY } from "../model/dates.ts";
import type { IntervalDay } from "../model/facts.ts";
import type { ChannelId, Origin, Seq } from "../model/ids.ts";
import type { StoredPatch } from "../model/intake-facts.ts";
import { invariant } from "../model/result.ts";
import type { MicroKwh } from "../model/units.ts";

/** A patch that is not held, as the derivation of a day reads it. */
export interface PatchVersion extends StoredPatch {
  readonly channel: ChannelId;
  readonly day: Day;
  readonly firstSlot: number;
  readonly seq: Seq;
  readonly origin: Origin;
}

/**
 * The day that billing reads: per slot the patch of the greatest version that covers it, its gaps included. A local
 * day of a file is one version in both UTC days it touches, so a slot's greatest version is that of the whole
 * channel-day (metering.md 1.2: greatest number, then greatest timestamp; the later seq only between equals).
 *
 * @param patches all patches of the channel and day that are not held, in any order
 */
export function deriveIntervalDay(
  channel: ChannelId,
  day: Day,
  patches: readonly PatchVersion[],
): IntervalDay {
  const values = new Array<MicroKwh | null>(SLOTS_PER_DAY).fill(null);
  const qualities = new Array<string>(SLOTS_PER_DAY).fill("N");
  const originOf = new Array<number>(SLOTS_PER_DAY).fill(-1);
  const origins: Origin[] = [];
  for (const patch of resolveRestated(patches).sort(byVersion)) {
    let origin = -1;
    for (const [index, value] of patch.values.entries()) {
      const slot = patch.firstSlot + index;
      values[slot] = value;
      qualities[slot] = patch.qualities.charAt(index);
      if (value === null) originOf[slot] = -1;
      else {
        if (origin === -1) origin = origins.push(patch.origin) - 1;
        originOf[slot] = origin;
      }
    }
  }
  return withoutHiddenOrigins({
    channel,
    day,
    values,
    qualities: qualities.join(""),
    originOf,
    origins,
  });
}

/** Order of versions, the valid one last. */
export function byVersion(
  a: Pick<PatchVersion, "version" | "versionTimestamp" | "seq">,
  b: Pick<PatchVersion, "version" | "versionTimestamp" | "seq">,
): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.versionTimestamp !== b.versionTimestamp) {
    return a.versionTimestamp < b.versionTimestamp ? -1 : 1;
  }
  return a.seq - b.seq;
}

/**
 * A restatement is stored without values: it says that its version repeats what was valid when it came. Here it gets
 * those values and their origin.
 */
export function resolveRestated(patches: readonly PatchVersion[]): PatchVersion[] {
  if (patches.every((patch) => patch.values.length > 0)) return [...patches];
  const resolved: PatchVersion[] = [];
  for (const patch of [...patches].sort((a, b) => a.seq - b.seq)) {
    if (patch.values.length > 0) {
      resolved.push(patch);
      continue;
    }
    const valid = validPatch(resolved.filter((earlier) => earlier.firstSlot === patch.firstSlot));
    invariant(valid !== undefined, `restated before it was stated: ${patch.channel}/${patch.day}`);
    const { version, versionTimestamp, seq } = patch;
    resolved.push({ ...valid, version, versionTimestamp, seq });
  }
  return resolved;
}

/** The patch of the greatest version among patches of one place that are resolved. */
export function validPatch(resolved: readonly PatchVersion[]): PatchVersion | undefined {
  return resolved.reduce<PatchVersion | undefined>(
    (best, patch) => (best === undefined || byVersion(patch, best) > 0 ? patch : best),
    undefined,
  );
}

/** A patch that a later one covers whole leaves no trace in the day. */
function withoutHiddenOrigins(day: IntervalDay): IntervalDay {
  const used = [...new Set(day.originOf.filter((index) => index >= 0))].sort((a, b) => a - b);
  if (used.length === day.origins.length) return day;
  return {
    ...day,
    origins: day.origins.filter((_, index) => used.includes(index)),
    originOf: day.originOf.map((index) => (index < 0 ? -1 : used.indexOf(index))),
  };
}
