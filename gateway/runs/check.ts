import { addMonths } from "../../normalizer/model/dates.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { checkRun } from "../../normalizer/store/run-outliers.ts";
import { readRun, readRuns } from "../../normalizer/store/runs.ts";

/** Compares a complete run with what was posted for the month before; a second call does nothing. */
export async function checkComplete(database: Database, id: RunId): Promise<void> {
  const { organisation, period } = await readRun(database, id);
  const before = await readRuns(database, organisation, addMonths(period, -1));
  const posted = before.filter(({ state }) => state === "APPROVED").map(({ run }) => run);
  await checkRun(database, id, posted);
}
