import { daysIn, formatDay, formatMonth } from "../../../normalizer/model/dates.ts";
import type { DocumentService, PaymentDocument } from "../../../normalizer/model/outbound.ts";
import type { Kopecks } from "../../../normalizer/model/units.ts";
import {
  amountOf,
  formatFixed,
  formatScaled,
  kopecks,
  MONEY_SCALE,
  multiplyDivideRound,
  PRICE_SCALE,
  VOLUME_SCALE,
  volume,
} from "../../../normalizer/model/units.ts";
import type { OutboundObject } from "../../contract.ts";
import type { GisZhkhConfig } from "../config.ts";
import { transportGuid } from "../guid.ts";
import type { QName } from "../namespaces.ts";
import type { XmlElement } from "../xml.ts";
import { element, optional } from "../xml.ts";
import { foreignId } from "./foreign-id.ts";
import { listItem } from "./list-item.ts";
import { ObjectRefusal } from "./refusal.ts";

/** MDServiceCode of electricity, ОКЕИ code of kWh (gis-zhkh.md 8). */
const ELECTRICITY = "4";
const KWH = "245";
const REASON_LENGTH_MAX = 500;

/**
 * `PaymentDocument` of importPaymentDocumentRequest (gis-zhkh.md 9.6): one main service per zone, sums in roubles.
 * With a PaymentDocumentID known it changes the document that stands there.
 *
 * @throws ObjectRefusal TOTALS_MISMATCH when the sums do not add up, SCHEMA_INVALID when a zone has no service
 */
export function paymentDocumentElement(object: OutboundObject, config: GisZhkhConfig): XmlElement {
  const document = object.content as PaymentDocument;
  checkTotals(document);
  const charges = chargesOf(document).map((charge) => chargeElement(charge, document, config));
  const chargedTotal = document.payable - document.penalty;
  return element("bills:PaymentDocument", [
    element("acc:AccountGuid", foreignId(object, "AccountGUID")),
    element("bb:PaymentDocumentNumber", document.number),
    ...document.readings.map(readingElement),
    ...charges,
    penaltyElement(document, config),
    element("bills:Expose", "true"),
    roubles("bills:TotalPayableByChargeInfo", kopecks(chargedTotal)),
    roublesUnlessZero("bills:DebtPreviousPeriods", document.debt),
    roublesUnlessZero("bills:AdvanceBllingPeriod", document.advance),
    element("bills:PaymentsTaken", String(daysIn(document.month))),
    roubles("bills:TotalPayableByPDWithDebtAndAdvance", document.payableWithDebt),
    roublesUnlessZero("bills:TotalByPenaltiesAndCourtCosts", document.penalty),
    roubles("bills:TotalPayableByPD", document.payable),
    roublesUnlessZero("bills:PaidCash", document.paid),
    document.lastPaidOn === null
      ? null
      : element("bills:DateOfLastReceivedPayment", formatDay(document.lastPaidOn)),
    element("base:TransportGUID", transportGuid(config.organisation, object.key)),
    optional("bb:PaymentDocumentID", object.foreignIds["PaymentDocumentID"] ?? null),
    element("bills:PaymentInformationKey", payeeGuid(document, config)),
  ]);
}

/** The month of a document: a message has one. */
export function monthOfDocument(object: OutboundObject): string {
  return formatMonth((object.content as PaymentDocument).month);
}

/** `PaymentInformation` of the payees that the documents name, once each. */
export function payeeElements(
  objects: readonly OutboundObject[],
  config: GisZhkhConfig,
): XmlElement[] {
  const payees = new Map<string, XmlElement>();
  for (const { content } of objects) {
    const document = content as PaymentDocument;
    const guid = payeeGuid(document, config);
    if (payees.has(guid)) continue;
    payees.set(
      guid,
      element("bills:PaymentInformation", [
        element("pb:BankBIK", document.executor.bic),
        element("pb:operatingAccountNumber", document.executor.bankAccount),
        element("base:TransportGUID", guid),
      ]),
    );
  }
  return [...payees.values()];
}

function payeeGuid({ executor }: PaymentDocument, config: GisZhkhConfig): string {
  return transportGuid(config.organisation, `payee/${executor.bic}/${executor.bankAccount}`);
}

/** What the type promises and ГИС ЖКХ recomputes; a document that breaks it is never sent. */
function checkTotals(document: PaymentDocument): void {
  const services = document.services.reduce((sum, { total }) => sum + total, 0);
  const withDebt = document.payable + document.debt - document.advance;
  if (services + document.penalty === document.payable && withDebt === document.payableWithDebt) {
    return;
  }
  const text = `документ ${document.number}: итог не равен сумме строк, пени, долга и аванса`;
  throw new ObjectRefusal("TOTALS_MISMATCH", text);
}

/** Lines of one zone at one price: one MunicipalService, with a volume per use. */
type Charge = readonly [DocumentService, ...DocumentService[]];

function chargesOf({ services }: PaymentDocument): Charge[] {
  const charges = new Map<string, [DocumentService, ...DocumentService[]]>();
  for (const service of services) {
    const key = `${service.zone}/${service.price}`;
    const charge = charges.get(key);
    if (charge === undefined) charges.set(key, [service]);
    else charge.push(service);
  }
  return [...charges.values()];
}

function chargeElement(
  charge: Charge,
  document: PaymentDocument,
  config: GisZhkhConfig,
): XmlElement {
  const [{ zone, price }] = charge;
  const service = config.services.find((candidate) => candidate.zone === zone);
  if (service === undefined) {
    const text = `документ ${document.number}: настройка services не знает зону ${zone}`;
    throw new ObjectRefusal("SCHEMA_INVALID", text);
  }
  const municipalService = element("bills:MunicipalService", [
    listItem("bills:ServiceType", service),
    element("bills:Rate", formatScaled(price, PRICE_SCALE)),
    roubles("bills:TotalPayable", sumOf(charge, "total")),
    accountingTotal(charge),
    serviceCharge(charge),
    recalculation(charge, document),
    consumption(charge),
    multiplyingFactor(charge),
  ]);
  return element("bills:ChargeInfo", [municipalService]);
}

/** Charged without recalculations and benefits. Left out where ГИС ЖКХ would find another Σ volume · rate. */
function accountingTotal(charge: Charge): XmlElement | null {
  const charged = sumOf(charge, "charged");
  const recomputed = volumesOf(charge).reduce(
    (sum, use) => sum + amountOf(volume(use.volume), charge[0].price),
    0,
  );
  return recomputed === charged ? roubles("bills:AccountingPeriodTotal", charged) : null;
}

function serviceCharge(charge: Charge): XmlElement | null {
  const recalculated = sumOf(charge, "recalculated");
  const benefit = sumOf(charge, "benefit");
  if (recalculated === 0 && benefit === 0) return null;
  return element("bills:ServiceCharge", [
    roublesUnlessZero("bills:MoneyRecalculation", recalculated),
    roublesUnlessZero("bills:MoneyDiscount", kopecks(Math.abs(benefit))),
  ]);
}

function recalculation(charge: Charge, document: PaymentDocument): XmlElement | null {
  const recalculated = sumOf(charge, "recalculated");
  const grounds = [...new Set(document.recalculations.map(({ ground }) => ground))].join("; ");
  if (recalculated === 0 || grounds === "") return null;
  return element("bills:PaymentRecalculation", [
    element("bills:recalculationReason", grounds.slice(0, REASON_LENGTH_MAX)),
    roubles("bills:sum", recalculated),
  ]);
}

interface UseVolume {
  readonly type: "I" | "O";
  readonly by: DocumentService["by"];
  volume: number;
}

/** By use: the schema allows one volume of each type; of methods the first stands for the mixture. */
function volumesOf(charge: Charge): UseVolume[] {
  const volumes = new Map<string, UseVolume>();
  for (const { use, by, volume: given } of charge) {
    const known = volumes.get(use);
    if (known !== undefined) known.volume += given;
    else volumes.set(use, { type: use === "COMMON" ? "O" : "I", by, volume: given });
  }
  return [...volumes.values()];
}

function consumption(charge: Charge): XmlElement {
  return element(
    "bills:Consumption",
    volumesOf(charge).map(({ type, by, volume: value }) =>
      element("bills:Volume", formatScaled(value, VOLUME_SCALE), { type, determiningMethod: by }),
    ),
  );
}

/** Повышающий коэффициент: found from the share, since the document has the money and not the number. */
function multiplyingFactor(charge: Charge): XmlElement | null {
  const charged = sumOf(charge, "charged");
  const increase = sumOf(charge, "increase");
  if (increase <= 0 || charged <= 0) return null;
  const hundredths = multiplyDivideRound(charged + increase, 100, charged);
  return element("bills:MultiplyingFactor", [
    element("bills:Ratio", formatScaled(hundredths, 2)),
    roubles("bills:AmountOfExcessFees", increase),
  ]);
}

function readingElement({ serial, from }: PaymentDocument["readings"][number]): XmlElement {
  const previous = from === null ? null : formatScaled(from, VOLUME_SCALE);
  return element("bills:IndividualMDReadings", [
    element("bills:MeteringDevice", serial),
    optional("bills:MDPreviousPeriodReadings", previous),
    optional("bills:MDUnit", previous === null ? null : KWH),
    element("bills:MDServiceCode", ELECTRICITY),
  ]);
}

function penaltyElement(document: PaymentDocument, config: GisZhkhConfig): XmlElement | null {
  if (document.penalty === 0) return null;
  if (config.penalty === undefined) {
    const text = `документ ${document.number}: пени есть, а настройки penalty нет`;
    throw new ObjectRefusal("SCHEMA_INVALID", text);
  }
  return element("bills:PenaltiesAndCourtCosts", [
    listItem("bills:ServiceType", config.penalty),
    element("bills:Cause", config.penalty.cause),
    roubles("bills:TotalPayable", document.penalty),
  ]);
}

type Sum = "total" | "charged" | "increase" | "recalculated" | "benefit";

function sumOf(charge: Charge, name: Sum): Kopecks {
  return kopecks(charge.reduce((sum, service) => sum + service[name], 0));
}

function roubles(name: QName, amount: Kopecks): XmlElement {
  return element(name, formatFixed(amount, MONEY_SCALE));
}

function roublesUnlessZero(name: QName, amount: Kopecks): XmlElement | null {
  return amount === 0 ? null : roubles(name, amount);
}
