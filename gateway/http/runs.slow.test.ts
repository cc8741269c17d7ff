import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { OrganisationId, RunId } from "../../normalizer/model/ids.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { claimChunk } from "../../normalizer/store/results.ts";
import { STAGES } from "../../normalizer/store/runs.ts";
import { runCli } from "../cli.ts";
import { withChunks } from "../runs/create.ts";
import { keepRuns } from "../runs/keeper.ts";
import { ACCOUNTS, createSupplier, SUPPLIER } from "../runs/testing.ts";
import type { RunDetailsAnswer, RunsAnswer } from "./schemas/runs.ts";
import { createTestHub, OUR_ORGANISATION, signInAs } from "./testing.ts";

const hub = await createTestHub(t, {});
const database = hub.database.hub;
await createSupplier(database);
invariant(OUR_ORGANISATION === SUPPLIER.organisation, "the supplier is ours");
const clerk = await signInAs(hub, "clerk", OUR_ORGANISATION, null);
const supervisor = await signInAs(hub, "supervisor", OUR_ORGANISATION, null);
const near = await signInAs(hub, "supervisor", OUR_ORGANISATION, ["Энский"]);
const theirs = await signInAs(hub, "supervisor", 2 as OrganisationId, null);
type Headers = typeof clerk;
const ask = (headers: Headers, url: string) => hub.server.inject({ url, headers });
const say = (headers: Headers, url: string, payload?: object) =>
  hub.server.inject({
    method: "POST",
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });

/** A hub's keeper; the returned function stops it. */
function keep(): () => Promise<void> {
  const stop = new AbortController();
  const keeper = keepRuns({
    database,
    hubUrl: hub.database.hubUrl,
    workers: 1,
    pollMs: 50,
    signal: stop.signal,
    onFailure: (error) => t.fail(String(error)),
  });
  return () => {
    stop.abort();
    return keeper;
  };
}
let stopKeeper = keep();
t.teardown(() => stopKeeper());

async function start(headers: Headers, month: string, scope = "all"): Promise<number> {
  const answer = await say(headers, "/api/runs", { month, scope });
  t.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ run: number }>().run;
}

const details = async (run: number) =>
  (await ask(clerk, `/api/runs/${run}`)).json<RunDetailsAnswer>();

async function complete(run: number): Promise<RunDetailsAnswer> {
  for (;;) {
    const answer = await details(run);
    if (answer.check !== null) return answer;
    await sleep(50);
  }
}

t.test("started, watched, looked at, posted by another person", async (t) => {
  const run = await start(clerk, "2021-07");
  const answer = await complete(run);
  t.match(answer.run, { run, month: "2021-07", scope: "all", state: "OPEN", wanted: "WORK" });
  t.equal(answer.run.chunksDone, answer.run.chunks);
  // Amounts of the supplier's worked examples, see gateway/runs/run.slow.test.ts.
  const sums = answer.totals.map(({ district, kind, now }) => [district, kind, now.amount]);
  t.same(
    sums.filter(([, kind]) => kind === "ENERGY").map(([, , amount]) => amount),
    [408_995_12],
  );
  const charged = answer.totals.reduce((sum, { now }) => sum + now.amount, 0);
  t.equal(
    charged,
    290_32 + 826_25 + 210_88 + 42_15 + 627_44 + 114_67 + 913_22 + 1263_09 + 408_995_12,
  );
  t.equal(
    answer.totals.find(({ kind }) => kind === "NORM")?.now.accounts,
    1,
    "an account counts once however many lines it has",
  );
  t.ok(answer.workers.reduce((sum, { chunks }) => sum + chunks, 0) === answer.run.chunks);
  t.match(answer.problems, [{ accounts: 1, examples: [{ object: String(ACCOUNTS.parked) }] }]);
  t.same(answer.check?.counts, [], "no month before it");

  const own = await say(clerk, `/api/runs/${run}/approve`);
  t.match([own.statusCode, own.json()], [403, { error: { code: "ROLE_REFUSED" } }]);
  t.equal((await say(supervisor, `/api/runs/${run}/approve`)).statusCode, 200);
  t.match((await details(run)).run, { state: "APPROVED" });
  const late = await say(clerk, `/api/runs/${run}/discard`);
  t.match([late.statusCode, late.json()], [409, { error: { code: "RUN_REFUSED" } }]);
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  const actions = (await auditOf(database, scope, `run:${run}`, 9)).map(({ action }) => action);
  t.same(actions, ["RUN_APPROVED", "RUN_STARTED"], "what was refused left no trace of being done");
});

t.test(
  "who started it does not post it; paused nobody works on it; discarded it is gone",
  async (t) => {
    const closed = await say(supervisor, "/api/runs", { month: "2021-08", scope: "all" });
    t.match(
      [closed.statusCode, closed.json()],
      [409, { error: { code: "RUN_REFUSED", text: /2021-07/ } }],
      "the month before is not closed yet",
    );
    const run = await start(supervisor, "2021-07");
    await complete(run);
    t.match((await say(supervisor, `/api/runs/${run}/approve`)).json(), {
      error: { code: "SECOND_PERSON_REQUIRED" },
    });
    t.equal((await say(clerk, `/api/runs/${run}/discard`)).statusCode, 200);
    t.match((await details(run)).run, { state: "DISCARDED" });

    await stopKeeper();
    const second = await start(clerk, "2021-07", "private");
    t.equal((await say(clerk, `/api/runs/${second}/pause`)).statusCode, 200);
    await withChunks(database, second as RunId);
    const claim = () =>
      database.transaction((transaction) => claimChunk(transaction, second as RunId, STAGES.SITES));
    t.equal(await claim(), null, "`hub bill` takes none either");
    const notes: string[] = [];
    const exitCode = await runCli(["bill", "--period", "2021-07", "--scope", "private"], {
      ...{ environment: { DATABASE_URL: hub.database.hubUrl }, signal: AbortSignal.abort() },
      ...{ out: () => undefined, note: (text) => notes.push(text) },
    });
    t.equal(exitCode, 1);
    t.match(notes.join("\n"), new RegExp(`Расчёт ${second} приостановлен.*«Расчёты»`));
    stopKeeper = keep();
    await sleep(300);
    t.match((await details(second)).run, { wanted: "PAUSE", chunksDone: 0 });
    await stopKeeper();
    t.equal((await say(clerk, `/api/runs/${second}/resume`)).statusCode, 200);
    t.not(await claim(), null);
    stopKeeper = keep();
    await complete(second);
    const { runs } = (await ask(clerk, "/api/runs")).json<RunsAnswer>();
    t.same(runs.map(({ run, scope, state }) => [run, scope, state]).slice(0, 2), [
      [second, "private", "OPEN"],
      [run, "all", "DISCARDED"],
    ]);
  },
);

t.test("another organisation, a part of ours and nonsense", async (t) => {
  const { runs } = (await ask(clerk, "/api/runs")).json<RunsAnswer>();
  const run = runs[0]?.run ?? 0;
  t.same((await ask(theirs, "/api/runs")).json(), { runs: [] });
  t.equal((await ask(theirs, `/api/runs/${run}`)).statusCode, 404);
  t.equal((await say(theirs, `/api/runs/${run}/approve`)).statusCode, 404);
  for (const url of ["/api/runs", `/api/runs/${run}`]) {
    t.equal((await ask(near, url)).statusCode, 403, url);
  }
  t.equal((await say(near, `/api/runs/${run}/discard`)).statusCode, 403);
  for (const scope of ["district", "account:77", "nobody"]) {
    const answer = await say(clerk, "/api/runs", { month: "2021-07", scope });
    t.match([answer.statusCode, answer.json()], [400, { error: { code: "REQUEST_INVALID" } }]);
  }
});
