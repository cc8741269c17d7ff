import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { DemoLines } from "../../billing/clauses.ts";
import { explainMonth } from "../../gateway/explain.ts";
import { acceptCaptures } from "../../gateway/intake/accept.ts";
import { closePeriod } from "../../gateway/runs/close.ts";
import { openRun } from "../../gateway/runs/create.ts";
import { replayMonth } from "../../gateway/runs/replay.ts";
import { workOn } from "../../gateway/runs/work.ts";
import { readSource } from "../../gateway/source-bytes.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import { addDays, addMonths, day, firstDay } from "../../normalizer/model/dates.ts";
import type { MessageId, RunId } from "../../normalizer/model/ids.ts";
import type { LineKind } from "../../normalizer/model/lines.ts";
import type { AccountPlace } from "../../normalizer/store/account-place.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readBytes } from "../../normalizer/store/messages.ts";
import { approve } from "../../normalizer/store/results.ts";
import { correctionOf } from "../head-end/month.ts";
import { FLATS_PER_BUILDING, householdIds } from "../supplier/plan.ts";
import { CIRCUMSTANCES, housePlace, playHouse } from "./demo/house.ts";
import { checkHouse } from "./demo/house-balance.ts";
import { headEndMonth, mustUpload } from "./demo/month.ts";
import { ASKUE_CHANNEL, CONTROLLERS_CHANNEL } from "./hub.ts";
import { observedDatabase } from "./observed-database.ts";
import type { OpenMonth } from "./played-month.ts";
import { createPlayedMonth, ORGANISATION, PERIOD } from "./played-month.ts";

t.setTimeout(0);
const AUTHOR = "klerk";
const SCOPE = { organisation: ORGANISATION, districts: null };
/** The least supplier with every story. */
const HOUSEHOLDS = 93;
/** Last column of docs/clauses.md; UPDATE_CLAUSES writes it anew. */
const LINES_BY_RULE = join(
  import.meta.dirname,
  "../../../simulators/scenarios/demo/lines-by-rule.json",
);
const DAY_MS = 86_400_000;
const played = await createPlayedMonth(t, HOUSEHOLDS);

t.test("every channel of every file is counted once, those that have waited too", async (t) => {
  const { store } = await played.open(t, "counted");
  const messages = await store.hub.query<{ id: string; day: string; name: string; count: number }>(
    `select id, received_on as day, name,
       (select sum(value::int) from jsonb_each_text(outcome -> 'records'))::int as count
     from message where channel = $1 and state in ('posted', 'waiting') order by id`,
    [ASKUE_CHANNEL],
  );
  t.ok(messages.length > 55, `${messages.length} files`);
  const wrong: string[] = [];
  for (const { id, day: receivedOn, name, count } of messages) {
    const message = { message: Number(id) as MessageId, receivedOn: day(receivedOn) };
    const parts: Uint8Array[] = [];
    for await (const part of readBytes(store.hub, message)) parts.push(part);
    const channels = Buffer.concat(parts).toString("latin1").split("<measuringchannel ").length - 1;
    if (count !== channels) wrong.push(`${name}: ${count} of ${channels}`);
  }
  t.strictSame(wrong, []);
  const repeated = await store.hub.query(
    `select m.name from message_problem p join message m on m.id = p.message
     where p.code = 'DUPLICATE' and m.channel = $1`,
    [ASKUE_CHANNEL],
  );
  t.strictSame(repeated, [], "nothing is taken twice");
});

t.test("every line of the demo explains, and an altered reading is seen", async (t) => {
  const { store } = await played.open(t, "explained");
  await approve(store.hub, await bill(store.hub, PERIOD), AUTHOR);
  const places = await billedAccounts(store.hub);
  t.ok(places.length > HOUSEHOLDS - 5, `${places.length} accounts are billed`);
  const { lines, differs, unfounded, unread } = await explainAll(store.hub, places);
  const [stored] = await store.hub.query<{ lines: string }>(
    "select count(*) as lines from charge_line_text",
  );
  t.equal(lines, Number(stored?.lines), "as many lines as are stored");
  t.strictSame(differs, [], "computed again, every line equals the stored one");
  t.strictSame(unfounded, [], "every line has clause, formula, result and source");
  const replayed = await replayMonth(store.hub, {
    ...{ organisation: ORGANISATION, month: PERIOD, onProgress: () => undefined },
    signal: new AbortController().signal,
  });
  t.strictSame(replayed.changed, [], "today's rules change no kopeck of the month");
  t.equal(replayed.lines, lines);
  t.strictSame(unread, [], "every source leads to bytes");

  const [first] = places;
  const altered = await store.owner?.execute(
    `update reading r set values = array(select value + 10000 from unnest(r.values) value)
     from fact f
     where f.shard = $1 and f.kind = 'meter' and f.body ->> 'account' = $2
       and r.shard = f.shard and r.site = f.site and r.meter = f.subject::bigint
       and r.state_at >= '2026-01-18' and r.end_seq = 0`,
    [first?.shard ?? 0, String(first?.account)],
  );
  t.equal(altered, 1, "one stored reading is 1 kWh more");
  const changed: string[] = [];
  for (const place of places) {
    const { lines: again } = await explainMonth(store.hub, place, PERIOD);
    if (again.some(({ equal }) => !equal)) changed.push(place.number);
  }
  t.strictSame(changed, [first?.number], "the comparison fails for that account alone");
});

/** Energy or money of some kinds of lines of a household's account. */
async function sumOf(
  month: OpenMonth,
  index: number,
  what: "volume" | "amount",
  ...kinds: LineKind[]
) {
  const account = householdIds(month.stage.plan, index).account;
  const [row] = await month.store.hub.query<{ sum: string }>(
    `select coalesce(sum(${what}), 0) as sum from charge_line_text
     where account = $1 and kind = any($2)`,
    [account, kinds],
  );
  return Number(row?.sum);
}

t.test("every line of a house with common meters explains and sums to its ОДПУ", async (t) => {
  const month = await played.open(t, "house");
  const { store, stage } = month;
  await playHouse(stage, { ...stage.readings, channel: CONTROLLERS_CHANNEL });
  const run = await bill(store.hub, PERIOD);
  await approve(store.hub, run, AUTHOR);
  t.ok((await checkHouse(stage, run)) > 0, "a negative ОДН is carried");

  // Room 1: 80 kWh, 2 persons; room 2: 245.41, 3; room 3, out of the section: 398.95, 1. The section's meter shows 18
  // above its rooms, the flat's 60 above all rooms, 42 of them outside of the section.
  for (const [index, own, section, common] of [
    [64, 80, 18 * (2 / 5), 42 * (2 / 6)],
    [65, 245.41, 18 * (3 / 5), 42 * (3 / 6)],
    [66, 398.95, 0, 42 * (1 / 6)],
  ] as const) {
    for (const [kind, want] of [
      ["OWN", own],
      ["SECTION", section],
      ["COMMON", common],
    ] as const) {
      const volume = await sumOf(month, index, "volume", kind);
      t.equal(volume, Math.round(want * 10_000), `${kind} of ${index}`);
    }
  }
  // Shares 2 : 1 of the 97 kWh of the one meter; the first takes the residue.
  t.equal(await sumOf(month, 54, "volume", "METER"), 646_667);
  t.equal(await sumOf(month, 55, "volume", "METER"), 323_333);
  // 52 kWh of one of the four residents, 10–23 January: 14 full days of 31.
  t.equal(await sumOf(month, CIRCUMSTANCES.absence, "volume", "ABSENCE"), -234_839);
  // Ten norms of 82 for 2 residents, 5–16 January, less the 130 + 70 that the meter has shown.
  t.equal(await sumOf(month, CIRCUMSTANCES.tamper, "volume", "TAMPER"), 6_348_387 - 2_000_000);
  // Half of 50 kWh: 8 days of 31 at 5.51 and 23 at 6.33, so 12.9032 and 37.0968 kWh.
  t.equal(await sumOf(month, CIRCUMSTANCES.benefit, "amount", "BENEFIT"), -(35_55 + 117_41));

  const { site } = housePlace(stage.plan);
  const places = (await billedAccounts(store.hub)).filter((place) => place.site === site);
  t.equal(places.length, FLATS_PER_BUILDING);
  const { differs, unfounded, unread } = await explainAll(store.hub, places);
  t.strictSame({ differs, unfounded, unread }, { differs: [], unfounded: [], unread: [] });

  const page = `${JSON.stringify(await linesByRule(store.hub), null, 2)}\n`;
  if (process.env["UPDATE_CLAUSES"] !== undefined) writeFileSync(LINES_BY_RULE, page);
  t.equal(readFileSync(LINES_BY_RULE, "utf8"), page, "the figures of docs/clauses.md");
});

/** Lines of the month by the version of a rule that made them, and the first of each. */
async function linesByRule(database: Database): Promise<readonly DemoLines[]> {
  const rows = await database.query<Omit<DemoLines, "example"> & DemoLines["example"]>(
    `select distinct on (rule) rule, count(*) over (partition by rule)::int as lines,
       account, month, kopecks
     from (select l.rule || '@' || l.rule_version as rule, k.key as account,
             to_char(l.origin, 'YYYY-MM') as month, l.amount::int as kopecks, l.ordinal
           from charge_line_text l
             join unique_key k on k.kind = 'account' and k.id = l.account) line
     order by rule, account collate "C", ordinal`,
  );
  return rows
    .map(({ rule, lines, ...example }) => ({ rule, lines, example }))
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

t.test("a correction counts once, whenever it arrives", async (t) => {
  const inTime = await played.open(t, "in_time");
  await sendCorrection(inTime);
  await finish(inTime, await bill(inTime.store.hub, PERIOD));
  const want = await januarySums(inTime.store.hub);

  const moments: Readonly<Record<string, (month: OpenMonth) => Promise<void>>> = {
    "during a run": async (month) => {
      const run = await openedRun(month.store.hub, PERIOD);
      await sendCorrection(month);
      await work(month.store.hub, run);
      await finish(month, run);
    },
    "during a run, with a clock that ran ahead": async (month) => {
      const run = await openedRun(month.store.hub, PERIOD);
      await acceptCorrection(month, Date.now() + 400 * DAY_MS);
      await work(month.store.hub, run);
      await finish(month, run);
    },
    "during an approval": async (month) => {
      const run = await bill(month.store.hub, PERIOD);
      const correction = await meanwhile(month, /'APPROVED'/, (database) =>
        approve(database, run, AUTHOR),
      );
      await correction;
      await close(month.store.hub);
      await billAndApproveNext(month);
    },
    "during a closing": async (month) => {
      await approve(month.store.hub, await bill(month.store.hub, PERIOD), AUTHOR);
      const correction = await meanwhile(month, /insert into closing/, close);
      await correction;
      await billAndApproveNext(month);
    },
    "after the closing, with a clock that went back": async (month) => {
      await approve(month.store.hub, await bill(month.store.hub, PERIOD), AUTHOR);
      await close(month.store.hub);
      // Received, by a clock that is wrong, before anything of the month was billed.
      await acceptCorrection(month, Date.now() - 30 * DAY_MS);
      await billAndApproveNext(month);
    },
  };
  for (const [name, play] of Object.entries(moments)) {
    t.test(name, async (t) => {
      const month = await played.open(t, name.replaceAll(/[^a-z]/g, "_"));
      await play(month);
      const late = await correctionLines(month.store.hub);
      t.ok(late > 0, `${late} difference lines`);
      t.strictSame(await januarySums(month.store.hub), want, "January costs what it would have");
    });
  }
});

/** Computes every line again: those that differ, that are without ground, and sources without bytes. */
async function explainAll(database: Database, places: readonly AccountPlace[]) {
  const differs: string[] = [];
  const unfounded: string[] = [];
  const unread = new Set<string>();
  let lines = 0;
  for (const place of places) {
    const month = await explainMonth(database, place, PERIOD);
    if (month.notStored.length > 0) differs.push(place.number);
    for (const { line, steps, equal } of month.lines) {
      lines += 1;
      if (!equal) differs.push(`${place.number}/${line.ordinal}`);
      const all = [...month.shared, ...steps];
      const complete = all.every(({ clause, formula, result }) => clause && formula && result);
      const sources = all.flatMap((step) => step.sources ?? []);
      if (!complete || steps.length === 0 || sources.length === 0) unfounded.push(place.number);
      for (const { origin } of sources) {
        const bytes = await readSource(database, SCOPE, origin);
        if (bytes === null || bytes.hex.length === 0) unread.add(`${origin.message}:${origin.at}`);
      }
    }
  }
  return { lines, differs, unfounded, unread: [...unread] };
}

async function openedRun(database: Database, period: Month): Promise<RunId> {
  const request = { organisation: ORGANISATION, period, author: AUTHOR, accountsMax: 20 };
  return (await openRun(database, request)).run;
}

async function work(database: Database, run: RunId): Promise<void> {
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, signal, onProgress: () => undefined });
}

async function bill(database: Database, period: Month): Promise<RunId> {
  const run = await openedRun(database, period);
  await work(database, run);
  return run;
}

async function close(database: Database): Promise<void> {
  await closePeriod(database, {
    organisation: ORGANISATION,
    period: PERIOD,
    author: AUTHOR,
    waitMs: 60_000,
    onProgress: () => undefined,
  });
}

/** Approves and closes January, then bills February, in which what came late makes difference lines. */
async function finish(month: OpenMonth, run: RunId): Promise<void> {
  await approve(month.store.hub, run, AUTHOR);
  await close(month.store.hub);
  await billAndApproveNext(month);
}

async function billAndApproveNext(month: OpenMonth): Promise<void> {
  await month.hub.settle();
  await approve(month.store.hub, await bill(month.store.hub, addMonths(PERIOD, 1)), AUTHOR);
}

/** A correction that sets in while a transaction of `work` has written what `at` matches and has not committed. */
async function meanwhile(
  month: OpenMonth,
  at: RegExp,
  work: (database: Database) => Promise<unknown>,
): Promise<Promise<void>> {
  let correction: Promise<void> = Promise.resolve();
  const database = observedDatabase(month.store.hub, async ({ when, statements }) => {
    if (when !== "written" || !statements.some((statement) => at.test(statement.text))) return;
    // Committed to the inbox at once; its document waits for the lock of common that this transaction holds.
    correction = sendCorrection(month);
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  await work(database);
  return correction;
}

function correctionFile(month: OpenMonth) {
  const plan = headEndMonth(month.stage.plan);
  const wrongDay = addDays(firstDay(PERIOD), 9);
  const number = plan.firstNumber + 1_000;
  return correctionOf({ ...plan, seed: plan.seed + 1 }, wrongDay, number, wrongDay);
}

async function sendCorrection(month: OpenMonth): Promise<void> {
  const { name, bytes } = correctionFile(month);
  await mustUpload(month.stage.askue, name, bytes);
  await month.hub.settle();
}

async function acceptCorrection(month: OpenMonth, receivedAtMs: number): Promise<void> {
  const { name, bytes } = correctionFile(month);
  async function* parts() {
    yield bytes;
  }
  const channel = { id: ASKUE_CHANNEL, organisation: ORGANISATION };
  const captures = [{ name, receivedAtMs, parts: parts(), envelope: {} }];
  await acceptCaptures(month.store.hub, channel, captures);
  await month.hub.settle();
}

async function billedAccounts(database: Database): Promise<readonly AccountPlace[]> {
  const keys = await database.query<{ key: string }>(
    `select key from unique_key k where kind = 'account'
       and exists (select from charge_line_text l where l.account = k.id) order by key`,
  );
  const places: AccountPlace[] = [];
  for (const { key } of keys) {
    const place = await placeOf(database, SCOPE, key);
    if (place.ok) places.push(place.value);
  }
  return places;
}

/** What January costs each contract, all runs together. */
function januarySums(database: Database) {
  return database.query(
    `select l.account, l.zone, sum(l.volume) as volume, sum(l.amount) as amount, sum(l.vat) as vat
     from charge_line_text l
     where l.origin = '2026-01-01' and l.kind = 'ENERGY'
     group by 1, 2 order by 1, 2`,
  );
}

async function correctionLines(database: Database): Promise<number> {
  const [row] = await database.query<{ lines: string }>(
    `select count(*) as lines from charge_line_text
     where origin < period and kind = 'ENERGY'`,
  );
  return Number(row?.lines);
}
