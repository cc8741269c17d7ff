import { debtorRows } from "../receivables/debtors.ts";
import { vatInside } from "../tariffs/vat.ts";
import { accountHistory } from "./account-history.ts";
import {
  absence,
  benefit,
  courtFee,
  instalment,
  landPlot,
  restriction,
  retariff,
  retro,
  tamper,
} from "./acts.ts";
import { communal, f83, odn, separate } from "./buildings.ts";
import { readingControl } from "./control.ts";
import { houseMonth } from "./house-month.ts";
import { average, meter, norm } from "./households.ts";
import { type Input, type Json, moneyText, monthText } from "./input.ts";
import { allocation, dueDate, penalty, scenario } from "./money.ts";
import { osv } from "./osv.ts";
import { timeline } from "./timeline.ts";

/**
 * From a case's input to the same billing functions that a bill uses; keys are the kinds of the
 * suite.
 */
export type Translator = (input: Input) => Json;

export const INDIVIDUALS: Readonly<Record<string, Translator>> = {
  meter,
  norm,
  average,
  timeline,
  vat,
  debtors,
  osv,
  dueDate,
  penalty,
  allocation,
  scenario,
  communal,
  separate,
  odn,
  f83,
  absence,
  tamper,
  landPlot,
  benefit,
  retro,
  retariff,
  courtFee,
  restriction,
  instalment,
  readingControl,
  accountHistory,
  houseMonth,
};

function vat(input: Input): Json {
  const amount = input.money("amount");
  const inside = vatInside(amount, input.scaled("rate", 2));
  return { vat: moneyText(inside), net: moneyText(amount - inside) };
}

function debtors(input: Input): Json {
  const debts = input
    .list("periods")
    .map((item) => ({ period: item.month("period"), amount: item.money("amount") }));
  const { rows, total } = debtorRows(debts, input.day("reportDate"));
  return {
    rows: rows.map((row) => ({
      period: monthText(row.period),
      amount: moneyText(row.amount),
      days: row.daysFromAccrual,
    })),
    total: moneyText(total),
  };
}
