import type { Day } from "../../normalizer/model/dates.ts";
import { addDays } from "../../normalizer/model/dates.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";
import type { DocumentContext, Movement } from "./document.ts";
import { Fields } from "./fields.ts";
import { groupsOf } from "./groups.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Section } from "./sections.ts";

/** One `СекцияРасчСчет`: what the bank says of an account over some days, kopecks. */
export interface AccountSection {
  readonly line: number;
  readonly account: string;
  readonly from: Day;
  readonly to: Day;
  readonly opening: number;
  readonly in: number;
  readonly out: number;
  readonly closing: number;
}

const ACCOUNT = /^\d{20}$/;
/** Digits 6–8 of an account; both codes of the rouble are in use. */
const ROUBLES: ReadonlySet<string> = new Set(["810", "643"]);

/** @returns null when a problem has refused the section */
export function readAccount(
  section: Section,
  { lines, problems }: Omit<DocumentContext, "accounts">,
): AccountSection | null {
  const before = problems.found.length;
  const fields = new Fields(section, lines, problems);
  const { line } = section;
  const account = fields.required("РасчСчет");
  if (account !== "" && !ACCOUNT.test(account)) {
    problems.add("quarantined", "NOT_OUR_ACCOUNT", fields.lineOf("РасчСчет"), { account });
  } else if (account !== "" && !ROUBLES.has(account.slice(5, 8))) {
    const given = account.slice(5, 8);
    problems.add("quarantined", "CURRENCY_UNSUPPORTED", line, { given }, account);
  }
  const from = fields.requiredDay("ДатаНачала");
  const to = fields.requiredDay("ДатаКонца");
  const [opening, incoming, outgoing, closing] = (
    ["НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано", "КонечныйОстаток"] as const
  ).map((key) => fields.amount(key, Number.MAX_SAFE_INTEGER));
  if (from !== null && to !== null && to < from) {
    const given = section.fields.get("ДатаКонца") ?? "";
    problems.add("quarantined", "BAD_DATE", fields.lineOf("ДатаКонца"), { given }, account);
  }
  if (problems.found.length > before || from === null || to === null) return null;
  if (opening == null || incoming == null || outgoing == null || closing == null) return null;
  return { line, account, from, to, opening, in: incoming, out: outgoing, closing };
}

/**
 * Proves the movements against what the bank says of each account (money-and-documents.md, R4 and R7): opening + in
 * − out = closing, the turnovers are the sums of the rows, and what one day ends with the next begins with. Rows that
 * are identical are all genuine when that holds with them; they are repeats when it holds only without them.
 *
 * @returns the movements that count, in the order of the file
 */
export function proveBalances(
  sections: readonly AccountSection[],
  movements: readonly Movement[],
  problems: ProblemList,
): readonly Movement[] {
  const dropped = new Set<Movement>();
  const ofAccount = groupsOf(movements, ({ record }) => record.ourAccount ?? "");
  for (const [account, given] of groupsOf(sections, (section) => section.account)) {
    const distinct = withoutRepeats(given);
    for (const section of distinct) checkSection(section, problems);
    checkChain(distinct, problems);
    const rows = ofAccount.get(account) ?? [];
    for (const repeat of repeatsOf(distinct, rows, problems)) dropped.add(repeat);
    ofAccount.delete(account);
  }
  for (const rows of ofAccount.values()) for (const row of rows) uncovered(row, problems);
  return movements.filter((movement) => !dropped.has(movement));
}

/** The same section twice says nothing new. */
function withoutRepeats(sections: readonly AccountSection[]): readonly AccountSection[] {
  const seen = new Map<string, AccountSection>();
  for (const section of sections) {
    const key = JSON.stringify({ ...section, line: 0 });
    if (!seen.has(key)) seen.set(key, section);
  }
  return [...seen.values()];
}

function checkSection(section: AccountSection, problems: ProblemList): void {
  const closing = BigInt(section.opening) + BigInt(section.in) - BigInt(section.out);
  if (closing !== BigInt(section.closing)) mismatch(section, closing, section.closing, problems);
}

/** Sections that begin, end or meet on the same day say the same balance there. */
function checkChain(sections: readonly AccountSection[], problems: ProblemList): void {
  const openings = new Map<Day, number>();
  const closings = new Map<Day, number>();
  for (const section of sections) {
    const { from, to, opening, closing } = section;
    if ((openings.get(from) ?? opening) !== opening) {
      mismatch(section, BigInt(opening), openings.get(from) ?? 0, problems);
    }
    if ((closings.get(to) ?? closing) !== closing) {
      mismatch(section, BigInt(closing), closings.get(to) ?? 0, problems);
    }
    openings.set(from, opening);
    closings.set(to, closing);
  }
  for (const section of sections) {
    const before = closings.get(addDays(section.from, -1));
    if (before !== undefined && before !== section.opening) {
      mismatch(section, BigInt(section.opening), before, problems);
    }
  }
}

/** Puts each row to the section of its day; sections that overlap are each proved by all of their rows. */
function repeatsOf(
  sections: readonly AccountSection[],
  rows: readonly Movement[],
  problems: ProblemList,
): readonly Movement[] {
  const dropped: Movement[] = [];
  const [only] = sections;
  if (sections.length === 1 && only !== undefined) return repeatsIn(only, rows, problems);
  const byDay = groupsOf(rows, ({ record }) => record.postedDay);
  for (const section of sections) {
    const days = [...byDay.keys()].filter((day) => section.from <= day && day <= section.to);
    const own = days.flatMap((day) => byDay.get(day) ?? []);
    dropped.push(...repeatsIn(section, own, problems));
  }
  for (const [day, ofDay] of byDay) {
    const isCovered = sections.some(({ from, to }) => from <= day && day <= to);
    if (!isCovered) for (const row of ofDay) uncovered(row, problems);
  }
  return dropped;
}

function repeatsIn(
  section: AccountSection,
  rows: readonly Movement[],
  problems: ProblemList,
): readonly Movement[] {
  if (holds(section, rows)) return [];
  const seen = new Set<string>();
  const repeats = rows.filter(({ key }) => seen.size === seen.add(key).size);
  const isRepeat = new Set(repeats);
  const others = rows.filter((row) => !isRepeat.has(row));
  if (repeats.length > 0 && holds(section, others)) return repeats;
  for (const [turnover, stated] of [
    ["IN", section.in],
    ["OUT", section.out],
  ] as const) {
    const sum = sumOf(rows, turnover);
    if (sum !== BigInt(stated)) mismatch(section, sum, stated, problems);
  }
  return [];
}

function holds(section: AccountSection, rows: readonly Movement[]): boolean {
  const isIn = sumOf(rows, "IN") === BigInt(section.in);
  return isIn && sumOf(rows, "OUT") === BigInt(section.out);
}

function sumOf(rows: readonly Movement[], turnover: "IN" | "OUT"): bigint {
  let sum = 0n;
  for (const row of rows) if (row.turnover === turnover) sum += BigInt(row.signedAmount);
  return sum;
}

function mismatch(
  section: AccountSection,
  given: bigint,
  expected: number,
  problems: ProblemList,
): void {
  const values = { given: roubles(given), expected: roubles(BigInt(expected)) };
  problems.add("quarantined", "BALANCE_MISMATCH", section.line, values, section.account);
}

/** A row that no balance speaks of is proved by nothing. */
function uncovered({ record, signedAmount }: Movement, problems: ProblemList): void {
  const values = { given: roubles(BigInt(signedAmount)), expected: "раздела счёта за этот день" };
  problems.add("quarantined", "BALANCE_MISMATCH", record.at, values, `№ ${record.documentNumber}`);
}

function roubles(kopecks: bigint): string {
  const value = Number(kopecks);
  return Number.isSafeInteger(value) ? formatFixed(value, MONEY_SCALE) : `${kopecks} коп.`;
}
