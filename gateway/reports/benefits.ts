import { formatMonth } from "../../normalizer/model/dates.ts";
import { benefitsOf } from "../../normalizer/store/reports/benefits.ts";
import { ACCOUNT_COLUMNS, accountCells, energy, money, type Report, text } from "./report.ts";

/**
 * Register of discounts for the social authority, which pays them: what the receipts of a month were
 * lowered by. A recalculation of an earlier month is a row of its own.
 */
export const benefits: Report = {
  name: "benefits",
  title: "Реестр льгот для органа соцзащиты",
  columns: [
    ...ACCOUNT_COLUMNS,
    text("benefit", "Льгота"),
    text("origin", "За месяц"),
    energy("energy", "Объём начислений"),
    money("discount", "Сумма льготы"),
  ],
  async rows(queryable, shard, query) {
    const accounts = await benefitsOf(queryable, query.scope, shard, query.period);
    return accounts.map((account) => [
      ...accountCells(account, query),
      ...[account.benefits.join(", "), formatMonth(account.origin)],
      ...[account.energy, account.discount],
    ]);
  },
};
