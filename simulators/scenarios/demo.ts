import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hashPassword } from "../../gateway/access/passwords.ts";
import { formatMonth, month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { addUser } from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { accountNumber } from "../supplier/households.ts";
import { loadSupplier } from "../supplier/load.ts";
import { approveMonth, computeMonth, hubCommand } from "./demo/billing.ts";
import { openFreshStore } from "./demo/fresh-store.ts";
import { closeMonth, playLateFacts } from "./demo/late.ts";
import { loadDemoLaw } from "./demo/law.ts";
import { playMonth } from "./demo/month.ts";
import { playRealFiles } from "./demo/real-month.ts";
import { summaryOf, summaryText } from "./demo/summary.ts";
import {
  ASKUE_CHANNEL,
  CONTROLLERS_CHANNEL,
  INBOX_FOLDER,
  READINGS_CHANNEL,
  startScenarioHub,
} from "./hub.ts";

/** The tariff changes on 1 January 2026, inside the interval of every reading of this month. */
const PERIOD = month("2026-01");
const SEED = 20_260_101;
const HOUSEHOLDS = 200;
const BUSINESSES = 3;
const ORGANISATION = 1 as OrganisationId;
/** A private house with a meter of one zone: one line by each edition of the tariff. */
const EXPLAINED_HOUSEHOLD = 100;
const PORT = 8080;
const FOLDER = "data/demo";

async function demo(): Promise<void> {
  const startedMs = performance.now();
  const { values } = parseArgs({
    options: { once: { type: "boolean" }, keep: { type: "boolean" } },
  });
  const say = (text: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(5);
    process.stderr.write(`${seconds} с  ${text}\n`);
  };
  const folder = join(process.cwd(), FOLDER);
  const inbox = join(folder, INBOX_FOLDER);
  await rm(inbox, { recursive: true, force: true });
  await mkdir(inbox, { recursive: true });
  const store = await openFreshStore({
    environment: process.env,
    folder,
    keep: values.keep === true,
    say,
  });
  say(`хранилище: ${store.runsOn.text}`);
  await loadDemoLaw(store.hub, ORGANISATION);
  const { owner } = store;
  if (owner === null) throw new Error("демонстрации нужна роль, которая может создать базу");
  const { plan, message } = await loadSupplier(owner, {
    seed: SEED,
    households: HOUSEHOLDS,
    businesses: BUSINESSES,
    period: PERIOD,
    organisation: ORGANISATION,
  });
  say(`поставщик: ${HOUSEHOLDS} лицевых счетов, ${BUSINESSES} договора; нормы права загружены`);
  const secret = randomBytes(24).toString("base64url");
  const hub = await startScenarioHub({
    store,
    organisation: ORGANISATION,
    secret,
    folder,
    consoleFolder: values.once === true ? null : join(process.cwd(), "build/console"),
    port: values.once === true ? 0 : PORT,
    normalisers: 2,
    onFailure: (error) => say(`приём: ${String(error)}`),
  });
  const destination = (channel: string) => ({ origin: hub.origin, channel, credential: secret });
  const stage = {
    plan,
    database: store.hub,
    hub,
    message,
    askue: destination(ASKUE_CHANNEL),
    readings: destination(READINGS_CHANNEL),
    inbox,
    say,
  };
  await playMonth(stage);
  await playRealFiles({ ...stage, organisation: ORGANISATION });
  const run = await computeMonth(store.hub, { organisation: ORGANISATION, period: PERIOD, say });
  await approveMonth(store.hub, run);
  say("начисления утверждены");
  await closeMonth(stage);
  await playLateFacts(stage, destination(CONTROLLERS_CHANNEL));
  process.stdout.write(`${summaryText(await summaryOf(store.hub))}\n`);
  const explained = accountNumber(EXPLAINED_HOUSEHOLD);
  const args = ["explain", explained, "--month", formatMonth(PERIOD)];
  process.stdout.write(`\n${await hubCommand(store.hubUrl, args)}\n`);
  if (values.once !== true) {
    const password = await addDemoUser(store.hub);
    say(`консоль: ${hub.origin}, вход demo, пароль ${password}; остановить: Ctrl+C`);
    await new Promise((resolve) => process.once("SIGINT", resolve));
  }
  await hub.stop();
  await store.close();
}

/** A password of this start alone; nobody else learns it. */
async function addDemoUser(database: Database): Promise<string> {
  const password = randomBytes(9).toString("base64url");
  const actor = { organisation: ORGANISATION, login: "demo", address: "demo" };
  await addUser(database, actor, {
    login: "demo",
    name: "Демонстрация",
    role: "supervisor",
    districts: null,
    passwordHash: await hashPassword(password),
  });
  return password;
}

await demo();
