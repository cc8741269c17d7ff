import type { Month } from "../model/dates.ts";
import { day, monthOf } from "../model/dates.ts";
import type { OrganisationId, RunId, Seq, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import { invariant } from "../model/result.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import type { Pin } from "./documents.ts";
import type { RuleVersion, RunChunk, RunState } from "./results.ts";
import { monthText } from "./results.ts";
import type { Wanted } from "./run-control.ts";
import type { RunScope } from "./run-scope.ts";
import { EVERYBODY, siteCondition } from "./run-scope.ts";
import { StoreError } from "./store-error.ts";

/** Households and ОДН per site; then the contracts, which may read what the sites have. */
export const STAGES = { SITES: 1, CONTRACTS: 2 } as const;

/** A run as it was created, and what has become of it. */
export interface Run {
  readonly run: RunId;
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly kind: string;
  readonly pin: Pin;
  readonly rules: readonly RuleVersion[];
  readonly accountsMax: number;
  readonly scope: RunScope;
  readonly author: string;
  readonly state: RunState;
}

interface RunRow {
  readonly id: string;
  readonly organisation: number;
  readonly period: string;
  readonly kind: string;
  readonly pin: string[];
  readonly rules: readonly RuleVersion[];
  readonly scope: { readonly accountsMax: number; readonly of?: RunScope };
  readonly author: string;
  readonly event: "APPROVED" | "DISCARDED" | null;
}

const RUN_COLUMNS = `r.id, r.organisation, r.period, r.kind, r.pin, r.rules, r.scope, r.author,
  e.event`;

/** @throws StoreError when there is no such run */
export async function readRun(queryable: Queryable, run: RunId): Promise<Run> {
  const [row] = await queryable.query<RunRow>(
    `select ${RUN_COLUMNS} from charge_run r
     left join run_event e on e.shard = $2 and e.run = r.id
     where r.id = $1`,
    [run, COMMON_SHARD],
  );
  if (row === undefined) throw new StoreError(`Расчёта ${run} нет в хранилище.`);
  return runOf(row);
}

/** Runs of a period, the newest last. */
export async function readRuns(
  queryable: Queryable,
  organisation: OrganisationId,
  period: Month,
): Promise<readonly Run[]> {
  const rows = await queryable.query<RunRow>(
    `select ${RUN_COLUMNS} from charge_run r
     left join run_event e on e.shard = $3 and e.run = r.id
     where r.organisation = $1 and r.period = $2
     order by r.id`,
    [organisation, monthText(period), COMMON_SHARD],
  );
  return rows.map(runOf);
}

/** A run with how far it is, as a person sees it in a list. */
export interface ListedRun extends Run {
  readonly progress: RunProgress;
  readonly wanted: Wanted | null;
}

/** The newest first; child runs stand with their parents. */
export async function listRuns(
  queryable: Queryable,
  organisation: OrganisationId,
  limit: number,
): Promise<readonly ListedRun[]> {
  return readListed(queryable, organisation, null, limit);
}

/** Null when the organisation has no such run. */
export async function findRun(
  queryable: Queryable,
  organisation: OrganisationId,
  run: RunId,
): Promise<ListedRun | null> {
  const [found] = await readListed(queryable, organisation, run, 1);
  return found ?? null;
}

async function readListed(
  queryable: Queryable,
  organisation: OrganisationId,
  run: RunId | null,
  limit: number,
): Promise<readonly ListedRun[]> {
  const rows = await queryable.query<RunRow & ProgressRow & { wanted: Wanted | null }>(
    `select ${RUN_COLUMNS}, c.wanted, k.*
     from (select * from charge_run
       where organisation = $1 and ($2::bigint is null or id = $2) and parent is null
       order by id desc limit $3) r
     left join run_event e on e.shard = $4 and e.run = r.id
     left join run_control c on c.run = r.id
     cross join lateral (select ${PROGRESS_COLUMNS} from run_chunk where run = r.id) k
     order by r.id desc`,
    [organisation, run, limit, COMMON_SHARD],
  );
  return rows.map((row) => ({ ...runOf(row), progress: progressOf(row), wanted: row.wanted }));
}

function runOf(row: RunRow): Run {
  return {
    run: integer(row.id) as RunId,
    organisation: row.organisation as OrganisationId,
    period: monthOf(day(row.period)),
    kind: row.kind,
    pin: row.pin.map((seq) => integer(seq) as Seq),
    rules: row.rules,
    accountsMax: row.scope.accountsMax,
    scope: row.scope.of ?? EVERYBODY,
    author: row.author,
    state: row.event ?? "OPEN",
  };
}

/** Posted and closed months of an organisation: what a new run may be about. */
export interface Periods {
  readonly lastPosted: Month | null;
  readonly lastClosed: Month | null;
}

export async function readPeriods(
  queryable: Queryable,
  organisation: OrganisationId,
): Promise<Periods> {
  const [row] = await queryable.query<{ posted: string | null; closed: string | null }>(
    `select
       (select max(r.period) from run_event e join charge_run r on r.id = e.run
        where e.shard = $2 and e.event = 'APPROVED' and r.organisation = $1) as posted,
       (select max(period) from closing where shard = $2 and organisation = $1) as closed`,
    [organisation, COMMON_SHARD],
  );
  const monthOrNull = (text: string | null | undefined) =>
    text === null || text === undefined ? null : monthOf(day(text));
  return { lastPosted: monthOrNull(row?.posted), lastClosed: monthOrNull(row?.closed) };
}

/** The newest month that each organisation has a run of. */
export async function readNewestPeriods(
  queryable: Queryable,
): Promise<readonly { readonly organisation: OrganisationId; readonly period: Month }[]> {
  const rows = await queryable.query<{ organisation: number; period: string }>(
    "select organisation, max(period) as period from charge_run group by organisation order by 1",
  );
  return rows.map((row) => ({
    organisation: row.organisation as OrganisationId,
    period: monthOf(day(row.period)),
  }));
}

interface ChunkRow {
  readonly stage: number;
  readonly shard: number;
  readonly first_site: string;
  readonly last_site: string;
}

/**
 * Cuts the sites of its scope known at the pin of the run into chunks of about `accountsMax` accounts, never
 * across a site or a shard. The same run always has the same chunks.
 */
export async function planChunks(queryable: Queryable, run: Run): Promise<readonly RunChunk[]> {
  const [condition, values] = siteCondition(run.scope, "$4");
  const rows = await queryable.query<ChunkRow>(
    `with known as (
       select case kind when 'contract' then ${STAGES.CONTRACTS} else ${STAGES.SITES} end as stage,
         shard, site, count(distinct subject) as accounts
       from fact
       where kind in ('account', 'contract') and organisation = $1
         and seq <= ($2::bigint[])[shard + 1]
         and (end_seq = 0 or end_seq > ($2::bigint[])[shard + 1])
         and ${condition}
       group by 1, shard, site
     ), placed as (
       select *,
         (sum(accounts) over (partition by stage, shard order by site) - accounts) / $3 as place
       from known
     )
     select stage, shard, min(site) as first_site, max(site) as last_site
     from placed
     group by stage, shard, floor(place)
     order by stage, shard, first_site`,
    [run.organisation, run.pin, run.accountsMax, ...values],
  );
  return rows.map((row, index) => chunkOf(run.run, index + 1, row));
}

/** Chunks of a run as they were planned, in the order of their numbers. */
export async function readChunks(queryable: Queryable, run: RunId): Promise<readonly RunChunk[]> {
  const rows = await queryable.query<ChunkRow & { readonly chunk: number }>(
    `select chunk, stage, shard, first_site, last_site from run_chunk where run = $1
     order by chunk`,
    [run],
  );
  return rows.map((row) => chunkOf(run, row.chunk, row));
}

function chunkOf(run: RunId, chunk: number, row: ChunkRow): RunChunk {
  return {
    run,
    chunk,
    stage: row.stage,
    shard: row.shard as Shard,
    firstSite: integer(row.first_site) as SiteId,
    lastSite: integer(row.last_site) as SiteId,
  };
}

/** False while a chunk of the stage waits or is being computed, here or elsewhere. */
export async function isStageDone(
  queryable: Queryable,
  run: RunId,
  stage: number,
): Promise<boolean> {
  const [row] = await queryable.query<{ done: boolean }>(
    `select not exists (
       select from run_chunk where run = $1 and stage = $2 and state <> 'done') as done`,
    [run, stage],
  );
  return row?.done === true;
}

export async function isRunDone(queryable: Queryable, run: RunId): Promise<boolean> {
  const { chunks, chunksDone } = await readProgress(queryable, run);
  return chunks === chunksDone;
}

/** How far a run is. */
export interface RunProgress {
  readonly chunks: number;
  readonly chunksDone: number;
  readonly accounts: number;
  readonly lines: number;
}

export async function readProgress(queryable: Queryable, run: RunId): Promise<RunProgress> {
  const [row] = await queryable.query<ProgressRow>(
    `select ${PROGRESS_COLUMNS} from run_chunk where run = $1`,
    [run],
  );
  invariant(row !== undefined, "an aggregate without a row");
  return progressOf(row);
}

interface ProgressRow {
  readonly chunks: string;
  readonly chunks_done: string;
  readonly accounts: string;
  readonly lines: string;
}

const PROGRESS_COLUMNS = `count(*) as chunks, count(*) filter (where state = 'done') as chunks_done,
  coalesce(sum(accounts), 0) as accounts, coalesce(sum(lines), 0) as lines`;

function progressOf(row: ProgressRow): RunProgress {
  return {
    chunks: integer(row.chunks),
    chunksDone: integer(row.chunks_done),
    accounts: integer(row.accounts),
    lines: integer(row.lines),
  };
}

/** What one worker has done of a run. */
export interface WorkerShare {
  /** "process/thread". */
  readonly worker: string;
  readonly chunks: number;
  readonly accounts: number;
  /** Of its last chunk. */
  readonly at: string;
}

/** Who works on a run, and how fast it goes now. */
export interface RunPace {
  readonly workers: readonly WorkerShare[];
  /** Time that the rest takes at the pace of the last chunks; null when nothing was done lately. */
  readonly remainingMs: number | null;
}

/** Chunks are about equal, so their number tells the time. */
const PACE_SECONDS = 60;

export async function readPace(queryable: Queryable, run: RunId): Promise<RunPace> {
  const workers = await queryable.query<{
    worker: string;
    chunks: string;
    accounts: string;
    at: string;
  }>(
    `select worker, count(*) as chunks, sum(accounts) as accounts,
       to_char(max(done_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
     from run_chunk where run = $1 and state = 'done' group by worker order by worker`,
    [run],
  );
  const [pace] = await queryable.query<{ remaining_ms: string | null }>(
    `select round(extract(epoch from clock_timestamp() - min(done_at)) * 1000
         / nullif(count(*) - 1, 0) * (select count(*) from run_chunk
           where run = $1 and state <> 'done')) as remaining_ms
     from run_chunk
     where run = $1 and state = 'done'
       and done_at > clock_timestamp() - make_interval(secs => $2)`,
    [run, PACE_SECONDS],
  );
  const remaining = pace?.remaining_ms ?? null;
  return {
    workers: workers.map(({ worker, chunks, accounts, at }) => ({
      ...{ worker, at, chunks: integer(chunks), accounts: integer(accounts) },
    })),
    remainingMs: remaining === null ? null : integer(remaining),
  };
}

/** Household accounts and contracts that ever were. */
export async function countAccounts(
  queryable: Queryable,
  organisation: OrganisationId,
): Promise<number> {
  const [row] = await queryable.query<{ accounts: string }>(
    "select count(*) as accounts from unique_key where kind = 'account' and organisation = $1",
    [organisation],
  );
  return integer(row?.accounts ?? "0");
}
