import { randomUUID } from "node:crypto";
import type { Test } from "tap";
import t from "tap";
import type { GisZhkh, GisZhkhOptions } from "./gis-zhkh.ts";
import { startGisZhkh } from "./gis-zhkh.ts";

export const OPERATION = "importPaymentDocumentData";
export const ORGANISATION = "a1f0c2d3-4b5e-4f60-8a71-9b82c3d4e5f6";
export const MONTH = "2026-03";

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

export interface Sent {
  readonly status: number;
  readonly text: string;
}

export type Where = "bills" | "home-management";

/** Posts a body as a client would; the prefixes are not the simulator's own. */
export async function post(
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

export function value(text: string, name: string): string {
  return new RegExp(`<[a-z]+:${name}>([^<]*)<`).exec(text)?.[1] ?? "";
}
export function values(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<[a-z]+:${name}>([^<]*)<`, "g"))].map(
    (found) => found[1] ?? "",
  );
}

export async function poll(gis: GisZhkh, where: Where, messageGuid: string): Promise<Sent> {
  const body = `<b:getStateRequest><b:MessageGUID>${messageGuid}</b:MessageGUID></b:getStateRequest>`;
  return post(gis, where, "getState", body);
}

/** Posts and polls once: with pollsBeforeResult 0 the result stands. */
export async function result(
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

export function request(name: string, version: string, content: string): string {
  return `<${name} Id="signed-data-container" b:version="${version}">${content}</${name}>`;
}
export function accounts(...objects: readonly string[]): string {
  return request("h:importAccountRequest", "10.0.1.1", objects.join(""));
}
export function account(number: string, guid?: string): string {
  const update = guid === undefined ? "" : `<h:AccountGUID>${guid}</h:AccountGUID>`;
  return `<h:Account><h:isRSOAccount>true</h:isRSOAccount><h:Accommodation><h:FIASHouseGuid>${HOUSE}</h:FIASHouseGuid></h:Accommodation><h:PayerInfo/><b:TransportGUID>${randomUUID()}</b:TransportGUID><a:AccountNumber>${number}</a:AccountNumber>${update}</h:Account>`;
}
export const HOUSE = "5f6b0f0e-27c3-4a0b-9d3e-1d2f4c8a7b61";

const KEY = "18bc481c-39d9-59df-963c-267c99fd1101";
export function documents(...objects: readonly string[]): string {
  const head =
    `<b:Month>3</b:Month><b:Year>2026</b:Year><x:PaymentInformation><p:BankBIK>044525225</p:BankBIK>` +
    `<p:operatingAccountNumber>40702810900000012345</p:operatingAccountNumber><b:TransportGUID>${KEY}</b:TransportGUID></x:PaymentInformation>`;
  return request("x:importPaymentDocumentRequest", "11.2.0.16", head + objects.join(""));
}
export interface Charge {
  readonly total?: string;
  readonly accrued?: string;
  readonly id?: string;
  readonly transport?: string;
}
export function document(accountGuid: string, charge: Charge = {}): string {
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
export function acknowledgment(notice: string, id: string, amount: number): string {
  return request(
    "x:importAcknowledgmentRequest",
    "11.0.0.2",
    `<x:AcknowledgmentRequestInfo><p:NotificationsOfOrderExecutionGUID>${notice}</p:NotificationsOfOrderExecutionGUID><p:PaymentDocumentAck><bb:PaymentDocumentID>${id}</bb:PaymentDocumentID><p:MSType>a5f9e34c-2a57-5b01-8beb-2269612a735d</p:MSType><p:Amount>${amount}</p:Amount></p:PaymentDocumentAck><b:TransportGUID>${randomUUID()}</b:TransportGUID></x:AcknowledgmentRequestInfo>`,
  );
}

export function gisTest(
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
