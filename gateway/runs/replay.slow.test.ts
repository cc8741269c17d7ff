import t from "tap";
import { priceEnergy } from "../../billing/households/pricing.ts";
import type { RuleRegistry } from "../../billing/rules.ts";
import { CURRENT_RULES, RULES } from "../../billing/rules.ts";
import { month } from "../../normalizer/model/dates.ts";
import { ENTRY_KINDS } from "../../normalizer/model/facts.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { approve } from "../../normalizer/store/results.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { runCli } from "../cli.ts";
import { openRun } from "./create.ts";
import { replayMonth } from "./replay.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "./testing.ts";
import { workOn } from "./work.ts";

const july = month("2021-07");
const { organisation } = SUPPLIER;
const signal = new AbortController().signal;
const quiet = { onProgress: () => undefined, signal };
const request = { organisation, month: july, ...quiet };

/** Only this test knows version 2 of the rule: a kopeck more on each line. */
const DEARER: RuleRegistry = {
  ...RULES,
  "households.norm": {
    ...RULES["households.norm"],
    2: {
      volumes: RULES["households.norm"][1]?.volumes as never,
      price: (input) => {
        const pricing = priceEnergy(input);
        if (!pricing.ok) return pricing;
        const lines = pricing.lines.map((line) => ({ ...line, amount: kopecks(line.amount + 1) }));
        return { ...pricing, lines };
      },
    },
  },
};

t.test("a posted month by today's rules", async (t) => {
  const { hub, hubUrl, owner } = await createTestDatabase(t);
  await createSupplier(hub);
  t.same((await replayMonth(hub, request)).runs, [], "nothing is posted yet");
  const asked = { organisation, period: july, author: "test", accountsMax: 2 };
  const { run } = await openRun(hub, asked);
  await workOn(hub, run, { ...quiet, workers: 1 });
  await approve(hub, run, "test");
  const [stored] = await hub.query<{ lines: string }>("select count(*) as lines from charge_line");

  const same = await replayMonth(hub, request);
  t.match(same, { runs: [run], changed: [], byRule: [], complete: true });
  t.equal(same.lines, Number(stored?.lines), "every line was looked at");

  const versions = { ...CURRENT_RULES, "households.norm": 2 };
  const dearer = await replayMonth(hub, { ...request, registry: DEARER, versions });
  // 2 × 77 × 5.93 of the supplier's worked example, and a kopeck.
  t.match(dearer.changed, [
    {
      ...{ account: String(ACCOUNTS.byNorm), kind: "NORM", origin: july },
      ...{ ruleThen: "households.norm@1", ruleNow: "households.norm@2" },
      ...{ thenKopecks: 913_22, nowKopecks: 913_23 },
    },
  ]);
  t.equal(dearer.changed.length, 1);
  t.match(dearer.byRule, [
    { sums: 1, thenKopecks: 913_22, nowKopecks: 913_23, clauses: [/ПП РФ 354/] },
  ]);

  const stopped = await replayMonth(hub, { ...request, signal: AbortSignal.abort() });
  t.match(stopped, { complete: false, accounts: 0 });

  const out: string[] = [];
  const exitCode = await runCli(["replay-run", "2021-07"], {
    ...{ environment: { DATABASE_URL: hubUrl }, signal },
    ...{ out: (text) => out.push(text), note: () => undefined },
  });
  t.equal(exitCode, 0);
  t.match(out.join("\n"), /Не изменилась ни одна копейка/);

  // A stored kopeck that no rule gives, and a penalty that nothing accrues.
  await owner.execute(
    `update charge_line set amount = amount - 5 where account = ${ACCOUNTS.house}`,
  );
  await owner.execute(
    `insert into run_entry (run, shard, site, account, ordinal, kind, value_day, origin, amount)
     values ($1, $2, $3, $4, 9, $5, '2021-07-31', '2021-05-01', 700)`,
    [
      run,
      SUPPLIER.house.shard,
      SUPPLIER.house.site,
      ACCOUNTS.house,
      ENTRY_KINDS.indexOf("PENALTY"),
    ],
  );
  const altered = await replayMonth(hub, request);
  t.match(altered.changed, [
    { kind: "METER", thenKopecks: 1263_04, nowKopecks: 1263_09 },
    { kind: "PENALTY", origin: month("2021-05"), thenKopecks: 7_00, nowKopecks: 0 },
  ]);
  t.equal(altered.changed.length, 2);
});
