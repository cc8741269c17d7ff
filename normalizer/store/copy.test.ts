import fc from "fast-check";
import t from "tap";
import { CopyReader, CopyWriter } from "./copy.ts";
import { createTestDatabase } from "./testing.ts";

const text = fc
  .string({ unit: "binary", maxLength: 12 })
  .map((value) => value.replaceAll("\0", ""));
const tricky = fc.constantFrom("", "\\N", "\\", "\\.", "\t", "\r\n", "\v\f\b", "{1,2}", "ё«»—😀");
const number = fc.maxSafeInteger();
const row = fc.record({
  id: fc.option(number),
  note: fc.option(fc.oneof(text, tricky)),
  values: fc.array(number, { maxLength: 5 }),
});

t.test("what the writer writes PostgreSQL reads, and the reader reads back", async (t) => {
  const { owner } = await createTestDatabase(t);
  await owner.execute(
    `create table copied (place integer, id bigint, note text, "values" bigint[], days date[])`,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      const writer = new CopyWriter();
      for (const [place, { id, note, values }] of rows.entries()) {
        writer.integer(place).integer(id).text(note).integers(values);
        writer.plainTexts(["2025-03-31"]).endRow();
      }
      const { stored, bytes } = await owner.transaction(async (transaction) => {
        await transaction.execute("truncate copied");
        await transaction.copyIn("copy copied from stdin", writer.chunks());
        const bytes = await transaction.copyBytes(
          `copy (select id, note, values, days[1] - date '1970-01-01' from copied order by place)
           to stdout`,
        );
        const stored = await transaction.query<{ id: string; note: string; values: string[] }>(
          "select id, note, values from copied order by place",
        );
        return { stored, bytes };
      });
      // The second method: pg's own parser of an ordinary query.
      const wanted = rows.map(({ id, note, values }) => ({
        id: id === null ? null : String(id),
        note,
        values: values.map(String),
      }));
      t.strictSame(stored, wanted);
      const reader = new CopyReader(bytes);
      for (const { id, note, values } of rows) {
        t.ok(reader.more());
        t.equal(reader.integerOrNull(), id);
        t.equal(reader.textOrNull(), note);
        t.strictSame(reader.integers(), values);
        t.equal(reader.integer(), 20_178);
      }
      t.notOk(reader.more());
    }),
    { numRuns: 40 },
  );
});

t.test("a result larger than a socket's chunk, and errors before and within it", async (t) => {
  const { owner } = await createTestDatabase(t);
  await owner.transaction(async (transaction) => {
    const bytes = await transaction.copyBytes(
      `copy (select n, repeat('я', (n % 977)::integer) from generate_series(1, 5000) n) to stdout`,
    );
    const reader = new CopyReader(bytes);
    let rows = 0;
    for (; reader.more(); rows++) {
      const n = reader.integer();
      const length = reader.text().length;
      if (n !== rows + 1 || length !== n % 977) t.fail(`row ${rows}: ${n}, ${length}`);
    }
    t.equal(rows, 5000);
    const empty = await transaction.copyBytes("copy (select 1 where false) to stdout");
    t.equal(empty.length, 0);
    t.strictSame(await transaction.query("select 1 as one"), [{ one: 1 }]);
  });
  const failing = [
    ["copy (select nothing) to stdout", "42703"],
    ["copy (select 1 / (3000 - n) from generate_series(1, 5000) n) to stdout", "22012"],
  ] as const;
  for (const [text, code] of failing) {
    await t.rejects(
      owner.transaction((transaction) => transaction.copyBytes(text)),
      { code },
    );
    t.strictSame(await owner.query("select 1 as one"), [{ one: 1 }], "the connection goes on");
  }
  await t.rejects(
    owner.transaction(async (transaction) => {
      await Promise.all([
        transaction.copyBytes("copy (select pg_sleep(5)) to stdout"),
        owner.query(
          "select pg_sleep(0.2), pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (select pg_sleep%' and pid <> pg_backend_pid()",
        ),
      ]);
    }),
    "a server that ends the connection",
  );
});

t.test("more than one message of COPY", async (t) => {
  const writer = new CopyWriter();
  for (let place = 0; place < 40_000; place++) writer.integer(place).text("строка").endRow();
  const chunks = [...writer.chunks()];
  t.ok(chunks.length > 5);
  t.equal(writer.rows, 40_000);
  t.equal(Buffer.concat(chunks).toString().split("\n").length, 40_001);
  t.throws(() => writer.integer(0.5), { name: "InvariantError" });
  t.throws(() => writer.integers([2 ** 53]), { name: "InvariantError" });
});

t.test("a field of another type is a defect", async (t) => {
  const cases = [
    ["\\N\n", (reader: CopyReader) => reader.integer()],
    ["\n", (reader: CopyReader) => reader.integer()],
    ["-\n", (reader: CopyReader) => reader.integer()],
    ["1.5\n", (reader: CopyReader) => reader.integer()],
    ["9007199254740993\n", (reader: CopyReader) => reader.integer()],
    ["12", (reader: CopyReader) => reader.integer()],
    ["{1,NULL}\n", (reader: CopyReader) => reader.integers()],
    ["{{1}}\n", (reader: CopyReader) => reader.integers()],
    ["{1", (reader: CopyReader) => reader.integers()],
    ["1\n", (reader: CopyReader) => reader.integers()],
    ["\\N\n", (reader: CopyReader) => reader.text()],
    ["abc", (reader: CopyReader) => reader.text()],
  ] as const;
  for (const [bytes, read] of cases) {
    t.throws(() => read(new CopyReader(Buffer.from(bytes))), { name: "InvariantError" }, bytes);
  }
});

t.test("words: equal bytes, the same text; a hash of two words mixes nothing", async (t) => {
  // "Aa" and "BB" have one hash of this kind.
  const texts = ["Aa", "BB", "Aa", "AMI", "", "ж\\\\t", "AMI", "BB"];
  const reader = new CopyReader(Buffer.from(texts.map((text) => `${text}\n`).join("")));
  for (const text of texts) t.equal(reader.word(), text.replace("\\\\", "\\"));
  t.throws(() => new CopyReader(Buffer.from("\\N\n")).word(), { name: "InvariantError" });
  t.throws(() => new CopyReader(Buffer.from("AMI")).word(), { name: "InvariantError" });
});

t.test("fields are passed by and looked at", async (t) => {
  const reader = new CopyReader(Buffer.from("meter\t\\N\t7\n{}\t-0\t\\N\n"));
  t.equal(String.fromCharCode(reader.peek()), "m");
  reader.skip();
  reader.skip();
  t.equal(reader.integer(), 7);
  t.strictSame(reader.integers(), []);
  reader.skip();
  t.equal(reader.textOrNull(), null);
  t.notOk(reader.more());
});
