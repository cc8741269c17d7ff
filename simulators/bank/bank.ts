import type { Day } from "../../normalizer/model/dates.ts";
import type { BankMovement, BankStatement, Party, StatementFaults } from "./statement.ts";
import { encodeStatement } from "./statement.ts";

export interface BankPayment {
  readonly day: Day;
  readonly amountKopecks: number;
  readonly payer: Party;
  readonly purpose: string;
}

/**
 * The supplier's bank: keeps one account, books what consumers pay and what the supplier pays out, and writes a
 * statement of any period. It knows nothing of whose bill a payment is.
 */
export class Bank {
  readonly #holder: Party;
  readonly #openingKopecks: number;
  readonly #movements: BankMovement[] = [];
  #lastNumber = 0;

  constructor(holder: Party, openingKopecks: number) {
    this.#holder = holder;
    this.#openingKopecks = openingKopecks;
  }

  /** Money comes in. */
  pay({ day, amountKopecks, payer, purpose }: BankPayment): void {
    this.#book("Платежное поручение", { day, amountKopecks, purpose }, "IN", payer);
  }

  /** The bank takes a payment back that it had booked by mistake. */
  takeBack({ day, amountKopecks, payer, purpose }: BankPayment): void {
    this.#book("Банковский ордер", { day, amountKopecks, purpose }, "OUT", payer);
  }

  /** kl_to_1c.txt of the days from…to, both inside; days may overlap those of another statement. */
  statement(from: Day, to: Day, faults: StatementFaults = {}): Uint8Array {
    const before = this.#movements.filter(({ day }) => day < from);
    const statement: BankStatement = {
      holder: this.#holder,
      from,
      to,
      openingKopecks: before.reduce(
        (sum, { direction, amountKopecks }) =>
          direction === "IN" ? sum + amountKopecks : sum - amountKopecks,
        this.#openingKopecks,
      ),
      movements: this.#movements.filter(({ day }) => day >= from && day <= to),
    };
    return encodeStatement(statement, faults);
  }

  #book(
    kind: string,
    what: { readonly day: Day; readonly amountKopecks: number; readonly purpose: string },
    direction: "IN" | "OUT",
    other: Party,
  ): void {
    this.#lastNumber += 1;
    this.#movements.push({ ...what, kind, number: String(this.#lastNumber), direction, other });
  }
}
