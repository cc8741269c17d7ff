import t from "tap";
import { month } from "../../normalizer/model/dates.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { openRun } from "./create.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "./testing.ts";
import { workOn } from "./work.ts";

const period = month("2021-07");
const { organisation } = SUPPLIER;

async function bill(database: Database, accountsMax: number, workers: number): Promise<RunId> {
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers, onProgress: () => undefined, signal });
  return run;
}

t.test("one month of a small supplier", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  await createSupplier(hub);
  const run = await bill(hub, 2, 2);
  const rows = await owner.query<{ account: string; amounts: string[] }>(
    `select account, array_agg(amount order by ordinal) as amounts from charge_line_${run}
     group by account order by account`,
  );
  t.same(Object.fromEntries(rows.map(({ account, amounts }) => [account, amounts.map(Number)])), {
    [ACCOUNTS.oneZone]: [29032, 82625],
    [ACCOUNTS.replaced]: [21088, 4215, 62744, 11467],
    [ACCOUNTS.byNorm]: [91322],
    [ACCOUNTS.house]: [126309],
  });
});
