import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import t from "tap";
import { SOURCES } from "../../adapters/registry.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import { createSupplier, SUPPLIER } from "../runs/testing.ts";
import { SOURCE_KIND_NAMES } from "./names.ts";
import type { CheckedAnswer } from "./schemas.ts";
import { createTestHub, signInAs } from "./testing.ts";

const NAME = "80020_7801001231_20220515_7.xml";

/** One channel of two half-hours: 12 and 0,5 kWh. */
const MESSAGE = `<?xml version="1.0" encoding="utf-8"?>
<message class="80020" version="2" number="7">
<datetime><timestamp>20220516030800</timestamp><daylightsavingtime>0</daylightsavingtime>
<day>20220515</day></datetime>
<sender><inn>7801001231</inn><name>Завод</name></sender>
<area><inn>4705004562</inn><name>Площадка</name>
<measuringpoint code="472070015107101" name="ТП-1"><measuringchannel code="01" desc="приём">
<period start="0000" end="0030"><value>12</value></period>
<period start="0030" end="0100"><value>0.5</value></period>
</measuringchannel></measuringpoint></area></message>`;

/** An archive of one stored file: local header, bytes, central directory, its end (APPNOTE 4.3). */
function zipOf(name: string, bytes: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(bytes), 10);
  common.writeUInt32LE(bytes.length, 14);
  common.writeUInt32LE(bytes.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), bytes]);
  const versions = Buffer.from("PK\x01\x02\x14\x00");
  const central = Buffer.concat([versions, common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

const hub = await createTestHub(t, {});
await createSupplier(hub.database.hub);
const operator = await signInAs(hub, "operator", SUPPLIER.organisation, null);

const call = {
  method: "POST",
  url: "/api/check-file?source=pyramida",
  headers: { ...operator, "content-type": "text/xml", "x-file-name": NAME },
} as const;

async function check(payload: string | Buffer | Readable, change: object = {}) {
  const answer = await hub.server.inject({ ...call, payload, ...change });
  t.equal(answer.statusCode, 200, answer.body.slice(0, 300));
  return answer.json<CheckedAnswer>();
}

t.test("every kind of source has a name to choose it by", async (t) => {
  t.same(Object.keys(SOURCE_KIND_NAMES).sort(), Object.keys(SOURCES).sort());
});

t.test("the same as the command says, and nothing is kept", async (t) => {
  const query = "select (select count(*) from message) messages, sum(seq) from shard_counter";
  const before = await hub.database.hub.query(query);
  t.same(await check(Readable.from([Buffer.from(MESSAGE)])), {
    source: "pyramida",
    file: NAME,
    sha256: createHash("sha256").update(MESSAGE).digest("hex"),
    outcome: "accepted",
    problems: [
      {
        code: "GAP",
        at: String(Buffer.byteLength(MESSAGE.slice(0, MESSAGE.indexOf("<measuringchannel")))),
        text: "Нет значений за интервал 01:00–24:00, пропущено: 46",
        object: "472070015107101/01",
        remedy: definitionOf("GAP").remedy,
        harmless: true,
      },
    ],
    records: { accepted: 0, warned: 0, waiting: 1, rejected: 0 },
    sums: [{ key: "472070015107101/01", count: 2, total: "12.5", unit: "kWh" }],
    receipt: 2,
  });
  t.same(await hub.database.hub.query(query), before);
  t.same(
    readdirSync(tmpdir()).filter((name) => name.startsWith("hub-check-")),
    [],
    "no temporary file is left",
  );
});

t.test("a broken file: code, place, text and remedy", async (t) => {
  const { outcome, problems, sums } = await check(MESSAGE.slice(0, -20));
  t.same({ outcome, sums }, { outcome: "rejected", sums: [] });
  const { remedy } = definitionOf("XML_MALFORMED");
  t.match(problems, [{ code: "XML_MALFORMED", text: /[а-я]/, remedy, harmless: false }]);
});

t.test("a zip is checked entry by entry", async (t) => {
  const headers = { ...call.headers, "x-file-name": encodeURIComponent("сутки.zip") };
  const checked = await check(zipOf(NAME, Buffer.from(MESSAGE)), { headers });
  t.match(checked, {
    file: "сутки.zip",
    outcome: "accepted",
    sums: [{ key: "472070015107101/01", total: "12.5" }],
    entries: [{ file: NAME, outcome: "accepted", sums: [{ total: "12.5" }] }],
  });
  const broken = await check(zipOf(NAME, Buffer.from(MESSAGE.slice(0, -20))), { headers });
  t.match(broken, { outcome: "rejected", problems: [{ code: "XML_MALFORMED" }] });
  t.ok(broken.problems[0]?.at.startsWith(`${NAME}!`), "the place names the entry");
});

t.test("against the store: who sends and what was read before is known", async (t) => {
  const sent = await check(MESSAGE, { url: `${call.url}&against=store` });
  t.match(sent, { outcome: "quarantined", problems: [{ code: "UNKNOWN_PARTNER" }] });
  const csv = "account;meter;date;T0\n6001;4;2021-09-25;1\n";
  const url = "/api/check-file?source=tabular";
  t.match(await check(csv, { url }), { outcome: "accepted", records: { waiting: 1 } });
  t.match(await check(csv, { url: `${url}&against=store` }), {
    outcome: "rejected",
    problems: [{ code: "NEGATIVE_DELTA" }],
  });
});

t.test("refusals", async (t) => {
  const cashier = await signInAs(hub, "cashier", SUPPLIER.organisation, null);
  const clerk = await signInAs(hub, "clerk", SUPPLIER.organisation, ["Энский"]);
  const { headers, url } = call;
  const large = Buffer.alloc(5 * 1_048_576, "x");
  const cases = [
    ["nobody", { headers: { "x-file-name": NAME } }, 401, "SESSION_REQUIRED"],
    ["another role", { headers: { ...headers, ...cashier } }, 403, "ROLE_REFUSED"],
    ["no token", { headers: { ...headers, "x-csrf-token": "" } }, 403, "CSRF_REFUSED"],
    [
      "the store by a person of one district",
      { url: `${url}&against=store`, headers: { ...headers, ...clerk } },
      403,
      "OUT_OF_SCOPE",
    ],
    ["an unknown source", { url: "/api/check-file?source=bank" }, 400, "REQUEST_INVALID"],
    ["no source", { url: "/api/check-file" }, 400, "REQUEST_INVALID"],
    ["no name", { headers: { ...headers, "x-file-name": "" } }, 400, "REQUEST_INVALID"],
    ["too large", { payload: large }, 413, "LIMIT_EXCEEDED"],
    ["too large, streamed", { payload: Readable.from([large]) }, 413, "LIMIT_EXCEEDED"],
  ] as const;
  for (const [why, change, status, code] of cases) {
    const answer = await hub.server.inject({ payload: MESSAGE, ...call, ...change });
    t.equal(answer.statusCode, status, why);
    t.match(answer.json(), { error: { code, text: /[а-я]/ } }, why);
  }
});
