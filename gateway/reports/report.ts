import type { Month } from "../../normalizer/model/dates.ts";
import type { Shard } from "../../normalizer/model/ids.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { ReportAccount } from "../../normalizer/store/reports/accounts.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import { maskName, maskParty } from "../access/masking.ts";

/** What stands in a cell; null = empty. Money in kopecks, energy in 10⁻⁴ kWh. */
export type Cell = string | number | null;

export interface Column {
  /** Name in JSON. */
  readonly key: string;
  /** As in the trade, over the column. */
  readonly title: string;
  readonly unit: "text" | "money" | "energy" | "count";
  /** The last row of the report has the column's sum. */
  readonly summed: boolean;
}

/** What is asked of a report: whose rows, of which month, and how the holder is written. */
export interface ReportQuery {
  readonly scope: Scope;
  readonly period: Month;
  readonly holderText: (account: ReportAccount) => string;
}

/** For those who work on the hub's machine. */
export const fullHolder = ({ holder }: ReportAccount): string => holder;

/** As the console shows holders: a company is named, a person is told apart. */
export const maskedHolder = ({ kind, holder }: ReportAccount): string =>
  kind === "contract" ? maskParty(holder) : maskName(holder);

/** A report of one month: its columns and its rows, shard by shard. */
export interface Report {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** Cells in the order of the columns. */
  rows(
    queryable: Queryable,
    shard: Shard,
    query: ReportQuery,
  ): Promise<readonly (readonly Cell[])[]>;
}

export const text = (key: string, title: string): Column => ({
  ...{ key, title, unit: "text", summed: false },
});
export const money = (key: string, title: string): Column => ({
  ...{ key, title, unit: "money", summed: true },
});
export const energy = (key: string, title: string): Column => ({
  ...{ key, title, unit: "energy", summed: true },
});

/** Who and where, the first columns of every report of accounts. */
export const ACCOUNT_COLUMNS: readonly Column[] = [
  text("number", "Лицевой счёт"),
  text("holder", "Плательщик"),
  text("district", "Район"),
  text("address", "Адрес"),
  text("premises", "Помещение"),
];

/** Cells of ACCOUNT_COLUMNS. */
export function accountCells(
  account: ReportAccount,
  { holderText }: ReportQuery,
): readonly string[] {
  const { number, district, address, premises } = account;
  return [number, holderText(account), district, address, premises];
}
