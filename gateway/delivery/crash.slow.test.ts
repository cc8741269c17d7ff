import type { Test } from "tap";
import t from "tap";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DesiredRow } from "../../normalizer/store/deliveries.ts";
import { hashOfContent } from "../../normalizer/store/deliveries.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { draw } from "../../simulators/random.ts";
import type { DeliveryBoundary } from "./destination.ts";
import { projectNews } from "./projector.ts";
import { Sender } from "./sender.ts";
import type { Fault } from "./testing.ts";
import { Counterpart, openTestTarget, TestClock, testDestination } from "./testing.ts";

const organisation = 1 as OrganisationId;
const SHARDS = [4, 9] as const;
const ACCOUNTS = 9;
const ROUNDS = 4;
const FAULTS: readonly Fault[] = [
  "lost before effect",
  "lost after effect",
  "busy",
  "internal error",
  "maintenance",
];

/** Thrown where a test ends the engine; after it nothing of that engine goes on. */
class Killed extends Error {}

interface Kill {
  readonly boundary: DeliveryBoundary;
  /** n-th time that the work passes there, from 1. */
  readonly at: number;
}

/** What a shard is to have in a round; a refused or poisoned account is mended in the last. */
function desired(seed: number, shard: number, round: number): readonly DesiredRow[] {
  return Array.from({ length: ACCOUNTS }, (_, index) => {
    const id = shard * 100 + index;
    // Not every round changes every object, and some go back to what they were.
    const version = draw(seed, id, round) % 3;
    const trouble = round === ROUNDS - 1 && index !== 1 ? {} : TROUBLES[index];
    const account: DesiredRow = {
      object: `account/${id}`,
      kind: "account",
      account: null,
      needs: [],
      content: { id, version: draw(seed, id, round, 1) % 2, ...trouble },
    };
    const document: DesiredRow = {
      object: `payment-document/${id}`,
      kind: "payment-document",
      account: null,
      needs: [account.object],
      content: { id, version },
    };
    return [document, account];
  }).flat();
}
const TROUBLES: Readonly<Record<number, object>> = {
  1: { refuse: true },
  2: { refuse: true },
  3: { poison: true },
};

interface Row {
  readonly object: string;
  readonly state: string;
  readonly code: string | null;
}

interface Outcome {
  readonly rows: readonly Row[];
  readonly standing: readonly (readonly [string, string])[];
  readonly kills: number;
}

let played = 0;

/** Plays the rounds of a seed; the engine is killed at the boundary and a new one goes on with the same store. */
async function play(
  t: Test,
  database: Database,
  seed: number,
  options: { readonly faulty: boolean; readonly kill: Kill | null },
): Promise<Outcome> {
  played += 1;
  const id = `play-${played}`;
  const faultOf = (ordinal: number): Fault =>
    options.faulty && draw(seed, ordinal, 7) % 4 === 0
      ? (FAULTS[draw(seed, ordinal, 8) % FAULTS.length] ?? "none")
      : "none";
  const counterpart = new Counterpart(faultOf, (ordinal) => draw(seed, ordinal, 9) % 3);
  const origin = await counterpart.listen();
  const clock = new TestClock(Date.UTC(2026, 1, 1));
  let round = 0;
  let kills = 0;
  let passed = 0;
  /** One life of the engine. */
  const live = () => {
    let dead = false;
    const boundary = (name: DeliveryBoundary) => {
      if (dead) throw new Killed();
      if (options.kill?.boundary !== name) return;
      passed += 1;
      if (passed !== options.kill.at) return;
      dead = true;
      kills += 1;
      throw new Killed();
    };
    const destination = testDestination(id, openTestTarget(origin));
    let messages = 0;
    return {
      project: async () => {
        const projection = async ({ shard }: { readonly shard: number }) =>
          SHARDS.some((own) => own === shard) ? desired(seed, shard, round) : [];
        const projector = { database, clock, destination: id, organisation, projection, boundary };
        for (const failure of (await projectNews(projector)).failures) throw failure;
      },
      sender: new Sender({
        database,
        destination,
        clock,
        random: () => 0.5,
        newMessageId: () => `${id}-${kills}-${messages++}`,
        signal: new AbortController().signal,
        onFailure: (error) => t.fail(String(error)),
        boundary,
      }),
    };
  };
  let engine = live();
  /** Repeats the work after a kill, as a restarted hub would. */
  const surviving = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        engine = live();
      }
    }
  };
  for (; round < ROUNDS; round += 1) {
    for (const shard of SHARDS) await inShard(database, shard as Shard, async () => undefined);
    await surviving(() => engine.project());
    // Rounds follow each other while messages are under way; only the last one is waited for.
    let next = await surviving(() => engine.sender.drain());
    const turns = round === ROUNDS - 1 ? Number.POSITIVE_INFINITY : draw(seed, round, 5) % 4;
    for (let turn = 0; turn < turns && next !== null; turn += 1) {
      clock.moveTo(next);
      next = await surviving(() => engine.sender.drain());
    }
  }
  await counterpart.close();
  const last = SHARDS.flatMap((shard) => desired(seed, shard, ROUNDS - 1));
  check(t, counterpart, last);
  const rows = await database.query<Row>(
    `select object, kind, state, code, encode(content_hash, 'hex') as wanted,
       encode(confirmed_hash, 'hex') as stands, foreign_ids from delivery
     where destination = $1 order by object`,
    [id],
  );
  return { rows, standing: [...counterpart.objects].sort(), kills };
}

/** Each object stands with its last content and was applied once for each; what is refused is not there. */
function check(t: Test, counterpart: Counterpart, last: readonly DesiredRow[]): void {
  const stands = new Map<string, string>();
  const twice: string[] = [];
  for (const { key, hash } of counterpart.applied) {
    if (stands.get(key) === hash) twice.push(key);
    stands.set(key, hash);
  }
  t.strictSame(twice, [], "nothing is applied twice");
  t.strictSame(counterpart.repeatedMessages, [], "no message goes twice");
  const refused = (id: unknown) => Number(id) % 100 === 1;
  const expected = last
    .filter(({ content }) => !refused(Reflect.get(content, "id")))
    .map(({ object, content }) => [object, hashOfContent(content).toString("hex")]);
  t.strictSame([...counterpart.objects].sort(), expected.sort(), "what stands is what is wanted");
}

/** The long form is run by hand: `DELIVERY_SCENARIOS=50`. */
const SCENARIOS = Number(process.env["DELIVERY_SCENARIOS"] ?? 8);
const KILL_SEEDS = SCENARIOS >= 50 ? [101, 102, 103] : [101];
/** The first time and the objects of a real counterpart are simulators/scenarios/crash-money's. */
const KILLS_AT = SCENARIOS >= 50 ? [1, 2, 5] : [2];
/** Scenarios share nothing but the store. */
const AT_ONCE = 4;

t.test("scenarios with faults", async (t) => {
  const { hub } = await createTestDatabase(t);
  let seed = 0;
  const lane = async () => {
    while (seed < SCENARIOS) {
      seed += 1;
      await playFaulty(t, hub, seed);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
});

async function playFaulty(t: Test, hub: Database, seed: number): Promise<void> {
  const { rows } = await play(t, hub, seed, { faulty: true, kill: null });
  const open = rows.filter(({ state }) => state !== "confirmed");
  t.strictSame(
    open.map(({ object, state, code }) => [object, state, code]),
    [
      ...SHARDS.map((shard) => [`account/${shard}01`, "refused", "OBJECT_REFUSED"]),
      ...SHARDS.map((shard) => [`payment-document/${shard}01`, "waiting", null]),
    ],
    `seed ${seed}: the refused are named, their documents wait, all else stands`,
  );
}

t.test("killed at each boundary the outcome is that of an undisturbed run", async (t) => {
  const { hub } = await createTestDatabase(t);
  const boundaries: readonly DeliveryBoundary[] = [
    "projected shard",
    "prepared",
    "marked sent",
    "answer received",
    "accepted",
    "polled",
    "results stored",
    "read back",
  ];
  let kills = 0;
  for (const seed of KILL_SEEDS) {
    const undisturbed = await play(t, hub, seed, { faulty: false, kill: null });
    for (const boundary of boundaries) {
      const played = KILLS_AT.map(async (at) => {
        // Without a fault nothing is read back.
        const faulty = boundary === "read back";
        const killed = await play(t, hub, seed, { faulty, kill: { boundary, at } });
        kills += killed.kills;
        t.strictSame(killed.rows, undisturbed.rows, `seed ${seed}, ${boundary} ${at}: rows`);
        t.strictSame(killed.standing, undisturbed.standing, `seed ${seed}, ${boundary} ${at}`);
      });
      await Promise.all(played);
    }
  }
  // Not every boundary is passed five times.
  t.ok(
    kills >= KILL_SEEDS.length * (KILLS_AT.length > 1 ? 14 : boundaries.length),
    `${kills} kills`,
  );
});
