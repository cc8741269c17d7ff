import { setTimeout as sleep } from "node:timers/promises";
import type { RuleRegistry, Rules, RuleVersions } from "../../billing/rules.ts";
import { rulesOf } from "../../billing/rules.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import type { RunId } from "../../normalizer/model/ids.ts";
import type { AssemblyContext } from "../../normalizer/store/assembler/context.ts";
import { markWholeShards } from "../../normalizer/store/assembler/kept-sites.ts";
import { readContext } from "../../normalizer/store/assembler/read-context.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { HouseResult } from "../../normalizer/store/house-months.ts";
import { writeHouseMonths } from "../../normalizer/store/house-months.ts";
import { ChunkRows, claimChunk, runState, writeChunk } from "../../normalizer/store/results.ts";
import { ChunkTotals, writeRunTotals } from "../../normalizer/store/run-totals.ts";
import type { Run } from "../../normalizer/store/runs.ts";
import { isStageDone, readProgress, readRun, STAGES } from "../../normalizer/store/runs.ts";
import { StoreError } from "../../normalizer/store/store-error.ts";
import { billChunk } from "./bill-chunk.ts";

export interface Progress {
  readonly run: RunId;
  readonly chunks: number;
  readonly chunksDone: number;
  readonly accounts: number;
  readonly lines: number;
  /** Time that the rest will take at the speed so far; null before the first chunk of this call. */
  readonly remainingMs: number | null;
}

export interface WorkOptions {
  /** Transactions at once in this process. */
  readonly workers: number;
  readonly onProgress: (progress: Progress) => void;
  /** Functions of the rules; those of the product when absent. */
  readonly registry?: RuleRegistry;
  /** Stops between chunks; the run is gone on with by the next call. */
  readonly signal: AbortSignal;
}

/**
 * Computes every chunk that is left of a run. May run in any number of processes at once and be
 * killed anywhere: a chunk is its rows and its done-mark in one transaction, so it is there whole
 * or not at all.
 *
 * @returns true when the run is complete, false when the signal stopped it
 */
export async function workOn(
  database: Database,
  id: RunId,
  { workers, onProgress, signal, registry }: WorkOptions,
): Promise<boolean> {
  const run = await readRun(database, id);
  const context = await readContext(database, { ...run, slotTableOf, derivedRows: "STORED" });
  const rules = rulesOf(versionsOf(run), registry);
  const report = await progressOf(database, run, onProgress);
  for (const stage of [STAGES.SITES, STAGES.CONTRACTS]) {
    const loops = Array.from({ length: workers }, async (_, place) => {
      while (!signal.aborted) {
        if (await nextChunk(database, run, context, rules, stage, place)) await report(false);
        else if (await isStageDone(database, run.run, stage)) return;
        else {
          await requireOpen(database, run.run);
          await sleep(OTHERS_POLL_MS);
        }
      }
    });
    await Promise.all(loops);
    if (signal.aborted) return false;
    if (stage === STAGES.SITES && run.scope.kind === "ALL") {
      await markWholeShards(database, run.organisation, run.pin);
    }
  }
  await report(true);
  return true;
}

/**
 * Chunks that nobody can claim are computed by others: the next stage reads them, or one of them is
 * free again. Those of a paused run wait until somebody lets it go on.
 */
const OTHERS_POLL_MS = 50;
const REPORT_EVERY_MS = 250;

/** @throws StoreError when somebody has discarded the run meanwhile */
async function requireOpen(database: Database, run: RunId): Promise<void> {
  const state = await runState(database, run);
  if (state !== "OPEN") throw new StoreError(`Расчёт ${run} тем временем отменён или утверждён.`);
}

/** Versions by rule name, as the rules of billing take them. */
export function versionsOf(run: Pick<Run, "rules">): RuleVersions {
  return Object.fromEntries(run.rules.map(({ rule, version }) => [rule, version]));
}

/** @returns false when no chunk of the stage is left to claim */
async function nextChunk(
  database: Database,
  run: Run,
  context: AssemblyContext,
  rules: Rules,
  stage: number,
  place: number,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const chunk = await claimChunk(transaction, run.run, stage);
    if (chunk === null) return false;
    const rows = new ChunkRows(chunk, run.rules);
    const totals = new ChunkTotals(run.period);
    const houses: HouseResult[] = [];
    await billChunk(transaction, context, rules, chunk, {
      account(result, district) {
        rows.add(result);
        if (district !== null) totals.add(result, district);
      },
      house: (result) => houses.push(result),
    });
    await writeHouseMonths(transaction, chunk, houses);
    await writeRunTotals(transaction, chunk, totals);
    await writeChunk(transaction, rows, `${process.pid}/${place}`);
    return true;
  });
}

async function progressOf(
  database: Database,
  { run }: Run,
  onProgress: WorkOptions["onProgress"],
): Promise<(last: boolean) => Promise<void>> {
  const atStart = await readProgress(database, run);
  const startedMs = performance.now();
  let reportedMs = Number.NEGATIVE_INFINITY;
  return async (last) => {
    if (!last && performance.now() - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = performance.now();
    const now = await readProgress(database, run);
    const doneHere = now.chunksDone - atStart.chunksDone;
    const left = now.chunks - now.chunksDone;
    const elapsedMs = performance.now() - startedMs;
    onProgress({
      run,
      ...now,
      remainingMs: doneHere === 0 ? null : Math.round((elapsedMs / doneHere) * left),
    });
  };
}
