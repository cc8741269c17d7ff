import { parseArgs } from "node:util";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK } from "../command.ts";
import { withStore } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: "string" }, json: { type: "boolean" } },
  });
  return withStore(context, values, "migrate", async (store) => {
    if (values.json === true) context.out(JSON.stringify(store.runsOn));
    else
      context.out(`Хранилище обновлено до миграции ${store.runsOn.schema}: ${store.runsOn.text}`);
    return EXIT_OK;
  });
}

export const command: Command = {
  name: "migrate",
  summary: "Создать хранилище или обновить его до этой версии",
  usage: "[--data ПАПКА] [--json]",
  run,
};
