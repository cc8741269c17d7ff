import t from "tap";
import { day } from "../model/dates.ts";
import type { AccountId, Shard, SiteId } from "../model/ids.ts";
import type { MoneyRecord } from "../model/records.ts";
import type { AccountRoute, MoneyContext } from "./money.ts";
import { namesOf, normaliseMoney, wanted } from "./money.ts";
import { originalOf } from "./money-reversals.ts";

const OURS = "40702810200000001001";
const OUR_SECOND = "40702810500000001002";
const PAYER = "40817810900000009001";

const route = (account: number): AccountRoute => ({
  shard: (account % 7) as Shard,
  site: 1 as SiteId,
  account: account as AccountId,
});

const context: MoneyContext = {
  ourAccounts: new Set([OURS, OUR_SECOND]),
  accounts: new Map([
    ["1500012721", route(1)],
    ["1500012739", route(2)],
    ["0042", route(3)],
    ["Д-17/5", route(4)],
    ["900-1", route(5)],
  ]),
  gisAccounts: new Map([
    ["80AA000001", route(1)],
    ["75DA533315-01", route(2)],
  ]),
};

function record(given: Partial<MoneyRecord>): MoneyRecord {
  return {
    kind: "money",
    at: 1,
    source: "BANK",
    ourAccount: OURS,
    direction: "IN",
    other: { name: "Иванов", inn: "", account: PAYER, bic: "044525225" },
    documentKind: "Платежное поручение",
    documentNumber: "12",
    documentDay: day("2025-03-01"),
    paidDay: day("2025-03-02"),
    postedDay: day("2025-03-03"),
    amount: 12_345,
    purpose: "",
    period: null,
    accountNumber: null,
    operationId: null,
    reverses: null,
    occurrence: 1,
    problems: [],
    ...given,
  };
}

function movementOf(given: Partial<MoneyRecord>) {
  const one = record(given);
  const { movements } = normaliseMoney(null, [one], [namesOf(one)], context);
  const [movement] = movements;
  if (movement === undefined) throw new Error("no movement");
  return movement;
}

t.test("whose a payment is: end of 1.1 of the reference", async (t) => {
  const cases: readonly (readonly [Partial<MoneyRecord>, number | string])[] = [
    [{ purpose: "л/с 1500012721" }, 1],
    [{ purpose: "Оплата ЗА ЭЛЕКТРОЭНЕРГИЮ Л/С№1500012721, март" }, 1],
    [{ purpose: "лс1500012721" }, 1],
    [{ purpose: "ЛС: 1500012721;период 032025" }, 1],
    [{ purpose: "Лицевой счет = № 1500012721" }, 1],
    [{ purpose: "лицевой счёт 1500012721" }, 1],
    [{ purpose: "лицевой сче\u0308т 1500012721" }, 1],
    [{ purpose: "л/с\u00A0№\u00A00042" }, 3],
    [{ purpose: "договор Д-17/5, л/с Д-17/5 за март" }, 4],
    [{ purpose: "л/с 1500012721/03.2025" }, 1],
    [{ purpose: "л/с 900-1" }, 5],
    [{ purpose: "л/с 1500012721, л/с 1500012721" }, 1],
    [{ purpose: "за свет 1500012721 НДС не облагается 20" }, 1],
    [{ purpose: "1500012721 и ещё раз 1500012721" }, 1],
    [{ purpose: "///ЖКУ75da533315-01" }, 2],
    [{ purpose: "Оплата ///жку: 80AA000001-01-0001 март" }, 1],
    // Two existing accounts are meant: a person decides.
    [{ purpose: "л/с 1500012721, л/с 1500012739" }, "AMBIGUOUS_ACCOUNT"],
    [{ purpose: "1500012721; 1500012739" }, "AMBIGUOUS_ACCOUNT"],
    [{ purpose: "л/с 1500012721 ///ЖКУ75DA533315-01" }, "AMBIGUOUS_ACCOUNT"],
    // What is called the account and does not exist is not replaced by another number.
    [{ purpose: "л/с 1500099999 вместо 1500012721" }, "UNKNOWN_ACCOUNT"],
    [{ purpose: "///ЖКУ11BB000001-01 1500012721" }, "UNKNOWN_ACCOUNT"],
    [{ purpose: "л/с 42" }, "UNKNOWN_ACCOUNT"],
    // Part of a longer run, part of a word, nothing at all.
    [{ purpose: "15000127210" }, "UNKNOWN_ACCOUNT"],
    [{ purpose: "полс 1500099999" }, "UNKNOWN_ACCOUNT"],
    [{ purpose: "полс 1500012721" }, 1],
    [{ purpose: "л/с абонента 1500012721" }, 1],
    [{ purpose: "" }, "UNKNOWN_ACCOUNT"],
    // The field of its own comes first and stands alone.
    [{ accountNumber: "1500012721", purpose: "л/с 1500012739" }, 1],
    [{ accountNumber: " 1500012721 " }, 1],
    [{ accountNumber: "75da533315-01" }, 2],
    [{ accountNumber: "777", purpose: "л/с 1500012739" }, "UNKNOWN_ACCOUNT"],
  ];
  for (const [given, want] of cases) {
    const { account, problems } = movementOf(given);
    const name = given.accountNumber ?? given.purpose ?? "";
    if (typeof want === "number") {
      t.equal(account?.account, want, name);
      t.same(problems, [], name);
    } else {
      t.equal(account, null, name);
      t.same(
        problems.map(({ code }) => code),
        [want],
        name,
      );
    }
  }
});

t.test("only what is named is looked up", async (t) => {
  const { accounts, gis } = wanted([
    namesOf(record({ purpose: "л/с 17-2 за 03.2025 ///ЖКУ80AA000001-01" })),
    namesOf(record({ direction: "OUT", purpose: "возврат л/с 5" })),
  ]);
  t.same([...accounts].sort(), ["000001", "01", "03", "17", "17-2", "2", "2025", "80"]);
  t.same([...gis], ["80AA000001-01", "80AA000001"]);
});

t.test("direction, and statements of accounts that are not ours", async (t) => {
  t.equal(movementOf({}).direction, "IN");
  const out = movementOf({ direction: "OUT", purpose: "возврат, л/с 1500012721" });
  t.match(
    out,
    { direction: "OUT", account: null, problems: [] },
    "a person says whose refund it is",
  );
  const other = { name: "Мы", inn: "", account: OUR_SECOND, bic: "" };
  t.match(movementOf({ other, purpose: "л/с 0042" }), { direction: "OWN", account: null });
  const reversal = movementOf({ reverses: { operationId: null }, purpose: "л/с 0042" });
  t.match(reversal, { direction: "OUT", account: route(3) });
  const header = { accounts: [OURS, PAYER], from: day("2025-03-01"), to: day("2025-03-01") };
  const foreign = normaliseMoney(header, [record({})], [namesOf(record({}))], context);
  t.match(foreign, { refusal: { code: "NOT_OUR_ACCOUNT", object: PAYER }, movements: [] });
});

t.test("R6: what makes a payment another one", async (t) => {
  const same = movementOf({}).identity;
  t.equal(movementOf({ at: 99, documentKind: "Прочее" }).identity, same, "its place does not");
  const changes: readonly Partial<MoneyRecord>[] = [
    { ourAccount: OUR_SECOND },
    { direction: "OUT" },
    { other: { name: "Иванов", inn: "", account: "40817810900000009002", bic: "044525225" } },
    { other: { name: "Иванов", inn: "", account: PAYER, bic: "044525226" } },
    { other: { name: "Иванов", inn: "7701", account: PAYER, bic: "044525225" } },
    { documentNumber: "13" },
    { documentDay: day("2025-02-28") },
    { postedDay: day("2025-03-04") },
    { amount: 12_346 },
    { purpose: "другое" },
    { occurrence: 2 },
    { reverses: { operationId: null } },
  ];
  const identities = changes.map((change) => movementOf(change).identity);
  t.equal(new Set([same, ...identities]).size, changes.length + 1);

  const notice = { source: "GIS_ZHKH", operationId: "op-1", ourAccount: null } as const;
  const paid = movementOf({ ...notice, accountNumber: "0042" });
  const again = movementOf({ ...notice, accountNumber: "0042", purpose: "иначе", occurrence: 2 });
  t.equal(again.identity, paid.identity);
  t.equal(again.statement, paid.statement, "equal account, amount and date: the same payment");
  for (const change of [
    { accountNumber: "1" },
    { accountNumber: "0042", amount: 1 },
    { accountNumber: "0042", paidDay: day("2025-03-05") },
  ]) {
    const other = movementOf({ ...notice, ...change });
    t.equal(other.identity, paid.identity);
    t.not(other.statement, paid.statement);
  }
  t.not(movementOf({ ...notice, source: "BANK" }).identity, paid.identity);

  const ours = { name: "Мы", inn: "", account: OUR_SECOND, bic: "1" };
  const sent = movementOf({ direction: "OUT", other: ours });
  const got = movementOf({
    ourAccount: OUR_SECOND,
    other: { ...ours, account: OURS, bic: "2" },
    postedDay: day("2025-03-04"),
  });
  t.equal(sent.identity, got.identity, "both sides of a transfer are one movement");
});

t.test("R8: the one original within 30 days back", async (t) => {
  const reversal = { amount: 500, paidDay: day("2025-03-31") };
  const candidate = (at: number, given: object = {}) => ({
    ...{ key: `k${at}`, message: 1, at, amount: 500, paidDay: day("2025-03-10") },
    ...{ isReversed: false, ...given },
  });
  const cases = [
    ["one", [candidate(1)], 1],
    ["none", [], null],
    ["several", [candidate(1), candidate(2)], null],
    ["another sum", [candidate(1, { amount: 501 })], null],
    ["reversed already, so the other", [candidate(1, { isReversed: true }), candidate(2)], 2],
    ["30 days back", [candidate(1, { paidDay: day("2025-03-01") })], 1],
    ["31 days back", [candidate(1, { paidDay: day("2025-02-28") })], null],
    ["later than the reversal", [candidate(1, { paidDay: day("2025-04-01") })], null],
  ] as const;
  for (const [name, candidates, want] of cases) {
    t.equal(originalOf(reversal, candidates)?.at ?? null, want, name);
  }
});
