import { randomInt, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { OpenSource, Receipt, SourceAdapter, SourceContext } from "../adapters/contract.ts";
import { SOURCES, TARGETS } from "../adapters/registry.ts";
import type { HubSettings } from "../config/load.ts";
import { ConfigError } from "../config/load.ts";
import type { ChannelConfig } from "../config/schema.ts";
import type { OrganisationId } from "../normalizer/model/ids.ts";
import type { Store } from "../normalizer/store/open.ts";
import { ensurePartitionsAhead } from "../normalizer/store/partitions.ts";
import { inShard } from "../normalizer/store/shard-transaction.ts";
import type { ChannelCredential } from "./access/channels.ts";
import { CHANNEL_SECRET_LENGTH_MIN } from "./access/channels.ts";
import { openDestinations } from "./delivery/destinations.ts";
import { startDeliveries } from "./delivery/engine.ts";
import { explainMonth } from "./explain.ts";
import type { ServerOptions } from "./http/options.ts";
import { buildServer } from "./http/server.ts";
import { acceptCaptures } from "./intake/accept.ts";
import type { IntakeChannel } from "./intake/channels.ts";
import { runNormaliser } from "./intake/normaliser.ts";
import { checkProfile } from "./intake/profile.ts";
import { SenderBook } from "./intake/routes.ts";
import { keepAllHouseholdSites } from "./runs/keep-sites.ts";
import { keepRuns } from "./runs/keeper.ts";

export interface HubOptions {
  readonly store: Store;
  readonly settings: HubSettings;
  /** Where the secrets of the channels stand. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Built console; null = only the JSON interface. */
  readonly consoleFolder: string | null;
  readonly logger: ServerOptions["logger"];
  /** Gets what went wrong in the background; the work goes on. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunningHub {
  /** "http://127.0.0.1:8080" */
  readonly origin: string;
  /** Looks into the watched folders now instead of at their next turn. */
  pollSources(): Promise<void>;
  /** Stops taking, ends what is under way, and resolves; the store stays open. */
  stop(): Promise<void>;
}

const UPLOAD_BYTES_MAX = 64 * 1_048_576;
const LOGINS_PER_MINUTE = 10;
const NORMALISER = { messagesMax: 64, bytesMax: 16 * 1_048_576, pollMs: 1_000 };
const LEGS_AT_ONCE = 2;
const SOURCE_POLL_MS = 5_000;
const DELIVERY_POLL_MS = 1_000;
const RUN_POLL_MS = 1_000;
const PARTITION_MONTHS_AHEAD = 2;
const DAY_MS = 86_400_000;
/** Rows that a run reads: kept up to date while readings come in, so that little is left for the run. */
const SITES_KEEP_MS = 900_000;

interface OpenChannel extends IntakeChannel {
  readonly config: ChannelConfig;
  readonly adapter: SourceAdapter<unknown, unknown>;
  readonly secret: string | null;
}

/**
 * Opens the hub on a store: HTTP side, channels, normalisers. Start and recovery are one path: what a killed hub left
 * in the inbox is taken up by the normalisers.
 *
 * @throws ConfigError when a channel names an unknown edge, or its secret is not in the environment
 */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { store, settings } = options;
  const database = store.hub;
  const stop = new AbortController();
  const channels = await openChannels(settings.channels, options.environment);
  const destinations = await openTargets(
    settings.channels.map((channel) => ({
      ...channel,
      settings: settingsOf(channel, settings.dataFolder),
    })),
    options.environment,
  );
  const contextOf = (channel: OpenChannel): SourceContext => ({
    accept: (captures) => acceptCaptures(database, channel, captures),
    signal: stop.signal,
  });
  const { server } = await buildServer({
    database,
    channels: credentialsOf(channels),
    operationsToken: options.environment["HUB_OPERATIONS_TOKEN"] ?? null,
    operationsFromLoopback: true,
    logger: options.logger,
    secureCookies: settings.http.secureCookies,
    trustProxy: false,
    loginsPerMinute: LOGINS_PER_MINUTE,
    consoleFolder: options.consoleFolder,
    uploadBytesMax: UPLOAD_BYTES_MAX,
    accept: async (id, captures) => {
      const channel = channels.find((candidate) => candidate.id === id);
      if (channel === undefined) throw new Error(`an unconfigured channel was let in: ${id}`);
      const context = contextOf(channel);
      const { acceptUpload } = channel.adapter;
      if (acceptUpload === undefined) return context.accept(captures);
      const receipts: Receipt[] = [];
      for (const { name, parts, envelope } of captures) {
        const config = channel.config.settings ?? {};
        const upload = { name, bytes: parts, envelope };
        receipts.push(...(await acceptUpload(upload, config, context)));
      }
      return receipts;
    },
    explain: (place, month) => explainMonth(database, place, month),
    databaseKind: store.runsOn.kind,
  });
  const sources: OpenSource[] = [];
  for (const channel of channels) {
    const config = settingsOf(channel.config, settings.dataFolder);
    sources.push(await channel.adapter.open(config, contextOf(channel)));
  }
  const pollAll = async () => {
    for (const source of sources) await source.poll?.();
  };
  let lastPoll: Promise<void> = Promise.resolve();
  /** One look into the folders at a time: two would take the same file. */
  const pollSources = () => {
    const poll = lastPoll.then(pollAll);
    // Whoever asked for the poll gets its failure; the next one starts all the same.
    lastPoll = poll.catch(() => undefined);
    return poll;
  };
  const background = [
    every(SOURCE_POLL_MS, stop.signal, options.onFailure, pollSources),
    every(DAY_MS, stop.signal, options.onFailure, () =>
      ensurePartitionsAhead(database, PARTITION_MONTHS_AHEAD),
    ),
    ...(settings.runWorkers === 0
      ? []
      : [
          every(SITES_KEEP_MS, stop.signal, options.onFailure, () =>
            keepAllHouseholdSites(database, 1, stop.signal),
          ),
          keepRuns({
            database,
            hubUrl: store.hubUrl,
            workers: settings.runWorkers,
            pollMs: RUN_POLL_MS,
            signal: stop.signal,
            onFailure: options.onFailure,
          }),
        ]),
    ...Array.from({ length: settings.normalisers }, () => {
      const senders = new SenderBook(database);
      const byId = new Map(channels.map((channel) => [channel.id, channel]));
      return runNormaliser(
        { database, channels: byId, senders, legsAtOnce: LEGS_AT_ONCE, run: inShard },
        { ...NORMALISER, signal: stop.signal, onFailure: options.onFailure },
      );
    }),
  ];
  const deliveries = await startDeliveries({
    database,
    destinations,
    clock: { nowMs: () => Date.now() },
    random: () => randomInt(2 ** 32) / 2 ** 32,
    newMessageId: () => randomUUID(),
    onFailure: options.onFailure,
    pollMs: DELIVERY_POLL_MS,
  });
  const origin = await server.listen({ host: settings.http.host, port: settings.http.port });
  return {
    origin,
    pollSources,
    async stop() {
      // First no new work comes in, then what is under way ends.
      await server.close();
      stop.abort();
      for (const source of sources) await source.close();
      await Promise.all([...background, deliveries.stop()]);
      for (const { open } of destinations) await open.close();
    },
  };
}

async function openChannels(
  configs: readonly ChannelConfig[],
  environment: HubOptions["environment"],
): Promise<readonly OpenChannel[]> {
  const problems: string[] = [];
  const channels: OpenChannel[] = [];
  for (const [index, config] of configs.entries()) {
    const load = SOURCES[config.kind];
    if (load === undefined) {
      if (TARGETS[config.kind] !== undefined) continue;
      const known = [...new Set([...Object.keys(SOURCES), ...Object.keys(TARGETS)])].join(", ");
      problems.push(`/channels/${index}/kind «${config.kind}» is no edge; there are ${known}`);
      continue;
    }
    const secret = secretOf(config, environment);
    if (secret !== null && secret.length < CHANNEL_SECRET_LENGTH_MIN) {
      problems.push(
        `/channels/${index}/secretEnvironment: ${config.secretEnvironment} must hold at least ` +
          `${CHANNEL_SECRET_LENGTH_MIN} characters`,
      );
    }
    const { adapter } = await load();
    const place = `/channels/${index}`;
    const profile = filled(adapter.profileSchema, config.profile, `${place}/profile`, problems);
    const given = filled(adapter.configSchema, config.settings, `${place}/settings`, problems);
    channels.push({
      id: config.id,
      organisation: config.organisation as OrganisationId,
      parse: adapter.parse,
      profile,
      // An edge gets its own defaults filled in; refused settings end the start below.
      config: { ...config, settings: given as Record<string, unknown> },
      adapter,
      secret,
    });
  }
  if (problems.length > 0) throw new ConfigError("channels", problems);
  return channels;
}

async function openTargets(
  configs: readonly ChannelConfig[],
  environment: HubOptions["environment"],
) {
  const problems: string[] = [];
  const destinations = await openDestinations(configs, environment, problems);
  if (problems.length === 0) return destinations;
  for (const { open } of destinations) await open.close();
  throw new ConfigError("channels", problems);
}

/** The edge's own defaults filled in; what its schema refuses goes to `problems` with its path. */
function filled(schema: object, given: unknown, place: string, problems: string[]): unknown {
  const checked = checkProfile(schema, given);
  if (checked.ok) return checked.value;
  problems.push(...checked.problems.map((problem) => `${place}${problem}`));
  return null;
}

/** Null = the channel takes no uploads. A named variable that is not set is a mistake of the operator, not an answer. */
function secretOf(config: ChannelConfig, environment: HubOptions["environment"]): string | null {
  if (config.secretEnvironment === undefined) return null;
  return environment[config.secretEnvironment] ?? "";
}

function credentialsOf(channels: readonly OpenChannel[]): readonly ChannelCredential[] {
  return channels.flatMap(({ id, secret }) => (secret === null ? [] : [{ channel: id, secret }]));
}

/** Settings of edges that name folders. */
const FOLDERS = ["folder", "ordersFolder"];

/** A folder that is no absolute path lies in the data folder. */
function settingsOf(config: ChannelConfig, dataFolder: string): Readonly<Record<string, unknown>> {
  const settings = config.settings ?? {};
  const inData = FOLDERS.flatMap((name) => {
    const folder = settings[name];
    const isRelative = typeof folder === "string" && !folder.startsWith("/");
    return isRelative ? [[name, join(dataFolder, folder)] as const] : [];
  });
  return { ...settings, ...Object.fromEntries(inData) };
}

/** Repeats the work until the signal; a failure is told and does not end it. */
async function every(
  periodMs: number,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      onFailure(error);
    }
    await pause(periodMs, signal);
  }
}

function pause(periodMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, periodMs);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
  });
}
