import { createHash } from "node:crypto";
import t from "tap";
import { month } from "../../../normalizer/model/dates.ts";
import type { Story } from "./account.ts";
import { accountPlan } from "./account.ts";
import type { PopulationPlan } from "./plan.ts";
import { BLOCK_ACCOUNTS, blocksOf, idsOfAccount, sitesOfBlock } from "./plan.ts";
import type { Phase, RowsContext } from "./rows.ts";
import { BlockRows } from "./rows.ts";

const plan: PopulationPlan = {
  seed: 7,
  accounts: 20_500,
  period: month("2026-03"),
  organisation: 1,
  firstId: 5_000,
};

t.test(
  "every account once, sites inside their block and shard, ids nobody has twice",
  async (t) => {
    const ids = new Set<number>();
    const wrong: string[] = [];
    let next = 0;
    let lastShard = 0;
    for (let block = 0; block < blocksOf(plan); block += 1) {
      for (const { site, first, shard, dwellings } of sitesOfBlock(plan, block)) {
        if (first !== next || shard < lastShard || shard > 255) wrong.push(`site ${site}`);
        lastShard = shard;
        ids.add(site);
        for (const dwelling of dwellings) {
          if (dwelling.first !== next) wrong.push(`dwelling at ${dwelling.first}`);
          next += dwelling.accounts;
        }
      }
      if (next !== Math.min(plan.accounts, (block + 1) * BLOCK_ACCOUNTS))
        wrong.push(`block ${block}`);
    }
    t.strictSame(wrong, []);
    t.equal(next, plan.accounts);
    t.ok(lastShard > 240, `the last block lies in shard ${lastShard}`);
    const sites = ids.size;
    for (let index = 0; index < plan.accounts; index += 1) {
      for (const id of Object.values(idsOfAccount(plan, index))) ids.add(id);
    }
    t.equal(ids.size, sites + plan.accounts * 7);
  },
);

/** Shares of all accounts in percent, with the bounds in which a sample of this size may lie. */
const SHARES: readonly (readonly [string, readonly Story[], number, number])[] = [
  ["by meter", ["READ", "CAUGHT_UP", "REPLACED", "MANUAL"], 76.5, 83.5],
  ["caught up", ["CAUGHT_UP"], 3, 5],
  ["by average", ["MISSED", "MISSED_TWICE"], 11, 13],
  ["by norm", ["NO_METER", "SILENT", "DELAYED"], 5, 7],
  ["others", ["FIXED", "STOPPED", "ABSENT", "PLOT", "REFUSED", "MANUAL"], 1.5, 2.6],
  ["replaced meters", ["REPLACED"], 0.2, 0.65],
  ["bad", ["BAD_NO_NORM", "BAD_NO_TARIFF", "BAD_NO_ZONE_PRICE", "BAD_REGISTER"], 0.05, 0.15],
];

t.test("the population has the shares that were asked for", async (t) => {
  const stories = new Map<Story, number>();
  const zones = new Map<number, number>();
  const parts = new Map<string, number>();
  const sizes: number[] = [];
  let inBuildings = 0;
  for (let block = 0; block < blocksOf(plan); block += 1) {
    for (const site of sitesOfBlock(plan, block)) {
      if (site.kind === "MKD") sizes.push(site.dwellings.length);
      for (const dwelling of site.dwellings) {
        for (let place = 0; place < dwelling.accounts; place += 1) {
          const account = accountPlan(plan, site, dwelling, dwelling.first + place);
          count(stories, account.story);
          count(parts, dwelling.part);
          if (account.zones.length > 0) count(zones, account.zones.length);
          if (site.kind === "MKD") inBuildings += 1;
        }
      }
    }
  }
  for (const [name, of, low, high] of SHARES) {
    const accounts = of.reduce((sum, story) => sum + (stories.get(story) ?? 0), 0);
    const percent = (accounts / plan.accounts) * 100;
    t.ok(percent >= low && percent <= high, `${name}: ${percent.toFixed(2)} %`);
  }
  const metered = [...zones.values()].reduce((sum, of) => sum + of, 0);
  const share = (of: number, all: number) => (of / all) * 100;
  t.ok(share(zones.get(2) ?? 0, metered) > 17 && share(zones.get(2) ?? 0, metered) < 23);
  t.ok(share(zones.get(3) ?? 0, metered) > 1 && share(zones.get(3) ?? 0, metered) < 4);
  t.ok(share(parts.get("ROOM") ?? 0, plan.accounts) > 0.5, `rooms: ${parts.get("ROOM")}`);
  t.ok(share(parts.get("SHARE") ?? 0, plan.accounts) > 0.5, `shares: ${parts.get("SHARE")}`);
  t.ok(share(inBuildings, plan.accounts) > 50 && share(inBuildings, plan.accounts) < 80);
  t.ok(Math.min(...sizes) >= 1 && Math.max(...sizes) > 300 && Math.max(...sizes) <= 600);
});

t.test("the same seed makes the same rows, whichever blocks are made before", async (t) => {
  for (const phase of ["BEFORE", "MONTH"] as const) {
    const alone = hashOf(plan, phase, [11]);
    t.equal(hashOf(plan, phase, [11]), alone);
    t.not(hashOf({ ...plan, seed: 8 }, phase, [11]), alone, "another seed, other rows");
    const both = new BlockRows(contextOf(plan), phase);
    both.add(10);
    const before = new Map(
      [...both.tables].map(([name, { rows }]) => [name, textOf(rows.chunks())]),
    );
    both.add(11);
    const hash = createHash("sha256");
    for (const [name, { rows }] of [...both.tables].sort()) {
      hash.update(name).update(textOf(rows.chunks()).slice((before.get(name) ?? "").length));
    }
    t.equal(hash.digest("hex"), alone, `${phase}: after another block`);
  }
});

function contextOf(of: PopulationPlan): RowsContext {
  const seqs = Array.from({ length: 256 }, () => 1);
  return {
    plan: of,
    messages: { BEFORE: 4_998, MONTH: 4_999 },
    seqs: { BEFORE: seqs, MONTH: seqs.map((seq) => seq + 1) },
  };
}

function hashOf(of: PopulationPlan, phase: Phase, blocks: readonly number[]): string {
  const made = new BlockRows(contextOf(of), phase);
  for (const block of blocks) made.add(block);
  const hash = createHash("sha256");
  for (const [name, { rows }] of [...made.tables].sort()) {
    hash.update(name).update(textOf(rows.chunks()));
  }
  return hash.digest("hex");
}

function textOf(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString("latin1");
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
