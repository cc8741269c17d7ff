import t from "tap";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { addFact, createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";

const hub = await createTestHub(t, {});
const database = hub.database.hub;
const house = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
const far = { organisation: OUR_ORGANISATION, shard: 9, site: 200, message: 900 };
const BEYOND = 503;

for (const [place, district] of [
  [house, "Энский"],
  [far, "Дальний"],
] as const)
  await addFact(database, place, "site", place.site, "2020-01-01", {
    ...{ kind: "MKD", address: "г. Энск, ул. Мира, д. 1", district, zone: "Europe/Moscow" },
  });
const household = (number: string, holder: string) => ({
  ...{ number, holder, premises: "кв. 5", service: "ELECTRICITY" },
});
await addFact(database, house, "account", 101, "2020-01-01", {
  ...household("0015000127", "Петров Пётр Ильич"),
} as never);
await addFact(database, house, "contract", 102, "2020-01-01", {
  ...{ number: "77-1", party: "ООО «Хлебозавод № 1»" },
} as never);
await ensurePartitions(database, "ledger_entry", ["2026-02-01"]);
const enter = (place: typeof house, account: number, at: number, amount: number) =>
  database.execute(
    `insert into ledger_entry (shard, site, account, value_day, seq, at, organisation, kind, period,
       amount, message)
     values ($1, $2, $3, '2026-02-01', 1, $4, $5, 0, '2026-02-01', $6, 900)`,
    [place.shard, place.site, account, at, OUR_ORGANISATION, amount],
  );
await enter(house, 101, 1, 1_234_56);
await enter(house, 102, 2, -50_00);
const near = await signInAs(hub, "clerk", OUR_ORGANISATION, ["Энский"]);
const everywhere = await signInAs(hub, "supervisor", OUR_ORGANISATION, null);
const operator = await signInAs(hub, "operator", OUR_ORGANISATION, null);
type Headers = typeof near;
const ask = (url: string, headers: Headers) => hub.server.inject({ url, headers });

t.test("reports with their columns, for those who work with money", async (t) => {
  const { reports } = (await ask("/api/reports", near)).json();
  const osv = reports.find(({ name }: { name: string }) => name === "osv");
  t.match(osv, { title: "Оборотно-сальдовая ведомость" });
  t.match(osv.columns[0], { key: "number", title: "Лицевой счёт", unit: "text", summed: false });
  t.match((await ask("/api/reports", operator)).json(), { error: { code: "ROLE_REFUSED" } });
  t.match((await ask("/api/reports/none?month=2026-02", near)).json(), {
    error: { code: "NOT_FOUND" },
  });
  for (const query of ["", "?month=2026", "?month=2026-13"])
    t.equal((await ask(`/api/reports/osv${query}`, near)).statusCode, 400, query);
});

t.test("rows of the month: a person is masked, a company is not, sums are of all", async (t) => {
  const { rows, truncated, totals } = (await ask("/api/reports/osv?month=2026-02", near)).json();
  const who = ["Энский", "г. Энск, ул. Мира, д. 1"];
  t.same(rows, [
    ["0015000127", "П••••• П. И.", ...who, "кв. 5", 1_234_56, 0, 0, 0, 0, 0, 0, 0, 1_234_56, 0],
    ["77-1", "ООО «Хлебозавод № 1»", ...who, "", 0, 50_00, 0, 0, 0, 0, 0, 0, 0, 50_00],
  ]);
  t.equal(truncated, false);
  t.same(totals, [
    ...[null, null, null, null, null],
    ...[1_234_56, 50_00, 0, 0, 0, 0, 0, 0, 1_234_56, 50_00],
  ]);
  const csv = await ask("/api/reports/osv/csv?month=2026-02", near);
  t.match(csv.headers, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="osv-2026-02.csv"',
  });
  const lines = csv.body.split("\r\n");
  t.match(lines[0], /^\uFEFFЛицевой счёт;Плательщик;/);
  t.match(lines[1], /^0015000127;П••••• П\. И\.;.*;1234,56;0,00$/);
  t.match(lines[3], /^Итого;.*;1234,56;50,00$/);
  t.notMatch(csv.body, /Петров/);
});

t.test("the first rows of a long one without sums; all of them in the CSV", async (t) => {
  await database.execute(
    `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at,
       author, ground, body)
     select 9, 200, kind, (1000 + n)::text, valid_from, seq, organisation, message, at, author,
       ground, body || jsonb_build_object('number', (9000000 + n)::text)
     from (select * from fact where kind = 'account' and subject = '101') f,
       generate_series(1, ${BEYOND}) n`,
  );
  await database.execute(
    `insert into ledger_entry (shard, site, account, value_day, seq, at, organisation, kind, period,
       amount, message)
     select 9, 200, 1000 + n, value_day, seq, 10 + n, organisation, kind, period, 100, message
     from (select * from ledger_entry where account = 101) e, generate_series(1, ${BEYOND}) n`,
  );
  const all = (await ask("/api/reports/osv?month=2026-02", everywhere)).json();
  t.match([all.rows.length, all.truncated, all.totals], [500, true, null]);
  const csv = (await ask("/api/reports/osv/csv?month=2026-02", everywhere)).body.split("\r\n");
  // Title, sums and the empty text after the last line end.
  t.equal(csv.length, BEYOND + 2 + 3);
  t.match(csv.at(-2), /^Итого;.*;1737,56;50,00$/, "1234,56 and 503 times 1,00");
  const own = (await ask("/api/reports/osv?month=2026-02", near)).json();
  t.equal(own.rows.length, 2, "another district is not read");
});
