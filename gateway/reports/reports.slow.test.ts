import t from "tap";
import type { Month } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId, OrganisationId } from "../../normalizer/model/ids.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { loadLaw } from "../../normalizer/store/law.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { approve } from "../../normalizer/store/results.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { closePeriod } from "../runs/close.ts";
import { openRun } from "../runs/create.ts";
import {
  ACCOUNTS,
  correct,
  createSupplier,
  fact,
  lawLoad,
  SERVERS,
  SUPPLIER,
  type Supplier,
} from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";
import { benefits } from "./benefits.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { debtors } from "./debtors.ts";
import { houseBalance } from "./house-balance.ts";
import { readReport } from "./read.ts";
import { type Cell, fullHolder, maskedHolder, type Report, text } from "./report.ts";
import { REPORTS } from "./reports.ts";
import { turnover } from "./turnover.ts";

const { organisation, mkd } = SUPPLIER;
const JULY = month("2021-07");
const everything: Scope = { organisation, districts: null };

async function rowsOf(
  database: Database,
  report: Report,
  scope = everything,
  period = JULY,
  holderText = fullHolder,
) {
  const rows: Record<string, Cell>[] = [];
  const named = (row: readonly Cell[]) =>
    Object.fromEntries(report.columns.map(({ key }, place) => [key, row[place] ?? null]));
  const query = { scope, period, holderText };
  const totals = await readReport(database, report, query, (some) => {
    for (const row of some) rows.push(named(row));
  });
  return { rows, totals: named(totals) };
}

async function postAndClose(database: Database, period: Month): Promise<void> {
  const request = { organisation, period, author: "test", accountsMax: 3 };
  const { run } = await openRun(database, request);
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  const waits = { waitMs: 1000, onProgress: () => undefined };
  await closePeriod(database, { organisation, period, author: "test", ...waits });
}

/** 100.00 of June brought along and 500.00 paid in July; the parked neighbour has paid 20.00. */
async function pay({ database, readings }: Supplier): Promise<void> {
  const entry = (account: number, kind: "OPENING" | "PAYMENT", amount: number, at: number) => ({
    account: account as AccountId,
    site: mkd.site,
    kind,
    valueDay: day("2021-07-20"),
    period: JULY,
    origin: kind === "OPENING" ? month("2021-06") : null,
    amount: kopecks(amount),
    source: { message: readings, at },
  });
  await ensurePartitions(database, "ledger_entry", ["2021-07-01"]);
  await inShard(database, mkd.shard, (shard) =>
    addLedgerEntries(shard, organisation, [
      entry(ACCOUNTS.oneZone, "OPENING", 100_00, 1),
      entry(ACCOUNTS.oneZone, "PAYMENT", -500_00, 2),
      entry(ACCOUNTS.parked, "PAYMENT", -20_00, 3),
    ]),
  );
}

/** Half the price of 50 kWh for one of the two who live by the norm; the budget pays it through the receipt. */
async function giveBenefit({ database, readings }: Supplier): Promise<void> {
  const body = { value: "IN_RECEIPT" };
  const subject = "organisation/benefit.method";
  await loadLaw(
    database,
    lawLoad([{ kind: "switch", subject, from: day("2021-01-01"), to: null, body, at: 55 }]),
  );
  await inShard(database, mkd.shard, (shard) =>
    insertFacts(shard, [benefit("50", readings), otherBenefit(readings)]),
  );
}

const benefit = (percent: string, origin: Supplier["readings"]) =>
  fact(
    "benefit",
    mkd.site,
    `${ACCOUNTS.byNorm}/ВЕТЕРАН ТРУДА`,
    { beneficiaries: 1, standard: "50", percent, family: false },
    origin,
    "2021-01-01",
  );

/** Of months before those that are billed. */
const otherBenefit = (origin: Supplier["readings"]) =>
  fact(
    "benefit",
    mkd.site,
    `${ACCOUNTS.byNorm}/ИНВАЛИД`,
    { beneficiaries: 1, standard: "50", percent: "50", family: false },
    origin,
    "2020-01-01",
    "2021-07-01",
  );

/** Day and night of a house of 100 kWh, 70 in flats, 10 in the shop, 15 distributed. */
const ZONES_OF_HOUSE = [
  {
    zone: "T1",
    odpu: 700_000,
    individual: 490_000,
    nonResidential: 70_000,
    raw: 140_000,
    distributed: 105_000,
  },
  {
    zone: "T2",
    odpu: 300_000,
    individual: 210_000,
    nonResidential: 30_000,
    raw: 60_000,
    distributed: 45_000,
  },
];

for (const { server, create, skip } of SERVERS) {
  t.test(`reports of a month, on ${server}`, { skip }, async (t) => {
    const { hub } = await create(t);
    const supplier = await createSupplier(hub);
    await pay(supplier);
    await giveBenefit(supplier);
    await postAndClose(hub, JULY);
    await correct(hub, mkd.shard, [benefit("100", supplier.readings)]);
    await postAndClose(hub, month("2021-08"));

    await t.test("ОСВ: opening + moved = closing, and the closing is the checkpoint", async (t) => {
      const { rows, totals } = await rowsOf(hub, turnover);
      // 290.32 + 826.25 of July on 100.00, less 500.00; see testing.ts.
      t.match(
        rows.find(({ number }) => number === String(ACCOUNTS.oneZone)),
        { openingDebit: 100_00, charged: 1116_57, paid: 500_00, closingDebit: 716_57 },
      );
      t.match(
        rows.find(({ number }) => number === String(ACCOUNTS.parked)),
        { openingDebit: 0, openingCredit: 0, charged: 0, paid: 20_00, closingCredit: 20_00 },
      );
      const [sum] = await hub.query<{ debit: string; credit: string }>(
        `select sum(greatest(balance, 0)) as debit, sum(greatest(-balance, 0)) as credit
         from checkpoint where period = '2021-07-01'`,
      );
      t.equal(totals["closingDebit"], Number(sum?.debit));
      t.equal(totals["closingCredit"], Number(sum?.credit));
      const august = await rowsOf(hub, turnover, everything, month("2021-08"));
      t.equal(august.totals["openingDebit"], totals["closingDebit"]);
      t.equal(august.totals["openingCredit"], totals["closingCredit"]);
    });

    await t.test("debtors: the oldest unpaid month, counted from its end", async (t) => {
      const { rows, totals } = await rowsOf(hub, debtors, everything, month("2021-08"));
      t.match(
        rows.find(({ number }) => number === String(ACCOUNTS.oneZone)),
        // From 31.07 to 31.08.
        { since: "2021-07", days: 31, penalty: 0 },
      );
      t.notOk(rows.some(({ number }) => number === String(ACCOUNTS.parked)));
      const [sum] = await hub.query<{ debt: string }>(
        `select sum(debt) as debt from (
           select (select sum(a) from unnest(debt_amounts) a) as debt
           from checkpoint where period = '2021-08-01') debts`,
      );
      t.equal(totals["debt"], Number(sum?.debt));
    });

    await t.test(
      "benefits: what the receipts were lowered by, a recalculation apart",
      async (t) => {
        const july = await rowsOf(hub, benefits, everything, JULY, maskedHolder);
        const whose = { number: String(ACCOUNTS.byNorm), address: "г. Энск", premises: "кв. 3" };
        const named = { ...whose, benefit: "ВЕТЕРАН ТРУДА" };
        // 2 × 77 kWh; the lesser of 154 / 2 and 50 at 5.93 and 50 %.
        t.match(july.rows, [{ ...named, origin: "2021-07", energy: 154_0000, discount: 148_25 }]);
        t.equal(july.rows[0]?.["benefit"], "ВЕТЕРАН ТРУДА", "a kind that has ended is not named");
        t.match(july.totals, { energy: 154_0000, discount: 148_25 });
        t.match(july.rows[0]?.["holder"], /^И•+/, "a person is told apart, not named");
        const august = await rowsOf(hub, benefits, everything, month("2021-08"));
        t.match(august.rows, [
          { ...named, origin: "2021-07", energy: 0, discount: 148_25 },
          { ...named, origin: "2021-08", energy: 154_0000, discount: 296_50 },
        ]);
        t.match(august.totals, { discount: 444_75 });
      },
    );

    await t.test("another organisation or district sees nothing", async (t) => {
      for (const report of REPORTS) {
        for (const scope of [
          { organisation: 2 as OrganisationId, districts: null },
          { organisation, districts: ["Дальний"] },
        ]) {
          const { rows } = await rowsOf(hub, report, scope);
          t.same(rows, [], `${report.name} ${JSON.stringify(scope)}`);
        }
      }
    });

    await t.test("houses of the month", async (t) => {
      t.same((await rowsOf(hub, houseBalance)).rows, [], "no house facts, no common consumption");
      const request = { organisation, period: month("2021-09"), author: "test", accountsMax: 3 };
      const open = await openRun(hub, request);
      // 100 kWh of the meter, 70 in flats, 10 in the shop; 5 of 20 taken by what was carried.
      const add = (run: number) =>
        hub.execute(
          `insert into house_month (run, site, shard, method, individual, non_residential, raw,
             carry_in, carry_used, carry_out, cap, distributed, over_norm, shares, residue, odpu,
             held_by, zones)
           values ($1, $2, $3, 'METER', 700000, 100000, 200000, 50000, 50000, 0, 300000, 150000, 0,
             149999, 1, 1000000, '{}', $4)`,
          [run, mkd.site, mkd.shard, JSON.stringify(ZONES_OF_HOUSE)],
        );
      const [july] = await hub.query<{ id: string }>(
        "select id from charge_run where period = '2021-07-01'",
      );
      await add(Number(july?.id));
      await add(open.run);
      const { rows, totals } = await rowsOf(hub, houseBalance);
      t.match(rows, [{ address: "г. Энск", method: "по ОДПУ", odpu: 1_000_000, residue: 1 }]);
      t.match(totals, { distributed: 150_000, shares: 149_999, carryUsed: 50_000 });
      t.match(rows, [
        { odpuT1: 700_000, premisesT1: 560_000, rawT1: 140_000, distributedT2: 45_000 },
      ]);
      t.match(rows, [{ odpuT3: null }]);
      t.same(
        (await rowsOf(hub, houseBalance, everything, month("2021-09"))).rows,
        [],
        "not posted",
      );
    });
  });
}

t.test("CSV: what a spreadsheet would run or break on is text", async (t) => {
  const report: Report = {
    name: "x",
    title: "X",
    columns: [text("a", "А;Б"), { key: "b", title: "Б", unit: "money", summed: true }],
    rows: async () => [],
  };
  t.equal(csvHeader(report), '"А;Б";Б\r\n');
  for (const [given, expected] of [
    ["=1+2", "'=1+2"],
    ["+7", "'+7"],
    ["-5", "'-5"],
    ["@x", "'@x"],
    ["а;б", '"а;б"'],
    ['кв. "5"', '"кв. ""5"""'],
    ["0012", "0012"],
    ["две\nстроки", '"две\nстроки"'],
  ] as const)
    t.equal(csvRow(report, [given, -1_05]), `${expected};-1,05\r\n`);
  t.equal(csvRow(report, [null, null]), ";\r\n");
});
