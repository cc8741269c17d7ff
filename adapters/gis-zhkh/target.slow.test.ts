import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t from "tap";
import { kopecks } from "../../normalizer/model/units.ts";
import type { Fault } from "../../simulators/gis-zhkh/faults.ts";
import { startGisZhkh } from "../../simulators/gis-zhkh/gis-zhkh.ts";
import type {
  Answer,
  Capture,
  ForeignIds,
  ObjectResult,
  OpenTarget,
  OutboundObject,
  Parsed,
  SentBatch,
  StoredBatch,
} from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { GisChannel } from "./channel.ts";
import { findDelivered } from "./find-delivered.ts";
import { transportGuid } from "./guid.ts";
import { adapter, target } from "./index.ts";
import {
  account,
  acknowledgement,
  config,
  hasReference,
  ORGANISATION,
  object,
  paymentDocument,
  REFERENCE,
} from "./testing.ts";
import { readTree } from "./tree.ts";
import { serialise } from "./xml.ts";

const { signal } = new AbortController();
const schemas = hasReference ? { schemaFolder: join(REFERENCE, "schemas") } : {};
const QUICK = { pollDelaysMs: [1], giveUpMs: 300_000, timeoutMs: 60_000 };

async function started() {
  const gis = await startGisZhkh({ pollsBeforeResult: 1, ...schemas });
  const settings = config({ address: gis.origin, ...QUICK });
  const open = await target.open(settings, {});
  const stop = async () => {
    await open.close();
    await gis.stop();
  };
  return { gis, open, settings, stop };
}

async function batchOf(open: OpenTarget, objects: readonly OutboundObject[]): Promise<StoredBatch> {
  const messageId = randomUUID();
  const kind = objects[0]?.kind ?? "";
  const encoded = await open.encode(kind, objects, { id: messageId, atMs: Date.now() });
  return { ...encoded, messageId, objects };
}

const sentOf = ({ operation, messageId, objects }: StoredBatch): SentBatch => ({
  operation,
  messageId,
  kind: objects[0]?.kind ?? "",
  keys: objects.map(({ key }) => key),
});

/** Sends, then asks until there are results; the number of "pending" answers before them. */
async function delivered(
  open: OpenTarget,
  objects: readonly OutboundObject[],
): Promise<{ readonly results: readonly ObjectResult[]; readonly pending: number }> {
  const batch = await batchOf(open, objects);
  let answer: Answer = await open.send(batch, signal);
  let pending = 0;
  if (answer.kind === "results") return { results: answer.results, pending };
  const { foreignMessage } = { foreignMessage: "", ...answer };
  while (answer.kind !== "results") {
    if (open.poll === undefined) throw new Error("no poll");
    answer = await open.poll(sentOf(batch), foreignMessage, signal);
    if (answer.kind === "pending") pending += 1;
  }
  return { results: answer.results, pending };
}

const accountOf = (number: string, ids: ForeignIds = {}) =>
  object("account", `account/${number}`, { ...account, number }, { own: ids });
const documentOf = (number: string, needs: ForeignIds, own: ForeignIds = {}, given: object = {}) =>
  object(
    "payment-document",
    `payment-document/${number}/2026-03`,
    { ...paymentDocument, number: `${number}-202603`, ...given },
    { own, needs },
  );

t.test("account, document, correction, withdrawal, acknowledgement", async (t) => {
  const { gis, open, stop } = await started();
  t.teardown(stop);
  const { results: accounts, pending } = await delivered(open, [accountOf("1"), accountOf("2")]);
  t.equal(pending, 1, "asked again after «in processing»");
  const [one, two] = accounts.map(({ foreignIds = {} }) => foreignIds);
  if (one === undefined || two === undefined) return t.fail("two accounts");
  t.equal(one["AccountGUID"], gis.state.accountsByNumber.get("1")?.guid);
  t.equal(one["ServiceID"], gis.state.accountsByNumber.get("1")?.serviceId);
  t.equal(one["UnifiedAccountNumber"], gis.state.accountsByNumber.get("1")?.unifiedNumber);

  const { results } = await delivered(open, [documentOf("1", one), documentOf("2", two)]);
  const documentId = results[0]?.foreignIds?.["PaymentDocumentID"] ?? "";
  t.equal(gis.state.documents.get(documentId)?.account.number, "1");
  t.equal(gis.state.documents.size, 2);

  const changed = {
    services: paymentDocument.services.slice(0, 1),
    payable: kopecks(53_679),
    payableWithDebt: kopecks(65_729),
  };
  const ids = { PaymentDocumentID: documentId };
  const again = await delivered(open, [documentOf("1", one, ids, changed)]);
  t.match(again.results, [{ outcome: "accepted" }]);
  t.equal(gis.state.documents.get(documentId)?.versions, 2, "the same document, corrected");

  const notice = gis.addNotice({
    orderId: "1".repeat(32),
    amountKopecks: 53_679,
    date: "2026-04-10",
    document: documentId,
  });
  const acknowledge = object(
    "acknowledgement",
    "acknowledgement/1",
    { ...acknowledgement, notice: notice.guid },
    { needs: ids },
  );
  t.equal((await open.findDelivered?.("acknowledgement", [acknowledge], signal))?.size, 0);
  t.match((await delivered(open, [acknowledge])).results, [{ outcome: "accepted" }]);
  const [{ guid: service = "" } = {}] = config().services;
  t.match(gis.state.notices.get(notice.guid)?.acknowledgments, [
    { documentId, service, kopecks: 53_679 },
  ]);
  t.equal((await open.findDelivered?.("acknowledgement", [acknowledge], signal))?.size, 1);

  const withdraw = object("payment-document-withdrawal", "w/1", null, { needs: ids });
  const before = await open.findDelivered?.("payment-document-withdrawal", [withdraw], signal);
  t.equal(before?.size, 0, "it stands");
  t.match((await delivered(open, [withdraw])).results, [{ outcome: "accepted" }]);
  t.equal(gis.state.documents.get(documentId)?.withdrawn, true);
  const after = await open.findDelivered?.("payment-document-withdrawal", [withdraw], signal);
  t.equal(after?.size, 1, "it is gone");
  t.same(gis.state.duplicates, []);
  t.same(gis.state.counters.duplicateGuids, []);
  t.equal(gis.validates, hasReference && gis.validates, "bodies were validated where xmllint is");
});

t.test("after an unknown outcome: what stands is found, what does not is sent again", async (t) => {
  const { gis, open, stop } = await started();
  t.teardown(stop);
  const cases: readonly (readonly [string, Fault, boolean])[] = [
    ["nothing was done", { kind: "lost-before" }, false],
    ["done, the answer lost", { kind: "lost-after" }, true],
    ["done, the answer cut", { kind: "cut" }, true],
    ["a proxy, done", { kind: "http", status: 504, done: true }, true],
    ["a proxy, not done", { kind: "http", status: 502, done: false }, false],
  ];
  for (const [index, [name, fault, stands]] of cases.entries()) {
    const number = `10${index}`;
    gis.inject(fault, { operation: "importAccountData" });
    const error = await t.rejects(open.send(await batchOf(open, [accountOf(number)]), signal));
    t.match(error, { code: "OUTCOME_UNKNOWN", remedy: "unknown" }, name);
    const found = await open.findDelivered?.("account", [accountOf(number)], signal);
    t.equal(found?.has(`account/${number}`), stands, name);
    const guid = gis.state.accountsByNumber.get(number)?.guid;
    if (stands) t.equal(found?.get(`account/${number}`)?.["AccountGUID"], guid, name);
  }
  const needs = { AccountGUID: gis.addAccount("200").guid };
  gis.inject({ kind: "lost-after" }, { operation: "importPaymentDocumentData" });
  const sent = documentOf("200", needs);
  const lost = await t.rejects(open.send(await batchOf(open, [sent]), signal));
  t.match(lost, { code: "OUTCOME_UNKNOWN", remedy: "unknown" });
  const found = await open.findDelivered?.("payment-document", [sent], signal);
  const [standing] = gis.state.standing(needs.AccountGUID, "2026-03");
  t.same([...(found?.values() ?? [])], [{ PaymentDocumentID: standing?.id }]);
  const newer = documentOf("200", needs, {}, { payable: kopecks(1), payableWithDebt: kopecks(1) });
  t.equal(
    (await open.findDelivered?.("payment-document", [newer], signal))?.size,
    0,
    "older content",
  );
});

t.test(
  "an acknowledgement stands when the notice names its document, service and sum",
  async (t) => {
    const guid = "a48c76e3-4c72-4f12-bc39-5db32c47aefa";
    const needs = { PaymentDocumentID: "80АА000001-01-6031" };
    const wanted = object("acknowledgement", "a", acknowledgement, { needs });
    const impossible = object("acknowledgement", "a", { ...acknowledgement, document: null });
    const [{ guid: day = "" } = {}, { guid: night = "" } = {}] = config().services;
    const penalty = object(
      "acknowledgement",
      "p",
      { ...acknowledgement, document: { service: "PENALTY", amount: 53_679 } },
      { needs },
    );
    const penaltyItem = `<PServiceType><Code>1</Code><GUID>${config().penalty?.guid}</GUID></PServiceType>`;
    const list = (id: string, amount: string, service = `<MSType>${day}</MSType>`) =>
      `<AckStatus>3</AckStatus><AcknowledgmentRequestsList><AcknowledgmentRequest><PaymentDocumentAck><PaymentDocumentID>${id}</PaymentDocumentID>${service}<Amount>${amount}</Amount></PaymentDocumentAck></AcknowledgmentRequest></AcknowledgmentRequestsList>`;
    const cases: readonly (readonly [string, OutboundObject, string | null, number])[] = [
      ["named", wanted, list(needs.PaymentDocumentID, "53679"), 1],
      ["the sum with a fraction", wanted, list(needs.PaymentDocumentID, "53679.00"), 1],
      [
        "the sum at another service",
        wanted,
        list(needs.PaymentDocumentID, "53679", `<MSType>${night}</MSType>`),
        0,
      ],
      ["the penalty", penalty, list(needs.PaymentDocumentID, "53679", penaltyItem), 1],
      ["not the penalty", penalty, list(needs.PaymentDocumentID, "53679"), 0],
      ["another sum", wanted, list(needs.PaymentDocumentID, "53678"), 0],
      ["another document", wanted, list("80АА000001-01-6032", "53679"), 0],
      ["not acknowledged", wanted, "<AckStatus>0</AckStatus>", 0],
      ["no such notice", wanted, null, 0],
      ["impossible", impossible, "<AckStatus>5</AckStatus>", 1],
      ["not yet impossible", impossible, "<AckStatus>0</AckStatus>", 0],
    ];
    for (const [name, one, notice, want] of cases) {
      const result = `<getStateResult><exportNotificationsOfOrderExecutionResult><NotificationOfOrderExecutionWithStatus>${notice}</NotificationOfOrderExecutionWithStatus></exportNotificationsOfOrderExecutionResult></getStateResult>`;
      const read: GisChannel["read"] = async (_operation, body) => {
        t.match(serialise(body), guid);
        const bytes = Buffer.from(result);
        return notice === null ? null : { result: readTree(bytes), bytes };
      };
      const found = await findDelivered({ read }, "acknowledgement", [one], signal, config());
      t.equal(found.size, want, name);
    }
  },
);

t.test("refusals of a message, of an object, of the channel", async (t) => {
  const { gis, open, settings, stop } = await started();
  t.teardown(stop);
  const send = async () => delivered(open, [accountOf(randomUUID().slice(0, 8))]);
  const whole = async (code: string, kind: "soap-fault" | "message-error") => {
    gis.inject({ kind, code }, { operation: "importAccountData" });
    const failure = await send().catch((error: unknown) => error);
    if (failure instanceof DeliveryError) return [failure.code, failure.remedy];
    const [result] = (failure as { readonly results: readonly ObjectResult[] }).results;
    return [result?.code, result?.remedy];
  };
  for (const kind of ["soap-fault", "message-error"] as const) {
    for (const [code, ...want] of [
      ["EXP001000", "COUNTERPART_ERROR", "retry"],
      ["INT002018", "COUNTERPART_ERROR", "retry"],
      ["INT002029", "COUNTERPART_MAINTENANCE", "retry"],
      ["AUT011003", "ACCESS_DENIED", "stop"],
      ["FMT001300", "FORMAT_REFUSED", "park"],
      ["SRV008203", "OBJECT_REFUSED", "park"],
    ] as const) {
      t.same(await whole(code, kind), want, `${kind} ${code}`);
    }
  }
  gis.inject({ kind: "forgotten", done: false }, { operation: "importAccountData" });
  t.match(await t.rejects(send()), { code: "REMOTE_MESSAGE_LOST", remedy: "unknown" });
  gis.inject({ kind: "http", status: 400 }, { operation: "importAccountData" });
  t.match(await t.rejects(send()), { code: "FORMAT_REFUSED", remedy: "park" });
  const batch = await batchOf(open, [accountOf("poll")]);
  const answer = await open.send(batch, signal);
  const { foreignMessage } = { foreignMessage: "", ...answer };
  gis.inject({ kind: "http", status: 503 }, { operation: "getState" });
  const question = await t.rejects(async () => open.poll?.(sentOf(batch), foreignMessage, signal));
  t.match(question, { code: "OUTCOME_UNKNOWN", remedy: "retry" }, "a question is asked again");

  const takeBack = gis.refuseObjects({ code: "INT008255", accounts: ["7"] });
  const { results } = await delivered(open, [accountOf("6"), accountOf("7")]);
  t.match(results, [
    { outcome: "accepted" },
    { outcome: "refused", code: "OBJECT_REFUSED", remedy: "park", foreignCode: "INT008255" },
  ]);
  takeBack();
  await gis.stop();
  const unsent = open.send(await batchOf(open, [accountOf("8")]), signal);
  t.match(await t.rejects(unsent), { code: "CONNECT_FAILED", remedy: "retry" }, "nothing listens");
  const basic = { login: "GIS_LOGIN", password: "GIS_PASSWORD" };
  await t.rejects(target.open({ ...settings, basic }, { GIS_LOGIN: "a" }), {
    code: "ACCESS_DENIED",
    remedy: "stop",
  });
});

t.test("an acknowledgement of another request, a slow answer, Basic", async (t) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization, request.headers["soapaction"] as string);
    if (request.url?.includes("bills") === true) return;
    response.end(
      `<b:Ack xmlns:b="http://dom.gosuslugi.ru/schema/integration/base/"><b:MessageGUID>1</b:MessageGUID><b:RequesterMessageGUID>${randomUUID()}</b:RequesterMessageGUID></b:Ack>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const basic = { login: "GIS_LOGIN", password: "GIS_PASSWORD" };
  const settings = config({ address, ...QUICK, timeoutMs: 100, basic });
  const open = await target.open(settings, { GIS_LOGIN: "sit", GIS_PASSWORD: "пароль" });
  const other = open.send(await batchOf(open, [accountOf("1")]), signal);
  t.match(await t.rejects(other), { code: "OUTCOME_UNKNOWN", remedy: "unknown" });
  const slow = open.send(
    await batchOf(open, [documentOf("1", { AccountGUID: ORGANISATION })]),
    signal,
  );
  t.match(await t.rejects(slow), { code: "OUTCOME_UNKNOWN", remedy: "unknown" });
  const authorization = `Basic ${Buffer.from("sit:пароль").toString("base64")}`;
  t.same(asked, [
    ...[authorization, '"urn:importAccountData"'],
    ...[authorization, '"urn:importPaymentDocumentData"'],
  ]);
  await open.close();
});

t.test("every attempt has the object's TransportGUID and a MessageGUID of its own", async (t) => {
  const open = await target.open(config(), {});
  const [first, second] = await Promise.all([1, 2].map(() => batchOf(open, [accountOf("1")])));
  const guid = transportGuid(ORGANISATION, "account/1");
  for (const batch of [first, second]) {
    const text = Buffer.from(batch?.bytes ?? []).toString("utf8");
    t.match(text, `<base:TransportGUID>${guid}</base:TransportGUID>`);
    t.match(text, `<base:MessageGUID>${batch?.messageId}</base:MessageGUID>`);
  }
  t.not(first?.messageId, second?.messageId);
});

t.test("payment notices become captures and records", async (t) => {
  const today = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 10);
  const { gis, settings, stop } = await started();
  t.teardown(stop);
  const captures: { readonly name: string; readonly bytes: Buffer }[] = [];
  const accept = async (given: readonly Capture[]) => {
    for (const { name, parts } of given) {
      const pieces: Uint8Array[] = [];
      for await (const piece of parts) pieces.push(piece);
      captures.push({ name, bytes: Buffer.concat(pieces) });
    }
    return given.map(() => ({ message: 1, sha256: "", duplicate: false }));
  };
  const source = await adapter.open({ ...settings, noticePageSize: 100 }, { accept, signal });
  await source.poll?.();
  t.equal(captures.length, 0, "nothing to export is no capture");
  const order = (number: number) => String(number).padStart(32, "0");
  for (let number = 1; number <= 101; number += 1) {
    const where = { accountNumber: `15${number}`, month: "2026-03" };
    gis.addNotice({ orderId: order(number), amountKopecks: 100 + number, date: today, ...where });
  }
  const [, cancelled] = gis.state.notices.values();
  gis.cancelNotice(cancelled?.guid ?? "");
  await source.poll?.();
  t.equal(captures.length, 2, "two pages of 100");
  const records = (await Promise.all(captures.map(parsed))).flat().flatMap((item) => {
    if (item.kind !== "record" || item.record.kind !== "money") throw new Error(item.kind);
    return [item.record];
  });
  t.equal(new Set(records.map(({ operationId }) => operationId)).size, 102);
  t.match(records[0], {
    source: "GIS_ZHKH",
    ourAccount: null,
    direction: "IN",
    amount: 101,
    accountNumber: "151",
    period: 2026 * 12 + 2,
    operationId: order(1),
    reverses: null,
    problems: [],
  });
  t.same(
    records
      .filter(({ reverses }) => reverses !== null)
      .map(({ operationId, reverses, amount }) => [operationId, reverses, amount]),
    [[`${order(2)}/cancelled`, { operationId: order(2) }, 102]],
  );
  await source.close();
});

async function parsed({ name, bytes }: { name: string; bytes: Buffer }): Promise<Parsed[]> {
  async function* whole() {
    yield bytes;
  }
  const items: Parsed[] = [];
  for await (const item of adapter.parse({ name, bytes: whole(), profile: {} })) items.push(item);
  return items;
}
