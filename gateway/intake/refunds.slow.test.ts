import t from "tap";
import type { Parsed } from "../../adapters/contract.ts";
import { day } from "../../normalizer/model/dates.ts";
import type {
  AccountId,
  MessageId,
  OrganisationId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { readMessages } from "../../normalizer/store/messages.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { readUnrecognised } from "../../normalizer/store/payments.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { listRefunds, lockRefunds } from "../../normalizer/store/refunds.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { projection } from "../delivery/projections/bank.ts";
import { projectNews } from "../delivery/projector.ts";
import { acceptCaptures } from "./accept.ts";
import type { IntakeChannel } from "./channels.ts";
import type { EnteredAtDesk } from "./desk.ts";
import type { IntakeBoundary } from "./process.ts";
import { processMessages } from "./process.ts";
import { decideRefund, orderRefund } from "./refund-desk.ts";
import { SenderBook } from "./routes.ts";

const organisation = 1 as OrganisationId;
const scope: Scope = { organisation, districts: null };
const OURS = "40702810200000001001";
const NUMBER = "0015000127";
const ADVANCE = 100_000;
const RECEIVED_AT_MS = Date.UTC(2026, 1, 10);
const TODAY = day("2026-02-10");
const PAYEE = {
  name: "ПЕТРОВ ПЕТР ПЕТРОВИЧ",
  inn: "",
  account: "40817810000000000029",
  bankName: "УЧЕБНЫЙ БАНК-2",
  bic: "044599202",
  correspondentAccount: "30101810000000000202",
};

/** One account in shard 5 that has paid 1 000 ₽ more than it owes. */
async function open(
  t: Parameters<typeof createTestDatabase>[0],
  inn = "4705111116",
): Promise<Database> {
  const { hub } = await createTestDatabase(t);
  const house = { shard: 5 as Shard, site: 100 as SiteId };
  const account = 101 as AccountId;
  const base = {
    ...{ organisation, from: day("2020-01-01"), to: null, message: 1 as MessageId, at: 0 },
    ...{ author: "test", ground: "test" },
  };
  await inShard(hub, COMMON_SHARD, async (common) => {
    const correspondentAccount = "30101810800000000101";
    const bank = { bankName: "БАНК", bic: "044599101", correspondentAccount, main: true };
    const who = { name: "Поставщик", inn, address: "г. Энск", kpp: "470501001" };
    const site = 0 as SiteId;
    await insertFacts(common, [
      { ...base, site, kind: "bank-account", subject: OURS, body: bank },
      { ...base, site, kind: "organisation", subject: "1", body: who },
    ]);
    await takeKeys(common.transaction, [
      { ...house, kind: "account", key: NUMBER, organisation, id: account, message: base.message },
    ]);
  });
  await ensurePartitions(hub, "ledger_entry", ["2026-02-01"]);
  await inShard(hub, house.shard, async (shard) => {
    const zone = "Europe/Moscow";
    const place = { kind: "MKD" as const, address: "г. Энск", district: "Энский", zone };
    await insertFacts(shard, [
      { ...base, site: house.site, kind: "site", subject: "100", body: place },
    ]);
    await addLedgerEntries(shard, organisation, [
      {
        ...{ site: house.site, account, kind: "OPENING", valueDay: day("2026-02-01") },
        ...{ period: 24_313 as never, origin: null, amount: kopecks(-ADVANCE) },
        source: { message: base.message, at: 1 },
      },
    ]);
  });
  return hub;
}

let clockMs = RECEIVED_AT_MS;
async function order(hub: Database, amount: number, author = "petrova") {
  const place = await placeOf(hub, scope, NUMBER);
  if (!place.ok) throw new Error(place.problem);
  clockMs += 1;
  const said = { amount, payee: PAYEE, purpose: null, author, ground: "заявление 5" };
  return orderRefund(hub, { place: place.value, ...said, receivedAtMs: clockMs });
}

async function decide(
  hub: Database,
  refund: number,
  decision: "APPROVED" | "WITHDRAWN",
  author = "ivanova",
  more: { readonly refusedByBank?: boolean; readonly on?: string } = {},
) {
  clockMs += 1;
  return decideRefund(hub, {
    ...{ organisation, refund, decision, day: day(more.on ?? "2026-02-10"), author },
    ...{ refusedByBank: more.refusedByBank ?? false, ground: "проверено", receivedAtMs: clockMs },
  });
}

const codes = ({ message, problems }: EnteredAtDesk) => [
  message.state,
  ...problems.map(({ code }) => code),
];
const POSTED = ["posted"];
const refused = (code: string) => ["rejected", code];
const idOf = ({ message }: EnteredAtDesk) => message.message;

async function approved(hub: Database, amount: number, on?: string): Promise<number> {
  const refund = idOf(await order(hub, amount));
  await decide(hub, refund, "APPROVED", "ivanova", on === undefined ? {} : { on });
  return refund;
}

async function states(hub: Database) {
  const refunds = await listRefunds(hub, { organisation, account: null, open: false, limit: 99 });
  return Object.fromEntries(refunds.map(({ refund, state }) => [refund, state]));
}

async function project(hub: Database, destination = "bank"): Promise<number> {
  const clock = { nowMs: () => RECEIVED_AT_MS };
  const { waiting, failures } = await projectNews({
    ...{ database: hub, clock, destination, organisation, projection },
  });
  if (failures.length > 0) throw failures[0];
  return waiting;
}

const stand = (hub: Database, refund: number, state: string, code: string | null = null) =>
  hub.execute(
    `update delivery set state = $2, code = $3,
       confirmed_hash = case when $2 = 'confirmed' then content_hash end where object = $1`,
    [`refund/${refund}`, state, code],
  );

const statements: IntakeChannel = {
  id: "bank",
  organisation,
  profile: {},
  async *parse({ bytes }): AsyncIterable<Parsed> {
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    const days = { from: TODAY, to: TODAY };
    yield { kind: "statement", statement: { accounts: [OURS], ...days } };
    for (const record of JSON.parse(Buffer.concat(parts).toString())) {
      yield { kind: "record", record };
    }
  },
};

/** A row of the bank's statement by which the first order of the year left. */
const out = (given: Partial<MoneyRecord> = {}): MoneyRecord => ({
  ...{ kind: "money", at: 7, source: "BANK", ourAccount: OURS, direction: "OUT" },
  other: { name: PAYEE.name, inn: "", account: PAYEE.account, bic: PAYEE.bic },
  ...{ documentKind: "Платежное поручение", documentNumber: "1", documentDay: TODAY },
  ...{ paidDay: day("2026-02-11"), postedDay: day("2026-02-11"), amount: 30_000 },
  ...{ purpose: "Возврат", period: null, accountNumber: null, operationId: null },
  ...{ reverses: null, occurrence: 1, problems: [] },
  ...given,
});

async function bring(
  hub: Database,
  records: readonly MoneyRecord[],
  boundary: (name: IntakeBoundary) => void = () => undefined,
  whileKilled: () => Promise<void> = async () => undefined,
) {
  clockMs += 1;
  const [receipt] = await acceptCaptures(hub, statements, [
    {
      name: `kl_to_1c_${clockMs}.txt`,
      receivedAtMs: clockMs,
      parts: (async function* () {
        yield Buffer.from(JSON.stringify(records));
      })(),
      envelope: {},
    },
  ]);
  if (receipt === undefined) throw new Error("no receipt");
  const channels = new Map([[statements.id, statements]]);
  const senders = new SenderBook(hub);
  const take = async (at: (name: IntakeBoundary) => void) =>
    processMessages(
      { database: hub, channels, senders, legsAtOnce: 1, run: inShard, boundary: at },
      await readMessages(hub, [receipt.message as MessageId]),
    );
  try {
    return await take(boundary);
  } catch {
    await whileKilled();
    return await take(() => undefined);
  }
}

async function ledger(hub: Database) {
  return hub.query<Record<string, unknown>>(
    `select kind, amount::integer as amount, value_day, period, at::integer as at from ledger_entry
     where kind <> 0 order by value_day, at`,
  );
}

async function verified(hub: Database): Promise<readonly string[]> {
  const { signal } = new AbortController();
  const { checks } = await verify(hub, { report: () => undefined, signal });
  return checks.flatMap(({ failures }) => failures);
}

t.test("never more than the advance, less what is ordered already", async (t) => {
  const hub = await open(t);
  t.same(codes(await order(hub, ADVANCE + 1)), refused("REFUND_ABOVE_ADVANCE"));
  const first = await order(hub, 60_000);
  t.same(codes(first), POSTED);
  const second = await order(hub, 40_001);
  t.same(codes(second), refused("REFUND_ABOVE_ADVANCE"));
  t.match(second.problems, [{ values: { given: "400,01", allowed: "400,00" } }]);
  t.same(codes(await order(hub, 40_000)), POSTED, "to the last kopeck");
  t.same(codes(await order(hub, 1)), refused("REFUND_ABOVE_ADVANCE"));
  t.same(codes(await decide(hub, idOf(first), "WITHDRAWN", "petrova")), POSTED);
  t.same(codes(await order(hub, 60_000)), POSTED, "what was withdrawn is free again");
});

t.test("two persons ordering at once take the advance once", async (t) => {
  const hub = await open(t);
  const both = await Promise.all([order(hub, 60_000), order(hub, 60_000, "sidorova")]);
  t.same(both.map(codes).sort(), [POSTED, refused("REFUND_ABOVE_ADVANCE")]);
});

t.test(
  "another person approves, once; the number is the organisation's next of the year",
  async (t) => {
    const hub = await open(t);
    const first = idOf(await order(hub, 30_000));
    t.equal(await project(hub), 0, "nothing leaves before the approval");
    t.same(codes(await decide(hub, first, "APPROVED", "petrova")), refused("REFUND_SAME_PERSON"));
    t.same(codes(await decide(hub, 999_999, "APPROVED")), refused("REFUND_UNKNOWN"));
    const theirs = { organisation: 2 as OrganisationId, refund: first, day: TODAY, author: "z" };
    const said = {
      decision: "APPROVED",
      refusedByBank: false,
      ground: "z",
      receivedAtMs: 1,
    } as const;
    t.same(codes(await decideRefund(hub, { ...theirs, ...said })), refused("REFUND_UNKNOWN"));
    t.same(codes(await decide(hub, first, "APPROVED")), POSTED);
    t.same(codes(await decide(hub, first, "APPROVED", "sidorova")), refused("REFUND_NOT_OPEN"));
    await approved(hub, 1_000);
    await decide(hub, await approved(hub, 1_000), "WITHDRAWN");
    await approved(hub, 1_000, "2027-01-11");
    await approved(hub, 1_000);
    const refunds = await listRefunds(hub, { organisation, account: null, open: false, limit: 9 });
    t.same(
      refunds.map(({ order }) => order?.number).reverse(),
      [1, 2, 3, 1, 4],
      "a withdrawn order keeps its number, a year begins anew",
    );
    t.equal(await project(hub), 4, "the withdrawn one does not go");
    const [row] = await hub.query<{ content: unknown; kind: string }>(
      "select content, kind from delivery where object = $1",
      [`refund/${first}`],
    );
    t.match(row, {
      kind: "payment-order",
      content: {
        number: "1",
        day: TODAY,
        amount: 30_000,
        payer: { name: "Поставщик", bankAccount: OURS, kpp: "470501001" },
        payee: PAYEE,
        purpose: `Возврат излишне уплаченных средств по л/с ${NUMBER}, заявление 5. Без НДС`,
      },
    });
    t.equal(await project(hub), 0);
    t.equal(await project(hub, "bank-2"), 0, "a channel with a new name does not pay again");
  },
);

t.test("an advance that is gone by the approval is not paid out", async (t) => {
  const hub = await open(t);
  const refund = idOf(await order(hub, 80_000));
  await inShard(hub, 5 as Shard, (shard) =>
    addLedgerEntries(shard, organisation, [
      {
        ...{ site: 100 as SiteId, account: 101 as AccountId, kind: "CHARGE" },
        ...{ valueDay: day("2026-02-05"), period: 24_313 as never, origin: null },
        ...{ amount: kopecks(30_000), source: { message: 1 as MessageId, at: 2 } },
      },
    ]),
  );
  t.same(codes(await decide(hub, refund, "APPROVED")), refused("REFUND_ABOVE_ADVANCE"));
  t.same(await states(hub), { [refund]: "ordered" });
});

t.test("our own requisites are right before anybody approves them", async (t) => {
  const hub = await open(t, "4705111117");
  const refund = idOf(await order(hub, 100));
  t.same(codes(await decide(hub, refund, "APPROVED")), refused("INN_INVALID"));
});

t.test("withdrawn is what the bank surely has not, or has refused", async (t) => {
  const hub = await open(t);
  const cases = [
    ["waiting", null, false, POSTED],
    ["held", null, false, POSTED],
    ["refused", "ACCOUNT_KEY_INVALID", false, POSTED],
    ["refused", "ACCOUNT_KEY_INVALID", true, refused("REFUND_NOT_SENT")],
    ["refused", "OUTCOME_UNKNOWN", false, refused("REFUND_SENT")],
    ["refused", "OUTCOME_UNKNOWN", true, POSTED],
    ["sending", null, false, refused("REFUND_SENT")],
    ["unknown", null, true, refused("REFUND_NOT_SENT")],
    ["confirmed", null, false, refused("REFUND_SENT")],
    ["confirmed", null, true, POSTED],
  ] as const;
  for (const [state, code, refusedByBank, want] of cases) {
    const refund = await approved(hub, 100);
    await project(hub);
    await stand(hub, refund, state, code);
    const why = `${state} ${code} ${refusedByBank}`;
    t.same(codes(await decide(hub, refund, "WITHDRAWN", "petrova", { refusedByBank })), want, why);
    const [row] = await hub.query<{ state: string }>(
      "select state from delivery where object = $1",
      [`refund/${refund}`],
    );
    const isOver = want === POSTED && state !== "confirmed";
    t.equal(row?.state, isOver ? "withdrawn" : state, why);
    t.equal((await states(hub))[refund] === "withdrawn", want === POSTED, why);
  }
  const refund = await approved(hub, 100);
  t.same(codes(await decide(hub, refund, "WITHDRAWN")), POSTED, "before anybody took it up");
  t.equal(await project(hub), 0);
});

t.test("a withdrawal does not overtake a projector that has the refund in its hands", async (t) => {
  const hub = await open(t);
  const refund = await approved(hub, 100);
  let withdrawal: Promise<EnteredAtDesk> | null = null;
  await hub.transaction(async (projector) => {
    await lockRefunds(projector);
    withdrawal = decide(hub, refund, "WITHDRAWN");
    await new Promise((resolve) => setTimeout(resolve, 300));
    t.same(await states(hub), { [refund]: "approved" }, "it waits");
    await projector.execute(
      `insert into delivery (shard, destination, object, kind, organisation, needs, content_hash,
         content, state, next_at, changed_at)
       values (256, 'bank', $1, 'payment-order', 1, '{}', '\\x01', '{}', 'sending', now(), now())`,
      [`refund/${refund}`],
    );
  });
  if (withdrawal === null) throw new Error("nothing was withdrawn");
  t.same(codes(await withdrawal), refused("REFUND_SENT"), "and sees what it waited for");
});

const DIFFERENT: readonly (readonly [string, Partial<MoneyRecord>])[] = [
  ["another number", { documentNumber: "2" }],
  ["another date", { documentDay: day("2026-02-11") }],
  ["another sum", { amount: 30_001 }],
  ["another recipient", { other: { ...out().other, account: "40817810100000000030" } }],
  ["another account of ours", { ourAccount: "40702810500000001002" }],
  ["a number that is none", { documentNumber: "1/а" }],
  ["money that came in", { direction: "IN" }],
];

t.test("the bank's row is the refund only when all of it agrees", async (t) => {
  const hub = await open(t);
  const refund = await approved(hub, 30_000);
  await project(hub);
  await stand(hub, refund, "confirmed");
  for (const [index, [why, change]] of DIFFERENT.entries()) {
    await bring(hub, [out({ at: 100 + index, ...change })]);
    t.same(await states(hub), { [refund]: "sent" }, why);
  }
  t.same(await ledger(hub), [], "unknown rows stay as they were");
  const unknown = { organisation, direction: "OUT", after: null, limit: 99 } as const;
  const before = (await readUnrecognised(hub, unknown)).length;
  await bring(hub, [out({ documentNumber: "000001" }), out({ at: 8, occurrence: 2 })]);
  t.same(await states(hub), { [refund]: "executed" });
  t.same(
    await ledger(hub),
    [{ kind: 6, amount: 30_000, value_day: "2026-02-11", period: "2026-02-01", at: 7 }],
    "one entry for the first row; the second one waits for a person",
  );
  t.equal((await readUnrecognised(hub, unknown)).length, before + 1);
  await bring(hub, [out({ documentNumber: "000001" })]);
  t.equal((await ledger(hub)).length, 1, "an overlapping statement is a repeat");
  t.same(codes(await decide(hub, refund, "WITHDRAWN")), refused("REFUND_NOT_OPEN"));
  t.same(codes(await order(hub, 70_001)), refused("REFUND_ABOVE_ADVANCE"), "it is taken once");
  t.same(codes(await order(hub, 70_000)), POSTED);
  t.same(await verified(hub), []);
});

t.test("killed anywhere, the statement ends the same", async (t) => {
  for (const at of ["documents opened", "leg written", "legs written"] as const) {
    const hub = await open(t);
    const refund = await approved(hub, 30_000);
    const killed = { times: 0 };
    const kill = (name: IntakeBoundary) => {
      if (name !== at) return;
      killed.times += 1;
      throw new Error("killed");
    };
    const [end] = await bring(hub, [out()], kill, async () => {
      t.same(codes(await order(hub, 70_001)), refused("REFUND_ABOVE_ADVANCE"), at);
    });
    t.equal(killed.times, 1, at);
    t.match(end, { state: "posted", outcome: { records: { accepted: 1 } } }, at);
    t.same(await states(hub), { [refund]: "executed" }, at);
    t.match(await ledger(hub), [{ kind: 6, amount: 30_000 }], at);
    t.same(await verified(hub), [], at);
  }
});

t.test("an order that somebody typed at the bank is not sent after it", async (t) => {
  const hub = await open(t);
  const refund = await approved(hub, 30_000);
  await project(hub);
  await bring(hub, [out()]);
  t.same(await states(hub), { [refund]: "executed" });
  const rows = await hub.query<{ state: string }>("select state from delivery");
  t.same(rows, [{ state: "withdrawn" }]);
  const next = await approved(hub, 100);
  await bring(hub, [out({ at: 9, documentNumber: "2", amount: 100 })]);
  t.same((await states(hub))[next], "executed");
  t.equal(await project(hub), 0, "nor taken up later");
});
