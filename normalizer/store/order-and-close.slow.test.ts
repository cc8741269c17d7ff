/**
 * Order and close: normalisers write single facts and statements with legs in many shards, runs take pins and a
 * closing closes, all at moments drawn by seed. Whatever the moments: each fact is news to exactly one run, no
 * statement is half inside a closing, and nobody waits in a ring. The same play over a store from which one of its
 * rules is taken away must fail, or it would prove nothing.
 *
 * ORDER_AND_CLOSE_SEEDS=1000 is the long form, run by hand.
 */
import t from "tap";
import { day } from "../model/dates.ts";
import type { MessageId, MeterId, OrganisationId, Seq, Shard, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import { volume } from "../model/units.ts";
import type { Database } from "./database.ts";
import { integer } from "./database.ts";
import type { Pin } from "./documents.ts";
import { closeDocuments, inClosing, markLegs, openDocuments, takePin } from "./documents.ts";
import { ensurePartitions } from "./partitions.ts";
import { writeReadings } from "./readings.ts";
import type { RunInShard, ShardTransaction } from "./shard-transaction.ts";
import { inShard } from "./shard-transaction.ts";
import { createCitusDatabase, createTestDatabase } from "./testing.ts";
import { takeKeys } from "./unique-keys.ts";

const SEEDS = Number(process.env["ORDER_AND_CLOSE_SEEDS"] ?? 40);
/** A broken store may look right by luck; this many plays are never all lucky. */
const BROKEN_SEEDS_MAX = 60;
const NORMALISERS = 4;
const STATEMENTS_EACH = 3;
const SHARDS = 4;
const RUNS = 8;
const CLOSINGS = 3;
/** Long forms take minutes. */
t.setTimeout(0);

const STATE_AT = day("2025-04-01");
const organisation = 1 as OrganisationId;

/** The rules of the store that the play rests on; a broken variant has another one in the place of one of them. */
interface Rules {
  readonly run: RunInShard;
  readonly close: (database: Database, play: Play) => Promise<Pin>;
  readonly keys: (
    transaction: ShardTransaction,
    keys: readonly string[],
    play: Play,
  ) => Promise<void>;
  readonly legs: "one transaction each" | "all in one transaction";
}

const RULES: Rules = {
  run: inShard,
  close: (database, play) =>
    inClosing(database, Number.POSITIVE_INFINITY, async (_, pin) => {
      await play.pause();
      return pin;
    }),
  keys: async ({ transaction, shard }, keys) => {
    await takeKeys(
      transaction,
      keys.map((key) => ({
        kind: "document",
        key,
        organisation,
        shard,
        site: 0 as SiteId,
        id: 0,
        message: 0 as MessageId,
      })),
    );
  },
  legs: "one transaction each",
};

/** The counter is taken and let go at once: commits come in another order than seqs. */
const withoutLock: RunInShard = async (database, shard, work) => {
  const [row] = await database.query<{ seq: string }>(
    "update shard_counter set seq = seq + 1 where shard = $1 returning seq",
    [shard],
  );
  const seq = integer(row?.seq ?? "") as Seq;
  return database.transaction((transaction) => work({ transaction, shard, seq }));
};

/** Seqs come from a sequence, as an identity column would give them; the counter only follows. */
const seqFromSequence: RunInShard = (database, shard, work) =>
  database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ seq: string }>("select nextval('object_id') as seq");
    const seq = integer(row?.seq ?? "") as Seq;
    const value = await work({ transaction, shard, seq });
    await transaction.execute("update shard_counter set seq = greatest(seq, $2) where shard = $1", [
      shard,
      seq,
    ]);
    return value;
  });

const BROKEN: readonly (readonly [name: string, rules: Rules, finds: RegExp])[] = [
  ["the lock is let go before the commit", { ...RULES, run: withoutLock }, /news to 0 runs/],
  ["seq is not the order of commits", { ...RULES, run: seqFromSequence }, /news to 0 runs/],
  [
    "a closing does not wait for open statements",
    { ...RULES, close: (database) => inShard(database, COMMON_SHARD, takePin) },
    /half inside/,
  ],
  [
    "a closing waits, but lets new statements open",
    { ...RULES, close: closeWithoutLock },
    /half inside/,
  ],
  ["keys are taken as they come", { ...RULES, keys: takeKeysAsTheyCome }, /deadlock/],
  [
    "a transaction locks the counters of several shards",
    { ...RULES, legs: "all in one transaction" },
    /deadlock/,
  ],
];

async function closeWithoutLock(database: Database, play: Play): Promise<Pin> {
  for (;;) {
    const open = await database.query("select from document where shard = 256 and not done");
    if (open.length === 0) break;
  }
  await play.pauses(6);
  const rows = await database.query<{ seq: string }>(
    "select seq from shard_counter order by shard",
  );
  return rows.map((row) => integer(row.seq) as Seq);
}

async function takeKeysAsTheyCome(
  { transaction, shard }: ShardTransaction,
  keys: readonly string[],
  play: Play,
): Promise<void> {
  for (const key of keys) {
    await play.pause();
    await transaction.execute(
      `insert into unique_key (key, kind, organisation, shard, site, id, message)
       values ($1, 'document', 1, $2, 0, 0, 0) on conflict do nothing`,
      [key, shard],
    );
  }
}

/** Draws of one seed; each actor has its own, so that what one draws does not depend on when others did. */
class Play {
  #state: number;

  constructor(seed: number, actor: number) {
    this.#state = (seed * 7919 + actor * 104_729 + 1) >>> 0;
  }

  /** Uniform integer in [0, limit); mulberry32. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, rank: this.below(1 << 30) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }

  /** Some of at most `max` pauses. */
  async pauses(max: number): Promise<void> {
    for (let left = this.below(max + 1); left > 0; left -= 1) await this.pause();
  }

  async pause(): Promise<void> {
    const pauseMs = [0, 0, 1, 2, 5][this.below(5)] ?? 0;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** What the actors of one seed did. */
interface Seen {
  lastPin: Pin;
  /** News of each run: meters of the readings that it read. */
  readonly news: number[][];
  readonly closings: Pin[];
  readonly failures: string[];
}

/** @returns what was wrong; empty when every invariant held */
async function play(database: Database, seed: number, rules: Rules): Promise<readonly string[]> {
  const first = seed * 10_000;
  const start = await inShard(database, COMMON_SHARD, takePin);
  const seen: Seen = { lastPin: start, news: [], closings: [], failures: [] };
  const actors = [
    ...Array.from({ length: NORMALISERS }, (_, index) =>
      normalise(database, rules, new Play(seed, index), seed, first + index * 1000),
    ),
    runs(database, new Play(seed, 100), seen),
    closings(database, rules, new Play(seed, 200), seen),
  ];
  for (const actor of await Promise.allSettled(actors)) {
    if (actor.status === "rejected") seen.failures.push(String(actor.reason));
  }
  // The next month's run: what came after the last pin is its news.
  const end = await inShard(database, COMMON_SHARD, takePin);
  seen.news.push(await newsOf(database, seen.lastPin, end));
  return [
    ...seen.failures,
    ...(await wrongNews(database, first, seen)),
    ...(await halves(database, first, seen)),
  ];
}

/** Facts that no run, or more than one, had as news. */
async function wrongNews(database: Database, first: number, seen: Seen): Promise<string[]> {
  const counts = new Map<number, number>();
  const stored = await database.query<{ meter: string }>(
    "select meter from reading where site = 1 and meter between $1 and $2",
    [first, first + 9999],
  );
  for (const row of stored) counts.set(integer(row.meter), 0);
  for (const meter of seen.news.flat()) counts.set(meter, (counts.get(meter) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count !== 1)
    .map(([meter, count]) => `fact ${meter} was news to ${count} runs`);
}

/** Statements of which a closing's pin holds some legs and not others. */
async function halves(database: Database, first: number, seen: Seen): Promise<string[]> {
  const legs = await database.query<{ message: string; shard: number; seq: string }>(
    "select message, shard, seq from leg where message between $1 and $2",
    [first, first + 9999],
  );
  const documents = await database.query<{ message: string; legs: number[]; done: boolean }>(
    "select message, legs, done from document where shard = 256 and message between $1 and $2",
    [first, first + 9999],
  );
  const wrong = documents
    .filter((document) => !document.done)
    .map((document) => `statement ${document.message} is not done`);
  for (const pin of seen.closings) {
    for (const document of documents) {
      const inside = legs.filter(
        (leg) => leg.message === document.message && integer(leg.seq) <= (pin[leg.shard] ?? 0),
      );
      if (inside.length > 0 && inside.length < document.legs.length) {
        wrong.push(`statement ${document.message} is half inside a closing`);
      }
    }
  }
  return wrong;
}

async function normalise(
  database: Database,
  rules: Rules,
  draws: Play,
  seed: number,
  first: number,
): Promise<void> {
  for (let statement = 0; statement < STATEMENTS_EACH; statement += 1) {
    const message = (first + statement * 100) as MessageId;
    const shards = draws.shuffled(Array.from({ length: SHARDS }, (_, shard) => shard as Shard));
    const legs = shards.slice(0, 1 + draws.below(SHARDS));
    await draws.pauses(12);
    await rules.run(database, COMMON_SHARD, async (common) => {
      await openDocuments(common, [{ message, legs, knownSeq: 0 as Seq }]);
      await draws.pause();
    });
    const write = async (leg: ShardTransaction) => {
      await draws.pause();
      // Few names that several want at once: normalisers are at the same statement at about the same time.
      const names = Array.from({ length: 3 }, () => `${seed}/${statement}/${draws.below(4)}`);
      await rules.keys(leg, names, draws);
      await draws.pause();
      await writeReading(leg, message);
      await markLegs(leg, [message]);
      await draws.pauses(3);
    };
    try {
      if (rules.legs === "one transaction each") {
        for (const shard of legs) await rules.run(database, shard, write);
      } else await writeTogether(database, legs, write);
    } finally {
      // Of a broken store a leg may fail; the closings shall not wait for it for ever.
      await database.transaction((transaction) => closeDocuments(transaction, [message]));
    }
  }
}

async function writeTogether(
  database: Database,
  legs: readonly Shard[],
  write: (leg: ShardTransaction) => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const shard of legs) {
      const [row] = await transaction.query<{ seq: string }>(
        "update shard_counter set seq = seq + 1 where shard = $1 returning seq",
        [shard],
      );
      await write({ transaction, shard, seq: integer(row?.seq ?? "") as Seq });
    }
  });
}

/** One fact of a leg; its meter's id names message and shard. */
async function writeReading(leg: ShardTransaction, message: MessageId): Promise<void> {
  const fact = {
    shard: leg.shard,
    site: 1 as SiteId,
    meter: (message + leg.shard) as MeterId,
    stateAt: STATE_AT,
    values: [volume(1)],
    source: "AMI" as const,
    at: 0,
  };
  await writeReadings(leg, { organisation, message }, [{ fact, replaces: false }]);
}

/** Runs one after another; each reads what is new between the pin before it and its own. */
async function runs(database: Database, draws: Play, seen: Seen): Promise<void> {
  for (let run = 0; run < RUNS; run += 1) {
    await draws.pauses(3);
    const pin = await inShard(database, COMMON_SHARD, takePin);
    seen.news.push(await newsOf(database, seen.lastPin, pin));
    seen.lastPin = pin;
  }
}

async function newsOf(database: Database, before: Pin, pin: Pin): Promise<number[]> {
  const rows = await database.query<{ meter: string }>(
    `select r.meter from unnest($1::smallint[], $2::bigint[], $3::bigint[]) p (shard, before, pin)
     join reading r on r.shard = p.shard and r.seq > p.before and r.seq <= p.pin`,
    [
      Array.from({ length: SHARDS }, (_, shard) => shard),
      before.slice(0, SHARDS),
      pin.slice(0, SHARDS),
    ],
  );
  return rows.map((row) => integer(row.meter));
}

async function closings(database: Database, rules: Rules, draws: Play, seen: Seen): Promise<void> {
  for (let closing = 0; closing < CLOSINGS; closing += 1) {
    await draws.pauses(6);
    seen.closings.push(await rules.close(database, draws));
  }
}

/** Plays seeds until one of them goes wrong. */
async function firstWrong(
  database: Database,
  rules: Rules,
  seeds: number,
): Promise<{ readonly seed: number; readonly wrong: readonly string[] } | null> {
  await ensurePartitions(database, "reading", ["2025-04-01"]);
  for (let seed = 1; seed <= seeds; seed += 1) {
    const wrong = await play(database, seed, rules);
    if (wrong.length > 0) return { seed, wrong };
  }
  return null;
}

t.test(`${SEEDS} seeds by the rules of the store`, async (t) => {
  const { hub } = await createTestDatabase(t);
  t.equal(await firstWrong(hub, RULES, SEEDS), null);
  const [counted] = await hub.query<{ facts: string }>("select count(*) as facts from reading");
  t.comment(`${counted?.facts} facts`);
  t.ok(
    integer(counted?.facts ?? "0") > SEEDS * NORMALISERS * STATEMENTS_EACH,
    "facts were written",
  );
});

for (const [name, rules, finds] of BROKEN) {
  t.test(`fails when ${name}`, async (t) => {
    const { hub } = await createTestDatabase(t);
    const found = await firstWrong(hub, rules, BROKEN_SEEDS_MAX);
    t.match(found?.wrong.join("; "), finds, `seen at seed ${found?.seed}`);
  });
}

const CITUS_URL = process.env["CITUS_URL"];
const skip = CITUS_URL === undefined && "CITUS_URL is not set";
t.test("the same on a cluster", { skip }, async (t) => {
  const { hub } = await createCitusDatabase(t, CITUS_URL ?? "");
  t.equal(await firstWrong(hub, RULES, SEEDS), null);
  for (const [name, rules, finds] of BROKEN.slice(0, 1)) {
    const found = await firstWrong(hub, rules, BROKEN_SEEDS_MAX);
    t.match(found?.wrong.join("; "), finds, `fails when ${name}: seed ${found?.seed}`);
  }
});
