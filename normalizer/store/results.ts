import type { Day, Month } from "../model/dates.ts";
import { firstDay, formatDay } from "../model/dates.ts";
import type { EntryKind } from "../model/facts.ts";
import { ENTRY_KINDS } from "../model/facts.ts";
import type { AccountId, OrganisationId, RunId, Seq, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD, SHARD_COUNT } from "../model/ids.ts";
import type { Line } from "../model/lines.ts";
import { LINE_KINDS, ZONES } from "../model/lines.ts";
import type { Problem } from "../model/problems.ts";
import { invariant } from "../model/result.ts";
import type { Kopecks } from "../model/units.ts";
import { CopyWriter } from "./copy.ts";
import type { Database, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { inShard } from "./shard-transaction.ts";
import { StoreError } from "./store-error.ts";

/** A rule as a run uses it; a line stores its place in the run's list. */
export interface RuleVersion {
  readonly rule: string;
  readonly version: number;
}

export interface NewRun {
  readonly organisation: OrganisationId;
  readonly period: Month;
  /** "MAIN", "REBILL" … */
  readonly kind: string;
  /** The open run whose sites' lines this one replaces. */
  readonly parent: RunId | null;
  /** 257 counters, index = shard: what the run knows. */
  readonly pin: readonly number[];
  /** Every rule that may compute a line of this run. */
  readonly rules: readonly RuleVersion[];
  readonly scope: object;
  readonly author: string;
}

/** Sites of one shard that are computed and stored together. */
export interface RunChunk {
  readonly run: RunId;
  readonly chunk: number;
  readonly stage: number;
  readonly shard: Shard;
  readonly firstSite: SiteId;
  readonly lastSite: SiteId;
}

/** What the ledger gets of a run, beside account and period. */
export interface RunEntry {
  readonly kind: EntryKind;
  readonly valueDay: Day;
  readonly origin: Month | null;
  readonly amount: Kopecks;
}

/** Everything that a run has to say of one account. */
export interface AccountResult {
  readonly site: SiteId;
  readonly account: AccountId;
  readonly lines: readonly Line[];
  readonly entries: readonly RunEntry[];
  readonly problems: readonly Problem[];
}

export type RunState = "OPEN" | "APPROVED" | "DISCARDED";

/**
 * A pin as of now: the counters of all shards in one statement. Facts up to it are known, later ones are not.
 *
 * @returns 257 counters, index = shard
 */
export async function currentPin(database: Database | Transaction): Promise<number[]> {
  const rows = await database.query<{ seq: string }>(
    "select seq from shard_counter order by shard",
  );
  invariant(rows.length === SHARD_COUNT, `${rows.length} shard counters`);
  return rows.map(({ seq }) => integer(seq));
}

/** Stores the run and makes its empty tables. Chunks are added by `addChunks`. */
export async function createRun(database: Database, run: NewRun): Promise<RunId> {
  invariant(run.pin.length === SHARD_COUNT, `a pin of ${run.pin.length} shards`);
  const [row] = await database.query<{ id: string }>(
    `insert into charge_run (id, organisation, period, kind, parent, pin, rules, scope, created_at, author)
     values (nextval('object_id'), $1, $2, $3, $4, $5, $6, $7, now(), $8) returning id`,
    [
      run.organisation,
      monthText(run.period),
      run.kind,
      run.parent,
      run.pin,
      JSON.stringify(run.rules.map(({ rule, version }) => ({ rule, version }))),
      run.scope,
      run.author,
    ],
  );
  invariant(row !== undefined, "charge_run has not returned its id");
  const id = integer(row.id) as RunId;
  await database.execute("select open_run($1)", [id]);
  return id;
}

/** Repeatable: a chunk that is there already stays as it is. */
export async function addChunks(database: Database, chunks: readonly RunChunk[]): Promise<void> {
  await database.execute(
    `insert into run_chunk (run, chunk, stage, shard, first_site, last_site)
     select * from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[],
       $5::bigint[], $6::bigint[])
     on conflict do nothing`,
    [
      chunks.map(({ run }) => run),
      chunks.map(({ chunk }) => chunk),
      chunks.map(({ stage }) => stage),
      chunks.map(({ shard }) => shard),
      chunks.map(({ firstSite }) => firstSite),
      chunks.map(({ lastSite }) => lastSite),
    ],
  );
}

/**
 * The next chunk of the stage that nobody works on, locked until the transaction ends: a killed worker's chunk is
 * free again at once. Null when none is left to claim, the run is paused or
 * open no longer.
 */
export async function claimChunk(
  transaction: Transaction,
  run: RunId,
  stage: number,
): Promise<RunChunk | null> {
  const [row] = await transaction.query<{
    chunk: number;
    shard: number;
    first_site: string;
    last_site: string;
  }>(
    `select chunk, shard, first_site, last_site from run_chunk
     where run = $1 and stage = $2 and state = 'waiting'
       and not exists (select from run_control c where c.run = $1 and c.wanted = 'PAUSE')
       and not exists (select from run_event e where e.run = $1)
     order by chunk limit 1 for update skip locked`,
    [run, stage],
  );
  if (row === undefined) return null;
  return {
    run,
    stage,
    chunk: row.chunk,
    shard: row.shard as Shard,
    firstSite: integer(row.first_site) as SiteId,
    lastSite: integer(row.last_site) as SiteId,
  };
}

const LINE_COLUMNS = `run, shard, site, account, ordinal, kind, rule, point, zone, range, origin, tariff_from,
  volume, price, amount, vat`;
const ENTRY_COLUMNS = "run, shard, site, account, ordinal, kind, value_day, origin, amount";
const PROBLEM_COLUMNS = "run, shard, site, account, ordinal, code, at, object, details";
const KIND_NUMBERS = new Map(LINE_KINDS.map((kind, place) => [kind, place]));
const ZONE_NUMBERS = new Map(ZONES.map((zone, place) => [zone, place]));
const ENTRY_NUMBERS = new Map(ENTRY_KINDS.map((kind, place) => [kind, place]));

/**
 * Lines, entries and problems of one claimed chunk and its done-mark, in the claiming transaction: all or nothing.
 *
 * @param worker shown beside the chunk
 * @returns number of lines
 */
export async function writeChunk(
  transaction: Transaction,
  { chunk, lines, entries, problems, accounts }: ChunkRows,
  worker: string,
): Promise<number> {
  const run = tableSuffix(chunk.run);
  await copyRows(transaction, `charge_line_${run} (${LINE_COLUMNS})`, lines);
  await copyRows(transaction, `run_entry_${run} (${ENTRY_COLUMNS})`, entries);
  await copyRows(transaction, `run_problem (${PROBLEM_COLUMNS})`, problems);
  const marked = await transaction.execute(
    `update run_chunk set state = 'done', worker = $3, accounts = $4, lines = $5,
       done_at = clock_timestamp()
     where run = $1 and chunk = $2 and state = 'waiting'`,
    [chunk.run, chunk.chunk, worker, accounts, lines.rows],
  );
  invariant(marked === 1, `chunk ${chunk.chunk} of run ${chunk.run} was not waiting`);
  return lines.rows;
}

/** What a chunk will write, as bytes from the moment an account is billed. */
export class ChunkRows {
  readonly chunk: RunChunk;
  readonly lines = new CopyWriter();
  readonly entries = new CopyWriter();
  readonly problems = new CopyWriter();
  readonly #ruleNumbers: ReadonlyMap<string, number>;
  #accounts = 0;

  /** @param rules the rules of the run, as given to `createRun` */
  constructor(chunk: RunChunk, rules: readonly RuleVersion[]) {
    this.chunk = chunk;
    this.#ruleNumbers = new Map(
      rules.map((rule, place) => [ruleKey(rule.rule, rule.version), place]),
    );
  }

  get accounts(): number {
    return this.#accounts;
  }

  /** @throws InvariantError when a line names a rule that the run has not */
  add(result: AccountResult): void {
    const { chunk, lines, entries, problems } = this;
    this.#accounts += 1;
    for (const line of result.lines) {
      invariant(line.account === result.account, `line of ${line.account} at ${result.account}`);
      encodeLine(lines, chunk, result.site, line, this.#ruleNumbers);
    }
    let ordinal = 0;
    for (const { kind, valueDay, origin, amount } of result.entries) {
      ordinal += 1;
      startRow(entries, chunk, result, ordinal);
      entries.integer(numberOf(ENTRY_NUMBERS, kind)).text(dayText(valueDay));
      entries.text(origin === null ? null : monthText(origin));
      entries.integer(amount).endRow();
    }
    for (const [place, problem] of result.problems.entries()) {
      startRow(problems, chunk, result, place + 1);
      problems
        .text(problem.code)
        .text(problem.at)
        .text(problem.object ?? null);
      problems.text(problem.values === undefined ? null : JSON.stringify(problem.values)).endRow();
    }
  }
}

function encodeLine(
  lines: CopyWriter,
  chunk: RunChunk,
  site: SiteId,
  line: Line,
  ruleNumbers: ReadonlyMap<string, number>,
): void {
  const rule = numberOf(ruleNumbers, ruleKey(line.rule, line.ruleVersion));
  startRow(lines, chunk, { site, account: line.account }, line.ordinal);
  lines.integer(numberOf(KIND_NUMBERS, line.kind)).integer(rule).integer(line.point);
  lines.integer(numberOf(ZONE_NUMBERS, line.zone)).integer(line.range);
  lines.text(monthText(line.origin));
  lines.text(line.tariffFrom === null ? null : dayText(line.tariffFrom));
  lines.integer(line.volume).integer(line.price).integer(line.amount).integer(line.vat).endRow();
}

function startRow(
  rows: CopyWriter,
  chunk: RunChunk,
  whose: { readonly site: SiteId; readonly account: AccountId },
  ordinal: number,
): void {
  rows.integer(chunk.run).integer(chunk.shard).integer(whose.site).integer(whose.account);
  rows.integer(ordinal);
}

async function copyRows(transaction: Transaction, target: string, rows: CopyWriter): Promise<void> {
  if (rows.rows > 0) await transaction.copyIn(`copy ${target} from stdin`, rows.chunks());
}

/** @throws StoreError when there is no such run */
export async function runState(database: Database | Transaction, run: RunId): Promise<RunState> {
  const [row] = await database.query<{ event: "APPROVED" | "DISCARDED" | null }>(
    `select e.event from charge_run r left join run_event e on e.run = r.id and e.shard = $2
     where r.id = $1`,
    [run, COMMON_SHARD],
  );
  if (row === undefined) throw new StoreError(`Расчёта ${run} нет в хранилище.`);
  return row.event ?? "OPEN";
}

/**
 * Posts a complete run with its child runs: indexes and attaches their tables, then one row per run in common under
 * its lock, and from that row's seq on the lines are known. Repeatable: an approval that was killed is called again;
 * an approved run stays as it is.
 *
 * @throws StoreError when a chunk is not done, the run is discarded, or since its pin another run was posted or its
 *   period closed: it would bill twice what it does not know of
 */
export async function approve(database: Database, run: RunId, author: string): Promise<void> {
  const state = await runState(database, run);
  if (state === "APPROVED") return;
  if (state === "DISCARDED") throw new StoreError(`Расчёт ${run} отменён, утвердить его нельзя.`);
  const [open] = await database.query<{ waiting: string }>(
    `select count(*) as waiting from run_chunk k join charge_run r on r.id = k.run
     where (r.id = $1 or r.parent = $1) and k.state <> 'done'
       and not exists (select from run_event e where e.run = r.id)`,
    [run],
  );
  if (open?.waiting !== "0") {
    throw new StoreError(`Расчёт ${run} не закончен: осталось частей ${open?.waiting}.`);
  }
  await database.execute("select post_run($1)", [run]);
  await inShard(database, COMMON_SHARD, async ({ transaction, seq }) => {
    if ((await runState(transaction, run)) !== "OPEN") {
      throw new StoreError(`Расчёт ${run} тем временем отменён или утверждён.`);
    }
    await requireNothingNewer(transaction, run);
    await addEvents(transaction, run, seq, "APPROVED", author);
  });
}

/** Under the lock of common: what the run does not know of must not have been posted or closed meanwhile. */
async function requireNothingNewer(transaction: Transaction, run: RunId): Promise<void> {
  const [newer] = await transaction.query<{ what: string }>(
    `with mine as (
       select id, organisation, period, pin[$2 + 1] as seq from charge_run where id = $1
     )
     select 'утверждён расчёт ' || r.id as what
     from mine join run_event e on e.shard = $2 and e.event = 'APPROVED' and e.seq > mine.seq
     join charge_run r on r.id = e.run and r.organisation = mine.organisation
     where r.id <> mine.id and r.parent is distinct from mine.id
     union all
     select 'закрыт период ' || to_char(c.period, 'YYYY-MM')
     from mine join closing c on c.shard = $2 and c.organisation = mine.organisation
     where c.period >= mine.period`,
    [run, COMMON_SHARD],
  );
  if (newer === undefined) return;
  throw new StoreError(
    `После начала расчёта ${run} ${newer.what}. Отмените расчёт ${run} и выполните новый.`,
  );
}

/**
 * Discards an open run with its child runs, which stand for nothing without it, and drops their tables. Repeatable
 * after a kill.
 *
 * @throws StoreError when the run is approved: a posted run is only corrected by difference lines
 */
export async function discard(database: Database, run: RunId, author: string): Promise<void> {
  await inShard(database, COMMON_SHARD, async ({ transaction, seq }) => {
    const state = await runState(transaction, run);
    if (state === "APPROVED") throw new StoreError(`Расчёт ${run} утверждён, отменить его нельзя.`);
    await addEvents(transaction, run, seq, "DISCARDED", author);
  });
  const discarded = await database.query<{ id: string }>(
    `select r.id from charge_run r join run_event e on e.run = r.id and e.event = 'DISCARDED'
     where r.id = $1 or r.parent = $1`,
    [run],
  );
  for (const { id } of discarded) await database.execute("select drop_run($1)", [id]);
}

/** One row per run of those that have none yet: the run and its child runs. */
async function addEvents(
  transaction: Transaction,
  run: RunId,
  seq: Seq,
  event: "APPROVED" | "DISCARDED",
  author: string,
): Promise<void> {
  const open = await transaction.query<{ id: string }>(
    `select id from charge_run r where (id = $1 or parent = $1)
       and not exists (select from run_event e where e.run = r.id and e.shard = $2)`,
    [run, COMMON_SHARD],
  );
  // Not by INSERT … SELECT from charge_run: on a cluster that asks for more rights on it than the hub has.
  await transaction.execute(
    `insert into run_event (shard, seq, run, event, author, at)
     select $1, $2, id, $4, $5, now() from unnest($3::bigint[]) id`,
    [COMMON_SHARD, seq, open.map(({ id }) => id), event, author],
  );
}

/** A table's name cannot be a parameter; the id of a run is a safe integer, so nothing else can stand in it. */
export function tableSuffix(run: RunId): string {
  invariant(Number.isSafeInteger(run) && run > 0, `not a run: ${run}`);
  return String(run);
}

export function ruleKey(rule: string, version: number): string {
  return `${rule}@${version}`;
}

export function monthText(value: Month): string {
  return dayText(firstDay(value));
}

/** A run has few different dates and millions of lines. */
const dayTexts = new Map<Day, string>();
const DAY_TEXTS_MAX = 10_000;

export function dayText(value: Day): string {
  let text = dayTexts.get(value);
  if (text === undefined) {
    if (dayTexts.size >= DAY_TEXTS_MAX) dayTexts.clear();
    text = formatDay(value);
    dayTexts.set(value, text);
  }
  return text;
}

function numberOf<Name>(numbers: ReadonlyMap<Name, number>, name: Name): number {
  const found = numbers.get(name);
  invariant(found !== undefined, `no number for ${String(name)}`);
  return found;
}
