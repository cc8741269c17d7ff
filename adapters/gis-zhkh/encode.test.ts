import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { DeliveryError } from "../contract.ts";
import { message } from "./encode/message.ts";
import {
  accountsByGuid,
  accountsOfHouse,
  documentsById,
  documentsOfMonth,
  noticeByGuid,
  noticesOfDays,
} from "./encode/reads.ts";
import { envelope, stateRequest } from "./envelope.ts";
import { transportGuid, uuidV5 } from "./guid.ts";
import {
  ACCOUNT_GUID,
  account,
  acknowledgement,
  bodyOf,
  config,
  DOCUMENT_ID,
  fullDocument,
  hasReference,
  hasXmllint,
  headerOf,
  MESSAGE,
  ORGANISATION,
  object,
  paymentDocument,
  REFERENCE,
  schemaErrors,
} from "./testing.ts";
import type { XmlNode } from "./tree.ts";
import { child, childrenOf, find, readTree, textOf } from "./tree.ts";
import type { XmlElement } from "./xml.ts";
import { element, serialise } from "./xml.ts";

const HOUSES = "house-management/hcs-house-management-types.xsd";
const BILLS = "bills/hcs-bills-types.xsd";
const BASE = "lib/hcs-base.xsd";

const closed = { ...account, number: "1500012723", closedOn: day("2026-03-01"), houseGuid: null };
const withAccount = { needs: { AccountGUID: ACCOUNT_GUID } };
const withDocument = { needs: { PaymentDocumentID: DOCUMENT_ID } };

const accounts = message(
  "account",
  [
    object("account", "account/1", account),
    object("account", "account/2", closed, { own: { AccountGUID: ACCOUNT_GUID } }),
    object("account", "account/3", { ...account, holder: "ООО Ромашка", residents: null }),
  ],
  config({ contract: ACCOUNT_GUID }),
).body;
const documents = message(
  "payment-document",
  [
    object("payment-document", "payment-document/1/2026-03", paymentDocument, withAccount),
    object("payment-document", "payment-document/2/2026-03", fullDocument, {
      ...withAccount,
      own: { PaymentDocumentID: DOCUMENT_ID },
    }),
  ],
  config({ confirmAmounts: true }),
).body;
const withdrawals = message(
  "payment-document-withdrawal",
  [object("payment-document-withdrawal", "withdrawal/1", null, withDocument)],
  config(),
).body;
const acknowledgements = message(
  "acknowledgement",
  [
    object("acknowledgement", "acknowledgement/1", acknowledgement, withDocument),
    object(
      "acknowledgement",
      "acknowledgement/2",
      { ...acknowledgement, document: { service: "T2", amount: kopecks(15_222) } },
      withDocument,
    ),
    object(
      "acknowledgement",
      "acknowledgement/3",
      { ...acknowledgement, document: { service: "PENALTY", amount: kopecks(777) } },
      withDocument,
    ),
    object("acknowledgement", "acknowledgement/4", {
      ...acknowledgement,
      document: null,
      reason: "Счёт не бытовой",
    }),
  ],
  config(),
).body;

const reads: readonly (readonly [string, XmlElement, string])[] = [
  ["accounts of a house", accountsOfHouse(ORGANISATION), HOUSES],
  ["accounts by GUID", accountsByGuid([ACCOUNT_GUID, ORGANISATION]), HOUSES],
  ["documents of a month", documentsOfMonth(paymentDocument.month, [ACCOUNT_GUID]), BILLS],
  ["documents by id", documentsById([DOCUMENT_ID]), BILLS],
  ["notices, first page", noticesOfDays(day("2026-03-20"), 7, 1000, null), BILLS],
  ["notices, next page", noticesOfDays(day("2026-03-20"), 7, 1000, ACCOUNT_GUID), BILLS],
  ["one notice", noticeByGuid(ACCOUNT_GUID), BILLS],
];
const messages: readonly (readonly [string, XmlElement, string])[] = [
  ["accounts", accounts, HOUSES],
  ["payment documents", documents, BILLS],
  ["withdrawals", withdrawals, BILLS],
  ["acknowledgements", acknowledgements, BILLS],
  ...reads,
  ["question for a result", stateRequest(ACCOUNT_GUID), BASE],
];

const noSchema = !hasReference
  ? "the official schemas are not beside the project"
  : !hasXmllint && "xmllint is not installed";

t.test("every message is valid by the official schema", { skip: noSchema }, async (t) => {
  for (const [name, body, schema] of messages) {
    const whole = envelope(body, MESSAGE, config());
    t.equal(schemaErrors(bodyOf(whole), schema), null, name);
    t.equal(schemaErrors(headerOf(whole), BASE), null, `header of ${name}`);
  }
  const broken = bodyOf(envelope(documents, MESSAGE, config())).replace(
    "<base:Month>3",
    "<base:Month>13",
  );
  t.match(schemaErrors(broken, BILLS), /Month/, "the check itself sees a fault");
  const two = bodyOf(envelope(acknowledgements, MESSAGE, config())).replace(
    /<pb:MSType.*?<\/pb:MSType>/,
    "$&$&",
  );
  t.match(schemaErrors(two, BILLS), /MSType/, "an acknowledgement has room for one service");
});

/** Elements of an example in the order in which ours has them: ours may have more, never in another order. */
function missing(example: XmlNode, ours: XmlNode, path: string): string[] {
  let next = 0;
  return example.children.flatMap((wanted) => {
    const found = ours.children.findIndex(
      ({ name }, index) => index >= next && name === wanted.name,
    );
    if (found < 0) return [`${path}/${wanted.name}`];
    next = found + 1;
    return missing(wanted, ours.children[found] as XmlNode, `${path}/${wanted.name}`);
  });
}

t.test("elements stand in the order of the examples", { skip: !hasReference }, async (t) => {
  const cases: readonly (readonly [string, XmlElement, readonly string[]])[] = [
    // We know the house and not the flat; a person's SNILS is not ours to send.
    [
      "03-account-importAccountRequest-create",
      accounts,
      [
        "/Account/Accommodation/PremisesGUID",
        "/Account/Accommodation/SharePercent",
        "/Account/PayerInfo/Ind/SNILS",
      ],
    ],
    ["30-bills-importPaymentDocumentRequest-charges", documents, []],
    ["31-bills-importPaymentDocumentRequest-withdraw", withdrawals, []],
    ["33-bills-exportPaymentDocumentRequest", reads[2]?.[1] as XmlElement, []],
    ["34-bills-exportNotificationsOfOrderExecutionPaginalRequest", reads[4]?.[1] as XmlElement, []],
    ["35-bills-importAcknowledgmentRequest-ack", acknowledgements, []],
    ["61-async-getStateRequest", stateRequest(ACCOUNT_GUID), []],
  ];
  for (const [file, body, absent] of cases) {
    const example = readTree(readFileSync(join(REFERENCE, "examples", `${file}.xml`)));
    const ours = readTree(Buffer.from(serialise(body)));
    t.same([ours.name, missing(example, ours, "")], [example.name, absent], file);
  }
});

t.test("what a payment document says", async (t) => {
  const [plain, full] = childrenOf(treeOf(documents), "PaymentDocument");
  if (plain === undefined || full === undefined) return t.fail("two documents");
  const charges = (document: XmlNode) =>
    childrenOf(document, "ChargeInfo").map((charge) => child(charge, "MunicipalService"));
  const [dayCharge] = charges(plain);
  t.same(
    [
      ...["Rate", "TotalPayable", "AccountingPeriodTotal"].map((name) =>
        textOf(dayCharge ?? null, name),
      ),
      ...["TotalPayableByChargeInfo", "DebtPreviousPeriods", "AdvanceBllingPeriod"].map((name) =>
        textOf(plain, name),
      ),
      ...["PaymentsTaken", "TotalPayableByPDWithDebtAndAdvance", "TotalPayableByPD"].map((name) =>
        textOf(plain, name),
      ),
    ],
    ["6.17", "536.79", "536.79", "689.01", "120.50", null, "31", "809.51", "689.01"],
  );
  const [both, night] = charges(full);
  const volumes = childrenOf(child(both ?? null, "Consumption") ?? plain, "Volume");
  t.same(
    volumes.map(({ text }) => text),
    ["87", "2"],
    "one service, a volume per use",
  );
  // 536,79 + 268,40 − 10,00 − 5,00 + 12,34; 805,19 / 536,79+12,34 is what the factor comes to.
  t.equal(textOf(both ?? null, "TotalPayable"), "802.53");
  t.equal(textOf(both ?? null, "AccountingPeriodTotal"), "549.13", "87 and 2 kWh at 6,17 ₽");
  t.equal(textOf(child(both ?? null, "ServiceCharge"), "MoneyRecalculation"), "-10.00");
  t.equal(textOf(child(both ?? null, "ServiceCharge"), "MoneyDiscount"), "5.00");
  t.equal(textOf(night ?? null, "TotalPayable"), "152.22");
  t.equal(textOf(child(full, "PenaltiesAndCourtCosts"), "TotalPayable"), "7.77");
  // 802,53 + 152,22; with 7,77 of penalty; less 1000,00 of advance.
  t.same(
    ["TotalPayableByChargeInfo", "TotalPayableByPD", "TotalPayableByPDWithDebtAndAdvance"].map(
      (name) => textOf(full, name),
    ),
    ["954.75", "962.52", "-37.48"],
  );
  t.equal(childrenOf(treeOf(documents), "PaymentInformation").length, 1, "one payee, said once");
});

t.test("a sum that ГИС ЖКХ would find otherwise is left out", async (t) => {
  const [first, ...others] = paymentDocument.services;
  if (first === undefined) return;
  const services = [{ ...first, charged: kopecks(53_678) }, ...others];
  const { body } = message(
    "payment-document",
    [object("payment-document", "d", { ...paymentDocument, services }, withAccount)],
    config(),
  );
  const charge = find(treeOf(body), "MunicipalService");
  t.equal(textOf(charge, "AccountingPeriodTotal"), null);
});

function treeOf(body: XmlElement): XmlNode {
  return readTree(Buffer.from(serialise(body)));
}

t.test("one bad object is named, and does not hold the others", async (t) => {
  const good = object("payment-document", "good", paymentDocument, withAccount);
  const at = (given: object, ids: object = withAccount) =>
    object("payment-document", "bad", { ...paymentDocument, ...given }, ids);
  const noPenalty = { ...config() };
  delete (noPenalty as { penalty?: unknown }).penalty;
  const cases = [
    ["totals", at({ payable: kopecks(1) }), "TOTALS_MISMATCH", config()],
    ["no account", at({}, {}), "PARENT_NOT_READY", config()],
    ["number of 31", at({ number: "1".repeat(31) }), "SCHEMA_INVALID", config()],
    ["number of no letter or digit", at({ number: "---" }), "SCHEMA_INVALID", config()],
    ["control character", at({ number: "1\u0000" }), "SCHEMA_INVALID", config()],
    [
      "zone without a service",
      at({}),
      "SCHEMA_INVALID",
      config({ services: [{ zone: "T0", code: "1", guid: ACCOUNT_GUID }] }),
    ],
    ["penalty without a list item", at({ ...fullDocument }), "SCHEMA_INVALID", noPenalty],
    ["another month", at({ month: paymentDocument.month + 1 }), "LIMIT_EXCEEDED", config()],
  ] as const;
  for (const [name, bad, code, settings] of cases) {
    const objects = name === "zone without a service" ? [bad] : [good, bad];
    const error = t.throws(() => message("payment-document", objects, settings), DeliveryError);
    t.match(error, { code, remedy: "park", keys: ["bad"] }, name);
  }
  const homeless = object("account", "homeless", { ...account, houseGuid: null });
  t.match(
    t.throws(() => message("account", [homeless], config())),
    { code: "SCHEMA_INVALID", keys: ["homeless"] },
    "an account without a house",
  );
});

t.test("limits of a message", async (t) => {
  for (const [kind, max] of [
    ["account", 100],
    ["payment-document", 500],
    ["payment-document-withdrawal", 1000],
    ["acknowledgement", 100],
  ] as const) {
    const objects = Array.from({ length: max + 1 }, (_, index) =>
      object(kind, `${index}`, account),
    );
    t.throws(
      () => message(kind, objects, config()),
      { code: "LIMIT_EXCEEDED", remedy: "park" },
      kind,
    );
  }
});

t.test("names of a person, and of what is none", async (t) => {
  const cases = [
    ["Иванова Нина Викторовна", ["Иванова", "Нина", "Викторовна"]],
    ["  Ким   Ли ", ["Ким", "Ли", null]],
    ["Салтыков-Щедрин Михаил Евграфович", ["Салтыков-Щедрин", "Михаил", "Евграфович"]],
    ["Алиев Вагиф Самед Оглы", ["Алиев", "Вагиф", "Самед Оглы"]],
    ["ООО Ромашка", null],
    ["Ромашка", null],
    ["ИП Иванов", null],
    ["", null],
  ] as const;
  for (const [holder, want] of cases) {
    const { body } = message("account", [object("account", "a", { ...account, holder })], config());
    const person = find(treeOf(body), "Ind");
    const names = ["Surname", "FirstName", "Patronymic"].map((name) => textOf(person, name));
    t.same(person === null ? null : names, want, holder);
  }
});

t.test("texts cannot leave their element", async (t) => {
  const hostile = `</hm:Ind>&<![CDATA[x]]>"'\r`;
  const text = serialise(element("pb:Reason", hostile, { type: `"<&\n\t` }));
  const node = readTree(Buffer.from(text));
  t.equal(node.text, hostile);
  t.equal(node.children.length, 0);
  t.throws(() => element("pb:Reason", "\u0001"), { name: "TextError" });
  t.throws(() => element("pb:Reason", "\ud800"), { name: "TextError" });
  t.throws(() => element("pb:Reason", ""), { name: "TextError" });
});

t.test("TransportGUID", async (t) => {
  // RFC 9562, A.4: UUIDv5 of www.example.com under the namespace of DNS.
  const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  t.equal(uuidV5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  t.equal(transportGuid(ORGANISATION, "a"), transportGuid(ORGANISATION.toUpperCase(), "a"));
  t.not(transportGuid(ORGANISATION, "a"), transportGuid(ORGANISATION, "b"));
});
