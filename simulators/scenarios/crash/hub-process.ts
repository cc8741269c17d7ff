import { setTimeout as sleep } from "node:timers/promises";
import type { RecognitionRequest } from "../../../gateway/intake/desk.ts";
import { recognise } from "../../../gateway/intake/desk.ts";
import { closePeriod } from "../../../gateway/runs/close.ts";
import { openRun } from "../../../gateway/runs/create.ts";
import { workOn } from "../../../gateway/runs/work.ts";
import type { Month } from "../../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { connect, integer } from "../../../normalizer/store/database.ts";
import { shardsWithNews } from "../../../normalizer/store/deliveries.ts";
import { approve } from "../../../normalizer/store/results.ts";
import { readRuns } from "../../../normalizer/store/runs.ts";
import type { ScenarioHub } from "../hub.ts";
import { GIS_CHANNEL, startScenarioHub } from "../hub.ts";
import { observedDatabase } from "../observed-database.ts";
import type { BoundaryName } from "./boundaries.ts";
import { isAt } from "./boundaries.ts";

/** A boundary, and the how-manieth time it is the end. */
export interface ArmedBoundary {
  readonly boundary: BoundaryName;
  readonly nth: number;
}

/** What the test tells the hub's process. Every order may come again after a kill. */
export type Order =
  | { readonly order: "arm"; readonly armed: ArmedBoundary | null }
  | { readonly order: "settle" }
  /** Until everything that is posted stands at ГИС ЖКХ. */
  | { readonly order: "deliver" }
  | {
      readonly order: "recognise";
      readonly documentNumber: string;
      readonly parts: RecognitionRequest["parts"];
    }
  | { readonly order: "bill"; readonly period: Month }
  | { readonly order: "approve"; readonly period: Month }
  | { readonly order: "close"; readonly period: Month };

/** What the hub's process answers. */
export type Answer =
  | { readonly answer: "started"; readonly origin: string }
  | { readonly answer: "done" }
  | { readonly answer: "failed"; readonly reason: string }
  /** It stands at the armed boundary and will not go on. */
  | { readonly answer: "reached" };

export interface HubProcessSettings {
  readonly hubUrl: string;
  readonly organisation: OrganisationId;
  readonly secret: string;
  readonly folder: string;
  /** Address of ГИС ЖКХ; null = documents go nowhere. */
  readonly gisZhkh: string | null;
  readonly armed: ArmedBoundary | null;
}

const AUTHOR = "klerk";
const ACCOUNTS_OF_CHUNK = 20;
const CLOSE_WAIT_MS = 30_000;
const DELIVERY_LOOK_MS = 50;

let armed: { readonly boundary: BoundaryName; left: number } | null = null;

function arm(given: ArmedBoundary | null): void {
  armed = given === null ? null : { boundary: given.boundary, left: given.nth };
}

function answer(given: Answer): void {
  process.send?.(given);
}

async function main(settings: HubProcessSettings): Promise<void> {
  const { hubUrl, organisation, secret, folder, gisZhkh } = settings;
  arm(settings.armed);
  const plain = connect({
    url: hubUrl,
    connectionsMax: 12,
    application: "energohub crash",
    onIdleError: tell,
  });
  const database = observedDatabase(plain, async (moment) => {
    if (armed === null || !isAt(armed.boundary, moment)) return;
    armed.left -= 1;
    if (armed.left > 0) return;
    answer({ answer: "reached" });
    // The test kills the process here; until then its transactions stay as they are.
    await new Promise(() => undefined);
  });
  const [row] = await plain.query<{ version: string }>("select version() as version");
  const hub = await startScenarioHub({
    store: {
      hub: database,
      owner: null,
      hubUrl,
      runsOn: { kind: "server", version: row?.version ?? "", citus: null, schema: 0, text: "" },
      close: () => plain.close(),
    },
    organisation,
    secret,
    folder,
    ...(gisZhkh === null ? {} : { gisZhkh }),
    consoleFolder: null,
    port: 0,
    normalisers: 1,
    onFailure: tell,
  });
  process.on("message", (order: Order) => {
    carryOut(database, hub, organisation, order).then(
      () => answer({ answer: "done" }),
      (error: unknown) => answer({ answer: "failed", reason: String(error) }),
    );
  });
  answer({ answer: "started", origin: hub.origin });
}

/** As in production: what fails in the background is told, and the work goes on. */
function tell(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
}

async function carryOut(
  database: Database,
  hub: ScenarioHub,
  organisation: OrganisationId,
  order: Order,
): Promise<void> {
  switch (order.order) {
    case "arm":
      return arm(order.armed);
    case "settle":
      return hub.settle();
    case "deliver":
      await hub.settle();
      while (await isDelivering(database, organisation)) await sleep(DELIVERY_LOOK_MS);
      return;
    case "recognise":
      return recogniseOnce(database, organisation, order);
    case "bill":
      return bill(database, organisation, order.period);
    case "approve":
      return approveOpen(database, organisation, order.period);
    case "close": {
      const request = { organisation, period: order.period, author: AUTHOR, waitMs: CLOSE_WAIT_MS };
      await closePeriod(database, { ...request, onProgress: () => undefined });
    }
  }
}

async function bill(
  database: Database,
  organisation: OrganisationId,
  period: Month,
): Promise<void> {
  const accountsMax = ACCOUNTS_OF_CHUNK;
  const { run } = await openRun(database, { organisation, period, author: AUTHOR, accountsMax });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, signal, onProgress: () => undefined });
}

/** Approves the month's run; one that a kill has overtaken is approved already. */
async function approveOpen(
  database: Database,
  organisation: OrganisationId,
  period: Month,
): Promise<void> {
  for (const { run, state } of await readRuns(database, organisation, period)) {
    if (state === "OPEN") await approve(database, run, AUTHOR);
  }
}

/** News that nobody has projected, or rows and messages on their way. */
async function isDelivering(database: Database, organisation: OrganisationId): Promise<boolean> {
  if ((await shardsWithNews(database, GIS_CHANNEL, organisation)).length > 0) return true;
  const rows = await database.query(
    "select from delivery where state in ('waiting', 'sending', 'sent', 'unknown') limit 1",
  );
  return rows.length > 0;
}

/** A person who got no answer says the same again: the same bytes, which change nothing. */
async function recogniseOnce(
  database: Database,
  organisation: OrganisationId,
  { documentNumber, parts }: Extract<Order, { readonly order: "recognise" }>,
): Promise<void> {
  const [payment] = await database.query<{ message: string; at: string }>(
    `select message, at from payment where shard = $1 and organisation = $2 and source = 'BANK'
       and direction = 'IN' and document_number = $3`,
    [COMMON_SHARD, organisation, documentNumber],
  );
  if (payment === undefined) throw new Error(`no payment by document ${documentNumber}`);
  const { problems } = await recognise(database, {
    organisation,
    payment: { message: integer(payment.message), at: integer(payment.at) },
    parts,
    author: AUTHOR,
    ground: "звонок плательщика",
    receivedAtMs: Date.now(),
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}

process.on("disconnect", () => process.exit(0));
await main(JSON.parse(process.argv[2] ?? "{}") as HubProcessSettings);
