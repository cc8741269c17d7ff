import { type Day, endDay, formatMonth, type Month } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { PostedLine } from "../../normalizer/model/lines.ts";
import type { Payee, PaymentDocument } from "../../normalizer/model/outbound.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Result } from "../../normalizer/model/result.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import { type SettlementStart, settle } from "../settlement/settle.ts";
import type { DocumentDates } from "./document-dates.ts";
import { type DocumentMeter, documentReadings } from "./document-readings.ts";
import { documentServices, type ManualCorrection } from "./document-services.ts";
import { paymentCode } from "./payment-code.ts";

/** Everything that the payment document of one household account and month is made of. */
export interface DocumentFacts {
  readonly account: PaymentDocument["account"];
  readonly executor: Payee;
  readonly month: Month;
  readonly dates: DocumentDates;
  /** All lines posted in the month, in the order of posting; `isDocumented`. */
  readonly lines: readonly PostedLine[];
  readonly start: SettlementStart;
  /** The ledger since `start`, in posting order. */
  readonly entries: readonly LedgerEntry[];
  /** Of the month, payments less reversals. */
  readonly paid: Kopecks;
  readonly lastPaidOn: Day | null;
  readonly meters: readonly DocumentMeter[];
}

/**
 * False for a month of which only sums without a price were posted, a manual recalculation of an
 * account that consumes nothing: no service is billed, and the sum stands in the balance of the
 * next document.
 */
export function isDocumented(lines: readonly PostedLine[]): boolean {
  return lines.some(({ price }) => price !== null);
}

/**
 * Content of the payment document. What the month itself posted is its services and penalty; what
 * was posted before, less the money paid until the last day of the month, is debt or advance: both
 * together are the balance of that day, to the kopeck.
 *
 * Refused with the problem of a requisite that the payment code cannot hold.
 *
 * @see ПП РФ 354 п. 69; приказ Минстроя 43/пр
 */
export function paymentDocument(facts: DocumentFacts): Result<PaymentDocument, Problem> {
  const { account, executor, month, dates, lines } = facts;
  const own = facts.entries.filter((entry) => entry.period === month && isPosting(entry));
  const corrections = own.flatMap((entry) => manualCorrection(entry, month));
  const { services, recalculations } = documentServices(lines, corrections, month);
  const penalty = sumOf(own.filter(({ kind }) => kind === "PENALTY").map(({ amount }) => amount));
  const payable = kopecks(sumOf(services.map(({ total }) => total)) + penalty);
  const before = settle(
    facts.start,
    facts.entries.filter((entry) => !isPosting(entry) || entry.period < month),
    (endDay(month) - 1) as Day,
  );
  const debt = sumOf(before.debts.map(({ left }) => left));
  const payableWithDebt = kopecks(payable + before.balance);
  const number = documentNumber(account.number, month);
  const readings = documentReadings(facts.meters, month);
  const [reading] = readings;
  const code = paymentCode({
    payee: executor,
    account: { ...account, address: `${account.address}, ${account.premises}` },
    documentNumber: number,
    issuedOn: dates.issuedOn,
    month,
    amount: payableWithDebt,
    reading: reading === undefined ? null : { ...reading, value: reading.to },
  });
  if (!code.ok) return code;
  const document: PaymentDocument = {
    number,
    account,
    executor,
    month,
    ...dates,
    services,
    recalculations,
    readings,
    penalty,
    payable,
    debt,
    advance: before.advance,
    paid: facts.paid,
    lastPaidOn: facts.lastPaidOn,
    payableWithDebt,
    paymentCode: code.value,
  };
  return { ok: true, value: document };
}

/** "202601-0100000101": the same in every edition of the document. */
export function documentNumber(accountNumber: string, month: Month): string {
  return `${formatMonth(month).replace("-", "")}-${accountNumber}`;
}

/** What a month charges; the rest of the ledger is money and what was owed at the opening. */
function isPosting({ kind }: LedgerEntry): boolean {
  return kind === "CHARGE" || kind === "CORRECTION" || kind === "PENALTY";
}

/** A sum that a person posted; the entries of runs are the lines already. */
function manualCorrection(entry: LedgerEntry, month: Month): ManualCorrection[] {
  if (entry.source === null || entry.kind === "PENALTY") return [];
  return [{ origin: entry.origin ?? month, amount: entry.amount }];
}

function sumOf(amounts: readonly number[]): Kopecks {
  return kopecks(amounts.reduce((sum, amount) => sum + amount, 0));
}
