import t from "tap";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { runCli } from "../cli.ts";
import type { AccountRefundsAnswer, RefundSaidAnswer, RefundsAnswer } from "./schemas/refunds.ts";
import { addFact, addKey, createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";

const THEIRS = 2 as OrganisationId;
const NUMBER = "0015000127";
const PAYEE = {
  name: "ПЕТРОВ ПЕТР ПЕТРОВИЧ",
  inn: "",
  account: "40817810000000000029",
  bankName: "УЧЕБНЫЙ БАНК-2",
  bic: "044599202",
  correspondentAccount: "30101810000000000202",
};
const hub = await createTestHub(t, {});
const database = hub.database.hub;
const house = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
const common = { ...house, shard: 256, site: 0 };
await addKey(database, house, "account", NUMBER, 101);
await addKey(database, house, "account", "0015000135", 102);
await addFact(database, house, "site", 100, "2020-01-01", {
  kind: "MKD",
  address: "г. Энск, ул. Мира, д. 1",
  district: "Энский",
  zone: "Europe/Moscow",
});
await addFact(database, common, "organisation", 1, "2020-01-01", {
  name: "Поставщик",
  inn: "4705111116",
  address: "г. Энск",
});
// Twenty digits are no number of the test's subjects.
await addFact(database, common, "bank-account", "40702810200000001001" as never, "2020-01-01", {
  bankName: "УЧЕБНЫЙ БАНК",
  bic: "044599101",
  correspondentAccount: "30101810800000000101",
  main: true,
});
await ensurePartitions(database, "ledger_entry", ["2026-02-01"]);
await database.execute(
  `insert into ledger_entry (shard, site, account, value_day, seq, at, organisation, kind, period,
     amount, message)
   values (5, 100, 101, '2026-02-01', 1, 1, $1, 0, '2026-02-01', -100000, 900)`,
  [OUR_ORGANISATION],
);
const cashier = await signInAs(hub, "cashier", OUR_ORGANISATION, null);
const supervisor = await signInAs(hub, "supervisor", OUR_ORGANISATION, null);
const operator = await signInAs(hub, "operator", OUR_ORGANISATION, null);
const foreign = await signInAs(hub, "cashier", OUR_ORGANISATION, ["Дальний"]);
const theirs = await signInAs(hub, "supervisor", THEIRS, null);
type Headers = typeof cashier;

const post = (path: string, payload: object, headers: Headers) =>
  hub.server.inject({ method: "POST", url: path, headers, payload });
const orderAs = (headers: Headers, amount = 30_000, change: object = {}) => {
  const payload = { amount, payee: { ...PAYEE, ...change }, ground: "заявление 5" };
  return post(`/api/accounts/${NUMBER}/refunds`, payload, headers);
};
const approve = (refund: number, headers: Headers, number = NUMBER) =>
  post(`/api/accounts/${number}/refunds/${refund}/approve`, { ground: "проверено" }, headers);
const withdraw = (refund: number, headers: Headers, number = NUMBER) => {
  const payload = { ground: "передумал", refusedByBank: false };
  return post(`/api/accounts/${number}/refunds/${refund}/withdraw`, payload, headers);
};
const refundsOf = async (headers: Headers) => {
  const url = `/api/accounts/${NUMBER}/refunds`;
  return (await hub.server.inject({ url, headers })).json<AccountRefundsAnswer>();
};

t.test("ordered by one, approved by another, in their own scope only", async (t) => {
  t.match((await orderAs(operator)).json(), { error: { code: "ROLE_REFUSED" } });
  t.match((await orderAs(foreign)).json(), { error: { code: "OUT_OF_SCOPE" } });
  t.match((await orderAs(theirs)).json(), { error: { code: "NOT_FOUND" } });
  t.equal((await orderAs(cashier, 0)).statusCode, 400);
  t.equal((await orderAs(cashier, 1, { account: "4081781000000000002" })).statusCode, 400);
  t.match((await orderAs(cashier, 100_001)).json(), {
    accepted: false,
    problems: [{ code: "REFUND_ABOVE_ADVANCE", text: /1000,01 ₽.*1000,00 ₽/, remedy: /[а-я]/ }],
  });
  const wrongKey = { account: "40817810100000000029" };
  t.match((await orderAs(cashier, 1, wrongKey)).json(), {
    accepted: false,
    problems: [{ code: "ACCOUNT_KEY_INVALID" }],
  });
  t.same(await refundsOf(cashier), { refundable: 100_000, refunds: [] });
  const ordered = (await orderAs(cashier)).json<RefundSaidAnswer>();
  t.match(ordered, { accepted: true, problems: [] });
  const { message: refund } = ordered;
  const seen = await refundsOf(operator);
  t.match(seen, {
    refundable: 70_000,
    refunds: [
      {
        ...{ refund, account: NUMBER, amount: 30_000, state: "ordered", order: null },
        ...{ orderedBy: "cashier-1-all", payee: "П••••• П. П.", payeeAccount: "…0029" },
      },
    ],
  });
  t.notMatch(JSON.stringify(seen), /ПЕТРОВ|40817810000000000029/);
  t.match(await refundsOf(foreign), { error: { code: "OUT_OF_SCOPE" } });

  t.match((await approve(refund, cashier)).json(), { error: { code: "ROLE_REFUSED" } });
  t.match((await approve(refund, theirs)).json(), { error: { code: "NOT_FOUND" } });
  t.match((await approve(refund, supervisor, "0015000135")).json(), {
    error: { code: "NOT_FOUND" },
  });
  t.match((await withdraw(refund, foreign)).json(), { error: { code: "OUT_OF_SCOPE" } });
  t.match((await withdraw(refund, cashier, "0015000135")).json(), { error: { code: "NOT_FOUND" } });
  const own = (await orderAs(supervisor, 1_000)).json<RefundSaidAnswer>().message;
  t.match((await approve(own, supervisor)).json(), {
    accepted: false,
    problems: [{ code: "REFUND_SAME_PERSON" }],
  });
  t.match((await approve(refund, supervisor)).json(), { accepted: true });
  const { refunds } = await refundsOf(cashier);
  t.match(refunds[1], { state: "approved", approvedBy: "supervisor-1-all", order: { number: 1 } });
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  t.match(await auditOf(database, scope, `refund:${refund}`, 9), [{ action: "REFUND_APPROVED" }]);

  const queue = async (headers: Headers) =>
    (await hub.server.inject({ url: "/api/refunds", headers })).json<RefundsAnswer>();
  t.same(
    (await queue(cashier)).refunds.map((one) => one.refund),
    [own, refund],
  );
  t.match(await queue(foreign), { error: { code: "OUT_OF_SCOPE" } });
  t.same((await queue(theirs)).refunds, []);
  t.match((await withdraw(own, cashier)).json(), { accepted: true });
  t.same(
    (await queue(cashier)).refunds.map((one) => one.refund),
    [refund],
  );
});

t.test("the same by the command line; an author is a person whom the hub knows", async (t) => {
  const call = async (...args: string[]) => {
    const out: string[] = [];
    const code = await runCli(["refund", ...args, "--organisation", "1"], {
      environment: { DATABASE_URL: hub.database.hubUrl },
      out: (text) => out.push(text),
      note: (text) => out.push(text),
      signal: new AbortController().signal,
    });
    return { code, text: out.join("\n") };
  };
  const order = (author: string, amount: string) =>
    call(
      ...["order", NUMBER, "--amount", amount, "--name", PAYEE.name, "--account", PAYEE.account],
      ...["--bank", PAYEE.bankName, "--bic", PAYEE.bic, "--ground", "заявление 6"],
      ...["--correspondent", PAYEE.correspondentAccount, "--author", author, "--json"],
    );
  const decide = (action: string, refund: number, author: string) =>
    call(action, String(refund), "--ground", "проверено", "--author", author);
  t.match(await order("nobody", "10"), { code: 2, text: /nobody: такого пользователя нет/ });
  t.match(await order("operator-1-all", "10"), { code: 2, text: /нужна роль/ });
  t.match(await order("cashier-1-all", "10,001"), { code: 2, text: /--amount/ });
  const beyond = await order("cashier-1-all", "9999");
  t.match([beyond.code, JSON.parse(beyond.text).problems[0].code], [3, "REFUND_ABOVE_ADVANCE"]);
  const ordered = await order("cashier-1-all", "10,50");
  t.equal(ordered.code, 0);
  const refund = JSON.parse(ordered.text).message as number;
  t.match(await decide("approve", refund, "cashier-1-all"), { code: 2, text: /нужна роль/ });
  t.match(await decide("approve", refund, "supervisor-2-all"), { code: 2, text: /такого/ });
  t.match(await decide("approve", 999_999, "supervisor-1-all"), { code: 3, text: /не заказан/ });
  t.match(await decide("approve", refund, "supervisor-1-all"), { code: 0 });
  t.match(await call("list", NUMBER), {
    code: 0,
    text: new RegExp(`${refund} .*10,50\u00a0₽|${refund} .*10,50`),
  });
  t.match(await decide("withdraw", refund, "cashier-1-all"), { code: 0 });
  const open = await call("list", "--open", "--json");
  t.notOk(JSON.parse(open.text).some((one: { refund: number }) => one.refund === refund));
  t.match(await call("pay"), { code: 2 });
});
