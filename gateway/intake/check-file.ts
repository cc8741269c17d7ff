import type { Parsed, SourceAdapter } from "../../adapters/contract.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import { intervalIntake, partnerOn } from "../../normalizer/intake/intervals.ts";
import { normaliseReadings } from "../../normalizer/intake/readings.ts";
import type { ReceiptStatus } from "../../normalizer/intake/receipt-status.ts";
import { receiptStatus } from "../../normalizer/intake/receipt-status.ts";
import type {
  IntervalContext,
  IntervalIntake,
  IntervalSum,
  ReadingContext,
  RecordCounts,
} from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { FileOutcome, Problem } from "../../normalizer/model/problems.ts";
import type {
  IntervalMessageHeader,
  MoneyRecord,
  ReadingRecord,
  SourceRecord,
} from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { formatScaled, INTERVAL_SCALE } from "../../normalizer/model/units.ts";
import { checkMoney } from "./check-money.ts";

/** What `hub check-file` prints (design, section 8) and the console shows as «Проверить файл». */
export interface CheckedFile {
  readonly source: string;
  readonly file: string;
  readonly sha256: string;
  readonly outcome: FileOutcome;
  readonly problems: readonly CheckedProblem[];
  readonly records: {
    readonly accepted: number;
    readonly warned: number;
    readonly waiting: number;
    readonly rejected: number;
  };
  readonly sums: readonly {
    readonly key: string;
    readonly count: number;
    /** Exact decimal text in the file's unit. */
    readonly total: string;
    readonly unit: string;
  }[];
  /** What the sender would be answered; null where the format knows no receipt. */
  readonly receipt: ReceiptStatus | null;
}

export interface CheckedProblem {
  readonly code: string;
  readonly at: string;
  readonly text: string;
  readonly object?: string;
}

/**
 * What the store knows of senders and accounts. Without one the sender counts as registered, and
 * records that only a store could place count as waiting without a problem of their own: nobody
 * knows that they are unknown.
 */
export interface CheckContext {
  intervals(senderInn: string): Promise<Pick<IntervalContext, "partner" | "routes">>;
  readings(records: readonly ReadingRecord[]): Promise<ReadingContext>;
}

export interface CheckRequest {
  readonly adapter: SourceAdapter<unknown, unknown>;
  readonly profile: unknown;
  readonly file: string;
  /** Of the whole file: a reader that refuses it stops early. */
  readonly sha256: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly receivedAtMs: number;
  readonly context: CheckContext | null;
}

/** Codes that a check without a store cannot claim. */
const ONLY_STORE_KNOWS = new Set(["UNKNOWN_METER", "UNKNOWN_ACCOUNT"]);

/**
 * Parses and normalises one file without storing anything. Second copies of a file are not looked
 * for.
 */
export async function checkFile(request: CheckRequest): Promise<CheckedFile> {
  const { adapter, file: name, bytes, profile } = request;
  const check = new FileCheck(request);
  try {
    for await (const parsed of adapter.parse({ name, bytes, profile })) await check.take(parsed);
  } catch (error) {
    // Our own defect: the gateway would park the message with this code.
    const reason = error instanceof Error ? error.message : String(error);
    check.refuse({ code: "PARSER_DEFECT", at: "0", values: { reason } }, "quarantined");
  }
  return check.end();
}

class FileCheck {
  readonly #request: CheckRequest;
  readonly #problems: Problem[] = [];
  readonly #readings: ReadingRecord[] = [];
  readonly #money: MoneyRecord[] = [];
  #refusal: "rejected" | "quarantined" | null = null;
  #intervals: IntervalIntake | null = null;

  constructor(request: CheckRequest) {
    this.#request = request;
  }

  async take(parsed: Parsed): Promise<void> {
    switch (parsed.kind) {
      case "problem":
        if (parsed.outcome === "none") this.#problems.push(parsed.problem);
        else this.refuse(parsed.problem, parsed.outcome);
        return;
      case "header":
        return this.#startIntervals(parsed.header);
      case "record":
        return this.#add(parsed.record);
    }
  }

  #add(record: SourceRecord): void {
    if (record.kind === "reading") this.#readings.push(record);
    else if (record.kind === "money") this.#money.push(record);
    else if (record.kind === "intervals") {
      invariant(this.#intervals !== null, "an interval record before its header");
      this.#intervals.add(record);
    }
  }

  /** A file that is rejected stays so when it would be quarantined as well. */
  refuse(problem: Problem, outcome: "rejected" | "quarantined"): void {
    this.#problems.push(problem);
    if (this.#refusal !== "rejected") this.#refusal = outcome;
  }

  async end(): Promise<CheckedFile> {
    const { adapter, file, sha256, context } = this.#request;
    const isRefused = this.#refusal !== null;
    const intervals = isRefused ? null : (this.#intervals?.end() ?? null);
    const readings = isRefused || this.#readings.length === 0 ? null : await this.#readReadings();
    const repeats = this.#problems.filter(({ code }) => code === "DUPLICATE_ROW").length;
    const money = checkMoney(isRefused ? [] : this.#money, isRefused ? 0 : repeats);
    const problems = [
      ...this.#problems,
      ...(intervals?.problems ?? []),
      ...money.problems,
      ...(readings?.problems ?? []).filter((problem) => context !== null || isKnowable(problem)),
    ];
    const counts = [intervals?.counts, readings?.counts, money.counts]
      .filter((part) => part !== undefined)
      .reduce(total, NO_RECORDS);
    return {
      source: adapter.kind,
      file,
      sha256,
      outcome: this.#refusal ?? outcomeOf(counts),
      problems: problems.map(checkedProblem),
      records: {
        accepted: counts.accepted,
        warned: counts.warned,
        waiting: counts.waiting + counts.held,
        rejected: counts.rejected,
      },
      sums: [...(intervals?.sums ?? []).map(checkedSum), ...money.sums],
      receipt: adapter.kind === "pyramida" ? receiptOf(problems, counts) : null,
    };
  }

  async #startIntervals(header: IntervalMessageHeader): Promise<void> {
    const { context, receivedAtMs } = this.#request;
    const known = await context?.intervals(header.senderInn);
    const intervalContext: IntervalContext = {
      partner: known?.partner ?? [],
      routes: known?.routes ?? null,
      receivedAtMs,
      slotTable: slotTableOf,
    };
    if (context !== null && partnerOn(header.day, intervalContext) === null) {
      const { senderInn: inn } = header;
      this.refuse(
        { code: "UNKNOWN_PARTNER", at: "message/sender/inn", object: inn, values: { inn } },
        "quarantined",
      );
    }
    this.#intervals = intervalIntake(header, intervalContext);
  }

  async #readReadings() {
    const nobody: ReadingContext = {
      ...{ meters: new Map(), accounts: new Set(), stored: [], held: [], switches: [] },
    };
    const known = (await this.#request.context?.readings(this.#readings)) ?? nobody;
    return normaliseReadings(this.#readings, known, this.#request.receivedAtMs);
  }
}

/** Channels that wait without a problem of their own wait for the sender, too. */
function receiptOf(problems: readonly Problem[], counts: RecordCounts): ReceiptStatus {
  const status = receiptStatus(problems.map(({ code }) => code));
  return status < 2 && counts.waiting > 0 ? 2 : status;
}

function isKnowable({ code }: Problem): boolean {
  return !ONLY_STORE_KNOWS.has(code);
}

function checkedProblem(problem: Problem): CheckedProblem {
  const { code, at, object } = problem;
  return { code, at, text: problemText(problem), ...(object === undefined ? {} : { object }) };
}

function checkedSum({ key, count, total, unit }: IntervalSum): CheckedFile["sums"][number] {
  return { key, count, total: formatScaled(total, INTERVAL_SCALE), unit };
}

function total(a: RecordCounts, b: RecordCounts): RecordCounts {
  return {
    accepted: a.accepted + b.accepted,
    warned: a.warned + b.warned,
    waiting: a.waiting + b.waiting,
    held: a.held + b.held,
    rejected: a.rejected + b.rejected,
  };
}

/**
 * `rejected` when all records are, `partial` when some, otherwise `accepted` (problem-codes.md).
 */
function outcomeOf(counts: RecordCounts): FileOutcome {
  const others = counts.accepted + counts.warned + counts.waiting + counts.held;
  if (counts.rejected === 0) return "accepted";
  return others === 0 ? "rejected" : "partial";
}
