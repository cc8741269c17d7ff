import fc from "fast-check";
import t from "tap";
import { addDays, day } from "../../normalizer/model/dates.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readUnrecognised, sumUnrecognised } from "../../normalizer/store/payments.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { joinPayments, recognise } from "./desk.ts";
import type { IntakeBoundary } from "./process.ts";
import {
  endings,
  freshDatabase,
  intakeOf,
  NUMBERS,
  openAccounts,
  organisation,
  RECEIVED_AT_MS,
  row,
  send,
  settle,
  statement,
  sums,
} from "./testing-money.ts";

const BY = { organisation, author: "petrova", ground: "сверка", receivedAtMs: RECEIVED_AT_MS };
const FIRST_DAY = day("2025-03-01");

/** A payment that somebody really made, and what the two sources say of it. */
interface RealPayment {
  readonly account: number;
  readonly amount: number;
  readonly dayOffset: number;
  readonly postedLater: number;
  /** The bank always brings the money; not every bank tells ГИС ЖКХ. */
  readonly isNoticed: boolean;
  readonly lineNames: boolean;
  readonly noticeNames: boolean;
  readonly link: "order id" | "number" | "none";
}

const real: fc.Arbitrary<RealPayment> = fc.record({
  account: fc.constantFrom(...NUMBERS.slice(0, 3)),
  // Few sums and days: different payments of one account look alike.
  amount: fc.constantFrom(500_00, 500_00, 812_40),
  dayOffset: fc.integer({ min: 0, max: 2 }),
  postedLater: fc.integer({ min: 0, max: 2 }),
  isNoticed: fc.constantFrom(true, true, false),
  lineNames: fc.constantFrom(true, true, false),
  noticeNames: fc.constantFrom(true, true, true, false),
  link: fc.constantFrom("order id", "number", "none"),
});

/** `other.name` tells the test, and nobody else, which payment it is. */
function lineOf(payment: RealPayment, index: number): MoneyRecord {
  const paidDay = addDays(FIRST_DAY, payment.dayOffset);
  const names = payment.lineNames ? [`л/с ${payment.account}`] : [];
  const id = payment.link === "order id" ? [`УИП ${orderId(index)}`] : [];
  return row({
    ...{ documentDay: paidDay, paidDay, postedDay: addDays(paidDay, payment.postedLater) },
    other: { name: `R${index}`, inn: "", account: "40817810900000009001", bic: "044525225" },
    documentNumber: `${100 + index}`,
    amount: payment.amount,
    purpose: ["Оплата", ...names, ...id].join(" "),
  });
}

function noticeOf(payment: RealPayment, index: number): MoneyRecord {
  const orderDay = addDays(FIRST_DAY, payment.dayOffset);
  return row({
    ...{ source: "GIS_ZHKH", ourAccount: null, operationId: orderId(index) },
    ...{ documentDay: orderDay, paidDay: orderDay, postedDay: orderDay },
    other: { name: `R${index}`, inn: "", account: "", bic: "", notice: `guid-${index}` },
    documentNumber: payment.link === "number" ? `${100 + index}` : orderId(index),
    amount: payment.amount,
    accountNumber: payment.noticeNames ? `${payment.account}` : "нет такого",
  });
}

function orderId(index: number): string {
  return `${index}`.padStart(32, "0");
}

function ofAccounts(payments: readonly RealPayment[]): Record<string, number> {
  const owed: Record<string, number> = {};
  for (const { account, amount } of payments) owed[account] = (owed[account] ?? 0) - amount;
  return owed;
}

/** What the store holds of each real payment, by the name in its rows. */
async function sights(hub: Database) {
  return hub.query<Record<"name" | "message" | "at" | "source", string> & { counts: boolean }>(
    `select p.other->>'name' as name, p.message, p.at, p.source,
       p.account is not null or exists (select from recognition r
         where r.payment_message = p.message and r.payment_at = p.at) as counts
     from payment p order by p.message, p.at`,
  );
}

/** Somebody who knows the truth works the list of unrecognised money off. */
async function workOff(hub: Database, payments: readonly RealPayment[]): Promise<void> {
  for (;;) {
    const query = { organisation, direction: "IN", after: null, limit: 100 } as const;
    const [payment] = await readUnrecognised(hub, query);
    if (payment === undefined) return;
    const { name } = payment.other;
    const truth = payments[Number(name.slice(1))];
    if (truth === undefined) throw new Error(`nobody made ${name}`);
    const known = (await sights(hub)).find((one) => one.name === name && one.counts);
    const place = { message: payment.message, at: payment.at };
    const { problems } =
      known === undefined
        ? await recognise(hub, {
            ...{ ...BY, payment: place },
            parts: [{ accountNumber: `${truth.account}`, amount: payment.left }],
          })
        : await joinPayments(hub, {
            ...{ ...BY, payment: place },
            sameAs: { message: Number(known.message), at: Number(known.at) },
          });
    if (problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`);
  }
}

async function isVerified(hub: Database): Promise<readonly string[]> {
  const signal = new AbortController().signal;
  const report = await verify(hub, { report: () => undefined, signal });
  return report.checks.find(({ name }) => name === "payments")?.failures ?? ["no such check"];
}

interface Play {
  readonly payments: readonly RealPayment[];
  /** Order in which the sights come, some of them again. */
  readonly order: readonly number[];
  /** Sights in one message; messages claimed together. */
  readonly perMessage: number;
  readonly together: number;
}

const play: fc.Arbitrary<Play> = fc.array(real, { minLength: 4, maxLength: 9 }).chain((payments) =>
  fc.record({
    payments: fc.constant(payments),
    order: fc.shuffledSubarray(
      Array.from({ length: payments.length * 4 }, (_, index) => index),
      { minLength: payments.length * 4 },
    ),
    perMessage: fc.integer({ min: 1, max: 6 }),
    together: fc.integer({ min: 1, max: 6 }),
  }),
);

t.test("Σ payments = what the bank really brought, in whatever order", async (t) => {
  const seen = { same: 0, doubt: 0 };
  await fc.assert(
    fc.asyncProperty(play, async ({ payments, order, perMessage, together }) => {
      const { hub, end } = await freshDatabase();
      try {
        await openAccounts(hub);
        const lines = payments.map(lineOf);
        const notices = payments.map(noticeOf);
        // Numbers from 0: each line twice, then each notice twice; a notice that nobody placed is left out.
        const rows = order.flatMap((number) => {
          const index = number % payments.length;
          const isNotice = number >= payments.length * 2;
          const record = (isNotice ? notices : lines)[index];
          if (record === undefined || (isNotice && payments[index]?.isNoticed === false)) return [];
          return [{ ...record, at: 10_000 + number }];
        });
        const messages: { accounts: readonly string[] | null; records: MoneyRecord[] }[] = [];
        for (const record of rows) {
          const accounts = record.source === "BANK" ? statement().accounts : null;
          const last = messages.at(-1);
          const isOfLast =
            last !== undefined &&
            last.records.length < perMessage &&
            last.records[0]?.source === record.source;
          if (isOfLast) last.records.push(record);
          else messages.push({ accounts, records: [record] });
        }
        for (let from = 0; from < messages.length; from += together) {
          await send(hub, ...messages.slice(from, from + together));
          await settle(hub, intakeOf(hub));
        }
        const story = JSON.stringify({ payments, order, perMessage, together });
        const real = ofAccounts(payments);
        for (const [account, amount] of Object.entries(await sums(hub))) {
          t.ok(amount >= (real[account] ?? 0), `${account} is credited at most once: ${story}`);
        }
        for (const { kind } of await hub.query<{ kind: string }>("select kind from payment_pair")) {
          seen[kind === "SAME" ? "same" : "doubt"] += 1;
        }
        await workOff(hub, payments);
        t.same(await sums(hub), real, story);
        t.same(await sumUnrecognised(hub, organisation), { count: 0, left: 0 }, story);
        t.same(await isVerified(hub), []);
      } finally {
        await end();
      }
    }),
    { numRuns: Number(process.env["PAIR_RUNS"] ?? 5), seed: 20_250_302 },
  );
  t.ok(seen.same > 3 && seen.doubt > 3, JSON.stringify(seen));
});

const [FIRST = 0, SECOND = 0] = NUMBERS;
const UIP = "A".repeat(32);

/** A notice and a bank's line of one payment of 100.00, which share what the case says. */
const notice = (given: Partial<MoneyRecord> = {}) =>
  row({
    ...{ source: "GIS_ZHKH", ourAccount: null, operationId: UIP, documentNumber: UIP },
    ...{ documentDay: FIRST_DAY, paidDay: FIRST_DAY, postedDay: FIRST_DAY },
    other: { name: "", inn: "", account: "", bic: "", notice: "guid" },
    accountNumber: `${FIRST}`,
    ...given,
  });
const line = (given: Partial<MoneyRecord> = {}) =>
  row({ purpose: `л/с ${FIRST} УИП ${UIP.toLowerCase()}`, ...given });
const cancelled = (given: Partial<MoneyRecord> = {}) =>
  notice({ operationId: `${UIP}/cancelled`, reverses: { operationId: UIP }, ...given });
const takenBack = (given: Partial<MoneyRecord> = {}) =>
  line({ reverses: { operationId: null }, ...given });
const sent = (...records: readonly MoneyRecord[]) =>
  records[0]?.source === "BANK" ? statement(...records) : { accounts: null, records };

t.test("what comes second, and what is taken back", async (t) => {
  const other = { purpose: `л/с ${FIRST}` };
  const cases: readonly (readonly [
    name: string,
    messages: readonly (readonly MoneyRecord[])[],
    codes: readonly string[],
    sums: Record<string, number>,
    unrecognised: number,
  ])[] = [
    ["the line is second", [[notice()], [line()]], ["DUPLICATE_ROW"], { [FIRST]: -100_00 }, 0],
    ["the notice is second", [[line()], [notice()]], ["DUPLICATE_ROW"], { [FIRST]: -100_00 }, 0],
    [
      "the notice tells whose the line is",
      [[line({ purpose: UIP })], [notice()]],
      ["UNKNOWN_ACCOUNT", "DUPLICATE_ROW"],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "the line tells whose the notice is",
      [[notice({ accountNumber: "?" })], [line()]],
      ["UNKNOWN_ACCOUNT", "DUPLICATE_ROW"],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "neither tells",
      [[notice({ accountNumber: "?" })], [line({ purpose: UIP })]],
      ["UNKNOWN_ACCOUNT", "DUPLICATE_ROW"],
      {},
      100_00,
    ],
    [
      "number, day, sum and account",
      [
        [notice({ documentNumber: "17" })],
        [line({ ...other, documentNumber: "17", documentDay: FIRST_DAY })],
      ],
      ["DUPLICATE_ROW"],
      { [FIRST]: -100_00 },
      0,
    ],
    ["only the day", [[notice()], [line(other)]], ["MONEY_ONLY"], { [FIRST]: -100_00 }, 100_00],
    [
      "only the day, turned round",
      [[line(other)], [notice()]],
      ["REGISTRY_ONLY"],
      { [FIRST]: -100_00 },
      100_00,
    ],
    [
      "another sum under the same id",
      [[notice()], [line({ amount: 99_00 })]],
      ["OP_ID_CONFLICT"],
      { [FIRST]: -100_00 },
      99_00,
    ],
    [
      "another account under the same id",
      [[notice()], [line({ purpose: `л/с ${SECOND} ${UIP}` })]],
      ["OP_ID_CONFLICT"],
      { [FIRST]: -100_00 },
      100_00,
    ],
    [
      "a day of another week is another payment",
      [
        [notice()],
        [
          line({
            ...other,
            documentDay: addDays(FIRST_DAY, 7),
            paidDay: addDays(FIRST_DAY, 7),
            postedDay: addDays(FIRST_DAY, 8),
          }),
        ],
      ],
      [],
      { [FIRST]: -200_00 },
      0,
    ],
    [
      "a payment has one other sight",
      [[notice()], [line(), line({ ...other, documentNumber: "5" })]],
      ["DUPLICATE_ROW"],
      { [FIRST]: -200_00 },
      0,
    ],
    [
      "the notice is cancelled, the money is there",
      [[notice()], [line()], [cancelled()]],
      ["DUPLICATE_ROW", "UNMATCHED_REVERSAL"],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "a second notice is cancelled, the money is there",
      [[line()], [notice(), cancelled()]],
      ["UNMATCHED_REVERSAL", "DUPLICATE_ROW"],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "the bank takes the money back",
      [[notice()], [line()], [takenBack()]],
      ["DUPLICATE_ROW"],
      { [FIRST]: 0 },
      0,
    ],
    [
      "the bank takes the money back, the line was first",
      [[line()], [notice()], [takenBack()]],
      ["DUPLICATE_ROW"],
      { [FIRST]: 0 },
      0,
    ],
    [
      "cancelled before the money came: it counts again",
      [[notice(), cancelled()], [line()]],
      [],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "a doubtful notice is cancelled",
      [[line(other)], [notice(), cancelled()]],
      ["REGISTRY_ONLY"],
      { [FIRST]: -100_00 },
      0,
    ],
    [
      "a doubtful notice that another line proves",
      [[line(other)], [notice()], [line()]],
      ["REGISTRY_ONLY", "DUPLICATE_ROW"],
      { [FIRST]: -200_00 },
      0,
    ],
  ];
  for (const [name, messages, codes, wantSums, unrecognised] of cases) {
    const { hub, end } = await freshDatabase();
    try {
      await openAccounts(hub);
      for (const records of messages) {
        await send(hub, sent(...records));
        await settle(hub, intakeOf(hub));
      }
      const found = (await endings(hub)).flatMap((one) => one.codes);
      t.same(found, codes, name);
      t.same(await sums(hub), wantSums, name);
      t.equal((await sumUnrecognised(hub, organisation)).left, unrecognised, name);
      t.same(await isVerified(hub), [], name);
    } finally {
      await end();
    }
  }
});

t.test("a person joins what was kept back, and is refused what cannot be", async (t) => {
  const { hub, end } = await freshDatabase();
  t.teardown(end);
  await openAccounts(hub);
  const other = { purpose: `л/с ${FIRST}` };
  const twice = { ...other, amount: 7_00 };
  await send(hub, sent(notice(), notice({ operationId: "B".repeat(32), amount: 7_00 })));
  await send(hub, sent(line(other), line(twice), line({ ...other, amount: 55 })));
  await settle(hub, intakeOf(hub));
  const kept = await readUnrecognised(hub, {
    ...{ organisation, direction: "IN", after: null, limit: 9 },
  });
  t.same(
    kept.map(({ amount, code }) => [amount, code]),
    [
      [100_00, "MONEY_ONLY"],
      [7_00, "MONEY_ONLY"],
    ],
  );
  const [payment, small] = kept;
  const known = await hub.query<{ message: string; at: string; amount: string }>(
    "select message, at, amount from payment where source = 'GIS_ZHKH' order by amount",
  );
  const [ofSmall, first] = known.map(({ message, at }) => ({ message: +message, at: +at }));
  if (payment === undefined || small === undefined || first === undefined) throw new Error("kept");
  if (ofSmall === undefined) throw new Error("two notices");
  type Place = { readonly message: number; readonly at: number };
  const say = async (one: Place, sameAs: Place, ground = "сверка") => {
    const { problems } = await joinPayments(hub, { ...BY, payment: one, sameAs, ground });
    return problems.map(({ code }) => code);
  };
  t.same(await say(payment, { message: 1, at: 999 }), ["UNKNOWN_DOCUMENT"], "no such payment");
  t.same(await say(payment, payment), ["UNKNOWN_DOCUMENT"], "itself");
  t.same(await say(first, payment), ["UNKNOWN_DOCUMENT"], "what counts already");
  t.same(await say(payment, ofSmall), ["REGISTRY_DIFF"], "another sum");
  await recognise(hub, {
    ...{ ...BY, payment: small },
    parts: [{ accountNumber: `${SECOND}`, amount: 1 }],
  });
  t.same(await say(small, ofSmall), ["AMOUNT_TOO_LARGE"], "a part is somebody's");
  t.same(await say(payment, first), []);
  t.same(await say(payment, first, "ещё раз"), ["UNKNOWN_DOCUMENT"], "it is joined already");
  const late = await recognise(hub, {
    ...{ ...BY, payment, ground: "всё равно" },
    parts: [{ accountNumber: `${SECOND}`, amount: 1 }],
  });
  t.match(late.problems, [{ code: "AMOUNT_TOO_LARGE" }], "nothing is left of it");
  t.same(await sums(hub), { [FIRST]: -107_55, [SECOND]: -1 });
  t.same(await isVerified(hub), []);
});

t.test("killed at any boundary and started again: the same pairs", async (t) => {
  const named = NUMBERS.slice(0, 6);
  const id = (index: number) => orderId(index);
  const notices = named.map((number, index) =>
    notice({ operationId: id(index), accountNumber: `${number}`, amount: 100 + index }),
  );
  const lines = named.map((number, index) =>
    line({
      // The first is nobody's by itself, the last shares no id.
      purpose: index === 0 ? id(0) : `л/с ${number} ${index === 5 ? "" : id(index)}`,
      amount: 100 + index,
    }),
  );
  const messages = [sent(...lines.slice(0, 3)), sent(...notices), sent(...lines.slice(3))];
  const contents = async (hub: Database) => ({
    sums: await sums(hub),
    ends: await endings(hub),
    pairs: await hub.query(
      "select second_at, first_at, kind, account from payment_pair order by 1",
    ),
    marks: await hub.query("select at, order_id, account from payment_mark order by 1, 2"),
    recognised: await hub.query("select payment_at, at, amount, account from recognition"),
    open: await hub.query("select from document where not done"),
  });
  const playUntil = async (boundary: (name: IntakeBoundary) => void, failures: unknown[]) => {
    const { hub, end } = await freshDatabase();
    try {
      await openAccounts(hub);
      await send(hub, ...messages);
      await settle(hub, intakeOf(hub, boundary), failures);
      await settle(hub, intakeOf(hub));
      return await contents(hub);
    } finally {
      await end();
    }
  };
  let boundaries = 0;
  const want = await playUntil(() => {
    boundaries += 1;
  }, []);
  t.same(
    want.sums,
    Object.fromEntries(named.map((number, index) => [number, -(100 + index)])),
    "each once; the doubtful one is kept back",
  );
  t.equal(want.pairs.length, 6);
  t.ok(boundaries >= 6, `${boundaries} boundaries`);
  for (let stopAt = 1; stopAt <= boundaries; stopAt += 1) {
    let reached = 0;
    const failures: unknown[] = [];
    const got = await playUntil(() => {
      reached += 1;
      if (reached >= stopAt) throw new Error("stopped here");
    }, failures);
    t.ok(failures.length > 0, `stopped at ${stopAt}`);
    t.strictSame(got, want, `the same store after a stop at ${stopAt}`);
  }
});
