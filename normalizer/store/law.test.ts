import t from "tap";
import { day } from "../model/dates.ts";
import type { OrganisationId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import { readFacts } from "./facts.ts";
import type { LawFact } from "./law.ts";
import { LawWithdrawnError, loadLaw } from "./law.ts";
import { createTestDatabase } from "./testing.ts";

const organisation = 1 as OrganisationId;
const vat = (from: string, to: string | null, rate: string, at: number): LawFact => ({
  kind: "vat",
  subject: "general",
  from: day(from),
  to: to === null ? null : day(to),
  body: { rate, act: "НК РФ, ст. 164, п. 3" },
  at,
});
const load = (text: string, facts: readonly LawFact[]) => ({
  organisation,
  name: "vat.yaml",
  bytes: new TextEncoder().encode(text),
  facts,
  author: "Администратор",
  ground: "303-ФЗ",
});

t.test("loading law", async (t) => {
  const { hub } = await createTestDatabase(t);
  const rates = () => readFacts(hub, { shard: COMMON_SHARD, kind: "vat", knownAt: null });
  const first = load("first", [
    vat("2004-01-01", "2019-01-01", "18", 2),
    vat("2019-01-01", null, "20", 5),
  ]);
  const stored = await loadLaw(hub, first);
  t.match(stored, { added: 2, changed: 0, unchanged: 0 });
  const seq = async () =>
    (await hub.query<{ seq: string }>("select seq from shard_counter where shard = 256"))[0]?.seq;

  await t.test("again is a no-op", async (t) => {
    const before = await seq();
    t.match(await loadLaw(hub, first), { message: null, added: 0, changed: 0, unchanged: 2 });
    t.equal(await seq(), before);
  });

  await t.test("a changed value is a new version with author and ground", async (t) => {
    const changed = load("second", [
      vat("2004-01-01", "2019-01-01", "18", 2),
      vat("2019-01-01", "2026-01-01", "20", 5),
      vat("2026-01-01", null, "22", 9),
    ]);
    const outcome = await loadLaw(hub, changed);
    t.match(outcome, { added: 1, changed: 1, unchanged: 1 });
    const [old, twenty, now] = await rates();
    t.match(old, { body: { rate: "18" }, message: stored.message, at: 2 });
    t.match(twenty, { body: { rate: "20" }, to: day("2026-01-01"), message: outcome.message });
    t.match(now, { body: { rate: "22" }, author: "Администратор", ground: "303-ФЗ", at: 9 });
    const [bytes] = await hub.query<{ bytes: Buffer }>(
      "select bytes from capture_part where message = $1",
      [outcome.message],
    );
    t.equal(bytes?.bytes.toString(), "second", "the file is a message");
  });

  await t.test("a value in force cannot be left out", async (t) => {
    await t.rejects(loadLaw(hub, load("third", [vat("2026-01-01", null, "22", 9)])), {
      name: LawWithdrawnError.name,
    });
    t.equal((await rates()).length, 3);
  });
});
