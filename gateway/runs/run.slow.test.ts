import t from "tap";
import type { Month } from "../../normalizer/model/dates.ts";
import { month } from "../../normalizer/model/dates.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { addChunks, approve, createRun, discard } from "../../normalizer/store/results.ts";
import { readRunSummary } from "../../normalizer/store/run-summary.ts";
import { planChunks, readProgress, readRun } from "../../normalizer/store/runs.ts";
import { runCli } from "../cli.ts";
import { openRun } from "./create.ts";
import {
  ACCOUNTS,
  accountBody,
  correct,
  createSupplier,
  fact,
  HOUSE_METER,
  SERVERS,
  SUPPLIER,
  writeReading,
} from "./testing.ts";
import { workOn } from "./work.ts";

const july = month("2021-07");
const { organisation } = SUPPLIER;
const quiet = { onProgress: () => undefined, signal: new AbortController().signal };

async function bill(database: Database, period: Month, accountsMax = 2): Promise<RunId> {
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax });
  await workOn(database, run, { ...quiet, workers: 2 });
  return run;
}

/** Amounts of every line of a run by account, in the order of lines. */
async function amounts(database: Database, run: RunId): Promise<Record<string, number[]>> {
  const rows = await database.query<{ account: string; amounts: string[] }>(
    `select account, array_agg(amount order by ordinal) as amounts from charge_line_${run}
     group by account order by account`,
  );
  return Object.fromEntries(rows.map((row) => [row.account, row.amounts.map(Number)]));
}

/**
 * Worked examples of the rules: sections 3.1, 3.2 and 5 of the household rules; section 3 for ЦК1.
 */
const JULY_AMOUNTS = {
  // 50.6667 × 5.73 and 139.3333 × 5.93
  [ACCOUNTS.oneZone]: [290_32, 826_25],
  [ACCOUNTS.replaced]: [210_88, 42_15, 627_44, 114_67],
  // 2 × 77 × 5.93
  [ACCOUNTS.byNorm]: [913_22],
  // (4523 − 4310) × 5.93
  [ACCOUNTS.house]: [1263_09],
  // 48.210 MWh × 7069.68 ₽ = 340 829.27 net; VAT of 2021 at 20 % is 68 165.85.
  [ACCOUNTS.bakery]: [408_995_12],
};

async function cli(url: string, args: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await runCli(args, {
    environment: { DATABASE_URL: url },
    out: (text) => out.push(text),
    note: (text) => notes.push(text),
    signal: quiet.signal,
  });
  return { exitCode, out: out.join("\n"), notes: notes.join("\n") };
}

for (const { server, create, skip } of SERVERS) {
  t.test(`one month of a small supplier, on ${server}`, { skip }, async (t) => {
    const { hub, owner, ownerUrl } = await create(t);
    const supplier = await createSupplier(hub);
    const run = await bill(hub, july);

    await t.test("lines are the worked examples", async (t) => {
      t.match(await amounts(hub, run), JULY_AMOUNTS);
      const { problems } = await readRunSummary(hub, run);
      t.match(
        problems.find(({ code }) => code === "NO_NORM"),
        { accounts: 1, examples: [{ object: String(ACCOUNTS.parked) }] },
      );
    });

    await t.test("the same pin gives the same rows, whatever chunks and workers", async (t) => {
      const rows = (id: RunId) =>
        hub.query(
          `select shard, site, account, ordinal, kind, rule, point, zone, range, origin, tariff_from,
           volume, price, amount, vat from charge_line_${id} order by account, ordinal`,
        );
      const entries = (id: RunId) =>
        hub.query(
          `select shard, site, account, ordinal, kind, value_day, origin, amount
         from run_entry_${id} order by account, ordinal`,
        );
      const first = await readRun(hub, run);
      for (const [accountsMax, workers] of [
        [1, 1],
        [3, 4],
        [1000, 2],
      ] as const) {
        const again = await createRun(hub, {
          ...first,
          parent: null,
          scope: { accountsMax },
        });
        await addChunks(hub, await planChunks(hub, await readRun(hub, again)));
        await workOn(hub, again, { ...quiet, workers });
        t.same(await rows(again), await rows(run), `${accountsMax} accounts, ${workers} workers`);
        t.same(await entries(again), await entries(run));
        await discard(hub, again, "test");
      }
    });

    await t.test("a stopped run goes on where it was", async (t) => {
      const stopped = await createRun(hub, {
        ...(await readRun(hub, run)),
        parent: null,
        scope: { accountsMax: 1 },
      });
      await addChunks(hub, await planChunks(hub, await readRun(hub, stopped)));
      const stop = new AbortController();
      const complete = await workOn(hub, stopped, {
        workers: 1,
        onProgress: () => stop.abort(),
        signal: stop.signal,
      });
      t.equal(complete, false);
      const { chunks, chunksDone } = await readProgress(hub, stopped);
      t.ok(chunksDone > 0 && chunksDone < chunks, `${chunksDone} of ${chunks}`);
      await workOn(hub, stopped, { ...quiet, workers: 2 });
      t.same(await amounts(hub, stopped), await amounts(hub, run));
      await discard(hub, stopped, "test");
    });

    await t.test("a discarded run leaves no trace in the ledger", async (t) => {
      t.same(await hub.query("select * from ledger"), []);
      const tables = await hub.query<{ name: string }>(
        "select relname as name from pg_class where relname ~ '^(charge_line|run_entry)_[0-9]+$'",
      );
      t.same(tables.map(({ name }) => name).sort(), [`charge_line_${run}`, `run_entry_${run}`]);
    });

    await t.test("a correction during the run changes nothing of it", async (t) => {
      const { house } = SUPPLIER;
      await writeReading(hub, house, HOUSE_METER, "2021-07-31", [4533], supplier.readings, 9, {
        replaces: true,
        source: "CONTROLLER",
      });
      const again = await createRun(hub, {
        ...(await readRun(hub, run)),
        parent: null,
        scope: { accountsMax: 1000 },
      });
      await addChunks(hub, await planChunks(hub, await readRun(hub, again)));
      await workOn(hub, again, { ...quiet, workers: 1 });
      t.same(await amounts(hub, again), await amounts(hub, run));
      await approve(hub, run, "Руководитель");
      await t.rejects(approve(hub, again, "test"), { message: /утверждён расчёт/ });
      await discard(hub, again, "test");
    });

    await t.test("every line explains and is the stored one", async (t) => {
      for (const number of ["5001", "5002", "5003", "6001", "50-000001"]) {
        const args = ["explain", number, "--month", "2021-07"];
        const { exitCode, out, notes } = await cli(ownerUrl, args);
        t.equal(exitCode, 0, `${number} ${notes}\n${out}`);
        t.match(out, /основание: .*(354|442|1179)/);
        t.match(out, /сверка: повторный расчёт равен/);
      }
      const house = await cli(ownerUrl, ["explain", "6001", "--month", "2021-07"]);
      // The reading's row of the message, its bytes, the price's row of the law.
      t.match(house.out, /house;2021-07-31;4523/);
      t.match(house.out, /68 6f 75 73 65/);
      t.match(house.out, /1\s?263,09/);
      t.match(house.out, /«law.yaml»: law, row 20/);
    });

    await t.test("a stored reading that was altered is seen", async (t) => {
      // Past the hub, as the owner: even its own role may not change a reading.
      await owner.execute(
        "update reading set values = array[values[1] + 10000] where meter = $1 and state_at = $2",
        [HOUSE_METER, "2021-08-01"],
      );
      const altered = await cli(ownerUrl, ["explain", "6001", "--month", "2021-07"]);
      t.equal(altered.exitCode, 1);
      t.match(altered.out, /СВЕРКА НЕ СОШЛАСЬ/);
    });

    await t.test("the parked flat is billed once mended, its neighbours stay", async (t) => {
      const { mkd } = SUPPLIER;
      const mended = fact(
        "account",
        mkd.site,
        ACCOUNTS.parked,
        accountBody(ACCOUNTS.parked, "N77"),
        supplier.readings,
      );
      await correct(hub, mkd.shard, [mended]);
      const second = await bill(hub, july);
      // 77 × 5.93 = 456.61 for one resident.
      t.same(await amounts(hub, second), { [ACCOUNTS.parked]: [456_61] });
      await approve(hub, second, "Руководитель");
    });
  });
}
