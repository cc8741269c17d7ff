import { PassThrough } from "node:stream";
import t from "tap";
import { backup } from "./backup.ts";
import { contentHashes } from "./content-hash.ts";

import { integer } from "./database.ts";
import { ensurePartitions } from "./partitions.ts";
import { restore } from "./restore.ts";
import { createCitusDatabase, createTestDatabase } from "./testing.ts";
import { fillStore } from "./testing-store.ts";
import { verify } from "./verify.ts";

const CITUS_URL = process.env["CITUS_URL"];
const skip = CITUS_URL === undefined && "CITUS_URL is not set";

t.test("a backup of the cluster is restored on one server, and back", { skip }, async (t) => {
  const options = {
    passphrase: null,
    report: () => undefined,
    signal: new AbortController().signal,
  };
  const cluster = await createCitusDatabase(t, CITUS_URL ?? "");
  await fillStore(cluster.hub);
  t.ok((await verify(cluster.hub, options)).ok);
  const hashes = await contentHashes(cluster.owner);
  let source = cluster;
  for (const target of [
    await createTestDatabase(t),
    await createCitusDatabase(t, CITUS_URL ?? ""),
  ]) {
    const archive = new PassThrough();
    await Promise.all([
      backup(source.hub, archive, options),
      restore(target.owner, archive, options),
    ]);
    t.strictSame(await contentHashes(target.owner), hashes);
    t.ok((await verify(target.hub, options)).ok);
    source = target;
  }
});

t.test("the transaction of one shard works on a cluster as on one server", { skip }, async (t) => {
  const { hub, owner } = await createCitusDatabase(t, CITUS_URL ?? "");
  const [placed] = await owner.query<{ placed: string[] }>(
    `select array_agg(table_name::text order by 1) as placed from citus_tables
     where citus_table_type = 'distributed'`,
  );
  t.ok(placed?.placed.includes("fact") && placed.placed.includes("unique_key"));
  await ensurePartitions(hub, "reading", ["2019-02-28"]);

  const write = (shard: number, key: string) =>
    hub.transaction(async (transaction) => {
      const [counter] = await transaction.query<{ seq: string }>(
        "update shard_counter set seq = seq + 1 where shard = $1 returning seq",
        [shard],
      );
      const seq = integer(counter?.seq ?? "");
      const keys = await transaction.execute(
        `insert into unique_key (key, kind, organisation, shard, site, id, message)
         values ($1, 'account', 1, $2, 1, 1, 1) on conflict do nothing`,
        [key, shard],
      );
      if (keys === 0) return null;
      await transaction.query(
        `select seq from fact where shard = $1 and site = 1 and kind = 'account' and end_seq = 0`,
        [shard],
      );
      await transaction.execute(
        `update fact set end_seq = $2 where shard = $1 and site = 1 and kind = 'account'
           and subject = 'x' and end_seq = 0`,
        [shard, seq],
      );
      await transaction.execute(
        `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at,
           author, ground, body)
         select $1, 1, kind, 'x', '2025-01-01', $2, 1, 1, 0, 'test', 'test', '{"value": 1}'
         from unnest($3::text[]) kind`,
        [shard, seq, ["account", "residents"]],
      );
      await transaction.copyIn(
        "copy reading (shard, site, meter, state_at, seq, organisation, values, source, message, at) from stdin",
        [`${shard}\t1\t1\t2019-02-28\t${seq}\t1\t{10}\tAMI\t1\t0\n`],
      );
      return seq;
    });

  t.test("writers of one shard stand in line, other shards go on", async (t) => {
    const jobs = Array.from({ length: 40 }, (_, n) => write(n % 4, `account ${n}`));
    const seqs = await Promise.all(jobs);
    for (const shard of [0, 1, 2, 3]) {
      const own = seqs.filter((_, n) => n % 4 === shard);
      t.strictSame(
        own.toSorted((a, b) => Number(a) - Number(b)),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
    }
    t.equal(await hub.execute("select from fact where kind = 'account' and end_seq = 0"), 4);
    t.equal(await hub.execute("select from reading"), 40);
  });

  t.test("a key that is taken is found in any shard, and its writer leaves nothing", async (t) => {
    const before = await hub.execute("select from fact");
    t.equal(await write(9, "account 7"), null);
    t.equal(await hub.execute("select from fact"), before);
  });

  t.test("rights hold on the nodes; chunks are claimed on the coordinator", async (t) => {
    await t.rejects(hub.execute("update fact set body = '{}'"), { code: "42501" });
    await t.rejects(hub.execute("delete from fact where shard = 1"), { code: "42501" });
    await hub.execute("insert into run_chunk select 1, n, 1, 0, n, n from generate_series(1, 4) n");
    const claim = () =>
      hub.query<{ chunk: number }>(
        `update run_chunk set state = 'done' where (run, chunk) in (
           select run, chunk from run_chunk where state = 'waiting' order by chunk limit 1
           for update skip locked) returning chunk`,
      );
    const claimed = (await Promise.all([claim(), claim(), claim(), claim()])).flat();
    t.strictSame(claimed.map(({ chunk }) => chunk).toSorted(), [1, 2, 3, 4]);
  });

  t.test("an approval is one row that every node sees", async (t) => {
    await hub.execute(
      `insert into charge_run values (1, 1, '2025-01-01', 'households', null, '{1}', '{}', '{}', now(), 'x')`,
    );
    await hub.execute("insert into run_event values (256, 1, 1, 'APPROVED', 'x', now())");
    const rows = await hub.query(
      `select f.shard from fact f join run_event e on e.run = 1 and e.event = 'APPROVED'
       where f.kind = 'residents' and f.end_seq = 0`,
    );
    t.equal(rows.length, 40);
  });
});
