import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import type { SourceAdapter } from "../../adapters/contract.ts";
import { SOURCES } from "../../adapters/registry.ts";
import { loadConfig } from "../../config/load.ts";
import type { ChannelConfig } from "../../config/schema.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Store } from "../../normalizer/store/open.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import type { Ingested } from "../intake/ingest.ts";
import { ingest } from "../intake/ingest.ts";
import { checkProfile } from "../intake/profile.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const PART_BYTES_MAX = 1024 * 1024;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...STORE_OPTIONS, source: { type: "string" }, channel: { type: "string" } },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError("Нужен один файл");
  if (
    !(await stat(path)
      .then((found) => found.isFile())
      .catch(() => false))
  ) {
    throw new UsageError(`Нет файла ${path}`);
  }
  const kind = values.source ?? "";
  const load = Object.hasOwn(SOURCES, kind) ? SOURCES[kind] : undefined;
  if (load === undefined) {
    throw new UsageError(`Нужен --source, один из: ${Object.keys(SOURCES).join(", ")}`);
  }
  const { adapter } = await load();
  const config = await configured(context, kind, values.channel);
  return withStore(context, values, "ingest", async (store) => {
    const ingested = await ingest(store.hub, {
      adapter,
      channel: {
        id: config?.id ?? `ingest-${kind}`,
        organisation: await organisationOf(store, config, values.organisation),
        parse: adapter.parse,
        profile: filled(adapter.profileSchema, config?.profile),
      },
      settings: filled(adapter.configSchema, config?.settings),
      upload: { name: basename(path), bytes: partsOf(path), envelope: { path, by: "hub ingest" } },
      receivedAtMs: Date.now(),
      signal: context.signal,
    });
    if (values.json === true) context.out(JSON.stringify(ingested.map(asJson)));
    else for (const one of ingested) context.out(describe(one));
    return ingested.every(isAccepted) ? EXIT_OK : EXIT_NOT_ACCEPTED;
  });
}

/**
 * The channel of hub.yaml whose files these are, so that the same bytes sent there are a repeat;
 * null = there is none.
 */
async function configured(
  context: CommandContext,
  kind: string,
  id: string | undefined,
): Promise<ChannelConfig | null> {
  const file = context.environment["HUB_CONFIG"] ?? "config/hub.yaml";
  const settings = existsSync(file) ? await loadConfig(file) : null;
  const ofKind = (settings?.channels ?? []).filter((channel) => channel.kind === kind);
  const named = id === undefined ? ofKind : ofKind.filter((channel) => channel.id === id);
  const [first, second] = named;
  if (id !== undefined && first === undefined) throw new UsageError(`Нет канала ${id} (${kind})`);
  if (second !== undefined) {
    throw new UsageError(`Укажите --channel: ${ofKind.map((channel) => channel.id).join(", ")}`);
  }
  return first ?? null;
}

async function organisationOf(
  store: Store,
  config: ChannelConfig | null,
  given: string | undefined,
): Promise<OrganisationId> {
  if (config === null) return givenOrganisation(store, given);
  return config.organisation as OrganisationId;
}

function filled(schema: SourceAdapter<unknown, unknown>["profileSchema"], given: unknown): unknown {
  const profile = checkProfile(schema, given);
  if (profile.ok) return profile.value;
  throw new UsageError(`Настройки канала:\n  ${profile.problems.join("\n  ")}`);
}

async function* partsOf(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: PART_BYTES_MAX }) as AsyncIterable<Buffer>;
}

const STATES: Readonly<Record<string, string>> = {
  posted: "принято",
  waiting: "часть записей ждёт привязки",
  quarantined: "в карантине",
  rejected: "отклонено",
  duplicate: "повтор уже принятого",
};

function isAccepted({ message, outcome }: Ingested): boolean {
  const records = outcome?.records;
  const refused = (records?.rejected ?? 0) + (records?.held ?? 0);
  return message.state === "duplicate" || (message.state === "posted" && refused === 0);
}

function describe({ message, outcome }: Ingested): string {
  const state = STATES[message.state] ?? message.state;
  const head = `${message.name}: ${state}; сообщение ${message.message}`;
  const records = outcome?.records;
  if (records === undefined) return head;
  return (
    `${head}; записей: принято ${records.accepted}, с замечанием ${records.warned}, ` +
    `ждёт ${records.waiting}, на проверке ${records.held}, отклонено ${records.rejected}`
  );
}

function asJson({ message, duplicate, outcome }: Ingested) {
  const { message: id, name, sha256, state } = message;
  return { message: id, name, sha256, state, duplicate, outcome };
}

export const command: Command = {
  name: "ingest",
  summary: "Принять файл в хранилище, как если бы его прислали по каналу",
  usage: `--source ВИД [--channel КАНАЛ] ФАЙЛ
  --source ВИД        ${Object.keys(SOURCES).join(", ")}
  --channel КАНАЛ     канал из hub.yaml; нужен, когда там несколько этого вида
${STORE_USAGE}`,
  run,
};
