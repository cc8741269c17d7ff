import t from "tap";
import { startGisZhkh } from "../gis-zhkh/gis-zhkh.ts";
import { BANK_ACCOUNT } from "../supplier/rows.ts";
import type { Base } from "./crash/base.ts";
import { asOwner, createBase, createPlace, foundWrong } from "./crash/base.ts";
import { KillPlan } from "./crash/kills.ts";
import type { Outcome } from "./crash/money-outcome.ts";
import { moneyOutcome, paidByAccount } from "./crash/money-outcome.ts";
import {
  bankMonth,
  moneySteps,
  noticeRounds,
  SECOND_ACCOUNT,
  stepsToBill,
} from "./crash/money-play.ts";
import type { DoneKill } from "./crash/playthrough.ts";
import { killTable, playThrough } from "./crash/playthrough.ts";
import { BASE_DATABASE } from "./own-server.ts";

/** The long form kills at least this often and each boundary at least three times. */
const KILLS = Number(process.env["CRASH_KILLS"] ?? "0");
const DOCUMENTS = [
  "rows projected, not committed",
  "projector between shards",
  "message prepared",
  "marked sent, no byte left",
  "sent, not recorded",
  "found without an answer",
  "read back, not recorded",
  "acknowledged, not polled",
  "result polled, not recorded",
  "result recorded",
] as const;
const STATEMENTS = [
  "keys taken, not committed",
  "legs named, none written",
  "leg written, not committed",
  "leg k of n committed",
] as const;
const STATEMENTS_TOO = ["capture committed, not acknowledged", "message ended"] as const;
const NAMES = [...DOCUMENTS, ...STATEMENTS, ...(KILLS > 0 ? STATEMENTS_TOO : [])];
const ROUNDS = KILLS > 0 ? 3 : 1;
const NOTICES = noticeRounds(KILLS > 0 ? 4 : 1);
/** Only those of the last seven days are shown, by the clock. */
const TODAY = new Date().toISOString().slice(0, 10);

// A playthrough takes as long as the machine needs; a hang is seen by whoever runs the tests.
t.setTimeout(0);

t.test("a killed hub sends each document once and posts each payment once", async (t) => {
  t.setTimeout(0);
  const base = await createBilled(t);
  const bank = bankMonth(base.plan);
  const undisturbed = await play(base, "undisturbed", null, []);
  const { outcome } = undisturbed;
  t.ok((outcome["documents at ГИС ЖКХ"]?.length ?? 0) > 50, "documents went out");
  t.strictSame(outcome["messages without an end"], []);
  t.strictSame(outcome["verify"], ["[]"]);
  const paid = new Map(bank.paid);
  for (const { accountNumber, kopecks } of NOTICES.flat()) {
    paid.set(accountNumber, (paid.get(accountNumber) ?? 0) + kopecks);
  }
  const killed: DoneKill[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const played = await play(base, `round_${round}`, killPlan(round), killed);
    t.strictSame(played.outcome, outcome, `round ${round}: the same everywhere`);
    t.strictSame(played.outcome["placed twice"], [], "no document twice");
    t.strictSame(played.outcome["messages that came twice"], [], "no message twice");
    t.strictSame(played.paid, [...paid].sort(), "each payment once, by the bank and ГИС ЖКХ");
  }
  t.comment(`\n${killTable(NAMES, killed)}`);
  t.ok(killed.length >= Math.max(KILLS, NAMES.length), `${killed.length} kills`);
  const ofEachMin = KILLS > 0 ? 3 : 1;
  const seldom = NAMES.filter(
    (name) => killed.filter(({ boundary }) => boundary === name).length < ofEachMin,
  );
  t.strictSame(seldom, [], `every boundary at least ${ofEachMin} times`);
});

/** Rounds begin with another boundary each, so that each comes to each kind of object and to other files. */
function killPlan(round: number): KillPlan {
  if (KILLS === 0) return new KillPlan(round, { documents: DOCUMENTS, statements: STATEMENTS }, 1);
  const documents = rotated(DOCUMENTS, 7 * (round - 1));
  const statements = rotated([...STATEMENTS, ...STATEMENTS_TOO], 2 * (round - 1));
  const phases = { accounts: documents, documents, statements };
  const ofPlan = Object.values(phases).flat().length;
  return new KillPlan(round, phases, Math.ceil(KILLS / ROUNDS / ofPlan));
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

/** A base whose month is computed and not approved, and whose supplier has a second bank account. */
async function createBilled(t: Parameters<typeof createBase>[0]): Promise<Base> {
  const base = await createBase(t);
  const place = await createPlace(base, BASE_DATABASE, null);
  await playThrough(place, stepsToBill(base.plan), null);
  await asOwner(place, (owner) =>
    owner.execute(
      `insert into fact select (jsonb_populate_record(f, jsonb_build_object('subject', $2::text))).*
       from fact f where f.kind = 'bank-account' and f.subject = $1`,
      [BANK_ACCOUNT, SECOND_ACCOUNT],
    ),
  );
  return base;
}

interface Played {
  readonly outcome: Outcome;
  readonly paid: readonly (readonly [string, number])[];
}

/** Plays documents out and money home on a copy of the base; the counterparts live through every kill. */
async function play(
  base: Base,
  database: string,
  kills: KillPlan | null,
  killed: DoneKill[],
): Promise<Played> {
  const gis = await startGisZhkh({ pollsBeforeResult: 1 });
  const place = await createPlace(base, database, gis.origin);
  const { plan } = base;
  const bank = bankMonth(plan);
  const steps = moneySteps({ plan, gis, bank, notices: NOTICES, noticeDate: TODAY });
  try {
    killed.push(...(await playThrough(place, steps, kills)));
    return await asOwner(place, async (owner) => ({
      outcome: {
        ...(await moneyOutcome(owner, gis.state)),
        verify: [await foundWrong(owner)],
      },
      paid: [...(await paidByAccount(owner))].sort(),
    }));
  } finally {
    await gis.stop();
  }
}
