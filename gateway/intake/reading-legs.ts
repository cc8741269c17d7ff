import { decideReading } from "../../normalizer/intake/reading-decisions.ts";
import { lastDayOfReceipt, normaliseReadings } from "../../normalizer/intake/readings.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import type { SwitchVersion } from "../../normalizer/model/facts.ts";
import type { MessageId, Seq } from "../../normalizer/model/ids.ts";
import type { NormalisedReadings, ReadingContext } from "../../normalizer/model/intake-facts.ts";
import type { StoredHeldReading } from "../../normalizer/model/reading-facts.ts";
import type { ReadingDecisionRecord, ReadingRecord } from "../../normalizer/model/records.ts";
import { writeDecision, writeHeldReadings } from "../../normalizer/store/held-readings.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import { writeReadings } from "../../normalizer/store/readings.ts";
import type { NamedMeter } from "../../normalizer/store/routes.ts";
import type { ShardTransaction } from "../../normalizer/store/shard-transaction.ts";
import { readMeters } from "./reading-context.ts";

/** A person's word with the reading that it is about. */
export interface PlannedDecision {
  readonly record: ReadingDecisionRecord;
  readonly held: StoredHeldReading;
}

/** What one message says of the meters of one shard. */
export interface ReadingLeg {
  readonly message: InboxMessage;
  readonly readings: readonly ReadingRecord[];
  readonly decisions: readonly PlannedDecision[];
  /** Meters of the shard that the readings' serials name. */
  readonly meters: readonly NamedMeter[];
  /** Numbers of the readings' accounts that exist, in any shard. */
  readonly accounts: ReadonlySet<string>;
  /** Of the organisation, as of the seq of common that the message is routed by. */
  readonly switches: readonly SwitchVersion[];
  /** First day of the open period; absent = nothing was closed yet. */
  readonly openFrom?: Day;
}

/**
 * Judges the readings of a leg, and persons' words about readings, on what stands under the shard's
 * lock, and writes what follows.
 *
 * @param doneSeq seq of the leg when it is written already: it is then only looked at as it was seen
 * @returns null for a leg that has neither
 */
export async function takeReadings(
  shardTransaction: ShardTransaction,
  leg: ReadingLeg,
  doneSeq: Seq | null,
): Promise<NormalisedReadings | null> {
  const { message, readings, decisions } = leg;
  if (readings.length + decisions.length === 0) return null;
  const before = ((doneSeq ?? shardTransaction.seq) - 1) as Seq;
  const context = await readContext(shardTransaction, leg, before);
  if (decisions.length > 0) {
    return takeDecisions(shardTransaction, leg, context, before, doneSeq !== null);
  }
  const normalised = normaliseReadings(readings, context, message.receivedAtMs);
  if (doneSeq === null) {
    await writeReadings(shardTransaction, message, normalised.writes);
    await writeHeldReadings(shardTransaction, message, normalised.held);
  }
  return normalised;
}

async function readContext(
  { transaction, shard }: ShardTransaction,
  { readings, decisions, meters, accounts, switches, openFrom }: ReadingLeg,
  knownAt: Seq,
): Promise<ReadingContext> {
  const days: readonly (Day | null)[] = [
    ...readings.map(({ readOn }) => readOn),
    ...decisions.map(({ held }) => held.readOn),
  ];
  const known = await readMeters(transaction, {
    shard,
    meters,
    days: days.filter((day) => day !== null),
    knownAt,
  });
  return { ...known, accounts, switches, ...(openFrom === undefined ? {} : { openFrom }) };
}

/** A message of the desk has one word; the confirmed reading keeps the place of its own message. */
async function takeDecisions(
  shardTransaction: ShardTransaction,
  { message, decisions }: ReadingLeg,
  context: ReadingContext,
  before: Seq,
  isDone: boolean,
): Promise<NormalisedReadings | null> {
  const [planned] = decisions;
  if (planned === undefined) return null;
  const { record } = planned;
  const held = seenAt(planned.held, before);
  const receivedOn = lastDayOfReceipt(message.receivedAtMs);
  const { isTaken, write, problems, counts } = decideReading(record, held, context, receivedOn);
  if (!isDone && isTaken) {
    const origin = { organisation: message.organisation, message: held.message as MessageId };
    await writeReadings(shardTransaction, origin, write === null ? [] : [write]);
    await writeDecision(shardTransaction, message.message, record);
  }
  return { writes: [], held: [], waiting: [], problems, counts, unchanged: 0 };
}

/** A word that was said later was not yet known. */
function seenAt(held: StoredHeldReading, seq: Seq): StoredHeldReading {
  return held.decision !== null && held.decision.seq > seq ? { ...held, decision: null } : held;
}
