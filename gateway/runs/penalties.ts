import { penaltyOfMonth } from "../../billing/penalties/month.ts";
import { hasRule, type Rules } from "../../billing/rules.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import { endDay } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { AssemblyContext, SiteRange } from "../../normalizer/store/assembler/context.ts";
import { switchesOf } from "../../normalizer/store/assembler/law.ts";
import { type AccountLedger, readLedgers } from "../../normalizer/store/assembler/penalty-facts.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { AccountResult, RunEntry } from "../../normalizer/store/results.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";

/**
 * Results of household sites with what their month posts of penalties. An account of which nothing
 * is charged any more has an entry of its own; a refusal holds only the penalty.
 */
export async function withPenalties(
  transaction: Transaction,
  context: AssemblyContext,
  rules: Rules,
  range: SiteRange,
  results: readonly AccountResult[],
): Promise<readonly AccountResult[]> {
  // A run from before there were penalties is computed again as it was.
  if (!hasRule(rules, "penalties.households")) return results;
  const byAccount = new Map(results.map((result) => [result.account, result]));
  const corrected = results.filter(({ entries }) =>
    entries.some(({ kind }) => kind === "CORRECTION"),
  );
  const ledgers = await readLedgers(transaction, context, range, corrected);
  if (ledgers.length === 0) return results;
  const added = new Map<AccountId, AccountResult>();
  for (const ledger of ledgers) {
    const { site, account } = ledger;
    if (OF_SOME_ACCOUNTS.has(context.scope.kind) && !byAccount.has(account)) continue;
    const own = byAccount.get(account) ?? { site, account, lines: [], entries: [], problems: [] };
    const penalty = penaltyOf(context, rules, ledger, own.entries);
    if (penalty !== null) added.set(account, { ...own, ...joined(own, penalty) });
  }
  const without = [...added.values()].filter(({ account }) => !byAccount.has(account));
  return [...results.map((result) => added.get(result.account) ?? result), ...without];
}

/** Scopes that take some accounts of a site: an account that the run does not bill is another run's. */
const OF_SOME_ACCOUNTS: ReadonlySet<RunScope["kind"]> = new Set([
  "ACCOUNT",
  "COMMUNAL",
  "SEPARATE",
]);

type Penalty = Pick<AccountResult, "entries" | "problems">;

function joined(own: AccountResult, { entries, problems }: Penalty): Penalty {
  return { entries: [...own.entries, ...entries], problems: [...own.problems, ...problems] };
}

/** Null where the month changes nothing. */
function penaltyOf(
  { law, period }: AssemblyContext,
  rules: Rules,
  { site, account, number, district, entries, holds }: AccountLedger,
  own: readonly RunEntry[],
): Penalty | null {
  const charged = own.map((entry): LedgerEntry => ({ account, ...entry, period, source: null }));
  const closed = penaltyOfMonth(
    {
      account,
      number,
      period,
      entries: [...entries, ...charged],
      holds,
      law: law.penalties,
      switches: switchesOf(law.switches, { district, site }, period),
    },
    rules,
  );
  if (!closed.ok) return { entries: [], problems: [closed.problem] };
  const amount = closed.value.posted;
  if (amount === 0) return null;
  const valueDay = (endDay(period) - 1) as Day;
  return { entries: [{ kind: "PENALTY", valueDay, origin: null, amount }], problems: [] };
}
