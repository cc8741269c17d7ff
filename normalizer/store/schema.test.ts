import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { migrate, storeFolder } from "./migrate.ts";
import { dumpSchema } from "./schema-dump.ts";
import { createTestDatabase } from "./testing.ts";

t.test("schema.sql is what the migrations make", async (t) => {
  const { owner } = await createTestDatabase(t);
  const dumped = await dumpSchema(owner);
  const file = join(storeFolder(), "schema.sql");
  if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(file, dumped);
  t.equal(dumped, readFileSync(file, "utf8"), "after a new migration: see the head of schema.sql");
});

t.test(
  "every table has the rights that grants.ts gives, also those of a later migration",
  async (t) => {
    const { owner, hub } = await createTestDatabase(t);
    await owner.execute("create table later (id bigint primary key, note text)");
    await t.rejects(hub.execute("select from later"), { code: "42501" });
    const { applied } = await migrate(owner, null);
    t.strictSame(applied, []);
    await hub.execute("insert into later values (1, 'x')");
    await t.rejects(hub.execute("update later set note = 'y'"), { code: "42501" });
  },
);

t.test("a changed or unknown applied file is refused", async (t) => {
  const { owner } = await createTestDatabase(t);
  await owner.execute("update schema_migration set sha256 = 'x' where number = 2");
  await t.rejects(migrate(owner, null), {
    name: "StoreError",
    message: /изменён после применения/,
  });
  await owner.execute(
    "update schema_migration set number = 999999, name = '999999_next' where number = 2",
  );
  await t.rejects(migrate(owner, null), { name: "StoreError", message: /более новую версию/ });
});
