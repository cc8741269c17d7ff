import type { Month } from "../../model/dates.ts";
import type { Shard } from "../../model/ids.ts";
import type { Queryable } from "../database.ts";
import { type DebtOfMonth, debtsOfMonths } from "../posted.ts";
import { monthText } from "../results.ts";
import type { Scope } from "../scope.ts";
import { ACCOUNTS, type ReportAccount } from "./accounts.ts";

/** What an account owes at the end of a closed month. */
export interface AccountDebts extends ReportAccount {
  readonly debts: readonly DebtOfMonth[];
  readonly penalties: readonly DebtOfMonth[];
  readonly costs: readonly DebtOfMonth[];
}

/** Accounts of one shard with an open debt in the checkpoints of a month, by address and number. */
export async function debtsOf(
  queryable: Queryable,
  scope: Scope,
  shard: Shard,
  period: Month,
): Promise<readonly AccountDebts[]> {
  const rows = await queryable.query<
    ReportAccount &
      Readonly<
        Record<
          | "debt_origins"
          | "debt_amounts"
          | "penalty_origins"
          | "penalty_amounts"
          | "costs_origins"
          | "costs_amounts",
          readonly string[]
        >
      >
  >(
    `with whose as (${ACCOUNTS})
     select w.kind, w.number, w.holder, w.premises, w.district, w.address, c.debt_origins, c.debt_amounts,
       c.penalty_origins, c.penalty_amounts, c.costs_origins, c.costs_amounts
     from checkpoint c join whose w on w.account = c.account
     where c.shard = $1 and c.period = $4
       and (cardinality(c.debt_origins) > 0 or cardinality(c.penalty_origins) > 0
         or cardinality(c.costs_origins) > 0)
     order by w.district, w.address, w.number`,
    [shard, scope.organisation, scope.districts, monthText(period)],
  );
  return rows.map(({ kind, number, holder, premises, district, address, ...row }) => ({
    ...{ kind, number, holder, premises, district, address },
    debts: debtsOfMonths(row.debt_origins, row.debt_amounts),
    penalties: debtsOfMonths(row.penalty_origins, row.penalty_amounts),
    costs: debtsOfMonths(row.costs_origins, row.costs_amounts),
  }));
}
