import { runCli } from "../../../gateway/cli.ts";
import { openRun } from "../../../gateway/runs/create.ts";
import { workOn } from "../../../gateway/runs/work.ts";
import type { Month } from "../../../normalizer/model/dates.ts";
import { formatMonth } from "../../../normalizer/model/dates.ts";
import type { OrganisationId, RunId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { approve } from "../../../normalizer/store/results.ts";

/** Small enough that the demo's month is several pieces of work. */
const ACCOUNTS_OF_CHUNK = 50;
const AUTHOR = "klerk";

export interface BillRequest {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly say: (text: string) => void;
}

/** Computes the month and leaves it open: somebody looks at it before it is approved. */
export async function computeMonth(database: Database, request: BillRequest): Promise<RunId> {
  const { organisation, period, say } = request;
  const accountsMax = ACCOUNTS_OF_CHUNK;
  const { run } = await openRun(database, { organisation, period, author: AUTHOR, accountsMax });
  let told = 0;
  await workOn(database, run, {
    workers: 2,
    signal: new AbortController().signal,
    onProgress: ({ chunks, chunksDone, accounts }) => {
      if (chunksDone === chunks && told === chunks) return;
      told = chunksDone;
      if (chunksDone === chunks) say(`расчёт ${formatMonth(period)}: ${accounts} счетов`);
    },
  });
  return run;
}

export async function approveMonth(database: Database, run: RunId): Promise<void> {
  await approve(database, run, AUTHOR);
}

/** Runs one of the operator's own commands on the demo's database and returns what it prints. */
export async function hubCommand(hubUrl: string, args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const remarks: string[] = [];
  const code = await runCli(args, {
    environment: { DATABASE_URL: hubUrl },
    out: (text) => printed.push(text),
    note: (text) => remarks.push(text),
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`hub ${args.join(" ")}: ${[...printed, ...remarks].join("\n")}`);
  return printed.join("\n");
}
