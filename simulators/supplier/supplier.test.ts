import { createHash } from "node:crypto";
import t from "tap";
import { month } from "../../normalizer/model/dates.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { draw } from "../random.ts";
import { checkedInn } from "./businesses.ts";
import type { Story } from "./households.ts";
import { household, knownStates, periodState } from "./households.ts";
import { loadSupplier } from "./load.ts";
import type { SupplierPlan } from "./plan.ts";
import { READINGS, TABLES } from "./rows.ts";

const plan: SupplierPlan = {
  seed: 20_260_101,
  households: 200,
  businesses: 3,
  period: month("2026-01"),
  organisation: 1,
  firstId: 5_000,
};

t.test("draws are stateless and spread", async (t) => {
  t.equal(draw(1, 2, 3), draw(1, 2, 3));
  const seen = new Set(Array.from({ length: 10_000 }, (_, index) => draw(1, 2, index)));
  t.ok(seen.size > 9_990, `${seen.size} of 10 000 draws differ`);
  const low = [...seen].filter((value) => value < 2 ** 31).length;
  t.ok(low > 4_700 && low < 5_300, `${low} of 10 000 in the lower half`);
});

t.test("control digit of an ИНН", async (t) => {
  // ИНН of Сбербанк and of Яндекс, as published.
  for (const inn of ["7707083893", "7736207543"]) t.equal(checkedInn(inn.slice(0, 9)), inn);
});

t.test("the demo supplier has every story, and honest registers", async (t) => {
  const stories = new Set<Story>();
  const wrong: string[] = [];
  for (let index = 0; index < plan.households; index += 1) {
    const who = household(plan, index);
    stories.add(who.story);
    const states = knownStates(plan, index, who);
    const last = periodState(plan, index, who);
    const all = last === null ? states : [...states, last];
    for (const meter of who.meters) {
      const own = all.filter((state) => state.meter.serial === meter.serial);
      for (const [place, state] of own.entries()) {
        const before = own[place - 1];
        if (before === undefined) continue;
        const down = state.values.some((value, zone) => value < (before.values[zone] ?? 0));
        if (down || state.readOn <= before.readOn) wrong.push(who.number);
      }
    }
  }
  t.strictSame(wrong, [], "days ascend, and no register goes down");
  t.strictSame([...stories].sort(), [
    "AVERAGE",
    "CORRECTED",
    "LATE",
    "METER",
    "NEGATIVE",
    "NORM",
    "NO_NORM",
    "REPLACED",
    "SILENT",
    "TYPO",
    "UNKNOWN_METER",
  ]);
});

t.test("the same seed makes the same rows", async (t) => {
  const context = { plan, message: 4_999, seqs: Array.from({ length: 257 }, () => 1) };
  const other = { ...context, plan: { ...plan, seed: 2 } };
  for (const table of TABLES) {
    t.equal(hashOf(table.rows(context)), hashOf(table.rows(context)), table.table);
  }
  t.not(hashOf(READINGS.rows(context)), hashOf(READINGS.rows(other)), "another seed, other rows");
});

t.test("loads into a store", async (t) => {
  const { owner, hub } = await createTestDatabase(t);
  const { plan: loaded, message } = await loadSupplier(owner, plan);
  const kinds = await hub.query<{ kind: string; count: string }>(
    "select kind, count(*) from fact group by kind order by kind",
  );
  const meters = Array.from({ length: 200 }, (_, index) => household(loaded, index).meters.length);
  t.strictSame(Object.fromEntries(kinds.map(({ kind, count }) => [kind, Number(count)])), {
    account: 200,
    "bank-account": 1,
    "channel-map": 6,
    contract: 3,
    meter: meters.reduce((sum, count) => sum + count, 0),
    organisation: 1,
    partner: 1,
    residents: 200,
    // Two МКД, 128 houses, three businesses.
    site: 133,
    "supply-point": 4,
  });
  const [ledger] = await hub.query<{ count: string; sum: string }>(
    "select count(*), sum(amount) from ledger",
  );
  const openings = Array.from({ length: 200 }, (_, index) => household(loaded, index))
    .map(({ openingKopecks }) => openingKopecks)
    .filter((amount) => amount !== 0);
  t.strictSame(ledger, {
    count: String(openings.length),
    sum: String(openings.reduce((sum, amount) => sum + amount, 0)),
  });
  const strays = await hub.query(
    `select f.subject from fact f join fact s on s.kind = 'site' and s.site = f.site
     where f.shard <> s.shard`,
  );
  t.equal(strays.length, 0, "everything of a site is in its shard");
  const [next] = await hub.query<{ id: string }>("select nextval('object_id') as id");
  const [highest] = await hub.query<{ id: string }>("select max(site) as id from fact");
  t.ok(Number(next?.id) > Number(highest?.id), "no id of the load comes again");
  const [stored] = await hub.query<{ sha256: Buffer; bytes: Buffer }>(
    `select m.sha256, c.bytes from message m join capture_part c on c.message = m.id
     where m.id = $1`,
    [message],
  );
  t.equal(
    createHash("sha256")
      .update(stored?.bytes ?? "")
      .digest("hex"),
    stored?.sha256.toString("hex"),
  );
  const [reading] = await hub.query<{ at: string; values: string[]; serial: string }>(
    `select r.at, r.values, f.body ->> 'serial' as serial from reading r
     join fact f on f.kind = 'meter' and f.subject = r.meter::text order by r.at desc limit 1`,
  );
  const row = (stored?.bytes.toString() ?? "").split("\n")[Number(reading?.at) - 1];
  t.match(row, `;${reading?.serial};`, "the origin of a reading is its row of the load");
});

function hashOf(rows: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(row);
  return hash.digest("hex");
}
