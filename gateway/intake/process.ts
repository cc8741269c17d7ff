import { setTimeout as sleep } from "node:timers/promises";
import type { Day } from "../../normalizer/model/dates.ts";
import { addDays, endDay, formatDay } from "../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import type { RecordCounts, WaitingEntry } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Database } from "../../normalizer/store/database.ts";
import {
  closeDocuments,
  readDocuments,
  readOpenDocuments,
} from "../../normalizer/store/documents.ts";
import type { InboxMessage, MessageEnd } from "../../normalizer/store/messages.ts";
import { endMessages } from "../../normalizer/store/messages.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { readPeriods } from "../../normalizer/store/runs.ts";
import type { RunInShard } from "../../normalizer/store/shard-transaction.ts";
import { addWaiting } from "../../normalizer/store/waiting.ts";
import type { IntakeChannels } from "./channels.ts";
import { channelOf } from "./channels.ts";
import { readContent } from "./content.ts";
import type { Leg, LegMarks, LegResult } from "./legs.ts";
import { emptyLeg, writeLegs } from "./legs.ts";
import { openPlans } from "./opening.ts";
import type { OpenPlan, Plan } from "./plan.ts";
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
  await intake.database.transaction((transaction) => endMessages(transaction, ends));
  for (const round of rounds(plans)) ends.push(...(await postPlans(intake, round)));
  return ends;
}

/**
 * A reversal looks for its original in what stands, legs included, and a fact is entered beside those that stand: its message is opened after those before it are
 * written, and alone, so that what it finds does not depend on what was claimed together.
 */
function rounds(plans: readonly Plan[]): readonly (readonly Plan[])[] {
  const reversing = plans.filter((plan) => !plan.isResumed && readsWhatStands(plan));
  const others = plans.filter((plan) => plan.isResumed || !readsWhatStands(plan));
  return [others, ...reversing.map((plan) => [plan])].filter((round) => round.length > 0);
}

function readsWhatStands({ content }: Plan): boolean {
  if (content.factEntries.length + content.approvals.length > 0) return true;
  return content.money.some(({ reverses }) => reverses !== null);
}

async function postPlans(intake: Intake, plans: readonly Plan[]): Promise<readonly MessageEnd[]> {
  const [first] = plans;
  if (first !== undefined && plans.every((plan) => !plan.isResumed && readsWhatStands(plan))) {
    await waitForEarlier(intake.database, first.message.message);
  }
  const paidDays = plans.flatMap(({ content }) =>
    content.money.map(({ paidDay }) => formatDay(paidDay)),
  );
  for (const table of ["payment", "payment_mark"]) {
    await ensurePartitions(intake.database, table, paidDays);
  }
  const opened = await openPlans(intake.database, intake.run, plans);
  intake.boundary?.("documents opened");
  const results = await writePlans(intake, opened.plans, "once");
  intake.boundary?.("legs written");
  const endings = opened.plans.map((plan) =>
    endingOf(plan, results.get(plan.message.message) ?? [], plan.posted),
  );
  const ends = [...opened.refused, ...endings.map(({ end }) => end)];
  await intake.database.transaction(async (transaction) => {
    await addWaiting(
      transaction,
      endings.map(({ plan, waiting }) => ({ ...plan.message, entries: waiting })),
    );
    await closeDocuments(
      transaction,
      opened.plans.map((plan) => plan.message.message),
    );
    await endMessages(transaction, ends);
  });
  intake.boundary?.("ended");
  return ends;
}

const EARLIER_WAIT_MS = 10_000;
const EARLIER_POLL_MS = 20;

/** @throws when an earlier document stays open: its normaliser was killed, and whoever starts takes it up first */
async function waitForEarlier(database: Database, message: MessageId): Promise<void> {
  const untilMs = performance.now() + EARLIER_WAIT_MS;
  for (;;) {
    const open = (await readOpenDocuments(database)).filter((earlier) => earlier < message);
    if (open.length === 0) return;
    if (performance.now() > untilMs) {
      throw new Error(`message ${message} has reversals and waits for ${open.join(", ")}`);
    }
    await sleep(EARLIER_POLL_MS);
  }
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
  const openByOrganisation = await readOpenFrom(intake.database, plans);
  for (const plan of plans) {
    const openFrom = openByOrganisation.get(plan.message.organisation) ?? {};
    for (const shard of plan.document.legs) {
      const leg = { ...(plan.legs.get(shard) ?? emptyLeg(plan.message)), ...openFrom };
      const legs = byShard.get(shard);
      if (legs === undefined) byShard.set(shard, [leg]);
      else legs.push(leg);
    }
  }
  await ensureReadingPartitions(intake.database, plans);
  const entries = [...byShard.values()].flatMap((legs) => legs.flatMap((leg) => leg.entries));
  await ensurePartitions(
    intake.database,
    "ledger_entry",
    entries.map(({ valueDay }) => formatDay(valueDay)),
  );
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

/** A closing waits for open documents, so what is closed stays so until their legs are written. */
async function readOpenFrom(
  database: Database,
  plans: readonly Plan[],
): Promise<ReadonlyMap<OrganisationId, { readonly openFrom?: Day }>> {
  const open = new Map<OrganisationId, { readonly openFrom?: Day }>();
  for (const { message, content } of plans) {
    const { organisation } = message;
    const isOfReadings = content.readings.length + content.decisions.length > 0;
    if (!isOfReadings || open.has(organisation)) continue;
    const { lastClosed } = await readPeriods(database, organisation);
    open.set(organisation, lastClosed === null ? {} : { openFrom: endDay(lastClosed) });
  }
  return open;
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

/**
 * What became of a message whose legs are written.
 *
 * @param posted what it has written about money; null for records that waited, which are none
 */
export function endingOf(
  plan: Plan,
  legs: readonly LegResult[],
  posted: OpenPlan["posted"] | null,
): Ending {
  const { content, unrouted, message } = plan;
  const parts = [content.intervals, unrouted, ...legs.map((leg) => leg.readings)].filter(
    (part) => part !== null,
  );
  const money =
    posted === null ? [] : [posted.money, posted.recognitions, posted.refunds, plan.facts];
  const records = [...parts, ...money].map((part) => part.counts).reduce(addCounts, NO_RECORDS);
  const repeatedRows = posted?.money.repeated ?? 0;
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
      outcome: { records, unchanged: unchanged + repeated + repeatedRows },
      problems: [
        ...content.problems,
        ...[...parts, ...money].flatMap((part) => part.problems),
        ...unchangedProblems(message, legs, repeatedRows),
      ],
    },
  };
}

/** One problem for all records of a message: they are no-ops, and a late old file would bring thousands. */
function unchangedProblems(
  message: InboxMessage,
  legs: readonly LegResult[],
  repeatedRows: number,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [code, count] of [
    ["DUPLICATE", legs.reduce((sum, leg) => sum + leg.restated, 0)],
    ["SUPERSEDED", legs.reduce((sum, leg) => sum + leg.superseded, 0)],
    ["DUPLICATE_ROW", repeatedRows],
  ] as const) {
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
