import { versionKind } from "../../normalizer/intake/interval-versions.ts";
import type { MessageId, Seq, Shard } from "../../normalizer/model/ids.ts";
import type {
  IntervalPatchFact,
  NormalisedReadings,
  StoredPatch,
} from "../../normalizer/model/intake-facts.ts";
import { patchKey } from "../../normalizer/model/intake-facts.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { markLegs, readLegs } from "../../normalizer/store/documents.ts";
import type { PatchWrite } from "../../normalizer/store/intervals.ts";
import { readValidPatches, restatement, writePatches } from "../../normalizer/store/intervals.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PaymentWrite } from "../../normalizer/store/payments.ts";
import { writePayments } from "../../normalizer/store/payments.ts";
import type { NewLedgerEntry } from "../../normalizer/store/posted.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import type { RunInShard, ShardTransaction } from "../../normalizer/store/shard-transaction.ts";
import type { FactChange } from "./facts.ts";
import { writeFactChanges } from "./facts.ts";
import type { ReadingLeg } from "./reading-legs.ts";
import { takeReadings } from "./reading-legs.ts";

/** What one message writes into one shard. */
export interface Leg extends ReadingLeg {
  /** The document stood before this work began, so the leg may be written already. */
  readonly isResumed: boolean;
  readonly patches: readonly IntervalPatchFact[];
  /** Movements of money of accounts of the shard. */
  readonly payments: readonly PaymentWrite[];
  /** What they, and persons, put into the ledger. */
  readonly entries: readonly NewLedgerEntry[];
  /** Facts that people enter, correct and end. */
  readonly facts: readonly FactChange[];
}

/** A leg named by a document whose records have all turned out to wait: its done-mark is written all the same. */
export function emptyLeg(message: InboxMessage): Leg {
  return {
    message,
    isResumed: true,
    patches: [],
    readings: [],
    decisions: [],
    meters: [],
    accounts: new Set(),
    switches: [],
    payments: [],
    entries: [],
    facts: [],
  };
}

/** How the records of a leg ended. */
export interface LegResult {
  readonly message: MessageId;
  readonly restated: number;
  readonly superseded: number;
  readonly readings: NormalisedReadings | null;
}

/** Whether the legs are those of open documents, or records taken after they waited. */
export type LegMarks = "once" | "again";

/**
 * Writes the legs of several messages in one shard, in the order given, each once: a leg that is written already (the
 * hub was killed after it) is only looked at again as it was seen then, so that its outcome is the same.
 * Records that are taken again after they waited are written by "again": their message's leg may long be done, and
 * what is stored already makes them no-ops.
 * Messages that state one place of a channel twice go into transactions of their own: a seq is one state of it.
 */
export async function writeLegs(
  database: Database,
  run: RunInShard,
  shard: Shard,
  legs: readonly Leg[],
  marks: LegMarks,
): Promise<readonly LegResult[]> {
  const results: LegResult[] = [];
  for (let from = 0; from < legs.length; ) {
    const batch = apart(legs.slice(from));
    results.push(
      ...(await run(database, shard, (transaction) => writeBatch(transaction, batch, marks))),
    );
    from += batch.length;
  }
  return results;
}

/** The longest beginning in which no two messages write one place. */
function apart(legs: readonly Leg[]): readonly Leg[] {
  if (legs.length === 1) return legs;
  const taken = new Set<string>();
  for (const [index, leg] of legs.entries()) {
    const keys = leg.patches.map(patchKey);
    const meters = leg.meters.map((meter) => `meter ${meter.meter}`);
    const entries = leg.entries.map(
      ({ account, valueDay, source }) => `entry ${account}/${valueDay}/${source?.at}`,
    );
    const facts = leg.facts.map(({ fact }) => `fact ${fact.site}/${fact.kind}/${fact.subject}`);
    const places = [...keys, ...meters, ...entries, ...facts];
    if (index > 0 && places.some((place) => taken.has(place))) return legs.slice(0, index);
    for (const place of places) taken.add(place);
  }
  return legs;
}

async function writeBatch(
  shardTransaction: ShardTransaction,
  legs: readonly Leg[],
  marks: LegMarks,
): Promise<readonly LegResult[]> {
  const { transaction, shard, seq } = shardTransaction;
  const messages = marks === "once" ? legs.map((leg) => leg.message.message) : [];
  const done = legs.some((leg) => leg.isResumed)
    ? await readLegs(transaction, shard, messages)
    : new Map<MessageId, Seq>();
  const open = legs.filter((leg) => !done.has(leg.message.message));
  const valid = await readValidPatches(
    transaction,
    shard,
    open.flatMap((leg) => leg.patches),
    seq,
  );
  const results: LegResult[] = [];
  const writes: PatchWrite[] = [];
  for (const leg of legs) {
    const doneSeq = done.get(leg.message.message);
    const seen =
      doneSeq === undefined
        ? valid
        : await readValidPatches(transaction, shard, leg.patches, doneSeq);
    const { patches, ...counts } = decide(leg.patches, seen);
    const readings = await takeReadings(shardTransaction, leg, doneSeq ?? null);
    results.push({ message: leg.message.message, ...counts, readings });
    if (doneSeq === undefined && patches.length > 0) {
      const { organisation, message, receivedOn } = leg.message;
      writes.push({ origin: { organisation, message, receivedOn }, patches });
    }
  }
  await writePatches(shardTransaction, writes);
  await writePayments(
    shardTransaction,
    open.flatMap((leg) => leg.payments),
  );
  for (const { message, entries } of open) {
    if (entries.length > 0) {
      await addLedgerEntries(shardTransaction, message.organisation, entries);
    }
  }
  await writeFactChanges(
    shardTransaction,
    open.flatMap((leg) => leg.facts),
  );
  await markLegs(
    shardTransaction,
    messages.filter((message) => !done.has(message)),
  );
  return results;
}

function decide(patches: readonly IntervalPatchFact[], valid: ReadonlyMap<string, StoredPatch>) {
  const toWrite: IntervalPatchFact[] = [];
  // A record makes a patch per UTC day; it is unchanged or superseded when all of its patches are.
  const kinds = new Map<number, Set<string>>();
  for (const patch of patches) {
    const kind = versionKind(patch, valid.get(patchKey(patch)));
    if (kind === "restated") toWrite.push(restatement(patch));
    else if (kind !== "present") toWrite.push(patch);
    const ofRecord = kinds.get(patch.at);
    if (ofRecord === undefined) kinds.set(patch.at, new Set([kind]));
    else ofRecord.add(kind);
  }
  let restated = 0;
  let superseded = 0;
  for (const ofRecord of kinds.values()) {
    if (ofRecord.has("new")) continue;
    if (ofRecord.has("superseded")) superseded += 1;
    else restated += 1;
  }
  return { patches: toWrite, restated, superseded };
}
