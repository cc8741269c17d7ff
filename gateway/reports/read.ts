import type { Month } from "../../normalizer/model/dates.ts";
import type { Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import type { Cell, Report } from "./report.ts";

/**
 * Rows of a report as one state of the store has them, shard by shard: one shard is in memory at a
 * time, however large the supplier.
 *
 * @param take called with the rows of each shard that has any
 * @returns the sums of the summed columns, null in the others; of no rows too
 */
export async function readReport(
  database: Database,
  report: Report,
  scope: Scope,
  period: Month,
  take: (rows: readonly (readonly Cell[])[]) => void | Promise<void>,
): Promise<readonly (number | null)[]> {
  const totals = report.columns.map(({ summed }) => (summed ? 0 : null));
  await database.transaction(
    async (transaction) => {
      for (let shard = 0; shard < COMMON_SHARD; shard += 1) {
        const rows = await report.rows(transaction, scope, shard as Shard, period);
        if (rows.length === 0) continue;
        for (const row of rows) add(totals, row);
        await take(rows);
      }
    },
    { isolation: "repeatable read", readOnly: true },
  );
  return totals;
}

function add(totals: (number | null)[], row: readonly Cell[]): void {
  for (const [place, cell] of row.entries()) {
    const total = totals[place];
    if (typeof total === "number" && typeof cell === "number") totals[place] = total + cell;
  }
}
