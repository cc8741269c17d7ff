import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import t from "tap";
import type { Fault } from "./faults.ts";
import type { GisZhkh, GisZhkhOptions } from "./gis-zhkh.ts";
import { startGisZhkh } from "./gis-zhkh.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes("/build/") ? join(here, "../../..") : join(here, "../..");
const reference = join(root, "../shared/reference/gis-zhkh");
const skip = existsSync(reference) ? false : "the reference files are not on this machine";
const ORGANISATION = "a1f0c2d3-4b5e-4f60-8a71-9b82c3d4e5f6";
const MONTH = "2026-03";

const PREFIXES = {
  b: "base",
  a: "account-base",
  bb: "bills-base",
  x: "bills",
  h: "house-management",
  n: "nsi-base",
  p: "payments-base",
};
const XMLNS = Object.entries(PREFIXES)
  .map(([prefix, of]) => `xmlns:${prefix}="http://dom.gosuslugi.ru/schema/integration/${of}/"`)
  .join(" ");

interface Sent {
  readonly status: number;
  readonly text: string;
}

type Where = "bills" | "home-management";

/** Posts a body as a client would; the prefixes are not the simulator's own. */
async function post(
  gis: GisZhkh,
  where: Where,
  operation: string,
  body: string,
  guid: string = randomUUID(),
): Promise<Sent> {
  const header =
    `<b:RequestHeader><b:Date>2026-03-31T10:00:00+03:00</b:Date><b:MessageGUID>${guid}</b:MessageGUID>` +
    `<b:orgPPAGUID>${ORGANISATION}</b:orgPPAGUID><b:IsOperatorSignature>true</b:IsOperatorSignature></b:RequestHeader>`;
  const response = await fetch(gis.origin + gis.paths[where], {
    method: "POST",
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: `"urn:${operation}"` },
    body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" ${XMLNS}><e:Header>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`,
  });
  return { status: response.status, text: await response.text() };
}

function value(text: string, name: string): string {
  return new RegExp(`<[a-z]+:${name}>([^<]*)<`).exec(text)?.[1] ?? "";
}
function values(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<[a-z]+:${name}>([^<]*)<`, "g"))].map(
    (found) => found[1] ?? "",
  );
}

async function poll(gis: GisZhkh, where: Where, messageGuid: string): Promise<Sent> {
  const body = `<b:getStateRequest><b:MessageGUID>${messageGuid}</b:MessageGUID></b:getStateRequest>`;
  return post(gis, where, "getState", body);
}

/** Posts and polls once: with pollsBeforeResult 0 the result stands. */
async function result(
  gis: GisZhkh,
  where: Where,
  operation: string,
  body: string,
): Promise<string> {
  const acked = await post(gis, where, operation, body);
  const messageGuid = /<base:Ack><base:MessageGUID>([^<]*)</.exec(acked.text)?.[1];
  if (messageGuid === undefined) throw new Error(acked.text);
  return (await poll(gis, where, messageGuid)).text;
}

function request(name: string, version: string, content: string): string {
  return `<${name} Id="signed-data-container" b:version="${version}">${content}</${name}>`;
}
function accounts(...objects: readonly string[]): string {
  return request("h:importAccountRequest", "10.0.1.1", objects.join(""));
}
function account(number: string, guid?: string): string {
  const update = guid === undefined ? "" : `<h:AccountGUID>${guid}</h:AccountGUID>`;
  return `<h:Account><h:isRSOAccount>true</h:isRSOAccount><h:Accommodation><h:FIASHouseGuid>${HOUSE}</h:FIASHouseGuid></h:Accommodation><h:PayerInfo/><b:TransportGUID>${randomUUID()}</b:TransportGUID><a:AccountNumber>${number}</a:AccountNumber>${update}</h:Account>`;
}
const HOUSE = "5f6b0f0e-27c3-4a0b-9d3e-1d2f4c8a7b61";

const KEY = "18bc481c-39d9-59df-963c-267c99fd1101";
function documents(...objects: readonly string[]): string {
  const head =
    `<b:Month>3</b:Month><b:Year>2026</b:Year><x:PaymentInformation><p:BankBIK>044525225</p:BankBIK>` +
    `<p:operatingAccountNumber>40702810900000012345</p:operatingAccountNumber><b:TransportGUID>${KEY}</b:TransportGUID></x:PaymentInformation>`;
  return request("x:importPaymentDocumentRequest", "11.2.0.16", head + objects.join(""));
}
interface Charge {
  readonly total?: string;
  readonly accrued?: string;
  readonly id?: string;
  readonly transport?: string;
}
function document(accountGuid: string, charge: Charge = {}): string {
  const { total = "536.79", accrued = "536.79", id, transport = randomUUID() } = charge;
  return (
    `<x:PaymentDocument><a:AccountGuid>${accountGuid}</a:AccountGuid><x:ChargeInfo><x:MunicipalService>` +
    `<x:ServiceType><n:Code>1.2</n:Code><n:GUID>a5f9e34c-2a57-5b01-8beb-2269612a735d</n:GUID></x:ServiceType><x:Rate>6.17</x:Rate>` +
    `<x:TotalPayable>536.79</x:TotalPayable><x:AccountingPeriodTotal>${accrued}</x:AccountingPeriodTotal>` +
    `<x:Consumption><x:Volume type="I" determiningMethod="M">87</x:Volume></x:Consumption></x:MunicipalService></x:ChargeInfo>` +
    `<x:Expose>true</x:Expose><x:TotalPayableByChargeInfo>${total}</x:TotalPayableByChargeInfo>` +
    `<b:TransportGUID>${transport}</b:TransportGUID>${id === undefined ? "" : `<bb:PaymentDocumentID>${id}</bb:PaymentDocumentID>`}` +
    `<x:PaymentInformationKey>${KEY}</x:PaymentInformationKey></x:PaymentDocument>`
  );
}
function acknowledgment(notice: string, id: string, amount: number): string {
  return request(
    "x:importAcknowledgmentRequest",
    "11.0.0.2",
    `<x:AcknowledgmentRequestInfo><p:NotificationsOfOrderExecutionGUID>${notice}</p:NotificationsOfOrderExecutionGUID><p:PaymentDocumentAck><bb:PaymentDocumentID>${id}</bb:PaymentDocumentID><p:MSType>a5f9e34c-2a57-5b01-8beb-2269612a735d</p:MSType><p:Amount>${amount}</p:Amount></p:PaymentDocumentAck><b:TransportGUID>${randomUUID()}</b:TransportGUID></x:AcknowledgmentRequestInfo>`,
  );
}

function gisTest(
  name: string,
  options: GisZhkhOptions,
  body: (t: Test, gis: GisZhkh) => Promise<void>,
): void {
  t.test(name, async (t) => {
    const gis = await startGisZhkh(options);
    t.teardown(() => gis.stop());
    await body(t, gis);
  });
}

const OPERATION = "importPaymentDocumentData";

gisTest(
  "an account and its documents, from the first message to the export",
  {},
  async (t, gis) => {
    const created = await result(
      gis,
      "home-management",
      "importAccountData",
      accounts(account("77")),
    );
    const guid = value(created, "GUID");
    t.match(value(created, "UnifiedAccountNumber"), /^\d{2}[А-Я]{2}\d{6}$/);
    t.match(value(created, "ServiceID"), /^\d{2}[А-Я]{2}\d{6}-\d{2}$/);
    t.equal(gis.state.accountsByNumber.get("77")?.guid, guid);

    const placed = await result(gis, "bills", OPERATION, documents(document(guid)));
    const id = value(placed, "UniqueNumber");
    t.match(id, /^\d{2}[А-Я]{2}\d{6}-\d{2}-\d{4}$/);
    await result(gis, "bills", OPERATION, documents(document(guid, { id })));
    t.equal(gis.state.documents.get(id)?.versions, 2, "the same document, corrected");
    t.strictSame(gis.state.duplicates, []);
    await result(gis, "bills", OPERATION, documents(document(guid)));
    t.equal(gis.state.duplicates.length, 1, "a second one without its id");
    t.equal(gis.state.standing(guid, MONTH).length, 2);

    const exported = await result(
      gis,
      "bills",
      "exportPaymentDocumentData",
      request(
        "x:exportPaymentDocumentRequest",
        "13.1.0.1",
        `<b:Year>2026</b:Year><b:Month>3</b:Month><x:AccountGUID>${guid}</x:AccountGUID>`,
      ),
    );
    t.equal(values(exported, "PaymentDocumentID").length, 2);
    t.match(exported, '<bills:Volume type="I" determiningMethod="M">87</bills:Volume>');

    const withdrawal = `<x:WithdrawPaymentDocument><b:TransportGUID>${randomUUID()}</b:TransportGUID><bb:PaymentDocumentID>${id}</bb:PaymentDocumentID></x:WithdrawPaymentDocument>`;
    const withdraw = request("x:importPaymentDocumentRequest", "11.2.0.16", withdrawal);
    await result(gis, "bills", OPERATION, withdraw);
    t.equal(gis.state.documents.get(id)?.withdrawn, true);
    t.match(await result(gis, "bills", OPERATION, withdraw), "INT002000");

    await result(gis, "home-management", "importAccountData", accounts(account("77", guid)));
    t.equal(gis.state.duplicates.length, 1);
    await result(gis, "home-management", "importAccountData", accounts(account("77")));
    t.equal(gis.state.duplicates[1]?.kind, "account");

    const ofHouse = `<h:FIASHouseGuid>${HOUSE}</h:FIASHouseGuid>`;
    const list = await result(
      gis,
      "home-management",
      "exportAccountData",
      request("h:exportAccountRequest", "10.0.1.1", ofHouse),
    );
    t.strictSame(values(list, "AccountNumber"), ["77", "77"]);
  },
);

gisTest("each object has its own result", { houses: [] }, async (t, gis) => {
  const { guid } = gis.addAccount("1");
  const batch: readonly (readonly [string, Charge, string])[] = [
    // 87 kWh · 6,17 ₽ = 536,79 ₽, by hand.
    [guid, {}, ""],
    [guid, { total: "536.80" }, "SRV008203"],
    [guid, { accrued: "536.78" }, "SRV008203"],
    [guid, { id: "80АА000001-01-9999" }, "INT002000"],
    [randomUUID(), {}, "INT002000"],
  ];
  const transports = batch.map(() => randomUUID());
  const text = await result(
    gis,
    "bills",
    OPERATION,
    documents(
      ...batch.map(([of, charge], index) =>
        document(of, { ...charge, transport: transports[index] ?? "" }),
      ),
    ),
  );
  for (const [index, [, , code]] of batch.entries()) {
    const of = new RegExp(`${transports[index]}</base:TransportGUID>(.*?)</bills:ImportResult>`);
    t.equal(value(of.exec(text)?.[1] ?? "", "ErrorCode"), code);
  }
  t.equal(gis.state.documents.size, 1);
  const unknown = await result(gis, "home-management", "importAccountData", accounts(account("2")));
  t.equal(value(unknown, "ErrorCode"), "INT002034", "a house that nobody knows");
});

gisTest("a result comes after the polls", { pollsBeforeResult: 2 }, async (t, gis) => {
  const { guid } = gis.addAccount("1");
  const header = randomUUID();
  const acked = await post(gis, "bills", OPERATION, documents(document(guid)), header);
  t.equal(value(acked.text, "RequesterMessageGUID"), header);
  const message = /<base:Ack><base:MessageGUID>([^<]*)</.exec(acked.text)?.[1] ?? "";
  t.not(message, header);
  const list = `<b:getRequestsStateRequest><b:MessageGUIDList>${message}</b:MessageGUIDList></b:getRequestsStateRequest>`;
  t.equal(value((await poll(gis, "bills", message)).text, "RequestState"), "1");
  const bulk = async () => (await post(gis, "bills", "getRequestsState", list)).text;
  t.strictSame(values(await bulk(), "MessageGUIDList"), []);
  t.strictSame(values(await bulk(), "MessageGUIDList"), [message]);
  t.equal(value((await poll(gis, "bills", message)).text, "RequestState"), "3");
  t.equal(value((await poll(gis, "home-management", message)).text, "ErrorCode"), "INT002013");
  t.strictSame(gis.state.counters.requests, { [OPERATION]: 1, getState: 3, getRequestsState: 2 });
  t.ok(gis.state.counters.ownMs > 0);
});

gisTest(
  "a message that is not as it must be",
  { organisations: [ORGANISATION] },
  async (t, gis) => {
    const { guid } = gis.addAccount("1");
    const good = documents(document(guid));
    const many = (count: number) =>
      documents(...Array.from({ length: count }, () => document(guid)));
    const transport = randomUUID();
    const twice = documents(document(guid, { transport }), document(guid, { transport }));
    const cases: readonly (readonly [string, string, string, string])[] = [
      ["another SOAPAction", "importAcknowledgment", good, "FMT001301"],
      ["no such operation", "importHouseRSOData", good, "FMT001301"],
      ["not XML", OPERATION, good.replace("</x:PaymentDocument>", ""), "FMT001300"],
      ["old version", OPERATION, good.replace("11.2.0.16", "11.2.0.10"), "FMT001310"],
      ["no version", OPERATION, good.replace('b:version="11.2.0.16"', ""), "FMT001310"],
      ["version without its prefix", OPERATION, good.replace("b:version", "version"), "FMT001310"],
      ["no Id", OPERATION, good.replace('Id="signed-data-container"', ""), "FMT001301"],
      ["501 documents", OPERATION, many(501), "FMT001301"],
      ["one transport id twice", OPERATION, twice, "FMT001301"],
    ];
    for (const [why, operation, body, code] of cases) {
      const { status, text } = await post(gis, "bills", operation, body);
      t.equal(status, 500, why);
      t.equal(value(text, "ErrorCode"), code, why);
    }
    t.equal(gis.state.documents.size, 0);
    const header = randomUUID();
    t.equal((await post(gis, "bills", OPERATION, good, header)).status, 200);
    const again = await post(gis, "bills", OPERATION, good, header);
    t.equal(value(again.text, "ErrorCode"), "FMT001307");
    t.strictSame(gis.state.counters.duplicateGuids, [header]);
    t.equal(gis.state.documents.size, 1);
    const stranger = await startGisZhkh({ organisations: [] });
    t.teardown(() => stranger.stop());
    t.equal(value((await post(stranger, "bills", OPERATION, good)).text, "ErrorCode"), "AUT011002");
  },
);

// What a sender sees, and whether the document stands afterwards.
const FAULTS: readonly (readonly [Fault, string, number])[] = [
  [{ kind: "lost-before" }, "broken", 0],
  [{ kind: "lost-after" }, "broken", 1],
  [{ kind: "cut" }, "broken", 1],
  [{ kind: "http", status: 502 }, "502", 0],
  [{ kind: "http", status: 503 }, "503", 0],
  [{ kind: "http", status: 504, done: true }, "504", 1],
  [{ kind: "slow", ms: 5 }, "200", 1],
  [{ kind: "message-error", code: "EXP001000" }, "200 EXP001000", 0],
  [{ kind: "forgotten", done: false }, "200 INT002013", 0],
  [{ kind: "forgotten", done: true }, "200 INT002013", 1],
  ...["EXP001000", "EXP002001", "INT002018", "INT002029", "AUT011003", "FMT001300"].map(
    (code): readonly [Fault, string, number] => [{ kind: "soap-fault", code }, `500 ${code}`, 0],
  ),
];
for (const [fault, want, standing] of FAULTS) {
  gisTest(`fault ${JSON.stringify(fault)}`, {}, async (t, gis) => {
    const { guid } = gis.addAccount("1");
    gis.inject(fault, { operation: OPERATION });
    t.equal((await poll(gis, "bills", randomUUID())).status, 500, "not of this operation");
    t.equal(await seen(gis, guid), want);
    t.equal(gis.state.standing(guid, MONTH).length, standing);
    t.strictSame(gis.state.counters.faults, { [fault.kind]: 1 });
    t.equal(await seen(gis, guid), "200", "and the next one passes");
    t.equal(gis.state.duplicates.length, standing, "sent again without reading back");
  });
}

async function seen(gis: GisZhkh, accountGuid: string): Promise<string> {
  let sent: Sent;
  try {
    sent = await post(gis, "bills", OPERATION, documents(document(accountGuid)));
  } catch (error) {
    if (error instanceof TypeError) return "broken";
    throw error;
  }
  const message = /<base:Ack><base:MessageGUID>([^<]*)</.exec(sent.text)?.[1];
  const text = message === undefined ? sent.text : (await poll(gis, "bills", message)).text;
  return `${sent.status} ${value(text, "ErrorCode")}`.trim();
}

gisTest("a storm, a maintenance and refused accounts end", {}, async (t, gis) => {
  const { guid } = gis.addAccount("1");
  gis.addAccount("2");
  gis.inject({ kind: "soap-fault", code: "EXP001000" }, { times: 3 });
  for (const want of ["500 EXP001000", "500 EXP001000", "500 EXP001000", "200"]) {
    t.equal(await seen(gis, guid), want);
  }
  gis.closeForMaintenance(60_000);
  t.equal(await seen(gis, guid), "500 INT002029");
  gis.closeForMaintenance(0);
  const open = gis.refuseObjects({ code: "INT008255", accounts: ["1"] });
  t.equal(await seen(gis, guid), "200 INT008255");
  t.equal(await seen(gis, gis.state.accountsByNumber.get("2")?.guid ?? ""), "200");
  open();
  t.equal(await seen(gis, guid), "200");
});

t.test("faults by seed are the same for the same requests", async (t) => {
  const run = async (seed: number) => {
    const perMille = { "lost-before": 100, "lost-after": 100, cut: 50, http: 100 };
    const more = { "soap-fault": 100, "message-error": 100, forgotten: 100 };
    const faults = { seed, perMille: { ...perMille, ...more }, objectsPerMille: 100 };
    const gis = await startGisZhkh({ faults });
    const { guid } = gis.addAccount("1");
    const outcomes: string[] = [];
    for (let count = 0; count < 60; count += 1) {
      try {
        const sent = await post(gis, "bills", OPERATION, documents(document(guid)));
        outcomes.push(`${sent.status} ${value(sent.text, "ErrorCode")}`);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        outcomes.push("broken");
      }
    }
    await gis.stop();
    return { outcomes, kinds: Object.keys(gis.state.counters.faults).sort() };
  };
  const first = await run(3);
  t.strictSame(await run(3), first);
  t.notSame((await run(4)).outcomes, first.outcomes);
  t.ok(first.kinds.length >= 5, first.kinds.join());
});

gisTest("notices are paged, acknowledged, reversed and cancelled", {}, async (t, gis) => {
  const { guid } = gis.addAccount("1");
  const placed = await result(gis, "bills", OPERATION, documents(document(guid)));
  const id = value(placed, "UniqueNumber");
  const notices = Array.from({ length: 205 }, (_, index) =>
    gis.addNotice({
      orderId: String(index).padStart(32, "0"),
      amountKopecks: 53_679,
      date: index < 202 ? "2026-03-20" : "2026-03-23",
      document: id,
    }),
  );
  const page = (cursor: string, statuses: readonly number[] = [0, 3]) =>
    result(
      gis,
      "bills",
      "exportNotificationsOfOrderExecutionPaginal",
      request(
        "x:exportNotificationsOfOrderExecutionPaginalRequest",
        "11.5.0.8",
        `<x:Notifications><x:DaysInterval>3</x:DaysInterval>${statuses.map((status) => `<x:AckStatus>${status}</x:AckStatus>`).join("")}<x:DateFrom>2026-03-20</x:DateFrom></x:Notifications>${cursor === "" ? "" : `<x:ExportNotificationsOfOrderExecutionGUID>${cursor}</x:ExportNotificationsOfOrderExecutionGUID>`}<x:PageSize>100</x:PageSize>`,
      ),
    );
  const counts: number[] = [];
  let cursor = "";
  do {
    const text = await page(cursor);
    counts.push(values(text, "OrderID").length);
    cursor = value(text, "ExportNotificationsOfOrderExecutionGUID");
  } while (cursor !== "");
  t.strictSame(counts, [100, 100, 2], "the three of the 23rd are out of three days");

  const [first, second] = notices;
  t.ok(first && second);
  if (first === undefined || second === undefined) return;
  const acknowledge = (notice: string, amount: number) =>
    result(gis, "bills", "importAcknowledgment", acknowledgment(notice, id, amount));
  await acknowledge(first.guid, 50_000);
  t.equal(first.status, 3);
  t.match(await acknowledge(first.guid, 3_680), "SRV008002", "a kopeck more than is left");
  await acknowledge(first.guid, 3_679);
  t.equal(first.status, 2);
  t.strictSame(values(await page("", [2]), "AcknowledgmentAmount"), ["53679"]);
  const reversal = `<x:AckCancellation><p:NotificationsOfOrderExecutionGUID>${first.guid}</p:NotificationsOfOrderExecutionGUID><bb:PaymentDocumentID>${id}</bb:PaymentDocumentID><b:TransportGUID>${randomUUID()}</b:TransportGUID></x:AckCancellation>`;
  await result(
    gis,
    "bills",
    "importAcknowledgment",
    request("x:importAcknowledgmentRequest", "11.0.0.2", reversal),
  );
  t.equal(first.status, 0);
  gis.cancelNotice(second.guid);
  t.match(await acknowledge(second.guid, 1), "SRV008001");
  t.strictSame(values(await page("", [1]), "OrderID"), [second.orderId]);
  t.match(await page("", [5]), "INT002012", "nothing to export is an error message");
});

gisTest("10 000 documents in messages of 500", {}, async (t, gis) => {
  const guids = Array.from({ length: 10_000 }, (_, index) => gis.addAccount(String(index)).guid);
  for (let from = 0; from < guids.length; from += 500) {
    const batch = guids.slice(from, from + 500).map((guid) => document(guid));
    const text = await result(gis, "bills", OPERATION, documents(...batch));
    t.equal(values(text, "UniqueNumber").length, 500);
  }
  t.equal(gis.state.documents.size, 10_000);
  t.comment(`own time ${Math.round(gis.state.counters.ownMs)} ms`);
});

t.test("the examples and every answer by the official schemas", { skip }, async (t) => {
  const gis = await startGisZhkh({ schemaFolder: join(reference, "schemas") });
  t.teardown(() => gis.stop());
  if (!gis.validates) return t.pass("xmllint is not installed: nothing was validated");
  const example = (name: string) =>
    readFileSync(join(reference, "examples", `${name}.xml`), "utf8").replace(/^<\?xml.*\?>/, "");
  const charges = example("30-bills-importPaymentDocumentRequest-charges");
  gis.addAccount("1", "894cd63c-12db-53a8-8908-224cacd78e58");
  gis.addNotice({
    orderId: "1".repeat(32),
    amountKopecks: 68_901,
    date: "2026-03-20",
    purpose: "За <март>",
  });
  const paginal = example("34-bills-exportNotificationsOfOrderExecutionPaginalRequest");
  const messages: readonly (readonly [Where, string, string, RegExp])[] = [
    [
      "home-management",
      "importAccountData",
      example("03-account-importAccountRequest-create"),
      /80АА000002/,
    ],
    [
      "home-management",
      "exportAccountData",
      request(
        "h:exportAccountRequest",
        "10.0.1.1",
        "<a:UnifiedAccountNumber>80АА000002</a:UnifiedAccountNumber>",
      ),
      /SharePercent/,
    ],
    [
      "home-management",
      "exportAccountData",
      example("05-account-exportAccountRequest"),
      /INT002012/,
    ],
    ["bills", OPERATION, charges, /UniqueNumber/],
    [
      "bills",
      OPERATION,
      charges.replace("<bills:TotalPayable>536.79", "<bills:TotalPayable>536.78"),
      /SRV008203/,
    ],
    [
      "bills",
      "exportPaymentDocumentData",
      example("33-bills-exportPaymentDocumentRequest"),
      /152\.22/,
    ],
    ["bills", "exportNotificationsOfOrderExecutionPaginal", paginal, /&lt;март&gt;/],
    ["bills", OPERATION, example("31-bills-importPaymentDocumentRequest-withdraw"), /INT002000/],
    [
      "bills",
      "importAcknowledgment",
      example("35-bills-importAcknowledgmentRequest-ack"),
      /INT002000/,
    ],
    [
      "bills",
      "importAcknowledgment",
      example("36-bills-importAcknowledgmentRequest-cancel"),
      /INT002000/,
    ],
  ];
  for (const [where, operation, body, want] of messages) {
    const text = await result(gis, where, operation, body);
    t.match(text, want, operation);
    const schema =
      where === "bills"
        ? "bills/hcs-bills-types.xsd"
        : "house-management/hcs-house-management-types.xsd";
    t.equal(complaintOf(text, schema), "", operation);
  }
  const broken = charges.replace("<bills:Rate>6.17</bills:Rate>", "");
  t.equal(value((await post(gis, "bills", OPERATION, broken)).text, "ErrorCode"), "FMT001301");
});

/** What xmllint says about the body of an answer, which lies inside the envelope's declarations. */
function complaintOf(answer: string, schema: string): string {
  const body = /<soap:Body>(.*)<\/soap:Body>/s.exec(answer)?.[1] ?? "";
  const declarations = /<soap:Envelope([^>]*)>/.exec(answer)?.[1] ?? "";
  const run = spawnSync(
    "xmllint",
    ["--nonet", "--noout", "--schema", join(reference, "schemas", schema), "-"],
    { input: body.replace(/^<[a-z]+:\w+/, (start) => start + declarations), encoding: "utf8" },
  );
  return run.status === 0 ? "" : run.stderr;
}
