import { join } from "node:path";
import t from "tap";
import type { Base } from "./crash/base.ts";
import { asOwner, createBase, createPlace, foundWrong, SECRET } from "./crash/base.ts";
import type { PhaseBoundaries } from "./crash/kills.ts";
import { KillPlan } from "./crash/kills.ts";
import { stepsOf } from "./crash/play.ts";
import type { DoneKill } from "./crash/playthrough.ts";
import { killTable, playThrough } from "./crash/playthrough.ts";
import { INBOX_FOLDER } from "./hub.ts";
import { storeContent } from "./store-content.ts";

/** The long form kills at least this often and each boundary at least three times. */
const KILLS = Number(process.env["CRASH_KILLS"] ?? "0");
const LONG = {
  intake: [
    "capture committed, not acknowledged",
    "legs named, none written",
    "leg written, not committed",
    "leg k of n committed",
    "message ended",
  ],
  bill: ["chunk copied, not marked", "chunk marked"],
  approve: ["tables attached, not approved", "approved"],
  close: ["closing written, not committed", "closed, no checkpoint", "checkpoints of one shard"],
} as const satisfies PhaseBoundaries;
const SHORT: PhaseBoundaries = {
  intake: LONG.intake.slice(0, 4),
  bill: ["chunk copied, not marked"],
  approve: ["tables attached, not approved"],
  close: ["closing written, not committed", "checkpoints of one shard"],
};
const NAMES = Object.values(KILLS > 0 ? LONG : SHORT).flat();
const ROUNDS = KILLS > 0 ? 3 : 1;
const OF_EACH = KILLS > 0 ? Math.max(2, Math.ceil(KILLS / ROUNDS / NAMES.length)) : 1;

// A playthrough takes as long as the machine needs; a hang is seen by whoever runs the tests.
t.setTimeout(0);

t.test("a killed hub and a killed PostgreSQL end where an undisturbed run does", async (t) => {
  t.setTimeout(0);
  const base = await createBase(t);
  const undisturbed = await play(base, "undisturbed", null, []);
  t.match(undisturbed["lines"], /^[1-9]/, "the undisturbed run has billed");
  const killed: DoneKill[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const kills = new KillPlan(round, KILLS > 0 ? LONG : SHORT, OF_EACH);
    const content = await play(base, `round_${round}`, kills, killed);
    t.strictSame(content, undisturbed, `round ${round}: the same store`);
  }
  t.comment(`\n${killTable(NAMES, killed)}`);
  t.ok(killed.length >= Math.max(KILLS, NAMES.length), `${killed.length} kills`);
  const ofEachMin = KILLS > 0 ? 3 : 1;
  const seldom = NAMES.filter(
    (name) => killed.filter(({ boundary }) => boundary === name).length < ofEachMin,
  );
  t.strictSame(seldom, [], `every boundary at least ${ofEachMin} times`);
  t.ok(
    killed.some(({ victim }) => victim === "PostgreSQL"),
    "PostgreSQL was killed too",
  );
});

/** Plays the two months on a copy of the base; what the store holds in the end. */
async function play(
  base: Base,
  database: string,
  kills: KillPlan | null,
  killed: DoneKill[],
): Promise<Record<string, string>> {
  const place = await createPlace(base, database, null);
  const inbox = join(place.folder, INBOX_FOLDER);
  const steps = stepsOf({ plan: base.plan, secret: SECRET, inbox });
  killed.push(...(await playThrough(place, steps, kills)));
  return asOwner(place, async (owner) => ({
    ...(await storeContent(owner)),
    verify: await foundWrong(owner),
  }));
}
