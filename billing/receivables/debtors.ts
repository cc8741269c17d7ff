import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";

export interface MonthDebt {
  readonly period: Month;
  readonly amount: Kopecks;
}

export interface DebtorRow extends MonthDebt {
  /**
   * «Количество дней просрочки» of the screen: report date − last day of the accrual month; not
   * days of penalty.
   */
  readonly daysFromAccrual: number;
}

/** Rows of «Работа с должниками» on the report date, in the order given, and their total. */
export function debtorRows(
  debts: readonly MonthDebt[],
  reportDay: Day,
): { readonly rows: readonly DebtorRow[]; readonly total: Kopecks } {
  let total = 0;
  const rows = debts.map((debt) => {
    total += debt.amount;
    return { ...debt, daysFromAccrual: reportDay - endDay(debt.period) + 1 };
  });
  return { rows, total: kopecks(total) };
}
