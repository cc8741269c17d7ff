import t from "tap";
import type { Month } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import { ENTRY_KINDS } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { runCli } from "../cli.ts";
import { closePeriod } from "../runs/close.ts";
import { openRun } from "../runs/create.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";

const { organisation, house } = SUPPLIER;
const ACCOUNT = ACCOUNTS.house as AccountId;

async function fact(url: string, author: string, ...args: readonly string[]) {
  const out: string[] = [];
  const exitCode = await runCli(["fact", ...args, "--ground", "протокол 4", "--author", author], {
    environment: { DATABASE_URL: url },
    out: (text) => out.push(text),
    note: (text) => out.push(text),
    signal: new AbortController().signal,
  });
  return { exitCode, out: out.join("\n") };
}

async function postAndClose(database: Database, period: Month): Promise<void> {
  const request = { organisation, period, author: "test", accountsMax: 3 };
  const { run } = await openRun(database, request);
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  const waits = { waitMs: 1000, onProgress: () => undefined };
  await closePeriod(database, { organisation, period, author: "test", ...waits });
}

const ledger = async (database: Database) =>
  (
    await database.query<{ kind: number; origin: string | null; amount: string }>(
      `select kind, to_char(origin, 'YYYY-MM') as origin, amount from ledger_entry
       where account = $1 order by seq, at`,
      [ACCOUNT],
    )
  ).map(({ kind, origin, amount }) => `${ENTRY_KINDS[kind]} ${origin} ${amount}`);

const open = async (database: Database, period: string) => {
  const [row] = await database.query<Record<string, readonly string[] | string>>(
    `select debt_origins, debt_amounts, costs_amounts, balance from checkpoint
     where account = $1 and to_char(period, 'YYYY-MM') = $2`,
    [ACCOUNT, period],
  );
  return row;
};

t.test("debts are charged, given up and owed again by documents of two persons", async (t) => {
  const { hub, owner, ownerUrl } = await createTestDatabase(t);
  const { readings } = await createSupplier(hub);
  const add = async (
    kind: "OPENING" | "PAYMENT" | "REVERSAL",
    on: string,
    amount: number,
    at: number,
  ) => {
    await ensurePartitions(hub, "ledger_entry", [on]);
    await inShard(hub, house.shard, (shard) =>
      addLedgerEntries(shard, organisation, [
        {
          ...{
            account: ACCOUNT,
            site: house.site,
            kind,
            valueDay: day(on),
            amount: kopecks(amount),
          },
          period: month(on < "2021-08" ? "2021-07" : "2021-08"),
          origin: kind === "OPENING" ? month("2021-02") : null,
          source: { message: readings, at },
        },
      ]),
    );
  };
  await add("OPENING", "2021-07-01", 1000_00, 1);
  const whose = ["--account", String(ACCOUNT)];
  const approved = async (...args: readonly string[]) => {
    const asked = await fact(ownerUrl, "petrova", ...args);
    const [message = ""] = /\d+/.exec(asked.out) ?? [];
    t.match(asked, { exitCode: 0, out: /ждёт второго/ }, args.join(" "));
    return fact(ownerUrl, "sidorova", "approve", message);
  };
  const writeOff = (name: string, ...fields: readonly string[]) => [
    ...["add", "write-off", ...whose, "--name", name, "--from", "2021-02"],
    ...["debt=PRINCIPAL", "on=2021-07-15", "reason=LIMITATION", ...fields],
  ];

  await t.test("more than is owed, a future day, an edit: refused", async (t) => {
    t.match(await fact(ownerUrl, "petrova", ...writeOff("ПР-1", "amount=1000.01")), {
      exitCode: 3,
      out: /WRITE_OFF_ABOVE_DEBT/,
    });
    const future = ["court-costs", ...whose, "--name", "СП-1", "type=STATE_DUTY", "amount=200"];
    t.match(await fact(ownerUrl, "petrova", "add", ...future, "on=2999-01-01"), { exitCode: 3 });
    t.same(await ledger(hub), ["OPENING 2021-02 100000"]);
  });

  await t.test("what two persons agree on is posted once", async (t) => {
    const costs = ["court-costs", ...whose, "--name", "СП-1", "type=STATE_DUTY", "amount=200"];
    t.match(await approved("add", ...costs, "on=2021-07-10"), { exitCode: 0 });
    t.match(await approved(...writeOff("ПР-1", "amount=300")), { exitCode: 0 });
    t.match(await fact(ownerUrl, "petrova", ...writeOff("ПР-1", "amount=1")), { exitCode: 3 });
    t.match(await fact(ownerUrl, "petrova", "correct", ...writeOff("ПР-1", "amount=1").slice(1)), {
      exitCode: 3,
      out: /не исправляется/,
    });
    t.same(await ledger(hub), [
      "OPENING 2021-02 100000",
      "COURT_COSTS 2021-07 20000",
      "WRITE_OFF 2021-02 -30000",
    ]);
    await add("PAYMENT", "2021-07-20", -350_00, 2);
    await postAndClose(hub, month("2021-07"));
    // 350.00 pay the duty of 200.00 and 150.00 of February, of which 300.00 are given up.
    const [february] = (await open(hub, "2021-07"))?.["debt_amounts"] ?? [];
    t.equal(february, "55000");
    t.match(await open(hub, "2021-07"), { costs_amounts: [] });
  });

  await t.test("what is taken back after the close opens its own month again", async (t) => {
    await add("REVERSAL", "2021-08-05", 350_00, 3);
    t.match(await approved("end", "write-off", ...whose, "--name", "ПР-1"), { exitCode: 0 });
    t.equal((await ledger(hub)).at(-1), "WRITE_OFF 2021-02 30000");
    // The hub ends it today, later than the months that are closed here.
    await postAndClose(hub, month("2021-08"));
    const august = await open(hub, "2021-08");
    t.same(august?.["costs_amounts"], ["20000"], "the duty is owed again");
    t.equal(august?.["debt_amounts"]?.[0], "70000", "1000.00 of February less 300.00 given up");
    const signal = new AbortController().signal;
    const { checks } = await verify(owner, { report: () => undefined, signal });
    t.same(
      checks.flatMap(({ failures }) => failures),
      [],
    );
  });
});
