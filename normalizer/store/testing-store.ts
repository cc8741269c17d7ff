import type { Day } from "../model/dates.ts";
import { month } from "../model/dates.ts";
import type { ChannelId, MessageId, OrganisationId, Shard, SiteId } from "../model/ids.ts";
import { readKeptSites } from "./assembler/kept-sites.ts";
import type { Database } from "./database.ts";
import { readIntervalDays } from "./intervals.ts";
import { storeMessages } from "./messages.ts";
import { ensurePartitions } from "./partitions.ts";

const MEBIBYTE = 1_048_576;
const RECEIVED = "2025-04-02";

async function* parts(...bytes: readonly Buffer[]) {
  yield* bytes;
}

/**
 * A small store that is right in every respect, for tests of backup and verify: messages of no, one
 * and two parts; awkward text; facts in versions; a kept site; an old partition; a derived day that
 * a newer patch has made stale; a document with its leg; a posted run with a child, an open run, and a
 * closed period.
 */
export async function fillStore(hub: Database): Promise<void> {
  const message = await fillMessages(hub);
  await hub.execute("update shard_counter set seq = 7 where shard in (3, 256)");
  await hub.execute(
    `insert into fact select 3, 1, 'account', 'x', d.from, d.seq, d.ended, d.to, 1, $1, 0,
       'a', 'g', '{}'
     from (values (date '2025-01-01', 1, 2, null), (date '2025-01-01', 2, 0, date '2025-02-01'),
       (date '2025-02-01', 2, 0, null)) d ("from", seq, ended, "to")`,
    [message],
  );
  await hub.execute(
    `insert into fact select 3, n, 'account', E'строка\\t"\\\\\\n' || n, '2025-01-01', 7, 0,
       null, 1, $1, n, 'a', 'g',
       jsonb_build_object('n', n) from generate_series(2, 3000) n`,
    [message],
  );
  await ensurePartitions(hub, "reading", ["2019-02-28", "2025-03-31"]);
  await hub.execute(
    `insert into reading values (3, 1, 1, '2025-03-31', 3, 0, 1, '{1}', 'AMI', $1, 0),
       (3, 1, 1, '2019-02-28', 3, 0, 1, '{1,2}', 'AMI', $1, 0)`,
    [message],
  );
  await hub.execute("insert into document values (256, $1, 5, '{3}', 4, true)", [message]);
  await hub.execute("insert into leg values (3, $1, 4)", [message]);
  await hub.execute("insert into unique_key values ('k', 'message-hash', 1, 256, 0, $1, $1)", [
    message,
  ]);
  await keepSites(hub);
  await fillIntervals(hub, message);
  await fillRuns(hub, message);
}

/** As they were before the last accounts came. */
async function keepSites(hub: Database): Promise<void> {
  const range = { shard: 3 as Shard, firstSite: 1 as SiteId, lastSite: 9 as SiteId };
  const asOf = { organisation: 1 as OrganisationId, known: 4, period: month("2025-04") };
  await hub.transaction((transaction) => readKeptSites(transaction, range, asOf));
}

async function fillMessages(hub: Database): Promise<MessageId> {
  const incoming = {
    organisation: 1 as OrganisationId,
    channel: "c",
    name: "файл.xml",
    receivedAtMs: Date.parse(`${RECEIVED}T00:00:00.123Z`),
    envelope: { from: "кто-то" },
  };
  const bytes = Buffer.from(Array.from({ length: MEBIBYTE }, (_, index) => (index * 7919) % 256));
  const [first] = await storeMessages(hub, [
    { ...incoming, parts: parts(bytes, Buffer.from("rest")) },
    { ...incoming, parts: parts(Buffer.from("short")) },
    { ...incoming, parts: parts() },
  ]);
  return (first?.message ?? 0) as MessageId;
}

async function fillIntervals(hub: Database, message: MessageId): Promise<void> {
  await ensurePartitions(hub, "interval_patch", [RECEIVED]);
  const insert = `insert into interval_patch values
    (3, 8, '2025-04-01', $2, 0, '${RECEIVED}', 1, 's', $2, '', $3, $4, false, $1, 9)`;
  await hub.execute(insert, [message, 4, "{5,null,7}", "ANA"]);
  const query = {
    shard: 3 as Shard,
    channels: [8 as ChannelId],
    from: 0 as Day,
    to: 99_999 as Day,
  };
  await hub.transaction((transaction) => readIntervalDays(transaction, query, null));
  await hub.execute(insert, [message, 5, "{6}", "A"]);
}

/**
 * Run 2000 is posted with its child 2001, which has taken site 2; run 2002 is open. March is
 * closed.
 */
async function fillRuns(hub: Database, message: MessageId): Promise<void> {
  await ensurePartitions(hub, "ledger_entry", ["2025-03-10"]);
  await ensurePartitions(hub, "checkpoint", ["2025-03-01"]);
  for (const [run, parent] of [
    [2000, null],
    [2001, 2000],
    [2002, null],
  ] as const) {
    await hub.execute(
      `insert into charge_run values ($1, 1, '2025-03-01', 'MAIN', $2, '{1}',
         '[{"rule": "r", "version": 1}]',
         '{}', now(), 'a')`,
      [run, parent],
    );
    await hub.query("select open_run($1)", [run]);
  }
  const line = async (run: number, site: number, ordinal: number, amount: number) =>
    hub.execute(
      `insert into charge_line_${run} (run, shard, site, account, ordinal, kind, rule, point, zone,
         range, origin, volume, price, amount)
       values ($1, 3, $2, $2::bigint + 10, $3, 0, 0, 1, 0, 1, '2025-03-01', 10000,
         573000, $4)`,
      [run, site, ordinal, amount],
    );
  const entry = async (run: number, site: number, amount: number) =>
    hub.execute(
      `insert into run_entry_${run} (run, shard, site, account, ordinal, kind, value_day, origin,
         amount)
       values ($1, 3, $2, $2::bigint + 10, 1, 1, '2025-03-31', '2025-03-01', $3)`,
      [run, site, amount],
    );
  await line(2000, 1, 1, 100);
  await line(2000, 1, 2, 50);
  await entry(2000, 1, 150);
  await line(2000, 2, 1, 70);
  await entry(2000, 2, 70);
  await line(2001, 2, 1, 80);
  await entry(2001, 2, 80);
  await line(2002, 1, 1, 30);
  await entry(2002, 1, 30);
  await hub.execute(
    `insert into run_chunk values (2000, 1, 1, 3, 1, 2, 'done', 'w', 2, 3),
       (2001, 1, 1, 3, 2, 2, 'done', 'w', 1, 1), (2002, 1, 1, 3, 1, 1, 'done', 'w', 1, 1),
       (2002, 2, 1, 3, 2, 2, 'waiting', null, null, null)`,
  );
  await hub.execute(
    `insert into house_month values (2000, 1, 3, 'METER', 100, 90, 0, 10, 0, 0, 0, 20, 10, 0, 9, 1,
       null, null, '{}')`,
  );
  await hub.query("select post_run(2000)");
  await hub.execute(
    `insert into run_event select 256, 6, run, 'APPROVED', 'a', now()
     from unnest(array[2000, 2001]) run`,
  );
  await hub.execute(
    `insert into ledger_entry values (3, 1, 11, '2025-03-10', 6, 0, 1, 3, '2025-03-01', null,
       -40, $1)`,
    [message],
  );
  await ensurePartitions(hub, "payment", ["2025-03-10"]);
  for (const [shard, amount, account, site] of [
    [3, 40, 11, 1],
    [256, 70, null, null],
  ]) {
    await hub.execute(
      `insert into payment (shard, paid_on, message, at, seq, organisation, key, source, direction,
         posted_on, amount, site, account, other, document_number, document_on, purpose)
       values ($1::smallint, '2025-03-10', $2, 0, 6, 1, 'k' || $1::smallint, 'BANK', 'IN',
         '2025-03-11', $3, $4, $5, '{}', '1', '2025-03-10', 'p')`,
      [shard ?? null, message, amount ?? null, site ?? null, account ?? null],
    );
  }
  await hub.execute(
    `insert into checkpoint values (3, 1, 11, '2025-03-01', 110, '{2025-03-01}', '{110}'),
       (3, 2, 12, '2025-03-01', 80, '{2025-03-01}', '{80}')`,
  );
}
