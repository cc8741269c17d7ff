import {
  debtsOfMonths,
  reopens,
  settle,
  settlementStart,
} from "../../billing/settlement/settle.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { addMonths, endDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { AccountMoney, Closing } from "../../normalizer/store/closings.ts";
import { addClosing, lastClosing, readShardMoney } from "../../normalizer/store/closings.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { inClosing } from "../../normalizer/store/documents.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import type { Checkpoint, KnownRun } from "../../normalizer/store/posted.ts";
import { addCheckpoints, knownRuns } from "../../normalizer/store/posted.ts";
import { monthText } from "../../normalizer/store/results.ts";
import { readPeriods, readRuns } from "../../normalizer/store/runs.ts";
import { RunRefusedError } from "./create.ts";

export interface CloseRequest {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly author: string;
  /** How long to wait for documents that are half written. */
  readonly waitMs: number;
  readonly onProgress: (shardsDone: number) => void;
}

export interface Closed {
  readonly period: Month;
  readonly accounts: number;
  readonly balanceKopecks: number;
  readonly debtKopecks: number;
}

/**
 * Closes a posted period: one row in common, then a checkpoint of balance and open debts per
 * account, shard by shard. Killed in between it is called again and goes on; until then settlement
 * starts from the checkpoint before.
 *
 * @throws RunRefusedError when nothing is posted, a run of the period is open, or an earlier period
 * is open
 * @throws OpenDocumentsError when a document stayed half written for `waitMs`
 */
export async function closePeriod(database: Database, request: CloseRequest): Promise<Closed> {
  const { organisation, period } = request;
  const last = await lastClosing(database, organisation, period);
  const closing = last?.period === period ? last : await close(database, request);
  const previous = await lastClosing(database, organisation, addMonths(period, -1));
  const runs = (await knownRuns(database, organisation, closing.pin)).filter(
    (run) => run.period <= period,
  );
  await ensurePartitions(database, "checkpoint", [monthText(period)]);
  const totals = { accounts: 0, balanceKopecks: 0, debtKopecks: 0 };
  for (let shard = 0; shard < COMMON_SHARD; shard += 1) {
    const written = await writeCheckpoints(database, shard as Shard, closing, previous, runs);
    totals.accounts += written.length;
    for (const { balance, debts, penalties, costs } of written) {
      totals.balanceKopecks += balance;
      for (const { amount } of [...debts, ...penalties, ...costs]) totals.debtKopecks += amount;
    }
    request.onProgress(shard + 1);
  }
  return { period, ...totals };
}

async function close(database: Database, request: CloseRequest): Promise<Closing> {
  const { organisation, period, author, waitMs } = request;
  const { lastClosed } = await readPeriods(database, organisation);
  if (lastClosed !== null && period < lastClosed) {
    throw new RunRefusedError(`Закрыт уже более поздний период ${formatMonth(lastClosed)}.`);
  }
  return inClosing(database, waitMs, async (common, pin) => {
    const runs = await readRuns(common.transaction, organisation, period);
    const open = runs.find(({ state }) => state === "OPEN");
    if (open !== undefined) {
      throw new RunRefusedError(`Расчёт ${open.run} не утверждён и не отменён.`);
    }
    if (!runs.some(({ state }) => state === "APPROVED")) {
      throw new RunRefusedError(`За ${formatMonth(period)} нет утверждённого расчёта.`);
    }
    const closing = { organisation, period, pin };
    await addClosing(common, closing, author);
    return closing;
  });
}

/** One shard in one transaction; accounts that have the checkpoint already are left out. */
function writeCheckpoints(
  database: Database,
  shard: Shard,
  closing: Closing,
  previous: Closing | null,
  runs: readonly KnownRun[],
): Promise<readonly Checkpoint[]> {
  return database.transaction(async (transaction) => {
    const query = { shard, closing, previous, runs, isBackdated };
    const money = await readShardMoney(transaction, query);
    const checkpoints = money.map((account) => checkpointOf(account, shard, closing.period));
    await addCheckpoints(transaction, checkpoints);
    return checkpoints;
  });
}

/**
 * Money of an earlier day, and what takes money or a write-off back, change how closed months were
 * settled: what they left open is not the start of such an account.
 */
function isBackdated(entry: LedgerEntry, previous: Closing): boolean {
  return entry.valueDay < endDay(previous.period) || reopens(entry);
}

function checkpointOf(money: AccountMoney, shard: Shard, period: Month): Checkpoint {
  const { site, account, before, entries } = money;
  // Entries are chosen by the period they were posted in, so that none is left out for its value
  // day.
  const upTo = Math.max(endDay(period), ...entries.map(({ valueDay }) => valueDay)) as Day;
  const { debts, balance } = settle(settlementStart(before), entries, upTo);
  return {
    shard,
    site,
    account,
    period,
    balance,
    debts: debtsOfMonths(debts, "PRINCIPAL"),
    penalties: debtsOfMonths(debts, "PENALTY"),
    costs: debtsOfMonths(debts, "COURT_COSTS"),
  };
}
