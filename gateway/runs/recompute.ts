import type { Rules } from "../../billing/rules.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import type { AccountId, SiteId } from "../../normalizer/model/ids.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import type { AssemblyContext } from "../../normalizer/store/assembler/context.ts";
import { readContext } from "../../normalizer/store/assembler/read-context.ts";
import type { Database, Transaction } from "../../normalizer/store/database.ts";
import type { AccountKey, RunPenalty } from "../../normalizer/store/posted.ts";
import { linesOfRun, penaltiesOfRun } from "../../normalizer/store/posted.ts";
import type { ReportProgress } from "../../normalizer/store/progress.ts";
import type { AccountResult, RunChunk } from "../../normalizer/store/results.ts";
import type { Run } from "../../normalizer/store/runs.ts";
import { readChunks } from "../../normalizer/store/runs.ts";
import { billChunk } from "./bill-chunk.ts";

/** What a run says of one account, as far as it makes money. */
export interface Charged {
  readonly lines: readonly Line[];
  readonly penalties: readonly RunPenalty[];
}

/** One account of a posted run: what it posted, and what the same facts give now. */
export interface Recomputed extends AccountKey {
  readonly stored: Charged;
  readonly again: Charged;
}

export interface RecomputeOptions {
  /** Versions of the rules to compute by. */
  readonly rules: Rules;
  /** Another law, other switches; the facts stay those of the run's pin. */
  readonly change: (context: AssemblyContext) => AssemblyContext;
  readonly onProgress: ReportProgress;
  readonly signal: AbortSignal;
  /** Called chunk by chunk; nothing is written anywhere. */
  readonly take: (accounts: readonly Recomputed[]) => void;
}

/**
 * Computes a posted run again from what it knew: the same assembler and functions as the run, read only, one chunk in
 * memory at a time.
 *
 * @returns false when the signal stopped it
 */
export async function recompute(
  database: Database,
  run: Run,
  { rules, change, onProgress, signal, take }: RecomputeOptions,
): Promise<boolean> {
  const known = await readContext(database, { ...run, slotTableOf, derivedRows: "DERIVED" });
  const context = change(known);
  const chunks = await readChunks(database, run.run);
  const progress = { done: 0, total: chunks.length, unit: "частей" };
  for (const chunk of chunks) {
    if (signal.aborted) return false;
    const { shard } = chunk;
    const results: AccountResult[] = [];
    const stored = await database.transaction(
      async (transaction) => {
        await billChunk(transaction, context, rules, chunk, {
          account: (result) => results.push(result),
          house: () => undefined,
        });
        return chargedBefore(transaction, run, chunk);
      },
      { isolation: "repeatable read", readOnly: true },
    );
    const now = new Map(results.map((result) => [result.account, result]));
    take([
      ...results.map((result) => ({
        ...{ shard, site: result.site, account: result.account, again: chargedBy(result) },
        stored: stored.get(result.account)?.charged ?? NOTHING,
      })),
      // Posted then, and not billed by what is computed now.
      ...[...stored]
        .filter(([account]) => !now.has(account))
        .map(([account, { site, charged }]) => ({
          ...{ shard, site, account, stored: charged, again: NOTHING },
        })),
    ]);
    progress.done += 1;
    onProgress(progress);
  }
  return true;
}

const NOTHING: Charged = { lines: [], penalties: [] };

function chargedBy({ lines, entries }: AccountResult): Charged {
  return { lines, penalties: entries.filter(({ kind }) => kind === "PENALTY") };
}

async function chargedBefore(
  transaction: Transaction,
  run: Run,
  chunk: RunChunk,
): Promise<ReadonlyMap<AccountId, { readonly site: SiteId; readonly charged: Charged }>> {
  const before = new Map<AccountId, { site: SiteId; charged: Charged }>();
  for (const { site, account, lines } of await linesOfRun(transaction, run, chunk)) {
    before.set(account, { site, charged: { lines, penalties: [] } });
  }
  for (const { site, account, ...penalty } of await penaltiesOfRun(transaction, run.run, chunk)) {
    const { lines, penalties } = before.get(account)?.charged ?? NOTHING;
    before.set(account, { site, charged: { lines, penalties: [...penalties, penalty] } });
  }
  return before;
}
