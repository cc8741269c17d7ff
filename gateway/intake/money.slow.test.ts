import fc from "fast-check";
import t from "tap";
import { CURRENT_RULES, RULES } from "../../billing/rules.ts";
import { NOTHING_OPEN, settle as settleAccount } from "../../billing/settlement/settle.ts";
import { day, endDay, month, monthOf } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import { ENTRY_KINDS } from "../../normalizer/model/facts.ts";
import type { AccountId, OrganisationId } from "../../normalizer/model/ids.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readUnrecognised, sumUnrecognised } from "../../normalizer/store/payments.ts";
import { approve } from "../../normalizer/store/results.ts";
import { createCitusDatabase, createTestDatabase } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { closePeriod } from "../runs/close.ts";
import { openRun } from "../runs/create.ts";
import { ACCOUNTS, createSupplier } from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";
import { recognise } from "./desk.ts";
import type { IntakeBoundary } from "./process.ts";
import {
  endings,
  freshDatabase,
  intakeOf,
  ledger,
  NUMBERS,
  OUR_SECOND,
  OURS,
  openAccounts,
  organisation,
  PAYER,
  RECEIVED_AT_MS,
  row,
  send,
  settle,
  shardOf,
  statement,
  sums,
} from "./testing-money.ts";

const CITUS_URL = process.env["CITUS_URL"];

const [FIRST = 0, SECOND = 0, THIRD = 0] = NUMBERS;

t.test("a statement becomes ledger entries of its accounts, once", async (t) => {
  const { hub } = await createTestDatabase(t);
  await openAccounts(hub);
  const rows = [
    row({ purpose: `л/с ${FIRST}`, period: (2025 * 12 + 1) as never }),
    row({ purpose: `за свет ${SECOND}`, amount: 5_000 }),
    row({ purpose: "без номера", amount: 700 }),
    row({ purpose: `л/с ${FIRST} л/с ${SECOND}`, amount: 300 }),
    row({ direction: "OUT", purpose: `возврат л/с ${FIRST}`, amount: 200 }),
    row({ other: { name: "Мы", inn: "", account: OUR_SECOND, bic: "" }, amount: 1_000 }),
  ];
  await send(hub, statement(...rows));
  await settle(hub, intakeOf(hub));
  t.same(await endings(hub), [
    {
      ...{ state: "posted", accepted: 4, waiting: 1, held: 1, unchanged: 0 },
      codes: ["UNKNOWN_ACCOUNT", "AMBIGUOUS_ACCOUNT"],
    },
  ]);
  t.match(await ledger(hub), [
    {
      account: String(FIRST),
      kind: 3,
      amount: "-10000",
      value_day: "2025-03-02",
      period: "2025-03-01",
      origin: "2025-02-01",
      shard: shardOf(FIRST),
    },
    { account: String(SECOND), kind: 3, amount: "-5000", origin: null, shard: shardOf(SECOND) },
  ]);
  t.same(await sumUnrecognised(hub, organisation), { count: 2, left: 1_000 });
  t.same(await sumUnrecognised(hub, 2 as OrganisationId), { count: 0, left: 0 });

  // Other bytes with the same rows, and the other side of the transfer: only what is new is posted.
  const got = row({
    ourAccount: OUR_SECOND,
    other: { name: "Мы", inn: "", account: OURS, bic: "" },
  });
  const transfer = rows[5] ?? got;
  await send(hub, {
    accounts: [OURS, OUR_SECOND],
    records: [
      ...rows.map((one) => ({ ...one, at: one.at + 1_000 })),
      {
        ...transfer,
        at: 7_777,
        ourAccount: OUR_SECOND,
        direction: "OUT",
        other: { ...transfer.other, account: OURS },
      },
      row({ purpose: `л/с ${THIRD}`, amount: 1 }),
    ],
  });
  await settle(hub, intakeOf(hub));
  t.same((await endings(hub))[1], {
    ...{ state: "posted", accepted: 1, unchanged: 7 },
    codes: ["DUPLICATE_ROW"],
  });
  t.same(await sums(hub), { [FIRST]: -10_000, [SECOND]: -5_000, [THIRD]: -1 });
  const [own] = await hub.query<{ count: string }>(
    "select count(*) from payment where direction = 'OWN'",
  );
  t.equal(own?.count, "1");

  await send(hub, { accounts: [OURS, PAYER], records: [row({ purpose: `л/с ${THIRD}` })] });
  await settle(hub, intakeOf(hub));
  t.same((await endings(hub))[2], {
    state: "quarantined",
    unchanged: 0,
    codes: ["NOT_OUR_ACCOUNT"],
  });
  t.equal((await sums(hub))[THIRD], -1, "nothing of it is posted");
});

t.test("notices: the sender's id decides", async (t) => {
  const { hub } = await createTestDatabase(t);
  await openAccounts(hub);
  const notice = { source: "GIS_ZHKH", ourAccount: null, operationId: "N1" } as const;
  const paid = row({ ...notice, accountNumber: String(FIRST) });
  const notices = (...records: MoneyRecord[]) => ({ accounts: null, records });
  await send(hub, notices(paid, { ...paid, at: 9_001 }));
  await settle(hub, intakeOf(hub));
  await send(
    hub,
    notices({ ...paid, at: 9_002, purpose: "иначе" }, { ...paid, at: 9_003, amount: 1 }),
  );
  await settle(hub, intakeOf(hub));
  t.match(await endings(hub), [
    { accepted: 1, unchanged: 1, codes: ["DUPLICATE_ROW"] },
    { held: 1, unchanged: 1, codes: ["OP_ID_CONFLICT", "DUPLICATE_ROW"] },
  ]);
  t.same(await sums(hub), { [FIRST]: -10_000 });
  await send(
    hub,
    notices(
      row({ ...notice, operationId: "N2", reverses: { operationId: "N1" } }),
      row({ ...notice, operationId: "N3", reverses: { operationId: "N1" } }),
      row({ ...notice, operationId: "N4", reverses: { operationId: "none" } }),
    ),
  );
  await settle(hub, intakeOf(hub));
  t.match((await endings(hub))[2], {
    ...{ accepted: 1, held: 2 },
    codes: ["UNMATCHED_REVERSAL", "UNMATCHED_REVERSAL"],
  });
  t.same(await sums(hub), { [FIRST]: 0 });
});

t.test("reversals of a statement find their original", async (t) => {
  const { hub } = await createTestDatabase(t);
  await openAccounts(hub);
  const reverses = { operationId: null };
  const purpose = `л/с ${FIRST}`;
  // The reversal precedes its original in the file; two equal payments leave no single original.
  await send(
    hub,
    statement(
      row({ purpose, reverses, amount: 111 }),
      row({ purpose, amount: 111 }),
      row({ purpose: `л/с ${SECOND}`, amount: 222 }),
      row({ purpose: `л/с ${SECOND}`, amount: 222 }),
      row({ purpose: `л/с ${SECOND}`, amount: 222, reverses }),
      row({ amount: 333, purpose: "неизвестно чьё" }),
      row({ amount: 444, purpose: "тоже неизвестно" }),
    ),
  );
  await settle(hub, intakeOf(hub));
  t.match((await endings(hub))[0], {
    ...{ accepted: 4, waiting: 2, held: 1 },
    codes: ["UNKNOWN_ACCOUNT", "UNKNOWN_ACCOUNT", "UNMATCHED_REVERSAL"],
  });
  t.same(await sums(hub), { [FIRST]: 0, [SECOND]: -444 });
  const [first, second] = await readUnrecognised(hub, {
    ...{ organisation, direction: "IN", after: null, limit: 10 },
  });
  if (first === undefined || second === undefined) throw new Error("two are unrecognised");
  await recognise(hub, {
    organisation,
    payment: second,
    parts: [{ accountNumber: String(THIRD), amount: 400 }],
    ...{ author: "petrova", ground: "звонок", receivedAtMs: RECEIVED_AT_MS },
  });
  // One was never recognised, the other one in part: both are taken back whole.
  const taken = statement(row({ amount: 333, reverses }), row({ amount: 444, reverses }));
  await send(hub, taken);
  await send(hub, { ...taken, records: taken.records.map((one) => ({ ...one, at: one.at + 50 })) });
  await settle(hub, intakeOf(hub));
  t.match((await endings(hub)).slice(2), [
    { accepted: 2, codes: [] },
    { unchanged: 2, codes: ["DUPLICATE_ROW"] },
  ]);
  t.same(await sums(hub), { [FIRST]: 0, [SECOND]: -444, [THIRD]: 0 });
  t.same(await sumUnrecognised(hub, organisation), { count: 0, left: 0 });
  const late = await recognise(hub, {
    organisation,
    payment: first,
    parts: [{ accountNumber: String(THIRD), amount: 1 }],
    ...{ author: "petrova", ground: "звонок", receivedAtMs: RECEIVED_AT_MS },
  });
  t.match(late, { message: { state: "rejected" }, problems: [{ code: "UNKNOWN_DOCUMENT" }] });
});

t.test("a person says whose the money is", async (t) => {
  const { hub } = await createTestDatabase(t);
  await openAccounts(hub);
  await send(hub, statement(row({ amount: 1_000 }), row({ amount: 90, direction: "OUT" })));
  await settle(hub, intakeOf(hub));
  const query = { organisation, after: null, limit: 10 };
  const [payment] = await readUnrecognised(hub, { ...query, direction: "IN" });
  const [refund] = await readUnrecognised(hub, { ...query, direction: "OUT" });
  if (payment === undefined || refund === undefined) throw new Error("both are there");
  const say = (given: object) =>
    recognise(hub, {
      organisation,
      payment,
      parts: [],
      author: "petrova",
      ground: "звонок",
      receivedAtMs: RECEIVED_AT_MS,
      ...given,
    });
  const part = (number: number, amount: number) => ({ accountNumber: String(number), amount });
  const refused = [
    [{ parts: [part(FIRST, 1_001)] }, "AMOUNT_TOO_LARGE"],
    [{ parts: [part(FIRST, 600), part(SECOND, 600)] }, "AMOUNT_TOO_LARGE"],
    [{ parts: [part(77, 1)] }, "UNKNOWN_ACCOUNT"],
    [
      { parts: [part(FIRST, 1)], payment: { message: payment.message, at: 999_999 } },
      "UNKNOWN_DOCUMENT",
    ],
    [{ parts: [part(FIRST, 1)], organisation: 2 }, "UNKNOWN_DOCUMENT"],
    [{ parts: [] }, "SCHEMA_INVALID"],
  ] as const;
  for (const [given, code] of refused) {
    const { message, problems } = await say(given);
    t.equal(message.state, "rejected", code);
    t.ok(
      problems.some((problem) => problem.code === code),
      code,
    );
  }
  t.same(await ledger(hub), []);
  // The limit is what is left, in whatever order and however many at once.
  const said = await Promise.all([
    say({ parts: [part(FIRST, 600), part(SECOND, 100), part(FIRST, 50)] }),
    say({ parts: [part(THIRD, 400)] }),
    say({ parts: [part(THIRD, 300)] }),
  ]);
  const posted = said.filter(({ message }) => message.state === "posted").length;
  t.ok(posted === 1 || posted === 2, "750 alone, or 400 and 300");
  const { left } = await sumUnrecognised(hub, organisation);
  const total = Object.values(await sums(hub)).reduce((sum, amount) => sum + amount, 0);
  t.equal(-total + left, 1_000);
  t.ok(
    (await ledger(hub)).every(({ at }) => Number(at) === payment.at),
    "the bank's line is the source",
  );
  const again = await say({ payment: refund, parts: [part(FIRST, 90)], ground: "возврат" });
  t.equal(again.message.state, "posted");
  const after = Object.values(await sums(hub)).reduce((sum, amount) => sum + amount, 0);
  t.equal(after - total, 90, "a refund raises the debt");
});

/** All that the store holds of money, without ids of messages and seqs. */
async function contents(database: Database) {
  const payments = await database.query(
    `select shard, paid_on, at, key, direction, amount, reversed_at, site, account, code
     from payment order by at, key`,
  );
  const recognised = await database.query(
    "select payment_at, amount, account_shard, account from recognition order by payment_at, account",
  );
  const keys = await database.query(
    `select kind, case when kind = 'reversal-original' then '' else key end as key, shard, id
     from unique_key where kind not in ('message-hash', 'account') order by 1, 2, 3, 4`,
  );
  const [open] = await database.query<{ count: string }>(
    "select count(*) from document where not done",
  );
  const entries = await ledger(database);
  return { payments, recognised, keys, entries, open: open?.count, ends: await endings(database) };
}

const SERVERS = [
  { server: "one server", create: createTestDatabase, skip: false },
  {
    server: "a cluster",
    create: (of: Parameters<typeof createTestDatabase>[0]) =>
      createCitusDatabase(of, CITUS_URL ?? ""),
    skip: CITUS_URL === undefined && "CITUS_URL is not set",
  },
] as const;

for (const { server, create, skip } of SERVERS) {
  t.test(`killed at any boundary and started again, on ${server}`, { skip }, async (t) => {
    const purposes = NUMBERS.map((number) => `л/с ${number}`);
    const first = purposes.map((purpose) => row({ purpose }));
    const overlapping = [
      ...first.slice(5, 15),
      ...purposes.slice(0, 9).map((p) => row({ purpose: p, amount: 7 })),
    ];
    const sent = [
      statement(...first, row({ amount: 50 }), row({ amount: 60, direction: "OUT" })),
      statement(...overlapping.map((one) => ({ ...one, at: one.at + 500 }))),
      // Takes back what the file before it brought, and one that nobody can tell.
      statement(
        row({ purpose: purposes[2] ?? "", amount: 7, reverses: { operationId: null } }),
        row({ purpose: purposes[3] ?? "", amount: 8, reverses: { operationId: null } }),
      ),
    ];
    const play = async (boundary: (name: IntakeBoundary) => void, failures: unknown[]) => {
      const { hub } = await create(t);
      await openAccounts(hub);
      await send(hub, ...sent);
      await settle(hub, intakeOf(hub, boundary), failures);
      await settle(hub, intakeOf(hub));
      return contents(hub);
    };
    let boundaries = 0;
    const want = await play(() => {
      boundaries += 1;
    }, []);
    t.equal(want.entries.length, 24 + 9 + 1, "each payment once, and one reversal");
    t.equal(want.payments.length, 24 + 2 + 9 + 2);
    // 8 shards and three other boundaries in either round.
    t.ok(boundaries >= 15, `${boundaries} boundaries`);
    const last = boundaries;
    // A process is killed at the boundaries of a statement in simulators/scenarios; here are those of a reversal too.
    const stops = server === "a cluster" ? [1, 4, last - 1] : [5, last - 4, last - 2, last];
    for (const stopAt of stops) {
      let reached = 0;
      const failures: unknown[] = [];
      const got = await play(() => {
        reached += 1;
        if (reached >= stopAt) throw new Error("stopped here");
      }, failures);
      t.ok(failures.length > 0, `stopped at ${stopAt}`);
      t.strictSame(got, want, `the same store after a stop at ${stopAt}`);
    }
  });
}

const MARCH = month("2025-03");

/** Allocations of payments and advance of every account, by the ledger and a charge of 100.00 each. */
async function settled(database: Database): Promise<number> {
  const rows = await database.query<Record<string, string>>(
    `select account, kind, value_day, period, origin, amount from ledger_entry
     order by account, value_day, seq, at`,
  );
  let sum = 0;
  for (const number of NUMBERS) {
    const entries = rows
      .filter(({ account }) => Number(account) === number)
      .map((entry) => ({
        account: number as AccountId,
        kind: ENTRY_KINDS[Number(entry["kind"])] ?? ("OPENING" as const),
        valueDay: day(entry["value_day"] ?? ""),
        period: monthOf(day(entry["period"] ?? "")),
        origin: null,
        amount: kopecks(Number(entry["amount"])),
        source: null,
      }));
    const charge: LedgerEntry = {
      ...{ account: number as AccountId, kind: "CHARGE", valueDay: day("2025-02-28") },
      ...{ period: month("2025-02"), origin: month("2025-02"), amount: kopecks(100_00) },
      source: null,
    };
    const { allocations, advance } = settleAccount(
      NOTHING_OPEN,
      [charge, ...entries],
      endDay(MARCH),
    );
    sum += advance;
    for (const { payment, amount } of allocations) if (payment !== null) sum += amount;
  }
  return sum;
}

t.test("Σ payments = Σ allocations + advances + unrecognised, in whatever order", async (t) => {
  const named = NUMBERS.slice(0, 4).map((number) => `л/с ${number}`);
  const strange = [row({ amount: 4_000 }), row({ amount: 90_00 }), row({ amount: 77 })];
  const files = [
    statement(
      ...named.map((purpose, index) => row({ purpose, amount: 60_00 + index })),
      ...strange,
    ),
    statement(...named.map((purpose, index) => row({ purpose, amount: 170_00 + index }))),
    statement(row({ purpose: named[0] ?? "", amount: 60_00, reverses: { operationId: null } })),
    statement(
      row({ amount: 77, reverses: { operationId: null } }),
      row({ purpose: named[1] ?? "", amount: 170_01, reverses: { operationId: null } }),
    ),
  ];
  const steps = [0, 1, 2, 3, "say", "say", "say"] as const;
  const inSomeOrder = fc.shuffledSubarray([...steps], { minLength: steps.length });
  const split = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(inSomeOrder, split, async (order, amounts) => {
      const { hub, end } = await freshDatabase();
      try {
        await openAccounts(hub);
        for (const step of order) {
          if (step !== "say") {
            const file = files[step];
            if (file !== undefined) await send(hub, file);
            await settle(hub, intakeOf(hub));
            continue;
          }
          const query = { organisation, direction: "IN", after: null, limit: 9 } as const;
          const payment = (await readUnrecognised(hub, query)).at(-1);
          if (payment === undefined) continue;
          await recognise(hub, {
            organisation,
            payment,
            parts: amounts.map((amount, index) => ({
              accountNumber: String(NUMBERS[index]),
              amount: Math.min(amount, Math.ceil(payment.left / amounts.length)),
            })),
            ...{ author: "petrova", ground: String(payment.left), receivedAtMs: RECEIVED_AT_MS },
          });
        }
        const [paid] = await hub.query<{ sum: string }>(
          `select sum(case when direction = 'IN' then amount
             when reversed_message is not null then -amount else 0 end) as sum from payment`,
        );
        const { left } = await sumUnrecognised(hub, organisation);
        t.equal((await settled(hub)) + left, Number(paid?.sum), JSON.stringify({ order, amounts }));
        const report = await verify(hub, {
          report: () => undefined,
          signal: new AbortController().signal,
        });
        t.same(report.checks.find(({ name }) => name === "payments")?.failures, []);
      } finally {
        await end();
      }
    }),
    { numRuns: 8, seed: 20_250_301 },
  );
});

t.test("a back-dated payment settles anew from the last checkpoint", async (t) => {
  const { hub } = await createTestDatabase(t);
  await createSupplier(hub);
  // Its readings were put into the store past the intake.
  await hub.execute("update message set state = 'posted'");
  await openAccounts(hub);
  const month2021 = async (period: string) => {
    const { run } = await openRun(hub, {
      ...{ organisation, period: month(period), author: "test", accountsMax: 3 },
      rules: CURRENT_RULES,
    });
    const signal = new AbortController().signal;
    const onProgress = () => undefined;
    await workOn(hub, run, { workers: 1, onProgress, signal, registry: RULES });
    await approve(hub, run, "test");
    const waitMs = 1_000;
    await closePeriod(hub, {
      organisation,
      period: month(period),
      author: "test",
      waitMs,
      onProgress,
    });
    const [checkpoint] = await hub.query<{ balance: string; origins: string[]; amounts: string[] }>(
      `select balance, debt_origins as origins, debt_amounts as amounts from checkpoint
       where account = $1 and to_char(period, 'YYYY-MM') = $2`,
      [ACCOUNTS.house, period],
    );
    return checkpoint;
  };
  const july = await month2021("2021-07");
  const owed = Number(july?.balance);
  t.ok(owed > 500_00, "July is unpaid");
  const paidDay = day("2021-07-15");
  await send(hub, statement(row({ purpose: `л/с ${ACCOUNTS.house}`, amount: 500_00, paidDay })));
  await settle(hub, intakeOf(hub));
  const entries = await hub.query(
    "select account, value_day, period, amount from ledger_entry where kind = 3",
  );
  t.match(entries, [
    // The closed July is not touched: the payment of July is posted in the open August.
    { account: "6001", value_day: "2021-07-15", period: "2021-08-01", amount: "-50000" },
  ]);
  const august = await month2021("2021-08");
  const [origin] = august?.origins ?? [];
  t.same([origin, august?.amounts[0]], ["2021-07-01", String(owed - 500_00)]);
  const [again] = await hub.query<{ balance: string }>(
    `select balance from checkpoint where account = $1 and to_char(period, 'YYYY-MM') = '2021-07'`,
    [ACCOUNTS.house],
  );
  t.equal(Number(again?.balance), owed, "the checkpoint of July stands");
});
