import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hashPassword } from "../../gateway/access/passwords.ts";
import { formatMonth, month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { addUser } from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { Bank } from "../bank/bank.ts";
import type { GisZhkh } from "../gis-zhkh/gis-zhkh.ts";
import { startGisZhkh } from "../gis-zhkh/gis-zhkh.ts";
import { accountNumber } from "../supplier/households.ts";
import type { LoadedSupplier } from "../supplier/load.ts";
import { loadSupplier } from "../supplier/load.ts";
import { BANK_ACCOUNT } from "../supplier/rows.ts";
import { approveMonth, computeMonth, hubCommand } from "./demo/billing.ts";
import { openFreshStore } from "./demo/fresh-store.ts";
import { EXPLAINED_ROOM, playHouse } from "./demo/house.ts";
import { checkCarried, checkHouse } from "./demo/house-balance.ts";
import { closeMonth, playLateFacts } from "./demo/late.ts";
import { loadDemoLaw } from "./demo/law.ts";
import type { Stage } from "./demo/month.ts";
import { playMonth } from "./demo/month.ts";
import type { Counterparts } from "./demo/out-and-back.ts";
import { arrangeFaults, payBills, sendBills } from "./demo/out-and-back.ts";
import { playRealFiles } from "./demo/real-month.ts";
import { refundAdvance } from "./demo/refund.ts";
import { summaryOf, summaryText } from "./demo/summary.ts";
import type { ScenarioHub } from "./hub.ts";
import {
  ASKUE_CHANNEL,
  BANK_CHANNEL,
  CONTROLLERS_CHANNEL,
  INBOX_FOLDER,
  ORDERS_FOLDER,
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
/** As the bank knows its client: name and ИНН are of no real company. */
const BANK_OF_SUPPLIER = {
  name: "АО «Энскэнергосбыт» (условный)",
  inn: "7700000017",
  account: BANK_ACCOUNT,
  bic: "044500017",
};
const OPENING_KOPECKS = 1_000_000_00;
const PORT = 8080;
const FOLDER = "data/demo";

interface DemoOptions {
  readonly once: boolean;
  readonly keep: boolean;
  readonly folder: string;
  readonly say: (text: string) => void;
}

async function demo(options: DemoOptions): Promise<void> {
  const { once, keep, folder, say } = options;
  await rm(join(folder, INBOX_FOLDER), { recursive: true, force: true });
  await mkdir(join(folder, INBOX_FOLDER), { recursive: true });
  if (!keep) await rm(join(folder, ORDERS_FOLDER), { recursive: true, force: true });
  const store = await openFreshStore({ environment: process.env, folder, keep, say });
  say(`хранилище: ${store.runsOn.text}`);
  const secret = randomBytes(24).toString("base64url");
  const gis = await startGisZhkh();
  const hub = await startScenarioHub({
    store,
    gisZhkh: gis.origin,
    sendsOrders: true,
    organisation: ORGANISATION,
    secret,
    folder,
    consoleFolder: join(process.cwd(), "build/console"),
    port: once ? 0 : await freePort(PORT, say),
    normalisers: 2,
    onFailure: (error) => say(`приём: ${String(error)}`),
  });
  const stopped = new Promise<"stopped">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve("stopped"));
  });
  try {
    const played = showMonth({ store, hub, gis, secret, options }).then(() => "played" as const);
    const outcome = await Promise.race([played, stopped]);
    if (outcome === "stopped" || once) return;
    const { login, password } = await addDemoUser(store.hub);
    say(`консоль: ${hub.origin}, вход ${login}, пароль ${password}; остановить: Ctrl+C`);
    await stopped;
  } finally {
    await hub.stop();
    await gis.stop();
    await store.close();
  }
}

interface Show {
  readonly store: Store;
  readonly hub: ScenarioHub;
  readonly gis: GisZhkh;
  readonly secret: string;
  readonly options: DemoOptions;
}

/** Plays the month unless a kept store has it already, then prints what it has come to. */
async function showMonth({ store, hub, gis, secret, options }: Show): Promise<void> {
  const { folder, say } = options;
  const [kept] = await store.hub.query("select from charge_run limit 1");
  if (kept === undefined) {
    const destination = (channel: string) => ({ origin: hub.origin, channel, credential: secret });
    const { plan, message } = await loadAll(store, say);
    const stage: Stage = {
      plan,
      database: store.hub,
      hub,
      message,
      askue: destination(ASKUE_CHANNEL),
      readings: destination(READINGS_CHANNEL),
      inbox: join(folder, INBOX_FOLDER),
      say,
    };
    const controllers = destination(CONTROLLERS_CHANNEL);
    await playMonth(stage);
    await playHouse(stage, controllers);
    await playRealFiles({ ...stage, organisation: ORGANISATION });
    const run = await computeMonth(store.hub, { organisation: ORGANISATION, period: PERIOD, say });
    const mend = arrangeFaults(gis);
    await approveMonth(store.hub, run);
    say("начисления утверждены");
    const carried = await checkHouse(stage, run);
    const counterparts: Counterparts = {
      gis,
      bank: new Bank(BANK_OF_SUPPLIER, OPENING_KOPECKS),
      statements: destination(BANK_CHANNEL),
      ordersFolder: join(folder, ORDERS_FOLDER),
    };
    await sendBills(stage, counterparts, mend);
    await payBills(stage, counterparts);
    await refundAdvance(stage, counterparts);
    await closeMonth(stage);
    const next = await playLateFacts(stage, controllers);
    await checkCarried(stage, next, carried);
  }
  process.stdout.write(`${summaryText(await summaryOf(store.hub))}\n`);
  const args = ["explain", accountNumber(EXPLAINED_HOUSEHOLD), "--month", formatMonth(PERIOD)];
  process.stdout.write(`\n${await hubCommand(store.hubUrl, args)}\n`);
  const receipt = ["receipt", accountNumber(EXPLAINED_HOUSEHOLD), "--period", formatMonth(PERIOD)];
  process.stdout.write(`\n${await hubCommand(store.hubUrl, receipt)}\n`);
  const room = ["explain", accountNumber(EXPLAINED_ROOM), "--month", formatMonth(PERIOD)];
  const [shared, ...lines] = (await hubCommand(store.hubUrl, room)).split("\n\n");
  const ofSection = lines.find((text) => text.includes("(SECTION,"));
  process.stdout.write(`\n${shared}\n\n${ofSection}\n`);
}

async function loadAll(store: Store, say: DemoOptions["say"]): Promise<LoadedSupplier> {
  if (store.owner === null) {
    throw new Error("Демонстрации нужна роль, которая может создать базу (DATABASE_OWNER_URL).");
  }
  await loadDemoLaw(store.hub, ORGANISATION);
  const loaded = await loadSupplier(store.owner, {
    seed: SEED,
    households: HOUSEHOLDS,
    businesses: BUSINESSES,
    period: PERIOD,
    organisation: ORGANISATION,
  });
  say(`поставщик: ${HOUSEHOLDS} лицевых счетов, ${BUSINESSES} договора; нормы права загружены`);
  return loaded;
}

/** The wanted port, or 0 = any free one when somebody has it. */
async function freePort(wanted: number, say: DemoOptions["say"]): Promise<number> {
  const probe = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(wanted, "127.0.0.1", () => resolve(true));
  });
  if (isFree) {
    await new Promise((resolve) => probe.close(resolve));
    return wanted;
  }
  say(`порт ${wanted} занят, консоль откроется на другом`);
  return 0;
}

/** A user and a password of this start alone; a kept store has those of earlier starts too. */
async function addDemoUser(
  database: Database,
): Promise<{ readonly login: string; readonly password: string }> {
  const password = randomBytes(9).toString("base64url");
  const passwordHash = await hashPassword(password);
  const actor = { organisation: ORGANISATION, login: "demo", address: "demo" };
  for (let number = 1; ; number += 1) {
    const login = number === 1 ? "demo" : `demo${number}`;
    const user = { login, name: "Демонстрация", districts: null, passwordHash };
    if (await addUser(database, actor, { ...user, role: "supervisor" })) return { login, password };
  }
}

const startedMs = performance.now();
const { values } = parseArgs({
  options: { once: { type: "boolean" }, keep: { type: "boolean" } },
});
await demo({
  once: values.once === true,
  keep: values.keep === true,
  folder: join(process.cwd(), FOLDER),
  say(text) {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(5);
    process.stderr.write(`${seconds} с  ${text}\n`);
  },
});
