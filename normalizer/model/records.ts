import type { Day, Month } from "./dates.ts";
import type { Inn } from "./ids.ts";
import type { Problem } from "./problems.ts";

/**
 * What `parse` of an edge yields, before anything of the store is known. Texts stay as the sender wrote them where
 * a rule of intake decides about them; identifiers are never numbers.
 */
export type SourceRecord =
  | IntervalRecord
  | ReadingRecord
  | MoneyRecord
  | RecognitionRecord
  | RefundRecord
  | ReadingDecisionRecord
  | FactEntriesRecord
  | FactApprovalRecord;

/** One channel of one point for one local day of the file. Hours and half-hours may stand together. */
export interface IntervalRecord {
  readonly kind: "intervals";
  /** Byte offset of the channel's element in the decoded message. */
  readonly at: number;
  readonly source: IntervalSourceKey;
  /** "energy" of a point, of a group, or of a flow between two codes; they share one form. */
  readonly of: "point" | "group" | "flow";
  readonly pointName: string;
  /** `area/@timezone` as written; only checked against the partner's zone. */
  readonly areaTimezone: string | null;
  readonly day: Day;
  readonly periods: readonly IntervalPeriod[];
  /** Problems of form that parse has seen inside this channel (`BAD_NUMBER:…`); the rest of it stays. */
  readonly problems: readonly Problem[];
}

/** By what the sender names the channel; mapped to a channel of the store by facts of kind `channel-map`. */
export interface IntervalSourceKey {
  readonly senderInn: Inn;
  readonly areaInn: string;
  /** Opaque, 1–64 characters. A flow has "codefrom:codeto". */
  readonly pointCode: string;
  /** "01" … "04" by rule; "group" and "peretok" where the format has no channel. */
  readonly channelCode: string;
}

export interface IntervalPeriod {
  readonly at: number;
  /** Minutes of the local day, [start, end); the last end is 1440. */
  readonly startMinute: number;
  readonly endMinute: number;
  /** `period/@summer` of a clock-change day: before (true) or after (false) the change. */
  readonly summer: boolean | null;
  /** Integer of 10⁻⁶ kWh or kvarh for the whole period; null = no number there, or it was refused. */
  readonly value: number | null;
  /** The text was no usable number; `problems` of the record has its code. Always false beside a value. */
  readonly refused: boolean;
  /** Source's own status: "commercial" counts as actual, "questionable" as Q. */
  readonly status: "commercial" | "questionable";
}

/** What a numbered message of intervals says of itself; the day and number decide which version is the latest. */
export interface IntervalMessageHeader {
  /** `message/@class`, "80020": numbers are unique per sender, class and day. */
  readonly messageClass: string;
  readonly senderInn: Inn;
  readonly senderName: string;
  readonly day: Day;
  readonly messageNumber: number;
  /** `timestamp` as written, YYYYMMDDhhmmss; breaks a tie of numbers. */
  readonly timestamp: string;
  readonly daylightFlag: 0 | 1 | 2 | null;
}

/** All zones of one meter at one instant, as a person, a file or a head-end reports them. */
export interface ReadingRecord {
  readonly kind: "reading";
  /** Row from 1. */
  readonly at: number;
  readonly accountNumber: string | null;
  readonly meterSerial: string;
  /** «Показание на D»: the law's day, whose end the state describes; null when its text was refused. */
  readonly readOn: Day | null;
  /** Register states as on the display, in the order of the row. */
  readonly values: readonly { readonly zone: string; readonly text: string }[];
  readonly source: ReadingSource;
  /** Problems of form that parse has seen in this row. */
  readonly problems: readonly Problem[];
}

/** By priority, the highest first (metering.md, section 7). */
export const READING_SOURCES = [
  "AMI",
  "CONTROLLER",
  "CHECK",
  "PORTAL",
  "GIS_ZHKH",
  "ROBOT",
  "PAYMENT",
] as const;
export type ReadingSource = (typeof READING_SOURCES)[number];

/** What a bank statement says of itself, once per message and before its documents. */
export interface StatementHeader {
  /** 20 digits each: accounts that the statement is of; intake asks whether they are the organisation's. */
  readonly accounts: readonly string[];
  readonly from: Day;
  readonly to: Day;
}

/**
 * One movement of money: a document of a statement, a notice of ГИС ЖКХ. Parse has done what the file alone can
 * tell (amount, balance, exact repeats); whose money it is, and whether it is known already, intake decides.
 */
export interface MoneyRecord {
  readonly kind: "money";
  /** Line from 1, or byte offset: places the record inside its message. */
  readonly at: number;
  readonly source: MoneySource;
  /** 20 digits; the account of ours that the money came to or left. Null for a notice, which has none. */
  readonly ourAccount: string | null;
  readonly direction: "IN" | "OUT";
  /** Of the other side, as written; absent parts are empty texts. */
  readonly other: {
    readonly name: string;
    readonly inn: string;
    readonly account: string;
    readonly bic: string;
    /** GUID of the notice of ГИС ЖКХ, by which the payment is acknowledged there. */
    readonly notice?: string;
  };
  readonly documentKind: string;
  readonly documentNumber: string;
  readonly documentDay: Day;
  /** Day on which the payer deposited the money: it stops penalties (billing-individuals.md 16.5). */
  readonly paidDay: Day;
  /** Day on which the bank posted it. */
  readonly postedDay: Day;
  /** Above zero, kopecks; an explicit reversal says so in `reverses`. */
  readonly amount: number;
  readonly purpose: string;
  /** Month that the payer names, where the format has a field of its own. */
  readonly period: Month | null;
  /** Account number or identifier of ГИС ЖКХ in a field of its own; null = only the purpose may name it. */
  readonly accountNumber: string | null;
  /** The format's own id of the operation, unique in the channel; null = the key is made of the attributes (R6). */
  readonly operationId: string | null;
  /** Null = a payment. An empty id: a reversal whose original is found by R8. */
  readonly reverses: { readonly operationId: string | null } | null;
  /** n-th of the identical rows of this message, from 1 (R6). */
  readonly occurrence: number;
  readonly problems: readonly Problem[];
}
export const MONEY_SOURCES = ["BANK", "GIS_ZHKH"] as const;
export type MoneySource = (typeof MONEY_SOURCES)[number];

/** A person says whose an unrecognised payment is; a bank line may go to many accounts. */
export interface RecognitionRecord {
  readonly kind: "recognition";
  readonly at: number;
  /** Where the payment was read: message and place. */
  readonly payment: { readonly message: number; readonly at: number };
  /** The payment is another sight of this one, and adds nothing; then it has no parts. Null = it is a payment. */
  readonly sameAs: { readonly message: number; readonly at: number } | null;
  /** Above zero each; together at most what is still unrecognised of the payment. */
  readonly parts: readonly { readonly accountNumber: string; readonly amount: number }[];
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}

/** What persons do about a refund of an account's advance: one orders it, another one approves it. */
export type RefundRecord = RefundOrderRecord | RefundDecisionRecord;

export interface RefundOrderRecord {
  readonly kind: "refund-order";
  readonly at: number;
  readonly accountNumber: string;
  /** Whole kopecks above zero, at most the advance that no other refund has taken. */
  readonly amount: number;
  readonly payee: RefundPayee;
  /** «Назначение платежа» of the payment order, up to 210 characters. */
  readonly purpose: string;
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}

/** Who gets the money, as the payment order names him; control digits are right. */
export interface RefundPayee {
  readonly name: string;
  /** "" for a person who gave none. */
  readonly inn: string;
  /** 20 digits. */
  readonly account: string;
  readonly bankName: string;
  readonly bic: string;
  /** 20 digits. */
  readonly correspondentAccount: string;
}

export interface RefundDecisionRecord {
  readonly kind: "refund-decision";
  readonly at: number;
  /** Message of the desk by which the refund was ordered. */
  readonly refund: number;
  readonly decision: "APPROVED" | "WITHDRAWN";
  /** Day of the decision; an approval's is the date of the payment order. */
  readonly day: Day;
  /** Withdrawn although the order was sent: the bank has refused it. */
  readonly refusedByBank: boolean;
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}

export const READING_DECISIONS = ["CONFIRMED", "REFUSED"] as const;
export type ReadingDecision = (typeof READING_DECISIONS)[number];

/** A person says what becomes of a reading that its control held. */
export interface ReadingDecisionRecord {
  readonly kind: "reading-decision";
  readonly at: number;
  /** Where the reading was read: message and place. */
  readonly reading: { readonly message: number; readonly at: number };
  readonly decision: ReadingDecision;
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}

/** A person enters, corrects or ends one fact. Names and days as typed: intake knows what they mean. */
export interface FactEntry {
  readonly kind: string;
  /** ADD: for days without one; CORRECT: in the place of what stands; END: over after `to`, or never was. */
  readonly action: "ADD" | "CORRECT" | "END";
  readonly whose: {
    readonly account?: string | undefined;
    readonly meter?: string | undefined;
    readonly site?: number | undefined;
  };
  /** Number of the document, category, premises …; "" where the kind has none. */
  readonly name: string;
  /** Days of the law as typed: `to` is the last day, null = open. */
  readonly from: string | null;
  readonly to: string | null;
  readonly values: Readonly<Record<string, string>>;
}

/** What one person entered at once: taken whole or not at all. */
export interface FactEntriesRecord {
  readonly kind: "fact-entries";
  readonly at: number;
  readonly entries: readonly FactEntryRecord[];
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}

export interface FactEntryRecord extends FactEntry {
  /** Place in the list of the message, from 1. */
  readonly at: number;
}

/** A second person approves what the first has entered. */
export interface FactApprovalRecord {
  readonly kind: "fact-approval";
  readonly at: number;
  /** Message of the entries. */
  readonly request: number;
  readonly author: string;
  readonly ground: string;
  readonly problems: readonly Problem[];
}
