import { parseArgs } from "node:util";
import type { DeliveryState } from "../../normalizer/model/outbound.ts";
import { DELIVERY_STATES } from "../../normalizer/model/outbound.ts";
import {
  deliveryCauses,
  destinationsOf,
  findDelivery,
  listDeliveries,
} from "../../normalizer/store/delivery-page.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const LIMIT = 100;

/** A state by its name. */
export function givenState(text: string): DeliveryState {
  const state = DELIVERY_STATES.find((known) => known === text);
  if (state === undefined) throw new UsageError(`--state: ${DELIVERY_STATES.join(", ")}`);
  return state;
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      state: { type: "string" },
      code: { type: "string" },
      after: { type: "string" },
      shard: { type: "string" },
    },
  });
  const [destination, object] = positionals;
  if (positionals.length > 2) throw new UsageError("Нужно: [НАЗНАЧЕНИЕ [ОБЪЕКТ]]");
  return withStore(context, values, "deliveries", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const scope = { organisation, districts: null };
    const say = (value: unknown, lines: () => readonly string[]) => {
      const said = values.json === true ? [JSON.stringify(value)] : lines();
      for (const line of said) context.out(line);
    };
    if (destination === undefined) {
      const summaries = await destinationsOf(store.hub, scope);
      say(summaries, () =>
        summaries.map(({ destination: name, counts, pause }) => {
          const states = Object.entries(counts).map(([state, count]) => `${state} ${count}`);
          const why = pause === null ? "" : ` — ${pause.stopped ? "остановлено" : "пауза"}`;
          return `${name}: ${states.join(", ")}${why} ${pause?.code ?? ""} ${pause?.text ?? ""}`;
        }),
      );
      return EXIT_OK;
    }
    if (object !== undefined) {
      const shard = Number(values.shard);
      if (!Number.isInteger(shard)) throw new UsageError("Для объекта нужен --shard N");
      const card = await findDelivery(store.hub, scope, { destination, shard, object });
      context.out(JSON.stringify(card, null, values.json === true ? 0 : 2));
      return EXIT_OK;
    }
    const filter = {
      destination,
      state: values.state === undefined ? null : givenState(values.state),
      code: values.code ?? null,
      of: null,
      after: values.after ?? null,
      limit: LIMIT,
    };
    const [causes, heads] = await Promise.all([
      deliveryCauses(store.hub, scope, destination),
      listDeliveries(store.hub, scope, filter),
    ]);
    say({ causes, deliveries: heads }, () => [
      ...causes.map(({ state, code, count }) => `${count} × ${state} ${code}`),
      ...heads.map(
        (head) =>
          `${head.object} (shard ${head.shard}): ${head.state} ${head.code ?? ""} ${head.text ?? ""}`,
      ),
    ]);
    return EXIT_OK;
  });
}

/** `hub deliveries`: what goes out and how far it is; the console shows the bytes of each attempt. */
export const command: Command = {
  name: "deliveries",
  summary: "Что отправляется контрагентам и что стоит",
  usage: `[НАЗНАЧЕНИЕ [ОБЪЕКТ --shard N]] [--state СОСТОЯНИЕ] [--code КОД] [--after ОБЪЕКТ]
  --state СОСТОЯНИЕ   ${DELIVERY_STATES.join(", ")}
  --code КОД          только с этой причиной
  --after ОБЪЕКТ      следующие ${LIMIT} после этого
${STORE_USAGE}`,
  run,
};
