import { billContract } from "../../billing/businesses/contract.ts";
import { billSite } from "../../billing/households/site.ts";
import type { Billed } from "../../billing/outcome.ts";
import type { Rules } from "../../billing/rules.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { endDay } from "../../normalizer/model/dates.ts";
import type { AccountId, SiteId } from "../../normalizer/model/ids.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import type { AssemblyContext } from "../../normalizer/store/assembler/context.ts";
import { assembleContracts } from "../../normalizer/store/assembler/contract-facts.ts";
import { overlapsMonth } from "../../normalizer/store/assembler/timeline.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { HouseResult } from "../../normalizer/store/house-months.ts";
import type { AccountResult, RunChunk, RunEntry } from "../../normalizer/store/results.ts";
import { readDistricts } from "../../normalizer/store/run-totals.ts";
import { STAGES } from "../../normalizer/store/runs.ts";
import { withPenalties } from "./penalties.ts";
import { readSites } from "./sites.ts";

export interface ChunkResults {
  readonly accounts: readonly AccountResult[];
  readonly houses: readonly HouseResult[];
  /** Of every site that has results. */
  readonly districts: ReadonlyMap<SiteId, string>;
}

/** Everything that a chunk says: read, computed, not yet written. */
export async function billChunk(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  chunk: RunChunk,
): Promise<ChunkResults> {
  const results: AccountResult[] = [];
  const houses: HouseResult[] = [];
  if (chunk.stage === STAGES.SITES) {
    const districts = new Map<SiteId, string>();
    for (const { facts, district, toBill } of await readSites(transaction, context, chunk, rules)) {
      const { site, period } = facts;
      districts.set(site, district);
      const accounts = facts.accounts
        .filter(({ account }) => toBill.has(account))
        .map(({ account, number, served }) => ({
          account,
          number,
          served: overlapsMonth(served, period),
        }));
      const billed = billSite(facts, rules);
      results.push(...resultsOf(site, period, accounts, billed));
      if (billed.house !== null) houses.push({ site, month: billed.house });
    }
    const accounts = await withPenalties(transaction, context, rules, chunk, results);
    return { accounts, houses, districts };
  } else {
    for (const facts of await assembleContracts(transaction, context, chunk, "LEAVE_OUT")) {
      const served = facts.points.some((point) => overlapsMonth(point.served, facts.period));
      const accounts = [{ account: facts.contract, number: facts.number, served }];
      const billed = billContract(facts, rules);
      results.push(...resultsOf(facts.site, facts.period, accounts, billed));
    }
  }
  return { accounts: results, houses, districts: await readDistricts(transaction, chunk) };
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
    const problems = billed.problems
      .filter((problem) => problem.account === account)
      .map(({ problem }) => problem);
    const unbilled: Problem = { code: "UNBILLED", at: "начисление", object: number };
    return {
      site,
      account,
      lines: own,
      entries: entriesOf(own, period),
      problems: served && own.length === 0 && problems.length === 0 ? [unbilled] : problems,
    };
  });
}

/**
 * What the lines of one account mean for the ledger: one sum per origin month, counted from the
 * last day of the period. Sums of rounded lines; a correction that comes to nothing makes no entry.
 */
export function entriesOf(lines: readonly Line[], period: Month): readonly RunEntry[] {
  const sums = new Map<Month, number>();
  for (const { origin, amount } of lines) sums.set(origin, (sums.get(origin) ?? 0) + amount);
  return [...sums]
    .filter(([, amount]) => amount !== 0)
    .sort(([a], [b]) => b - a)
    .map(
      ([origin, amount]): RunEntry => ({
        kind: origin === period ? "CHARGE" : "CORRECTION",
        valueDay: (endDay(period) - 1) as Day,
        origin,
        amount: kopecks(amount) as Kopecks,
      }),
    );
}
