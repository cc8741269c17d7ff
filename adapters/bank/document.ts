import type { Day } from "../../normalizer/model/dates.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import { isAccountKeyValid, isInnValid } from "../../normalizer/model/requisites.ts";
import type { BankProfile } from "./config.ts";
import { Fields } from "./fields.ts";
import { BANK_KINDS, PURPOSE, PURPOSE_PARTS } from "./keys.ts";
import type { Lines } from "./lines.ts";
import type { ProblemList } from "./problem-list.ts";
import { shown } from "./problem-list.ts";
import type { Section } from "./sections.ts";

/** One side of a document: the movement on one account of the statement. */
export interface Movement {
  readonly record: MoneyRecord;
  /** Turnover of the statement that the document is counted in, and how: a red reversal lowers it. */
  readonly turnover: "IN" | "OUT";
  readonly signedAmount: number;
  /** Equal for identical rows (money-and-documents.md, R6). */
  readonly key: string;
}

export interface DocumentContext {
  /** Accounts that the statement is of. */
  readonly accounts: ReadonlySet<string>;
  readonly lines: Lines;
  readonly profile: BankProfile;
  readonly problems: ProblemList;
}

interface Side {
  readonly name: string;
  readonly inn: string;
  readonly account: string;
  readonly bic: string;
  /** The account when it is one of the statement's. */
  readonly own: string | null;
}

/** What both sides of a document have in common. */
interface Head {
  readonly kind: string;
  readonly number: string;
  readonly day: Day;
  readonly signedAmount: number;
  readonly purpose: string;
  readonly credited: Day | null;
  readonly debited: Day | null;
  readonly stamped: Day | null;
  readonly problems: readonly Problem[];
}

/**
 * Movements of one document: one, or two for a transfer between two accounts of the statement. Which side is an
 * account of the statement decides the direction; between own accounts the filled posting dates do.
 *
 * @returns nothing when a problem has refused the document
 */
export function readDocument(section: Section, context: DocumentContext): readonly Movement[] {
  const { accounts, problems } = context;
  const fields = new Fields(section, context.lines, problems);
  const payer = sideOf(fields, "Плательщик", accounts);
  const payee = sideOf(fields, "Получатель", accounts);
  const head = headOf(fields, context, [
    ...requisiteProblems(section, payer),
    ...requisiteProblems(section, payee),
  ]);
  if (payer.own === null && payee.own === null) {
    refuseForeign(fields, payer, payee, problems);
    return [];
  }
  if (head === null) return [];
  const isTransfer = payer.own !== null && payee.own !== null;
  const movements: Movement[] = [];
  if (payer.own !== null && (!isTransfer || head.debited !== null)) {
    const posted = head.debited ?? head.credited;
    if (posted !== null) {
      const days = { posted, paid: posted, at: section.line };
      movements.push(movement(head, { turnover: "OUT", own: payer.own, other: payee, ...days }));
    }
  }
  if (payee.own !== null && (!isTransfer || head.credited !== null)) {
    const posted = head.credited ?? head.debited;
    const paid = paidDay(head);
    if (posted !== null && paid !== null) {
      // Two movements of one document are two places of the message.
      const at =
        movements.length > 0
          ? fields.lineOf(ownKey(fields, "Получатель", payee.own))
          : section.line;
      const days = { posted, paid, at };
      movements.push(movement(head, { turnover: "IN", own: payee.own, other: payer, ...days }));
    }
  }
  return movements;
}

/** The day on which the payer's account was debited; else the bank's stamp; else the day of posting. */
function paidDay({ debited, stamped, credited }: Head): Day | null {
  return debited ?? stamped ?? credited;
}

function sideOf(fields: Fields, side: string, accounts: ReadonlySet<string>): Side {
  const account = fields.text(`${side}Счет`);
  const direct = fields.text(`${side}РасчСчет`);
  const own = [account, direct].find((given) => accounts.has(given)) ?? null;
  return {
    name: fields.text(`${side}1`) || fields.text(side),
    inn: fields.text(`${side}ИНН`),
    account: account || direct,
    bic: fields.text(`${side}БИК`),
    own,
  };
}

function ownKey(fields: Fields, side: string, own: string): string {
  const key = `${side}Счет`;
  return fields.section.fields.get(key) === own ? key : `${side}РасчСчет`;
}

/** Everything that has to be usable is looked at, so that all faults of a row are listed. */
function headOf(
  fields: Fields,
  { profile, problems }: DocumentContext,
  requisites: readonly Problem[],
): Head | null {
  const before = problems.found.length;
  const number = fields.required("Номер");
  const day = fields.requiredDay("Дата");
  const signedAmount = fields.amount("Сумма", profile.amountMaxKopecks);
  if (signedAmount === 0) fields.zero("Сумма");
  const purpose = purposeOf(fields);
  if (purpose === "") fields.missing(PURPOSE);
  const credited = fields.day("ДатаПоступило");
  const debited = fields.day("ДатаСписано");
  const stamped = fields.day("КвитанцияДата");
  if (isBlank(fields, "ДатаПоступило") && isBlank(fields, "ДатаСписано")) {
    fields.missing("ДатаПоступило или ДатаСписано");
  }
  if (problems.found.length > before || day === null || signedAmount === null) return null;
  const { kind } = fields.section;
  return {
    ...{ kind, number, day, signedAmount, purpose, credited, debited, stamped },
    problems: requisites,
  };
}

function isBlank(fields: Fields, key: string): boolean {
  return fields.text(key) === "";
}

function purposeOf(fields: Fields): string {
  const whole = fields.text(PURPOSE);
  if (whole !== "") return whole;
  const parts = PURPOSE_PARTS.map((key) => fields.text(key));
  return parts.filter((part) => part !== "").join(" ");
}

function refuseForeign(fields: Fields, payer: Side, payee: Side, problems: ProblemList): void {
  if (payer.account === "" && payee.account === "") {
    fields.missing("ПлательщикСчет или ПолучательСчет");
    return;
  }
  const account = shown(`${payer.account} → ${payee.account}`);
  const { line } = fields.section;
  problems.add("quarantined", "NOT_OUR_ACCOUNT", line, { account }, fields.name());
}

function requisiteProblems(section: Section, side: Side): readonly Problem[] {
  const problems: Problem[] = [];
  const at = String(section.line);
  const object = `№ ${shown(section.fields.get("Номер") ?? "")}`;
  const { account, bic, inn } = side;
  if (account !== "" && bic !== "" && !isAccountKeyValid(account, bic)) {
    problems.push({ code: "ACCOUNT_KEY_INVALID", at, object, values: { given: shown(account) } });
  }
  // Who has no ИНН is written with a zero too.
  if (inn !== "" && inn !== "0" && !isInnValid(inn)) {
    problems.push({ code: "INN_INVALID", at, object, values: { given: shown(inn) } });
  }
  return problems;
}

interface Placed {
  readonly turnover: "IN" | "OUT";
  readonly own: string;
  readonly other: Side;
  readonly posted: Day;
  readonly paid: Day;
  readonly at: number;
}

/** No field holds the end of a line. */
const FIELD_END = "\n";

function movement(head: Head, placed: Placed): Movement {
  const { turnover, own, other, posted, paid, at } = placed;
  const { kind, number, day, signedAmount, purpose } = head;
  const isRed = signedAmount < 0;
  // A red amount goes the other way than its side says.
  const direction = isRed === (turnover === "IN") ? "OUT" : "IN";
  const { account, bic, inn } = other;
  const key = [own, direction, account, bic, inn, number, purpose, day, posted, signedAmount].join(
    FIELD_END,
  );
  // A record outlives the text of the file: its values are cut from the key, and do not keep the whole text.
  const [ourAccount = "", , ofAccount = "", ofBic = "", ofInn = "", ofNumber = "", ofPurpose = ""] =
    key.split(FIELD_END);
  const ofName = Buffer.from(other.name, "utf16le").toString("utf16le");
  const record: MoneyRecord = {
    kind: "money",
    at,
    source: "BANK",
    ourAccount,
    direction,
    other: { name: ofName, inn: ofInn, account: ofAccount, bic: ofBic },
    documentKind: kind,
    documentNumber: ofNumber,
    documentDay: day,
    paidDay: paid,
    postedDay: posted,
    amount: Math.abs(signedAmount),
    purpose: ofPurpose,
    period: null,
    accountNumber: null,
    operationId: null,
    reverses: isReversal(head, turnover) ? { operationId: null } : null,
    occurrence: 1,
    problems: head.problems,
  };
  return { record, turnover, signedAmount, key };
}

const REVERSAL = /^сторно/i;
const RETURN = /^возврат/i;

/**
 * Does the document take back money that came in? A red amount does, else its words: «сторно» in the kind or at the
 * start of the purpose of what goes out, «возврат» there only where the bank itself drew it up, for our own refunds
 * begin with that word too. Money that comes in is never a reversal, whatever is written on it: a payer's words reverse
 * nothing, and a debit that the bank takes back is for a person to place.
 */
function isReversal({ kind, purpose, signedAmount }: Head, turnover: "IN" | "OUT"): boolean {
  if (signedAmount < 0) return turnover === "IN";
  if (turnover === "IN") return false;
  return (
    REVERSAL.test(kind) || REVERSAL.test(purpose) || (BANK_KINDS.has(kind) && RETURN.test(purpose))
  );
}
