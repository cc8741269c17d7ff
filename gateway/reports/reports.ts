import { benefits } from "./benefits.ts";
import { debtors } from "./debtors.ts";
import { houseBalance } from "./house-balance.ts";
import type { Report } from "./report.ts";
import { turnover } from "./turnover.ts";

/** A new report is its module and a line here. */
export const REPORTS: readonly Report[] = [turnover, debtors, houseBalance, benefits];
