import type {
  BalanceAnswer,
  ChargeLineAnswer,
  ChargesAnswer,
} from "../../../http/schemas/accounts.ts";
import { go, withQuery } from "../router.ts";

/**
 * What the drawer shows; stands in the address, so that a link opens it: `line` a line of the
 * month, `total` the sum of the month, `balance` its movement.
 */
export type Shown =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "total" }
  | { readonly kind: "balance" };

export function shownOf(query: URLSearchParams): Shown | null {
  const line = query.get("line");
  if (line !== null) return { kind: "line", line };
  const show = query.get("show");
  return show === "total" || show === "balance" ? { kind: show } : null;
}

export function show(month: string, shown: Shown): void {
  const line = shown.kind === "line" ? shown.line : null;
  const what = shown.kind === "line" ? null : shown.kind;
  go(withQuery({ month, line, show: what, bytes: null }));
}

/** Place in a message, as the address names it: "900.2". */
export interface BytesPlace {
  readonly message: number;
  readonly at: number;
}

export function bytesOf(query: URLSearchParams): BytesPlace | null {
  const match = /^(\d+)\.(\d+)$/.exec(query.get("bytes") ?? "");
  return match === null ? null : { message: Number(match[1]), at: Number(match[2]) };
}

/**
 * Opens the bytes in the explanation that is shown; from the page itself in a drawer of their own.
 */
export function showBytes({ message, at }: BytesPlace, within: "explanation" | "page"): void {
  const bytes = `${message}.${at}`;
  go(withQuery(within === "page" ? { bytes, line: null, show: null } : { bytes }));
}

export function hideBytes(): void {
  go(withQuery({ bytes: null }));
}

export function hide(): void {
  go(withQuery({ line: null, show: null, bytes: null }));
}

export function chooseMonth(month: string): void {
  go(withQuery({ month }), "replace");
}

/**
 * The ordinal where it is the only one of the month, else run.ordinal: a month may hold lines of
 * two runs.
 */
export function lineKey(line: ChargeLineAnswer, lines: readonly ChargeLineAnswer[]): string {
  const alone = lines.filter(({ ordinal }) => ordinal === line.ordinal).length === 1;
  return alone ? String(line.ordinal) : `${line.run}.${line.ordinal}`;
}

export function findLine(key: string, lines: readonly ChargeLineAnswer[]): number {
  return lines.findIndex((line) => lineKey(line, lines) === key);
}

/** A month of the account with what was charged and how the balance moved; newest first. */
export interface MonthRow {
  readonly month: string;
  readonly charges: ChargesAnswer["months"][number] | null;
  readonly balance: BalanceAnswer["months"][number] | null;
}

export function monthRows(charges: ChargesAnswer, balance: BalanceAnswer): readonly MonthRow[] {
  const chargesOf = new Map(charges.months.map((month) => [month.period, month]));
  const balanceOf = new Map(balance.months.map((month) => [month.period, month]));
  return [...new Set([...chargesOf.keys(), ...balanceOf.keys()])]
    .sort()
    .reverse()
    .map((month) => ({
      month,
      charges: chargesOf.get(month) ?? null,
      balance: balanceOf.get(month) ?? null,
    }));
}

/** Part of the account's page; null = measured, charged and what happened. */
export type Tab = "payments" | "documents" | null;

export function tabOf(query: URLSearchParams): Tab {
  const tab = query.get("tab");
  return tab === "payments" || tab === "documents" ? tab : null;
}

export function chooseTab(tab: Tab): void {
  go(withQuery({ tab, line: null, show: null, bytes: null }));
}
