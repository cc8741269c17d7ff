import type { Parsed } from "../../adapters/contract.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import { intervalIntake, partnerOn } from "../../normalizer/intake/intervals.ts";
import type { Seq } from "../../normalizer/model/ids.ts";
import type { IntervalIntake, NormalisedIntervals } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type {
  FactApprovalRecord,
  FactEntriesRecord,
  IntervalMessageHeader,
  MoneyRecord,
  ReadingDecisionRecord,
  ReadingRecord,
  RecognitionRecord,
  RefundRecord,
  SourceRecord,
  StatementHeader,
} from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import { readBytes } from "../../normalizer/store/messages.ts";
import type { IntakeChannel } from "./channels.ts";
import type { SenderBook } from "./routes.ts";

/** What a message holds, before any shard is looked at. */
export type MessageContent = RefusedContent | ReadContent;

/** Nothing of the message becomes a fact. */
export interface RefusedContent {
  readonly kind: "refused";
  readonly state: "rejected" | "quarantined";
  readonly problems: readonly Problem[];
}

export interface ReadContent {
  readonly kind: "read";
  /** Absent from messages without numbering. */
  readonly header: IntervalMessageHeader | null;
  /** Null when the message has no interval records. */
  readonly intervals: NormalisedIntervals | null;
  readonly readings: readonly ReadingRecord[];
  /** Absent from messages that are no bank statement. */
  readonly statement: StatementHeader | null;
  readonly money: readonly MoneyRecord[];
  readonly recognitions: readonly RecognitionRecord[];
  readonly refunds: readonly RefundRecord[];
  readonly decisions: readonly ReadingDecisionRecord[];
  readonly factEntries: readonly FactEntriesRecord[];
  readonly approvals: readonly FactApprovalRecord[];
  /** Warnings of the file as a whole. */
  readonly problems: readonly Problem[];
}

export interface ContentRequest {
  readonly message: InboxMessage;
  readonly channel: IntakeChannel;
  /** Seq of common that the records are routed by. */
  readonly knownAt: Seq;
  /** Places of the records to take; null = all. */
  readonly only: ReadonlySet<number> | null;
}

/**
 * Parses the stored bytes and normalises what they hold. What the program itself does wrong with them is the defect of
 * one message: it is parked with PARSER_DEFECT and the others go on.
 *
 * @throws only what the store throws
 */
export async function readContent(
  database: Database,
  senders: SenderBook,
  request: ContentRequest,
): Promise<MessageContent> {
  const { message, channel } = request;
  const store = new WatchedStore();
  const bytes = store.watch(readBytes(database, message));
  const reader = new ContentReader(request, (sender) =>
    store.run(senders.routesOf(channel.organisation, sender, request.knownAt)),
  );
  try {
    for await (const parsed of channel.parse({
      name: message.name,
      bytes,
      profile: channel.profile,
    })) {
      await reader.take(parsed);
    }
    return reader.end();
  } catch (error) {
    if (store.failure !== null) throw store.failure;
    const reason = error instanceof Error ? error.message : String(error);
    const defect: Problem = {
      code: "PARSER_DEFECT",
      at: "0",
      object: message.name,
      values: { reason },
    };
    return { kind: "refused", state: "quarantined", problems: [defect] };
  }
}

/** Tells a failure of the store, which is tried again, from a defect of the parser, which would come again. */
class WatchedStore {
  failure: unknown = null;

  async run<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async *watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

type RoutesOf = (sender: string) => ReturnType<SenderBook["routesOf"]>;

class ContentReader {
  readonly #request: ContentRequest;
  readonly #routesOf: RoutesOf;
  readonly #problems: Problem[] = [];
  readonly #readings: ReadingRecord[] = [];
  readonly #money: MoneyRecord[] = [];
  readonly #recognitions: RecognitionRecord[] = [];
  readonly #refunds: RefundRecord[] = [];
  readonly #decisions: ReadingDecisionRecord[] = [];
  readonly #factEntries: FactEntriesRecord[] = [];
  readonly #approvals: FactApprovalRecord[] = [];
  #statement: StatementHeader | null = null;
  #header: IntervalMessageHeader | null = null;
  #intervals: IntervalIntake | null = null;
  /** Worst outcome that a problem has given to the whole message. */
  #refusal: RefusedContent["state"] | null = null;

  constructor(request: ContentRequest, routesOf: RoutesOf) {
    this.#request = request;
    this.#routesOf = routesOf;
  }

  /** After a refusal only the further problems are taken: a person sees all of them at once. */
  async take(parsed: Parsed): Promise<void> {
    if (parsed.kind === "problem") {
      this.#problems.push(parsed.problem);
      if (parsed.outcome !== "none") this.#refuse(parsed.outcome);
    } else if (this.#refusal === null) {
      await this.#takeContent(parsed);
    }
  }

  async #takeContent(parsed: Exclude<Parsed, { readonly kind: "problem" }>): Promise<void> {
    switch (parsed.kind) {
      case "header":
        return this.#startIntervals(parsed.header);
      case "statement":
        this.#statement = parsed.statement;
        return;
      case "record": {
        const { record } = parsed;
        if (this.#request.only?.has(record.at) !== false) this.#add(record);
      }
    }
  }

  end(): MessageContent {
    if (this.#refusal !== null) {
      return { kind: "refused", state: this.#refusal, problems: this.#problems };
    }
    return {
      kind: "read",
      header: this.#header,
      intervals: this.#intervals?.end() ?? null,
      readings: this.#readings,
      statement: this.#statement,
      money: this.#money,
      recognitions: this.#recognitions,
      refunds: this.#refunds,
      decisions: this.#decisions,
      factEntries: this.#factEntries,
      approvals: this.#approvals,
      problems: this.#problems,
    };
  }

  #add(record: SourceRecord): void {
    switch (record.kind) {
      case "reading":
        this.#readings.push(record);
        break;
      case "money":
        this.#money.push(record);
        break;
      case "recognition":
        this.#recognitions.push(record);
        break;
      case "refund-order":
      case "refund-decision":
        this.#refunds.push(record);
        break;
      case "reading-decision":
        this.#decisions.push(record);
        break;
      case "fact-entries":
        this.#factEntries.push(record);
        break;
      case "fact-approval":
        this.#approvals.push(record);
        break;
      case "intervals":
        invariant(this.#intervals !== null, "an interval record before its header");
        this.#intervals.add(record);
    }
  }

  async #startIntervals(header: IntervalMessageHeader): Promise<void> {
    const context = {
      ...(await this.#routesOf(header.senderInn)),
      receivedAtMs: this.#request.message.receivedAtMs,
      slotTable: slotTableOf,
    };
    if (partnerOn(header.day, context) === null) {
      this.#problems.push({ code: "UNKNOWN_PARTNER", at: "0", object: header.senderInn });
      this.#refuse("quarantined");
      return;
    }
    this.#header = header;
    this.#intervals = intervalIntake(header, context);
  }

  /** What is rejected stays so when it would be quarantined as well. */
  #refuse(state: RefusedContent["state"]): void {
    if (this.#refusal !== "rejected") this.#refusal = state;
  }
}
