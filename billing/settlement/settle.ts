import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { EntryKind, LedgerEntry } from "../../normalizer/model/facts.ts";
import { type Kopecks, kopecks } from "../../normalizer/model/units.ts";
import {
  type AllocationPolicy,
  DEFAULT_POLICY,
  type DebtType,
  type OpenDebt,
} from "./allocation.ts";
import { deriveSettlement, type Settlement, type SettlementFact } from "./derive.ts";

/** Open debts and advance of an account at the end of a closed period. */
export interface SettlementStart {
  /** Charges by the month they are for, ascending; amounts > 0. */
  readonly debts: readonly DebtOfMonth[];
  /** Penalties by the month they were posted in, ascending; amounts > 0. */
  readonly penalties: readonly DebtOfMonth[];
  /** Court costs by the month of their day, ascending; amounts > 0. */
  readonly costs: readonly DebtOfMonth[];
  readonly advance: Kopecks;
}

export interface DebtOfMonth {
  readonly origin: Month;
  readonly amount: Kopecks;
}

export const NOTHING_OPEN: SettlementStart = {
  debts: [],
  penalties: [],
  costs: [],
  advance: kopecks(0),
};

/** Where a settlement goes on from a checkpoint; from nothing without one. */
export function settlementStart(
  checkpoint: (Omit<SettlementStart, "advance"> & { readonly balance: Kopecks }) | null,
): SettlementStart {
  if (checkpoint === null) return NOTHING_OPEN;
  const { debts, penalties, costs, balance } = checkpoint;
  let owed = 0;
  for (const { amount } of [...debts, ...penalties, ...costs]) owed += amount;
  return { debts, penalties, costs, advance: kopecks(owed - balance) };
}

/** Open debts as a checkpoint keeps them. */
export function debtsOfMonths(debts: readonly OpenDebt[], type: DebtType): readonly DebtOfMonth[] {
  return debts
    .filter((debt) => debt.type === type)
    .sort((a, b) => a.period - b.period)
    .map(({ period, left }) => ({ origin: period, amount: kopecks(left) }));
}

const SERVICE = "EE";

/**
 * Open debts, advance and balance of one account, derived from its ledger since a checkpoint.
 *
 * A correction is netted per posting period and origin: an increase joins the debt of the posting
 * period, a decrease lowers the debt of its origin as if charged so from the start, and what was
 * paid above it becomes advance. A reversal takes back the latest payment of the same sum since the
 * checkpoint; an older one is a debt of its own. A refund takes from the advance of its day and undoes
 * no payment; what the advance does not cover is a debt of its month.
 *
 * @param start   NOTHING_OPEN for an account's whole life
 * @param entries in posting order; positive raises the debt
 * @param upTo    entries valued later are not seen
 */
export function settle(
  start: SettlementStart,
  entries: readonly LedgerEntry[],
  upTo: Day,
  policy: AllocationPolicy = DEFAULT_POLICY,
): Settlement {
  const seen = entries.filter((entry) => entry.valueDay <= upTo);
  const debts: OpenDebt[] = [
    ...start.debts.map(({ origin, amount }) => debtOf(origin, "PRINCIPAL", amount)),
    ...start.penalties.map(({ origin, amount }) => debtOf(origin, "PENALTY", amount)),
    ...start.costs.map(({ origin, amount }) => debtOf(origin, "COURT_COSTS", amount)),
  ];
  const facts: SettlementFact[] = [];
  const charges = new Map<Month, { day: Day; amount: number }>();
  for (const entry of seen) {
    if (entry.kind === "OPENING" || entry.kind === "CHARGE") {
      const period = entry.origin ?? entry.period;
      addCharge(charges, period, entry.valueDay, entry.amount);
    } else if (entry.kind === "PENALTY") {
      facts.push({ ...postingOf(entry.period, entry.valueDay, entry.amount), type: "PENALTY" });
    }
  }
  for (const { period, origin, day, amount } of netCorrections(seen)) {
    if (amount >= 0) addCharge(charges, period, day, amount);
    else lower(charges, debts, origin, day, -amount);
  }
  for (const [period, { day, amount }] of charges) facts.push(postingOf(period, day, amount));
  for (const fact of moneyFacts(seen)) facts.push(fact);
  const open = debts.filter((debt) => debt.left > 0);
  return deriveSettlement({ debts: open, advance: start.advance }, facts, upTo, policy);
}

function debtOf(period: Month, type: DebtType, amount: Kopecks): OpenDebt {
  return { period, type, service: SERVICE, left: amount, expires: null };
}

function postingOf(period: Month, day: Day, amount: number) {
  const type = "PRINCIPAL" as const;
  const kind = "POSTING" as const;
  return { kind, day, period, type, service: SERVICE, amount: kopecks(amount), expires: null };
}

function addCharge(
  charges: Map<Month, { day: Day; amount: number }>,
  period: Month,
  day: Day,
  amount: number,
): void {
  const known = charges.get(period);
  if (known === undefined) charges.set(period, { day, amount });
  else known.amount += amount;
}

function netCorrections(entries: readonly LedgerEntry[]) {
  const nets = new Map<string, { period: Month; origin: Month; day: Day; amount: number }>();
  for (const { kind, period, origin, valueDay, amount } of entries) {
    if (kind !== "CORRECTION") continue;
    const of = origin ?? period;
    const key = `${period}/${of}`;
    const known = nets.get(key);
    if (known === undefined) nets.set(key, { period, origin: of, day: valueDay, amount });
    else known.amount += amount;
  }
  return nets.values();
}

/**
 * Lowers what the origin was charged; what is above an open debt of the checkpoint is a credit of
 * that day.
 */
function lower(
  charges: Map<Month, { day: Day; amount: number }>,
  debts: readonly OpenDebt[],
  origin: Month,
  day: Day,
  amount: number,
): void {
  let rest = amount;
  for (const debt of debts) {
    if (debt.period !== origin || debt.type !== "PRINCIPAL") continue;
    const part = Math.min(debt.left, rest);
    debt.left -= part;
    rest -= part;
  }
  if (rest > 0) addCharge(charges, origin, day, -rest);
}

const WRITTEN_OFF: Readonly<Partial<Record<EntryKind, DebtType>>> = {
  WRITE_OFF: "PRINCIPAL",
  PENALTY_WRITE_OFF: "PENALTY",
  COURT_COSTS_WRITE_OFF: "COURT_COSTS",
};

/** True of what takes back a payment or a write-off, so that debts closed long ago are open again. */
export function reopens({ kind, amount }: Pick<LedgerEntry, "kind" | "amount">): boolean {
  return kind === "REVERSAL" || (WRITTEN_OFF[kind] !== undefined && amount > 0);
}

/**
 * Payments, costs, write-offs and reversals of a ledger; a reversal of what is not there is a debt of
 * its own. A write-off closes the debt that it names as a payment of its day would, and taking it
 * back is its reversal.
 */
export function moneyFacts(entries: readonly LedgerEntry[]): SettlementFact[] {
  const facts: SettlementFact[] = [];
  const payments: { id: string; day: Day; amount: number; of: string; reversed: boolean }[] = [];
  for (const [index, entry] of entries.entries()) {
    const id = `entry ${index}`;
    const day = entry.valueDay;
    const type = WRITTEN_OFF[entry.kind];
    const of = type === undefined ? "" : `${type} ${entry.origin}`;
    if (entry.kind === "PAYMENT" || (type !== undefined && entry.amount < 0)) {
      payments.push({ id, day, amount: -entry.amount, of, reversed: false });
      const named = entry.origin === null ? null : { period: entry.origin };
      const purpose = type === undefined ? named : { ...named, type };
      facts.push({ kind: "PAYMENT", day, id, amount: kopecks(-entry.amount), purpose });
    }
    if (entry.kind === "REFUND") facts.push(postingOf(entry.period, day, entry.amount));
    if (entry.kind === "COURT_COSTS") {
      const costs = postingOf(entry.origin ?? entry.period, day, entry.amount);
      facts.push({ ...costs, type: "COURT_COSTS" });
    }
    if (!reopens(entry)) continue;
    const paid = payments.findLast(
      (item) => !item.reversed && item.of === of && item.amount === entry.amount,
    );
    if (paid === undefined) {
      facts.push(postingOf(entry.period, day, entry.amount));
      continue;
    }
    paid.reversed = true;
    // Dated before its payment, it takes the money back on the day it came.
    facts.push({ kind: "REVERSAL", day: Math.max(day, paid.day) as Day, id, of: paid.id });
  }
  return facts;
}
