import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore } from "../../normalizer/store/open.ts";
import type { CommandContext } from "../command.ts";
import { UsageError } from "../command.ts";

/** Options of every command that works on the store, in the form of `parseArgs`. */
export const STORE_OPTIONS = {
  data: { type: "string" },
  organisation: { type: "string" },
  json: { type: "boolean" },
} as const;

export const STORE_USAGE = `  --organisation N    номер организации; можно опустить, когда она одна
  --data ПАПКА        папка данных встроенной базы (data), когда DATABASE_URL не задан
  --json              результат в JSON`;

interface GivenStore {
  readonly data?: string | undefined;
}

/** Opens the store for one command and closes it however the work ends. */
export async function withStore<Value>(
  context: CommandContext,
  given: GivenStore,
  command: string,
  work: (store: Store) => Promise<Value>,
): Promise<Value> {
  const store = await openStore(context.environment, {
    folder: given.data ?? "data",
    application: `hub ${command}`,
    connectionsMax: 4,
    say: context.note,
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * Organisation that the command is about: the one named, or the only one of the store.
 *
 * @throws UsageError when several are there and none is named, or the named one is not there
 */
export async function givenOrganisation(
  store: Store,
  text: string | undefined,
): Promise<OrganisationId> {
  const facts = await readFacts(store.hub, {
    shard: COMMON_SHARD,
    kind: "organisation",
    knownAt: null,
  });
  const known = [...new Set(facts.map(({ subject }) => subject))];
  const named = text ?? (known.length === 1 ? known[0] : undefined);
  if (named === undefined || !known.includes(named)) {
    throw new UsageError(
      known.length === 0
        ? "В хранилище нет ни одной организации"
        : `Укажите --organisation: ${known.join(", ")}`,
    );
  }
  return Number(named) as OrganisationId;
}
