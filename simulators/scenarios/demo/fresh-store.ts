import { join } from "node:path";
import { connect } from "../../../normalizer/store/database.ts";
import { startEmbedded } from "../../../normalizer/store/embedded.ts";
import type { Store } from "../../../normalizer/store/open.ts";
import { openStore } from "../../../normalizer/store/open.ts";

const DATABASE_NAME = "energohub_demo";

export interface FreshStoreOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the demo; the embedded server keeps its data under `pg/`. */
  readonly folder: string;
  /** Keep what a demo before this one has left. */
  readonly keep: boolean;
  readonly say: (text: string) => void;
}

/**
 * The demo has a database of its own, on the server of DATABASE_OWNER_URL or DATABASE_URL or on the embedded one, so
 * that it never touches a supplier's data; it is made anew unless `keep`.
 */
export async function openFreshStore(options: FreshStoreOptions): Promise<Store> {
  const given = options.environment["DATABASE_OWNER_URL"] ?? options.environment["DATABASE_URL"];
  if (given !== undefined) {
    if (!options.keep) await makeAnew(given, options.say);
    return openDemo(inDatabase(given, DATABASE_NAME), options);
  }
  // The server ends before the last idle connection has noticed that it is not needed any more.
  let closing = false;
  const say = (text: string): void => {
    if (!closing) options.say(text);
  };
  const server = await startEmbedded({
    folder: join(options.folder, "pg"),
    database: DATABASE_NAME,
    settings: {},
    say,
  });
  if (!options.keep) await makeAnew(inDatabase(server.ownerUrl, "postgres"), say);
  const store = await openDemo(server.ownerUrl, { ...options, say });
  const text = `встроенный PostgreSQL ${server.version}, данные в ${server.folder}`;
  return {
    ...store,
    runsOn: { ...store.runsOn, kind: "embedded", text },
    async close() {
      closing = true;
      await store.close();
      await server.stop();
    },
  };
}

function openDemo(ownerUrl: string, { folder, say }: FreshStoreOptions): Promise<Store> {
  return openStore(
    { DATABASE_OWNER_URL: ownerUrl },
    { folder, application: "energohub demo", connectionsMax: 12, say },
  );
}

async function makeAnew(serverUrl: string, say: (text: string) => void): Promise<void> {
  const server = connect({
    url: serverUrl,
    connectionsMax: 1,
    application: "energohub demo",
    onIdleError: (error) => say(`Соединение с PostgreSQL прервано: ${error.message}`),
  });
  try {
    await server.execute(`drop database if exists ${DATABASE_NAME} with (force)`);
    await server.execute(`create database ${DATABASE_NAME} encoding 'UTF8' template template0`);
  } finally {
    await server.close();
  }
}

function inDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
