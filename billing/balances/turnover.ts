import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";

/** What moved the balance of one account in a period; sums, credits to the consumer negative. */
export interface Turnover {
  /** Balance at the start: positive = the consumer owes. */
  readonly opening: Kopecks;
  readonly charged: Kopecks;
  readonly recalculated: Kopecks;
  readonly penalty: Kopecks;
  /** Госпошлина and издержки of recovering the debt. */
  readonly costs: Kopecks;
  readonly paid: Kopecks;
  readonly writtenOff: Kopecks;
}

/** Row of «Оборотно-сальдовая ведомость». */
export interface TurnoverRow {
  readonly openingDebit: Kopecks;
  readonly openingCredit: Kopecks;
  readonly charged: Kopecks;
  readonly recalculated: Kopecks;
  readonly penalty: Kopecks;
  readonly costs: Kopecks;
  readonly paid: Kopecks;
  readonly writtenOff: Kopecks;
  readonly closingDebit: Kopecks;
  readonly closingCredit: Kopecks;
}

/** Balance at the end: opening + charged + recalculated + penalty + costs − paid − written off. */
export function closingBalance(turnover: Turnover): Kopecks {
  const { opening, charged, recalculated, penalty, costs, paid, writtenOff } = turnover;
  return kopecks(opening + charged + recalculated + penalty + costs - paid - writtenOff);
}

/**
 * The sign decides debit or credit of each account; accounts are never netted against each other.
 */
export function turnoverRow(turnover: Turnover): TurnoverRow {
  const { opening, charged, recalculated, penalty, costs, paid, writtenOff } = turnover;
  const closing = closingBalance(turnover);
  return {
    openingDebit: debit(opening),
    openingCredit: credit(opening),
    charged,
    recalculated,
    penalty,
    costs,
    paid,
    writtenOff,
    closingDebit: debit(closing),
    closingCredit: credit(closing),
  };
}

/** Column sums of the rows; they satisfy the same equation. */
export function turnoverTotals(rows: readonly TurnoverRow[]): TurnoverRow {
  const sum = (column: keyof TurnoverRow): Kopecks => {
    let total = 0;
    for (const row of rows) total += row[column];
    return kopecks(total);
  };
  return {
    openingDebit: sum("openingDebit"),
    openingCredit: sum("openingCredit"),
    charged: sum("charged"),
    recalculated: sum("recalculated"),
    penalty: sum("penalty"),
    costs: sum("costs"),
    paid: sum("paid"),
    writtenOff: sum("writtenOff"),
    closingDebit: sum("closingDebit"),
    closingCredit: sum("closingCredit"),
  };
}

function debit(balance: Kopecks): Kopecks {
  return kopecks(Math.max(0, balance));
}

function credit(balance: Kopecks): Kopecks {
  return kopecks(Math.max(0, -balance));
}
