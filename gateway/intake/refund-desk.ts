import type { Day } from "../../normalizer/model/dates.ts";
import { day, formatDay } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { RefundPayee } from "../../normalizer/model/records.ts";
import type { AccountPlace } from "../../normalizer/store/account-place.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import type { EnteredAtDesk } from "./desk.ts";
import { enterAtDesk } from "./desk.ts";

/** A person orders to send an account's advance back. The message that keeps it is the refund's number for ever. */
export interface RefundOrderRequest {
  readonly place: AccountPlace;
  /** Whole kopecks, at most the advance that no other refund has taken. */
  readonly amount: number;
  readonly payee: RefundPayee;
  /** Null = as is usual for a household; a contract has to give it, for it says what VAT is in the sum. */
  readonly purpose: string | null;
  readonly author: string;
  readonly ground: string;
  readonly receivedAtMs: number;
}

/** Takes an order of a refund to its end; nothing leaves before another person has approved it. */
export async function orderRefund(
  database: Database,
  { place, amount, payee, author, ground, receivedAtMs, ...given }: RefundOrderRequest,
): Promise<EnteredAtDesk> {
  const purpose = given.purpose ?? (await usualPurpose(database, place, ground));
  const enteredAt = new Date(receivedAtMs).toISOString();
  const said = { accountNumber: place.number, amount, payee, purpose, enteredAt, author, ground };
  return enterAtDesk(database, {
    organisation: place.organisation,
    name: `refund-order-${place.number}`,
    said: { kind: "refund-order", ...said },
    author,
    receivedAtMs,
  });
}

async function usualPurpose(
  database: Database,
  { shard, site, account, number }: AccountPlace,
  ground: string,
): Promise<string> {
  const subjects = [String(account)];
  const contracts = await readFacts(database, {
    ...{ shard, site, subjects, kind: "contract" as const, knownAt: null },
  });
  if (contracts.length > 0) return "";
  return `Возврат излишне уплаченных средств по л/с ${number}, ${ground}. Без НДС`;
}

export interface RefundDecisionRequest {
  readonly organisation: OrganisationId;
  readonly refund: number;
  readonly decision: "APPROVED" | "WITHDRAWN";
  /** Today where the organisation is; the date of the payment order. */
  readonly day: Day;
  /** Withdrawn although it was sent: the bank has refused it. */
  readonly refusedByBank: boolean;
  readonly author: string;
  readonly ground: string;
  readonly receivedAtMs: number;
}

/** Takes what a person decides of an ordered refund to its end. */
export async function decideRefund(
  database: Database,
  { organisation, day: on, receivedAtMs, ...decided }: RefundDecisionRequest,
): Promise<EnteredAtDesk> {
  const { refund, decision, refusedByBank, author, ground } = decided;
  const enteredAt = new Date(receivedAtMs).toISOString();
  const said = { refund, decision, day: formatDay(on), refusedByBank, enteredAt, author, ground };
  return enterAtDesk(database, {
    organisation,
    name: `refund-${decision.toLowerCase()}-${refund}`,
    said: { kind: "refund-decision", ...said },
    author,
    receivedAtMs,
  });
}

/** Payment orders are dated as the banks count days. */
const BANK_ZONE = "Europe/Moscow";

export function bankDay(nowMs: number): Day {
  // Sweden writes dates as ISO does.
  return day(new Date(nowMs).toLocaleDateString("sv-SE", { timeZone: BANK_ZONE }));
}
