import { debtorRows } from "../../billing/receivables/debtors.ts";
import { type Day, endDay, formatMonth } from "../../normalizer/model/dates.ts";
import { debtsOf } from "../../normalizer/store/reports/debtors.ts";
import { ACCOUNT_COLUMNS, accountCells, type Column, money, type Report, text } from "./report.ts";

const months: Column = { key: "months", title: "Месяцев", unit: "count", summed: false };
const days: Column = { key: "days", title: "Дней просрочки", unit: "count", summed: false };

/**
 * Who owes at the end of a closed month. Days are counted from the end of the oldest unpaid month,
 * as on the screen of the trade; penalties count from the due day.
 */
export const debtors: Report = {
  name: "debtors",
  title: "Список должников",
  columns: [
    ...ACCOUNT_COLUMNS,
    text("since", "Долг с"),
    months,
    days,
    money("debt", "Долг"),
    money("penalty", "Пени"),
    money("costs", "Судебные издержки"),
    money("total", "Всего"),
  ],
  async rows(queryable, shard, query) {
    const { scope, period } = query;
    const accounts = await debtsOf(queryable, scope, shard, period);
    const reportDay = (endDay(period) - 1) as Day;
    return accounts.map((account) => {
      const { debts, penalties, costs } = account;
      const owed = debts.map(({ origin, amount }) => ({ period: origin, amount }));
      const { rows, total } = debtorRows(owed, reportDay);
      const oldest = rows[0];
      const penalty = penalties.reduce((sum, { amount }) => sum + amount, 0);
      const ofCourt = costs.reduce((sum, { amount }) => sum + amount, 0);
      return [
        ...accountCells(account, query),
        oldest === undefined ? null : formatMonth(oldest.period),
        ...[rows.length, oldest?.daysFromAccrual ?? null, total, penalty, ofCourt],
        total + penalty + ofCourt,
      ];
    });
  },
};
