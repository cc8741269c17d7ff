import type { Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Cell, Report, ReportQuery } from "./report.ts";

type Row = readonly Cell[];
type Totals = readonly (number | null)[];

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
  query: ReportQuery,
  take: (rows: readonly Row[]) => void | Promise<void>,
): Promise<Totals> {
  const totals = report.columns.map(({ summed }) => (summed ? 0 : null));
  await eachShard(database, report, query, async (rows) => {
    for (const row of rows) add(totals, row);
    await take(rows);
    return true;
  });
  return totals;
}

/** The beginning of a report; sums only of a whole one, since those of a part say nothing. */
export interface ReportBeginning {
  readonly rows: readonly Row[];
  readonly truncated: boolean;
  readonly totals: Totals | null;
}

/** At most `rowsMax` rows; shards after them are not read. */
export async function readBeginning(
  database: Database,
  report: Report,
  query: ReportQuery,
  rowsMax: number,
): Promise<ReportBeginning> {
  const rows: Row[] = [];
  await eachShard(database, report, query, async (some) => {
    for (const row of some) rows.push(row);
    return rows.length <= rowsMax;
  });
  if (rows.length > rowsMax) return { rows: rows.slice(0, rowsMax), truncated: true, totals: null };
  const totals = report.columns.map(({ summed }) => (summed ? 0 : null));
  for (const row of rows) add(totals, row);
  return { rows, truncated: false, totals };
}

async function eachShard(
  database: Database,
  report: Report,
  query: ReportQuery,
  wantsMore: (rows: readonly Row[]) => Promise<boolean>,
): Promise<void> {
  await database.transaction(
    async (transaction) => {
      for (let shard = 0; shard < COMMON_SHARD; shard += 1) {
        const rows = await report.rows(transaction, shard as Shard, query);
        if (rows.length > 0 && !(await wantsMore(rows))) return;
      }
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

function add(totals: (number | null)[], row: Row): void {
  for (const [place, cell] of row.entries()) {
    const total = totals[place];
    if (typeof total === "number" && typeof cell === "number") totals[place] = total + cell;
  }
}
