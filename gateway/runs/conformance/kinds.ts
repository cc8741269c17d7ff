import {
  absence,
  average,
  benefit,
  landPlot,
  meter,
  norm,
  readingControl,
  retariff,
  retro,
  tamper,
  timeline,
} from "./households.ts";
import { communal, houseMonth, odn, separate } from "./houses.ts";
import { accountHistory, allocation, debtors, osv, penalty, scenario } from "./money.ts";
import type { StoredKind } from "./terms.ts";

/** Kinds of cases that the store bills. */
export const STORED_KINDS: Readonly<Record<string, StoredKind>> = {
  meter,
  norm,
  average,
  timeline,
  communal,
  separate,
  odn,
  absence,
  tamper,
  landPlot,
  benefit,
  retro,
  retariff,
  readingControl,
  penalty,
  scenario,
  allocation,
  debtors,
  osv,
  houseMonth,
  accountHistory,
};

/** Kinds in which the store has no part, each with the reason. */
export const PURE_KINDS: Readonly<Record<string, string>> = {
  vat: "prices of households have their tax inside: no line and no entry has one; a book is made of documents",
  dueDate:
    "a due day is computed where it is needed and never stored; `penalty` and `scenario` rest on it",
  f83: "columns of a report over a posted month: `house-detail.slow.test.ts` reads it from the store",
  courtFee: "the duty of a claim: a sum of a paper, nothing is billed by it",
  restriction: "days of a notice: the store has no notices",
  instalment:
    "dates of an agreement: the store has the days on which it holds, see `accountHistory`",
};
