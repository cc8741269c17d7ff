import t from "tap";
import { connect, integer } from "./database.ts";
import { readMigrations } from "./migrate.ts";
import { ensurePartitions, ensurePartitionsAhead } from "./partitions.ts";
import { createTestDatabase } from "./testing.ts";

t.test("columns arrive without loss", async (t) => {
  const { hub } = await createTestDatabase(t);
  const [row] = await hub.query<Record<string, unknown>>(
    `select 9007199254740993::bigint as big, 0.10::numeric(10,2) as amount, date '2025-03-31' as day,
       timestamptz '2025-03-31 23:30:00.5+03' as at, array[date '2025-03-01', null] as days,
       array[1, null]::bigint[] as numbers, 7::smallint as shard, '\\x00ff'::bytea as bytes,
       '{"a": [1, "2"]}'::jsonb as body`,
  );
  t.strictSame(row, {
    big: "9007199254740993",
    amount: "0.10",
    day: "2025-03-31",
    at: "2025-03-31 20:30:00.5+00",
    days: ["2025-03-01", null],
    numbers: ["1", null],
    shard: 7,
    bytes: Buffer.from([0, 255]),
    body: { a: [1, "2"] },
  });
  t.equal(integer("9007199254740991"), Number.MAX_SAFE_INTEGER);
  t.throws(() => integer("9007199254740992"), { name: "InvariantError" });
  t.throws(() => integer(""), { name: "InvariantError" });
});

t.test("a transaction commits whole or not at all, COPY goes both ways", async (t) => {
  const { hub } = await createTestDatabase(t);
  const rows = await hub.transaction(async (transaction) => {
    const copied = await transaction.copyIn("copy leg (shard, message, seq) from stdin", [
      "1\t10\t1\n2\t",
      "10\t1\n",
    ]);
    t.equal(copied, 2);
    let text = "";
    for await (const chunk of transaction.copyOut(
      "copy (select * from leg order by 1) to stdout",
    )) {
      text += String(chunk);
    }
    t.equal(text, "1\t10\t1\n2\t10\t1\n");
    return transaction.query<{ shard: number }>("select shard from leg order by shard");
  });
  t.strictSame(rows, [{ shard: 1 }, { shard: 2 }]);
  await t.rejects(
    hub.transaction(async (transaction) => {
      await transaction.execute("insert into leg values (3, 10, 1)");
      throw new Error("stop");
    }),
    { message: "stop" },
  );
  await t.rejects(
    hub.transaction((transaction) =>
      transaction.copyIn("copy leg (shard, message, seq) from stdin", ["4\tx\t1\n"]),
    ),
    { code: "22P02" },
  );
  t.equal(await hub.execute("select from leg"), 2);
});

t.test("the hub's role adds facts and never changes them", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  await hub.execute(
    `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at, author, ground, body)
     values (1, 1, 'account', 'x', '2025-01-01', 1, 1, 1, 0, 'test', 'test', '{}')`,
  );
  t.equal(await hub.execute("update fact set end_seq = 2"), 1);
  const denied = [
    "update fact set body = '{\"a\": 1}'",
    "delete from fact",
    "truncate fact",
    "update message set sha256 = ''",
    "update capture_part set bytes = ''",
    "select * from hub_access",
    "insert into schema_migration values (1, 'x', 'x')",
    "alter table fact add column x integer",
    "create table x (y integer)",
    "drop table message",
  ];
  for (const text of denied) await t.rejects(hub.execute(text), { code: "42501" }, text);
  t.equal(
    integer((await hub.query<{ id: string }>("select nextval('object_id') id"))[0]?.id ?? ""),
    1000,
  );
  t.equal(await owner.execute("select from schema_migration"), readMigrations().length);
});

t.test("partitions appear ahead and on demand, also for two who ask at once", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  const insert = "insert into reading values (1, 1, 1, $1, 1, 0, 1, '{1}', 'AMI', 1, 0)";
  await hub.execute(insert, [new Date().toISOString().slice(0, 10)]);
  await t.rejects(hub.execute(insert, ["2019-02-28"]), { code: "23514" });
  await Promise.all([
    ensurePartitions(hub, "reading", ["2019-02-28", "2019-02-01", "2021-12-31"]),
    ensurePartitions(owner, "reading", ["2019-02-28"]),
  ]);
  t.equal(await hub.execute(insert, ["2019-02-28"]), 1);
  t.equal(await hub.execute(insert, ["2019-02-01"]), 1);
  t.equal(await hub.execute(insert, ["2021-12-31"]), 1);
  await ensurePartitionsAhead(hub, 1);
  await t.rejects(ensurePartitions(hub, "fact", ["2019-02-28"]), /not a table partitioned/);
});

t.test("a listener hears also after its connection was lost", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  const heard: string[] = [];
  let ring: () => void = () => t.fail("heard before anybody waited");
  const next = () => new Promise<void>((resolve) => (ring = resolve));
  const stop = await hub.listen("inbox", (payload) => {
    heard.push(payload);
    ring();
  });
  const first = next();
  await hub.query("select pg_notify('inbox', 'one')");
  await first;
  const again = next();
  await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like 'listen%'`,
  );
  await again;
  const last = next();
  await hub.query("select pg_notify('inbox', 'two')");
  await last;
  t.strictSame(heard, ["one", "", "two"]);
  await stop();
});

t.test("a server that is not there is an error, not a crash", async (t) => {
  const nowhere = connect({
    url: "postgres://nobody@127.0.0.1:1/nothing",
    connectionsMax: 1,
    application: "test",
    onIdleError: () => t.fail("no connection was ever idle"),
  });
  await t.rejects(nowhere.query("select 1"), { code: "ECONNREFUSED" });
  await t.rejects(
    nowhere.transaction(async () => undefined),
    { code: "ECONNREFUSED" },
  );
  await nowhere.close();
});
