import type { Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { identifier, readTables } from "./tables.ts";
import type { Check, Findings } from "./verify-check.ts";

const BATCH_ROWS = 10_000;

/**
 * No row carries a seq that its shard's counter has not yet given: whoever pins the counter would
 * miss it later. Every table with the columns shard and seq takes part, so that a new table needs
 * no line here.
 */
export const checkCounters: Check = async (transaction, findings) => {
  const counters = new Map<number, number>();
  for (const row of await transaction.query<{ shard: number; seq: string }>(
    "select shard, seq from shard_counter",
  )) {
    counters.set(row.shard, integer(row.seq));
  }
  for (const { name, columns } of await readTables(transaction)) {
    if (name === "shard_counter" || !columns.includes("shard")) continue;
    const seqs = ["seq", "end_seq", "through_seq"].filter((column) => columns.includes(column));
    for (const column of seqs) {
      const rows = await transaction.query<{ shard: number; seq: string; rows: string }>(
        `select shard, max(${column}) as seq, count(*) as rows from ${identifier(name)}
         group by shard order by shard`,
      );
      for (const { shard, seq, rows: count } of rows) {
        const counter = counters.get(shard);
        if (counter === undefined) findings.fail(`${name}: у шарда ${shard} нет счётчика`);
        else if (integer(seq) > counter) {
          findings.fail(`${name}: в шарде ${shard} ${column} ${seq} больше счётчика ${counter}`);
        }
        findings.saw(integer(count));
      }
    }
  }
};

/**
 * A version ends after it began, and at any instant at most one version of a fact or a reading is
 * in force.
 */
export const checkVersions: Check = async (transaction, findings) => {
  for (const name of ["fact", "reading"]) {
    const ended = await transaction.query<{ shard: number; site: string; seq: string }>(
      `select shard, site, seq from ${name} where end_seq <> 0 and end_seq <= seq`,
    );
    for (const { shard, site, seq } of ended) {
      findings.fail(
        `${name}: шард ${shard}, объект ${site}, seq ${seq} закрыт раньше, чем записан`,
      );
    }
  }
  await checkFactOverlap(transaction, findings);
  const twice = await transaction.query<Record<string, string>>(
    `select shard, site, meter, state_at from reading where end_seq = 0
     group by shard, site, meter, state_at having count(*) > 1`,
  );
  for (const { shard, site, meter, state_at } of twice) {
    findings.fail(
      `reading: шард ${shard}, объект ${site}, прибор ${meter}:` +
        ` два действующих показания на ${state_at}`,
    );
  }
  const [readings] = await transaction.query<{ count: string }>("select count(*) from reading");
  findings.saw(integer(readings?.count ?? "0"));
};

interface FactKey {
  readonly shard: number;
  readonly site: string;
  readonly kind: string;
  readonly subject: string;
  readonly valid_from: string;
  readonly previous_to: string | null;
}

async function checkFactOverlap(transaction: Transaction, findings: Findings): Promise<void> {
  // Shard by shard: on a cluster each question then stays on one node, and no sort is larger than a
  // shard.
  const shards = await transaction.query<{ shard: number; rows: string }>(
    "select shard, count(*) as rows from fact group by shard order by shard",
  );
  for (const { shard, rows } of shards) {
    const overlapping = await transaction.query<FactKey>(
      `select shard, site, kind, subject, valid_from, previous_to from (
         select shard, site, kind, subject, valid_from, lag(valid_to) over w as previous_to,
           row_number() over w as version
         from fact where shard = $1 and end_seq = 0
         window w as (partition by shard, site, kind, subject order by valid_from, seq)
       ) v
       where version > 1 and (previous_to is null or previous_to > valid_from) limit ${BATCH_ROWS}`,
      [shard],
    );
    for (const { site, kind, subject, valid_from } of overlapping) {
      findings.fail(
        `fact: шард ${shard}, объект ${site}, ${kind} ${subject}:` +
          ` с ${valid_from} действуют две версии`,
      );
    }
    findings.saw(integer(rows));
  }
}
