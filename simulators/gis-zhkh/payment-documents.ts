import { randomUUID } from "node:crypto";
import type { AccountRecord, Accounts, Duplicate } from "./accounts.ts";
import type { ObjectOutcome } from "./answers.ts";
import { coded } from "./refusal.ts";
import { wrongSum } from "./sums.ts";
import type { Element, Written } from "./xml.ts";
import { child, childrenOf, copied, optional, tag, textAt, together } from "./xml.ts";

/** A payment document as ГИС ЖКХ knows it. */
export interface DocumentRecord {
  /** Идентификатор платёжного документа, `99XX999999-99-9999`. */
  readonly id: string;
  readonly guid: string;
  readonly account: AccountRecord;
  /** "2026-03". */
  readonly month: string;
  element: Element;
  requisites: readonly Element[];
  /** How often it was placed: 1 = once, never corrected. */
  versions: number;
  withdrawn: boolean;
}

export class PaymentDocuments {
  readonly byId = new Map<string, DocumentRecord>();
  /** By account GUID and month; those that stand and those withdrawn. */
  readonly byMonth = new Map<string, DocumentRecord[]>();
  readonly #accounts: Accounts;
  readonly #duplicates: Duplicate[];
  readonly #ordinals = new Map<string, number>();

  constructor(accounts: Accounts, duplicates: Duplicate[]) {
    this.#accounts = accounts;
    this.#duplicates = duplicates;
  }

  import(request: Element, element: Element, transportGuid: string): ObjectOutcome {
    const refused = (code: string, cause: string): ObjectOutcome => ({
      transportGuid,
      error: coded(code, cause),
    });
    const accountGuid = textAt(element, "acc:AccountGuid") ?? "";
    const account = this.#accounts.byGuid.get(accountGuid);
    if (account === undefined) return refused("INT002000", `лицевой счёт ${accountGuid}`);
    if (child(request, "bills:ConfirmAmountsCorrect") === undefined) {
      const wrong = wrongSum(element);
      if (wrong !== null) return refused("SRV008203", wrong);
    }
    const month = monthOf(request);
    const id = textAt(element, "bb:PaymentDocumentID");
    const document = id === undefined ? this.#place(account, month, element) : this.byId.get(id);
    if (document === undefined || document.account !== account || document.month !== month) {
      return refused("INT002000", `платёжный документ ${id}`);
    }
    if (id !== undefined) document.versions += 1;
    document.element = element;
    document.requisites = childrenOf(request, "bills:PaymentInformation");
    document.withdrawn = child(element, "bills:Withdraw") !== undefined;
    return { transportGuid, guid: document.guid, uniqueNumber: document.id };
  }

  withdraw(element: Element, transportGuid: string): ObjectOutcome {
    const id = textAt(element, "bb:PaymentDocumentID") ?? "";
    const document = this.byId.get(id);
    if (document === undefined || document.withdrawn) {
      return { transportGuid, error: coded("INT002000", `платёжный документ ${id}`) };
    }
    document.withdrawn = true;
    return { transportGuid, guid: document.guid, uniqueNumber: id };
  }

  /** Those of one account and month that stand: more than one is what must never be. */
  standing(accountGuid: string, month: string): readonly DocumentRecord[] {
    const placed = this.byMonth.get(`${accountGuid} ${month}`) ?? [];
    return placed.filter(({ withdrawn }) => !withdrawn);
  }

  #place(account: AccountRecord, month: string, element: Element): DocumentRecord {
    const ordinal = (this.#ordinals.get(account.serviceId) ?? 0) + 1;
    this.#ordinals.set(account.serviceId, ordinal);
    const document: DocumentRecord = {
      id: `${account.serviceId}-${String(ordinal).padStart(4, "0")}`,
      guid: randomUUID(),
      account,
      month,
      element,
      requisites: [],
      versions: 1,
      withdrawn: false,
    };
    const [first] = this.standing(account.guid, month);
    const key = `${account.guid} ${month}`;
    if (first !== undefined) {
      this.#duplicates.push({
        kind: "payment-document",
        key,
        first: first.id,
        second: document.id,
      });
    }
    this.byId.set(document.id, document);
    const placed = this.byMonth.get(key);
    if (placed === undefined) this.byMonth.set(key, [document]);
    else placed.push(document);
    return document;
  }

  /** @returns what the request asks for, withdrawn ones marked, or null when nothing is found */
  export(request: Element): Written | null {
    const found = this.#asked(request);
    return found.length === 0 ? null : together(found.map(exported));
  }

  #asked(request: Element): readonly DocumentRecord[] {
    const byId = childrenOf(request, "bb:PaymentDocumentID");
    if (byId.length > 0) {
      return byId.map(({ text }) => this.byId.get(text)).filter((found) => found !== undefined);
    }
    const month = monthOf(request);
    const numbers = new Set(
      childrenOf(request, "bb:PaymentDocumentNumber").map(({ text }) => text),
    );
    if (numbers.size > 0) {
      return [...this.byId.values()].filter(
        (document) =>
          document.month === month &&
          numbers.has(textAt(document.element, "bb:PaymentDocumentNumber") ?? ""),
      );
    }
    const { byGuid, byNumber, byServiceId, byUnifiedNumber } = this.#accounts;
    const keys = [
      ["bills:AccountGUID", byGuid],
      ["acc:UnifiedAccountNumber", byUnifiedNumber],
      ["acc:ServiceID", byServiceId],
      ["acc:AccountNumber", byNumber],
    ] as const;
    return keys
      .flatMap(([name, index]) =>
        childrenOf(request, name).map(({ text }) => index.get(text)?.guid ?? ""),
      )
      .flatMap((guid) => this.byMonth.get(`${guid} ${month}`) ?? []);
  }
}

/** "2026-03" of base:Year and base:Month, in whichever order they stand. */
export function monthOf(request: Element): string {
  const month = textAt(request, "base:Month") ?? "";
  return `${textAt(request, "base:Year") ?? ""}-${month.padStart(2, "0")}`;
}

const CHARGES = [
  "bills:ChargeInfo",
  "bills:CapitalRepairCharge",
  "bills:CapitalRepairYearCharge",
  "bills:PenaltiesAndCourtCosts",
  "bills:Insurance",
  "bills:CapitalRepairDebt",
  "bills:ChargeDebt",
];
/** Sums in the order of the export, which is not the order of the import. */
const SUMS = [
  "bills:TotalPayableByChargeInfo",
  "bills:TotalPayableOverallByChargeInfo",
  "bills:DebtPreviousPeriods",
  "bills:AdvanceBllingPeriod",
  "bills:totalPiecemealPaymentSum",
  "bills:PaymentsTaken",
  "bills:AdditionalInformation",
  "bills:TotalPayableByPD",
  "bills:TotalByPenaltiesAndCourtCosts",
  "bills:TotalPayableByPDWithDebtAndAdvance",
  "bills:ComponentsOfCost",
  "bills:PaidCash",
  "bills:DateOfLastReceivedPayment",
];
const ONLY_IN_IMPORT: ReadonlySet<string> = new Set(["bills:PaymentInformationKey"]);

function exported(document: DocumentRecord): Written {
  const { element, month } = document;
  const copies = (names: readonly string[]) =>
    names.flatMap((name) => childrenOf(element, name)).map((each) => copied(each, ONLY_IN_IMPORT));
  const key = textAt(element, "bills:PaymentInformationKey");
  const requisites = document.requisites.filter(
    (each) => key === undefined || textAt(each, "base:TransportGUID") === key,
  );
  return tag(
    "bills:exportPaymentDocResult",
    tag(
      "bills:PaymentDocument",
      tag("acc:AccountGuid", document.account.guid),
      optional("bb:PaymentDocumentNumber", textAt(element, "bb:PaymentDocumentNumber")),
      ...copies(CHARGES),
      document.withdrawn ? tag("bills:Withdraw", "true") : undefined,
      !document.withdrawn && child(element, "bills:Expose") !== undefined
        ? tag("bills:Expose", "true")
        : undefined,
      ...copies(SUMS),
      tag("base:Month", String(Number(month.slice(5)))),
      tag("base:Year", month.slice(0, 4)),
      ...copies(["bills:LimitIndex", "bills:SubsidiesCompensationSocialSupport"]),
      tag("bb:PaymentDocumentID", document.id),
      ...requisites.map((each) =>
        tag(
          "bills:PaymentInformation",
          optional("pb:BankBIK", textAt(each, "pb:BankBIK")),
          optional("pb:operatingAccountNumber", textAt(each, "pb:operatingAccountNumber")),
        ),
      ),
    ),
  );
}
