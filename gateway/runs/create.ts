import type { RuleVersions } from "../../billing/rules.ts";
import { CURRENT_RULES } from "../../billing/rules.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import { addMonths, formatMonth } from "../../normalizer/model/dates.ts";
import type { OrganisationId, RunId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { takePin } from "../../normalizer/store/documents.ts";
import { addChunks, createRun } from "../../normalizer/store/results.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";
import { EVERYBODY, scopeText } from "../../normalizer/store/run-scope.ts";
import type { Run } from "../../normalizer/store/runs.ts";
import { planChunks, readPeriods, readRun, readRuns } from "../../normalizer/store/runs.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { StoreError } from "../../normalizer/store/store-error.ts";

/** The run cannot be what was asked for; the text says what to do. */
export class RunRefusedError extends StoreError {
  override readonly name = "RunRefusedError";
}

/** Accounts of a chunk where nobody says otherwise. */
export const ACCOUNTS_OF_CHUNK = 2_000;

export interface RunRequest {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly author: string;
  /** Accounts of a chunk: the unit of work and of one transaction. */
  readonly accountsMax: number;
  /** Everybody when absent. */
  readonly scope?: RunScope;
  /** Versions to compute by; the newest of every rule when absent. */
  readonly rules?: RuleVersions;
}

/**
 * The open run of the period, or a new one, with its chunks.
 *
 * @throws RunRefusedError as `startRun`
 */
export async function openRun(database: Database, request: RunRequest): Promise<Run> {
  const { run } = await startRun(database, request);
  return withChunks(database, run);
}

/**
 * The open run of the period, or a new one: pinned to what the store knows now, with the newest
 * rules. What a posted run of the period has billed is left out by the assembler, so a second run
 * bills what the first had to hold. Its chunks are planned by who works on it: that takes long at size.
 *
 * @throws RunRefusedError when the period is closed, an earlier one is posted and not closed, or a
 *   month between them is not billed yet
 */
export async function startRun(database: Database, request: RunRequest): Promise<Run> {
  const { organisation, period } = request;
  const open = (await readRuns(database, organisation, period)).find(
    ({ state }) => state === "OPEN",
  );
  const scope = request.scope ?? EVERYBODY;
  if (open !== undefined) {
    if (scopeText(open.scope) === scopeText(scope)) return open;
    throw new RunRefusedError(
      `За ${formatMonth(period)} не утверждён расчёт ${open.run} (${scopeText(open.scope)}). ` +
        `Утвердите его (--scope ${scopeText(open.scope)} --approve) или отмените (--discard).`,
    );
  }
  await requireOpenPeriod(database, organisation, period);
  const pin = await inShard(database, COMMON_SHARD, takePin);
  const run = await createRun(database, {
    organisation,
    period,
    kind: "MAIN",
    parent: null,
    pin,
    rules: Object.entries(request.rules ?? CURRENT_RULES).map(([rule, version]) => ({
      rule,
      version,
    })),
    scope: { accountsMax: request.accountsMax, of: scope },
    author: request.author,
  });
  return readRun(database, run);
}

/** Chunks are planned from the pin and added again after a kill; what is there stays. */
export async function withChunks(database: Database, id: RunId): Promise<Run> {
  const run = await readRun(database, id);
  await addChunks(database, await planChunks(database, run));
  return run;
}

async function requireOpenPeriod(
  database: Database,
  organisation: OrganisationId,
  period: Month,
): Promise<void> {
  const { lastPosted, lastClosed } = await readPeriods(database, organisation);
  if (lastClosed !== null && period <= lastClosed) {
    throw new RunRefusedError(
      `Период ${formatMonth(period)} закрыт. Поздние данные дадут перерасчёт в открытом периоде.`,
    );
  }
  if (lastPosted !== null && period > lastPosted && lastPosted !== lastClosed) {
    throw new RunRefusedError(
      `Начисления за ${formatMonth(lastPosted)} утверждены, но период не закрыт. ` +
        `Сначала: hub close --period ${formatMonth(lastPosted)}`,
    );
  }
  if (lastPosted !== null && period > lastPosted + 1) {
    throw new RunRefusedError(
      `Сначала начислите ${formatMonth(addMonths(lastPosted, 1))}: месяцы начисляются подряд.`,
    );
  }
  if (lastPosted !== null && period < lastPosted) {
    throw new RunRefusedError(
      `Уже начислен более поздний период ${formatMonth(lastPosted)}; ` +
        "пропущенный месяц начислится в нём как перерасчёт.",
    );
  }
}
