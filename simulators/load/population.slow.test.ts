import t from "tap";
import { openRun } from "../../gateway/runs/create.ts";
import { workOn } from "../../gateway/runs/work.ts";
import type { LineKind } from "../../normalizer/model/lines.ts";
import { LINE_KINDS } from "../../normalizer/model/lines.ts";
import { integer } from "../../normalizer/store/database.ts";
import { approve, tableSuffix } from "../../normalizer/store/results.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import type { Story } from "../supplier/population/account.ts";
import { accountPlan } from "../supplier/population/account.ts";
import type { PopulationPlan } from "../supplier/population/plan.ts";
import { blocksOf, idsOfAccount, sitesOfBlock } from "../supplier/population/plan.ts";
import { fillPopulation, ORGANISATION, PERIOD, previousRun } from "./population-store.ts";
import { compareWithOracle } from "./run-oracle.ts";

const ACCOUNTS = 2_000;

/** What the own lines of an account of a story must be, and must not be; in a flat of several the flat decides. */
const KINDS: Readonly<Partial<Record<Story, readonly LineKind[]>>> = {
  READ: ["METER"],
  REPLACED: ["METER"],
  MANUAL: ["METER"],
  MISSED: ["AVERAGE"],
  MISSED_TWICE: ["AVERAGE"],
  SILENT: ["NORM"],
  NO_METER: ["NORM"],
  FIXED: ["FIXED"],
  BAD_NO_NORM: [],
  BAD_NO_TARIFF: [],
  BAD_NO_ZONE_PRICE: [],
};
const OWN: readonly LineKind[] = ["METER", "AVERAGE", "NORM", "FIXED"];

t.test("a population is billed by its shares, verified, and agrees with SQL", async (t) => {
  const store = await createTestDatabase(t);
  const { hub, owner } = store;
  await fillPopulation(store, { seed: 3, accounts: ACCOUNTS, workers: 1, note: () => undefined });
  const { run } = await openRun(hub, {
    organisation: ORGANISATION,
    period: PERIOD,
    author: "test",
    accountsMax: 500,
  });
  const signal = new AbortController().signal;
  t.ok(await workOn(hub, run, { workers: 1, onProgress: () => undefined, signal }));
  const query = { run, previous: await previousRun(owner), period: PERIOD };
  const suffix = tableSuffix(run);

  await t.test("each story has the lines of its method", async (t) => {
    const [first] = await owner.query<{ id: string }>(
      "select min(subject::bigint) as id from fact where kind = 'account'",
    );
    const plan: PopulationPlan = {
      seed: 3,
      accounts: ACCOUNTS,
      period: PERIOD,
      organisation: ORGANISATION,
      firstId: integer(first?.id ?? ""),
    };
    const kinds = await kindsOf(owner, suffix);
    const wrong: string[] = [];
    const seen = new Set<Story>();
    for (let block = 0; block < blocksOf(plan); block += 1) {
      for (const site of sitesOfBlock(plan, block)) {
        for (const dwelling of site.dwellings) {
          if (dwelling.part !== "WHOLE") continue;
          const { story } = accountPlan(plan, site, dwelling, dwelling.first);
          const expected = KINDS[story];
          if (expected === undefined) continue;
          seen.add(story);
          const stored = kinds.get(idsOfAccount(plan, dwelling.first).account) ?? [];
          const own = stored.filter((kind) => OWN.includes(kind));
          if (own.join() !== expected.join()) wrong.push(`${story}: ${own.join()}`);
        }
      }
    }
    t.strictSame(wrong, []);
    t.ok(seen.size >= 9, `stories: ${[...seen].join()}`);
  });

  await t.test(
    "SQL over the facts makes the same lines, and a planted fault is seen",
    async (t) => {
      const { compared, differences, differing } = await compareWithOracle(owner, query);
      t.strictSame(differences, []);
      t.equal(differing, 0);
      t.ok((compared["METER"] ?? 0) > 1_000, `by meter: ${compared["METER"]}`);
      t.ok((compared["NORM"] ?? 0) > 30, `by norm: ${compared["NORM"]}`);
      t.ok((compared["ODN"] ?? 0) > 50, `ОДН: ${compared["ODN"]}`);
      for (const kind of ["METER", "NORM", "ODN"] as const) {
        for (const damage of [
          "update LINES set amount = amount + 1 where LINE",
          "update LINES set volume = volume + 10000 where LINE",
          "delete from LINES where LINE",
        ]) {
          const undone = new Error("undone");
          const line = `kind = ${LINE_KINDS.indexOf(kind)} and (shard, site, account, ordinal) in (
          select shard, site, account, ordinal from charge_line_${suffix}
          where kind = ${LINE_KINDS.indexOf(kind)} and amount > 0 and account = any ($1))`;
          const covered = (await coveredAccounts(owner, suffix, kind)).slice(0, 1);
          const text = damage.replace("LINES", `charge_line_${suffix}`).replace("LINE", line);
          await t.rejects(
            owner.transaction(async (transaction) => {
              t.ok((await transaction.execute(text, [covered])) > 0, text);
              const after = await compareWithOracle(transaction, query);
              t.ok(after.differing > 0, `${kind}: ${damage}`);
              throw undone;
            }),
            undone,
          );
        }
      }
    },
  );

  await t.test("approved, the store is found right", async (t) => {
    await approve(hub, run, "test");
    const { ok, checks } = await verify(hub, { report: () => undefined, signal });
    t.strictSame(
      checks.flatMap(({ failures }) => failures),
      [],
    );
    t.ok(ok);
    const [sums] = await owner.query<{ problems: string; held: string }>(
      `select count(distinct account) filter (where code not in ('HELD_BY', 'UNBILLED')) as problems,
         count(*) filter (where code = 'HELD_BY') as held
       from run_problem where run = $1`,
      [run],
    );
    t.ok(integer(sums?.problems ?? "0") < ACCOUNTS / 100, `${sums?.problems} accounts parked`);
  });
});

async function kindsOf(
  owner: { query: <Row>(text: string) => Promise<Row[]> },
  suffix: string,
): Promise<ReadonlyMap<number, readonly LineKind[]>> {
  const rows = await owner.query<{ account: string; kinds: number[] }>(
    `select account, array_agg(distinct kind order by kind) as kinds from charge_line_${suffix}
     where origin = '2026-03-01' group by account`,
  );
  return new Map(
    rows.map(({ account, kinds }) => [
      integer(account),
      kinds.map((kind) => LINE_KINDS[kind] as LineKind),
    ]),
  );
}

/** Accounts with one own line of the kind, in a private house or in a house whose ОДН is billed. */
async function coveredAccounts(
  owner: { query: <Row>(text: string) => Promise<Row[]> },
  suffix: string,
  kind: LineKind,
): Promise<readonly string[]> {
  const number = LINE_KINDS.indexOf(kind);
  const rows = await owner.query<{ account: string }>(
    `select l.account from charge_line_${suffix} l
     join fact s on s.shard = l.shard and s.site = l.site and s.kind = 'site'
     where l.kind = ${number} and l.amount > 0
       and s.body->>'district' not in ('Восточный', 'Луговой')
       and (${kind === "ODN"} or not exists (select from charge_line_${suffix} o
         where o.account = l.account and o.kind not in (${number}, ${LINE_KINDS.indexOf("ODN")})))
     order by l.account limit 50`,
  );
  return rows.map(({ account }) => account);
}
