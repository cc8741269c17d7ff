import { turnoverRow } from "../../billing/balances/turnover.ts";
import { turnoversOf } from "../../normalizer/store/reports/turnover.ts";
import { ACCOUNT_COLUMNS, accountCells, money, type Report } from "./report.ts";

export const turnover: Report = {
  name: "osv",
  title: "Оборотно-сальдовая ведомость",
  columns: [
    ...ACCOUNT_COLUMNS,
    money("openingDebit", "Сальдо начальное Дт"),
    money("openingCredit", "Сальдо начальное Кт"),
    money("charged", "Начислено"),
    money("recalculated", "Перерасчёт"),
    money("penalty", "Пени"),
    money("costs", "Судебные издержки"),
    money("paid", "Оплачено"),
    money("writtenOff", "Списано"),
    money("closingDebit", "Сальдо конечное Дт"),
    money("closingCredit", "Сальдо конечное Кт"),
  ],
  async rows(queryable, shard, query) {
    const { scope, period } = query;
    const accounts = await turnoversOf(queryable, scope, shard, period);
    return accounts.map((account) => {
      const row = turnoverRow(account);
      return [
        ...accountCells(account, query),
        ...[row.openingDebit, row.openingCredit, row.charged, row.recalculated, row.penalty],
        ...[row.costs, row.paid, row.writtenOff, row.closingDebit, row.closingCredit],
      ];
    });
  },
};
