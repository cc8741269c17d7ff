import { randomUUID } from "node:crypto";
import type { ObjectOutcome } from "./answers.ts";
import { coded } from "./refusal.ts";
import type { Element, Written } from "./xml.ts";
import { child, childrenOf, copied, optional, tag, textAt, together } from "./xml.ts";

/** A personal account as ГИС ЖКХ knows it. */
export interface AccountRecord {
  readonly guid: string;
  /** Единый лицевой счёт, `99XX999999`; the two letters are Cyrillic. */
  readonly unifiedNumber: string;
  /** Идентификатор ЖКУ, `99XX999999-99`. */
  readonly serviceId: string;
  readonly number: string | undefined;
  /** As last imported. */
  element: Element | null;
  /** How often it was stored: 1 = created and never changed. */
  versions: number;
}

/** Something that came twice, and that the real registry would now hold twice. */
export interface Duplicate {
  readonly kind: "account" | "payment-document";
  /** Account number, or account GUID and month. */
  readonly key: string;
  readonly first: string;
  readonly second: string;
}

const LETTERS = "АБВГДЕКЛМНПРСТУФ";
const NUMBERS_PER_LETTERS = 1_000_000;

export class Accounts {
  readonly byGuid = new Map<string, AccountRecord>();
  readonly byNumber = new Map<string, AccountRecord>();
  readonly byUnifiedNumber = new Map<string, AccountRecord>();
  readonly byServiceId = new Map<string, AccountRecord>();
  readonly #duplicates: Duplicate[];
  /** Houses that the registry knows by ФИАС; null = every one. */
  readonly #houses: ReadonlySet<string> | null;

  constructor(duplicates: Duplicate[], houses: ReadonlySet<string> | null) {
    this.#duplicates = duplicates;
    this.#houses = houses;
  }

  /** An account that stands there before the first message, as after an initial load. */
  add(number: string | undefined, guid: string = randomUUID()): AccountRecord {
    const ordinal = this.byGuid.size + 1;
    const block = Math.floor(ordinal / NUMBERS_PER_LETTERS);
    const first = LETTERS[Math.floor(block / LETTERS.length)];
    const second = LETTERS[block % LETTERS.length];
    if (first === undefined) throw new Error("the simulator has given out all account numbers");
    const digits = String(ordinal % NUMBERS_PER_LETTERS).padStart(6, "0");
    const unifiedNumber = `80${first}${second}${digits}`;
    const serviceId = `${unifiedNumber}-01`;
    const account: AccountRecord = {
      guid,
      unifiedNumber,
      serviceId,
      number,
      element: null,
      versions: 1,
    };
    this.byGuid.set(guid, account);
    this.byUnifiedNumber.set(unifiedNumber, account);
    this.byServiceId.set(serviceId, account);
    if (number !== undefined && !this.byNumber.has(number)) this.byNumber.set(number, account);
    return account;
  }

  import(element: Element, transportGuid: string): ObjectOutcome {
    const house = textAt(element, "hm:Accommodation", "hm:FIASHouseGuid");
    if (house !== undefined && this.#houses !== null && !this.#houses.has(house)) {
      return { transportGuid, error: coded("INT002034", house) };
    }
    const guid = textAt(element, "hm:AccountGUID");
    const number = textAt(element, "acc:AccountNumber");
    const account = guid === undefined ? this.#create(number) : this.byGuid.get(guid);
    if (account === undefined) {
      return { transportGuid, error: coded("INT002000", `лицевой счёт ${guid}`) };
    }
    if (guid !== undefined) account.versions += 1;
    account.element = element;
    return {
      transportGuid,
      guid: account.guid,
      uniqueNumber: account.unifiedNumber,
      account: { unifiedNumber: account.unifiedNumber, serviceId: account.serviceId },
    };
  }

  #create(number: string | undefined): AccountRecord {
    const first = number === undefined ? undefined : this.byNumber.get(number);
    const account = this.add(number);
    if (first !== undefined && number !== undefined) {
      this.#duplicates.push({
        kind: "account",
        key: number,
        first: first.guid,
        second: account.guid,
      });
    }
    return account;
  }

  /** @returns what the request asks for, or null when nothing is found */
  export(request: Element): Written | null {
    const house = textAt(request, "hm:FIASHouseGuid");
    const found =
      house === undefined
        ? [
            ...this.#found(request, "hm:AccountGUID", this.byGuid),
            ...this.#found(request, "acc:UnifiedAccountNumber", this.byUnifiedNumber),
            ...this.#found(request, "acc:ServiceID", this.byServiceId),
          ]
        : [...this.byGuid.values()].filter((account) =>
            childrenOf(account.element ?? undefined, "hm:Accommodation").some(
              (place) => textAt(place, "hm:FIASHouseGuid") === house,
            ),
          );
    return found.length === 0 ? null : together(found.map(exported));
  }

  #found(
    request: Element,
    name: string,
    index: ReadonlyMap<string, AccountRecord>,
  ): readonly AccountRecord[] {
    return childrenOf(request, name)
      .map(({ text }) => index.get(text))
      .filter((account) => account !== undefined);
  }
}

/** Children of an imported account that stand in an exported one as they are, in its order. */
const AS_IMPORTED = [
  "hm:CreationDate",
  "hm:LivingPersonsNumber",
  "hm:TotalSquare",
  "hm:ResidentialSquare",
  "hm:HeatedArea",
  "hm:Closed",
  "hm:Accommodation",
];

function exported(account: AccountRecord): Written {
  const element = account.element ?? undefined;
  const reasons = child(element, "hm:AccountReasons");
  return tag(
    "hm:exportAccountResult",
    tag("hm:isRSOAccount", "true"),
    ...AS_IMPORTED.flatMap((name) => childrenOf(element, name)).map(copyWhole),
    // The payer is not told: an export of personal data is not what any test here needs.
    tag("hm:PayerInfo"),
    reasons === undefined ? undefined : copyWhole(reasons),
    optional("hm:AccountNumber", account.number),
    tag("hm:AccountGUID", account.guid),
    tag("acc:UnifiedAccountNumber", account.unifiedNumber),
    tag("acc:ServiceID", account.serviceId),
  );
}

function copyWhole(element: Element): Written {
  return copied(element, new Set());
}
