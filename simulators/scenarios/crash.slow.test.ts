import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { connect } from "../../normalizer/store/database.ts";
import { openStore } from "../../normalizer/store/open.ts";
import type { Teardown } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { loadSupplier } from "../supplier/load.ts";
import type { SupplierPlan } from "../supplier/plan.ts";
import type { BoundaryName } from "./crash/boundaries.ts";
import { HubHandle } from "./crash/hub-handle.ts";
import type { Kill } from "./crash/kills.ts";
import { BOUNDARY_NAMES, KillPlan } from "./crash/kills.ts";
import type { Step } from "./crash/play.ts";
import { stepsOf } from "./crash/play.ts";
import { loadDemoLaw } from "./demo/law.ts";
import { INBOX_FOLDER } from "./hub.ts";
import { BASE_DATABASE, OwnServer } from "./own-server.ts";
import { storeContent } from "./store-content.ts";

const ORGANISATION = 1 as OrganisationId;
const SECRET = "a secret of the crash test";
/** The long form kills at least this often and each boundary at least three times. */
const KILLS = Number(process.env["CRASH_KILLS"] ?? "0");
const SHORT: readonly BoundaryName[] = [
  "capture committed, not acknowledged",
  "legs named, none written",
  "leg written, not committed",
  "leg k of n committed",
  "chunk copied, not marked",
  "tables attached, not approved",
  "closing written, not committed",
  "checkpoints of one shard",
];
const ROUNDS = KILLS > 0 ? 3 : 1;
const OF_EACH = Math.max(2, Math.ceil(KILLS / ROUNDS / BOUNDARY_NAMES.length));

// A playthrough takes as long as the machine needs; a hang is seen by whoever runs the tests.
t.setTimeout(0);

interface Base {
  readonly server: OwnServer;
  readonly plan: SupplierPlan;
  readonly role: string;
  readonly password: string;
  readonly folder: string;
}

interface Done extends Kill {
  readonly step: string;
}

t.test("a killed hub and a killed PostgreSQL end where an undisturbed run does", async (t) => {
  t.setTimeout(0);
  const base = await createBase(t);
  const undisturbed = await play(base, "undisturbed", null, []);
  t.match(undisturbed["lines"], /^[1-9]/, "the undisturbed run has billed");
  const killed: Done[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ofEach = (name: BoundaryName) => (KILLS > 0 ? OF_EACH : Number(SHORT.includes(name)));
    const content = await play(base, `round_${round}`, new KillPlan(round, ofEach), killed);
    t.strictSame(content, undisturbed, `round ${round}: the same store`);
  }
  t.comment(`\n${killTable(killed)}`);
  if (KILLS > 0) {
    t.ok(killed.length >= KILLS, `${killed.length} kills`);
    const seldom = BOUNDARY_NAMES.filter(
      (name) => killed.filter(({ boundary }) => boundary === name).length < 3,
    );
    t.strictSame(seldom, [], "every boundary at least three times");
  } else t.equal(killed.length, SHORT.length, "every kill of the short form was reached");
  t.ok(
    killed.some(({ victim }) => victim === "PostgreSQL"),
    "PostgreSQL was killed too",
  );
});

/** A migrated store with law and supplier that every playthrough starts from. */
async function createBase(t: Teardown): Promise<Base> {
  const server = new OwnServer();
  const folder = mkdtempSync(join(tmpdir(), "energohub-crash-files-"));
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await server.start();
  const store = await openStore(
    { DATABASE_OWNER_URL: server.ownerUrl(BASE_DATABASE) },
    { folder, application: "energohub crash", connectionsMax: 2, say: () => undefined },
  );
  await loadDemoLaw(store.hub, ORGANISATION);
  if (store.owner === null) throw new Error("the owner's address was given");
  const { plan } = await loadSupplier(store.owner, {
    seed: 7,
    households: 100,
    businesses: 3,
    period: month("2026-01"),
    organisation: ORGANISATION,
  });
  const { username, password } = new URL(store.hubUrl);
  await store.close();
  return { server, plan, role: username, password, folder };
}

/** Plays the two months on a copy of the base; what the store holds in the end. */
async function play(
  base: Base,
  database: string,
  kills: KillPlan | null,
  killed: Done[],
): Promise<Record<string, string>> {
  await base.server.copyDatabase(BASE_DATABASE, database);
  const folder = join(base.folder, database);
  await mkdir(join(folder, INBOX_FOLDER), { recursive: true });
  const steps = stepsOf({ plan: base.plan, secret: SECRET, inbox: join(folder, INBOX_FOLDER) });
  let hub = await startHub(base, database, folder);
  for (const step of steps)
    hub = await perform(base, { database, folder, hub, step, kills, killed });
  await hub.kill();
  const owner = connect({
    url: base.server.ownerUrl(database),
    connectionsMax: 4,
    application: "energohub crash",
    onIdleError: () => undefined,
  });
  try {
    const report = await verify(owner, {
      report: () => undefined,
      signal: new AbortController().signal,
    });
    const wrong = report.checks.filter(({ failed }) => failed > 0);
    return { ...(await storeContent(owner)), verify: JSON.stringify(wrong) };
  } finally {
    await owner.close();
  }
}

interface Performance {
  readonly database: string;
  readonly folder: string;
  readonly hub: HubHandle;
  readonly step: Step;
  readonly kills: KillPlan | null;
  readonly killed: Done[];
}

/** Does the step until it is done, killing and starting again on the way. @returns the hub that lives then */
async function perform(base: Base, performance: Performance): Promise<HubHandle> {
  const { database, folder, step, kills, killed } = performance;
  let { hub } = performance;
  for (;;) {
    if (hub.armed?.phase !== step.phase) await arm(hub, step, kills);
    const failure = step.act(hub).then(
      () => null,
      (error: unknown) => error,
    );
    const end = await Promise.race([failure, hub.interrupted]);
    if (end === null) return hub;
    if (end !== "reached" || hub.armed === null) throw new Error(`${step.name}: ${String(end)}`);
    const { kill } = hub.armed;
    if (kill.victim === "PostgreSQL") await base.server.kill();
    await hub.kill();
    killed.push({ ...kill, step: step.name });
    if (kill.victim === "PostgreSQL") await base.server.start();
    hub = await startHub(base, database, folder);
  }
}

async function arm(hub: HubHandle, step: Step, kills: KillPlan | null): Promise<void> {
  const kill = kills?.take(step.phase) ?? null;
  hub.armed = kill === null ? null : { kill, phase: step.phase };
  const boundary = kill?.boundary ?? null;
  await hub.carryOut({ order: "arm", boundary, nth: kill?.nth ?? 0 });
}

function startHub(base: Base, database: string, folder: string): Promise<HubHandle> {
  const hubUrl = base.server.roleUrl(database, base.role, base.password);
  return HubHandle.start({ hubUrl, organisation: ORGANISATION, secret: SECRET, folder });
}

function killTable(killed: readonly Done[]): string {
  const rows = BOUNDARY_NAMES.map((name) => {
    const here = killed.filter(({ boundary }) => boundary === name);
    const servers = here.filter(({ victim }) => victim === "PostgreSQL").length;
    return `${name.padEnd(38)} ${String(here.length - servers).padStart(4)} ${String(servers).padStart(10)}`;
  });
  const head = `${"boundary".padEnd(38)}  hub PostgreSQL`;
  return [head, ...rows, `kills in all: ${killed.length}`].join("\n");
}
