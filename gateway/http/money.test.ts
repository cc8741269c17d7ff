import t from "tap";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../normalizer/store/posted.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { openRun } from "../runs/create.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";
import type { BalanceAnswer, ChargesAnswer, TimelineEventAnswer } from "./schemas/accounts.ts";
import { createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";

const { organisation, mkd } = SUPPLIER;
const hub = await createTestHub(t, {});
const database = hub.database.hub;
const { readings } = await createSupplier(database);
const account = ACCOUNTS.oneZone as AccountId;
const number = String(account);
const headers = await signInAs(hub, "clerk", OUR_ORGANISATION, null);

async function askFor<Answer>(whose: string, what: string): Promise<Answer> {
  return (await hub.server.inject({ url: `/api/accounts/${whose}/${what}`, headers })).json();
}

function get<Answer>(what: string): Promise<Answer> {
  return askFor(number, what);
}

// 190 kWh of section 3 of the rules: 50.6667 × 5.73 = 290.32 ₽ and 139.3333 × 5.93 = 826.25 ₽.
const JUNE_PRICE_KOPECKS = 29_032;
const JULY_PRICE_KOPECKS = 82_625;
const CHARGED_KOPECKS = JUNE_PRICE_KOPECKS + JULY_PRICE_KOPECKS;
const OPENING_KOPECKS = 50_000;
const PAID_KOPECKS = 60_000;

t.test("what is not posted is not shown", async (t) => {
  t.same(await get<ChargesAnswer>("charges"), { months: [] });
  t.same(await get<BalanceAnswer>("balance"), { balance: 0, months: [] });
});

t.test("charges, balance and timeline of a posted month", async (t) => {
  const period = month("2021-07");
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax: 9 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  t.same((await get<ChargesAnswer>("charges")).months, [], "computed, not yet approved");
  await approve(database, run, "test");
  await ensurePartitions(database, "ledger_entry", ["2021-07-10", "2021-06-30"]);
  const entry = { site: mkd.site, account, origin: null } as const;
  await inShard(database, mkd.shard, (shard) =>
    addLedgerEntries(shard, organisation, [
      {
        ...entry,
        kind: "OPENING",
        valueDay: day("2021-06-30"),
        period: month("2021-06"),
        amount: OPENING_KOPECKS as Kopecks,
        source: { message: readings, at: 1 },
      },
      {
        ...entry,
        kind: "PAYMENT",
        valueDay: day("2021-07-10"),
        period,
        amount: -PAID_KOPECKS as Kopecks,
        source: { message: readings, at: 2 },
      },
    ]),
  );
  const charges = await get<ChargesAnswer>("charges");
  t.match(charges.months, [
    { period: "2021-07", volume: 1_900_000, amount: CHARGED_KOPECKS, recalculated: 0 },
  ]);
  t.match(charges.months[0]?.lines, [
    { kind: "METER", zone: "T0", volume: 506_667, price: 573_000, amount: JUNE_PRICE_KOPECKS },
    { kind: "METER", zone: "T0", volume: 1_393_333, price: 593_000, amount: JULY_PRICE_KOPECKS },
  ]);
  const owed = OPENING_KOPECKS + CHARGED_KOPECKS - PAID_KOPECKS;
  t.match(await get<BalanceAnswer>("balance"), {
    balance: owed,
    months: [
      { period: "2021-06", opening: OPENING_KOPECKS, closing: OPENING_KOPECKS },
      {
        period: "2021-07",
        opening: OPENING_KOPECKS,
        charged: CHARGED_KOPECKS,
        corrected: 0,
        penalty: 0,
        paid: -PAID_KOPECKS,
        closing: owed,
        entries: [
          { kind: "PAYMENT", valueDay: "2021-07-10", source: { message: readings, at: 2 } },
          { kind: "CHARGE", valueDay: "2021-07-31", source: null },
        ],
      },
    ],
  });
  const parked = await askFor<ChargesAnswer>(String(ACCOUNTS.parked), "charges");
  t.match(parked.months, [
    { period: "2021-07", amount: 0, lines: [], problems: [{ code: "NO_NORM", text: /[а-я]/ }] },
  ]);
  const { events } = await get<{ events: TimelineEventAnswer[] }>("timeline");
  t.match(
    events.filter(({ amount }) => amount !== null),
    [
      { day: "2021-07-31", title: "Начислено", amount: CHARGED_KOPECKS, month: "2021-07" },
      { day: "2021-07-10", title: "Оплата", kind: "payment", origin: { at: 2 }, month: null },
      { day: "2021-06-30", title: "Входящее сальдо", amount: OPENING_KOPECKS },
    ],
  );
});
