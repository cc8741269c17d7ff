import { normaliseReadings } from "../../normalizer/intake/readings.ts";
import type { SwitchVersion } from "../../normalizer/model/facts.ts";
import type { MeterId, Seq, Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { IntervalPatchFact, NormalisedReadings } from "../../normalizer/model/intake-facts.ts";
import type { ReadingRecord } from "../../normalizer/model/records.ts";
import { readSwitches } from "../../normalizer/store/assembler/law.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Document } from "../../normalizer/store/documents.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { NamedMeter } from "../../normalizer/store/routes.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import type { ReadContent } from "./content.ts";
import type { FactChange, FactPlan } from "./facts.ts";
import { planFacts } from "./facts.ts";
import type { Leg } from "./legs.ts";
import type { MoneyPlan } from "./money-plan.ts";
import { planMoney } from "./money-plan.ts";
import type { PostedMoney } from "./money-posting.ts";
import type { DecisionPlan } from "./reading-decisions.ts";
import { planDecisions } from "./reading-decisions.ts";
import type { PlannedDecision } from "./reading-legs.ts";
import type { PostedRecognitions, RecognitionPlan } from "./recognitions.ts";
import { planRecognitions } from "./recognitions.ts";
import type { PostedRefunds, RefundPlan } from "./refunds.ts";
import { planRefunds } from "./refunds.ts";

/** A message on its way: everything that it will write is known before the first leg is written. */
export interface Plan {
  readonly message: InboxMessage;
  readonly content: ReadContent;
  readonly legs: ReadonlyMap<Shard, Leg>;
  /** Readings whose meter no shard has. */
  readonly unrouted: NormalisedReadings | null;
  readonly money: MoneyPlan;
  readonly recognitions: RecognitionPlan;
  readonly refunds: RefundPlan;
  readonly decisions: DecisionPlan;
  readonly facts: FactPlan;
  readonly document: Document;
  readonly isResumed: boolean;
}

/** A plan whose document stands: its keys are taken, and what it writes about money is decided. */
export interface OpenPlan extends Plan {
  readonly posted: {
    readonly money: PostedMoney;
    readonly recognitions: PostedRecognitions;
    readonly refunds: PostedRefunds;
  };
}

/**
 * Spreads what a message holds over the shards.
 *
 * @param document the message's document when it stands already
 * @param knownAt  seq of common that the records of a new document are routed by
 */
export async function planMessage(
  database: Database,
  message: InboxMessage,
  content: ReadContent,
  document: Document | null,
  knownAt: Seq,
): Promise<Plan> {
  const isOfReadings = content.readings.length + content.decisions.length > 0;
  const switches: readonly SwitchVersion[] = isOfReadings
    ? await readSwitches(database, message.organisation, document?.knownSeq ?? knownAt)
    : [];
  const legs = new Map<Shard, MutableLeg>();
  const legOf = (shard: Shard, accounts: ReadonlySet<string>) => {
    let leg = legs.get(shard);
    if (leg === undefined) {
      leg = {
        message,
        isResumed: document !== null,
        patches: [],
        readings: [],
        decisions: [],
        facts: [],
        meters: [],
        accounts,
        switches,
        payments: [],
        entries: [],
      };
      legs.set(shard, leg);
    }
    return leg;
  };
  for (const patch of content.intervals?.patches ?? []) {
    legOf(patch.shard, new Set()).patches.push(patch);
  }
  const named = await readNames(database, message, content.readings);
  const unrouted: ReadingRecord[] = [];
  for (const reading of content.readings) {
    const meter = named.meters.get(reading.meterSerial);
    // A meter that became known after the legs were named waits, and is taken as any waiting record.
    if (meter === undefined || document?.legs.includes(meter.shard) === false) {
      unrouted.push(reading);
      continue;
    }
    const leg = legOf(meter.shard, named.accounts);
    leg.readings.push(reading);
    if (!leg.meters.includes(meter)) leg.meters.push(meter);
  }
  const decisions = await planDecisions(database, message, content.decisions);
  for (const planned of decisions.decisions) {
    const { shard, site, meter, serial } = planned.held;
    const leg = legOf(shard, new Set());
    leg.decisions.push(planned);
    leg.meters.push({ serial, shard, site, meter });
  }
  const facts = await planFacts(database, message, content, document !== null);
  for (const [shard, changes] of facts.changes) {
    // What is of no site is written with the document itself.
    if (shard !== COMMON_SHARD) legOf(shard, new Set()).facts.push(...changes);
  }
  const none = { meters: new Map(), accounts: named.accounts, stored: [], held: [], switches };
  return {
    message,
    content,
    legs,
    unrouted:
      unrouted.length === 0 ? null : normaliseReadings(unrouted, none, message.receivedAtMs),
    money: await planMoney(database, message, content, document?.knownSeq ?? knownAt),
    recognitions: await planRecognitions(database, message, content.recognitions),
    refunds: await planRefunds(database, message, content.refunds),
    decisions,
    facts,
    document: document ?? {
      message: message.message,
      legs: [...legs.keys()].sort((a, b) => a - b),
      knownSeq: knownAt,
    },
    isResumed: document !== null,
  };
}

interface MutableLeg extends Leg {
  readonly patches: IntervalPatchFact[];
  readonly readings: ReadingRecord[];
  readonly decisions: PlannedDecision[];
  readonly facts: FactChange[];
  readonly meters: RoutedMeter[];
}

interface RoutedMeter extends NamedMeter {
  readonly shard: Shard;
}

/** Which of the serials and account numbers of the readings are known, and where the meters are. */
async function readNames(
  database: Database,
  { organisation }: InboxMessage,
  readings: readonly ReadingRecord[],
): Promise<{
  readonly meters: ReadonlyMap<string, RoutedMeter>;
  readonly accounts: ReadonlySet<string>;
}> {
  const serials = new Set(readings.map((reading) => reading.meterSerial));
  const numbers = new Set(readings.flatMap((reading) => reading.accountNumber ?? []));
  const owners = await findKeys(database, [
    ...[...serials].map((key) => ({ kind: "meter" as const, key, organisation })),
    ...[...numbers].map((key) => ({ kind: "account" as const, key, organisation })),
  ]);
  const meters = new Map<string, RoutedMeter>();
  const accounts = new Set<string>();
  for (const owner of owners) {
    if (owner.kind === "account") accounts.add(owner.key);
    else {
      const { shard, site, id, key } = owner;
      meters.set(key, { serial: key, shard, site, meter: id as MeterId });
    }
  }
  return { meters, accounts };
}
