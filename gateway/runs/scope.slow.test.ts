import t from "tap";
import { month } from "../../normalizer/model/dates.ts";
import type { AccountId, AccountNumber, RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { approve, discard } from "../../normalizer/store/results.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";
import { EVERYBODY } from "../../normalizer/store/run-scope.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { openRun } from "./create.ts";
import { ACCOUNTS, correct, createSupplier, fact, SUPPLIER } from "./testing.ts";
import { workOn } from "./work.ts";

const july = month("2021-07");
const { organisation, mkd, house, bakery } = SUPPLIER;
const { oneZone, replaced, byNorm, parked } = ACCOUNTS;
const quiet = { onProgress: () => undefined, signal: new AbortController().signal };

async function billed(database: Database, scope: RunScope): Promise<RunId> {
  const request = { organisation, period: july, author: "test", accountsMax: 2, scope };
  const { run } = await openRun(database, request);
  await workOn(database, run, { ...quiet, workers: 2 });
  return run;
}

/** Every column of the lines but the run, by account; an account that was held has its problem. */
async function resultsOf(database: Database, run: RunId) {
  const rows = await database.query<{ account: string; line: string }>(
    `select account, (to_jsonb(l) - 'run')::text as line from charge_line_${run} l
     union all
     select account, code from run_problem where run = ${run}
     order by account, line`,
  );
  return rows;
}

t.test("any scope bills that part of the full run, line by line", async (t) => {
  const { hub } = await createTestDatabase(t);
  const { readings } = await createSupplier(hub);
  const premises = { use: "RESIDENTIAL", areaM2: "40" } as const;
  await correct(hub, mkd.shard, [
    fact("premises", mkd.site, 5_801, { number: "1", ...premises }, readings),
    fact("premises", mkd.site, 5_802, { number: "2", ...premises }, readings),
    fact(
      "occupancy",
      mkd.site,
      byNorm,
      { premises: 5_801, part: "ROOM", livingAreaM2: "18" },
      readings,
    ),
    fact("occupancy", mkd.site, replaced, { premises: 5_802, part: "SHARE", weight: 1 }, readings),
  ]);
  const full = await billed(hub, EVERYBODY);
  const whole = await resultsOf(hub, full);
  const inMkd = [oneZone, replaced, byNorm, parked];
  t.same(
    [...new Set(whole.map(({ account }) => Number(account)))],
    [...inMkd, ACCOUNTS.house, ACCOUNTS.bakery],
  );
  await t.rejects(billed(hub, { kind: "MKD" }), {
    name: "RunRefusedError",
    message: /не утверждён расчёт .* \(all\)/,
  });
  await discard(hub, full, "test");
  const account = (id: number, site = mkd.site): RunScope => ({
    kind: "ACCOUNT",
    number: String(id) as AccountNumber,
    site,
    account: id as AccountId,
  });
  const cases: readonly (readonly [RunScope, readonly number[]])[] = [
    [{ kind: "PRIVATE" }, [ACCOUNTS.house]],
    [{ kind: "MKD" }, inMkd],
    [{ kind: "COMMUNAL" }, [byNorm]],
    [{ kind: "SEPARATE" }, [replaced]],
    [{ kind: "DISTRICT", district: "Энский" }, [...inMkd, ACCOUNTS.house, ACCOUNTS.bakery]],
    [{ kind: "DISTRICT", district: "Другой" }, []],
    [{ kind: "SITE", site: house.site }, [ACCOUNTS.house]],
    [{ kind: "SITE", site: bakery.site }, [ACCOUNTS.bakery]],
    [account(oneZone), [oneZone]],
    [account(ACCOUNTS.bakery, bakery.site), [ACCOUNTS.bakery]],
  ];
  for (const [scope, accounts] of cases) {
    const run = await billed(hub, scope);
    const part = whole.filter((row) => accounts.includes(Number(row.account)));
    t.same(await resultsOf(hub, run), part, JSON.stringify(scope));
    await discard(hub, run, "test");
  }
  // Posted one after the other, the parts are the whole.
  const parts: Awaited<ReturnType<typeof resultsOf>> = [];
  for (const scope of [account(oneZone), { kind: "COMMUNAL" } as const, EVERYBODY]) {
    const run = await billed(hub, scope);
    parts.push(...(await resultsOf(hub, run)));
    await approve(hub, run, "test");
  }
  const byAccount = (a: { readonly account: string }, b: { readonly account: string }) =>
    Number(a.account) - Number(b.account);
  t.same(parts.sort(byAccount), whole);
});
