import { PassThrough, Readable } from "node:stream";
import t from "tap";
import { backup } from "./backup.ts";
import { contentHashes } from "./content-hash.ts";
import type { Database } from "./database.ts";
import { restore, SEEDED } from "./restore.ts";
import { identifier, readTables } from "./tables.ts";
import { createTestDatabase } from "./testing.ts";
import { fillStore } from "./testing-store.ts";
import { verify } from "./verify.ts";

const quiet = { passphrase: null, report: () => undefined, signal: new AbortController().signal };

async function archiveOf(database: Database, passphrase: string | null = null): Promise<Buffer> {
  const output = new PassThrough();
  const [chunks] = await Promise.all([
    output.toArray(),
    backup(database, output, { ...quiet, passphrase }),
  ]);
  return Buffer.concat(chunks as Buffer[]);
}

t.test("an empty store is empty but for what migrations fill", async (t) => {
  const { owner } = await createTestDatabase(t);
  const filled: string[] = [];
  for (const { name } of await readTables(owner)) {
    if ((await owner.query(`select from ${identifier(name)} limit 1`)).length > 0)
      filled.push(name);
  }
  t.strictSame(filled, SEEDED);
});

t.test("what was backed up is restored, plain and encrypted", async (t) => {
  const source = await createTestDatabase(t);
  await fillStore(source.hub);
  const before = await contentHashes(source.owner);
  const [last] = await source.hub.query<{ last: string }>(
    "select last_value as last from object_id",
  );
  const nextId = String(Number(last?.last) + 1);
  t.match(before.get("fact"), /^3002 rows/);
  for (const passphrase of [null, "пароль"]) {
    const archive = await archiveOf(source.hub, passphrase);
    t.equal(archive.includes("файл.xml"), false, "compressed or encrypted");
    const target = await createTestDatabase(t);
    const summary = await restore(target.owner, Readable.from([archive]), { ...quiet, passphrase });
    t.equal(summary.tables, before.size);
    t.strictSame(await contentHashes(target.owner), before);
    t.ok((await verify(target.hub, quiet)).ok);
    t.strictSame(await target.hub.query("select nextval('object_id') as id"), [{ id: nextId }]);
    await t.rejects(target.hub.query("select post_run(2002)"), /not a complete run/, "still open");
    await target.hub.execute("update run_chunk set state = 'done' where run = 2002");
    await target.hub.query("select post_run(2002)");
    await t.rejects(restore(target.owner, Readable.from([archive]), { ...quiet, passphrase }), {
      message: /^Хранилище не пусто/,
    });
    if (passphrase === null) continue;
    const empty = await createTestDatabase(t);
    await t.rejects(restore(empty.owner, Readable.from([archive]), quiet), {
      message: /HUB_BACKUP_PASSPHRASE/,
    });
    await t.rejects(restore(empty.owner, Readable.from([archive]), { ...quiet, passphrase: "x" }), {
      message: /пароль не тот/,
    });
  }
});

t.test("the archive is of one instant while the hub goes on writing", async (t) => {
  const source = await createTestDatabase(t);
  await fillStore(source.hub);
  const before = await contentHashes(source.owner);
  const output = new PassThrough({ highWaterMark: 1024 });
  const backingUp = backup(source.hub, output, quiet);
  const first = await new Promise<Buffer>((resolve) => output.once("data", resolve));
  output.pause();
  await source.hub.execute("insert into leg values (3, 1, 8), (3, 2, 9)");
  await source.hub.execute("update fact set end_seq = 8 where site = 3000");
  const [rest] = await Promise.all([output.toArray(), backingUp]);
  const target = await createTestDatabase(t);
  await restore(
    target.owner,
    Readable.from([Buffer.concat([first, ...(rest as Buffer[])])]),
    quiet,
  );
  t.strictSame(await contentHashes(target.owner), before);
});

t.test(
  "a flipped bit and a cut are found wherever they are, and leave the store empty",
  async (t) => {
    const source = await createTestDatabase(t);
    await fillStore(source.hub);
    const target = await createTestDatabase(t);
    const before = await contentHashes(target.owner);
    for (const passphrase of [null, "пароль"]) {
      const archive = await archiveOf(source.hub, passphrase);
      const middle = Math.floor(archive.length / 2);
      // The first line, the head of the compressed bytes or the salt, rows, the checksum or the
      // last tag.
      const places =
        passphrase === null ? [0, 20, 30, 6267, middle, archive.length - 1] : [35, middle];
      for (const place of places) {
        const damaged = Buffer.from(archive);
        damaged[place] = (damaged[place] ?? 0) ^ (1 << (place % 8));
        await t.rejects(
          restore(target.owner, Readable.from([damaged]), { ...quiet, passphrase }),
          { name: "StoreError" },
          `bit at ${place} of ${archive.length}, ${passphrase === null ? "plain" : "encrypted"}`,
        );
        await t.rejects(
          restore(target.owner, Readable.from([archive.subarray(0, place)]), {
            ...quiet,
            passphrase,
          }),
          { name: "StoreError" },
          `cut at ${place}`,
        );
      }
    }
    t.strictSame(await contentHashes(target.owner), before);
  },
);

t.test("a backup of other migrations is refused", async (t) => {
  const source = await createTestDatabase(t);
  await source.owner.execute("update schema_migration set name = '000001_other' where number = 1");
  const archive = await archiveOf(source.hub);
  const target = await createTestDatabase(t);
  await t.rejects(restore(target.owner, Readable.from([archive]), quiet), {
    message: /другой версией хаба/,
  });
});
