import t from "tap";
import type { Month } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId, AccountNumber } from "../../normalizer/model/ids.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { type LawFact, loadLaw } from "../../normalizer/store/law.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { approve, discard } from "../../normalizer/store/results.ts";
import { EVERYBODY, type RunScope } from "../../normalizer/store/run-scope.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { explainPenalty } from "../penalty.ts";
import { closePeriod } from "./close.ts";
import { openRun } from "./create.ts";
import {
  ACCOUNTS,
  createSupplier,
  fact,
  HOUSE_METER,
  LAW,
  lawLoad,
  SERVERS,
  SUPPLIER,
  type Supplier,
  writeReading,
} from "./testing.ts";
import { workOn } from "./work.ts";

const { organisation, house, mkd } = SUPPLIER;
const act = "Проверочный акт";
const lawFact = (kind: LawFact["kind"], subject: string, from: string, body: object): LawFact => ({
  kind,
  subject,
  from: day(from),
  to: null,
  body: { ...body, act } as LawFact["body"],
  at: 1,
});
const STEPS = [
  { fromDay: 1, divisor: null },
  { fromDay: 31, divisor: 300 },
  { fromDay: 91, divisor: 130 },
];
const PENALTY_LAW = [
  lawFact("penalty-steps", "households", "2016-01-01", { steps: STEPS }),
  lawFact("due-day", "households", "2005-03-01", { dayOfMonth: 10 }),
  { ...lawFact("key-rate", "general", "2021-03-22", { rate: "4.50" }), to: day("2021-07-26") },
  lawFact("key-rate", "general", "2021-07-26", { rate: "6.50" }),
];
const CALENDAR = lawFact("calendar", "RU", "2021-01-01", { daysOff: [], workingWeekends: [] });

async function bill(database: Database, period: Month, scope: RunScope = EVERYBODY) {
  const request = { organisation, period, author: "test", accountsMax: 3, scope };
  const { run } = await openRun(database, request);
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, onProgress: () => undefined, signal });
  return run;
}

async function postAndClose(database: Database, period: Month): Promise<void> {
  await approve(database, await bill(database, period), "test");
  const waits = { waitMs: 1000, onProgress: () => undefined };
  await closePeriod(database, { organisation, period, author: "test", ...waits });
}

const inHouse = (
  { readings }: Supplier,
  kind: "OPENING" | "PAYMENT",
  on: string,
  period: Month,
  amount: number,
  origin: Month | null,
  at: number,
) => ({
  account: ACCOUNTS.house as AccountId,
  site: house.site,
  kind,
  valueDay: day(on),
  period,
  origin,
  amount: kopecks(amount),
  source: { message: readings, at },
});

const penalties = async (database: Database) =>
  (
    await database.query<{ account: string; period: string; amount: string }>(
      `select account, to_char(period, 'YYYY-MM') as period, amount from ledger where kind = 5
       order by account, period`,
    )
  ).map(({ account, period, amount }) => `${account} ${period} ${amount}`);

const openPenalties = (database: Database, period: string) =>
  database.query(
    `select account, penalty_amounts from checkpoint
     where cardinality(penalty_amounts) > 0 and to_char(period, 'YYYY-MM') = $1`,
    [period],
  );

for (const { server, create, skip } of SERVERS) {
  t.test(`penalties of a run, on ${server}`, { skip }, async (t) => {
    const { hub, owner } = await create(t);
    const supplier = await createSupplier(hub);
    await loadLaw(hub, lawLoad([...LAW, ...PENALTY_LAW]));
    const july = month("2021-07");
    const august = month("2021-08");
    const february = month("2021-02");
    await ensurePartitions(hub, "ledger_entry", ["2021-07-01", "2021-03-01", "2021-08-01"]);
    await inShard(hub, house.shard, (shard) =>
      addLedgerEntries(shard, organisation, [
        inHouse(supplier, "OPENING", "2021-07-01", july, 1000_00, february, 1),
      ]),
    );

    await t.test("law that is not loaded holds the penalty, not the charge", async (t) => {
      const run = await bill(hub, july);
      const problems = await hub.query(
        "select code, at, object from run_problem where run = $1 and account = $2",
        [run, ACCOUNTS.house],
      );
      t.same(problems, [{ code: "NO_LAW_DATA", at: "2021-03-10", object: "6001" }]);
      const lines = await hub.query(`select from charge_line_${run} where account = $1`, [
        ACCOUNTS.house,
      ]);
      t.equal(lines.length, 1);
      await discard(hub, run, "test");
    });

    await t.test("a debt brought along bears what accrued since it fell due", async (t) => {
      await loadLaw(hub, lawLoad([...LAW, ...PENALTY_LAW, CALENDAR]));
      await postAndClose(hub, july);
      // Due on 10.03.2021; to 31.07 day 143: 1 000 × 6.5 % × (60 / 300 + 53 / 130) = 13.00 + 26.50.
      t.same(await penalties(hub), [`${ACCOUNTS.house} 2021-07 3950`]);
      t.same(await openPenalties(hub, "2021-07"), [
        { account: String(ACCOUNTS.house), penalty_amounts: ["3950"] },
      ]);
    });

    await t.test("the explanation gives the days and the stored sum", async (t) => {
      const place = { organisation, ...house, account: ACCOUNTS.house as AccountId };
      const [penalty, another] = await explainPenalty(hub, place, july);
      t.match(penalty, { accrued: 39_50, postedBefore: 0, posted: 39_50, equal: true });
      t.match(penalty?.lines, [
        { base: 1000_00, days: 60, divisor: 300, rateE2: 650, amount: 13_00 },
        { base: 1000_00, days: 53, divisor: 130, rateE2: 650, amount: 26_50 },
      ]);
      t.equal(another, undefined);
    });

    await t.test("a payment that becomes known late takes it back", async (t) => {
      await writeReading(hub, house, HOUSE_METER, "2021-08-31", [4700], supplier.readings, 10);
      await inShard(hub, house.shard, (shard) =>
        addLedgerEntries(shard, organisation, [
          inHouse(supplier, "PAYMENT", "2021-03-05", august, -1000_00, null, 2),
        ]),
      );
      await postAndClose(hub, august);
      t.same(await penalties(hub), [
        `${ACCOUNTS.house} 2021-07 3950`,
        `${ACCOUNTS.house} 2021-08 -3950`,
      ]);
      t.same(await openPenalties(hub, "2021-08"), []);
    });

    await t.test("an unpaid charge accrues month by month; a hold stops it", async (t) => {
      const alone: RunScope = {
        kind: "ACCOUNT",
        number: String(ACCOUNTS.oneZone) as AccountNumber,
        site: mkd.site,
        account: ACCOUNTS.oneZone as AccountId,
      };
      for (const [scope, accounts] of [
        [alone, [ACCOUNTS.oneZone]],
        [{ kind: "PRIVATE" }, [ACCOUNTS.house]],
      ] as const) {
        const run = await bill(hub, month("2021-09"), scope);
        const rows = await hub.query<{ account: string }>(
          `select account from run_entry_${run} where kind = 5`,
        );
        for (const { account } of rows)
          t.ok(
            (accounts as readonly number[]).includes(Number(account)),
            `${scope.kind} ${account}`,
          );
        await discard(hub, run, "test");
      }
      // July of 5003: 2 × 77 kWh × 5.93 = 913.22, due on 10.08 (Tuesday); 10.09 is day 31.
      await postAndClose(hub, month("2021-09"));
      const september = (await penalties(hub)).filter((row) => row.includes("2021-09"));
      // 913.22 × 6.5 % / 300 × 21 = 4.155…
      t.ok(september.includes(`${ACCOUNTS.byNorm} 2021-09 416`), september.join("; "));
      const hold = fact(
        "penalty-hold",
        mkd.site,
        `${ACCOUNTS.byNorm}/7`,
        { reason: "INSTALMENT" },
        supplier.readings,
        "2021-09-01",
      );
      await inShard(hub, mkd.shard, (shard) => insertFacts(shard, [hold]));
      await postAndClose(hub, month("2021-10"));
      const october = (await penalties(hub)).filter(
        (row) => row.startsWith(String(ACCOUNTS.byNorm)) && row.includes("2021-10"),
      );
      t.same(october, [`${ACCOUNTS.byNorm} 2021-10 -416`], "agreed before the first day of it");
    });

    await t.test("the store is whole", async (t) => {
      const signal = new AbortController().signal;
      const { checks } = await verify(owner, { report: () => undefined, signal });
      for (const name of ["runs", "checkpoints"]) {
        const check = checks.find((candidate) => candidate.name === name);
        t.match(check, { failures: [] });
        t.ok((check?.checked ?? 0) > 0, name);
      }
    });
  });
}
