import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore } from "../../normalizer/store/open.ts";
import type { Teardown } from "../../normalizer/store/testing.ts";
import { loadSupplier } from "../supplier/load.ts";
import { loadDemoLaw } from "./demo/law.ts";
import type { Stage } from "./demo/month.ts";
import { playMonth, sendNextMonth } from "./demo/month.ts";
import {
  ASKUE_CHANNEL,
  INBOX_FOLDER,
  READINGS_CHANNEL,
  type ScenarioHub,
  startScenarioHub,
} from "./hub.ts";
import { BASE_DATABASE, OwnServer } from "./own-server.ts";

export const ORGANISATION = 1 as OrganisationId;
export const PERIOD = month("2026-01");
const SECRET = "a secret of the scenarios";

/** A store in which the demo's month and the half-hours of the next have come in and nothing is billed; each scenario works on a copy. */
export interface PlayedMonth {
  readonly stage: Omit<Stage, "hub" | "database" | "askue" | "readings">;
  /** A hub on a copy of the store; both end with the test. */
  open(t: Teardown, name: string): Promise<OpenMonth>;
}

export interface OpenMonth {
  readonly store: Store;
  readonly hub: ScenarioHub;
  readonly stage: Stage;
}

export async function createPlayedMonth(t: Teardown, households: number): Promise<PlayedMonth> {
  const server = new OwnServer();
  const folder = mkdtempSync(join(tmpdir(), "energohub-scenario-files-"));
  t.teardown(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await server.start();
  const inbox = join(folder, INBOX_FOLDER);
  await mkdir(inbox);
  const store = await openOn(server, BASE_DATABASE, folder);
  if (store.owner === null) throw new Error("the owner's address was given");
  await loadDemoLaw(store.hub, ORGANISATION);
  const { plan, message } = await loadSupplier(store.owner, {
    seed: 11,
    households,
    businesses: 3,
    period: PERIOD,
    organisation: ORGANISATION,
  });
  const common = { plan, message, inbox, say: () => undefined };
  const opened = await openHub(store, folder, common);
  await playMonth(opened.stage);
  await sendNextMonth(opened.stage);
  await opened.hub.settle();
  await opened.hub.stop();
  await store.close();
  return {
    stage: common,
    async open(test, name) {
      await server.copyDatabase(BASE_DATABASE, name);
      const copy = await openOn(server, name, folder);
      const month = await openHub(copy, folder, common);
      test.teardown(async () => {
        await month.hub.stop();
        await copy.close();
      });
      return month;
    },
  };
}

function openOn(server: OwnServer, database: string, folder: string): Promise<Store> {
  return openStore(
    { DATABASE_OWNER_URL: server.ownerUrl(database) },
    { folder, application: "energohub scenarios", connectionsMax: 10, say: () => undefined },
  );
}

async function openHub(
  store: Store,
  folder: string,
  common: PlayedMonth["stage"],
): Promise<OpenMonth> {
  const hub = await startScenarioHub({
    store,
    organisation: ORGANISATION,
    secret: SECRET,
    folder,
    consoleFolder: null,
    port: 0,
    normalisers: 2,
    onFailure: (error) => process.stderr.write(`${String(error)}\n`),
  });
  const to = (channel: string) => ({ origin: hub.origin, channel, credential: SECRET });
  const stage: Stage = {
    ...common,
    database: store.hub,
    hub,
    askue: to(ASKUE_CHANNEL),
    readings: to(READINGS_CHANNEL),
  };
  return { store, hub, stage };
}
