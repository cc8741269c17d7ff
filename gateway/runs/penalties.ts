import { penaltyOfMonth } from "../../billing/penalties/month.ts";
import { hasRule, type Rules } from "../../billing/rules.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import { endDay } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type { AssemblyContext, SiteRange } from "../../normalizer/store/assembler/context.ts";
import { switchesOf } from "../../normalizer/store/assembler/law.ts";
import type { AccountLedger } from "../../normalizer/store/assembler/penalty-facts.ts";
import { readLedgersOf, readOwedLedgers } from "../../normalizer/store/assembler/penalty-facts.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { AccountResult, RunEntry } from "../../normalizer/store/results.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";

/** A result with the district of its site; null where nothing is charged there. */
interface PlacedResult {
  readonly result: AccountResult;
  readonly district: string | null;
}

/** What the month of a chunk of household sites posts of penalties. */
export class ChunkPenalties {
  readonly #transaction: Transaction;
  readonly #context: AssemblyContext;
  readonly #rules: Rules;
  readonly #range: SiteRange;
  /** Of accounts that have not had their turn. */
  readonly #ledgers = new Map<AccountId, AccountLedger>();
  readonly #waiting: PlacedResult[] = [];

  private constructor(
    transaction: Transaction,
    context: AssemblyContext,
    rules: Rules,
    range: SiteRange,
  ) {
    this.#transaction = transaction;
    this.#context = context;
    this.#rules = rules;
    this.#range = range;
  }

  static async read(
    transaction: Transaction,
    context: AssemblyContext,
    rules: Rules,
    range: SiteRange,
  ): Promise<ChunkPenalties> {
    const penalties = new ChunkPenalties(transaction, context, rules, range);
    if (penalties.#isPosting()) {
      penalties.#take(await readOwedLedgers(transaction, context, range));
    }
    return penalties;
  }

  /**
   * The result with its penalty; a refusal holds only the penalty. Null where it waits: the ledgers
   * of accounts that are corrected are read together, and `ofOthers` has their results.
   */
  addTo(result: AccountResult, district: string | null): AccountResult | null {
    const { account, entries } = result;
    const ledger = this.#ledgers.get(account);
    if (ledger !== undefined) {
      this.#ledgers.delete(account);
      const penalty = penaltyOf(this.#context, this.#rules, ledger, entries);
      return penalty === null ? result : { ...result, ...joined(result, penalty) };
    }
    if (!this.#isPosting() || entries.every(({ kind }) => kind !== "CORRECTION")) return result;
    this.#waiting.push({ result, district });
    return null;
  }

  /** After all results: those that waited, then accounts of which nothing is charged any more. */
  async *ofOthers(): AsyncGenerator<PlacedResult> {
    const waiting = this.#waiting.splice(0);
    const others = [...this.#ledgers.values()];
    this.#ledgers.clear();
    this.#take(
      await readLedgersOf(
        this.#transaction,
        this.#context,
        this.#range,
        waiting.map(({ result }) => result),
      ),
    );
    for (const { result, district } of waiting) {
      yield { result: this.addTo(result, district) ?? result, district };
    }
    if (OF_SOME_ACCOUNTS.has(this.#context.scope.kind)) return;
    for (const ledger of others) {
      const penalty = penaltyOf(this.#context, this.#rules, ledger, []);
      if (penalty === null) continue;
      const { site, account } = ledger;
      yield { result: { site, account, lines: [], ...penalty }, district: null };
    }
  }

  /** A run from before there were penalties is computed again as it was. */
  #isPosting(): boolean {
    return hasRule(this.#rules, "penalties.households");
  }

  #take(ledgers: readonly AccountLedger[]): void {
    for (const ledger of ledgers) this.#ledgers.set(ledger.account, ledger);
  }
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
