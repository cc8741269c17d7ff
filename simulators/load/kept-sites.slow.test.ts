import t from "tap";
import { CURRENT_RULES, rulesOf } from "../../billing/rules.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import { billChunk } from "../../gateway/runs/bill-chunk.ts";
import { keepHouseholdSites } from "../../gateway/runs/keep-sites.ts";
import type { Day } from "../../normalizer/model/dates.ts";
import { addMonths, firstDay } from "../../normalizer/model/dates.ts";
import type { RunId, Seq, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { SiteRange } from "../../normalizer/store/assembler/context.ts";
import { readContext } from "../../normalizer/store/assembler/read-context.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Pin } from "../../normalizer/store/documents.ts";
import { endFacts, readFacts, replaceFacts } from "../../normalizer/store/facts.ts";
import type { HouseResult } from "../../normalizer/store/house-months.ts";
import type { AccountResult } from "../../normalizer/store/results.ts";
import { currentPin } from "../../normalizer/store/results.ts";
import { EVERYBODY } from "../../normalizer/store/run-scope.ts";
import { STAGES } from "../../normalizer/store/runs.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { draw } from "../random.ts";
import { fillPopulation, ORGANISATION, PERIOD } from "./population-store.ts";

const ACCOUNTS = 2_000;
const SEEDS = [1, 2, 3];
const rules = rulesOf(CURRENT_RULES);
const signal = new AbortController().signal;

/** Everything that a run at the pin would say of the sites. */
async function billed(
  database: Database,
  pin: Pin,
  derivedRows: "STORED" | "DERIVED",
  ranges: readonly SiteRange[],
): Promise<readonly (AccountResult | HouseResult)[]> {
  const context = await readContext(database, {
    ...{ organisation: ORGANISATION, period: PERIOD, pin, scope: EVERYBODY },
    ...{ slotTableOf, derivedRows },
  });
  const results: (AccountResult | HouseResult)[] = [];
  for (const range of ranges) {
    const chunk = { ...range, run: 1 as RunId, chunk: 1, stage: STAGES.SITES };
    await database.transaction((transaction) =>
      billChunk(transaction, context, rules, chunk, {
        account: (result) => results.push(result),
        house: (result) => results.push(result),
      }),
    );
  }
  return results.sort((a, b) => keyOf(a) - keyOf(b));
}

async function pinOfNow(database: Database): Promise<Pin> {
  return (await currentPin(database)).map((seq) => seq as Seq);
}

/** Accounts and houses have ids of one sequence. */
function keyOf(result: AccountResult | HouseResult): number {
  return "account" in result ? result.account : result.site;
}

async function wholeShards(database: Database): Promise<readonly SiteRange[]> {
  const rows = await database.query<{ shard: number }>(
    "select distinct shard from fact where kind = 'account' order by shard",
  );
  return rows.map(({ shard }) => ({
    shard: shard as Shard,
    firstSite: 1 as SiteId,
    lastSite: Number.MAX_SAFE_INTEGER as SiteId,
  }));
}

/**
 * What happens to facts and readings while they are kept: residents move, a meter is taken away without another, an
 * account closes, a state is corrected.
 */
async function change(database: Database, seed: number, shard: Shard): Promise<void> {
  const day = (firstDay(addMonths(PERIOD, -1)) + 10) as Day;
  const by = { author: "test", ground: "test" };
  await inShard(database, shard, async (inOne) => {
    const { transaction } = inOne;
    const known = { shard, knownAt: null };
    for (const fact of await readFacts(transaction, { ...known, kind: "residents" })) {
      if (draw(seed, 1, Number(fact.subject)) % 10 !== 0 || fact.to !== null) continue;
      const body = { count: fact.body.count + 1 };
      await replaceFacts(inOne, [{ ...fact, ...by, from: day, body }]);
    }
    for (const fact of await readFacts(transaction, { ...known, kind: "meter" })) {
      if (draw(seed, 2, Number(fact.subject)) % 40 !== 0 || fact.to !== null) continue;
      await endFacts(inOne, [{ ...fact, ...by, from: day }]);
    }
    for (const fact of await readFacts(transaction, { ...known, kind: "account" })) {
      if (draw(seed, 3, Number(fact.subject)) % 60 !== 0 || fact.to !== null) continue;
      await endFacts(inOne, [{ ...fact, ...by, from: day }]);
    }
    await transaction.execute(
      `with wrong as (
         update reading set end_seq = $2
         where shard = $1 and end_seq = 0 and hashint8(meter + $3) % 20 = 0
         returning *)
       insert into reading (shard, site, meter, state_at, seq, organisation, values, source, message,
         at, period)
       select shard, site, meter, state_at, $2, organisation,
         array(select v + 10000 from unnest(values) v), 'CONTROLLER', message, at, period
       from wrong`,
      [shard, inOne.seq, seed],
    );
  });
}

for (const seed of SEEDS) {
  t.test(`kept rows bill as the facts do, seed ${seed}`, async (t) => {
    const store = await createTestDatabase(t);
    const { hub } = store;
    await fillPopulation(store, { seed, accounts: ACCOUNTS, workers: 1, note: () => undefined });
    const ranges = await wholeShards(hub);
    const before = await pinOfNow(hub);
    for (const { shard } of ranges) await change(hub, seed, shard);
    const after = await pinOfNow(hub);
    const wanted = {
      before: await billed(hub, before, "DERIVED", ranges),
      after: await billed(hub, after, "DERIVED", ranges),
    };
    t.ok(wanted.after.length > ACCOUNTS / 2);
    t.notSame(wanted.after, wanted.before, "what has changed is billed otherwise");
    t.strictSame(
      await billed(hub, after, "STORED", ranges),
      wanted.after,
      "rows older than the pin",
    );
    t.strictSame(await billed(hub, before, "STORED", ranges), wanted.before, "newer than the pin");
    const options = { organisation: ORGANISATION, period: PERIOD, workers: 1, signal };
    await keepHouseholdSites(hub, options);
    t.strictSame(await billed(hub, after, "STORED", ranges), wanted.after, "rows of the pin");
    const sites = await hub.query<{ shard: number; site: string }>(
      "select distinct shard, site from fact where kind = 'account'",
    );
    const one = sites
      .filter((_, place) => draw(seed, 4, place) % 20 === 0)
      .map(({ shard, site }) => {
        const id = Number(site) as SiteId;
        return { shard: shard as Shard, firstSite: id, lastSite: id };
      });
    t.strictSame(
      await billed(hub, after, "STORED", one),
      await billed(hub, after, "DERIVED", one),
      "one site at a time",
    );
    const { checks } = await verify(hub, { report: () => undefined, signal });
    t.strictSame(
      checks.filter(({ name }) => name === "sites").flatMap(({ failures }) => failures),
      [],
    );
  });
}
