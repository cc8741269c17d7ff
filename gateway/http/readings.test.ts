import t from "tap";
import type { OrganisationId, SiteId } from "../../normalizer/model/ids.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import type { DecidedReadingAnswer, HeldReadingsAnswer } from "./schemas/readings.ts";
import { addFact, createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";
import { heldReading, keepReadings } from "./testing-readings.ts";

const THEIRS = 2 as OrganisationId;
const hub = await createTestHub(t, {});
const database = hub.database.hub;
const ourSite = { organisation: OUR_ORGANISATION, shard: 5, site: 100, message: 900 };
const otherSite = { ...ourSite, site: 200 };
for (const [place, district] of [
  [ourSite, "Энский"],
  [otherSite, "Дальний"],
] as const) {
  const site = { kind: "MKD", address: "г. Энск, ул. Мира, д. 1", zone: "Europe/Moscow" } as const;
  await addFact(database, place, "site", place.site, "2020-01-01", { ...site, district });
}
await addFact(database, ourSite, "account", 101, "2020-01-01", {
  ...{ number: "0015000127", holder: "Абрамов А. В.", premises: "кв. 5", areaM2: "44.1" },
  ...{ category: "URBAN_GAS", norm: "N-1" },
});
await addFact(database, ourSite, "meter", 501, "2020-01-01", {
  ...{ account: 101, point: 1, serial: "007", zones: ["T0"], digits: 5, decimals: 0, ratio: 1 },
});
await ensurePartitions(database, "reading", ["2026-01-21"]);

await keepReadings(database, OUR_ORGANISATION, 900, [
  heldReading(2),
  heldReading(3),
  heldReading(4, {
    ...{ status: "REJECTED", code: "FORMAT", values: null, details: {}, accountNumber: null },
  }),
  heldReading(5, { site: 200 as SiteId }),
]);
await keepReadings(database, THEIRS, 901, [heldReading(2)]);
const clerk = await signInAs(hub, "clerk", OUR_ORGANISATION, null);
const limited = await signInAs(hub, "clerk", OUR_ORGANISATION, ["Энский"]);
const theirs = await signInAs(hub, "clerk", THEIRS, null);
type Headers = typeof clerk;

const ask = async (headers: Headers, list: "held" | "rejected", query = "") =>
  (
    await hub.server.inject({ url: `/api/readings/${list}${query}`, headers })
  ).json<HeldReadingsAnswer>();
const places = ({ readings }: HeldReadingsAnswer) =>
  readings.map(({ message, at }) => `${message}:${at}`);
const say = (headers: Headers, place: string, word: "confirm" | "refuse", ground = "звонок") =>
  hub.server.inject({
    ...{ method: "POST", url: `/api/readings/${place}/${word}`, headers, payload: { ground } },
  });

t.test("the lists, the newest first, each for whom it is", async (t) => {
  const answer = await ask(clerk, "held");
  t.match(answer, { held: 3, refused: 1, next: null });
  t.match(answer.readings[2], {
    ...{ message: 900, at: 2, account: "0015000127", meter: "007", readOn: "2026-01-20" },
    given: [{ zone: "T0", text: "8462" }],
    previous: { readOn: "2025-12-20", values: [80_000_000] },
    ...{ volume: 4_620_000, expected: 1_500_000, source: "PORTAL", priority: 4 },
    problem: { code: "DEVIATION_HIGH", text: /в 3,07 раза/, remedy: /[а-я]/ },
    decision: null,
  });
  t.same(places(answer), ["900:5", "900:3", "900:2"]);
  t.same(places(await ask(clerk, "held", "?cursor=900:3")), ["900:2"], "the next page");
  t.match(await ask(clerk, "rejected"), { readings: [{ at: 4, account: null }] }, "a common meter");
  t.same(places(await ask(limited, "held")), ["900:3", "900:2"], "not of another district");
  t.match(await ask(limited, "held"), { held: 2 });
  t.same(places(await ask(theirs, "held")), ["901:2"]);
});

t.test("a person's word", async (t) => {
  for (const [why, headers, place] of [
    ["another district", limited, "900/5"],
    ["another organisation", theirs, "900/2"],
    ["nobody's", clerk, "900/99"],
  ] as const) {
    t.equal((await say(headers, place, "confirm")).statusCode, 404, why);
  }
  t.equal((await say(clerk, "900/2", "confirm", "")).statusCode, 400, "without a ground");
  t.equal((await ask(clerk, "held")).held, 3, "nothing was decided");
  const done = (await say(limited, "900/2", "confirm")).json<DecidedReadingAnswer>();
  t.match(done, { accepted: true, problems: [] });
  const [row] = await database.query("select message::int, at::int, values from reading");
  t.same(row, { message: 900, at: 2, values: ["84620000"] });
  const rival = (await say(clerk, "900/3", "confirm")).json<DecidedReadingAnswer>();
  t.match(rival, { accepted: true }, "the later word of two of one source");
  const again = (await say(clerk, "900/3", "refuse")).json<DecidedReadingAnswer>();
  t.match(again, { accepted: false, problems: [{ code: "UNEXPECTED_EVENT" }] });
  t.match((await say(clerk, "900/5", "refuse", "опечатка")).json(), { accepted: true });
  t.match(await ask(clerk, "rejected"), {
    readings: [{ at: 5, decision: { kind: "REFUSED", author: /clerk/, ground: "опечатка" } }, {}],
  });
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  const actions = async (object: string) =>
    (await auditOf(database, scope, object, 9)).map(({ action }) => action);
  t.same(await actions("reading:900:5"), ["READING_REFUSED"]);
  t.same(await actions("reading:900:3"), ["READING_DECISION_REFUSED", "READING_CONFIRMED"]);
});
