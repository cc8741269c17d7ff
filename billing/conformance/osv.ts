import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import { type TurnoverRow, turnoverRow, turnoverTotals } from "../balances/turnover.ts";
import { type Input, type Json, moneyText } from "./input.ts";

export function osv(input: Input): Json {
  const accounts = input.list("accounts");
  const rows = accounts.map((account) =>
    turnoverRow({
      opening: account.money("opening"),
      charged: sumOf(account, "charged"),
      recalculated: sumOf(account, "recalc"),
      penalty: sumOf(account, "penalty"),
      costs: kopecks(0),
      paid: sumOf(account, "paid"),
      writtenOff: sumOf(account, "writtenOff"),
    }),
  );
  return {
    rows: rows.map((row, index) => ({
      account: accounts[index]?.text("account") ?? null,
      ...turnoverText(row),
    })),
    totals: turnoverText(turnoverTotals(rows)),
  };
}

function sumOf(account: Input, name: string): Kopecks {
  let sum = 0;
  for (const item of account.listOrNone(name)) sum += item.asMoney();
  return kopecks(sum);
}

export function turnoverText(row: TurnoverRow): { readonly [key: string]: Json } {
  return {
    openingDebit: moneyText(row.openingDebit),
    openingCredit: moneyText(row.openingCredit),
    charged: moneyText(row.charged),
    recalc: moneyText(row.recalculated),
    penalty: moneyText(row.penalty),
    paid: moneyText(row.paid),
    writtenOff: moneyText(row.writtenOff),
    closingDebit: moneyText(row.closingDebit),
    closingCredit: moneyText(row.closingCredit),
  };
}
