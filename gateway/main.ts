import { existsSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { ConfigError, loadConfig } from "../config/load.ts";
import { openStore } from "../normalizer/store/open.ts";
import { StoreError } from "../normalizer/store/store-error.ts";
import { startHub } from "./hub.ts";

const CONNECTIONS_MAX = 20;

/** `npm start`: the hub by config/hub.yaml, until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const logger = pino({ redact: ["req.headers.authorization", "req.headers.cookie"] });
  const settings = await loadConfig(process.env["HUB_CONFIG"] ?? "config/hub.yaml");
  const store = await openStore(process.env, {
    folder: settings.dataFolder,
    application: "energohub",
    connectionsMax: CONNECTIONS_MAX,
    say: (text) => logger.info(text),
  });
  const consoleFolder = join(process.cwd(), "build/console");
  const hub = await startHub({
    store,
    settings,
    environment: process.env,
    consoleFolder: existsSync(consoleFolder) ? consoleFolder : null,
    logger,
    onFailure: (error) => logger.error(error),
  }).catch(async (error: unknown) => {
    // The embedded server would go on without anybody to stop it.
    await store.close();
    throw error;
  });
  logger.info(`${hub.origin}; ${store.runsOn.text}`);
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info(`${signal}: заканчиваю начатое`);
    await hub.stop();
    await store.close();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

try {
  await main();
} catch (error) {
  // What the operator can mend is said in a sentence; anything else is our own failure, with its stack.
  if (error instanceof ConfigError || error instanceof StoreError) {
    process.stderr.write(`${error.message}\n`);
  } else if (error instanceof Error && "code" in error && error.code === "ENOENT") {
    process.stderr.write(
      `Нет файла настроек. Скопируйте config/hub.example.yaml: ${error.message}\n`,
    );
  } else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
