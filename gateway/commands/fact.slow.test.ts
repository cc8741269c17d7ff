import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import type { FactKind } from "../../normalizer/model/fact-bodies.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { runCli } from "../cli.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "../runs/testing.ts";

const { mkd } = SUPPLIER;
const { byNorm, oneZone } = ACCOUNTS;

async function hub(url: string, ...args: readonly string[]) {
  const out: string[] = [];
  const exitCode = await runCli(["fact", ...args, "--ground", "акт 1"], {
    environment: { DATABASE_URL: url, USER: "petrova" },
    out: (text) => out.push(text),
    note: (text) => out.push(text),
    signal: new AbortController().signal,
  });
  return { exitCode, out: out.join("\n") };
}

async function inForce(database: Database, kind: FactKind) {
  const facts = await readFacts(database, { ...mkd, kind, knownAt: null });
  return facts.map(({ subject, from, to, body }) => ({ subject, from, to, body }));
}

t.test("facts are entered, corrected, ended, and taken back", async (t) => {
  const { hub: database, ownerUrl } = await createTestDatabase(t);
  await createSupplier(database);
  const fact = (...args: readonly string[]) => hub(ownerUrl, ...args);
  const of = ["--account", String(byNorm)];
  const absence = ["absence", ...of, "--name", "З-1", "persons=2"];

  await t.test("the law's days become half-open", async (t) => {
    const days = ["--from", "2025-03-03", "--to", "2025-03-24"];
    t.match(await fact("add", ...absence, ...days), { exitCode: 0, out: /Внесено/ });
    // Left on the 3rd, back on the 24th: 20 full days between, and these two days as they are (п. 91).
    t.same(await inForce(database, "absence"), [
      {
        subject: `${byNorm}/З-1`,
        from: day("2025-03-03"),
        to: day("2025-03-24"),
        body: { persons: 2 },
      },
    ]);
    await fact("add", "stop", ...of, ...days, "reason=SUSPENDED");
    t.match(await inForce(database, "stop"), [
      { from: day("2025-03-03"), to: day("2025-03-25"), body: { reason: "SUSPENDED" } },
    ]);
    await fact("add", "penalty-hold", ...of, "--name", "Р-7", ...days, "reason=INSTALMENT");
    t.match(await inForce(database, "penalty-hold"), [
      { subject: `${byNorm}/Р-7`, to: day("2025-03-25"), body: { reason: "INSTALMENT" } },
    ]);
    t.match(await fact("add", ...absence, ...days), { exitCode: 3, out: /CONFLICT/ });
  });

  await t.test("a correction, an end, and a fact that never was", async (t) => {
    await fact(
      "add",
      "residents",
      "--account",
      String(oneZone),
      "--from",
      "2019-01-01",
      "--to",
      "2019-12-31",
      "count=3",
    );
    await fact("correct", "owners", ...of, "--from", "2025-01-01", "count=2");
    t.same(await inForce(database, "owners"), [], "nothing to correct");
    await fact("add", "owners", ...of, "--from", "2025-01-01", "count=2");
    await fact("correct", "owners", ...of, "--from", "2025-02-01", "--to", "2025-02-28", "count=3");
    await fact("end", "owners", ...of, "--to", "2025-04-10");
    t.match(await inForce(database, "owners"), [
      { from: day("2025-01-01"), to: day("2025-02-01"), body: { count: 2 } },
      { from: day("2025-02-01"), to: day("2025-03-01"), body: { count: 3 } },
      { from: day("2025-03-01"), to: day("2025-04-11"), body: { count: 2 } },
    ]);
    t.match(await fact("end", "absence", ...of, "--name", "З-1"), { exitCode: 0 });
    t.same(await inForce(database, "absence"), []);
  });

  await t.test("every wrong field is told with its place", async (t) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ["owners", "--account", "1", "--from", "2025-01-01", "count=1"],
        /UNKNOWN_ACCOUNT:\/facts\/0\/account/,
      ],
      [["owners", ...of, "--from", "2025-02-30", "count=1"], /BAD_DATE:\/facts\/0\/from/],
      [["owners", ...of, "--from", "2026-01-02", "--to", "2026-01-01", "count=1"], /facts\/0\/to/],
      [["owners", ...of, "--from", "2026-01-01", "count=0"], /BAD_NUMBER:\/facts\/0\/count/],
      [["owners", ...of, "--from", "2026-01-01"], /MISSING_REQUIRED:\/facts\/0\/count/],
      [["owners", ...of, "--from", "2026-01-01", "count=1", "x=1"], /facts\/0\/x/],
      [["stop", ...of, "--from", "2026-01-01", "reason=NO"], /SUSPENDED, CHARGING_STOPPED/],
      [
        ["absence", ...of, "--from", "2026-01-01", "--to", "2026-01-09", "persons=1"],
        /номер заявления/,
      ],
      [["absence", ...of, "--name", "1", "--from", "2026-01-01", "persons=1"], /день возвращения/],
      [
        ["plot-use", ...of, "--name", "CATTLE", "--from", "2026-01-01", "units=-2"],
        /NEGATIVE_VALUE/,
      ],
      [["plot-use", ...of, "--name", "CATTLE", "--from", "2026-01-01", "units=0"], /ноль/],
      [
        ["plot-use", ...of, "--name", "CATTLE", "--from", "2026-01-01", "units=1,00001"],
        /BAD_NUMBER/,
      ],
      [["meter-fault", "--meter", "77", "--from", "2026-01-01", "fault=LOST"], /UNKNOWN_METER/],
      [["occupancy", ...of, "--from", "2026-01-01", "premises=9", "part=WHOLE"], /помещения 9/],
    ];
    for (const [args, words] of cases) {
      const { exitCode, out } = await fact("add", ...args);
      t.equal(exitCode, 3, args.join(" "));
      t.match(out, words);
    }
    t.match(await fact("add", "taxes", ...of), { exitCode: 2 });
  });

  await t.test("a manual recalculation waits for a second person", async (t) => {
    const manual = ["manual-recalculation", ...of, "--name", "Р-1", "--from", "2025-05"];
    const asked = await fact("add", ...manual, "amount=-100.50");
    const [message = ""] = /\d+/.exec(asked.out) ?? [];
    t.match(asked, { exitCode: 0, out: /ждёт второго человека/ });
    t.same(await inForce(database, "manual-recalculation"), []);
    t.match(await fact("approve", message), { exitCode: 3, out: /нужен второй человек/ });
    t.match(await fact("approve", message, "--author", "sidorova"), { exitCode: 0 });
    t.same(await inForce(database, "manual-recalculation"), [
      {
        subject: `${byNorm}/Р-1`,
        from: day("2025-05-01"),
        to: day("2025-06-01"),
        body: { amount: "-100.50", approvedBy: "sidorova" },
      },
    ]);
    const again = await fact("approve", message, "--author", "ivanova");
    t.match(again, { exitCode: 3, out: /уже утверждено/ });
    t.match(await fact("approve", "1", "--author", "x"), { exitCode: 3, out: /UNKNOWN_DOCUMENT/ });
  });

  await t.test("a house from a file: whole or not at all", async (t) => {
    const rows = [
      `{kind: house, site: ${mkd.site}, from: 2021-01-01, values: {management: DIRECT,
        totalAreaM2: 300, commonAreaM2: "60", odnNorm: MKD, category: URBAN_GAS}}`,
      `{kind: premises, site: ${mkd.site}, name: "1", from: 2021-01-01,
        values: {use: RESIDENTIAL, areaM2: 44.60}}`,
      `{kind: premises, site: ${mkd.site}, name: Н-1, from: 2021-01-01,
        values: {use: NON_RESIDENTIAL, areaM2: 80, contract: 50-000001}}`,
      `{kind: occupancy, account: "${oneZone}", from: 2021-01-01, values: {premises: 1, part: WHOLE}}`,
      `{kind: meter, meter: ОДПУ-1, site: ${mkd.site}, from: 2021-01-31, values: {common: HOUSE,
        zones: T0, digits: 6, decimals: 1, ratio: 20}}`,
      `{kind: meter-fault, meter: "4", from: 2021-01-31, values: {fault: BROKEN}}`,
    ];
    const path = join(t.testdir(), "house.yaml");
    await writeFile(
      path,
      [...rows, "{kind: owners, account: x, values: {count: 1}}"]
        .map((row) => `- ${row}\n`)
        .join(""),
    );
    const wrong = await fact("load", path);
    t.match(wrong, { exitCode: 3, out: /UNKNOWN_ACCOUNT:\/facts\/6\/account/ });
    t.same(await inForce(database, "premises"), [], "nothing of it");
    await writeFile(path, rows.map((row) => `- ${row}\n`).join(""));
    t.match(await fact("load", path), { exitCode: 0 });
    const premises = await inForce(database, "premises");
    const flat = Number(premises[0]?.subject);
    t.match(premises, [
      { body: { number: "1", use: "RESIDENTIAL", areaM2: "44.60" } },
      { body: { number: "Н-1", contract: ACCOUNTS.bakery } },
    ]);
    t.match(await inForce(database, "occupancy"), [
      { subject: String(oneZone), body: { premises: flat, part: "WHOLE" } },
    ]);
    const meters = await inForce(database, "meter");
    // Act of 31 January with the reading of that day: it counts from 1 February.
    t.match(
      meters.find(({ body }) => Reflect.get(body, "account") === 0),
      {
        from: day("2021-02-01"),
        to: null,
        body: {
          common: { of: "HOUSE", premises: 0, section: "" },
          serial: "ОДПУ-1",
          zones: ["T0"],
          ratio: 20,
        },
      },
    );
    const [fault] = await readFacts(database, {
      ...SUPPLIER.house,
      kind: "meter-fault",
      knownAt: null,
    });
    t.match(fault, { body: { fault: "BROKEN" }, author: "petrova", ground: "акт 1" });
    t.match(await fact("list", "house", "--account", String(oneZone)), { out: /DIRECT/ });
    t.match(await fact("load", path), { exitCode: 3, out: /CONFLICT/ });
  });

  await t.test("switches of one account", async (t) => {
    const args = ["switch", ...of, "--name", "average.scale", "--from", "2021-01-01", "value=0"];
    t.match(await fact("add", ...args), { exitCode: 0 });
    const [own] = await readFacts(database, {
      shard: 256 as typeof mkd.shard,
      kind: "switch",
      knownAt: null,
    });
    t.match(own, { subject: `account:${byNorm}/average.scale`, body: { value: "0" } });
  });
});
