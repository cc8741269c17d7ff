import t from "tap";
import type { Day } from "../../normalizer/model/dates.ts";
import { day, month } from "../../normalizer/model/dates.ts";
import type { IntervalDay } from "../../normalizer/model/facts.ts";
import type { ChannelId, MessageId, OrganisationId } from "../../normalizer/model/ids.ts";
import type { MicroKwh } from "../../normalizer/model/units.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { localDaysOf } from "./local-days.ts";
import type {
  AccountCardAnswer,
  IntervalsAnswer,
  ReadingsAnswer,
  TimelineEventAnswer,
} from "./schemas/accounts.ts";
import type { ExcerptAnswer } from "./schemas/messages.ts";
import {
  addFact,
  addKey,
  addMessage,
  createTestHub,
  OUR_ORGANISATION,
  signInAs,
} from "./testing.ts";
import { heldReading, keepReadings } from "./testing-readings.ts";

const THEIRS = 2 as OrganisationId;
const CSV =
  "account;serial;read_on;T1;T2;holder\n" +
  "0015000127;00123;2026-01-25;4523;1200;Абрамов Алексей Викторович\n" +
  "0015000135;00777;2026-01-25;17;;Белова Анна Сергеевна\n";

const hub = await createTestHub(t, {});
const database = hub.database.hub;
const house = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
const shop = { organisation: OUR_ORGANISATION, shard: 6, site: 200, message: 901 };
await addMessage(
  database,
  { id: 900, organisation: OUR_ORGANISATION, name: "a.csv" },
  Buffer.from(CSV),
);
await addMessage(database, { id: 901, organisation: THEIRS, name: "b.csv" }, Buffer.from(CSV));
await addKey(database, house, "account", "0015000127", 101);
await addFact(database, house, "site", 100, "2020-01-01", {
  kind: "MKD",
  address: "г. Энск, ул. Мира, д. 1",
  district: "Энский",
  zone: "Europe/Moscow",
});
await addFact(database, house, "account", 101, "2021-03-01", {
  number: "0015000127",
  holder: "Абрамов Алексей Викторович",
  premises: "кв. 5",
  areaM2: "44.1",
  category: "URBAN_GAS",
  norm: "N-1",
});
await addFact(database, house, "residents", 101, "2021-03-01", { count: 3 });
await addFact(database, house, "meter", 102, "2021-03-01", {
  account: 101,
  point: 103,
  serial: "00123",
  zones: ["T1", "T2"],
  digits: 5,
  decimals: 0,
  ratio: 1,
});
await ensurePartitions(database, "reading", ["2026-01-26"]);
await database.execute(
  `insert into reading (shard, site, meter, state_at, seq, end_seq, organisation, values, source,
     message, at)
   values (5, 100, 102, '2026-01-26', 2, 3, 1, '{45220000,12000000}', 'PORTAL', 900, 9),
     (5, 100, 102, '2026-01-26', 3, 0, 1, '{45230000,12000000}', 'CONTROLLER', 900, 2)`,
);
await addKey(database, shop, "account", "50-000001", 200);
await addFact(database, shop, "site", 200, "2020-01-01", {
  kind: "BUSINESS",
  address: "г. Дальний, д. 2",
  district: "Дальний",
  zone: "Europe/Moscow",
});
await addFact(database, shop, "contract", 200, "2022-01-01", {
  number: "50-000001",
  party: "ООО «Хлебозавод № 1»",
  inn: "5002000017",
  priceCategory: 1,
  maxPowerKw: "400",
  voltageLevel: "SN2",
});
await addFact(database, shop, "supply-point", 201, "2022-01-01", {
  account: 200,
  name: "Хлебозавод, ввод 1",
  channel: 202,
});
// 2025-12-31T21:00Z = 2026-01-01 00:00 in Moscow: the first half-hour of the month lies in December
// of UTC.
await database.execute(
  `insert into interval_patch (shard, channel, day, seq, first_slot, received_on, organisation,
     source, version, version_timestamp, values, qualities, message, at)
   values (6, 202, '2025-12-31', 1, 42, current_date, 1, '80020', 1, '20260102000000',
     '{1000000,2000000,null,4000000,5000000,6000000}', 'AAAAAA', 901, 350)`,
);
const whole = await signInAs(hub, "clerk", OUR_ORGANISATION, null);
const limited = await signInAs(hub, "clerk", OUR_ORGANISATION, ["Энский"]);
const theirs = await signInAs(hub, "supervisor", THEIRS, null);

async function get<Answer>(url: string, headers: typeof whole): Promise<Answer> {
  return (await hub.server.inject({ url, headers })).json<Answer>();
}

t.test("search and card show what the scope allows, the holder masked", async (t) => {
  const search = (text: string, headers: typeof whole) =>
    get<{ accounts: { number: string; holder: string }[] }>(
      `/api/accounts?search=${text}`,
      headers,
    );
  t.match(await search("00150", whole), {
    accounts: [{ number: "0015000127", holder: "А•••••• А. В.", premises: "кв. 5" }],
  });
  t.match(await search("50-", whole), { accounts: [{ holder: "ООО «Хлебозавод № 1»" }] });
  for (const [text, headers] of [
    ["50-", limited],
    ["0015", theirs],
    ["%25", whole],
    ["_015", whole],
  ] as const) {
    t.same(await search(text, headers), { accounts: [] }, text);
  }
  const card = await get<AccountCardAnswer>("/api/accounts/0015000127", limited);
  t.match(card, {
    holder: "А•••••• А. В.",
    servedFrom: "2021-03-01",
    servedTo: null,
    household: { residents: 3, norm: "N-1" },
    contract: null,
  });
});

t.test("the name in full is audited", async (t) => {
  const url = "/api/accounts/0015000127/reveal";
  const answer = await hub.server.inject({ method: "POST", url, headers: limited });
  t.same(answer.json(), { holder: "Абрамов Алексей Викторович" });
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  const [entry] = await auditOf(database, scope, "account:0015000127", 5);
  t.match(entry, { action: "HOLDER_REVEALED", login: "clerk-1-1", address: "127.0.0.1" });
});

t.test("readings with their versions, the timeline with both", async (t) => {
  const { meters, readings } = await get<ReadingsAnswer>(
    "/api/accounts/0015000127/readings",
    whole,
  );
  t.match(meters, [{ serial: "00123", zones: ["T1", "T2"], from: "2021-03-01", to: null }]);
  t.match(readings, [
    { readOn: "2026-01-25", values: [45220000, 12000000], inForce: false },
    { readOn: "2026-01-25", source: "CONTROLLER", inForce: true, origin: { message: 900, at: 2 } },
  ]);
  const { events } = await get<{ events: TimelineEventAnswer[] }>(
    "/api/accounts/0015000127/timeline",
    whole,
  );
  t.same(
    events.map((event) => [event.day, event.title]),
    [
      ["2026-01-25", "Показание день 4522 · ночь 1200"],
      ["2026-01-25", "Показание день 4523 · ночь 1200"],
      ["2021-03-01", "Лицевой счёт"],
      ["2021-03-01", "Установлен прибор 00123"],
      ["2021-03-01", "Проживающих: 3"],
      ["2020-01-01", "Объект"],
    ],
  );
  t.notMatch(JSON.stringify(events), "Абрамов", "no name in the timeline");
});

t.test("half-hours by the consumer's clock", async (t) => {
  const { points } = await get<IntervalsAnswer>(
    "/api/accounts/50-000001/intervals?month=2026-01",
    whole,
  );
  t.equal(points[0]?.days.length, 31);
  const first = points[0]?.days[0];
  t.same(first?.values.slice(0, 7), [1000000, 2000000, null, 4000000, 5000000, 6000000, null]);
  t.equal(first?.qualities.slice(0, 7), "AAAAAAN", "a stated gap keeps its letter");
  t.same(first?.origins[0], { message: 901, at: 350 });
  const none = await get<{ error: { code: string } }>(
    "/api/accounts/50-000001/intervals?month=2026-13",
    whole,
  );
  t.equal(none.error.code, "REQUEST_INVALID");
});

t.test("days on which the clock changes have 46 and 50 half-hours", async (t) => {
  const utc = (date: string): IntervalDay => ({
    channel: 1 as ChannelId,
    day: day(date) as Day,
    values: Array.from({ length: 48 }, (_, slot) => slot as MicroKwh),
    qualities: "A".repeat(48),
    originOf: new Array<number>(48).fill(0),
    origins: [{ message: 1 as MessageId, at: 2 }],
  });
  for (const [date, zone, count, first, last] of [
    ["2026-03-29", "Europe/Berlin", 46, 46, 43],
    ["2026-10-25", "Europe/Berlin", 50, 44, 45],
    ["2026-03-29", "Europe/Moscow", 48, 42, 41],
    ["2026-03-29", "Asia/Kamchatka", 48, 24, 23],
  ] as const) {
    const days = [utc(date), utc(date === "2026-03-29" ? "2026-03-28" : "2026-10-24")];
    const local = localDaysOf(days, month(date.slice(0, 7)), zone).find(
      (each) => each.day === date,
    );
    t.equal(local?.values.length, count, `${zone} ${date}`);
    t.equal(local?.qualities.length, count);
    t.same([local?.values[0], local?.values.at(-1)], [first, last], "first and last slot of UTC");
  }
});

t.test("the bytes of a message around a place", async (t) => {
  const url = "/api/messages/900/excerpt?at=2";
  const excerpt = await get<ExcerptAnswer>(url, whole);
  t.match(excerpt, { unit: "row", masked: true, encoding: "utf-8", name: "a.csv" });
  t.match(excerpt.pieces[1], { label: "2", marked: true, text: /4523;1200;•{26}$/ });
  t.equal(excerpt.pieces.length, 3);
  t.equal((await hub.server.inject({ url, headers: limited })).statusCode, 403, "no account named");
  const mine = await get<ExcerptAnswer>(`${url}&account=0015000127`, limited);
  t.equal(mine.pieces.length, 1, "the rows of neighbours are not shown");
  const other = "/api/messages/900/excerpt?at=3&account=0015000127";
  t.equal((await hub.server.inject({ url: other, headers: limited })).statusCode, 403);
  t.equal((await hub.server.inject({ url, headers: theirs })).statusCode, 403);
  const far = await signInAs(hub, "supervisor", OUR_ORGANISATION, ["Дальний"]);
  await keepReadings(database, OUR_ORGANISATION, 900, [heldReading(3, { accountNumber: null })]);
  const common = "/api/messages/900/excerpt?at=3&account=";
  const waits = await get<ExcerptAnswer>(common, limited);
  t.equal(waits.pieces.length, 1, "a common meter has no account; its reading waits for them");
  for (const headers of [far, theirs]) {
    t.not((await hub.server.inject({ url: common, headers })).statusCode, 200);
  }
  const revealed = await hub.server.inject({
    method: "POST",
    url: "/api/messages/900/reveal",
    headers: whole,
    payload: { at: 2 },
  });
  t.match(revealed.body, "Абрамов Алексей");
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  const [entry] = await auditOf(database, scope, "message:900", 5);
  t.match(entry, { action: "MESSAGE_REVEALED", newValue: { at: 2 } });
});

t.test("the list and the card of messages", async (t) => {
  await database.execute(
    `insert into message_problem (message, received_on, ordinal, code, at, object)
     values (900, current_date, 0, 'UNKNOWN_METER', '3', 'прибор 00777')`,
  );
  const list = async (query: string, headers: typeof whole): Promise<readonly number[]> => {
    const { messages } = await get<{ messages: { id: number }[] }>(
      `/api/messages${query}`,
      headers,
    );
    return messages.map(({ id }) => id);
  };
  t.same(await list("", whole), [900]);
  t.same(await list("?state=posted&code=UNKNOWN_METER", whole), [900]);
  t.same(await list("?state=quarantined", whole), []);
  t.same(await list("?code=BAD_DATE", whole), []);
  t.same(await list("?before=900", whole), []);
  t.same(await list("", limited), [], "a message is of no district");
  t.same(await list("", theirs), [901]);
  t.match(await get("/api/messages/900", whole), {
    channel: "readings-csv",
    problems: [{ code: "UNKNOWN_METER", at: "3", object: "прибор 00777", text: /[а-я]/ }],
  });
});

// The last one: the order of a refund that it sends is a message too.
const ground = "заявление";
const payee = {
  name: "Абрамов И. П.",
  inn: "",
  account: "40817810099910004312",
  bankName: "Банк",
  bic: "044525225",
  correspondentAccount: "30101810400000000225",
};
/** What a person sends; a refund that nobody has ordered is not there for anybody. */
const BODIES: Readonly<Record<string, object>> = {
  "/api/accounts/:number/refunds": { amount: 100, payee, ground },
  "/api/accounts/:number/refunds/:refund/approve": { ground },
  "/api/accounts/:number/refunds/:refund/withdraw": { ground, refusedByBank: false },
};

t.test("no route of an account answers outside the scope", async (t) => {
  const paths = hub
    .routes()
    .filter(({ url, method }) => url.includes(":number") && method !== "HEAD");
  t.ok(paths.length >= 5);
  for (const { method, url } of paths) {
    const ask = async (number: string, headers: typeof whole): Promise<number> => {
      const named = url.replace(":number", number).replace(":month", "2026-01");
      const path = `${named.replace(":refund", "1")}?month=2026-01`;
      const body = method === "POST" ? BODIES[url] : undefined;
      const request = body === undefined ? { headers } : { headers, body };
      return (await hub.server.inject({ method: method as "POST", url: path, ...request }))
        .statusCode;
    };
    // Only a supervisor approves; whoever may not is told so before anybody looks for the account.
    const absent = url.endsWith("/approve") ? 403 : 404;
    t.equal(
      await ask("0015000127", whole),
      url.includes(":refund") ? absent : 200,
      `${url} of ours`,
    );
    t.equal(await ask("50-000001", limited), 403, `${url} of another district`);
    t.equal(await ask("0015000127", theirs), 404, `${url} of another organisation`);
    t.equal(await ask("0099999999", whole), absent, `${url} of nobody`);
  }
});
