import { addDays, formatDay } from "../../normalizer/model/dates.ts";
import type { MessageId, Shard } from "../../normalizer/model/ids.ts";
import type { RecordCounts, WaitingEntry } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { closeDocuments, readDocuments } from "../../normalizer/store/documents.ts";
import type { InboxMessage, MessageEnd } from "../../normalizer/store/messages.ts";
import { endMessages } from "../../normalizer/store/messages.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import type { RunInShard } from "../../normalizer/store/shard-transaction.ts";
import { addWaiting } from "../../normalizer/store/waiting.ts";
import type { IntakeChannels } from "./channels.ts";
import { channelOf } from "./channels.ts";
import { readContent } from "./content.ts";
import type { Leg, LegMarks, LegResult } from "./legs.ts";
import { emptyLeg, writeLegs } from "./legs.ts";
import { openPlans } from "./opening.ts";
import type { Plan } from "./plan.ts";
import { planMessage } from "./plan.ts";
import type { SenderBook } from "./routes.ts";

/** What a normaliser works with. */
export interface Intake {
  readonly database: Database;
  readonly channels: IntakeChannels;
  readonly senders: SenderBook;
  /** Shards written at once; each takes a connection. */
  readonly legsAtOnce: number;
  readonly run: RunInShard;
  /** Told where the work stands; a test kills the process there. */
  readonly boundary?: (name: IntakeBoundary) => void;
}

export type IntakeBoundary = "documents opened" | "leg written" | "legs written" | "ended";

/**
 * Brings claimed messages from the inbox to their end. May be killed anywhere and called again with the same messages:
 * a document that stands is routed as it was, its written legs are skipped, and the outcome is the same.
 */
export async function processMessages(
  intake: Intake,
  messages: readonly InboxMessage[],
): Promise<readonly MessageEnd[]> {
  const ends: MessageEnd[] = [];
  const plans: Plan[] = [];
  const documents = await readDocuments(
    intake.database,
    messages.map((message) => message.message),
  );
  const knownAt = await intake.senders.refresh();
  for (const message of messages) {
    const document = documents.find((stored) => stored.message === message.message) ?? null;
    const content = await readContent(intake.database, intake.senders, {
      message,
      channel: channelOf(intake.channels, message.channel),
      knownAt: document?.knownSeq ?? knownAt,
      only: null,
    });
    if (content.kind === "refused") ends.push(refusedEnd(message, content.state, content.problems));
    else plans.push(await planMessage(intake.database, message, content, document, knownAt));
  }
  const opened = await openPlans(intake.database, intake.run, plans);
  ends.push(...opened.refused);
  intake.boundary?.("documents opened");
  const results = await writePlans(intake, opened.plans, "once");
  intake.boundary?.("legs written");
  const endings = opened.plans.map((plan) =>
    endingOf(plan, results.get(plan.message.message) ?? []),
  );
  await intake.database.transaction(async (transaction) => {
    await addWaiting(
      transaction,
      endings.map(({ plan, waiting }) => ({ ...plan.message, entries: waiting })),
    );
    await closeDocuments(
      transaction,
      opened.plans.map((plan) => plan.message.message),
    );
    ends.push(...endings.map(({ end }) => end));
    await endMessages(transaction, ends);
  });
  intake.boundary?.("ended");
  return ends;
}

function refusedEnd(
  { message, receivedOn }: InboxMessage,
  state: "rejected" | "quarantined",
  problems: readonly Problem[],
): MessageEnd {
  return { message, receivedOn, state, outcome: null, problems };
}

/** Writes the legs of all plans, a shard at a time in each of several lanes. */
export async function writePlans(
  intake: Intake,
  plans: readonly Plan[],
  marks: LegMarks,
): Promise<ReadonlyMap<MessageId, readonly LegResult[]>> {
  const byShard = new Map<Shard, Leg[]>();
  for (const plan of plans) {
    for (const shard of plan.document.legs) {
      const leg = plan.legs.get(shard) ?? emptyLeg(plan.message);
      const legs = byShard.get(shard);
      if (legs === undefined) byShard.set(shard, [leg]);
      else legs.push(leg);
    }
  }
  await ensureReadingPartitions(intake.database, plans);
  const results = new Map<MessageId, LegResult[]>(plans.map((plan) => [plan.message.message, []]));
  const queue = [...byShard.keys()].sort((a, b) => a - b);
  const lane = async () => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      const legs = byShard.get(shard) ?? [];
      for (const result of await writeLegs(intake.database, intake.run, shard, legs, marks)) {
        results.get(result.message)?.push(result);
      }
      intake.boundary?.("leg written");
    }
  };
  // All lanes have ended before a failure is told: nothing is written behind the back of whoever tries again.
  const lanes = await Promise.allSettled(Array.from({ length: intake.legsAtOnce }, lane));
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
  return results;
}

async function ensureReadingPartitions(database: Database, plans: readonly Plan[]): Promise<void> {
  const days = plans.flatMap(({ content }) =>
    content.readings.flatMap(({ readOn }) =>
      readOn === null ? [] : [formatDay(addDays(readOn, 1))],
    ),
  );
  await ensurePartitions(database, "reading", days);
}

export interface Ending {
  readonly plan: Plan;
  readonly end: MessageEnd;
  readonly waiting: readonly WaitingEntry[];
}

/** What became of a message whose legs are written. */
export function endingOf(plan: Plan, legs: readonly LegResult[]): Ending {
  const { content, unrouted, message } = plan;
  const parts = [content.intervals, unrouted, ...legs.map((leg) => leg.readings)].filter(
    (part) => part !== null,
  );
  const records = parts.map((part) => part.counts).reduce(addCounts, NO_RECORDS);
  const waiting = parts.flatMap((part) => part.waiting);
  const unchanged = legs.reduce((sum, leg) => sum + leg.restated + leg.superseded, 0);
  const repeated = legs.reduce((sum, leg) => sum + (leg.readings?.unchanged ?? 0), 0);
  return {
    plan,
    waiting,
    end: {
      message: message.message,
      receivedOn: message.receivedOn,
      state: waiting.length > 0 ? "waiting" : "posted",
      outcome: { records, unchanged: unchanged + repeated },
      problems: [
        ...content.problems,
        ...parts.flatMap((part) => part.problems),
        ...unchangedProblems(message, legs),
      ],
    },
  };
}

/** One problem for all records of a message: they are no-ops, and a late old file would bring thousands. */
function unchangedProblems(message: InboxMessage, legs: readonly LegResult[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [code, countOf] of [
    ["DUPLICATE", (leg: LegResult) => leg.restated],
    ["SUPERSEDED", (leg: LegResult) => leg.superseded],
  ] as const) {
    const count = legs.reduce((sum, leg) => sum + countOf(leg), 0);
    if (count === 0) continue;
    problems.push({ code, at: "message", object: message.name, values: { count: String(count) } });
  }
  return problems;
}

function addCounts(a: RecordCounts, b: RecordCounts): RecordCounts {
  return {
    accepted: a.accepted + b.accepted,
    warned: a.warned + b.warned,
    waiting: a.waiting + b.waiting,
    held: a.held + b.held,
    rejected: a.rejected + b.rejected,
  };
}
