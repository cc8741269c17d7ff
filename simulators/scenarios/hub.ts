import { setTimeout as sleep } from "node:timers/promises";
import { DeliveryError } from "../../adapters/contract.ts";
import type { HubSettings } from "../../config/load.ts";
import type { RunningHub } from "../../gateway/hub.ts";
import { startHub } from "../../gateway/hub.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Store } from "../../normalizer/store/open.ts";

export interface ScenarioHubOptions {
  readonly store: Store;
  readonly organisation: number;
  /** Secret of all channels. */
  readonly secret: string;
  /** Holds the watched folder `inbox/`. */
  readonly folder: string;
  /** Built console; null = only the JSON interface. */
  readonly consoleFolder: string | null;
  /** 0 = any free port. */
  readonly port: number;
  readonly normalisers: number;
  /** Address of ГИС ЖКХ; absent = documents go nowhere. */
  readonly gisZhkh?: string;
  /** Whether the bank is sent payment orders, into `orders/` of the folder. */
  readonly sendsOrders?: boolean;
  readonly onFailure: (error: unknown) => void;
}

export interface ScenarioHub extends RunningHub {
  /** Looks into the watched folder, then resolves when the inbox holds nothing that can go on. */
  settle(): Promise<void>;
}

export const ASKUE_CHANNEL = "askue";
export const READINGS_CHANNEL = "readings";
export const CONTROLLERS_CHANNEL = "controllers";
export const BANK_CHANNEL = "bank";
export const GIS_CHANNEL = "gis-zhkh";
export const INBOX_FOLDER = "inbox";
export const ORDERS_FOLDER = "orders";
const SECRET_VARIABLE = "DEMO_CHANNEL_SECRET";
const SETTLE_POLL_MS = 15;

/**
 * The product's own hub with the channels that scenarios use: half-hours, consumers' readings, controllers' readings,
 * statements of the bank, and ГИС ЖКХ where there is one.
 */
export async function startScenarioHub(options: ScenarioHubOptions): Promise<ScenarioHub> {
  const { store, secret } = options;
  const hub = await startHub({
    store,
    settings: settingsOf(options),
    environment: { [SECRET_VARIABLE]: secret },
    consoleFolder: options.consoleFolder,
    logger: null,
    onFailure: options.onFailure,
  });
  return {
    ...hub,
    async settle() {
      await pollAll(hub);
      while (await isBusy(store.hub)) await sleep(SETTLE_POLL_MS);
    },
  };
}

/** The hub's own turn may take the same file at the same moment; whoever comes second looks again. */
async function pollAll(hub: RunningHub): Promise<void> {
  for (;;) {
    try {
      return await hub.pollSources();
    } catch (error) {
      if (!(error instanceof DeliveryError && error.remedy === "retry")) throw error;
      await sleep(SETTLE_POLL_MS);
    }
  }
}

function settingsOf(options: ScenarioHubOptions): HubSettings {
  const { organisation, folder, port, normalisers } = options;
  const common = { organisation, secretEnvironment: SECRET_VARIABLE };
  return {
    http: { host: "127.0.0.1", port, secureCookies: false },
    dataFolder: folder,
    normalisers,
    runWorkers: 1,
    channels: [
      {
        ...common,
        id: ASKUE_CHANNEL,
        kind: "pyramida",
        settings: { folder: INBOX_FOLDER, settleMs: 0 },
      },
      { ...common, id: READINGS_CHANNEL, kind: "tabular" },
      {
        ...common,
        id: CONTROLLERS_CHANNEL,
        kind: "tabular",
        profile: { source: "CONTROLLER" },
      },
      {
        ...{ ...common, id: BANK_CHANNEL, kind: "bank" },
        settings: options.sendsOrders === true ? { ordersFolder: ORDERS_FOLDER } : {},
      },
      ...(options.gisZhkh === undefined ? [] : [gisZhkh(organisation, options.gisZhkh)]),
    ],
  };
}

/** Every wait is short: the simulator answers at once, and a demo has a minute. */
function gisZhkh(organisation: number, address: string): HubSettings["channels"][number] {
  return {
    id: GIS_CHANNEL,
    kind: "gis-zhkh",
    organisation,
    settings: {
      address,
      organisation: "5f3c2b1a-0000-4000-8000-000000000001",
      signature: { kind: "none" },
      pollDelaysMs: [50],
      services: (["T0", "T1", "T2", "T3"] as const).map((zone, index) => ({
        zone,
        code: String(index + 1),
        guid: `5f3c2b1a-0000-4000-8000-00000000001${index}`,
      })),
    },
    delivery: { retrySeconds: 0.2, readBackSeconds: 0.5, breakerFailures: 20 },
  };
}

/** Messages under way, or records whose mapping has appeared and that nobody has taken yet. */
async function isBusy(database: Database): Promise<boolean> {
  const [row] = await database.query<{ busy: boolean }>(
    `select exists (select from message where state in ('received', 'posting'))
       or exists (
         select from waiting_record w join fact f on f.shard = 256 and f.site = 0
           and f.kind = w.kind and f.subject = w.key and f.end_seq = 0
         where not w.taken
       ) as busy`,
  );
  return row?.busy === true;
}
