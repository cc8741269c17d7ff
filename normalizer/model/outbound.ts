import type { Day, Month } from "./dates.ts";
import type { Zone } from "./lines.ts";
import type { Kopecks, Price, Volume } from "./units.ts";

/** How far a desired state has come at its destination. */
export const DELIVERY_STATES = [
  "waiting",
  "sending",
  "sent",
  "confirmed",
  "refused",
  "unknown",
  "held",
  "withdrawn",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Account as a counterpart must know it before a document of it can be placed. Key "account/ID". */
export interface OutboundAccount {
  readonly number: string;
  readonly holder: string;
  readonly areaM2: string;
  readonly residents: number | null;
  readonly address: string;
  readonly premises: string;
  /** ФИАС of the house; null = not known, and the counterpart cannot place the account. */
  readonly houseGuid: string | null;
  readonly closedOn: Day | null;
}

/**
 * Content of the payment document (п. 69 ПП РФ 354, money-and-documents.md 10) of one account and month, for every
 * form in which it leaves: ГИС ЖКХ, print, cabinet. Sums are kopecks and add up: `payable` = Σ `total` of the services
 * + penalties; `payableWithDebt` = `payable` + `debt` − `advance`. Key "payment-document/ID/2026-01".
 */
export interface PaymentDocument {
  /** Number of the document: account number and month, the same in every edition. */
  readonly number: string;
  readonly account: {
    readonly number: string;
    readonly holder: string;
    readonly address: string;
    readonly premises: string;
    readonly areaM2: string;
    readonly residents: number | null;
  };
  readonly executor: Payee;
  readonly month: Month;
  readonly issuedOn: Day;
  readonly dueOn: Day;
  readonly services: readonly DocumentService[];
  /** Sections with grounds; amounts below zero lower the sum. Inside the services' totals. */
  readonly recalculations: readonly {
    readonly origin: Month;
    readonly ground: string;
    readonly amount: Kopecks;
  }[];
  readonly readings: readonly {
    readonly serial: string;
    readonly zone: Zone;
    readonly from: Volume | null;
    readonly to: Volume;
  }[];
  readonly penalty: Kopecks;
  readonly payable: Kopecks;
  /** Owed for earlier months after everything that was paid until the last day of the month. */
  readonly debt: Kopecks;
  /** Paid until that day above what was owed; not in `debt` and not taken off it. */
  readonly advance: Kopecks;
  /** Paid within the month, less what was taken back; inside `debt` and `advance` already. */
  readonly paid: Kopecks;
  /** Of the last payment until the end of the month. */
  readonly lastPaidOn: Day | null;
  /** What the account owes by the end of the month; below zero = paid in advance. */
  readonly payableWithDebt: Kopecks;
  /** ST00012 string of the QR code (ГОСТ Р 56042-2014). */
  readonly paymentCode: string;
}

export interface DocumentService {
  readonly name: string;
  readonly zone: Zone;
  readonly volume: Volume;
  /** How the volume was found: M meter, N norm, O other (average, act). */
  readonly by: "M" | "N" | "O";
  readonly use: "INDIVIDUAL" | "COMMON";
  /** One price: parts of the month with other prices are lines of their own. */
  readonly price: Price;
  readonly charged: Kopecks;
  /** Increasing coefficient's share (КПов), inside `total`. */
  readonly increase: Kopecks;
  readonly recalculated: Kopecks;
  readonly benefit: Kopecks;
  readonly total: Kopecks;
}

/** Organisation as payee of a document. */
export interface Payee {
  readonly name: string;
  readonly inn: string;
  readonly kpp: string;
  readonly address: string;
  readonly phone: string;
  readonly bankAccount: string;
  readonly bankName: string;
  readonly bic: string;
  readonly correspondentAccount: string;
}

/** Money to send back to a payer. Key "refund/MESSAGE" of the desk that ordered it. */
export interface OutboundPaymentOrder {
  readonly number: string;
  readonly day: Day;
  readonly amount: Kopecks;
  readonly payer: Payee;
  readonly payee: {
    readonly name: string;
    readonly inn: string;
    readonly account: string;
    readonly bankName: string;
    readonly bic: string;
    readonly correspondentAccount: string;
  };
  readonly purpose: string;
}

/** What a payment pays of a document: a service by its zone, or the penalty. */
export interface PaymentPart {
  readonly service: Zone | "PENALTY";
  /** Above zero. */
  readonly amount: Kopecks;
}

/**
 * Acknowledgement of a payment notice of ГИС ЖКХ (квитирование) for one service of the document that the object
 * needs. Key "acknowledgement/NOTICE/ACCOUNT/SERVICE", without SERVICE where there is no document.
 */
export interface OutboundAcknowledgement {
  /** GUID of the notice. */
  readonly notice: string;
  /** Null = the payment can never be put to a document; `reason` says why. */
  readonly document: PaymentPart | null;
  readonly reason: string | null;
}
