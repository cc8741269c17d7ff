import { parseArgs } from "node:util";
import type { DeliveryMove } from "../../normalizer/store/delivery-moves.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { moveByPerson, releaseByPerson } from "../delivery/desk.ts";
import { givenState } from "./deliveries.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const MOVES: readonly DeliveryMove[] = ["hold", "release", "resend", "withdraw"];

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      state: { type: "string" },
      code: { type: "string" },
    },
  });
  const [name, destination, ...objects] = positionals;
  const move = MOVES.find((known) => known === name);
  if (destination === undefined || (move === undefined && name !== "start")) {
    throw new UsageError(`Нужно: ${MOVES.join("|")}|start НАЗНАЧЕНИЕ`);
  }
  if (move !== undefined && objects.length > 0 === (values.state !== undefined)) {
    throw new UsageError("Нужны либо объекты, либо --state (и --code)");
  }
  return withStore(context, values, "delivery", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const actor = { organisation, login: "cli", address: "cli" };
    const scope = { organisation, districts: null };
    let moved: number;
    if (move === undefined) {
      moved = (await releaseByPerson(store.hub, actor, scope, destination)) ? 1 : 0;
    } else {
      const choice =
        values.state === undefined
          ? { objects }
          : { state: givenState(values.state), code: values.code ?? null };
      moved = await moveByPerson(store.hub, actor, scope, destination, move, choice);
    }
    context.out(values.json === true ? JSON.stringify({ moved }) : `Изменено: ${moved}`);
    return EXIT_OK;
  });
}

/** `hub delivery`: what a person may do with deliveries, one by one or all of a cause; each call is in the audit. */
export const command: Command = {
  name: "delivery",
  summary: "Задержать, отпустить, отправить снова, отозвать; снять остановку назначения",
  usage: `${MOVES.join("|")} НАЗНАЧЕНИЕ (ОБЪЕКТ… | --state СОСТОЯНИЕ [--code КОД])
  start НАЗНАЧЕНИЕ    снять остановку назначения
  --state СОСТОЯНИЕ   все доставки в этом состоянии
  --code КОД          … и с этой причиной
${STORE_USAGE}`,
  run,
};
