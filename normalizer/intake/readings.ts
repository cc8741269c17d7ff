import type { NormalisedReadings, ReadingContext } from "../model/intake-facts.ts";
import type { ReadingRecord } from "../model/records.ts";
import { invariant } from "../model/result.ts";

/** Register readings of one message whose meters are in one shard, on what the store knows of them. */
export function normaliseReadings(
  records: readonly ReadingRecord[],
  _context: ReadingContext,
  _receivedAtMs: number,
): NormalisedReadings {
  invariant(records.length === 0, "no edge brings register readings yet");
  return {
    writes: [],
    waiting: [],
    problems: [],
    counts: { accepted: 0, warned: 0, waiting: 0, held: 0, rejected: 0 },
    unchanged: 0,
  };
}
