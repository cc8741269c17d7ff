import t from "tap";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { suggestionsFor } from "../../normalizer/store/payment-suggestions.ts";
import type { BalanceAnswer } from "./schemas/accounts.ts";
import type {
  AccountPaymentsAnswer,
  RecognisedAnswer,
  UnrecognisedAnswer,
} from "./schemas/payments.ts";
import { addFact, addKey, createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";
import { addPayment } from "./testing-payments.ts";

const THEIRS = 2 as OrganisationId;
const hub = await createTestHub(t, {});
const database = hub.database.hub;
const house = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
for (const [number, id] of [
  ["0015000127", 101],
  ["0015000135", 102],
] as const) {
  await addKey(database, house, "account", number, id);
  await addFact(database, house, "account", id, "2021-03-01", {
    number,
    holder: "Абрамов Алексей Викторович",
    premises: "кв. 5",
    areaM2: "44.1",
    category: "URBAN_GAS",
    norm: "N-1",
  });
}
await addFact(database, house, "site", 100, "2020-01-01", {
  kind: "MKD",
  address: "г. Энск, ул. Мира, д. 1",
  district: "Энский",
  zone: "Europe/Moscow",
});
const payer = "БЕЛОВА АННА СЕРГЕЕВНА";
await addPayment(database, {
  message: 900,
  at: 3,
  amount: 150_000,
  purpose: "за свет 00150001 Белова Анна Сергеевна",
  payer,
});
await addPayment(database, { message: 900, at: 9, amount: 20_000, purpose: "за свет", payer });
await addPayment(database, {
  message: 900,
  at: 12,
  amount: 70_000,
  purpose: "л/с 0015000127",
  payer,
  account: { shard: 5, site: 100, id: 101 },
});
await addPayment(database, {
  message: 901,
  at: 1,
  amount: 5,
  purpose: "",
  payer,
  organisation: THEIRS,
});
const cashier = await signInAs(hub, "cashier", OUR_ORGANISATION, null);
const limited = await signInAs(hub, "cashier", OUR_ORGANISATION, ["Энский"]);
const operator = await signInAs(hub, "operator", OUR_ORGANISATION, null);
const theirs = await signInAs(hub, "cashier", THEIRS, null);
const scope = { organisation: OUR_ORGANISATION, districts: null };
type Headers = typeof cashier;

async function get<Answer>(url: string, headers: Headers): Promise<Answer> {
  return (await hub.server.inject({ url, headers })).json<Answer>();
}
const queue = (headers: Headers, query = "") =>
  get<UnrecognisedAnswer>(`/api/payments/unrecognised${query}`, headers);
const say = (parts: readonly (readonly [string, number])[], headers: Headers, payment = "900/3") =>
  hub.server.inject({
    method: "POST",
    url: `/api/payments/${payment}/recognise`,
    headers,
    payload: {
      parts: parts.map(([account, amount]) => ({ account, amount })),
      ground: "по телефону плательщика",
    },
  });

t.test("a number with a wrong digit or without its zeros is one to choose from", async (t) => {
  const other = { name: "", inn: "", account: "", bic: "" };
  const purposes = ["за свет 0015000128", "л/с 15000135 за март", "спасибо"];
  const payments = purposes.map((purpose) => ({ purpose, other }));
  const found = await suggestionsFor(database, scope, payments);
  t.same(found[0]?.find(({ number }) => number === "0015000127")?.reason, "similar");
  t.same(found[1], [{ number: "0015000135", reason: "similar" }]);
  t.same(found[2], []);
  t.same(await suggestionsFor(database, { ...scope, organisation: THEIRS }, payments), [
    [],
    [],
    [],
  ]);
});

t.test("the queue with what is left and whose it may be, names masked", async (t) => {
  const answer = await queue(cashier);
  t.match(answer, {
    count: 2,
    left: 170_000,
    next: null,
    payments: [
      {
        message: 900,
        at: 3,
        amount: 150_000,
        left: 150_000,
        paidOn: "2026-02-03",
        postedOn: "2026-02-04",
        suggestions: [
          { number: "0015000127", reason: "number" },
          { number: "0015000135", reason: "number" },
        ],
      },
      { at: 9, left: 20_000, suggestions: [] },
    ],
  });
  t.notMatch(JSON.stringify(answer), /Белова|БЕЛОВА/);
  t.same(
    (await queue(cashier, "?cursor=900:3")).payments.map(({ at }) => at),
    [9],
    "the next page",
  );
  t.match(await queue(theirs), { count: 1, payments: [{ message: 901 }] });
  t.match(await queue(limited), { error: { code: "OUT_OF_SCOPE" } });
  t.match(await queue(operator), { error: { code: "ROLE_REFUSED" } });
});

t.test("a payment is split over accounts, never beyond what is left", async (t) => {
  for (const [why, parts, headers, payment] of [
    ["more than it is", [["0015000127", 150_001]], cashier, "900/3"],
    ["an account of nobody", [["0099999999", 1]], cashier, "900/3"],
    ["another organisation's payment", [["0015000127", 5]], cashier, "901/1"],
    ["another organisation's account", [["0015000127", 1]], theirs, "901/1"],
  ] as const) {
    const answer = (await say(parts, headers, payment)).json<RecognisedAnswer>();
    t.equal(answer.accepted, false, why);
    t.match(answer.problems[0]?.text, /[а-я]/, why);
  }
  t.equal((await say([["0015000127", 1]], limited)).statusCode, 403);
  t.equal((await say([["0015000127", 0]], cashier)).statusCode, 400);
  t.equal((await queue(cashier)).left, 170_000, "nothing was taken");
  const parts = [
    ["0015000127", 100_000],
    ["0015000135", 30_000],
  ] as const;
  t.match((await say(parts, cashier)).json(), { accepted: true, problems: [] });
  t.match(await queue(cashier), {
    count: 2,
    left: 40_000,
    payments: [{ at: 3, left: 20_000 }, {}],
  });
  t.match((await queue(cashier)).payments[1]?.suggestions, [
    { number: "0015000127", reason: "payer" },
  ]);
  const [entry] = await auditOf(database, scope, "payment:900:3", 1);
  t.match(entry, { action: "PAYMENT_RECOGNISED", newValue: { ground: "по телефону плательщика" } });
});

t.test("payments of an account with the parts that persons gave to it", async (t) => {
  const url = "/api/accounts/0015000127";
  const { payments } = await get<AccountPaymentsAnswer>(`${url}/payments`, limited);
  t.match(payments, [
    { at: 12, amount: 70_000, part: 70_000, recognisedBy: null, purpose: "л/с 0015000127" },
    { at: 3, amount: 150_000, part: 100_000, recognisedBy: "cashier-1-all" },
  ]);
  const { balance } = await get<BalanceAnswer>(`${url}/balance`, cashier);
  t.equal(balance, -100_000, "the recognised part is in the ledger");
});
