import type { Day, Month } from "../../normalizer/model/dates.ts";
import { type Kopecks, kopecks, multiplyDivideRound } from "../../normalizer/model/units.ts";

export const DEBT_TYPES = ["COURT_COSTS", "PRINCIPAL", "PENALTY"] as const;
export type DebtType = (typeof DEBT_TYPES)[number];

/** What is still owed for one month, type and service. `left` falls as money is allocated. */
export interface OpenDebt {
  readonly period: Month;
  readonly type: DebtType;
  readonly service: string;
  left: number;
  /** Last day on which money pays it without being told to (исковая давность); null = none. */
  readonly expires: Day | null;
}

/** What the payer named; every field given must match. */
export interface Purpose {
  readonly period?: Month;
  readonly type?: DebtType;
  readonly service?: string;
}

export interface AllocationPolicy {
  readonly mode: "EARLIEST" | "PROPORTIONAL";
  /** ГК 319: costs, then principal, penalties after principal. */
  readonly order: readonly DebtType[];
}

export const DEFAULT_POLICY: AllocationPolicy = { mode: "EARLIEST", order: DEBT_TYPES };

export interface DebtShare {
  readonly debt: OpenDebt;
  readonly amount: Kopecks;
}

/**
 * Shares of one sum among open debts, as they are made; lowers `left` of each. Named debts first,
 * also expired ones; the remainder by the policy. What no debt takes is returned as advance.
 *
 * EARLIEST: types in order, inside a type the oldest period, inside a period as received.
 * PROPORTIONAL: inside one type round2(sum × left / Σ left) by (period, service), the last takes
 * the residue.
 *
 * @see ГК РФ ст. 319, 319.1; ст. 196 (limitation)
 */
export function allocate(
  sum: Kopecks,
  on: Day,
  purpose: Purpose | null,
  debts: readonly OpenDebt[],
  policy: AllocationPolicy,
): { readonly shares: readonly DebtShare[]; readonly advance: Kopecks } {
  const shares: DebtShare[] = [];
  let rest: number = sum;
  if (purpose !== null) {
    const named = inOrder(
      debts.filter((debt) => debt.left > 0 && isNamed(debt, purpose)),
      policy,
    );
    rest = takeInTurn(named, rest, shares);
  }
  const open = debts.filter(
    (debt) => debt.left > 0 && (debt.expires === null || on <= debt.expires),
  );
  if (policy.mode === "EARLIEST") {
    rest = takeInTurn(inOrder(open, policy), rest, shares);
  } else {
    for (const type of policy.order)
      rest = takeInProportion(
        open.filter((debt) => debt.type === type),
        rest,
        shares,
      );
  }
  return { shares, advance: kopecks(rest) };
}

function isNamed(debt: OpenDebt, purpose: Purpose): boolean {
  return (
    (purpose.period === undefined || purpose.period === debt.period) &&
    (purpose.type === undefined || purpose.type === debt.type) &&
    (purpose.service === undefined || purpose.service === debt.service)
  );
}

function inOrder(debts: readonly OpenDebt[], policy: AllocationPolicy): OpenDebt[] {
  return debts
    .filter((debt) => policy.order.includes(debt.type))
    .sort(
      (a, b) => policy.order.indexOf(a.type) - policy.order.indexOf(b.type) || a.period - b.period,
    );
}

function takeInTurn(debts: readonly OpenDebt[], sum: number, into: DebtShare[]): number {
  let rest = sum;
  for (const debt of debts) {
    const amount = Math.min(debt.left, rest);
    if (amount <= 0) continue;
    debt.left -= amount;
    rest -= amount;
    into.push({ debt, amount: kopecks(amount) });
  }
  return rest;
}

function takeInProportion(debts: readonly OpenDebt[], sum: number, into: DebtShare[]): number {
  const sorted = [...debts].sort(
    (a, b) => a.period - b.period || (a.service < b.service ? -1 : a.service > b.service ? 1 : 0),
  );
  let total = 0;
  for (const debt of sorted) total += debt.left;
  if (sum >= total) return takeInTurn(sorted, sum, into);
  const amounts: number[] = [];
  let rest = sum;
  for (const debt of sorted) {
    const amount = Math.min(multiplyDivideRound(sum, debt.left, total), rest);
    amounts.push(amount);
    rest -= amount;
  }
  // The residue is the last debt's; where it passes what that one has left, the debts before it take it.
  for (let index = sorted.length - 1; index >= 0 && rest > 0; index -= 1) {
    const room = (sorted[index]?.left ?? 0) - (amounts[index] ?? 0);
    const more = Math.min(room, rest);
    amounts[index] = (amounts[index] ?? 0) + more;
    rest -= more;
  }
  for (const [index, debt] of sorted.entries()) {
    const amount = amounts[index] ?? 0;
    if (amount <= 0) continue;
    debt.left -= amount;
    into.push({ debt, amount: kopecks(amount) });
  }
  return rest;
}
