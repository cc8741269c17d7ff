import { GUID } from "./guid.ts";
import type { XmlElement } from "./xml.ts";

/** What the official schema says of the texts that we write; kept by name, as the schema names are unique enough. */
const MONEY = /^-?\d{1,11}(\.\d{1,2})?$/;
const TEXTS: Readonly<Record<string, RegExp>> = {
  "acc:AccountGuid": GUID,
  "acc:AccountNumber": /^(?=.{1,30}$).*[0-9а-яА-Яa-zA-Z].*$/u,
  "base:MessageGUID": GUID,
  "base:Month": /^([1-9]|1[0-2])$/,
  "base:TransportGUID": GUID,
  "base:Year": /^(19[2-9]\d|20[0-4]\d|2050)$/,
  "base:orgPPAGUID": GUID,
  "bb:PaymentDocumentID": /^.{18}$/u,
  "bb:PaymentDocumentNumber": /^(?=.{1,30}$).*[0-9а-яА-Яa-zA-Z].*$/u,
  "bills:AccountGUID": GUID,
  "bills:AccountingPeriodTotal": MONEY,
  "bills:AdvanceBllingPeriod": /^-?\d{1,8}(\.\d{1,2})?$/,
  "bills:AmountOfExcessFees": MONEY,
  "bills:Cause": /^.{1,1000}$/su,
  "bills:DebtPreviousPeriods": /^-?\d{1,8}(\.\d{1,2})?$/,
  "bills:MDPreviousPeriodReadings": /^\d{1,15}(\.\d{1,5})?$/,
  "bills:MeteringDevice": /^.{1,100}$/su,
  "bills:MoneyDiscount": /^\d{1,11}(\.\d{1,2})?$/,
  "bills:MoneyRecalculation": MONEY,
  "bills:PaidCash": MONEY,
  "bills:PaymentInformationKey": GUID,
  "bills:Rate": /^-?\d{1,8}(\.\d{1,6})?$/,
  "bills:Ratio": /^\d{1,3}(\.\d{1,2})?$/,
  "bills:TotalByPenaltiesAndCourtCosts": MONEY,
  "bills:TotalPayable": MONEY,
  "bills:TotalPayableByChargeInfo": MONEY,
  "bills:TotalPayableByPD": MONEY,
  "bills:TotalPayableByPDWithDebtAndAdvance": MONEY,
  "bills:Volume": /^-?\d{1,15}(\.\d{1,7})?$/,
  "bills:recalculationReason": /^.{1,500}$/su,
  "hm:AccountGUID": GUID,
  "hm:ContractGUID": GUID,
  "hm:FIASHouseGuid": GUID,
  "hm:LivingPersonsNumber": /^\d{1,4}$/,
  "hm:TotalSquare": /^\d{1,21}(\.\d{1,4})?$/,
  "irb:FirstName": /^.{1,256}$/su,
  "irb:Patronymic": /^.{1,256}$/su,
  "irb:Surname": /^.{1,256}$/su,
  "nsib:Code": /^(?=.{1,20}$)(A?\d{1,4}\.?)+$/,
  "nsib:GUID": GUID,
  "nsib:Name": /^.{1,1200}$/su,
  "pb:Amount": /^\d{1,13}$/,
  "pb:BankBIK": /^\d{9}$/,
  "pb:MSType": GUID,
  "pb:NotificationsOfOrderExecutionGUID": GUID,
  "pb:Reason": /^.{1,210}$/su,
  "pb:operatingAccountNumber": /^.{20}$/su,
};

/**
 * Texts that break the official schema, by their path: "bills:PaymentDocument/acc:AccountGuid". Own checks of
 * patterns and lengths; the order of elements is fixed by the encoders and proven against the schema by tests.
 */
export function invalidTexts(root: XmlElement): string[] {
  const paths: string[] = [];
  walk(root, "", paths);
  return paths;
}

function walk({ name, content }: XmlElement, parent: string, paths: string[]): void {
  const path = parent === "" ? name : `${parent}/${name}`;
  if (typeof content === "string") {
    const allowed = TEXTS[name];
    if (allowed !== undefined && !allowed.test(content)) paths.push(path);
    return;
  }
  for (const child of content) walk(child, path, paths);
}
