import { billContract } from "../../billing/businesses/contract.ts";
import { billSite } from "../../billing/households/site.ts";
import type { Billed } from "../../billing/outcome.ts";
import type { Rules } from "../../billing/rules.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { endDay } from "../../normalizer/model/dates.ts";
import type { AccountId, SiteId } from "../../normalizer/model/ids.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { AssemblyContext } from "../../normalizer/store/assembler/context.ts";
import { assembleContracts } from "../../normalizer/store/assembler/contract-facts.ts";
import { overlapsMonth } from "../../normalizer/store/assembler/timeline.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { HouseResult } from "../../normalizer/store/house-months.ts";
import type { AccountResult, RunChunk, RunEntry } from "../../normalizer/store/results.ts";
import { readDistricts } from "../../normalizer/store/run-totals.ts";
import { STAGES } from "../../normalizer/store/runs.ts";
import { ChunkPenalties } from "./penalties.ts";
import { readSiteBatches } from "./sites.ts";

/** Takes what a chunk says, each result as soon as it is whole. */
export interface ChunkTaker {
  /** @param district null for an account of which only a penalty is posted */
  account(result: AccountResult, district: string | null): void;
  house(result: HouseResult): void;
}

/**
 * Everything that a chunk says: read and computed, some sites at a time. A taker that keeps the
 * results keeps their objects alive, which every collection of garbage then copies.
 */
export function billChunk(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  chunk: RunChunk,
  into: ChunkTaker,
): Promise<void> {
  const bill = chunk.stage === STAGES.SITES ? billSites : billContracts;
  return bill(transaction, context, rules, chunk, into);
}

async function billSites(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  chunk: RunChunk,
  into: ChunkTaker,
): Promise<void> {
  const penalties = await ChunkPenalties.read(transaction, context, rules, chunk);
  for await (const sites of readSiteBatches(transaction, context, chunk, rules)) {
    for (const { facts, district, toBill } of sites) {
      const { site, period } = facts;
      const accounts: BilledAccount[] = [];
      for (const { account, number, served } of facts.accounts) {
        if (!toBill.has(account)) continue;
        accounts.push({ account, number, served: overlapsMonth(served, period) });
      }
      const bill = billSite(facts, rules);
      for (const result of resultsOf(site, period, accounts, bill)) {
        const whole = penalties.addTo(result, district);
        if (whole !== null) into.account(whole, district);
      }
      if (bill.house !== null) into.house({ site, month: bill.house });
    }
  }
  for await (const { result, district } of penalties.ofOthers()) into.account(result, district);
}

async function billContracts(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  chunk: RunChunk,
  into: ChunkTaker,
): Promise<void> {
  const districts = await readDistricts(transaction, chunk);
  for (const facts of await assembleContracts(transaction, context, chunk, "LEAVE_OUT")) {
    const { contract, number, site, period } = facts;
    const served = facts.points.some((point) => overlapsMonth(point.served, period));
    const district = districts.get(site);
    invariant(district !== undefined, `site ${site} of chunk ${chunk.chunk} without a district`);
    const bill = billContract(facts, rules);
    for (const result of resultsOf(site, period, [{ account: contract, number, served }], bill)) {
      into.account(result, district);
    }
  }
}

interface BilledAccount {
  readonly account: AccountId;
  readonly number: string;
  /** False for one that is only corrected. */
  readonly served: boolean;
}

function resultsOf(
  site: SiteId,
  period: Month,
  accounts: readonly BilledAccount[],
  billed: Billed,
): readonly AccountResult[] {
  const lines = new Map<AccountId, Line[]>();
  for (const line of billed.lines) {
    const same = lines.get(line.account);
    if (same === undefined) lines.set(line.account, [line]);
    else same.push(line);
  }
  return accounts.map(({ account, number, served }) => {
    const own = lines.get(account) ?? [];
    const problems: Problem[] = [];
    for (const problem of billed.problems) {
      if (problem.account === account) problems.push(problem.problem);
    }
    if (served && own.length === 0 && problems.length === 0) {
      problems.push({ code: "UNBILLED", at: "начисление", object: number });
    }
    return { site, account, lines: own, entries: entriesOf(own, period), problems };
  });
}

/**
 * What the lines of one account mean for the ledger: one sum per origin month, counted from the
 * last day of the period. Sums of rounded lines; a correction that comes to nothing makes no entry.
 */
export function entriesOf(lines: readonly Line[], period: Month): readonly RunEntry[] {
  const [first] = lines;
  if (first !== undefined && lines.every(({ origin }) => origin === first.origin)) {
    const amount = lines.reduce((sum, line) => sum + line.amount, 0);
    return amount === 0 ? [] : [entryOf(first.origin, amount, period)];
  }
  const sums = new Map<Month, number>();
  for (const { origin, amount } of lines) sums.set(origin, (sums.get(origin) ?? 0) + amount);
  return [...sums]
    .filter(([, amount]) => amount !== 0)
    .sort(([a], [b]) => b - a)
    .map(([origin, amount]) => entryOf(origin, amount, period));
}

function entryOf(origin: Month, amount: number, period: Month): RunEntry {
  return {
    kind: origin === period ? "CHARGE" : "CORRECTION",
    valueDay: (endDay(period) - 1) as Day,
    origin,
    amount: kopecks(amount),
  };
}
