import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { runCli } from "../cli.ts";
import { createSupplier, HOUSE_METER } from "../runs/testing.ts";

t.test("hub ingest takes a csv of readings to its end", async (t) => {
  const { hub, ownerUrl } = await createTestDatabase(t);
  await createSupplier(hub);
  const folder = mkdtempSync(join(tmpdir(), "energohub-ingest-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const ingest = async (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    const out: string[] = [];
    const args = ["ingest", "--source", "tabular", "--json", file];
    const exitCode = await runCli(args, {
      environment: { DATABASE_URL: ownerUrl, HUB_CONFIG: join(folder, "none.yaml") },
      out: (line) => out.push(line),
      note: () => undefined,
      signal: new AbortController().signal,
    });
    return { exitCode, message: out.length === 0 ? null : JSON.parse(out.join("\n"))[0] };
  };

  const august = "account;meter;date;T0\n6001;4;2021-08-25;4600\n";
  const first = await ingest("август.csv", august);
  t.match(first, {
    exitCode: 0,
    message: { state: "posted", outcome: { records: { accepted: 1 } } },
  });
  const [reading] = await hub.query(
    `select values, state_at, message::int, at::int from reading
     where meter = $1 and state_at > '2021-08-01'`,
    [HOUSE_METER],
  );
  t.same(reading, {
    values: ["46000000"],
    state_at: "2021-08-26",
    message: first.message.message,
    at: 2,
  });

  t.match(await ingest("ещё раз.csv", august), { exitCode: 0, message: { state: "duplicate" } });
  const refused = await ingest("назад.csv", "account;meter;date;T0\n6001;4;2021-09-25;4000\n");
  t.match(refused, { exitCode: 3, message: { outcome: { records: { rejected: 1 } } } });
  const unknown = await ingest("чужой.csv", "account;meter;date;T0\n6001;404;2021-09-25;1\n");
  t.match(unknown, { exitCode: 3, message: { state: "waiting" } });
  t.equal((await ingest("нет.csv", "")).exitCode, 3);
});
