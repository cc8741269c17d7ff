import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { month } from "../../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { connect } from "../../../normalizer/store/database.ts";
import { openStore } from "../../../normalizer/store/open.ts";
import type { Teardown } from "../../../normalizer/store/testing.ts";
import { verify } from "../../../normalizer/store/verify.ts";
import { loadSupplier } from "../../supplier/load.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { loadDemoLaw } from "../demo/law.ts";
import { INBOX_FOLDER } from "../hub.ts";
import { BASE_DATABASE, OwnServer } from "../own-server.ts";
import type { HubProcessSettings } from "./hub-process.ts";

const ORGANISATION = 1 as OrganisationId;
export const SECRET = "a secret of the crash test";
const HOUSEHOLDS = 100;

/** A store with law and supplier that every playthrough starts from. */
export interface Base {
  readonly server: OwnServer;
  readonly plan: SupplierPlan;
  /** Of the hub. */
  readonly role: string;
  readonly password: string;
  readonly folder: string;
}

export async function createBase(t: Teardown): Promise<Base> {
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
    households: HOUSEHOLDS,
    businesses: 3,
    period: month("2026-01"),
    organisation: ORGANISATION,
  });
  const { username, password } = new URL(store.hubUrl);
  await store.close();
  return { server, plan, role: username, password, folder };
}

/** Where one playthrough happens: a copy of the base and a folder of its own. */
export interface Place {
  readonly base: Base;
  readonly database: string;
  readonly folder: string;
  /** Address of ГИС ЖКХ; null = documents go nowhere. */
  readonly gisZhkh: string | null;
}

export async function createPlace(
  base: Base,
  database: string,
  gisZhkh: string | null,
): Promise<Place> {
  if (database !== BASE_DATABASE) await base.server.copyDatabase(BASE_DATABASE, database);
  const folder = join(base.folder, database);
  await mkdir(join(folder, INBOX_FOLDER), { recursive: true });
  return { base, database, folder, gisZhkh };
}

/** Settings of a hub that starts now: the server's port changes with each start of its own. */
export function hubSettings(place: Place): Omit<HubProcessSettings, "armed"> {
  const { base, database, folder, gisZhkh } = place;
  const hubUrl = base.server.roleUrl(database, base.role, base.password);
  return { hubUrl, organisation: ORGANISATION, secret: SECRET, folder, gisZhkh };
}

/** Asks the store as its owner. */
export async function asOwner<Value>(
  { base, database }: Place,
  work: (owner: Database) => Promise<Value>,
): Promise<Value> {
  const owner = connect({
    url: base.server.ownerUrl(database),
    connectionsMax: 4,
    application: "energohub crash",
    onIdleError: () => undefined,
  });
  try {
    return await work(owner);
  } finally {
    await owner.close();
  }
}

/** What `hub verify` finds wrong; "[]" = nothing. */
export async function foundWrong(owner: Database): Promise<string> {
  const signal = new AbortController().signal;
  const { checks } = await verify(owner, { report: () => undefined, signal });
  return JSON.stringify(checks.filter(({ failed }) => failed > 0));
}
