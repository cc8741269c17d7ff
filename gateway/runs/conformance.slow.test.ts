import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { differences } from "../../billing/conformance/compare.ts";
import { INDIVIDUALS } from "../../billing/conformance/individuals.ts";
import { Input, type Json } from "../../billing/conformance/input.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { PURE_KINDS, STORED_KINDS } from "./conformance/kinds.ts";
import { type Case, OWN_CASES } from "./conformance/own-cases.ts";
import { Play } from "./conformance/play.ts";
import { playAll } from "./conformance/store.ts";
import { NoFactError, type Read, type StoredKind } from "./conformance/terms.ts";

const FILE = join("..", "shared", "conformance", "individuals", "cases.json");
const isThere = existsSync(FILE);
const SHARED: readonly Case[] = isThere ? JSON.parse(readFileSync(FILE, "utf8")).cases : [];

interface Put {
  readonly of: Case;
  readonly kind: StoredKind;
  readonly play: Play;
  readonly read: Read;
}

const puts: Put[] = [];
/** Cases that say something of which the store has no fact, with what it is. */
const refused = new Map<string, string>();
for (const [place, of] of [...OWN_CASES, ...SHARED].entries()) {
  const kind = STORED_KINDS[of.kind];
  if (kind === undefined) continue;
  const play = new Play(of.id, place, kind.site);
  try {
    puts.push({ of, kind, play, read: kind.put(play, new Input(of.input, "input")) });
  } catch (error) {
    if (!(error instanceof NoFactError)) throw error;
    refused.set(of.id, error.message);
  }
}

t.test("every kind is billed by the store, or has a reason why it is not", async (t) => {
  const known = [...Object.keys(STORED_KINDS), ...Object.keys(PURE_KINDS)];
  t.same(known.sort(), Object.keys(INDIVIDUALS).sort(), "kinds of the runner");
  const kinds = new Set(SHARED.map(({ kind }) => kind));
  t.same(
    [...kinds].filter((kind) => !known.includes(kind)),
    [],
    "kinds of the file",
  );
  for (const kind of Object.keys(STORED_KINDS))
    t.ok(
      OWN_CASES.some((of) => of.kind === kind && !refused.has(of.id)),
      `${kind} has a case here`,
    );
});

/**
 * What a closing has otherwise than the pure call: it settles from the last closing, so money dated before it is not
 * spread again over the months that were open then. The balance is the same.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  P01: [
    "months[5].closing.principal: want 1200.41, got 1198.44",
    "months[5].closing.advance: want 1.97, got 0.00",
  ],
};

t.test("the store bills what the pure call bills, and what the case expects", async (t) => {
  const { hub } = await createTestDatabase(t);
  const played = await playAll(
    hub,
    puts.map(({ play }) => play),
  );
  for (const { of, kind, play, read } of puts) {
    const one = played.get(play.id);
    if (one === undefined) throw new Error(`${play.id} was not played`);
    const want = kind.want ?? ((expected: Json) => expected);
    const pure = INDIVIDUALS[of.kind]?.(new Input(of.input, "input")) ?? null;
    const got = await read(one);
    for (const [wanted, what] of [
      [of.expected, "expected"],
      [pure, "the pure call"],
    ] as const) {
      const found = differences(want(wanted), got);
      const isKnown = found.length > 0 && found.join() === KNOWN[of.id]?.join();
      t.same(isKnown ? [] : found, [], `${of.id} (${of.kind}): ${what}`);
    }
  }
});

t.test(
  "cases of the file",
  { skip: isThere ? false : `no ${FILE} beside the project` },
  async (t) => {
    const stored = puts.filter(({ of }) => SHARED.includes(of)).length;
    const pure = SHARED.filter(({ kind }) => PURE_KINDS[kind] !== undefined).length;
    for (const [id, why] of refused) t.comment(`${id} is not in the store: ${why}`);
    t.equal(stored + pure + refused.size, SHARED.length);
    t.ok(stored > refused.size * 5, `${stored} in the store`);
  },
);
