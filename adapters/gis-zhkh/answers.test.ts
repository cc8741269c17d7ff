import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { objectResults, readAnswer } from "./answers.ts";
import { ERROR_CODES, meaningOf, meaningOfStatus } from "./errors.ts";
import { transportGuid } from "./guid.ts";
import { hasReference, ORGANISATION, REFERENCE } from "./testing.ts";

const read = (xml: string) => readAnswer(Buffer.from(xml));
const BASE = `xmlns:b="http://dom.gosuslugi.ru/schema/integration/base/"`;
const HM = `xmlns="http://dom.gosuslugi.ru/schema/integration/house-management/"`;
const state = (inside: string) => `<getStateResult ${HM} ${BASE}>${inside}</getStateResult>`;
const fault = (inside: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ${BASE}><s:Body><s:Fault>${inside}</s:Fault></s:Body></s:Envelope>`;

t.test("answers of every kind", async (t) => {
  const error = { code: "INT002012", text: "Нет" };
  const message =
    "<b:ErrorMessage><b:ErrorCode>INT002012</b:ErrorCode><b:Description>Нет</b:Description></b:ErrorMessage>";
  const cases: readonly (readonly [string, string, object])[] = [
    [
      "ack",
      `<b:AckRequest ${BASE}><b:Ack><b:MessageGUID>1</b:MessageGUID><b:RequesterMessageGUID>2</b:RequesterMessageGUID></b:Ack></b:AckRequest>`,
      { kind: "ack", message: "1", requester: "2" },
    ],
    ["received", state("<b:RequestState>1</b:RequestState>"), { kind: "pending" }],
    ["in processing", state("<b:RequestState>2</b:RequestState>"), { kind: "pending" }],
    ["done", state("<b:RequestState>3</b:RequestState>"), { kind: "done" }],
    [
      "refused whole",
      state(`<b:RequestState>3</b:RequestState>${message}`),
      { kind: "error", error },
    ],
    [
      "fault with a detail",
      fault(
        "<faultstring>x</faultstring><detail><b:Fault><b:ErrorCode>AUT011003</b:ErrorCode><b:ErrorMessage>нет</b:ErrorMessage></b:Fault></detail>",
      ),
      { kind: "fault", error: { code: "AUT011003", text: "нет" } },
    ],
    [
      "fault of a text alone",
      fault("<faultstring>EXP001000: ошибка</faultstring>"),
      { kind: "fault", error: { code: "EXP001000", text: "EXP001000: ошибка" } },
    ],
    [
      "fault without a code",
      fault("<faultstring>Policy</faultstring>"),
      { kind: "fault", error: { code: "" } },
    ],
    ["page of a proxy", "<html><body>Bad gateway</body></html>", { kind: "strange" }],
    ["nothing", "", { kind: "strange" }],
    ["cut off", state("<b:RequestState>3</b:RequestState>").slice(0, -5), { kind: "strange" }],
    ["DOCTYPE", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, { kind: "strange" }],
    ["deep", `${"<a>".repeat(100)}${"</a>".repeat(100)}`, { kind: "strange" }],
    ["unknown state", state("<b:RequestState>4</b:RequestState>"), { kind: "strange" }],
    ["ack without an id", `<b:Ack ${BASE}/>`, { kind: "strange" }],
  ];
  for (const [name, xml, want] of cases) t.match(read(xml), want, name);
  t.equal(readAnswer(Buffer.from([0x3c, 0xff, 0xfe])).kind, "strange", "not UTF-8");
});

t.test("official examples", { skip: !hasReference }, async (t) => {
  const kinds = [
    ["60-async-AckRequest", "ack"],
    ["63-async-getStateResult-in-progress", "pending"],
    ["64-async-getStateResult-partial-errors", "done"],
    ["65-async-getStateResult-readings", "done"],
    ["66-async-getStateResult-no-objects", "error"],
    ["67-async-Fault", "fault"],
    ["73-envelope-ack", "ack"],
    ["75-envelope-fault", "fault"],
  ] as const;
  for (const [file, kind] of kinds) {
    const answer = readAnswer(readFileSync(join(REFERENCE, "examples", `${file}.xml`)));
    t.equal(answer.kind, kind, file);
    if (answer.kind === "fault") t.equal(answer.error.code, "EXP001000", file);
  }
});

const guid = (key: string) => transportGuid(ORGANISATION, key);
const stored = (key: string, inside: string) =>
  `<b:TransportGUID>${guid(key)}</b:TransportGUID>${inside}<b:UpdateDate>2026-03-02T10:15:30+03:00</b:UpdateDate>`;
const refused = (key: string, ...codes: readonly string[]) =>
  `<b:TransportGUID>${guid(key).toUpperCase()}</b:TransportGUID>${codes
    .map(
      (code) =>
        `<b:Error><b:ErrorCode>${code}</b:ErrorCode><b:Description>почему</b:Description></b:Error>`,
    )
    .join("")}`;

t.test("results by TransportGUID", async (t) => {
  const keys = ["a", "b", "c", "d"];
  const results = (kind: string, inside: string) => {
    const answer = read(state(`<b:RequestState>3</b:RequestState>${inside}`));
    return answer.kind === "done" ? objectResults(answer.result, kind, keys, ORGANISATION) : null;
  };
  const ids = `<ImportAccount><UnifiedAccountNumber>80АА000001</UnifiedAccountNumber><ServiceID>80АА000001-01</ServiceID></ImportAccount>`;
  t.same(
    results(
      "account",
      `<ImportResult><CommonResult><b:GUID>g</b:GUID>${stored("a", "")}${ids}</CommonResult>` +
        `<CommonResult>${refused("b", "INT002034")}</CommonResult>` +
        `<CommonResult>${refused("c", "EXP001000", "INT008255")}</CommonResult>` +
        `<CommonResult>${stored("stranger", "")}</CommonResult></ImportResult>`,
    ),
    [
      {
        key: "a",
        outcome: "accepted",
        foreignIds: {
          AccountGUID: "g",
          UnifiedAccountNumber: "80АА000001",
          ServiceID: "80АА000001-01",
        },
      },
      {
        ...{ key: "b", outcome: "refused", remedy: "park", code: "REFERENCE_STALE" },
        ...{ foreignCode: "INT002034", text: "почему" },
      },
      {
        ...{ key: "c", outcome: "refused", remedy: "park", code: "OBJECT_REFUSED" },
        ...{ foreignCode: "INT008255", text: "EXP001000: почему\nINT008255: почему" },
      },
    ],
    "HomeManagement: inside CommonResult; d has no result, a stranger none of ours",
  );
  t.same(
    results(
      "payment-document",
      `<ImportResult><b:GUID>g</b:GUID>${stored("a", "<b:UniqueNumber>80АА000001-01-6031</b:UniqueNumber>")}</ImportResult>` +
        `<ImportResult>${stored("b", "")}</ImportResult>`,
    ),
    [
      { key: "a", outcome: "accepted", foreignIds: { PaymentDocumentID: "80АА000001-01-6031" } },
      { key: "b", outcome: "accepted", foreignIds: {} },
    ],
    "Bills: ImportResult is the result itself",
  );
  const whole = `<ImportResult><b:ErrorMessage><b:ErrorCode>FMT001300</b:ErrorCode></b:ErrorMessage></ImportResult>`;
  t.same(
    results("account", whole)?.map(({ key, code, remedy }) => [key, code, remedy]),
    ["a", "b", "c", "d"].map((key) => [key, "FORMAT_REFUSED", "park"]),
    "an error in place of the results is of all",
  );
});

t.test("codes of ГИС ЖКХ: every row of gis-zhkh.md 3.4", async (t) => {
  const rows: readonly (readonly [string, string, string | null])[] = [
    ["EXP001000", "COUNTERPART_ERROR", "retry"],
    ["EXP002001 EXP002002 EXP002003 INT002018", "COUNTERPART_ERROR", "retry"],
    ["INT002012", "NO_OBJECTS", null],
    ["INT002000", "REFERENCE_STALE", "park"],
    ["INT002013", "REMOTE_MESSAGE_LOST", "unknown"],
    ["INT002029", "COUNTERPART_MAINTENANCE", "retry"],
    ["INT002034", "REFERENCE_STALE", "park"],
    ["INT002039", "OBJECT_REFUSED", "park"],
    ["AUT011000 AUT011002 AUT011003 AUT011004 AUT011005 AUT011009", "ACCESS_DENIED", "stop"],
    ["FMT001300 FMT001301 FMT001307 FMT001310", "FORMAT_REFUSED", "park"],
    ["FIL001001 FIL001002 FIL001004 FIL001005", "ATTACHMENT_REFUSED", "retry"],
    ["INT004159 INT008255 SRV008203", "OBJECT_REFUSED", "park"],
  ];
  const listed = rows.flatMap(([codes]) => codes.split(" "));
  t.same(Object.keys(ERROR_CODES).sort(), listed.sort(), "nothing more and nothing less");
  const byPrefix = [
    ["EXP009999", "COUNTERPART_ERROR", "retry"],
    ["AUT999999", "ACCESS_DENIED", "stop"],
    ["FMT999999", "FORMAT_REFUSED", "park"],
    ["FIL999999", "ATTACHMENT_REFUSED", "retry"],
    ["INT999999", "OBJECT_REFUSED", "park"],
    ["SRV999999", "OBJECT_REFUSED", "park"],
    ["???", "OBJECT_REFUSED", "park"],
  ] as const;
  for (const [codes, code, remedy] of [...rows, ...byPrefix]) {
    for (const foreign of codes.split(" ")) t.same(meaningOf(foreign), { code, remedy }, foreign);
  }
  if (!hasReference) return;
  const page = readFileSync(`${REFERENCE}.md`, "utf8");
  const table = page.slice(page.indexOf("### 3.4"), page.indexOf("Prefix meaning"));
  t.same([...new Set(table.match(/[A-Z]{3}00\d{4}|AUT\d{6}/g))].sort(), listed.sort(), "the page");
});

t.test("HTTP statuses without an answer of ГИС ЖКХ", async (t) => {
  const cases = [
    [200, null, null],
    [400, "FORMAT_REFUSED park", "FORMAT_REFUSED park"],
    [401, "ACCESS_DENIED stop", "ACCESS_DENIED stop"],
    [403, "ACCESS_DENIED stop", "ACCESS_DENIED stop"],
    [404, "FORMAT_REFUSED park", "FORMAT_REFUSED park"],
    [413, "LIMIT_EXCEEDED park", "LIMIT_EXCEEDED park"],
    [429, "COUNTERPART_BUSY retry", "COUNTERPART_BUSY retry"],
    [500, "OUTCOME_UNKNOWN unknown", "OUTCOME_UNKNOWN retry"],
    [502, "OUTCOME_UNKNOWN unknown", "OUTCOME_UNKNOWN retry"],
    [503, "OUTCOME_UNKNOWN unknown", "OUTCOME_UNKNOWN retry"],
    [504, "OUTCOME_UNKNOWN unknown", "OUTCOME_UNKNOWN retry"],
  ] as const;
  for (const [status, ofImport, ofRead] of cases) {
    const said = (isRead: boolean) => {
      const meaning = meaningOfStatus(status, isRead);
      return meaning === null ? null : `${meaning.code} ${meaning.remedy}`;
    };
    t.same([said(false), said(true)], [ofImport, ofRead], String(status));
  }
});
