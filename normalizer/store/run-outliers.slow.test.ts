import t from "tap";
import { month } from "../model/dates.ts";
import { ENTRY_KINDS, type EntryKind } from "../model/facts.ts";
import type { OrganisationId, RunId } from "../model/ids.ts";
import type { Database } from "./database.ts";
import { approve, createRun, currentPin } from "./results.ts";
import { checkRun, type OutlierReason, readOutliers, readRunCheck } from "./run-outliers.ts";
import { createTestDatabase } from "./testing.ts";

const ORGANISATION = 1 as OrganisationId;
const scope = { organisation: ORGANISATION, districts: null };

async function newRun(database: Database, period: string): Promise<RunId> {
  return createRun(database, {
    ...{ organisation: ORGANISATION, period: month(period), kind: "MAIN", parent: null },
    ...{ pin: await currentPin(database), rules: [], scope: {}, author: "Иванова" },
  });
}

async function enter(
  database: Database,
  run: RunId,
  account: number,
  kind: EntryKind,
  sum: number,
) {
  await database.execute(
    `insert into run_entry_${run} (run, shard, site, account, ordinal, kind, value_day, origin,
       amount)
     values ($1, 3, 10, $2, $3, $4, '2026-01-31', '2026-01-01', $5)`,
    [run, account, ENTRY_KINDS.indexOf(kind) + 1, ENTRY_KINDS.indexOf(kind), sum],
  );
}

/** [account, charge of the month before, charge, correction, reason]; sums in kopecks, null = no entry. */
const CASES: readonly (readonly [
  number,
  number | null,
  number | null,
  number,
  OutlierReason | null,
])[] = [
  [1, 500_00, 500_00, 0, null],
  // Three times as much and a thousand roubles more, each limit from below and reached.
  [2, 500_00, 1_499_99, 0, null],
  [3, 500_00, 1_500_00, 0, "GROWN"],
  [4, 499_99, 1_499_98, 0, null],
  [5, 1_500_00, 500_00, 0, "FALLEN"],
  [6, 1_500_00, 500_01, 0, null],
  [7, 1_499_99, 500_00, 0, null],
  // The first charge of ten thousand.
  [8, null, 9_999_99, 0, null],
  [9, null, 10_000_00, 0, "FIRST"],
  // More is taken back than charged.
  [10, 500_00, 500_00, -500_00, null],
  [11, 500_00, 500_00, -500_01, "NEGATIVE"],
  // A correction larger than the month.
  [12, 1_200_00, 1_200_00, 1_200_00, null],
  [13, 1_200_00, 1_200_00, 1_200_01, "CORRECTION"],
  [14, 900_00, 900_00, 999_99, null],
  // Charged last month, nothing now: 16 is told among those not billed.
  [15, 1_000_00, null, 0, "GONE"],
  [16, 1_000_00, null, 0, null],
  [17, 999_99, null, 0, null],
];

t.test("sums that a person should look at", async (t) => {
  const { hub: database } = await createTestDatabase(t);
  const december = await newRun(database, "2025-12");
  const january = await newRun(database, "2026-01");
  for (const [account, before, charge, correction] of CASES) {
    if (before !== null) await enter(database, december, account, "CHARGE", before);
    if (charge !== null) await enter(database, january, account, "CHARGE", charge);
    if (correction !== 0) await enter(database, january, account, "CORRECTION", correction);
    // A penalty is none of it.
    await enter(database, january, account, "PENALTY", 50_000_00);
    await database.execute(
      `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at,
         author, ground, body)
       values (3, 10, 'account', $1::text, '2020-01-01', 1, 1, 1, 1, 'x', 'x', $2)`,
      [String(account), JSON.stringify({ number: `000${account}` })],
    );
  }
  await database.execute(
    `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at,
       author, ground, body)
     values (3, 10, 'site', '10', '2020-01-01', 1, 1, 1, 1, 'x', 'x', $1)`,
    [JSON.stringify({ address: "ул. Мира, 1", district: "Энский" })],
  );
  await database.execute(
    `insert into run_problem (run, shard, site, account, ordinal, code, at)
     values ($1, 3, 10, 16, 1, 'UNBILLED', 'начисление')`,
    [january],
  );
  await approve(database, december, "Петрова");
  t.equal(await readRunCheck(database, january), null, "not compared yet");
  await checkRun(database, january, [december]);
  await checkRun(database, january, [december]);
  const found = new Map((await readOutliers(database, scope, january)).map((o) => [o.number, o]));
  for (const [account, before, charge, correction, reason] of CASES) {
    const outlier = found.get(`000${account}`);
    t.equal(outlier?.reason ?? null, reason, `account ${account}`);
    if (reason === null) continue;
    t.match(outlier, {
      ...{ amountKopecks: (charge ?? 0) + correction, beforeKopecks: before },
      ...{ correctionKopecks: correction, address: "ул. Мира, 1", district: "Энский" },
    });
  }
  t.same((await readRunCheck(database, january))?.outliers, {
    ...{ CORRECTION: 1, FALLEN: 1, FIRST: 1, GONE: 1, GROWN: 1, NEGATIVE: 1 },
  });
  t.same(await readOutliers(database, { ...scope, districts: ["Дальний"] }, january), []);
  t.same(
    await readOutliers(database, { ...scope, organisation: 2 as OrganisationId }, january),
    [],
  );

  const february = await newRun(database, "2026-02");
  await enter(database, february, 9, "CHARGE", 10_000_00);
  await checkRun(database, february, []);
  t.same((await readRunCheck(database, february))?.outliers, {}, "nothing to compare with");
});
