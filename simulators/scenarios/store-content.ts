import { createHash } from "node:crypto";
import type { Queryable } from "../../normalizer/store/database.ts";

/**
 * What a store holds, table by table, without what a retry may change: ids of messages and runs come from a sequence
 * that a rolled back transaction has advanced, seqs depend on who committed first, a sender that got no answer has
 * sent the same bytes twice. A message is named by channel and bytes, a run by its period.
 */
const CONTENTS: Readonly<Record<string, string>> = {
  facts: `
    select f.shard, f.site, f.kind, f.subject, f.valid_from, f.valid_to, f.end_seq = 0, m.name, f.at,
      f.author, f.ground, f.body::text
    from fact f join named_message m on m.id = f.message`,
  readings: `
    select r.shard, r.site, r.meter, r.state_at, r.end_seq = 0, r.values, r.source, m.name, r.at
    from reading r join named_message m on m.id = r.message`,
  patches: `
    select p.shard, p.channel, p.day, p.first_slot, p.source, p.version, p.version_timestamp, p.values,
      p.qualities, p.held, m.name, p.at
    from interval_patch p join named_message m on m.id = p.message`,
  messages: `
    select distinct m.name, m.state, m.outcome::text from named_message m
    where m.state <> 'duplicate'`,
  problems: `
    select distinct m.name, p.code, p.at, p.object, p.details::text
    from message_problem p join named_message m on m.id = p.message where m.state <> 'duplicate'`,
  waiting: `
    select w.kind, w.key, w.code, w.taken, m.name, w.at
    from waiting_record w join named_message m on m.id = w.message`,
  keys: `
    select k.kind, k.key, k.shard, k.site, case when k.kind like 'message-%' then 0 else k.id end, m.name
    from unique_key k join named_message m on m.id = k.message`,
  lines: `
    select period, shard, site, account, ordinal, kind, rule, rule_version, point, zone, range, origin,
      tariff_from, volume, price, amount, vat
    from charge_line_text`,
  entries: `
    select shard, site, account, value_day, period, origin, kind, amount from ledger`,
  held: `
    select r.period, p.shard, p.site, p.account, p.ordinal, p.code, p.at, p.object, p.details::text
    from run_problem p join charge_run r on r.id = p.run
    where exists (select from run_event e where e.run = p.run and e.event = 'APPROVED')`,
  closings: "select organisation, period from closing",
  checkpoints: `
    select shard, site, account, period, balance, debt_origins, debt_amounts, penalty_origins,
      penalty_amounts from checkpoint`,
};

const NAMED_MESSAGES = `
  with named_message as (
    select id, channel || '/' || encode(sha256, 'hex') as name, state, outcome from message
  )`;

/** Rows and hash of each kind of content; equal answers mean equal stores. */
export async function storeContent(queryable: Queryable): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const [name, text] of Object.entries(CONTENTS)) {
    const rows = await queryable.query<{ row: string }>(
      `${NAMED_MESSAGES} select t::text as row from (${text}) t order by t::text collate "C"`,
    );
    const hash = createHash("sha256");
    for (const { row } of rows) hash.update(row).update("\n");
    content[name] = `${rows.length} rows, ${hash.digest("hex").slice(0, 16)}`;
  }
  return content;
}
