import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import type { Test } from "tap";
import t from "tap";
import { SOURCES } from "../../adapters/registry.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import { createSupplier, SUPPLIER } from "../runs/testing.ts";
import { SOURCE_KIND_NAMES } from "./names.ts";
import type { CheckedAnswer } from "./schemas/check-file.ts";
import { createTestHub, signInAs, TEST_80020, TEST_80020_NAME } from "./testing.ts";

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
/** A folder of this test alone: other processes of the machine check files as well. */
const temporary = t.testdir({});
process.env["TMPDIR"] = temporary;
await createSupplier(hub.database.hub);
const operator = await signInAs(hub, "operator", SUPPLIER.organisation, null);

const call = {
  method: "POST",
  url: "/api/check-file?source=pyramida",
  headers: { ...operator, "content-type": "text/xml", "x-file-name": TEST_80020_NAME },
} as const;

async function check(t: Test, payload: string | Buffer | Readable, change: object = {}) {
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
  t.same(await check(t, Readable.from([Buffer.from(TEST_80020)])), {
    source: "pyramida",
    file: TEST_80020_NAME,
    sha256: createHash("sha256").update(TEST_80020).digest("hex"),
    outcome: "accepted",
    problems: [
      {
        code: "GAP",
        at: String(Buffer.byteLength(TEST_80020.slice(0, TEST_80020.indexOf("<measuringchannel")))),
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
  t.same(readdirSync(temporary), [], "no temporary file is left");
});

t.test("a broken file: code, place, text and remedy", async (t) => {
  const { outcome, problems, sums } = await check(t, TEST_80020.slice(0, -20));
  t.same({ outcome, sums }, { outcome: "rejected", sums: [] });
  const { remedy } = definitionOf("XML_MALFORMED");
  t.match(problems, [{ code: "XML_MALFORMED", text: /[а-я]/, remedy, harmless: false }]);
});

t.test("a zip is checked entry by entry", async (t) => {
  const headers = { ...call.headers, "x-file-name": encodeURIComponent("сутки.zip") };
  const checked = await check(t, zipOf(TEST_80020_NAME, Buffer.from(TEST_80020)), { headers });
  t.match(checked, {
    file: "сутки.zip",
    outcome: "accepted",
    sums: [{ key: "472070015107101/01", total: "12.5" }],
    entries: [{ file: TEST_80020_NAME, outcome: "accepted", sums: [{ total: "12.5" }] }],
  });
  const broken = await check(t, zipOf(TEST_80020_NAME, Buffer.from(TEST_80020.slice(0, -20))), {
    headers,
  });
  t.match(broken, { outcome: "rejected", problems: [{ code: "XML_MALFORMED" }] });
  t.ok(broken.problems[0]?.at.startsWith(`${TEST_80020_NAME}!`), "the place names the entry");
});

t.test("against the store: who sends and what was read before is known", async (t) => {
  const sent = await check(t, TEST_80020, { url: `${call.url}&against=store` });
  t.match(sent, { outcome: "quarantined", problems: [{ code: "UNKNOWN_PARTNER" }] });
  const csv = "account;meter;date;T0\n6001;4;2021-09-25;1\n";
  const url = "/api/check-file?source=tabular";
  t.match(await check(t, csv, { url }), { outcome: "accepted", records: { waiting: 1 } });
  t.match(await check(t, csv, { url: `${url}&against=store` }), {
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
    ["nobody", { headers: { "x-file-name": TEST_80020_NAME } }, 401, "SESSION_REQUIRED"],
    ["another role", { headers: { ...headers, ...cashier } }, 403, "ROLE_REFUSED"],
    ["no token", { headers: { ...headers, "x-csrf-token": "" } }, 403, "CSRF_REFUSED"],
    [
      "the store by a person of one district",
      { url: `${url}&against=store`, headers: { ...headers, ...clerk } },
      403,
      "OUT_OF_SCOPE",
    ],
    ["an unknown source", { url: "/api/check-file?source=fax" }, 400, "REQUEST_INVALID"],
    ["no source", { url: "/api/check-file" }, 400, "REQUEST_INVALID"],
    ["no name", { headers: { ...headers, "x-file-name": "" } }, 400, "REQUEST_INVALID"],
    ["too large", { payload: large }, 413, "LIMIT_EXCEEDED"],
    ["too large, streamed", { payload: Readable.from([large]) }, 413, "LIMIT_EXCEEDED"],
  ] as const;
  for (const [why, change, status, code] of cases) {
    const answer = await hub.server.inject({ payload: TEST_80020, ...call, ...change });
    t.equal(answer.statusCode, status, why);
    t.match(answer.json(), { error: { code, text: /[а-я]/ } }, why);
  }
});
