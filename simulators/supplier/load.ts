import { createHash } from "node:crypto";
import { addMonths, firstDay, formatDay } from "../../normalizer/model/dates.ts";
import type { MessageId } from "../../normalizer/model/ids.ts";
import { formatScaled, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { Database, Transaction } from "../../normalizer/store/database.ts";
import { integer } from "../../normalizer/store/database.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { MONTHS_BEFORE } from "./households.ts";
import type { SupplierPlan } from "./plan.ts";
import { idsOf } from "./plan.ts";
import type { LoadContext, TableRows } from "./rows.ts";
import { openingReadings, TABLES } from "./rows.ts";

export interface LoadedSupplier {
  readonly plan: SupplierPlan;
  readonly message: MessageId;
  readonly rows: number;
}

/** Above it the load's message holds the plan instead of a line per reading. */
const LISTED_HOUSEHOLDS_MAX = 10_000;
const PART_BYTES = 1 << 20;
/** pg-copy-streams works best with chunks of about this size. */
const COPY_CHARS = 1 << 16;

/**
 * Puts the supplier into a store by COPY, in one transaction over all shards: right only for a store that nobody else
 * writes to yet. Needs memory for one household, whatever the size.
 *
 * @param owner connection of the role that owns the tables
 */
export async function loadSupplier(
  owner: Database,
  wanted: Omit<SupplierPlan, "firstId">,
): Promise<LoadedSupplier> {
  const today = new Date().toISOString().slice(0, 10);
  const [taken] = await owner.query<{ id: string }>("select nextval('object_id') as id");
  const message = integer(taken?.id ?? "") as MessageId;
  const plan: SupplierPlan = { ...wanted, firstId: message + 1 };
  await owner.query("select setval('object_id', $1)", [message + idsOf(plan) + 1]);
  await ensurePartitions(owner, "message", [today]);
  await ensurePartitions(owner, "capture_part", [today]);
  await ensurePartitions(owner, "reading", readingMonths(plan));
  const lastBefore = formatDay(firstDay(addMonths(plan.period, -1)));
  await ensurePartitions(owner, "ledger_entry", [lastBefore]);
  return owner.transaction(async (transaction) => {
    const seqs = await takeSeqs(transaction);
    const context: LoadContext = { plan, message, seqs };
    await storeMessage(transaction, context, today);
    let rows = 0;
    for (const table of TABLES) rows += await copyRows(transaction, table, context);
    return { plan, message, rows };
  });
}

/** Twelve months back for the silent ones, and the month itself for the act of a replacement. */
function readingMonths(plan: SupplierPlan): string[] {
  const months: string[] = [];
  for (let offset = -MONTHS_BEFORE - 5; offset <= 1; offset += 1) {
    months.push(formatDay(firstDay(addMonths(plan.period, offset))));
  }
  return months;
}

async function takeSeqs(transaction: Transaction): Promise<number[]> {
  await transaction.query("select seq from shard_counter order by shard for update");
  const rows = await transaction.query<{ shard: number; seq: string }>(
    "update shard_counter set seq = seq + 1 returning shard, seq",
  );
  const seqs: number[] = [];
  for (const { shard, seq } of rows) seqs[shard] = integer(seq);
  return seqs;
}

async function copyRows(
  transaction: Transaction,
  { table, columns, rows }: TableRows,
  context: LoadContext,
): Promise<number> {
  return transaction.copyIn(
    `copy ${table} (${columns.join(", ")}) from stdin`,
    inChunks(rows(context)),
  );
}

function* inChunks(lines: Iterable<string>): Iterable<string> {
  let chunk = "";
  for (const line of lines) {
    chunk += line;
    if (chunk.length < COPY_CHARS) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}

/** The rows' origin: a message like any other, with the bytes that a person can look into. */
async function storeMessage(
  transaction: Transaction,
  { plan, message }: LoadContext,
  today: string,
): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  let part = 0;
  for (const bytes of inParts(messageLines(plan))) {
    hash.update(bytes);
    size += bytes.length;
    await transaction.execute(
      "insert into capture_part (message, received_on, part, bytes) values ($1, $2, $3, $4)",
      [message, today, part, bytes],
    );
    part += 1;
  }
  await transaction.execute(
    `insert into message (id, received_on, organisation, channel, name, received_at, sha256, size_bytes,
       envelope, state, outcome)
     values ($1, $2, $3, 'supplier', 'начальная загрузка.csv', now(), $4, $5, $6, 'posted', null)`,
    [message, today, plan.organisation, hash.digest(), size, { seed: String(plan.seed) }],
  );
}

function* messageLines(plan: SupplierPlan): Iterable<string> {
  if (plan.households > LISTED_HOUSEHOLDS_MAX) {
    yield `${JSON.stringify(plan)}\n`;
    return;
  }
  yield "Лицевой счёт;Номер прибора;Дата;Показания;Источник\n";
  for (const { who, state } of openingReadings(plan)) {
    const shown = state.values.map((value) => formatScaled(value, VOLUME_SCALE)).join(" / ");
    const readOn = formatDay(state.readOn);
    yield `${who.number};${state.meter.serial};${readOn};${shown};${state.source}\n`;
  }
}

function* inParts(lines: Iterable<string>): Iterable<Buffer> {
  let text = "";
  for (const line of lines) {
    text += line;
    // Cyrillic takes two bytes: half the limit in characters is always below it in bytes.
    if (text.length < PART_BYTES / 2) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}
