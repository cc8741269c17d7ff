import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { startGisZhkh } from "./gis-zhkh.ts";
import type { Where } from "./testing.ts";
import {
  document,
  documents,
  gisTest,
  OPERATION,
  post,
  request,
  result,
  value,
  values,
} from "./testing.ts";

const root = import.meta.dirname.replace(/(\/build)?\/simulators\/gis-zhkh$/, "");
/** Official schemas and examples; they stand beside the project, never in it. */
const reference = join(root, "../shared/reference/gis-zhkh");
const skip = existsSync(reference) ? false : "the reference files are not on this machine";

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
