import type { Day } from "../../normalizer/model/dates.ts";
import { readOrders } from "./orders.ts";
import type { BankMovement, Party, StatementFaults } from "./statement.ts";
import { encodeStatement, turnoverOf } from "./statement.ts";

export interface BankPayment {
  readonly day: Day;
  readonly amountKopecks: number;
  readonly payer: Party;
  readonly purpose: string;
  /** Number of the payer's document; the bank's next one when absent. */
  readonly number?: string;
  /** Of the payer's document; the day it was booked when absent. */
  readonly documentDay?: Day;
}

interface OwnAccount {
  readonly party: Party;
  readonly openingKopecks: number;
}

/**
 * The supplier's bank: keeps its accounts, books what consumers pay and what the supplier pays out, and writes a
 * statement of any period. It knows nothing of whose bill a payment is.
 */
export class Bank {
  readonly #main: Party;
  readonly #accounts = new Map<string, OwnAccount>();
  readonly #movements: BankMovement[] = [];
  readonly #ordersDone = new Set<string>();
  #lastNumber = 0;

  /** @param main account that consumers pay to */
  constructor(main: Party, openingKopecks: number) {
    this.#main = main;
    this.open(main, openingKopecks);
  }

  /** Another account of the same client. */
  open(party: Party, openingKopecks: number): void {
    this.#accounts.set(party.account, { party, openingKopecks });
  }

  /** Money comes in. */
  pay({ payer, ...payment }: BankPayment): void {
    this.#book("Платежное поручение", payment, payer, this.#main);
  }

  /** The bank takes a payment back that it had booked by mistake. */
  takeBack({ payer, ...payment }: BankPayment): void {
    this.#book("Банковский ордер", payment, this.#main, payer);
  }

  /** Money goes from the main account to another one of the client. */
  transfer(to: string, day: Day, amountKopecks: number): void {
    const purpose = "Перевод собственных средств. Без НДС";
    this.#book(
      "Платежное поручение",
      { day, amountKopecks, purpose },
      this.#main,
      this.#own(to).party,
    );
  }

  /**
   * Carries out `1c_to_kl.txt`. An order of the same payer and number is carried out once, however often it is sent.
   *
   * @returns how many were carried out now
   * @throws OrderFileError for a file that the client program refuses; nothing of it is carried out
   */
  takeOrders(bytes: Uint8Array, day: Day): number {
    let done = 0;
    for (const order of readOrders(bytes)) {
      const { number, kopecks: amountKopecks, purpose } = order;
      const key = `${order.payerAccount}/${number}`;
      if (this.#ordersDone.has(key)) continue;
      const payer = this.#own(order.payerAccount).party;
      this.#ordersDone.add(key);
      const payee = {
        name: order.payeeName,
        inn: order.payeeInn,
        account: order.payeeAccount,
        bic: order.payeeBic,
      };
      const what = { day, documentDay: order.day, amountKopecks, purpose, number };
      this.#book("Платежное поручение", what, payer, payee);
      done += 1;
    }
    return done;
  }

  /** Kopecks of an account at the end of the day. */
  balance(account: string, day: Day): number {
    const until = this.#movements.filter((movement) => movement.day <= day);
    const { incoming, outgoing } = turnoverOf(account, until);
    return this.#own(account).openingKopecks + incoming - outgoing;
  }

  /** kl_to_1c.txt of the days from…to, both inside; days may overlap those of another statement. */
  statement(from: Day, to: Day, faults: StatementFaults = {}): Uint8Array {
    const before = (from - 1) as Day;
    const accounts = [...this.#accounts.keys()].map((account) => ({
      account,
      openingKopecks: this.balance(account, before),
    }));
    const movements = this.#movements.filter(({ day }) => day >= from && day <= to);
    return encodeStatement({ from, to, accounts, movements }, faults);
  }

  #own(account: string): OwnAccount {
    const own = this.#accounts.get(account);
    if (own === undefined) throw new Error(`no account ${account} at this bank`);
    return own;
  }

  #book(
    kind: BankMovement["kind"],
    { number, ...what }: Omit<BankPayment, "payer">,
    payer: Party,
    payee: Party,
  ): void {
    this.#lastNumber += 1;
    this.#movements.push({
      ...what,
      kind,
      number: number ?? String(this.#lastNumber),
      payer,
      payee,
    });
  }
}
