import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Default } from "typebox/value";
import { day, month } from "../../normalizer/model/dates.ts";
import type {
  DocumentService,
  OutboundAccount,
  OutboundAcknowledgement,
  PaymentDocument,
} from "../../normalizer/model/outbound.ts";
import { kopecks, price, volume } from "../../normalizer/model/units.ts";
import type { ForeignIds, OutboundObject } from "../contract.ts";
import type { GisZhkhConfig } from "./config.ts";
import { GisZhkhConfigSchema } from "./config.ts";

export const ROOT = import.meta.dirname.replace(/(\/build)?\/adapters\/gis-zhkh$/, "");
/** Official schemas and examples; they stand beside the project, never in it. */
export const REFERENCE = join(ROOT, "../shared/reference/gis-zhkh");
export const hasReference = existsSync(REFERENCE);
export const hasXmllint = spawnSync("xmllint", ["--version"]).error === undefined;

export const ORGANISATION = "a1f0c2d3-4b5e-4f60-8a71-9b82c3d4e5f6";
export const MESSAGE = {
  id: "e5e36573-95a4-4cbf-8a05-e550da712459",
  // 2026-04-02T09:00:00Z
  atMs: 1_775_120_400_000,
};
export const ACCOUNT_GUID = "894cd63c-12db-43a8-8908-224cacd78e58";
export const DOCUMENT_ID = "80АА000001-01-6031";

/** Settings as the hub hands them over: defaults filled in. */
export function config(given: Partial<GisZhkhConfig> = {}): GisZhkhConfig {
  return Default(GisZhkhConfigSchema, {
    address: "http://127.0.0.1:1",
    organisation: ORGANISATION,
    signature: { kind: "none" },
    services: [
      { zone: "T1", code: "1.2", guid: "a5f9e34c-2a57-4b01-8beb-2269612a735d", name: "День" },
      { zone: "T2", code: "1.3", guid: "f1ad74a7-65b7-4ffa-a680-fc94cbdcfb79", name: "Ночь" },
    ],
    penalty: {
      code: "1",
      guid: "0c9d1f7a-5d0e-4d0a-9a55-8a2f3f7b1c22",
      cause: "Пени, ч. 14 ст. 155 ЖК РФ",
    },
    ...given,
  }) as GisZhkhConfig;
}

export function object(
  kind: string,
  key: string,
  content: unknown,
  ids: { readonly own?: ForeignIds; readonly needs?: ForeignIds } = {},
): OutboundObject {
  return {
    key,
    kind,
    contentHash: "",
    content,
    foreignIds: ids.own ?? {},
    needs: ids.needs === undefined ? {} : { parent: ids.needs },
  };
}

export const account: OutboundAccount = {
  number: "1500012721",
  holder: "Иванова Нина Викторовна",
  areaM2: "52.1",
  residents: 3,
  address: "Энск, ул. Первая, 1",
  premises: "12",
  houseGuid: "5f6b0f0e-27c3-4a0b-9d3e-1d2f4c8a7b61",
  closedOn: null,
};

const service: DocumentService = {
  name: "Электроснабжение",
  zone: "T1",
  volume: volume(870_000),
  by: "M",
  use: "INDIVIDUAL",
  price: price(617_000),
  charged: kopecks(53_679),
  increase: kopecks(0),
  recalculated: kopecks(0),
  benefit: kopecks(0),
  total: kopecks(53_679),
};
const night: DocumentService = {
  ...service,
  zone: "T2",
  volume: volume(430_000),
  price: price(354_000),
  charged: kopecks(15_222),
  total: kopecks(15_222),
};

/** 87 kWh · 6,17 ₽ = 536,79 ₽; 43 kWh · 3,54 ₽ = 152,22 ₽; owed 120,50 ₽ before. */
export const paymentDocument: PaymentDocument = {
  number: "1500012721-202603",
  account: { ...account, residents: 3 },
  executor: {
    name: "Энск-энергосбыт",
    inn: "7801001231",
    kpp: "780101001",
    address: "Энск",
    phone: "",
    bankAccount: "40702810900000012345",
    bankName: "Банк",
    bic: "044525225",
    correspondentAccount: "30101810400000000225",
  },
  month: month("2026-03"),
  issuedOn: day("2026-04-01"),
  dueOn: day("2026-04-15"),
  services: [service, night],
  recalculations: [],
  readings: [
    { serial: "0077000123", zone: "T1", from: volume(12_340_000), to: volume(13_210_000) },
  ],
  penalty: kopecks(0),
  payable: kopecks(68_901),
  debt: kopecks(12_050),
  advance: kopecks(0),
  paid: kopecks(0),
  lastPaidOn: null,
  payableWithDebt: kopecks(80_951),
  paymentCode: "ST00012",
};

/** The same with everything that may stand in a document: common needs, КПов, recalculation, benefit, penalty, advance. */
export const fullDocument: PaymentDocument = {
  ...paymentDocument,
  number: "1500012739-202603",
  services: [
    // 1,5 of 536,79 ₽: 268,40 ₽ more; 10,00 ₽ recalculated down, 5,00 ₽ of benefit.
    {
      ...service,
      increase: kopecks(26_840),
      recalculated: kopecks(-1_000),
      benefit: kopecks(500),
      total: kopecks(53_679 + 26_840 - 1_000 - 500),
    },
    // 2 kWh · 6,17 ₽ of common needs by norm, in the same zone and at the same price.
    {
      ...service,
      use: "COMMON",
      by: "N",
      volume: volume(20_000),
      charged: kopecks(1_234),
      total: kopecks(1_234),
    },
    night,
  ],
  recalculations: [
    { origin: month("2026-02"), ground: "Временное отсутствие", amount: kopecks(-1_000) },
  ],
  penalty: kopecks(777),
  payable: kopecks(53_679 + 26_840 - 1_000 - 500 + 1_234 + 15_222 + 777),
  debt: kopecks(0),
  advance: kopecks(100_000),
  paid: kopecks(100_000),
  lastPaidOn: day("2026-03-20"),
  payableWithDebt: kopecks(53_679 + 26_840 - 1_000 - 500 + 1_234 + 15_222 + 777 - 100_000),
};

export const acknowledgement: OutboundAcknowledgement = {
  notice: "a48c76e3-4c72-4f12-bc39-5db32c47aefa",
  document: { service: "T1", amount: kopecks(53_679) },
  reason: null,
};

/** Errors of xmllint over a document; null = valid. */
export function schemaErrors(xml: string, schema: string): string | null {
  const path = join(REFERENCE, "schemas", schema);
  const run = spawnSync("xmllint", ["--nonet", "--noout", "--schema", path, "-"], { input: xml });
  return run.status === 0 ? null : run.stderr.toString();
}

/** The element of the request or answer out of its envelope: our messages declare what they use where they use it. */
export function bodyOf(message: Uint8Array | string): string {
  const text = Buffer.from(message).toString("utf8");
  const from = text.indexOf("<soap:Body>") + "<soap:Body>".length;
  return text.slice(from, text.lastIndexOf("</soap:Body>"));
}

/** Element of the header block. */
export function headerOf(message: Uint8Array): string {
  const text = Buffer.from(message).toString("utf8");
  const from = text.indexOf("<soap:Header>") + "<soap:Header>".length;
  return text.slice(from, text.lastIndexOf("</soap:Header>"));
}
