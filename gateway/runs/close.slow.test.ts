import t from "tap";
import { priceEnergy } from "../../billing/households/pricing.ts";
import type { RuleRegistry, RuleVersions } from "../../billing/rules.ts";
import { CURRENT_RULES, RULES } from "../../billing/rules.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId, RunId } from "../../normalizer/model/ids.ts";
import { kopecks, volume } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { loadLaw } from "../../normalizer/store/law.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { explainMonth } from "../explain.ts";
import { closePeriod } from "./close.ts";
import { openRun } from "./create.ts";
import {
  ACCOUNTS,
  accountBody,
  correct,
  createSupplier,
  fact,
  HOUSE_METER,
  LAW,
  lawLoad,
  ONE_ZONE_METER,
  SERVERS,
  SUPPLIER,
  type Supplier,
  writeReading,
} from "./testing.ts";
import { workOn } from "./work.ts";

const july = month("2021-07");
const august = month("2021-08");
const september = month("2021-09");
const { organisation, mkd, house } = SUPPLIER;

async function bill(
  database: Database,
  period: Month,
  rules: RuleVersions = CURRENT_RULES,
  registry: RuleRegistry = RULES,
): Promise<RunId> {
  const { run } = await openRun(database, {
    organisation,
    period,
    author: "test",
    accountsMax: 3,
    rules,
  });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, onProgress: () => undefined, signal, registry });
  return run;
}

const close = (database: Database, period: Month) =>
  closePeriod(database, {
    organisation,
    period,
    author: "test",
    waitMs: 1000,
    onProgress: () => undefined,
  });

/** Amounts of posted lines by account and origin month, posted in a period. */
async function posted(database: Database, period: string) {
  const rows = await database.query<{ account: string; origin: string; amounts: string[] }>(
    `select account, to_char(origin, 'YYYY-MM') as origin,
       array_agg(amount order by ordinal) as amounts
     from charge_line_text where to_char(period, 'YYYY-MM') = $1
     group by account, 2 order by account, 2`,
    [period],
  );
  return Object.fromEntries(
    rows.map((row) => [`${row.account} ${row.origin}`, row.amounts.map(Number)]),
  );
}

async function checkpoints(database: Database, period: string) {
  return database.query<{ account: string; balance: string }>(
    `select account, balance, debt_origins, debt_amounts from checkpoint
     where to_char(period, 'YYYY-MM') = $1 order by account`,
    [period],
  );
}

async function pay({ database, readings }: Supplier): Promise<void> {
  const entry = (kind: "OPENING" | "PAYMENT", on: string, amount: number, at: number) => ({
    account: ACCOUNTS.oneZone as AccountId,
    site: mkd.site,
    kind,
    valueDay: day(on),
    period: july,
    origin: kind === "OPENING" ? month("2021-06") : null,
    amount: kopecks(amount),
    source: { message: readings, at },
  });
  await ensurePartitions(database, "ledger_entry", ["2021-07-01"]);
  await inShard(database, mkd.shard, (shard) =>
    addLedgerEntries(shard, organisation, [
      entry("OPENING", "2021-07-01", 100_00, 1),
      entry("PAYMENT", "2021-07-20", -500_00, 2),
    ]),
  );
}

for (const { server, create, skip } of SERVERS) {
  t.test(`closing, and what comes after it, on ${server}`, { skip }, async (t) => {
    const { hub, owner } = await create(t);
    const supplier = await createSupplier(hub);
    await pay(supplier);

    await t.test("a period closes once its run is posted", async (t) => {
      await t.rejects(close(hub, july), { message: /нет утверждённого/ });
      const run = await bill(hub, july);
      await t.rejects(close(hub, july), { message: /не утверждён/ });
      // Corrections come while the run is approved and while the period closes: none is lost.
      await Promise.all([
        approve(hub, run, "test"),
        writeReading(hub, mkd, ONE_ZONE_METER, "2021-07-22", [4510], supplier.readings, 8, {
          replaces: true,
          source: "CONTROLLER",
        }),
      ]);
      await t.rejects(bill(hub, august), { message: /не закрыт/ });
      const [closed] = await Promise.all([
        close(hub, july),
        writeReading(hub, house, HOUSE_METER, "2021-07-31", [4533], supplier.readings, 9, {
          replaces: true,
          source: "CONTROLLER",
        }),
      ]);
      t.equal(closed.accounts, 6);
      await t.rejects(bill(hub, july), { message: /закрыт/ });
      await t.rejects(bill(hub, september), { message: /Сначала начислите 2021-08/ });
    });

    await t.test("opening + charges − payments = closing; debts are what is unpaid", async (t) => {
      // 100.00 + 290.32 + 826.25 − 500.00: the payment closes June and 400.00 of July.
      t.match(
        (await checkpoints(hub, "2021-07")).find(({ account }) => Number(account) === 5001),
        { balance: "71657", debt_origins: ["2021-07-01"], debt_amounts: ["71657"] },
      );
      const whole = await checkpoints(hub, "2021-07");
      const sum = whole.reduce((total, { balance }) => total + Number(balance), 0);
      const [ledger] = await hub.query<{ amount: string }>(
        "select sum(amount) as amount from ledger",
      );
      t.equal(sum, Number(ledger?.amount));
      await owner.execute("delete from checkpoint where account in (5001, 6001)");
      await close(hub, july);
      t.same(await checkpoints(hub, "2021-07"), whole, "a killed closing goes on");
    });

    await t.test("late facts of a closed month are differences in the open one", async (t) => {
      await writeReading(hub, house, HOUSE_METER, "2021-08-31", [4700], supplier.readings, 10);
      const parked = accountBody(ACCOUNTS.parked, "N77");
      await correct(hub, mkd.shard, [
        fact("account", mkd.site, ACCOUNTS.parked, parked, supplier.readings),
      ]);
      const run = await bill(hub, august);
      await approve(hub, run, "test");
      const lines = await posted(hub, "2021-08");
      // July again: 200 kWh, 8 of 30 days at 5.73, less 290.32 and 826.25.
      t.same(lines[`${ACCOUNTS.oneZone} 2021-07`], [15_28, 43_48]);
      // July again: (4533 − 4310) × 5.93 − 1263.09; August: (4700 − 4533) × 5.93.
      t.same(lines[`${ACCOUNTS.house} 2021-07`], [59_30]);
      t.same(lines[`${ACCOUNTS.house} 2021-08`], [990_31]);
      // Mended after the closing: both months, 77 × 5.93.
      t.same(lines[`${ACCOUNTS.parked} 2021-07`], [456_61]);
      t.same(lines[`${ACCOUNTS.parked} 2021-08`], [456_61]);
      t.notOk(`${ACCOUNTS.byNorm} 2021-07` in lines, "a neighbour's July stays");
      t.match(
        await hub.query("select kind, amount, period::text from ledger where account = 6001"),
        [
          { kind: 1, amount: "126309" },
          { kind: 1, amount: "99031", period: "2021-08-01" },
          { kind: 2, amount: "5930", period: "2021-08-01" },
        ],
      );
      await close(hub, august);
    });

    await t.test("a tariff order with retroactive effect", async (t) => {
      const dearer = LAW.map((law) =>
        law.kind === "tariff" && law.at === 20 ? { ...law, to: day("2021-08-01") } : law,
      );
      const order = {
        kind: "tariff",
        subject: "URBAN_GAS",
        from: day("2021-08-01"),
        to: null,
        body: { prices: { T0: ["6.00"], T1: ["6.90"], T2: ["2.70"] }, act: "Приказ" },
        at: 21,
      } as const;
      await loadLaw(hub, lawLoad([...dearer, order]));
      await writeReading(hub, house, HOUSE_METER, "2021-09-30", [4800], supplier.readings, 11);
      const run = await bill(hub, september);
      await approve(hub, run, "test");
      const lines = await posted(hub, "2021-09");
      // By the new version of the tariff, less what stood by the old one; July keeps its price.
      t.same(lines[`${ACCOUNTS.house} 2021-08`], [1002_00, -990_31]);
      t.same(lines[`${ACCOUNTS.parked} 2021-08`], [462_00, -456_61]);
      t.notOk(`${ACCOUNTS.house} 2021-07` in lines);
      t.same(lines[`${ACCOUNTS.house} 2021-09`], [600_00]);
    });

    await t.test("every posted line of every month still explains", async (t) => {
      const place = { organisation, ...house, account: ACCOUNTS.house as AccountId };
      for (const period of [july, august, september]) {
        const { lines, notStored } = await explainMonth(hub, place, period);
        t.ok(lines.length > 0 && lines.every(({ equal, steps }) => equal && steps.length > 0));
        t.same(notStored, []);
      }
    });

    await t.test("lines of rule version 1 explain after version 2 exists", async (t) => {
      await close(hub, september);
      const second: RuleRegistry = {
        ...RULES,
        "households.meter": {
          ...RULES["households.meter"],
          2: {
            price: priceEnergy,
            // Only this test knows version 2: one kWh more.
            difference: (start, end, digits, ratio) =>
              volume(
                (RULES["households.meter"][1]?.difference(start, end, digits, ratio) ?? 0) + 10_000,
              ),
          },
        },
      };
      const october = month("2021-10");
      await writeReading(hub, house, HOUSE_METER, "2021-10-31", [4900], supplier.readings, 12);
      const run = await bill(hub, october, { ...CURRENT_RULES, "households.meter": 2 }, second);
      await approve(hub, run, "test");
      t.same((await posted(hub, "2021-10"))[`${ACCOUNTS.house} 2021-10`], [606_00]);
      const place = { organisation, ...house, account: ACCOUNTS.house as AccountId };
      for (const period of [july, october]) {
        const { lines } = await explainMonth(hub, place, period, second);
        t.ok(lines.length > 0 && lines.every(({ equal }) => equal));
      }
    });
  });
}
