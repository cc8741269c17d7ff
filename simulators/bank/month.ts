import type { Day } from "../../normalizer/model/dates.ts";
import { addDays } from "../../normalizer/model/dates.ts";
import { between } from "../random.ts";
import { Bank } from "./bank.ts";
import type { StatementEvent, StatementSending } from "./files.ts";
import { statementFiles } from "./files.ts";
import { PAYERS_BIC, personalAccount } from "./requisites.ts";
import type { Party } from "./statement.ts";

/** Who pays, and how much. */
export interface Payer {
  readonly accountNumber: string;
  readonly name: string;
  /** Whole kopecks above zero. */
  readonly kopecks: number;
}

export interface MoneyMonth {
  readonly seed: number;
  /** First of the `DAYS` days of statements. */
  readonly from: Day;
  /** Accounts of the supplier: the one of its documents and another. */
  readonly own: readonly [Party, Party];
  /** At least `CAST_SIZE`, each of another account. */
  readonly payers: readonly Payer[];
}

/** Money that no account is named for, and whose it is. */
export interface UnnamedPayment {
  readonly documentNumber: string;
  readonly parts: readonly { readonly accountNumber: string; readonly amount: number }[];
}

export interface PlayedMoney {
  readonly sendings: readonly StatementSending[];
  /** Kopecks that each account has paid in the end: reversals taken off, unnamed money put to its owners. */
  readonly paid: ReadonlyMap<string, number>;
  readonly unnamed: readonly UnnamedPayment[];
  /** Kopecks of all payments, of what was taken back, and of what was moved between own accounts. */
  readonly totals: { readonly paid: number; readonly reversed: number; readonly moved: number };
  readonly bank: Bank;
}

export const DAYS = 8;
/** Payers that something happens to: a reversal, a typo, two accounts in one order (two), the same order twice. */
export const CAST_SIZE = 5;
const OPENING_KOPECKS = 50_000_000;
const MOVED_KOPECKS = 1_000_000;
const FAULTS: readonly Exclude<StatementEvent, "regular" | "resent">[] = [
  ...(["twice", "truncated", "wrong encoding", "repeated row", "overlap"] as const),
];

/**
 * People pay over `DAYS` days, each on a day of its own draw; every day ends with a statement, five of them with one of
 * the faults each. The same plan gives the same bytes.
 */
export function monthOfMoney(plan: MoneyMonth): PlayedMoney {
  const { seed, from, own, payers } = plan;
  const [main, second] = own;
  const bank = new Bank(main, OPENING_KOPECKS);
  bank.open(second, 0);
  const paid = new Map<string, number>();
  const unnamed: UnnamedPayment[] = [];
  const totals = { paid: 0, reversed: 0, moved: MOVED_KOPECKS };
  const credit = (accountNumber: string, kopecks: number) =>
    paid.set(accountNumber, (paid.get(accountNumber) ?? 0) + kopecks);
  const payment = (index: number, { name, kopecks }: Payer, purpose: string) => {
    totals.paid += kopecks;
    const account = personalAccount(10_000 + index);
    return {
      payer: { name, inn: "", account, bic: PAYERS_BIC },
      day: addDays(from, between(0, DAYS - 2, seed, index)),
      amountKopecks: kopecks,
      purpose,
      number: String(1_000 + index),
    };
  };
  const [reversed, mistyped, first, other, twice, ...others] = payers;
  if (!reversed || !mistyped || !first || !other || !twice) {
    throw new RangeError(`at least ${CAST_SIZE} payers`);
  }

  const wrong = payment(0, reversed, purposeOf(reversed));
  bank.pay(wrong);
  const { number: _, ...taken } = wrong;
  bank.takeBack({
    ...taken,
    day: addDays(wrong.day, 1),
    purpose: `Сторно ошибочного зачисления, док. ${wrong.number}. ${wrong.purpose}`,
  });
  totals.reversed += wrong.amountKopecks;

  const typo = `Оплата электроэнергии, л/с ${mistyped.accountNumber.slice(0, -1)}`;
  const lost = payment(1, mistyped, typo);
  bank.pay(lost);
  credit(mistyped.accountNumber, mistyped.kopecks);
  unnamed.push({ documentNumber: lost.number, parts: [partOf(mistyped)] });

  const together = { ...first, kopecks: first.kopecks + other.kopecks };
  const numbers = `За свет: л/с ${first.accountNumber}, л/с ${other.accountNumber}`;
  const both = payment(2, together, numbers);
  bank.pay(both);
  for (const each of [first, other]) credit(each.accountNumber, each.kopecks);
  unnamed.push({ documentNumber: both.number, parts: [partOf(first), partOf(other)] });

  for (let time = 1; time <= 2; time += 1) {
    bank.pay(payment(4, twice, purposeOf(twice)));
    credit(twice.accountNumber, twice.kopecks);
  }
  for (const [index, payer] of others.entries()) {
    bank.pay(payment(CAST_SIZE + index, payer, purposeOf(payer)));
    credit(payer.accountNumber, payer.kopecks);
  }
  bank.transfer(second.account, addDays(from, 3), MOVED_KOPECKS);
  return { sendings: sendingsOf(plan, bank), paid, unnamed, totals, bank };
}

function sendingsOf({ seed, from }: MoneyMonth, bank: Bank): readonly StatementSending[] {
  const sendings: StatementSending[] = [];
  // The overlapping one needs two days before it, hence the last of the faults is the latest.
  const shift = between(0, DAYS - FAULTS.length - 1, seed, 1);
  for (let index = 0; index < DAYS; index += 1) {
    const today = addDays(from, index);
    const event = FAULTS[index - 1 - shift] ?? "regular";
    sendings.push(...statementFiles(bank, today, event));
  }
  return sendings;
}

function purposeOf({ accountNumber }: Payer): string {
  return `Оплата электроэнергии, л/с ${accountNumber}`;
}

function partOf({ accountNumber, kopecks }: Payer) {
  return { accountNumber, amount: kopecks };
}
