import t from "tap";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import type {
  AccountDeliveriesAnswer,
  DeliveriesAnswer,
  DeliveryCardAnswer,
  DestinationsAnswer,
  ExchangeTextAnswer,
  MovedAnswer,
} from "./schemas/deliveries.ts";
import { addFact, addKey, createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";
import { addDelivery, addExchange } from "./testing-deliveries.ts";

const THEIRS = 2 as OrganisationId;
const DOCUMENT = "payment-document/101/2026-01";
const REQUEST = `<?xml version="1.0" encoding="utf-8"?>
<import><PaymentDocument><AccountNumber>0015000127</AccountNumber>
<Surname>Абрамов</Surname><FirstName>Алексей</FirstName><Sum>1116.57</Sum></PaymentDocument></import>`;

const hub = await createTestHub(t, {});
const database = hub.database.hub;
const house = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
await addKey(database, house, "account", "0015000127", 101);
await addFact(database, house, "site", 100, "2020-01-01", {
  kind: "MKD",
  address: "г. Энск, ул. Мира, д. 1",
  district: "Энский",
  zone: "Europe/Moscow",
});

const account = { id: 101, number: "0015000127" };
for (const [destination, object, state, code, organisation] of [
  ["gis", "account/101", "confirmed"],
  ["gis", DOCUMENT, "refused", "OBJECT_REFUSED"],
  ["gis", "payment-document/102/2026-01", "refused", "OBJECT_REFUSED"],
  ["gis", "payment-document/103/2026-01", "unknown", "OUTCOME_UNKNOWN"],
  ["gis", "payment-document/104/2026-01", "waiting"],
  ["bank", "payment-order/9", "held"],
  ["theirs", "account/7", "waiting", undefined, THEIRS],
] as const) {
  await addDelivery(database, {
    destination,
    shard: 5,
    object,
    state,
    account,
    needs: object === DOCUMENT ? ["account/101"] : [],
    ...(code === undefined ? {} : { code }),
    ...(organisation === undefined ? {} : { organisation }),
  });
}
await addExchange(database, {
  id: 7,
  destination: "gis",
  request: REQUEST,
  answer: "<Error><Code>INT016012</Code></Error>",
  object: { shard: 5, key: DOCUMENT },
  refusal: {
    code: "OBJECT_REFUSED",
    foreignCode: "INT016012",
    text: "Дом не найден в реестре",
  },
});
await database.execute(
  `insert into destination_state (destination, organisation, stopped, code, author, at)
   values ('gis', 1, true, 'ACCESS_DENIED', 'hub', '2026-02-03T10:00:00Z')`,
);
const operator = await signInAs(hub, "operator", OUR_ORGANISATION, null);
const clerk = await signInAs(hub, "clerk", OUR_ORGANISATION, null);
const limited = await signInAs(hub, "supervisor", OUR_ORGANISATION, ["Энский"]);
const theirs = await signInAs(hub, "supervisor", THEIRS, null);
const scope = { organisation: OUR_ORGANISATION, districts: null };
type Headers = typeof operator;

async function get<Answer>(url: string, headers: Headers): Promise<Answer> {
  return (await hub.server.inject({ url, headers })).json<Answer>();
}
async function post(url: string, payload: object | null, headers: Headers) {
  const call = { method: "POST", url, headers } as const;
  return hub.server.inject(payload === null ? call : { ...call, payload });
}
const CARD = `/api/deliveries/gis/5/${encodeURIComponent(DOCUMENT)}`;

t.test("destinations with counts by state, age, and why one stands", async (t) => {
  const { destinations } = await get<DestinationsAnswer>("/api/destinations", operator);
  t.match(destinations, [
    { destination: "bank", counts: { held: 1, waiting: 0 }, lastSuccess: null, pause: null },
    {
      destination: "gis",
      counts: { confirmed: 1, refused: 2, unknown: 1, waiting: 1, sent: 0 },
      oldestSince: "2026-02-03T10:00:00Z",
      lastSuccess: "2026-02-03T10:00:00Z",
      pause: { stopped: true, code: "ACCESS_DENIED", text: /отказал в доступе/, author: "hub" },
    },
  ]);
  t.same((await get<DestinationsAnswer>("/api/destinations", limited)).destinations, []);
  t.match((await get<DestinationsAnswer>("/api/destinations", theirs)).destinations, [
    { destination: "theirs" },
  ]);
});

t.test("the list by state, cause, account and page", async (t) => {
  const list = async (query: string, headers: Headers) =>
    get<DeliveriesAnswer>(`/api/deliveries?destination=${query}`, headers);
  const objects = async (query: string, headers = operator) =>
    (await list(query, headers)).deliveries.map(({ object }) => object);
  t.equal((await objects("gis")).length, 5);
  t.same(await objects("gis&state=refused"), [DOCUMENT, "payment-document/102/2026-01"]);
  t.same(await objects("gis&code=OUTCOME_UNKNOWN"), ["payment-document/103/2026-01"]);
  t.equal((await objects("gis&account=0015000127")).length, 5);
  const cursor = encodeURIComponent("payment-document/102/2026-01");
  t.same(await objects(`gis&cursor=${cursor}`), [
    "payment-document/103/2026-01",
    "payment-document/104/2026-01",
  ]);
  t.same(await objects("gis", limited), [], "a message is of no district");
  t.same(await objects("gis", theirs), []);
  t.match((await list("gis", operator)).causes, [
    { state: "refused", code: "OBJECT_REFUSED", count: 2, text: /отказал/ },
    { state: "unknown", code: "OUTCOME_UNKNOWN", count: 1 },
  ]);
  const ofAccount = await get<AccountDeliveriesAnswer>(
    "/api/accounts/0015000127/deliveries",
    limited,
  );
  t.equal(ofAccount.deliveries.length, 6, "of every destination, by the account's district");
});

t.test("the card with needs and attempts", async (t) => {
  t.match(await get<DeliveryCardAnswer>(CARD, operator), {
    account: "0015000127",
    state: "refused",
    remedy: /Исправить/,
    needs: [{ object: "account/101", state: "confirmed" }],
    attemptList: [
      {
        exchange: 7,
        outcome: "refused",
        polls: 2,
        objects: 1,
        foreignCode: "INT016012",
        text: "Дом не найден в реестре",
        sentAt: "2026-02-03T09:00:01Z",
      },
    ],
  });
  for (const headers of [limited, theirs]) {
    t.equal((await hub.server.inject({ url: CARD, headers })).statusCode, 404);
  }
});

t.test("request and answer, names masked until revealed", async (t) => {
  const url = "/api/exchanges/7/request";
  const text = ({ pieces }: ExchangeTextAnswer) => pieces.map((piece) => piece.text).join("\n");
  const masked = await get<ExchangeTextAnswer>(url, operator);
  t.match(masked, { masked: true, next: null, sizeBytes: Buffer.byteLength(REQUEST) });
  t.match(text(masked), "<Surname>•••••••</Surname><FirstName>•••••••</FirstName>");
  t.match(text(masked), "<Sum>1116.57</Sum>", "sums are no secret");
  t.match(text(await get(`${url.replace("request", "answer")}`, operator)), "INT016012");
  const found = await get<ExchangeTextAnswer>(`${url}?find=1116.57`, operator);
  t.match(found.pieces.find(({ marked }) => marked)?.text, /1116\.57/);
  const inName = Buffer.from(REQUEST).indexOf("рамов");
  const within = await get<ExchangeTextAnswer>(`${url}?offset=${inName}`, operator);
  t.notMatch(text(within), "рамов", "a window that begins within a name does not show its end");
  for (const headers of [limited, theirs]) {
    t.equal((await hub.server.inject({ url, headers })).statusCode, 404);
  }
  t.equal((await post(`${url}/reveal`, {}, operator)).statusCode, 403);
  const revealed = await post(`${url}/reveal`, {}, clerk);
  t.match(revealed.body, "Абрамов");
  const [entry] = await auditOf(database, scope, "exchange:7", 5);
  t.match(entry, { action: "EXCHANGE_REVEALED", newValue: { part: "request" } });
});

t.test("hold, release, send again, withdraw: some or all of a cause, audited", async (t) => {
  const states = async () => {
    const rows = await database.query<{ object: string; state: string }>(
      "select object, state from delivery where destination = 'gis' order by object",
    );
    return rows.map(({ state }) => state);
  };
  const move = async (name: string, body: object, headers = operator) =>
    (await post(`/api/destinations/gis/deliveries/${name}`, body, headers)).json<MovedAnswer>();
  t.same(await states(), ["confirmed", "refused", "refused", "unknown", "waiting"]);
  const all = { objects: ["account/101", DOCUMENT, "payment-document/103/2026-01"] };
  for (const headers of [theirs, limited]) {
    t.same(await move("resend", all, headers), { moved: 0 }, "outside the scope");
  }
  t.same(await move("resend", all), { moved: 1 }, "neither what stands nor what is unknown");
  t.same(await states(), ["confirmed", "waiting", "refused", "unknown", "waiting"]);
  t.same(await move("hold", { state: "waiting", code: null }), { moved: 2 });
  t.same(await move("hold", { state: "waiting", code: "any" }), { moved: 0 });
  t.same(await move("release", { objects: [DOCUMENT] }), { moved: 1 });
  t.same(await move("withdraw", { state: "refused", code: "OBJECT_REFUSED" }), { moved: 1 });
  t.same(await move("withdraw", all), { moved: 1 }, "what the counterpart has is not forgotten");
  t.same(await states(), ["confirmed", "withdrawn", "withdrawn", "unknown", "held"]);
  const [entry] = await auditOf(database, scope, "destination:gis", 1);
  t.match(entry, { action: "DELIVERIES_WITHDRAW", newValue: { ...all, moved: 1 } });
});

t.test("a stopped destination is released by a person, once", async (t) => {
  const release = async (headers: Headers) =>
    (await post("/api/destinations/gis/release", null, headers)).json<MovedAnswer>();
  t.same(await release(theirs), { moved: 0 });
  t.same(await release(operator), { moved: 1 });
  t.same(await release(operator), { moved: 0 });
  const { destinations } = await get<DestinationsAnswer>("/api/destinations", operator);
  t.equal(destinations.find(({ destination }) => destination === "gis")?.pause, null);
  const [entry] = await auditOf(database, scope, "destination:gis", 1);
  t.match(entry, { action: "DESTINATION_RELEASED", login: "operator-1-all" });
});
