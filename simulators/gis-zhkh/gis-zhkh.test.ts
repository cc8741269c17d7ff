import { randomUUID } from "node:crypto";
import t from "tap";
import type { Fault } from "./faults.ts";
import type { GisZhkh } from "./gis-zhkh.ts";
import { startGisZhkh } from "./gis-zhkh.ts";
import type { Charge, Sent } from "./testing.ts";
import {
  account,
  accounts,
  acknowledgment,
  document,
  documents,
  gisTest,
  HOUSE,
  MONTH,
  OPERATION,
  ORGANISATION,
  poll,
  post,
  request,
  result,
  value,
  values,
} from "./testing.ts";

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
